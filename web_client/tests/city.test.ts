import { describe, expect, it } from "vitest";
import { createFeatureState } from "../src/city/featureState";
import { sunDirection } from "../src/city/sky";
import { seedOf } from "../src/city/tileMesh";
import { readTileUrl } from "../src/city/tiles";

const facts = (count: number) => Array.from({ length: count }, () => ({ base: 1, top: 9, seed: 0, code: 0 }));
const alpha = (state: ReturnType<typeof createFeatureState>, slot: number) =>
  (state.uniforms.uState.value.image.data as Uint8Array)[slot * 4 + 3];

describe("the look of features", () => {
  it("hides a feature in every tile it has a part in, and in tiles that come later", () => {
    const state = createFeatureState();
    const first = state.take(["a", "b"], facts(2), true);
    state.style(new Map([["b", { hidden: true }]]));
    const second = state.take(["b"], facts(1), true);
    expect(alpha(state, first.first)).toBe(255);
    expect(state.isHidden(first.first + 1)).toBe(true);
    expect(state.isHidden(second.first)).toBe(true);
    state.style(new Map());
    expect(state.isHidden(first.first + 1)).toBe(false);
  });

  it("leaves the city before the change alone", () => {
    const state = createFeatureState();
    const base = state.take(["a"], facts(1), false);
    state.style(new Map([["a", { hidden: true }]]));
    expect(state.isHidden(base.first)).toBe(false);
  });

  it("uses the slots of a tile that has gone again, and grows when there are none", () => {
    const state = createFeatureState();
    const first = state.take(["a", "b", "c"], facts(3), true);
    state.release(first);
    expect(state.has("a")).toBe(false);
    expect(state.take(["d"], facts(1), true).first).toBe(first.first);
    const many = Array.from({ length: 40_000 }, (_, index) => `f${index}`);
    const range = state.take(many, facts(many.length), true);
    expect(state.idOf(range.first + 39_999)).toBe("f39999");
    expect(state.extent("f39999")).toEqual([1, 9]);
  });
});

describe("the sun over Helsinki", () => {
  const MAY = 144;
  const height = (hour: number, day: number) => (Math.asin(sunDirection(hour, day, 60.17).y) * 180) / Math.PI;

  it("stands at noon as high as the latitude and the tilt of the Earth allow, in midsummer and midwinter", () => {
    expect(height(12, 172)).toBeCloseTo(90 - 60.17 + 23.45, 1);
    expect(height(12, 355)).toBeCloseTo(90 - 60.17 - 23.45, 1);
    expect(height(15.5, 355)).toBeLessThan(0);
  });

  it("rises in the east, stands in the south at noon and sets in the west", () => {
    expect(sunDirection(6, MAY, 60.17).x).toBeGreaterThan(0.5);
    const noon = sunDirection(12, MAY, 60.17);
    expect(noon.z).toBeGreaterThan(0.5);
    expect(noon.y).toBeGreaterThan(0.7);
    expect(sunDirection(18, MAY, 60.17).x).toBeLessThan(-0.5);
    expect(sunDirection(0, MAY, 60.17).y).toBeLessThan(0);
  });
});

describe("a tile's address", () => {
  it("holds key and hash", () => {
    expect(readTileUrl("/api/scenes/helsinki/tiles/buildings/0/3/4.0abc12.glb")).toEqual({
      key: "buildings/0/3/4",
      hash: "0abc12",
    });
    expect(readTileUrl("/api/scenes/helsinki/tileset.json")).toBeNull();
  });
});

it("a feature looks the same on every machine", () => {
  expect(seedOf("osm:w42")).toBe(seedOf("osm:w42"));
  expect(seedOf("osm:w42")).not.toBe(seedOf("osm:w43"));
});
