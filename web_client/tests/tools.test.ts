import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "../src/state/commands";
import {
  beginDraft,
  chooseWay,
  draft,
  editOf,
  missing,
  setSketch,
  setValue,
  stepBackInDraft,
  valueOfSketch,
} from "../src/state/draft";
import { areaOf, inside, nearestOnLine, partOfLine, rectangle, spaced } from "../src/state/geometry";
import { filled } from "../src/state/message";
import { opening } from "../src/state/place";
import { addVerbCommands } from "../src/state/proposing";
import { isClear, sentenceOf } from "../src/state/sentences";
import { landing } from "../src/state/walk";
import { bringWords } from "../src/state/words";
import { snap } from "../src/tools/snapping";
import type { Feature, Indicator, Manifest } from "../src/wire/types";
import { field, form } from "./forms";

const CLOSE = form("close_road", [
  field("road", "gesture", { gesture: "road", required: true }),
  field("to", "choices", { choices: ["car", "truck"], default: ["car", "truck"] }),
  field("between", "gesture", { gesture: "between" }),
]);
const PLANT = form(
  "plant_trees",
  [
    field("points", "gesture", { gesture: "points" }),
    field("line", "gesture", { gesture: "line" }),
    field("spacing_m", "number"),
  ],
  { group: "green", one_of: [["points"], ["line", "spacing_m"]] },
);
const NEW_VERB = form("tilt_square", [field("area", "gesture", { gesture: "area", required: true })]);

beforeEach(() => {
  vi.stubGlobal("navigator", { languages: ["en-GB"] });
  const manifest = {
    id: "toy",
    title: "Toy",
    frame: {
      affine: {
        lonlat: [0, 0],
        xy: [0, 0],
        m: [
          [1, 0],
          [0, 1],
        ],
        q: [
          [0, 0, 0],
          [0, 0, 0],
        ],
        max_error_m: 0,
      },
    },
    bounds: [0, 0, 1, 1],
    verbs: [CLOSE, PLANT, NEW_VERB],
  } as unknown as Manifest;
  opening.value = { step: "open", manifest };
  draft.value = null;
});

describe("a draft", () => {
  it("begins with the form's own values and misses what must be pointed at", () => {
    beginDraft("close_road");
    expect(draft.value?.values.to).toEqual(["car", "truck"]);
    expect(draft.value && missing(draft.value)).toEqual(["road"]);
    setValue("road", "osm:w1");
    expect(draft.value && editOf(draft.value)).toEqual({ verb: "close_road", road: "osm:w1", to: ["car", "truck"] });
  });

  it("sends only the fields of the way that was chosen", () => {
    beginDraft("plant_trees");
    expect(draft.value?.pointing).toBe("line");
    chooseWay(0);
    setSketch([[1, 2]]);
    expect(draft.value && editOf(draft.value)).toEqual({ verb: "plant_trees", points: [[1, 2]] });
  });

  it("goes back corner by corner, then ends", () => {
    beginDraft("tilt_square");
    setSketch([
      [0, 0],
      [1, 0],
    ]);
    stepBackInDraft();
    expect(draft.value?.sketch).toEqual([[0, 0]]);
    stepBackInDraft();
    stepBackInDraft();
    expect(draft.value).toBeNull();
  });

  it("closes the ring of an area only when it has three corners", () => {
    const corners = [
      [0, 0],
      [1, 0],
      [1, 1],
    ] as const;
    expect(valueOfSketch("area", corners.slice(0, 2))).toBeUndefined();
    expect(valueOfSketch("area", corners)).toEqual([[...corners, corners[0]]]);
  });

  it("has a command for a verb that nobody here has heard of", async () => {
    vi.stubGlobal("crypto", { randomUUID: () => "1" });
    const stop = addVerbCommands();
    expect(run("propose.tilt_square")).toBe(true);
    await vi.waitFor(() => expect(draft.value?.form.verb).toBe("tilt_square"));
    stop();
  });
});

describe("a drawn corner", () => {
  const house = [
    [10, 10],
    [20, 10],
    [20, 20],
    [10, 20],
  ] as const;
  it("falls on a corner that is near", () => {
    expect(snap([10.8, 9.5], [], [house], 2)).toEqual({ at: [10, 10], to: "corner" });
  });

  it("stands square to the edge before it", () => {
    const { at, to } = snap(
      [10.6, 8],
      [
        [0, 0],
        [10, 0],
      ],
      [],
      1,
    );
    expect(to).toBe("square");
    expect(at[0]).toBeCloseTo(10, 9);
  });

  it("stays where it is when nothing is near", () => {
    expect(snap([5, 40], [], [house], 2).to).toBeNull();
  });
});

describe("plane geometry", () => {
  it("measures a rectangle however it is turned", () => {
    for (const turn of [0, 30, 145]) expect(areaOf(rectangle([5, 5], 4, 10, turn))).toBeCloseTo(40, 9);
    expect(inside([5, 5], rectangle([5, 5], 4, 10, 30))).toBe(true);
  });

  it("puts trees at both ends of a row", () => {
    expect(
      spaced(
        [
          [0, 0],
          [24, 0],
        ],
        8,
      ),
    ).toHaveLength(4);
  });

  it("cuts a part out of a line, whichever end comes first", () => {
    const line = [
      [0, 0],
      [10, 0],
      [10, 10],
    ] as const;
    expect(partOfLine(line, [10, 5], [4, 1])).toEqual([
      [4, 0],
      [10, 0],
      [10, 5],
    ]);
    expect(nearestOnLine([12, 4], line)?.along_m).toBeCloseTo(14, 9);
  });
});

describe("a walker", () => {
  const street = (id: string, coordinates: readonly (readonly [number, number])[], more = {}) =>
    ({
      type: "Feature",
      id,
      geometry: { type: "LineString", coordinates },
      properties: { kind: "road", ...more },
    }) as Feature;
  const house = {
    type: "Feature",
    id: "h",
    geometry: {
      type: "Polygon",
      coordinates: [
        [
          [-10, -10],
          [10, -10],
          [10, 10],
          [-10, 10],
          [-10, -10],
        ],
      ],
    },
    properties: { kind: "building" },
  } as Feature;
  const west = street("w", [
    [-14, -50],
    [-14, 50],
  ]);
  const through = street("t", [
    [0, -50],
    [0, 50],
  ]);
  const below = street(
    "b",
    [
      [-11.5, -50],
      [-11.5, 50],
    ],
    { tunnel: { value: true } },
  );

  it("lands on the street beside the house, not in it and not in the tunnel", () => {
    const found = landing([-9, 0], 20, [house, through, below, west], ([x, y]) => [x, y]);
    expect(found?.at[0]).toBeCloseTo(-14, 9);
    expect(found?.heading_deg).toBeCloseTo(0, 9);
  });

  it("stays in the air where there is no street", () => {
    expect(landing([0, 0], 0, [house], ([x, y]) => [x, y])).toBeNull();
  });
});

beforeAll(bringWords);

describe("a sentence", () => {
  const figure = (part: Partial<Indicator>): Indicator => ({
    model: "noise",
    id: "unheard_of",
    label: "Sleepless dogs",
    unit: "dogs",
    baseline: 6951,
    proposal: 5731,
    difference: -1220,
    low: -1500,
    high: -900,
    better: "lower",
    verdict: "better",
    ...part,
  });

  it("says how many less, roughly", () => {
    expect(sentenceOf(figure({ id: "residents_55", unit: "people" }))).toBe(
      "About 1,200 fewer people live with more than 55 dB of road noise",
    );
    expect(sentenceOf(figure({}))).toBe("Sleepless dogs: about 1,200 dogs less");
  });

  it("claims nothing where the doubt holds zero or nobody would notice", () => {
    expect(sentenceOf(figure({ verdict: "no clear change" }))).toBe("Sleepless dogs: no clear change");
    const faint = figure({ unit: "dB Lden", difference: 0.0002, baseline: 63, verdict: "worse" });
    expect(isClear(faint)).toBe(false);
    expect(sentenceOf(faint)).toBe("Sleepless dogs: hardly any change");
  });

  it("counts as its language does", () => {
    const message = [
      {
        type: 6,
        value: "n",
        offset: 0,
        pluralType: "cardinal",
        options: { one: { value: [{ type: 7 }] }, other: { value: [{ type: 0, value: "many" }] } },
      },
    ] as never;
    expect(filled(message, { n: 1 }, "en")).toBe("1");
    expect(filled(message, { n: 0 }, "fr")).toBe("0");
    expect(filled(message, { n: 5 }, "en")).toBe("many");
  });
});
