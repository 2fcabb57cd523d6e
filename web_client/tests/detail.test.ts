import { describe, expect, it, vi } from "vitest";
import { createDetail, LEVELS, levelAfter } from "../src/city/detail";

const frames = (ms: number, count = 24) => Array.from({ length: count }, () => ms);

describe("how finely the city is drawn", () => {
  it("is lowered where half of the frames are too slow, and not by a single hitch", () => {
    expect(levelAfter(0, frames(80))).toBe(1);
    expect(levelAfter(0, [...frames(16, 23), 900])).toBe(0);
    expect(levelAfter(0, frames(80, 10))).toBe(0);
    expect(levelAfter(LEVELS.length - 1, frames(80))).toBe(LEVELS.length - 1);
  });

  it("goes down step by step on a weak device, and is remembered for the next visit", () => {
    const stored = new Map<string, string>();
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    });
    const detail = createDetail("auto");
    const ratios = [detail.now().ratio];
    for (let time = 100; ratios.length < LEVELS.length; time += 100)
      if (detail.drawn(time)) ratios.push(detail.now().ratio);
    expect(ratios).toEqual(LEVELS.map((each) => each.ratio));
    expect(createDetail("auto").now()).toBe(LEVELS[LEVELS.length - 1]);
    expect(createDetail("high").now()).toBe(LEVELS[0]);
  });

  it("is as one has set it, however slow the frames are", () => {
    const detail = createDetail("high");
    for (let time = 0; time < 50_000; time += 200) expect(detail.drawn(time)).toBe(false);
    expect(detail.set("low")).toBe(true);
    expect(detail.now().shadows).toBe(false);
  });

  it("takes no pause for a slow frame", () => {
    const detail = createDetail("auto");
    for (let time = 0; time < 1_000_000; time += 10_000) expect(detail.drawn(time)).toBe(false);
  });
});
