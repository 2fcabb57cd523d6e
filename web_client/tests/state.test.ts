import { describe, expect, it } from "vitest";
import { addCommands, matches, run, runKey } from "../src/state/commands";
import { toLocal, toLonLat } from "../src/state/frame";
import { applyPatch, applySwaps, clearPatches, patches, swaps } from "../src/state/proposal";
import { classOf, colourOf, featureValues, gridData, gridPixels, half } from "../src/state/ramp";
import { readView, writeView } from "../src/state/view";
import { preferredLanguage } from "../src/state/words";

const HELSINKI = {
  lonlat: [24.945, 60.17] as const,
  xy: [1200, 900] as const,
  m: [
    [55_500, 1_300],
    [-1_290, 111_390],
  ] as const,
  q: [
    [-12, -1_900, 9],
    [420, -8, 2],
  ] as const,
  max_error_m: 0.01,
};

describe("the scene's metres", () => {
  it("lead back to the same degrees", () => {
    const [lon, lat] = toLonLat(HELSINKI, toLocal(HELSINKI, [24.9612, 60.1644]));
    expect(lon).toBeCloseTo(24.9612, 9);
    expect(lat).toBeCloseTo(60.1644, 9);
  });

  it("are the given ones at the centre", () => {
    expect(toLocal(HELSINKI, HELSINKI.lonlat)).toEqual([1200, 900]);
  });
});

describe("a view in the address", () => {
  const walking = { mode: "walk", at: [24.95, 60.17], distance_m: 0, heading_deg: 270.5, pitch_deg: -4 } as const;
  it("comes back as it was", () => {
    expect(readView(writeView(walking))).toEqual(walking);
  });

  it("is nothing when it is nonsense", () => {
    for (const text of ["", "#", "#orbit/1,2", "#fly/1,2,3m,4,5", "#orbit/a,b,cm,d,e"])
      expect(readView(text)).toBeNull();
  });
});

describe("commands", () => {
  const press = { key: "z", ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

  it("run by their key, single letters only over the city", () => {
    const ran: string[] = [];
    const stop = addCommands([
      { id: "a", title: "view.home", group: "view", key: "Z", run: () => ran.push("a") },
      { id: "b", title: "edit.undo", group: "edit", key: "Mod+Z", run: () => ran.push("b") },
      {
        id: "c",
        title: "edit.redo",
        group: "edit",
        key: "Mod+Shift+Z",
        run: () => ran.push("c"),
        enabled: () => false,
      },
    ]);
    expect(runKey(press, false)).toBe(false);
    expect(runKey(press, true)).toBe(true);
    expect(runKey({ ...press, metaKey: true }, false)).toBe(true);
    expect(runKey({ ...press, ctrlKey: true, shiftKey: true, key: "Z" }, true)).toBe(false);
    expect(ran).toEqual(["a", "b"]);
    stop();
    expect(run("a")).toBe(false);
  });

  it("have names of their own", () => {
    const stop = addCommands([{ id: "x", title: "view.home", group: "view", run: () => {} }]);
    expect(() => addCommands([{ id: "x", title: "view.home", group: "view", run: () => {} }])).toThrow(/two commands/);
    stop();
  });

  it("take a sign that needs Shift on some keyboards", () => {
    expect(matches("?", { ...press, key: "?", shiftKey: true })).toBe(true);
    expect(matches("+", { ...press, key: "+", shiftKey: true })).toBe(true);
  });
});

describe("colours of a layer", () => {
  const legend = [
    [40, "#00ff00"],
    [60, "#ffff00"],
    [80, "#ff0000"],
  ] as const;

  it("are mixed between the legend's values and held at its ends", () => {
    expect(colourOf(legend, 50)).toBe(0x80ff00);
    expect(colourOf(legend, 10)).toBe(0x00ff00);
    expect(colourOf(legend, 99)).toBe(0xff0000);
  });

  it("leave cells without a value clear", () => {
    const bytes = new Uint16Array([0x5380, 0x7e00]).buffer;
    const grid = gridData({ x0: 0, y0: 0, cell_m: 10, rows: 1, columns: 2 }, bytes);
    expect([...gridPixels(grid, legend)]).toEqual([255, 255, 0, 255 - classOf(legend, 60), 0, 0, 0, 0]);
  });

  it("read numbers of half precision", () => {
    expect([0x3c00, 0xc000, 0x0001, 0x7bff].map(half)).toEqual([1, -2, 2 ** -24, 65504]);
    expect(half(0x7e00)).toBeNaN();
  });

  it("come for features in either shape", () => {
    const expected = [["osm:w1", 3]];
    expect([...featureValues({ values: { "osm:w1": 3 } })]).toEqual(expected);
    expect([...featureValues({ ids: ["osm:w1"], values: [3] })]).toEqual(expected);
  });
});

describe("the language", () => {
  it("is the first of the reader's that we speak, or English", () => {
    expect(preferredLanguage(["sv-FI", "fi-FI", "en"])).toBe("fi");
    expect(preferredLanguage(["pt"])).toBe("en");
  });
});

describe("what stands in for an edit", () => {
  const standing = () => patches.value.map((each) => each.seq);
  it("goes when all that is seen from near is drawn", () => {
    applyPatch({ seq: 3, hide: ["osm:w1"], show: [] });
    applyPatch({ seq: 4, hide: ["osm:w2"], show: [] });
    applySwaps(3, { "ground/0/1/1": "a" }, [], true);
    clearPatches(swaps.value.drawn);
    expect(standing()).toEqual([3, 4]);
    applySwaps(3, {}, ["ground/0/2/1"]);
    clearPatches(swaps.value.drawn);
    expect(standing()).toEqual([4]);
    expect([...swaps.value.hashes]).toEqual([
      ["ground/0/1/1", "a"],
      ["ground/0/2/1", ""],
    ]);
  });
});
