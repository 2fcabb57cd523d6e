/** What a draft would do, drawn and measured at once, before the server has been asked. */
import { type Draft, fieldOf, placeOnRoad } from "../state/draft";
import type { XY } from "../state/frame";
import {
  areaOf,
  bearingOf,
  inside,
  lengthOf,
  linesOf,
  middleOf,
  moved,
  nearestOnLine,
  partOfLine,
  polygonsOf,
  type Ring,
  shifted,
  spaced,
} from "../state/geometry";
import type { Ghost } from "../state/ghosts";
import { type Section, STRIP_COLOURS, sectionIn, widthOf } from "../state/lanes";
import { localOf } from "../state/place";
import { formatNumber, t } from "../state/words";
import type { Feature, LonLat } from "../wire/types";

export interface Drawing {
  readonly ghosts: readonly Ghost[];
  readonly marks: ReadonlyMap<string, "target" | "removed">;
  readonly measures: readonly string[];
}

const COLOURS: Readonly<Record<string, string>> = {
  roads: "#c2571b",
  green: "#4d9a4b",
  buildings: "#e0b04c",
  things: "#8a5a2b",
};
/** Verbs whose ghost has a colour of its own. */
const OF_VERB: Readonly<Record<string, string>> = {
  add_water: "#4f8fc0",
  unseal: "#8cbf6a",
  remove_trees: "#c2571b",
};
const REMOVES = new Set(["demolish_building", "remove_green", "remove_thing", "remove_trees", "remove_road"]);
const ARROW_EVERY_M = 18;
const colourOf = (draft: Draft) => OF_VERB[draft.form.verb] ?? COLOURS[draft.form.group] ?? "#1d5c63";
/** Storeys by use as the server counts them: 3 m, more where people work. */
const STOREY_M: Readonly<Record<string, number>> = { office: 3.6, retail: 4, commercial: 4, industrial: 5 };
const USUAL_TREE_M = 6;
const MOST_GHOST_TREES = 400;

export const storeyOf = (values: Draft["values"]) => STOREY_M[String(values.use)] ?? 3;
const numberOf = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
const metres = (value: number) => t("measure.m", { value: formatNumber(value) });
const squareMetres = (value: number) => t("measure.m2", { value: formatNumber(value) });

const doubted = (feature: Feature | null, name: string): unknown =>
  (feature?.properties[name] as { value?: unknown } | undefined)?.value;

/** How high a building would be: as it is told, else by storeys, else as it stands. */
export function heightOf(draft: Draft, feature: Feature | null): number {
  const { values } = draft;
  const levels = numberOf(values.levels);
  const known = numberOf(doubted(feature, "height"));
  const storey = known && numberOf(doubted(feature, "levels")) ? known / Number(doubted(feature, "levels")) : null;
  return numberOf(values.height_m) ?? (levels ? levels * (storey ?? storeyOf(values)) : (known ?? 3));
}

const ringsOf = (value: unknown): readonly Ring[] =>
  Array.isArray(value) ? (value as LonLat[][]).map((ring) => ring.slice(0, -1).map(localOf)) : [];

const lineOf = (value: unknown): Ring => (Array.isArray(value) ? (value as LonLat[]).map(localOf) : []);

/** Trees over an area, as close as they are asked for: an even pattern stands in for the server's. */
function scattered(ring: Ring, perHectare: number): readonly XY[] {
  const step = 100 / Math.sqrt(perHectare);
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  const found: XY[] = [];
  for (let y = Math.min(...ys) + step / 2, row = 0; y < Math.max(...ys); y += step, row++) {
    for (let x = Math.min(...xs) + (row % 2 ? step : step / 2); x < Math.max(...xs); x += step) {
      if (found.length < MOST_GHOST_TREES && inside([x, y], ring)) found.push([x, y]);
    }
  }
  return found;
}

function roadDrawing(draft: Draft, id: string, feature: Feature | null): Drawing {
  const marks = new Map([[id, "target" as const]]);
  const [line] = feature ? linesOf(feature, localOf) : [];
  if (!line) return { ghosts: [], marks, measures: [] };
  const ends = Array.isArray(draft.values.between) ? lineOf(draft.values.between) : draft.sketch.map(localOf);
  const [a, b] = ends;
  const part = a && b ? partOfLine(line, a, b) : line;
  const width = numberOf(doubted(feature, "width")) ?? 6;
  const length = metres(lengthOf(part));
  const held = a && !b ? nearestOnLine(a, line)?.at : undefined;
  const place = placeOnRoad(draft.form);
  const at = place && Array.isArray(draft.values[place.name]) ? localOf(draft.values[place.name] as LonLat) : null;
  if (at) return acrossDrawing(line, at, width, marks, nameOf(feature));
  return {
    ghosts: [
      ...surfaceOf(draft, part, width),
      ...(held ? [{ shape: "handle" as const, at: held, active: true }] : []),
      ...ends.map((at) => ({ shape: "handle" as const, at: nearestOnLine(at, line)?.at ?? at })),
      { shape: "label", at: part[Math.floor(part.length / 2)] as XY, text: [nameOf(feature), length].join(" · ") },
    ],
    marks: a && b ? new Map() : marks,
    measures: [nameOf(feature), length],
  };
}

/** The street as it would be: its strips, the way one drives, or simply that part of it. */
function surfaceOf(draft: Draft, part: Ring, width: number): readonly Ghost[] {
  const section = sectionIn(draft.values.lanes);
  const direction = draft.form.verb === "set_direction" ? draft.values.direction : undefined;
  if (section.length) return stripsOf(part, section);
  const whole: Ghost = { shape: "line", points: part, width_m: width, colour: COLOURS.roads as string };
  return typeof direction === "string" ? [whole, ...arrowsOf(part, direction, Math.min(3, width / 2))] : [whole];
}

function stripsOf(part: Ring, section: Section): readonly Ghost[] {
  let from = -widthOf(section) / 2;
  return section.map(({ kind, width_m }) => {
    const aside = from + width_m / 2;
    from += width_m;
    return {
      shape: "line",
      points: shifted(part, aside),
      width_m: width_m * 0.94,
      colour: STRIP_COLOURS[kind] ?? "#888888",
    };
  });
}

/** Arrow heads along a line, one way or both. */
function arrowsOf(line: Ring, direction: string, size: number): readonly Ghost[] {
  const ways = direction === "both" ? [1, -1] : [direction === "backward" ? -1 : 1];
  return spaced(line, ARROW_EVERY_M)
    .slice(1)
    .flatMap((at) =>
      ways.map((way): Ghost => {
        const found = nearestOnLine(at, line);
        const heading = found ? bearingOf(found.from, found.to) + (way < 0 ? 180 : 0) : 0;
        const middle = moved(at, way === 1 || ways.length === 1 ? size * 0.4 : size * 1.8, heading);
        const ring = [
          moved(middle, size * 1.4, heading),
          moved(middle, size, heading + 140),
          moved(middle, size, heading - 140),
        ];
        return { shape: "area", ring, colour: "#ffffff" };
      }),
    );
}

/** A bar across a street: bollards or a crossing. */
function acrossDrawing(line: Ring, at: XY, width: number, marks: Drawing["marks"], name: string): Drawing {
  const found = nearestOnLine(at, line);
  const middle = found?.at ?? at;
  const heading = found ? bearingOf(found.from, found.to) : 0;
  const bar = [moved(middle, width / 2, heading - 90), moved(middle, width / 2, heading + 90)];
  return {
    ghosts: [
      { shape: "line", points: bar, width_m: 2.5, colour: COLOURS.roads as string },
      { shape: "handle", at: middle, active: true },
      { shape: "label", at: middle, text: name },
    ],
    marks,
    measures: [name],
  };
}

export function nameOf(feature: Feature | null): string {
  const { name, kind } = feature?.properties ?? {};
  return typeof name === "string" && name ? name : kind ? t(`kind.${kind}`) : "";
}

function buildingDrawing(draft: Draft, id: string, feature: Feature | null, base: number): Drawing {
  if (draft.form.verb === "demolish_building")
    return { ghosts: [], marks: new Map([[id, "removed"]]), measures: [nameOf(feature)] };
  const marks = new Map([[id, "target" as const]]);
  const drawn = ringsOf(draft.values.footprint);
  const rings = drawn.length ? drawn : feature ? polygonsOf(feature, localOf).map(([outer]) => outer ?? []) : [];
  const [ring] = rings;
  if (!ring) return { ghosts: [], marks, measures: [] };
  return withMarks(blockDrawing(draft, ring, feature, base), marks);
}

const withMarks = (drawing: Drawing, marks: Drawing["marks"]): Drawing => ({ ...drawing, marks });

function blockDrawing(draft: Draft, ring: Ring, feature: Feature | null, base: number): Drawing {
  const height = heightOf(draft, feature);
  const levels = numberOf(draft.values.levels) ?? Math.max(1, Math.round(height / storeyOf(draft.values)));
  const told = [t("measure.storeys", { count: levels }), metres(height), squareMetres(areaOf(ring))];
  const middle = middleOf(ring);
  return {
    ghosts: [
      { shape: "block", ring, base_m: base, height_m: height, colour: COLOURS.buildings as string },
      { shape: "handle", at: middle, z_m: base + height, active: true },
      { shape: "label", at: middle, z_m: base + height, text: told.join(" · ") },
    ],
    marks: new Map(),
    measures: told,
  };
}

function areaDrawing(draft: Draft, ring: Ring, base: number): Drawing {
  if (draft.pointing === "footprint") return blockDrawing(draft, ring, null, base);
  const colour = colourOf(draft);
  const area = squareMetres(areaOf(ring));
  const density = numberOf(draft.values.per_ha);
  const planted = draft.form.verb === "plant_trees" && density ? scattered(ring, density) : [];
  return {
    ghosts: [
      { shape: "area", ring, colour },
      { shape: "trees", points: planted, height_m: numberOf(draft.values.height_m) ?? USUAL_TREE_M },
      { shape: "label", at: middleOf(ring), text: area },
    ],
    marks: new Map(),
    measures: [area, ...(planted.length ? [t("measure.trees", { count: planted.length })] : [])],
  };
}

function lineDrawing(draft: Draft, line: Ring): Drawing {
  const spacing = numberOf(draft.values.spacing_m);
  const trees = spacing && draft.form.verb === "plant_trees" ? spaced(line, spacing) : [];
  const height = draft.form.verb === "add_barrier" ? (numberOf(draft.values.height_m) ?? 2) : 0;
  const section = sectionIn(draft.values.lanes);
  const told = [metres(lengthOf(line)), ...(trees.length ? [t("measure.trees", { count: trees.length })] : [])];
  return {
    ghosts: [
      ...(height ? [wallOf(line, height, colourOf(draft))] : section.length ? stripsOf(line, section) : []),
      {
        shape: "line",
        points: line,
        width_m: trees.length || height || section.length ? 0.6 : 3,
        colour: colourOf(draft),
      },
      { shape: "trees", points: trees, height_m: numberOf(draft.values.height_m) ?? USUAL_TREE_M },
      { shape: "label", at: line[line.length - 1] as XY, text: told.join(" · ") },
    ],
    marks: new Map(),
    measures: told,
  };
}

/** A wall along a line, as thick as one's hand is long. */
const wallOf = (line: Ring, height_m: number, colour: string): Ghost => ({
  shape: "block",
  ring: [...shifted(line, -0.2), ...[...shifted(line, 0.2)].reverse()],
  height_m,
  colour,
});

/** `points` and the one that the pointer would add; what is counted is what has been set. */
function pointsDrawing(draft: Draft, points: Ring): Drawing {
  const set = draft.by === "form" ? points.length : draft.sketch.length;
  const text = t("measure.trees", { count: set });
  const tree = draft.form.verb === "plant_trees";
  const trees: Ghost = { shape: "trees", points, height_m: numberOf(draft.values.height_m) ?? USUAL_TREE_M };
  return {
    ghosts: tree ? [trees] : points.map((at) => ({ shape: "handle", at, active: true })),
    marks: new Map(),
    measures: tree && set ? [text] : [],
  };
}

export interface Surroundings {
  /** Where the pointer is, or null on a touch screen between two taps. */
  readonly cursor: XY | null;
  readonly recordOf: (id: string) => Feature | null;
  readonly heightAt: (at: XY) => number;
}

const NOTHING: Drawing = { ghosts: [], marks: new Map(), measures: [] };

/** What is being drawn, with the corner that the pointer would add. */
function sketchDrawing(draft: Draft, cursor: XY | null, heightAt: Surroundings["heightAt"]): Drawing {
  const value = draft.values[draft.pointing];
  const sketch = draft.sketch.map(localOf);
  const open = draft.closed || !cursor ? sketch : [...sketch, cursor];
  const pointing = draft.by === "pointing";
  switch (fieldOf(draft.form, draft.pointing)?.gesture) {
    case "area": {
      const ring = pointing ? open : (ringsOf(value)[0] ?? []);
      if (ring.length > 2) return areaDrawing(draft, ring, Math.min(...ring.map(heightAt)));
      return ring.length > 1 ? withoutTrees(lineDrawing({ ...draft, values: {} }, ring)) : NOTHING;
    }
    case "line": {
      const line = pointing ? open : lineOf(value);
      return line.length > 1 ? lineDrawing(draft, line) : NOTHING;
    }
    case "points":
      return pointsDrawing(draft, pointing ? open : lineOf(value));
    case "position":
      return pointsDrawing(draft, open.slice(-1));
    default:
      return NOTHING;
  }
}

/** Things that are there and would go or change: a park, trees, a bench. */
function standing(draft: Draft, recordOf: Surroundings["recordOf"]): Drawing | null {
  const { green, thing, trees } = draft.values;
  const ids = Array.isArray(trees) ? (trees as string[]) : [green, thing].filter((each) => typeof each === "string");
  if (ids.length === 0) return null;
  const mark = REMOVES.has(draft.form.verb) ? "removed" : "target";
  const told = Array.isArray(trees) ? t("measure.trees", { count: ids.length }) : nameOf(recordOf(ids[0] as string));
  return { ghosts: [], marks: new Map(ids.map((id) => [id, mark])), measures: [told] };
}

/** Ghosts, marks and measures of a draft. */
export function drawingOf(draft: Draft, { cursor, recordOf, heightAt }: Surroundings): Drawing {
  const { road, building, footprint } = draft.values;
  const there = standing(draft, recordOf);
  if (there && draft.sketch.length === 0) return there;
  if (typeof road === "string") return roadDrawing(draft, road, recordOf(road));
  const drawn = sketchDrawing(draft, cursor, heightAt);
  if (typeof building === "string") {
    const feature = recordOf(building);
    const [outer] = feature ? (polygonsOf(feature, localOf)[0] ?? []) : [];
    const base = outer ? Math.min(...outer.map(heightAt)) : 0;
    const standing = buildingDrawing(draft, building, feature, base);
    return draft.sketch.length && !footprint ? withMarks(drawn, standing.marks) : standing;
  }
  if (draft.by === "form" || fieldOf(draft.form, draft.pointing)?.gesture === "points") return drawn;
  const handles = draft.sketch.map((at) => ({ shape: "handle" as const, at: localOf(at) }));
  const whole = { ...drawn, ghosts: [...drawn.ghosts, ...handles] };
  return there ? withMarks(whole, there.marks) : whole;
}

const withoutTrees = (drawing: Drawing): Drawing => ({
  ...drawing,
  ghosts: drawing.ghosts.filter((each) => each.shape !== "trees"),
});
