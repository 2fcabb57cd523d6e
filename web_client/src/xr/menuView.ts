/** The menu on the wrist: every command of the registry, the verbs first, and what one prefers in the headset. */
import { type Signal, signal } from "@preact/signals";
import { announce } from "../state/announce";
import { type Command, commands, labelOf } from "../state/commands";
import { bring, comments, saying, sendComment } from "../state/discussion";
import { verbForms } from "../state/draft";
import { impacts, paint, paintedId } from "../state/impacts";
import { visitors, you } from "../state/live";
import { manifest } from "../state/place";
import { editCount, log, proposal } from "../state/proposal";
import { changeIn } from "../state/sentences";
import { change, settings } from "../state/settings";
import { formatNumber, t, tOr, type WordKey } from "../state/words";
import type { ImpactLayer, ProposalState } from "../wire/types";
import type { Item, PanelView, Press } from "./items";
import { write } from "./letters";

export type Page = "home" | "propose" | "effects" | "proposal" | "move" | "people" | "settings" | "more";

/** What the menu does besides commands. */
export interface MenuCalls {
  readonly leave: () => void;
  readonly leaveTitle: () => string;
  /** Turn the big panel to the effects. */
  readonly showEffects: () => void;
  readonly goToPerson: (id: string) => void;
}

/** The latest comments are read in the headset; all of them, and writing one, on the page. */
const MOST_SAID = 6;
const LONGEST_OWN_NAME = 40;
/** Sizes of text and turns that one steps through. */
const TEXT_SCALES = [0.8, 1, 1.2, 1.4, 1.7, 2] as const;
const TURNS_DEG = [15, 30, 45, 60, 90] as const;

/** Commands that only make sense on a page: its panels, its camera, and what the headset has another way for. */
const ON_PAGES = /^(panel\.|view\.(orbit|walk|zoomIn|zoomOut|swipe|beside|headset|tabletop)|edit\.escape)/;
const PLACED: ReadonlySet<string> = new Set(["edit.undo", "edit.redo"]);

export const inHeadset = ({ id }: Command): boolean => !ON_PAGES.test(id);

export const pressOf = (found: Command, more: Partial<Press> = {}): Press => ({
  id: found.id,
  label: labelOf(found),
  ...(found.icon ? { icon: found.icon } : {}),
  on: found.pressed?.() === true,
  enabled: found.enabled?.() !== false,
  run: found.run,
  ...more,
});

export const labelOfLayer = (layer: ImpactLayer) => tOr(`layer.${layer.id}`, layer.label ?? layer.id);

/** One button a layer, and one for none. */
export function layerPresses(): readonly Press[] {
  const layers = impacts.value?.layers ?? [];
  const shown = paintedId.value;
  return layers.map((each) => ({
    id: `layer.${each.id}`,
    label: labelOfLayer(each),
    on: shown === each.id,
    run: () => paint(shown === each.id ? null : each.id),
  }));
}

const next = <T>(options: readonly T[], now: T, by: 1 | -1): T | null => {
  const at = options.indexOf(now);
  return options[at + by] ?? null;
};

function stepThrough<T extends number>(
  id: string,
  label: string,
  options: readonly T[],
  now: number,
  text: string,
  choose: (value: T) => void,
): Item {
  const nearest = options.reduce((best, each) => (Math.abs(each - now) < Math.abs(best - now) ? each : best));
  const to = (by: 1 | -1) => {
    const found = next(options, nearest, by);
    return found === null ? null : () => choose(found);
  };
  return { kind: "stepper", id, label, value: text, less: to(-1), more: to(1) };
}

const flag = (id: string, label: string, on: boolean, set: (on: boolean) => void): Press => ({
  id,
  label,
  on,
  run: () => set(!on),
});

function settingItems(): readonly Item[] {
  const now = settings.value;
  const either = <T extends string>(name: string, options: readonly T[], held: T, set: (value: T) => void): Item => ({
    kind: "buttons",
    columns: options.length,
    buttons: options.map((each) => ({
      id: `setting.${name}.${each}`,
      label: t(`headset.${name}.${each}` as WordKey),
      on: held === each,
      run: () => set(each),
    })),
  });
  const title = (text: string): Item => ({ kind: "text", text, tone: "quiet" });
  const [called, name] = [t("people.name"), now.name];
  const rename = () =>
    write({ title: called, text: name, longest: LONGEST_OWN_NAME, done: (text) => change({ name: text }) });
  return [
    title(t("headset.locomotion")),
    either("locomotion", ["teleport", "slide"], now.locomotion, (locomotion) => change({ locomotion })),
    stepThrough("setting.turn", t("headset.turn"), TURNS_DEG, now.snapTurnDeg, `${now.snapTurnDeg}°`, (snapTurnDeg) =>
      change({ snapTurnDeg }),
    ),
    title(t("headset.hand")),
    either("hand", ["left", "right"], now.hand, (hand) => change({ hand })),
    {
      kind: "buttons",
      columns: 1,
      buttons: [
        flag("setting.oneHanded", t("headset.oneHanded"), now.oneHanded, (oneHanded) => change({ oneHanded })),
        flag("setting.seated", t("headset.seated"), now.seated, (seated) => change({ seated })),
        flag("setting.vignette", t("headset.vignette"), now.vignette, (vignette) => change({ vignette })),
      ],
    },
    stepThrough(
      "setting.text",
      t("settings.text"),
      TEXT_SCALES,
      now.textScale,
      `${formatNumber(now.textScale * 100)} %`,
      (textScale) => change({ textScale }),
    ),
    {
      kind: "buttons",
      columns: 1,
      buttons: [{ id: "setting.name", label: `${called}: ${name || "…"}`, icon: "pencil", run: rename }],
    },
    {
      kind: "stepper",
      id: "setting.sun",
      label: t("settings.sun"),
      value: `${Math.floor(now.sunHour)}:${String(Math.round((now.sunHour % 1) * 60)).padStart(2, "0")}`,
      less: () => change({ sunHour: (now.sunHour + 23) % 24 }),
      more: () => change({ sunHour: (now.sunHour + 1) % 24 }),
    },
  ];
}

function proposeItems(group: Signal<string>): readonly Item[] {
  const groups = [...new Set(verbForms.value.map((each) => each.group))];
  const open = groups.includes(group.value) ? group.value : (groups[0] ?? "");
  const verbs = new Set(verbForms.value.filter((each) => each.group === open).map((each) => `propose.${each.verb}`));
  return [
    {
      kind: "buttons",
      columns: 2,
      buttons: groups.map((each) => ({
        id: `group.${each}`,
        label: tOr(`verbs.${each}`, each),
        on: each === open,
        run: () => {
          group.value = each;
        },
      })),
    },
    {
      kind: "buttons",
      columns: 2,
      buttons: commands.value.filter((each) => verbs.has(each.id)).map((each) => pressOf(each)),
    },
  ];
}

const ofGroups = (...groups: readonly string[]): readonly Press[] =>
  commands.value
    .filter((each) => groups.includes(each.group) && inHeadset(each) && !PLACED.has(each.id))
    .map((each) => pressOf(each));

function effectItems(calls: MenuCalls): readonly Item[] {
  const figures: Press = { id: "effects.figures", label: t("impacts.open"), icon: "chart", run: calls.showEffects };
  return [
    { kind: "buttons", columns: 2, buttons: [figures, ...ofGroups("understand")] },
    { kind: "text", text: t("layers.title"), tone: "quiet" },
    { kind: "buttons", columns: 2, buttons: layerPresses() },
  ];
}

function peopleItems(calls: MenuCalls): readonly Item[] {
  const others = visitors.value.filter((each) => each.id !== you.value?.id);
  const here = t("people.here", { count: others.length });
  const buttons = others.map(
    (each): Press => ({
      id: `person.${each.id}`,
      label: t("headset.goTo", { name: (each.name || t("people.someone")).slice(0, 40) }),
      icon: "people",
      enabled: each.at !== undefined,
      run: () => calls.goToPerson(each.id),
    }),
  );
  return [
    { kind: "text", text: here },
    { kind: "buttons", columns: 1, buttons },
  ];
}

/** States that need no reason to be written. */
const UNREASONED: ReadonlySet<string> = new Set(["submitted", "withdrawn", "draft"]);

async function bringTo(state: ProposalState): Promise<void> {
  try {
    await bring(state, "");
    announce(t(`state.${state}.done`), "good");
  } catch (error) {
    announce((error as Error).message, "problem");
  }
}

const LONGEST_REMARK = 500;

/** Say something of the open proposal, pinned to what is selected. */
function sayItems(): readonly Item[] {
  if (!proposal.value || you.value?.role === "viewer") return [];
  const title = t("talk.say");
  const done = async (text: string) => {
    saying.value = { text, replyTo: null };
    try {
      await sendComment();
    } catch (error) {
      announce((error as Error).message, "problem");
    }
  };
  const run = () => write({ title, text: saying.peek().text, longest: LONGEST_REMARK, done });
  return [{ kind: "buttons", columns: 1, buttons: [{ id: "talk.say", label: title, icon: "pencil", run }] }];
}

/** The changes as sentences, what can become of them, and what people say. */
function proposalItems(): readonly Item[] {
  const held = proposal.value;
  const lines = log.value.filter((each) => each.edit);
  const states = (held?.next_states ?? []).filter((each) => UNREASONED.has(each) && you.value?.role !== "viewer");
  const said = comments.value.slice(-MOST_SAID).map((each): Item => ({ kind: "text", text: `“${each.text}”` }));
  return [
    {
      kind: "text",
      text: lines.length ? t("proposal.count", { count: editCount.value }) : t("history.none"),
      tone: "quiet",
    },
    ...lines.map(
      (each): Item => ({
        kind: "text",
        text: `${changeIn(each)}${each.undone ? ` (${t("history.undone")})` : ""}`,
        tone: each.undone ? "quiet" : "plain",
      }),
    ),
    ...said,
    ...sayItems(),
    {
      kind: "buttons",
      columns: 1,
      buttons: states.map((each) => ({ id: `state.${each}`, label: t(`state.${each}.do`), run: () => bringTo(each) })),
    },
  ];
}

const TITLES: Readonly<Record<Exclude<Page, "home">, readonly [WordKey, string]>> = {
  propose: ["propose.open", "pencil"],
  effects: ["impacts.open", "chart"],
  proposal: ["proposal.open", "list"],
  move: ["headset.move", "walk"],
  people: ["people.title", "people"],
  settings: ["settings.open", "settings"],
  more: ["headset.more", "plus"],
};

export interface Menu {
  readonly page: Signal<Page>;
  /** Reads signals. */
  readonly view: () => PanelView;
}

export function createMenu(calls: MenuCalls): Menu {
  const page = signal<Page>("home");
  const group = signal("");
  const open = (to: Page) => () => {
    page.value = to;
  };

  function itemsOf(now: Exclude<Page, "home">): readonly Item[] {
    switch (now) {
      case "propose":
        return proposeItems(group);
      case "effects":
        return effectItems(calls);
      case "proposal":
        return proposalItems();
      case "move":
        return [{ kind: "buttons", columns: 2, buttons: ofGroups("headset", "view") }];
      case "people":
        return peopleItems(calls);
      case "settings":
        return settingItems();
      case "more":
        return [{ kind: "buttons", columns: 2, buttons: ofGroups("edit", "panels") }];
    }
  }

  function home(): PanelView {
    const more = ofGroups("edit", "panels").length > 0;
    const pages = (Object.keys(TITLES) as (keyof typeof TITLES)[]).filter((each) => each !== "more" || more);
    const [undo, redo] = ["edit.undo", "edit.redo"].map((id) => commands.value.find((each) => each.id === id));
    const again = [undo, redo].flatMap((each) => (each ? [pressOf(each)] : []));
    return {
      id: "home",
      items: [
        { kind: "title", text: manifest.value?.title ?? t("app.name") },
        {
          kind: "buttons",
          columns: 2,
          buttons: pages.map((each) => ({
            id: `page.${each}`,
            label: t(TITLES[each][0]),
            icon: TITLES[each][1],
            run: open(each),
          })),
        },
      ],
      footer: [
        { kind: "buttons", columns: 2, buttons: again },
        {
          kind: "buttons",
          columns: 1,
          buttons: [{ id: "leave", label: calls.leaveTitle(), icon: "close", run: calls.leave }],
        },
      ],
    };
  }

  return {
    page,
    view() {
      const now = page.value;
      if (now === "home") return home();
      const [title, icon] = TITLES[now];
      return {
        id: `${now}.${group.value}`,
        items: [{ kind: "title", text: t(title), icon }, ...itemsOf(now)],
        footer: [
          {
            kind: "buttons",
            columns: 1,
            buttons: [{ id: "page.home", label: t("headset.menu"), icon: "list", run: open("home") }],
          },
        ],
      };
    },
  };
}
