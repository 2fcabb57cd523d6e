/** How one moves with the sticks: by jumps or gliding, turning by steps, or shifting a small city. */
import { Vector3 } from "three";
import { settings } from "../state/settings";
import type { Stage } from "../state/stage";
import type { Hand } from "./input";
import type { Standing } from "./standing";

const STICK_ON = 0.6;
const STICK_OFF = 0.3;
const DEAD = 0.15;
/** A brisk walk; in small cities as fast in the room. */
const PACE_M_S = 1.8;
/** Nobody glides through a wall: so much room is kept. */
const CLEAR_M = 0.5;
const SETTLE_PER_S = 6;

export interface MoveCalls {
  readonly aim: (hand: Hand, on: boolean) => void;
  readonly turn: (sign: 1 | -1) => void;
  /** What gliding does: walk, or shift the city under the hands. */
  readonly isTable: () => boolean;
  readonly floor: () => number;
}

export interface Moving {
  /** How much the view should be narrowed, 0 to 1. */
  readonly step: (seconds: number, hands: readonly Hand[], head: Vector3, gaze: Vector3) => number;
}

interface Stick {
  tilted: boolean;
  aiming: boolean;
}

/** Metres of the room that a stick asks for in this step, to the right and ahead of the gaze. */
export function strideOf(x: number, y: number, gaze: Vector3, seconds: number): Vector3 {
  const size = Math.hypot(x, y);
  if (size < DEAD) return new Vector3();
  const ahead = new Vector3(gaze.x, 0, gaze.z).normalize();
  const right = new Vector3(-ahead.z, 0, ahead.x);
  const pace = (PACE_M_S * seconds * Math.min(1, (size - DEAD) / (1 - DEAD))) / size;
  return right.multiplyScalar(x * pace).addScaledVector(ahead, -y * pace);
}

export function createMoving(stage: Stage, standing: Standing, calls: MoveCalls): Moving {
  const sticks = new WeakMap<Hand, Stick>();
  const chest = new Vector3();

  function stickOf(hand: Hand): Stick {
    const known = sticks.get(hand) ?? { tilted: false, aiming: false };
    sticks.set(hand, known);
    return known;
  }

  /** Sideways turns by steps, forward aims at a place and letting go travels there. */
  function stepwise(hand: Hand, stick: Stick, forward: boolean): void {
    const { x, y } = hand.stick;
    if (!stick.tilted && Math.abs(x) > STICK_ON && Math.abs(x) > Math.abs(y)) {
      stick.tilted = true;
      calls.turn(x > 0 ? 1 : -1);
    } else if (forward && !stick.tilted && y < -STICK_ON) {
      stick.tilted = true;
      stick.aiming = true;
      calls.aim(hand, true);
    } else if (stick.tilted && Math.hypot(x, y) < STICK_OFF) {
      stick.tilted = false;
      if (stick.aiming) calls.aim(hand, false);
      stick.aiming = false;
    }
  }

  function glide(stride: Vector3, head: Vector3, seconds: number): void {
    const far = stride.length();
    if (far === 0) return;
    if (calls.isTable()) {
      standing.carry(stride.negate());
      return;
    }
    const way = stride.clone().divideScalar(far);
    chest.copy(head).y -= 0.5;
    const met = stage.pickRay({ origin: chest, direction: way } as never, far + CLEAR_M);
    if (met?.kind === "building") return;
    standing.carry(stride.negate());
    const { x, y, z } = standing.where();
    const ground = stage.groundAt(x, y);
    if (ground === null) return;
    // Feet follow the ground, softly.
    const eyes = (head.y - calls.floor()) * standing.scale();
    const rise = (z - eyes - ground) / standing.scale();
    standing.carry(chest.set(0, rise * Math.min(1, SETTLE_PER_S * seconds), 0));
  }

  /** What the stick of one hand does in this step; how fast one glides by it. */
  function follow(hand: Hand, does: { glides: boolean; turns: boolean; strafes: boolean }, now: Step): number {
    if (does.turns) stepwise(hand, stickOf(hand), !does.glides);
    if (!does.glides) return 0;
    const [x, y] = [does.strafes ? hand.stick.x : 0, hand.stick.y];
    glide(strideOf(x, y, now.gaze, now.seconds), now.head, now.seconds);
    return Math.hypot(x, y);
  }

  return {
    step(seconds, hands, head, gaze) {
      const { locomotion, hand: main, vignette, oneHanded } = settings.peek();
      const withSticks = hands.filter((each) => each.tracked && each.kind === "controller");
      const alone = oneHanded || withSticks.length < 2;
      const sliding = locomotion === "slide" || calls.isTable();
      const speeds = withSticks.map((hand) => {
        // With two sticks one glides and the other turns; with one, sideways turns.
        const isMain = hand.side === main || withSticks.length < 2;
        const glides = sliding && isMain === alone;
        return follow(hand, { glides, turns: !glides || alone, strafes: !alone }, { seconds, head, gaze });
      });
      return vignette && !calls.isTable() && Math.max(0, ...speeds) > DEAD ? 1 : 0;
    },
  };
}

interface Step {
  readonly seconds: number;
  readonly head: Vector3;
  readonly gaze: Vector3;
}
