/** Hands and controllers as the session has them: where each is, where it points, and what it presses. */
import { Matrix4, Quaternion, Ray, Vector3 } from "three";

export type Side = "left" | "right";

/** Buttons of a gamepad in the order of WebXR's "xr-standard" mapping. */
const LOWER = 4;
const UPPER = 5;
const TIP_AHEAD_M = 0.02;

export interface Hand {
  readonly source: XRInputSource | null;
  readonly side: Side;
  /** A gaze stands in where there is no hand at all. */
  readonly kind: "controller" | "hand" | "screen" | "gaze";
  /** Known in this frame. */
  tracked: boolean;
  /** Seconds for which it has not been known. */
  lost_s: number;
  readonly ray: Ray;
  /** What touches: a finger's tip or the end of the controller. */
  readonly tip: Vector3;
  readonly place: Vector3;
  readonly turn: Quaternion;
  readonly stick: { x: number; y: number };
  /** Whether the two buttons have been pressed since the last frame. */
  lower: boolean;
  upper: boolean;
  held: { lower: boolean; upper: boolean };
}

const kindOf = (source: XRInputSource): Hand["kind"] => {
  if (source.hand) return "hand";
  return source.targetRayMode === "tracked-pointer" ? "controller" : "screen";
};

export function createHand(source: XRInputSource | null, side: Side): Hand {
  return {
    source,
    side,
    kind: source ? kindOf(source) : "gaze",
    tracked: false,
    lost_s: 0,
    ray: new Ray(),
    tip: new Vector3(),
    place: new Vector3(),
    turn: new Quaternion(),
    stick: { x: 0, y: 0 },
    lower: false,
    upper: false,
    held: { lower: false, upper: false },
  };
}

const matrix = new Matrix4();

/** Take a ray from a pose of WebXR. */
export function aim(ray: Ray, pose: XRPose): void {
  matrix.fromArray(pose.transform.matrix);
  ray.origin.setFromMatrixPosition(matrix);
  ray.direction.set(0, 0, -1).transformDirection(matrix);
}

function readButtons(hand: Hand): void {
  const pad = hand.source?.gamepad;
  const [x, y] = pad && pad.axes.length >= 4 ? [pad.axes[2] ?? 0, pad.axes[3] ?? 0] : [0, 0];
  hand.stick.x = x;
  hand.stick.y = y;
  const down = { lower: pad?.buttons[LOWER]?.pressed === true, upper: pad?.buttons[UPPER]?.pressed === true };
  hand.lower = down.lower && !hand.held.lower;
  hand.upper = down.upper && !hand.held.upper;
  hand.held = down;
}

function readPose(hand: Hand, frame: XRFrame, room: XRReferenceSpace): void {
  const { source } = hand;
  const pose = source && frame.getPose(source.targetRaySpace, room);
  hand.tracked = Boolean(pose);
  if (!source || !pose) return;
  aim(hand.ray, pose);
  const grip = (source.gripSpace && frame.getPose(source.gripSpace, room)) ?? pose;
  hand.place.copy(grip.transform.position as unknown as Vector3);
  hand.turn.copy(grip.transform.orientation as unknown as Quaternion);
  const finger = source.hand?.get("index-finger-tip");
  const tip = finger && frame.getJointPose?.(finger, room);
  if (tip) hand.tip.copy(tip.transform.position as unknown as Vector3);
  else hand.tip.copy(hand.ray.origin).addScaledVector(hand.ray.direction, TIP_AHEAD_M);
}

export interface Input {
  /** Those that are there now; a gaze where there is nothing else. */
  readonly hands: () => readonly Hand[];
  readonly of: (source: XRInputSource) => Hand | undefined;
  readonly step: (seconds: number, frame: XRFrame, room: XRReferenceSpace, head: Vector3, gaze: Vector3) => void;
}

/** After so long without any hand, looking presses. */
const GAZE_AFTER_S = 3;

export function createInput(session: XRSession, usual: () => Side): Input {
  const known = new Map<XRInputSource, Hand>();
  const look = createHand(null, "right");
  let alone_s = 0;
  let list: readonly Hand[] = [];

  function follow(): void {
    const sources = new Set(session.inputSources);
    for (const each of known.keys()) if (!sources.has(each)) known.delete(each);
    for (const each of sources) {
      if (known.has(each)) continue;
      known.set(each, createHand(each, each.handedness === "none" ? usual() : each.handedness));
    }
  }

  return {
    hands: () => list,
    of: (source) => known.get(source),
    step(seconds, frame, room, head, gaze) {
      follow();
      for (const hand of known.values()) {
        readPose(hand, frame, room);
        readButtons(hand);
        hand.lost_s = hand.tracked ? 0 : hand.lost_s + seconds;
      }
      const seen = [...known.values()];
      alone_s = seen.some((each) => each.tracked) ? 0 : alone_s + seconds;
      look.tracked = alone_s > GAZE_AFTER_S;
      look.ray.origin.copy(head);
      look.ray.direction.copy(gaze);
      list = look.tracked ? [...seen, look] : seen;
    },
  };
}
