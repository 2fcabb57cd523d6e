import { Group, Ray, Vector3 } from "three";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { addCommands } from "../src/state/commands";
import { beginDraft, draft, setValue } from "../src/state/draft";
import type { XY } from "../src/state/frame";
import { areaOf } from "../src/state/geometry";
import { opening } from "../src/state/place";
import { addVerbCommands } from "../src/state/proposing";
import { change, DEFAULTS, settings } from "../src/state/settings";
import type { FormField, Manifest } from "../src/wire/types";
import { draftItems } from "../src/xr/fieldItems";
import { chosen, coarser, MOST_DRAWS, MOST_TRIANGLES } from "../src/xr/governor";
import type { Item, PanelView, Press } from "../src/xr/items";
import { broken, fontsAt, layOut, type Measure, PX_PER_DEG, type Sheet } from "../src/xr/layout";
import { lettersView, writing } from "../src/xr/letters";
import { measuresOf } from "../src/xr/measure";
import { createMenu } from "../src/xr/menuView";
import { strideOf } from "../src/xr/moving";
import { scaleFor, tableHeight } from "../src/xr/scales";
import { createStanding } from "../src/xr/standing";
import { outline, simplified } from "../src/xr/stroke";
import { refusalOf } from "../src/xr/troubles";
import { field, form } from "./forms";

vi.stubGlobal("navigator", { languages: ["en"] });

const measure: Measure = (text, { px }) => text.length * px * 0.5;
const sheet = (more: Partial<Sheet> = {}): Sheet => ({
  width: 900,
  height: 1000,
  textScale: 1,
  measure,
  pageText: (page, pages) => `${page}/${pages}`,
  turnTo: () => {},
  ...more,
});
const press = (id: string, label = id): Press => ({ id, label, run: () => {} });
const buttons = (count: number): Item => ({
  kind: "buttons",
  columns: 2,
  buttons: Array.from({ length: count }, (_, index) => press(`b${index}`, "Close a street for cars and lorries")),
});
const view = (items: readonly Item[], footer: readonly Item[] = []): PanelView => ({ id: "v", items, footer });

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}
const overlaps = (a: Box, b: Box) =>
  a.x < b.x + b.w - 0.01 && b.x < a.x + a.w - 0.01 && a.y < b.y + b.h - 0.01 && b.y < a.y + a.h - 0.01;

describe("a panel in the headset", () => {
  it("has letters of at least a degree and presses of almost three", () => {
    for (const font of Object.values(fontsAt(1))) expect(font.px / PX_PER_DEG).toBeGreaterThanOrEqual(1);
    const { placed } = layOut(view([buttons(4)]), 0, sheet());
    for (const each of placed) if (each.kind === "press") expect(each.h / PX_PER_DEG).toBeGreaterThanOrEqual(2.9);
  });

  it("breaks a name of two hundred letters and loses none", () => {
    const name = "x".repeat(200);
    const lines = broken(name, 400, { px: 36, bold: false }, measure);
    expect(lines.join("")).toBe(name);
    for (const line of lines) expect(measure(line, { px: 36, bold: false })).toBeLessThanOrEqual(400);
    const few = broken("a street with a very long name indeed", 200, { px: 36, bold: false }, measure, 2);
    expect(few).toHaveLength(2);
    expect(few[1]?.endsWith("…")).toBe(true);
  });

  it("keeps everything on the sheet, on as many pages as it takes, and the footer on each", () => {
    const long = view(
      [{ kind: "title", text: "Propose" }, buttons(26)],
      [{ kind: "buttons", columns: 1, buttons: [press("leave")] }],
    );
    const first = layOut(long, 0, sheet());
    expect(first.pages).toBeGreaterThan(1);
    const seen = new Set<string>();
    for (let page = 0; page < first.pages; page++) {
      const { placed } = layOut(long, page, sheet());
      const presses = placed.flatMap((each) => (each.kind === "press" ? [each] : []));
      for (const each of presses) {
        expect(each.y).toBeGreaterThanOrEqual(0);
        expect(each.y + each.h).toBeLessThanOrEqual(1000);
        seen.add(each.press.id);
      }
      expect(presses.map((each) => each.press.id)).toContain("leave");
      for (const a of presses) expect(presses.filter((each) => each !== a && overlaps(a, each))).toEqual([]);
    }
    for (let index = 0; index < 26; index++) expect(seen).toContain(`b${index}`);
  });

  it("is as high as what it holds, and holds twice as large letters as well", () => {
    const small = layOut(view([{ kind: "title", text: "Move" }, buttons(4)]), 0, sheet());
    expect(small.pages).toBe(1);
    expect(small.height).toBeLessThan(700);
    const large = layOut(view([{ kind: "title", text: "Move" }, buttons(4)]), 0, sheet({ textScale: 2 }));
    for (const each of large.placed) if (each.kind === "line") expect(each.y).toBeLessThanOrEqual(1000);
  });
});

const formIn = (verb: string, group: string, fields: readonly FormField[]) => form(verb, fields, { group });
const FORMS = [
  formIn("close_road", "roads", [
    field("road", "gesture", { gesture: "road", required: true }),
    field("to", "choices", { choices: ["car", "truck", "bus"], default: ["car"] }),
  ]),
  formIn("dream_up", "dreams", [
    field("at", "gesture", { gesture: "position", required: true }),
    field("size", "whole", { least: 1, most: 3, default: 3, unit: "m" }),
    field("kind", "choice", { choices: ["a", "b", "c", "d", "e", "f", "g", "h"] }),
    field("bright", "flag"),
    field("name", "text", { longest: 4 }),
    field("lanes", "list", { fields: [field("use", "choice", { required: true, choices: ["car", "bus"] })] }),
  ]),
];
const manifest = { id: "town", title: "Town", verbs: FORMS, models: [] } as unknown as Manifest;
const presses = (items: readonly Item[]): readonly Press[] =>
  items.flatMap((each) => (each.kind === "buttons" ? each.buttons : []));
const stepper = (items: readonly Item[], id: string) =>
  items.find((each): each is Extract<Item, { kind: "stepper" }> => each.kind === "stepper" && each.id === id);

describe("a form in the headset", () => {
  beforeEach(() => {
    opening.value = { step: "open", manifest };
  });

  it("fills every kind of field by pressing", () => {
    beginDraft("close_road");
    presses(draftItems(draft.peek() as never))
      .find((each) => each.id === "field.to.bus")
      ?.run();
    expect(draft.peek()?.values.to).toEqual(["car", "bus"]);

    beginDraft("dream_up");
    const items = () => draftItems(draft.peek() as never);
    expect(stepper(items(), "field.size")?.more).toBeNull();
    stepper(items(), "field.size")?.less?.();
    expect(draft.peek()?.values.size).toBe(2);
    stepper(items(), "field.kind")?.more?.();
    expect(draft.peek()?.values.kind).toBe("a");
    stepper(items(), "field.kind")?.less?.();
    expect(draft.peek()?.values.kind).toBeUndefined();
    presses(items())
      .find((each) => each.id === "field.bright")
      ?.run();
    expect(draft.peek()?.values.bright).toBe(true);
    presses(items())
      .find((each) => each.id === "field.lanes.add")
      ?.run();
    expect(draft.peek()?.values.lanes).toEqual([{ use: "car" }]);
    presses(items())
      .find((each) => each.id === "field.lanes.0.use.bus")
      ?.run();
    expect(draft.peek()?.values.lanes).toEqual([{ use: "bus" }]);
    presses(items())
      .find((each) => each.id === "field.lanes.0.remove")
      ?.run();
    expect(draft.peek()?.values.lanes).toEqual([]);
    setValue("at", [24, 60]);
  });

  it("takes a name letter by letter, as long as it may be, and leaves it where one stops", () => {
    beginDraft("dream_up");
    const begin = () =>
      presses(draftItems(draft.peek() as never))
        .find((each) => each.id === "field.name")
        ?.run();
    const type = (...ids: readonly string[]) => {
      for (const id of ids) {
        const now = lettersView(writing.peek() as never);
        presses([...now.items, ...now.footer])
          .find((each) => each.id === id)
          ?.run();
      }
    };
    begin();
    type("letter.o", "letter.k", "letters.space", "letters.back", "letters.space", "letters.capital", "letter.a");
    expect(writing.peek()?.text).toBe("Ok A");
    type("letter.b");
    expect(writing.peek()?.text).toBe("Ok A");
    type("letters.done");
    expect(writing.peek()).toBeNull();
    expect(draft.peek()?.values.name).toBe("Ok A");
    begin();
    type("letters.back", "letters.stop");
    expect(draft.peek()?.values.name).toBe("Ok A");
  });

  it("offers every verb of the server on the wrist, and commands that others add", () => {
    const stop = addVerbCommands();
    const drop = addCommands([
      { id: "edit.applaud", title: "edit.undo", group: "edit", run: () => {} },
      { id: "panel.list", title: "list.open", group: "panels", run: () => {} },
    ]);
    const menu = createMenu({ leave: () => {}, leaveTitle: () => "", showEffects: () => {}, goToPerson: () => {} });
    const ids = () =>
      [...menu.view().items, ...menu.view().footer].flatMap((each) => presses([each])).map((each) => each.id);
    const open = (id: string) =>
      presses([...menu.view().items])
        .find((each) => each.id === id)
        ?.run();
    expect(ids()).toContain("leave");
    open("page.propose");
    const offered = new Set<string>();
    for (const group of ["roads", "dreams"]) {
      open(`group.${group}`);
      for (const id of ids()) offered.add(id);
    }
    for (const { verb } of FORMS) expect(offered).toContain(`propose.${verb}`);
    menu.page.value = "home";
    open("page.more");
    expect(ids()).toContain("edit.applaud");
    expect(ids()).not.toContain("panel.list");
    stop();
    drop();
  });

  it("remembers what one prefers", () => {
    const menu = createMenu({ leave: () => {}, leaveTitle: () => "", showEffects: () => {}, goToPerson: () => {} });
    menu.page.value = "settings";
    const run = (id: string) =>
      presses(menu.view().items)
        .find((each) => each.id === id)
        ?.run();
    run("setting.locomotion.slide");
    run("setting.hand.left");
    run("setting.oneHanded");
    run("setting.seated");
    stepper(menu.view().items, "setting.turn")?.less?.();
    expect(settings.peek()).toMatchObject({
      locomotion: "slide",
      hand: "left",
      oneHanded: true,
      seated: true,
      snapTurnDeg: 30,
    });
    change(DEFAULTS);
  });
});

describe("a stroke of the hand", () => {
  const circle = (count: number, radius: number, wobble = 0): XY[] =>
    Array.from({ length: count }, (_, index) => {
      const angle = (index / count) * 2 * Math.PI;
      const far = radius + wobble * Math.sin(index * 12.9);
      return [far * Math.cos(angle), far * Math.sin(angle)] as const;
    });

  it("becomes an outline of few corners and about the same area", () => {
    const ring = outline(circle(200, 40, 0.3), 1) as readonly XY[];
    expect(ring.length).toBeLessThan(40);
    expect(areaOf(ring) / (Math.PI * 40 ** 2)).toBeGreaterThan(0.93);
    expect(areaOf(ring) / (Math.PI * 40 ** 2)).toBeLessThan(1.03);
  });

  it("is nothing where it is too small, and a straight line keeps two points", () => {
    expect(outline([], 1)).toBeNull();
    expect(outline(circle(30, 0.2), 1)).toBeNull();
    expect(
      simplified(
        [
          [0, 0],
          [1, 0.01],
          [2, -0.01],
          [3, 0],
        ],
        0.1,
      ),
    ).toEqual([
      [0, 0],
      [3, 0],
    ]);
  });
});

describe("a ray's measures", () => {
  it("tell how near it passes, how high it lifts, and how far a degree reaches, at every scale", () => {
    for (const factor of [1, 50, 500]) {
      const world = new Group();
      world.scale.setScalar(1 / factor);
      world.rotation.y = 0.7;
      world.position.set(1, -0.4, 2);
      world.updateMatrixWorld(true);
      const aim = (x: number, y: number, z: number) => world.localToWorld(new Vector3(x, z, -y));
      const origin = aim(0, 0, 10);
      const ray = new Ray(origin, aim(100, 0, 60).sub(origin).normalize());
      const { gap_deg, heightOver, reach_m } = measuresOf(ray, world);
      expect(gap_deg([100, 0], 60)).toBeCloseTo(0, 3);
      expect(gap_deg([0, 100], 10)).toBeCloseTo(90, 3);
      expect(heightOver([100, 0])).toBeCloseTo(60, 3);
      expect(heightOver([50, 0])).toBeCloseTo(35, 3);
      expect(heightOver([-50, 0])).toBeNull();
      expect(reach_m([100, 0], 45)).toBeCloseTo(Math.hypot(100, 10), 3);
    }
  });
});

describe("standing in the city", () => {
  it("puts what was under the feet under them again, at every scale and turn", () => {
    const world = new Group();
    const head = new Vector3(0.3, 1.7, -0.4);
    const gaze = new Vector3(0, 0, -1);
    const standing = createStanding(
      world,
      (position, direction) => {
        position.copy(head);
        direction.copy(gaze);
      },
      () => 0,
    );
    for (const factor of [1, 50, 500]) {
      standing.setScale(factor);
      standing.face(120);
      standing.on([400, 300, 12]);
      const { x, y, z, heading_deg } = standing.where();
      expect([x, y]).toEqual([expect.closeTo(400, 6), expect.closeTo(300, 6)]);
      expect(z).toBeCloseTo(12 + 1.7 * factor, 6);
      expect(heading_deg).toBeCloseTo(120, 6);
      standing.turn(45);
      expect(standing.where()).toMatchObject({ x: expect.closeTo(400, 6), heading_deg: expect.closeTo(165, 6) });
      standing.put([400, 300, 12], new Vector3(0, 0.8, -1));
      const [ax, ay, az] = standing.pointAt(new Vector3(0, 0.8, -1));
      expect([ax, ay, az]).toEqual([expect.closeTo(400, 6), expect.closeTo(300, 6), expect.closeTo(12, 6)]);
    }
    standing.leave();
    expect(world.scale.x).toBe(1);
  });

  it("glides where one looks and not by a resting stick", () => {
    expect(strideOf(0.05, 0.05, new Vector3(0, 0, -1), 1).length()).toBe(0);
    const ahead = strideOf(0, -1, new Vector3(1, -0.5, 0), 0.5);
    expect(ahead.x).toBeGreaterThan(0.5);
    expect(ahead.y).toBe(0);
    expect(ahead.z).toBeCloseTo(0, 9);
    expect(strideOf(1, 0, new Vector3(0, 0, -1), 1).x).toBeGreaterThan(1);
  });

  it("chooses a size for how the page showed the city, and a table one can look down on", () => {
    expect(scaleFor("walk", 0)).toBe("street");
    expect(scaleFor("orbit", 200)).toBe("street");
    expect(scaleFor("orbit", 3000)).toBe("giant");
    expect(tableHeight(1.7)).toBeCloseTo(0.85, 2);
    expect(tableHeight(1.1)).toBeLessThan(0.6);
  });
});

describe("the governor", () => {
  const most = { draws: MOST_DRAWS, triangles: MOST_TRIANGLES };

  it("never lets more through than fits, and drops what is least first", () => {
    const pieces = Array.from({ length: 300 }, (_, index) => ({ triangles: 5_000, weight: (index * 37) % 300 }));
    const kept = chosen(pieces, most);
    expect(kept.size).toBeLessThanOrEqual(MOST_DRAWS);
    expect([...kept].reduce((sum, each) => sum + each.triangles, 0)).toBeLessThanOrEqual(MOST_TRIANGLES);
    const dropped = pieces.filter((each) => !kept.has(each));
    expect(Math.min(...[...kept].map((each) => each.weight))).toBeGreaterThan(
      Math.max(...dropped.map((each) => each.weight)),
    );
  });

  it("lowers detail while too much is wanted and raises it again where there is room", () => {
    let now = 1;
    for (let step = 0; step < 20; step++) now = coarser(now, { draws: 90, triangles: 1 }, most);
    expect(now).toBeGreaterThan(5);
    expect(coarser(now, { draws: 55, triangles: 1 }, most)).toBe(now);
    for (let step = 0; step < 60; step++) now = coarser(now, { draws: 10, triangles: 1 }, most);
    expect(now).toBe(1);
    expect(coarser(1, { draws: 1, triangles: 500_000 }, most)).toBeGreaterThan(1);
  });
});

describe("a headset that does not open", () => {
  it("is told by its reason", () => {
    const named = (name: string) => Object.assign(new Error("no"), { name });
    expect(refusalOf(named("NotAllowedError"))).toBe("headset.refused.permission");
    expect(refusalOf(named("NotSupportedError"))).toBe("headset.refused.unable");
    expect(refusalOf(named("InvalidStateError"))).toBe("headset.refused.busy");
    expect(refusalOf(undefined)).toBe("headset.refused");
  });
});
