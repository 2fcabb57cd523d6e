/** What a press, a hold, a grip and a touch do: on a panel, while drawing, to a tree, to the city, or to go somewhere. */
import { Matrix4, Quaternion, Ray, Vector3 } from "three";
import { draft, fieldOf, setSketch } from "../state/draft";
import type { XY } from "../state/frame";
import { distance } from "../state/geometry";
import { lonLatOf } from "../state/place";
import { type Hit, offerPointer, type PointerEventInCity, pointerHit } from "../state/pointer";
import { hovered, select } from "../state/selection";
import type { Stage } from "../state/stage";
import type { Meeting } from "./beams";
import type { Board } from "./board";
import type { Hand } from "./input";
import { measuresOf } from "./measure";
import { outline, simplified } from "./stroke";
import type { TreeInHand } from "./trees";

const REACH_M = 400;
/** Held so long on the ground, a press means to go there. */
const HOLD_S = 0.5;
/** Looked at so long, something is pressed. */
const DWELL_S = 1.4;
const DWELL_DEG = 2.5;
const TELL_EVERY_S = 0.066;
/** Pixels to a degree, as the tools count them for hands. */
const PX_PER_DEG = 9;
/** A finger touches what is so near under it, and must rise so far before it touches again. */
const TOUCH_FROM_M = 0.06;
const TOUCH_M = 0.008;
const LIFT_M = 0.025;
/** Drawn in one go is what is longer than so many degrees of the hand's sweep. */
const STROKE_DEG = 4;
/** Corners of a stroke stray at most this far, seen from the hand. */
const STRAY_DEG = 0.35;

/** Ground that one can stand on: not roofs, not water. */
export const walkable = (hit: Hit | null): hit is Hit =>
  hit !== null && hit.kind !== "building" && hit.kind !== "water";

export interface ActCalls {
  readonly boards: () => readonly Board[];
  /** Take a press before everything else, as while a table is chosen; true when it was taken. */
  readonly intercept: (hand: Hand) => boolean;
  readonly canTravel: () => boolean;
  /** Presses go there rather than choose. */
  readonly travelling: () => boolean;
  readonly travel: (hit: Hit) => void;
  /** Begin, go on and end to carry a small city with the hand; false where it is not to be carried. */
  readonly takeCity: (hand: Hand) => boolean;
  readonly carryCity: (hand: Hand) => void;
  readonly pulse: (hand: Hand) => void;
  readonly trees: TreeInHand;
}

type Act =
  | { readonly kind: "none" }
  | { readonly kind: "panel" }
  | { readonly kind: "drag" }
  | { readonly kind: "press"; since_s: number }
  | { readonly kind: "stroke"; readonly points: XY[]; told: number }
  | { readonly kind: "aim" }
  | { readonly kind: "tree" }
  | { readonly kind: "city" };

const NONE: Act = { kind: "none" };

interface State {
  act: Act;
  hit: Hit | null;
  length: number;
  onPanel: boolean;
  touching: boolean;
  lifted: boolean;
  told_s: number;
  toldAt: XY | null;
  dwell_s: number;
  readonly dwelt: Vector3;
}

export interface Acting {
  readonly begin: (hand: Hand) => void;
  /** `done`: the press was completed, not called off. */
  readonly end: (hand: Hand, done: boolean) => void;
  readonly grip: (hand: Hand) => void;
  readonly letGo: (hand: Hand) => void;
  readonly step: (hand: Hand, seconds: number, isMain: boolean) => Meeting;
  /** Aim at a place to go, and go there. */
  readonly aim: (hand: Hand, on: boolean) => void;
  readonly forget: (kept: readonly Hand[]) => void;
}

export function createActing(stage: Stage, calls: ActCalls): Acting {
  const { world } = stage;
  const states = new Map<Hand, State>();
  const place = new Vector3();
  const under = new Ray(new Vector3(), new Vector3(0, -1, 0));

  function stateOf(hand: Hand): State {
    const known = states.get(hand);
    if (known) return known;
    const made: State = {
      act: NONE,
      hit: null,
      length: REACH_M,
      onPanel: false,
      touching: false,
      lifted: true,
      told_s: 0,
      toldAt: null,
      dwell_s: 0,
      dwelt: new Vector3(),
    };
    states.set(hand, made);
    return made;
  }

  function event(hand: Hand, phase: PointerEventInCity["phase"], hit: Hit | null): PointerEventInCity {
    return {
      phase,
      hit,
      screen: [0, 0],
      device: "ray",
      shift: false,
      ground: () => stage.groundRay(hand.ray),
      beside: (dx, dy) => stage.pickRay(besideRay(hand, dx / PX_PER_DEG, dy / PX_PER_DEG), REACH_M),
      ray: measuresOf(hand.ray, world),
    };
  }

  function panelAlong(hand: Hand): number | null {
    const found = calls.boards().flatMap((board) => board.along(hand.ray) ?? []);
    return found.length ? Math.min(...found) : null;
  }

  const metresTo = ({ point: [x, y, z] }: Hit, from: Vector3) =>
    world.localToWorld(place.set(x, z, -y)).distanceTo(from);

  /** Find out what the hand points at now. */
  function look(hand: Hand, state: State): void {
    const toPanel = panelAlong(hand);
    state.onPanel = toPanel !== null;
    state.hit = state.onPanel ? null : stage.pickRay(hand.ray, REACH_M);
    state.length = toPanel ?? (state.hit ? metresTo(state.hit, hand.ray.origin) : REACH_M);
  }

  const pointingField = () => {
    const now = draft.peek();
    return now?.by === "pointing" && !now.sending ? fieldOf(now.form, now.pointing) : undefined;
  };
  const stroked = () => {
    const gesture = pointingField()?.gesture;
    return (gesture === "area" || gesture === "line") && draft.peek()?.closed !== true;
  };

  function begin(hand: Hand): void {
    const state = stateOf(hand);
    look(hand, state);
    if (calls.intercept(hand)) return;
    if (state.onPanel) state.act = { kind: "panel" };
    else if (state.touching) state.act = NONE;
    else if (pointingField() && offerPointer(event(hand, "down", state.hit))) state.act = { kind: "drag" };
    else if (stroked()) state.act = { kind: "stroke", points: [], told: 0 };
    else state.act = { kind: "press", since_s: 0 };
  }

  function tap(hand: Hand, state: State): void {
    if (calls.travelling()) {
      if (walkable(state.hit)) calls.travel(state.hit);
    } else if (!offerPointer(event(hand, "tap", state.hit))) select(state.hit?.id ?? null);
  }

  const corner = (hand: Hand, state: State): XY | null => stage.groundRay(hand.ray) ?? state.hit?.ground ?? null;

  /** The ends of a stroke as the tools would have drawn it; false where it was no more than a press. */
  function endStroke(hand: Hand, points: readonly XY[]): boolean {
    const now = draft.peek();
    const [first] = points;
    if (!now || !first) return false;
    const measures = measuresOf(hand.ray, world);
    const swept = points.reduce((sum, at, index) => sum + (index ? distance(at, points[index - 1] as XY) : 0), 0);
    if (swept < measures.reach_m(first, STROKE_DEG)) return false;
    const tolerance = Math.max(0.3, measures.reach_m(first, STRAY_DEG));
    const area = fieldOf(now.form, now.pointing)?.gesture === "area";
    const drawn = area ? outline(points, tolerance) : simplified(points, tolerance);
    if (!drawn) return false;
    const before = area ? [] : now.sketch.slice(0, strokeFrom);
    setSketch([...before, ...drawn.map(lonLatOf)], area);
    return true;
  }
  let strokeFrom = 0;

  function drawOn(hand: Hand, state: State, act: Act & { kind: "stroke" }, seconds: number): void {
    const at = corner(hand, state);
    if (!at) return;
    const last = act.points[act.points.length - 1];
    const least = measuresOf(hand.ray, world).reach_m(at, 0.4);
    if (!last) strokeFrom = draft.peek()?.sketch.length ?? 0;
    if (last && distance(last, at) < least) return;
    act.points.push(at);
    act.told += seconds;
    if (act.points.length < 4 || act.points.length % 3 !== 0) return;
    const area = pointingField()?.gesture === "area";
    const kept = (area ? [] : (draft.peek()?.sketch.slice(0, strokeFrom) ?? [])) as readonly (readonly [
      number,
      number,
    ])[];
    setSketch([...kept, ...simplified(act.points, least).map(lonLatOf)]);
  }

  function end(hand: Hand, done: boolean): void {
    const state = stateOf(hand);
    const { act } = state;
    state.act = NONE;
    look(hand, state);
    switch (act.kind) {
      case "panel":
        if (done) pressPanel(hand);
        break;
      case "drag":
        offerPointer(event(hand, "up", state.hit));
        break;
      case "stroke":
        if (!endStroke(hand, act.points) && done) tap(hand, state);
        break;
      case "press":
        if (!done) break;
        if (goes(act, state) && walkable(state.hit)) calls.travel(state.hit);
        else tap(hand, state);
        break;
      default:
        break;
    }
  }

  function pressPanel(hand: Hand): void {
    const reached = calls.boards().flatMap((board) => {
      const length = board.along(hand.ray);
      return length === null ? [] : [{ board, length }];
    });
    const nearest = reached.sort((a, b) => a.length - b.length)[0];
    if (nearest?.board.press(hand.ray)) calls.pulse(hand);
  }

  const goes = (act: Act, state: State) =>
    act.kind === "press" && act.since_s > HOLD_S && calls.canTravel() && !pointingField() && walkable(state.hit);

  function grip(hand: Hand): void {
    const state = stateOf(hand);
    look(hand, state);
    if (state.onPanel) return;
    if (pointingField() && offerPointer(event(hand, "down", state.hit))) state.act = { kind: "drag" };
    else if (!draft.peek() && state.hit?.kind === "tree" && calls.trees.take(state.hit)) state.act = { kind: "tree" };
    else if (calls.takeCity(hand)) state.act = { kind: "city" };
    else if (calls.canTravel()) state.act = { kind: "aim" };
    else return;
    calls.pulse(hand);
  }

  function letGo(hand: Hand): void {
    const state = stateOf(hand);
    const { act } = state;
    state.act = NONE;
    if (act.kind === "aim" && walkable(state.hit)) calls.travel(state.hit);
    else if (act.kind === "drag") offerPointer(event(hand, "up", state.hit));
    else if (act.kind === "tree") calls.trees.put(walkable(state.hit) ? state.hit.ground : null);
  }

  /** A finger on a panel or, while a change is pointed at, on the city itself. */
  function touch(hand: Hand, state: State): void {
    if (hand.kind !== "hand" && hand.kind !== "controller") return;
    const felt = calls.boards().map((board) => board.touch(hand.tip, hand));
    state.touching = felt.some((each) => each !== null);
    if (felt.includes("pressed")) calls.pulse(hand);
    if (state.touching || !pointingField() || state.act.kind !== "none") return;
    under.origin.copy(hand.tip).y += TOUCH_FROM_M;
    const met = stage.pickRay(under, TOUCH_FROM_M * 2);
    const gap = met ? metresTo(met, under.origin) - TOUCH_FROM_M : Number.POSITIVE_INFINITY;
    if (gap > LIFT_M) state.lifted = true;
    if (!met || gap > TOUCH_M || !state.lifted) return;
    state.lifted = false;
    offerPointer({ ...event(hand, "tap", met), ground: () => met.ground });
    calls.pulse(hand);
  }

  function tellMove(hand: Hand, state: State, seconds: number): void {
    state.told_s += seconds;
    if (state.told_s < TELL_EVERY_S) return;
    const { hit, toldAt } = state;
    const at = hit?.ground ?? null;
    const still = at && toldAt && distance(at, toldAt) < measuresOf(hand.ray, world).reach_m(at, 0.15);
    if (still || (!at && !toldAt)) return;
    state.told_s = 0;
    state.toldAt = at;
    if (hit) pointerHit.value = hit;
    if (hovered.peek() !== (hit?.id ?? null)) hovered.value = hit?.id ?? null;
    if (hit) offerPointer(event(hand, "move", hit));
  }

  /** A look that rests presses; what was pressed must be left before it is pressed again. */
  function dwell(hand: Hand, state: State, seconds: number): void {
    place.copy(hand.ray.direction);
    if (place.angleTo(state.dwelt) * (180 / Math.PI) > DWELL_DEG) {
      state.dwelt.copy(place);
      state.dwell_s = 0;
    } else if (state.hit || state.onPanel) state.dwell_s += seconds;
    if (state.dwell_s < DWELL_S || state.dwell_s > 60) return;
    state.dwell_s = 1000;
    begin(hand);
    end(hand, true);
  }

  /** Go on with what the hand is doing. */
  function goOn(hand: Hand, state: State, seconds: number): void {
    const { act } = state;
    switch (act.kind) {
      case "drag":
        offerPointer(event(hand, "drag", state.hit));
        break;
      case "stroke":
        drawOn(hand, state, act, seconds);
        break;
      case "press":
        act.since_s += seconds;
        break;
      case "city":
        calls.carryCity(hand);
        break;
      case "tree":
        calls.trees.carry(state.hit?.ground ?? null);
        break;
      default:
        break;
    }
  }

  function travelOf(state: State): Meeting["travel"] {
    const aims = state.act.kind === "aim" || goes(state.act, state) || (calls.travelling() && !state.onPanel);
    if (!aims || !state.hit) return null;
    return walkable(state.hit) ? "free" : "blocked";
  }

  return {
    begin,
    end,
    grip,
    letGo,
    aim(hand, on) {
      const state = stateOf(hand);
      if (on && state.act.kind === "none") state.act = { kind: "aim" };
      else if (!on && state.act.kind === "aim") letGo(hand);
    },
    step(hand, seconds, isMain) {
      const state = stateOf(hand);
      if (!hand.tracked) return { length: 0, on: "nothing", travel: null, dwell: 0 };
      look(hand, state);
      touch(hand, state);
      goOn(hand, state, seconds);
      if (isMain && !state.onPanel && state.act.kind !== "drag") tellMove(hand, state, seconds);
      if (hand.kind === "gaze") dwell(hand, state, seconds);
      const on = state.onPanel ? "panel" : state.hit ? "city" : "nothing";
      const dwelt = hand.kind === "gaze" ? Math.min(1, state.dwell_s / DWELL_S) : 0;
      return { length: state.length, on, travel: travelOf(state), dwell: dwelt < 1 ? dwelt : 0 };
    },
    forget(kept) {
      for (const [hand, { act }] of states) {
        if (kept.includes(hand)) continue;
        // What a hand held when it went is let go where it was.
        if (act.kind === "drag") offerPointer(event(hand, "up", null));
        else if (act.kind === "tree") calls.trees.put(null);
        states.delete(hand);
      }
    },
  };
}

const matrix = new Matrix4();
const spin = new Quaternion();
const axis = new Vector3();
const ORIGIN = new Vector3();
const UP = new Vector3(0, 1, 0);

/** The hand's ray turned by degrees to the right and downwards. */
function besideRay(hand: Hand, right_deg: number, down_deg: number): Ray {
  const ray = hand.ray.clone();
  matrix.lookAt(ORIGIN, ray.direction, UP);
  axis.setFromMatrixColumn(matrix, 1);
  ray.direction.applyQuaternion(spin.setFromAxisAngle(axis, (-right_deg * Math.PI) / 180));
  axis.setFromMatrixColumn(matrix, 0);
  ray.direction.applyQuaternion(spin.setFromAxisAngle(axis, (-down_deg * Math.PI) / 180));
  return ray;
}
