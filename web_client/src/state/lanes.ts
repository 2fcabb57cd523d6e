/** A street's cross-section, from left to right along its line, and what one does with it by hand. */
import { bare, isStrip, type Strip } from "./facts";
import { recordOf } from "./records";

export type Section = readonly Strip[];

/** Colour of each kind of strip, in the list and on the street. */
export const STRIP_COLOURS: Readonly<Record<string, string>> = {
  footway: "#cfc6b4",
  verge: "#8fb878",
  parking: "#9aa0a6",
  cycle: "#b5523b",
  bus: "#d09a35",
  tram: "#7d8290",
  car: "#4a5157",
  planting: "#4d9a4b",
};
/** How wide a strip of each kind is to begin with. */
const USUAL_M: Readonly<Record<string, number>> = {
  footway: 2.5,
  verge: 1.5,
  parking: 2,
  cycle: 1.8,
  bus: 3.25,
  tram: 3.2,
  car: 3,
  planting: 2,
};
/** Strips on which one goes both ways. */
const BOTH = new Set(["footway", "verge", "planting"]);

const strip = (kind: string, direction: Strip["direction"] = "forward"): Strip => ({
  kind,
  width_m: USUAL_M[kind] ?? 3,
  direction: BOTH.has(kind) ? "both" : direction,
});

/** What one begins with where there is no street yet. */
export const PLAIN_STREET: Section = [strip("footway"), strip("car", "backward"), strip("car"), strip("footway")];

/** The cross-section of a street as it stands; null while its record is on its way. */
export function sectionOf(road: unknown): Section | null {
  const record = typeof road === "string" ? recordOf(road) : null;
  if (!record) return null;
  const lanes = bare(record.properties.lanes);
  return Array.isArray(lanes)
    ? lanes.filter(isStrip).map(({ kind, width_m, direction }) => ({ kind, width_m, direction }))
    : [];
}

/** Whether a street's cross-section has been left as it stands, so that there is nothing to propose yet. */
export function asItStands(road: unknown, lanes: unknown): boolean {
  const [standing, wanted] = [sectionOf(road), sectionIn(lanes)];
  const same = (one: Strip, other: Strip | undefined) =>
    one.kind === other?.kind && one.width_m === other.width_m && one.direction === other.direction;
  return standing !== null && standing.length === wanted.length && standing.every((each, at) => same(each, wanted[at]));
}

export const widthOf = (section: Section) => section.reduce((sum, each) => sum + each.width_m, 0);

export const sectionIn = (value: unknown): Section => (Array.isArray(value) ? value.filter(isStrip) : []);

/** A strip of this kind at the end of the right-hand side. */
export const withStrip = (section: Section, kind: string): Section => [...section, strip(kind)];
export const withoutStrip = (section: Section, at: number): Section => section.filter((_, index) => index !== at);
export const withChanged = (section: Section, at: number, part: Partial<Strip>): Section =>
  section.map((each, index) => (index === at ? { ...each, ...part } : each));

/** The strip at `from` put where the one at `to` is. */
export function withMoved(section: Section, from: number, to: number): Section {
  const held = section[from];
  if (!held || to < 0 || to >= section.length || from === to) return section;
  const rest = withoutStrip(section, from);
  return [...rest.slice(0, to), held, ...rest.slice(to)];
}
