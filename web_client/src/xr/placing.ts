/** Where panels float: one on the wrist or by the side, one beside the gaze; they follow lazily. */
import { MathUtils, Vector3 } from "three";
import type { Board } from "./board";
import type { Hand, Side } from "./input";

/** One has turned away from a panel when it is so far off the gaze, for so long. */
const LOST_DEG = 70;
const LOST_S = 0.9;
/** One looks at one's wrist within this angle; a little more lets go again. */
const WRIST_SEEN_DEG = 42;
const WRIST_GONE_DEG = 55;
const WRIST_REACH_M = 0.85;
const ABOVE_WRIST_M = 0.19;
const FOLLOW_PER_S = 14;

const flat = new Vector3();
const towards = new Vector3();
const goal = new Vector3();

/** Put a board so many degrees to the right of the gaze and below the eyes, facing them. */
export function putBeside(
  board: Board,
  head: Vector3,
  gaze: Vector3,
  right_deg: number,
  down_m: number,
  away_m: number,
): void {
  const heading = Math.atan2(gaze.x, -gaze.z) + right_deg * MathUtils.DEG2RAD;
  board.group.position.set(
    head.x + Math.sin(heading) * away_m,
    Math.max(0.45, head.y - down_m),
    head.z - Math.cos(heading) * away_m,
  );
  board.group.lookAt(head);
}

export interface Floating {
  readonly step: (seconds: number, head: Vector3, gaze: Vector3) => void;
  /** Put it before the visitor at the next step. */
  readonly bring: () => void;
}

/** A board that stays where it is until one has turned or gone away from it. */
export function createFloating(board: Board, right_deg: () => number, down_m: number, away_m: number): Floating {
  let lost = Number.POSITIVE_INFINITY;
  return {
    bring() {
      lost = Number.POSITIVE_INFINITY;
    },
    step(seconds, head, gaze) {
      towards.copy(board.group.position).sub(head).setY(0);
      const far = towards.length();
      const off = towards.angleTo(flat.copy(gaze).setY(0)) * MathUtils.RAD2DEG;
      const away = off > LOST_DEG || far > away_m * 1.7 || far < away_m * 0.4;
      lost = away ? lost + seconds : lost === Number.POSITIVE_INFINITY ? lost : 0;
      if (lost <= LOST_S) return;
      putBeside(board, head, gaze, right_deg(), down_m, away_m);
      lost = 0;
    },
  };
}

export interface Wrist {
  /** True while the board is on the wrist and seen. */
  readonly step: (seconds: number, hand: Hand | null, head: Vector3, gaze: Vector3) => boolean;
}

/** A board above the wrist that one looks at. */
export function createWrist(board: Board, side: () => Side): Wrist {
  let seen = false;
  return {
    step(seconds, hand, head, gaze) {
      if (!hand?.tracked) {
        seen = false;
        return false;
      }
      const inwards = side() === "left" ? 1 : -1;
      towards.copy(hand.place).sub(head);
      const far = towards.length();
      // The board stands a little towards the middle, above the hand.
      flat
        .set(-towards.z, 0, towards.x)
        .normalize()
        .multiplyScalar(0.05 * inwards);
      goal.copy(hand.place).add(flat).y += ABOVE_WRIST_M;
      const off = towards.copy(goal).sub(head).angleTo(gaze) * MathUtils.RAD2DEG;
      const before = seen;
      seen = far < WRIST_REACH_M && off < (seen ? WRIST_GONE_DEG : WRIST_SEEN_DEG);
      if (!seen) return false;
      board.group.position.lerp(goal, before ? Math.min(1, FOLLOW_PER_S * seconds) : 1);
      board.group.lookAt(head);
      return true;
    },
  };
}
