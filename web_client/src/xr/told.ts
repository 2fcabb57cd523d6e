/** Tells the others where one's head and hands are, and the page where it should be when one leaves. */
import { MathUtils, type Vector3 } from "three";
import { body } from "../state/body";
import { lonLatOf } from "../state/place";
import type { Stage } from "../state/stage";
import { type View, view } from "../state/view";
import type { HandPose } from "../wire/messages";
import type { Hand } from "./input";
import type { Standing } from "./standing";

const TELL_EVERY_S = 0.1;
const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

/** A hand seen from the head: metres of the city east, north and up, and where it points. */
export function handPose(hand: Hand, standing: Standing, head: readonly [number, number, number]): HandPose {
  const [x, y, z] = standing.pointAt(hand.place);
  const { direction } = hand.ray;
  const pitch = -Math.asin(MathUtils.clamp(direction.y, -1, 1)) * MathUtils.RAD2DEG;
  return [
    round(x - head[0], 2),
    round(y - head[1], 2),
    round(z - head[2], 2),
    round(standing.headingOf(direction), 1),
    round(pitch, 1),
  ];
}

export interface Teller {
  readonly step: (seconds: number, hands: readonly Hand[]) => void;
  /** What the page shows after leaving. */
  readonly view: () => View;
  readonly dispose: () => void;
}

export function createTeller(stage: Stage, standing: Standing, mode: "vr" | "ar", table: () => Vector3 | null): Teller {
  let told = 0;

  function viewNow(): View {
    const { x, y, heading_deg, pitch_deg } = standing.where();
    const scale = standing.scale();
    if (scale < 2) return { mode: "walk", at: lonLatOf([x, y]), distance_m: 0, heading_deg, pitch_deg };
    const on = table();
    const [ax, ay] = on ? standing.pointAt(on) : [x, y];
    // From above, as far away as the eyes are from what they see.
    const distance_m = on ? scale * 0.9 : scale * 4;
    return { mode: "orbit", at: lonLatOf([ax, ay]), distance_m, heading_deg, pitch_deg: on ? 40 : 32 };
  }

  return {
    view: viewNow,
    step(seconds, hands) {
      told += seconds;
      if (told < TELL_EVERY_S) return;
      told = 0;
      const { x, y, z, heading_deg, pitch_deg } = standing.where();
      const of = (side: Hand["side"]) => {
        const hand = hands.find((each) => each.tracked && each.side === side && each.source?.gripSpace);
        return hand ? handPose(hand, standing, [x, y, z]) : null;
      };
      const ground = stage.groundAt(x, y) ?? 0;
      body.value = {
        mode,
        scale: Math.round(standing.scale()),
        height_m: round(z - ground, 2),
        left: of("left"),
        right: of("right"),
      };
      view.value = {
        mode: "walk",
        at: lonLatOf([x, y]),
        distance_m: 0,
        heading_deg: round(heading_deg, 1),
        pitch_deg: round(pitch_deg, 1),
      };
    },
    dispose() {
      body.value = null;
    },
  };
}
