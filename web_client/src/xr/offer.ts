/** Offers the headset where the browser has one; all else of it comes when it is entered. */
import { signal } from "@preact/signals";
import { announce } from "../state/announce";
import { headset } from "../state/body";
import { addCommands, type Command } from "../state/commands";
import type { Stage } from "../state/stage";
import { t } from "../state/words";
import { refusalOf } from "./troubles";

/** Only what every headset has is demanded; what else there is makes it better. */
const WANTED = {
  vr: { optionalFeatures: ["local-floor", "hand-tracking"] },
  ar: { optionalFeatures: ["local-floor", "hand-tracking", "hit-test"] },
} as const satisfies Record<string, XRSessionInit>;
type Mode = keyof typeof WANTED;

const inside = signal<Mode | null>(null);
let session: XRSession | null = null;

async function enter(stage: Stage, mode: Mode): Promise<void> {
  // The session is asked for first: the click that allows it is soon forgotten.
  const opening = navigator.xr?.requestSession(`immersive-${mode}`, { ...WANTED[mode] } as XRSessionInit);
  const [opened, code] = await Promise.allSettled([opening, import("./visit")]);
  if (opened.status === "rejected" || !opened.value) {
    announce(t(refusalOf(opened.status === "rejected" ? opened.reason : null)), "problem");
    return;
  }
  const entered = opened.value;
  const failed = async (reason: unknown) => {
    await entered.end().catch(() => {});
    if (!(reason instanceof DOMException)) console.error(reason);
    announce(t(refusalOf(reason)), "problem");
  };
  if (code.status === "rejected") return failed(code.reason);
  try {
    const leave = await code.value.visit(stage, entered, mode);
    session = entered;
    inside.value = mode;
    entered.addEventListener("end", () => {
      session = null;
      inside.value = null;
      leave();
    });
  } catch (error) {
    await failed(error);
  }
}

async function toggle(stage: Stage, mode: Mode): Promise<void> {
  if (session) await session.end();
  else await enter(stage, mode);
}

/** Add the commands that enter and leave; false where there is no headset to enter. */
export async function offerHeadset(stage: Stage): Promise<boolean> {
  const able = async (mode: Mode) =>
    (await navigator.xr?.isSessionSupported(`immersive-${mode}`).catch(() => false)) ?? false;
  const offered: readonly (readonly [Mode, Pick<Command, "id" | "title" | "icon">])[] = [
    ["vr", { id: "view.headset", title: "view.headset", icon: "headset" }],
    ["ar", { id: "view.tabletop", title: "view.tabletop", icon: "table" }],
  ];
  let found = false;
  for (const [mode, what] of offered) {
    if (!(await able(mode))) continue;
    found = true;
    addCommands([
      { ...what, group: "view", run: () => void toggle(stage, mode), pressed: () => inside.value === mode },
    ]);
  }
  headset.value = found ? "able" : isSecureContext ? "none" : "insecure";
  return found;
}
