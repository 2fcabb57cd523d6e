/** Pointing at the city fills the draft: choose what is there, or draw points, lines and outlines; handles reshape them. */
import { effect, signal, untracked } from "@preact/signals";
import {
  type Draft,
  draft,
  fieldOf,
  isDrawn,
  measures,
  nextPointed,
  placeOnRoad,
  setSketch,
  setValue,
  update,
} from "../state/draft";
import type { XY } from "../state/frame";
import { linesOf, middleOf, nearestOnLine, polygonsOf } from "../state/geometry";
import { clearGhosts, type Ghost, ghosts, marked } from "../state/ghosts";
import { warnings } from "../state/live";
import { localOf, lonLatOf } from "../state/place";
import { type Hit, listenToPointer, type PointerEventInCity } from "../state/pointer";
import { projection } from "../state/projection";
import { arrived, recordOf } from "../state/records";
import { trial } from "../state/trial";
import type { LonLat } from "../wire/types";
import { outlinesNear } from "./around";
import { drawingOf, heightOf, storeyOf } from "./ghosts";
import { snap } from "./snapping";

const GRIP_PX = { mouse: 14, pen: 18, touch: 26, ray: 20, key: 14 } as const;
/** Rings of pixels around the pointer in which a thing that was just missed is still found. */
const NEARLY_PX = [7, 14, 22];
const WARNINGS_SHOWN_MS = 15_000;

/** Kinds of features by the gesture that chooses them. */
const KINDS: Readonly<Record<string, readonly string[] | undefined>> = {
  road: ["road"],
  lanes: ["road"],
  building: ["building"],
  green: ["green"],
  trees: ["tree"],
  thing: ["furniture", "barrier", "stop"],
};

const cursor = signal<XY | null>(null);
/** So far a pull may stray before it counts. */
const SLACK_M = 1.5;
/** A hand's degree counts as so many pixels. */
const PX_PER_DEG = 9;
/** What is dragged: a corner by its index, or the roof, from a height and a place of the pointer. */
type Grip = { readonly y: number; readonly z: number | null };
let dragging:
  | { readonly corner: number }
  | { readonly roof: true; readonly grip: Grip; readonly from_m: number }
  | { readonly roof: false }
  | null = null;

/** Pixels between the pointer and a place. */
const gapTo = ({ ray, screen: [x, y] }: PointerEventInCity, at: XY, z: number) => {
  if (ray) return ray.gap_deg(at, z) * PX_PER_DEG;
  const found = projection.peek()?.toScreen(at, z);
  return found ? Math.hypot(found[0] - x, found[1] - y) : Number.POSITIVE_INFINITY;
};
const heightAt = (at: XY) => projection.peek()?.heightAt(at) ?? 0;

function chosenHit(event: PointerEventInCity, kinds: readonly string[] | undefined): Hit | null {
  const fits = (hit: Hit | null) => hit?.id && (!kinds || (hit.kind !== null && kinds.includes(hit.kind)));
  if (fits(event.hit)) return event.hit;
  for (const radius of event.phase === "tap" ? NEARLY_PX : []) {
    for (let turn = 0; turn < 8; turn++) {
      const angle = (turn * Math.PI) / 4;
      const hit = event.beside?.(Math.cos(angle) * radius, Math.sin(angle) * radius) ?? null;
      if (fits(hit)) return hit;
    }
  }
  return null;
}

/** Metres that the grip is wide at a place. */
function reachOf({ ray }: PointerEventInCity, at: XY, pixels: number): number {
  if (ray) return Math.min(12, ray.reach_m(at, pixels / PX_PER_DEG));
  const z = heightAt(at);
  const [a, b] = [projection.peek()?.toScreen(at, z), projection.peek()?.toScreen([at[0] + 1, at[1]], z)];
  const perMetre = a && b ? Math.max(0.5, Math.hypot(a[0] - b[0], a[1] - b[1])) : 10;
  return Math.min(12, pixels / perMetre);
}

/** The place under the pointer, drawn to what is near. */
function placeOf(event: PointerEventInCity, now: Draft, without = -1): XY | null {
  const gesture = fieldOf(now.form, now.pointing)?.gesture;
  // Single things stand where one sees the pointer; outlines lie on the ground, through what stands on it.
  const single = gesture === "points" || gesture === "position";
  const at = (single ? null : event.ground?.()) ?? event.hit?.ground ?? null;
  if (!at || event.shift || (gesture !== "area" && gesture !== "line")) return at;
  const drawn = now.sketch.filter((_, index) => index !== without).map(localOf);
  const rings = gesture === "area" ? outlinesNear(at) : [];
  return snap(at, drawn, rings, reachOf(event, at, GRIP_PX[event.device] * 0.7)).at;
}

/** The roof that can be pulled: its place and height, or null. */
function roofOf(now: Draft): { readonly at: XY; readonly z: number; readonly height: number } | null {
  const feature = typeof now.values.building === "string" ? recordOf(now.values.building) : null;
  const outline = Array.isArray(now.values.footprint) ? (now.values.footprint as LonLat[][])[0] : null;
  const ring = outline?.slice(0, -1).map(localOf) ?? (feature ? polygonsOf(feature, localOf)[0]?.[0] : undefined);
  const grows = fieldOf(now.form, "levels") && (now.closed || feature);
  if (!ring?.length || !grows) return null;
  const height = heightOf(now, feature);
  return { at: middleOf(ring), z: Math.min(...ring.map(heightAt)) + height, height };
}

const gripOf = (event: PointerEventInCity, at: XY): Grip => ({
  y: event.screen[1],
  z: event.ray?.heightOver(at) ?? null,
});

/** Metres by which the pointer has pulled a roof up since it took it. */
function pulled(event: PointerEventInCity, { at, z }: { readonly at: XY; readonly z: number }, from: Grip): number {
  if (event.ray) {
    const now = event.ray.heightOver(at);
    return now === null || from.z === null ? 0 : now - from.z;
  }
  const [low, high] = [projection.peek()?.toScreen(at, z), projection.peek()?.toScreen(at, z + 1)];
  return (from.y - event.screen[1]) / (low && high ? Math.max(0.4, low[1] - high[1]) : 4);
}

/** A hand that presses on a building takes hold of it, wherever it presses. */
function takeBuilding(event: PointerEventInCity, now: Draft): boolean {
  const field = fieldOf(now.form, now.pointing);
  if (!event.ray || field?.gesture !== "building" || !fieldOf(now.form, "levels")) return false;
  const hit = chosenHit(event, KINDS.building);
  if (!hit?.id) return false;
  if (now.values.building !== hit.id) choose(event, now);
  dragging = { roof: false };
  return true;
}

function take(event: PointerEventInCity, now: Draft): boolean {
  const grip = GRIP_PX[event.device];
  const roof = roofOf(now);
  if (roof && gapTo(event, roof.at, roof.z) < grip * 1.4) {
    dragging = { roof: true, grip: gripOf(event, roof.at), from_m: roof.height };
    return true;
  }
  if (takeBuilding(event, now)) return true;
  const corner = now.sketch.findIndex((each) => {
    const at = localOf(each);
    return gapTo(event, at, heightAt(at)) < grip;
  });
  // The last corner of an open sketch may be meant as "finished", which is a tap.
  if (corner < 0) return false;
  dragging = { corner };
  return true;
}

function drag(event: PointerEventInCity, now: Draft): void {
  if (!dragging) return;
  if ("corner" in dragging) {
    const { corner } = dragging;
    const at = placeOf(event, now, corner);
    if (at)
      setSketch(
        now.sketch.map((each, index) => (index === corner ? lonLatOf(at) : each)),
        now.closed,
      );
    return;
  }
  const roof = roofOf(now);
  if (!roof) return;
  // What is taken before its record has arrived is pulled from then on.
  if (!dragging.roof) dragging = { roof: true, grip: gripOf(event, roof.at), from_m: roof.height };
  const height = dragging.from_m + pulled(event, roof, dragging.grip);
  if (Math.abs(height - roof.height) < SLACK_M && now.values.levels === undefined) return;
  const levels = Math.max(1, Math.round(height / storeyOf(now.values)));
  const most = fieldOf(now.form, "levels")?.most ?? 120;
  const { height_m: _height, ...rest } = now.values;
  update({ values: { ...rest, levels: Math.min(most, levels) } });
}

/** A tap while drawing: a further corner, or the end where it falls on a corner that ends it. */
function addCorner(event: PointerEventInCity, now: Draft): boolean {
  const gesture = fieldOf(now.form, now.pointing)?.gesture ?? "";
  if (now.closed) return true;
  const at = placeOf(event, now);
  if (!at) return true;
  const near = (each: LonLat | undefined) => {
    const local = each && localOf(each);
    return local !== undefined && gapTo(event, local, heightAt(local)) < GRIP_PX[event.device];
  };
  const { sketch } = now;
  const ends =
    (gesture === "area" && sketch.length > 2 && near(sketch[0])) || (sketch.length > 1 && near(sketch.at(-1)));
  if (ends && gesture !== "points") setSketch(sketch, true);
  else if (gesture === "position") setSketch([lonLatOf(at)], true);
  else if (gesture === "between") setSketch([...sketch, lonLatOf(at)].slice(-2));
  else if (gesture === "points" && sketch.some(near)) setSketch(sketch.filter((each) => !near(each)));
  else setSketch([...sketch, lonLatOf(at)]);
  cursor.value = null;
  return true;
}

/** The middle of a street beside a place, as soon as its record is known. */
function onRoad(id: string, at: XY): XY {
  const record = recordOf(id);
  const [line] = record ? linesOf(record, localOf) : [];
  return (line && nearestOnLine(at, line)?.at) ?? at;
}

function choose(event: PointerEventInCity, now: Draft): boolean {
  const field = fieldOf(now.form, now.pointing);
  const hit = chosenHit(event, KINDS[field?.gesture ?? ""]);
  if (!hit?.id) return true;
  const given = now.values[now.pointing];
  if (field?.gesture === "trees") {
    const ids = Array.isArray(given) ? (given as string[]) : [];
    setValue(now.pointing, ids.includes(hit.id) ? ids.filter((id) => id !== hit.id) : [...ids, hit.id]);
    return true;
  }
  const place = placeOnRoad(now.form);
  const again = hit.id === given && !place ? {} : { between: undefined, lanes: undefined };
  const at = place ? { [place.name]: lonLatOf(onRoad(hit.id, hit.ground)) } : {};
  const values = { ...now.values, ...again, [now.pointing]: hit.id, ...at };
  update({ values, sketch: [], pointing: nextPointed({ ...now, values }) });
  return true;
}

/** True takes the event from the camera and the selection. */
export function point(event: PointerEventInCity): boolean {
  const now = draft.peek();
  if (now?.by !== "pointing" || now.sending) return false;
  const drawn = isDrawn(fieldOf(now.form, now.pointing));
  switch (event.phase) {
    case "down":
      return take(event, now);
    case "drag":
      drag(event, now);
      return true;
    case "up":
      dragging = null;
      return true;
    case "move":
      cursor.value = drawn && !now.closed && event.device !== "touch" ? placeOf(event, now) : null;
      return false;
    case "tap":
      return drawn ? addCorner(event, now) : choose(event, now);
    case "leave":
      cursor.value = null;
      return false;
  }
}

/** Where a refusal or a warning belongs: where the server says, else where one drew. */
function spotOf(at: LonLat | null | undefined, now: Draft | null): XY | null {
  if (at) return localOf(at);
  const sketch = now?.sketch.map(localOf) ?? [];
  if (sketch.length) return middleOf(sketch);
  const id = now && [now.values.road, now.values.building].find((each) => typeof each === "string");
  const feature = typeof id === "string" ? recordOf(id) : null;
  const [ring] = feature ? (polygonsOf(feature, localOf)[0] ?? []) : [];
  if (ring) return middleOf(ring);
  const { geometry } = feature ?? {};
  return geometry?.type === "LineString"
    ? localOf(geometry.coordinates[geometry.coordinates.length >> 1] as LonLat)
    : null;
}

function sayings(now: Draft | null): readonly Ghost[] {
  const told: Ghost[] = [];
  const problem = now?.problem ?? trial.value.problem;
  const spot = problem?.detail ? spotOf(problem.at, now) : null;
  if (spot && problem?.detail) told.push({ shape: "label", at: spot, text: problem.detail, tone: "problem" });
  for (const { detail, at } of now ? trial.value.warnings : warnings.value) {
    if (at) told.push({ shape: "label", at: localOf(at), text: detail, tone: "warning" });
  }
  return told;
}

/** Let pointing fill the draft and draw what it would do; returns a function that stops. */
export function startTools(): () => void {
  const stopListening = listenToPointer(point);
  const stopDrawing = effect(() => {
    void arrived.value;
    const now = draft.value;
    const told = sayings(now);
    if (!now) {
      untracked(clearGhosts);
      if (told.length) ghosts.value = told;
      return;
    }
    const drawing = drawingOf(now, { cursor: cursor.value, recordOf, heightAt });
    const shown = told.length ? drawing.ghosts.filter((each) => each.shape !== "label") : drawing.ghosts;
    ghosts.value = [...shown, ...told];
    marked.value = drawing.marks;
    measures.value = drawing.measures;
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopWarnings = effect(() => {
    if (warnings.value.length === 0) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      warnings.value = [];
    }, WARNINGS_SHOWN_MS);
  });
  return () => {
    stopListening();
    stopDrawing();
    stopWarnings();
    clearTimeout(timer);
    clearGhosts();
  };
}
