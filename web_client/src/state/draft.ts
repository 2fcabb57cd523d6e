/** The change that is being made up: a verb's form, filled by pointing at the city or without. */
import { computed, effect, signal } from "@preact/signals";
import { Refused } from "../wire/http";
import { applyPattern } from "../wire/proposals";
import type { Edit, FormField, Kind, LonLat, Problem, VerbForm } from "../wire/types";
import { announce } from "./announce";
import { activeTool, clearGhosts } from "./ghosts";
import { connection, roomId, submit } from "./live";
import { formOfPattern, patternIn, patterns, placeIn } from "./patterns";
import { manifest } from "./place";
import { t, tOr } from "./words";

export interface Draft {
  readonly form: VerbForm;
  readonly values: Readonly<Record<string, unknown>>;
  readonly by: "pointing" | "form";
  /** Which of the form's `one_of` groups is in use. */
  readonly way: number;
  /** The field that pointing fills now, "" when there is nothing to point at. */
  readonly pointing: string;
  /** Positions drawn so far for that field. */
  readonly sketch: readonly LonLat[];
  /** The outline is finished: further taps add no corner. */
  readonly closed: boolean;
  readonly sending: boolean;
  readonly problem: Problem | null;
}

export const draft = signal<Draft | null>(null);
/** Part of a name by which each field is narrowed; it belongs to the draft, whatever becomes of the form. */
export const narrowed = signal<Readonly<Record<string, string>>>({});
/** What the tool measures while one draws: "120 m", "5 storeys". */
export const measures = signal<readonly string[]>([]);

/** The verbs, and the patterns that make several edits at once. */
export const verbForms = computed(() => [...(manifest.value?.verbs ?? []), ...patterns.value.map(formOfPattern)]);
export const formOf = (verb: string) => verbForms.value.find((each) => each.verb === verb);
export const fieldOf = (form: VerbForm, name: string) => form.fields.find((each) => each.name === name);
/** A verb we have no words for yet, as it is called. */
const spelled = (verb: string) => verb.charAt(0).toUpperCase() + verb.slice(1).replaceAll("_", " ");
export const labelOfVerb = (form: VerbForm) =>
  tOr(`verb.${form.verb}`, form.group === "patterns" ? form.label : spelled(form.verb));

/** Which gesture takes a thing of which kind. */
const TAKES: Readonly<Record<string, readonly Kind[]>> = {
  road: ["road"],
  lanes: ["road"],
  building: ["building"],
  green: ["green"],
  trees: ["tree"],
  thing: ["furniture", "barrier", "stop"],
};

/** What most people want, shown first. */
export const AT_HAND = new Set([
  "close_road",
  "set_speed",
  "set_lanes",
  "plant_trees",
  "add_park",
  "add_building",
  "reshape_building",
  "demolish_building",
]);

/** Verbs that begin with a thing of this kind, what most people want first. */
export const verbsFor = (kind: Kind) =>
  verbForms.value
    .filter((form) => TAKES[fieldOf(form, form.gesture)?.gesture ?? ""]?.includes(kind))
    .sort((a, b) => Number(AT_HAND.has(b.verb)) - Number(AT_HAND.has(a.verb)));

/** A form's values where one begins with this thing. */
export const valuesFor = (form: VerbForm, id: string): Readonly<Record<string, unknown>> => ({
  [form.gesture]: fieldOf(form, form.gesture)?.gesture === "trees" ? [id] : id,
});

/** Gestures that draw; the others choose one thing that is there. */
const DRAWN = new Set(["position", "points", "line", "area", "between"]);
export const isDrawn = (field: FormField | undefined) => field !== undefined && DRAWN.has(field.gesture);

/** Fields that are offered: those of the chosen way, and all that belong to no way. */
export function offered(form: VerbForm, way: number): readonly FormField[] {
  const [mine, ways] = [form.one_of[way] ?? [], form.one_of.flat()];
  return form.fields.filter((each) => mine.includes(each.name) || !ways.includes(each.name));
}

const empty = (value: unknown) =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** Names of the fields that must still be filled. */
export function missing({ form, way, values }: Pick<Draft, "form" | "way" | "values">): readonly string[] {
  const needed = [...form.fields.filter((each) => each.required).map((each) => each.name), ...(form.one_of[way] ?? [])];
  const absent = needed.filter((name) => empty(values[name]));
  const anything = form.any_of.length === 0 || form.any_of.some((name) => !empty(values[name]));
  return anything ? absent : [...absent, form.any_of[0] as string];
}

/** The edit as it travels: what was filled in of the fields that are offered. */
export function editOf({ form, way, values }: Pick<Draft, "form" | "way" | "values">): Edit {
  const filled = offered(form, way)
    .map((field) => [field.name, values[field.name]] as const)
    .filter(([, value]) => !empty(value));
  return { ...Object.fromEntries(filled), verb: form.verb };
}

/** Usual values where the form has none of its own. */
const USUAL: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  set_speed: { speed_kmh: 30 },
  plant_trees: { spacing_m: 8, per_ha: 200 },
  add_building: { levels: 5 },
};

const firstPointed = (form: VerbForm, way: number) =>
  offered(form, way).find((each) => each.kind === "gesture" && (each.required || form.one_of[way]?.includes(each.name)))
    ?.name ?? "";

/** What is to be pointed at next: the first thing in the city that is still wanted, else what is pointed at now. */
export function nextPointed(now: Pick<Draft, "form" | "way" | "values" | "pointing">): string {
  const absent = missing(now);
  const next = offered(now.form, now.way).find((each) => each.kind === "gesture" && absent.includes(each.name));
  return next?.name ?? now.pointing;
}

/** The place on a street that one tap gives together with the street: bollards, a crossing. */
export const placeOnRoad = (form: VerbForm) =>
  form.gesture === "road" ? form.fields.find((each) => each.required && each.gesture === "position") : undefined;

/** The way to begin with: for most the first. */
const FIRST_WAY: Readonly<Record<string, number>> = { plant_trees: 1 };

export function beginDraft(
  verb: string,
  given: Readonly<Record<string, unknown>> = {},
  by: Draft["by"] = "pointing",
): void {
  const form = formOf(verb);
  if (!form) return;
  const defaults = form.fields.filter((each) => !empty(each.default)).map((each) => [each.name, each.default]);
  const way = form.one_of.length > (FIRST_WAY[verb] ?? 0) ? (FIRST_WAY[verb] ?? 0) : 0;
  const values = { ...Object.fromEntries(defaults), ...USUAL[verb], ...given };
  const pointing = nextPointed({ form, way, values, pointing: firstPointed(form, way) });
  clearGhosts();
  measures.value = [];
  narrowed.value = {};
  draft.value = { form, values, by, way, pointing, sketch: [], closed: false, sending: false, problem: null };
  activeTool.value = `propose.${verb}`;
}

/** Go on with a draft that was begun earlier. */
export function takeUp(left: Omit<Draft, "sending" | "problem">): void {
  clearGhosts();
  draft.value = { ...left, sending: false, problem: null };
  activeTool.value = `propose.${left.form.verb}`;
}

let prepared: () => Promise<unknown> = async () => {};

/** What must be there before one can point: the code of the tools. */
export function prepareWith(load: () => Promise<unknown>): void {
  prepared = load;
}

/** Begin to point as soon as the tools are there; where they cannot be had, the form does as well. */
export async function startPointing(verb: string, given: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const ready = await prepared().then(
    () => true,
    () => false,
  );
  beginDraft(verb, given, ready ? "pointing" : "form");
}

export function stopDraft(): void {
  draft.value = null;
  measures.value = [];
  activeTool.value = null;
  clearGhosts();
}

export function update(part: Partial<Draft>): void {
  const now = draft.peek();
  if (now) draft.value = { ...now, problem: null, ...part };
}

export function setValue(name: string, value: unknown): void {
  const now = draft.peek();
  if (now) update({ values: { ...now.values, [name]: value } });
}

export function chooseWay(way: number): void {
  const now = draft.peek();
  if (now) update({ way, pointing: firstPointed(now.form, way), sketch: [], closed: false });
}

/** Point at another field than the one with which one began. */
export const pointAt = (name: string): void => update({ pointing: name, sketch: [], closed: false });

/** What a sketch is worth as the value of a field, undefined while it is too short. */
export function valueOfSketch(gesture: string, sketch: readonly LonLat[]): unknown {
  const [first] = sketch;
  switch (gesture) {
    case "position":
      return first;
    case "points":
      return first && sketch;
    case "line":
      return sketch.length > 1 ? sketch : undefined;
    case "between":
      return sketch.length === 2 ? sketch : undefined;
    case "area":
      return sketch.length > 2 && first ? [[...sketch, first]] : undefined;
    default:
      return undefined;
  }
}

export function setSketch(sketch: readonly LonLat[], closed = false): void {
  const now = draft.peek();
  if (!now) return;
  const field = fieldOf(now.form, now.pointing);
  const value = valueOfSketch(field?.gesture ?? "", sketch);
  update({ sketch, closed, values: { ...now.values, [now.pointing]: value } });
}

/** One step back: the last corner, then what was chosen, then the tool itself. */
export function stepBackInDraft(): void {
  const now = draft.peek();
  if (!now || now.sending) return;
  if (now.problem) update({ problem: null });
  else if (now.by === "pointing" && now.closed) update({ closed: false });
  else if (now.by === "pointing" && now.sketch.length > 0) setSketch(now.sketch.slice(0, -1));
  else if (now.by === "pointing" && now.pointing && !empty(now.values[now.pointing])) setValue(now.pointing, undefined);
  else if (now.by === "pointing" && now.pointing !== firstPointed(now.form, now.way)) {
    const first = firstPointed(now.form, now.way);
    update({ pointing: first, values: { ...now.values, [first]: undefined } });
  } else stopDraft();
}

/** Send it; the draft stays, with the server's sentence, when it is refused. Resolves with what became of it. */
export async function sendDraft(): Promise<"taken" | "kept" | false> {
  const now = draft.peek();
  if (!now || now.sending || missing(now).length > 0) return false;
  update({ sending: true });
  try {
    const pattern = patternIn(now.form);
    const sent =
      pattern === null
        ? submit(editOf(now)).then(() => "taken" as const)
        : roomId()
            .then((id) => applyPattern(id, pattern, placeIn(editOf(now))))
            .then(() => "taken" as const);
    // Without a connection an edit waits its turn, and one goes on with the next.
    const became = await (pattern === null ? unlessOffline(sent) : sent);
    stopDraft();
    if (became === "kept") sent.catch((problem: Problem) => announce(problem.detail ?? t("draft.failed"), "problem"));
    return became;
  } catch (error) {
    update({ sending: false, problem: problemIn(error) });
    return false;
  }
}

function problemIn(error: unknown): Problem {
  if (error instanceof TypeError) return { detail: t("draft.offline") };
  const problem = error instanceof Refused ? error.problem : (error as Problem);
  return { ...problem, detail: problem.detail ?? t("draft.failed") };
}

/** What was asked, or that it is kept as soon as there is no connection. */
async function unlessOffline<T>(asked: Promise<T>): Promise<T | "kept"> {
  let stop = () => {};
  const offline = new Promise<"kept">((resolve) => {
    stop = effect(() => {
      if (connection.value.status === "waiting") resolve("kept");
    });
  });
  return Promise.race([asked, offline]).finally(() => stop());
}
