/** What can go wrong with a headset, in words. */
import type { WordKey } from "../state/words";

/** By the error's name as WebXR gives it (https://immersive-web.github.io/webxr/#xrsystem-interface). */
export function refusalOf(error: unknown): WordKey {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "headset.refused.permission";
    case "NotSupportedError":
      return "headset.refused.unable";
    case "InvalidStateError":
      return "headset.refused.busy";
    default:
      return "headset.refused";
  }
}
