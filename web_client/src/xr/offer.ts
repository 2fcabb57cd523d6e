/** Offers the headset where the browser has one. */
import { addCommands } from "../state/commands";
import type { Stage } from "../state/stage";
import { createHeadset } from "./headset";

/** Add the command that enters and leaves; false where there is no headset to enter. */
export async function offerHeadset(stage: Stage): Promise<boolean> {
  const able = await navigator.xr?.isSessionSupported("immersive-vr").catch(() => false);
  if (!able) return false;
  const headset = createHeadset(stage);
  addCommands([
    {
      id: "view.headset",
      title: "view.headset",
      group: "view",
      icon: "headset",
      run: () => void headset.toggle(),
      pressed: () => headset.inside.value,
    },
  ]);
  return true;
}
