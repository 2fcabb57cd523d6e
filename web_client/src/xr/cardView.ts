/** The panel in the room: the change one is making, the city's answer to it, what is selected, or how to begin. */
import { type Signal, signal } from "@preact/signals";
import { announce, notices } from "../state/announce";
import { command } from "../state/commands";
import {
  type Draft,
  draft,
  fieldOf,
  isDrawn,
  labelOfVerb,
  measures,
  missing,
  sendDraft,
  setSketch,
  startPointing,
  stepBackInDraft,
  stopDraft,
  verbsFor,
} from "../state/draft";
import { bare, isDoubted, plainText, titleOf } from "../state/facts";
import { impacts, painted, valueAt } from "../state/impacts";
import { connection, unsent, warnings } from "../state/live";
import { manifest } from "../state/place";
import { pointerHit } from "../state/pointer";
import { editCount } from "../state/proposal";
import { details, select } from "../state/selection";
import { figure, isClear, labelOfIndicator, sentenceOf, unitName } from "../state/sentences";
import { settings } from "../state/settings";
import { trial } from "../state/trial";
import { formatMoney, formatNumber, t, tOr } from "../state/words";
import type { Feature, Impacts, Indicator, Warning } from "../wire/types";
import { absentWords, draftItems, labelOfField } from "./fieldItems";
import type { Item, PanelView, Press } from "./items";
import { lettersView, writing } from "./letters";
import { labelOfLayer, layerPresses, pressOf } from "./menuView";

export type Face = "welcome" | "details" | "answer";

export interface CardCalls {
  /** Go to what is selected. */
  readonly goToSelected: () => void;
  /** What a missing or lost hand means, or "". */
  readonly trouble: () => string;
}

export interface Card {
  readonly face: Signal<Face>;
  /** Reads signals. */
  readonly view: () => PanelView;
  /** Send the change; the answer is shown. */
  readonly propose: () => Promise<void>;
}

const FACTS = 8;
const SKIPPED = new Set(["kind", "name", "id", "source"]);
/** Hints of our own for gestures that a hand does otherwise than a pointer. */
const HANDS_ON = new Set(["area", "line", "road", "building", "points"]);

function hintOf(now: Draft): string {
  const field = fieldOf(now.form, now.pointing);
  if (!field) return t("draft.ready");
  const open = missing(now).includes(field.name);
  if (
    open &&
    now.sketch.length === 0 &&
    HANDS_ON.has(field.gesture) &&
    (field.gesture !== "building" || fieldOf(now.form, "levels"))
  )
    return tOr(`headset.hint.${field.gesture}`, "");
  const chosen = open ? "empty" : "chosen";
  const drawn = now.closed ? "closed" : now.sketch.length === 0 ? "empty" : open ? "more" : "enough";
  const step = isDrawn(field) ? drawn : chosen;
  return tOr(`hint.${field.gesture}.${step}`, tOr(`hint.${step}`, labelOfField(field)));
}

const told = (list: readonly Warning[]): readonly Item[] =>
  list.map(({ detail }) => ({ kind: "text", text: `⚠ ${detail}`, tone: "warning" }));

/** What the draft would meet with, before it is proposed. */
function guards(): readonly Item[] {
  const { problem, warnings: met, sentences, cost } = trial.value;
  const price = cost && {
    low: formatMoney(cost.low, cost.currency),
    high: formatMoney(cost.high, cost.currency),
  };
  return [
    ...(problem?.detail ? [{ kind: "text", text: problem.detail, tone: "problem" } as const] : []),
    ...told(met),
    ...sentences.map((text): Item => ({ kind: "text", text, tone: "quiet" })),
    ...(price ? [{ kind: "text", text: t("cost.range", price), tone: "quiet" } as const] : []),
  ];
}

function draftView(now: Draft, propose: () => unknown): PanelView {
  const absent = missing(now);
  const said = measures.value.filter(Boolean).join(" · ");
  const open = isDrawn(fieldOf(now.form, now.pointing)) && !now.closed && now.sketch.length > 2;
  const finish: Press = { id: "draft.finish", label: t("draft.finish"), run: () => setSketch(now.sketch, true) };
  const send: Press = {
    id: "draft.propose",
    label: t(now.sending ? "draft.sending" : "draft.propose"),
    primary: true,
    enabled: absent.length === 0 && !now.sending,
    run: propose,
  };
  return {
    id: `draft.${now.form.verb}.${now.way}`,
    items: [
      { kind: "title", text: labelOfVerb(now.form), icon: now.form.verb },
      ...(now.problem?.detail ? [{ kind: "text", text: now.problem.detail, tone: "problem" } as const] : []),
      { kind: "text", text: hintOf(now) },
      ...(said ? [{ kind: "text", text: said, tone: "good" } as const] : []),
      ...(now.problem ? [] : guards()),
      ...draftItems(now),
      ...(absent.length > 0 && !absent.includes(now.pointing)
        ? [{ kind: "text", text: t("draft.missing", { what: absentWords(now) }), tone: "quiet" } as const]
        : []),
    ],
    footer: [
      {
        kind: "buttons",
        columns: open ? 3 : 2,
        buttons: [
          { id: "draft.back", label: t("draft.back"), run: stepBackInDraft },
          ...(open ? [finish] : []),
          { id: "draft.stop", label: t("draft.stop"), run: stopDraft },
        ],
      },
      { kind: "buttons", columns: 1, buttons: [send] },
    ],
  };
}

const bandOf = ({ low, difference, high }: Indicator): readonly [number, number, number] | null =>
  low === null || difference === null || high === null ? null : [low, difference, high];

function figureItem(each: Indicator): Item {
  if (editCount.value === 0)
    return { kind: "fact", name: labelOfIndicator(each), value: figure(each.baseline, each.unit) };
  const verdict = isClear(each) ? each.verdict : "no clear change";
  const mark = verdict === "better" ? "▲ " : verdict === "worse" ? "▼ " : "= ";
  return { kind: "figure", text: mark + sentenceOf(each), verdict, band: bandOf(each) };
}

function progressOf(results: Impacts | null): string {
  if (!results || results.status === "running") {
    const done = new Set(results?.models.map((each) => each.name));
    const open = (manifest.value?.models ?? []).filter((each) => !done.has(each.name));
    return t("impacts.running", {
      models: open.map((each) => tOr(`model.${each.name}`, each.title)).join(", ") || "…",
    });
  }
  return t(results.status === "fast" ? "impacts.fast" : "impacts.full");
}

function legendItems(): readonly Item[] {
  const layer = painted.value;
  if (!layer) return [];
  const [low, high] = [layer.legend[0], layer.legend[layer.legend.length - 1]];
  const hit = pointerHit.value;
  const here = hit ? (valueAt.value?.(hit) ?? null) : null;
  const unit = unitName(layer.unit);
  const title = t("legend.title", { label: labelOfLayer(layer), unit });
  return [
    { kind: "text", text: title, tone: "quiet" },
    {
      kind: "legend",
      colours: layer.legend.map(([, colour]) => colour),
      low: formatNumber(low?.[0] ?? 0),
      high: formatNumber(high?.[0] ?? 0),
    },
    ...(here === null
      ? []
      : [{ kind: "text", text: t("legend.here", { value: formatNumber(here), unit }), tone: "good" } as const]),
  ];
}

function answerView(lastWarnings: readonly Warning[]): PanelView {
  const results = impacts.value;
  const changed = editCount.value > 0;
  const shown = (results?.indicators ?? []).filter((each) => !changed || isClear(each));
  const silent = (results?.indicators.length ?? 0) - shown.length;
  const commands = ["view.compare", "edit.undo", "edit.redo"].flatMap((id) => {
    const found = command(id);
    return found ? [pressOf(found)] : [];
  });
  return {
    id: "answer",
    items: [
      { kind: "title", text: t(changed ? "impacts.title" : "impacts.asItIs"), icon: "chart" },
      { kind: "text", text: changed || results ? progressOf(results) : t("impacts.invite"), tone: "quiet" },
      ...told(lastWarnings),
      ...legendItems(),
      ...shown.map(figureItem),
      ...(changed && silent > 0
        ? [{ kind: "text", text: t("impacts.same", { count: silent }), tone: "quiet" } as const]
        : []),
      ...(results?.refused ?? []).map(({ detail }): Item => ({ kind: "text", text: detail, tone: "problem" })),
      { kind: "text", text: t("layers.title"), tone: "quiet" },
      { kind: "buttons", columns: 2, buttons: layerPresses() },
    ],
    footer: [{ kind: "buttons", columns: 3, buttons: commands }],
  };
}

const factsOf = (feature: Feature): readonly Item[] =>
  Object.entries(feature.properties)
    .filter(([key, value]) => !SKIPPED.has(key) && ![null, undefined, ""].includes(bare(value) as string))
    .slice(0, FACTS)
    .map(([key, value]) => {
      const text = plainText(bare(value)) + (isDoubted(value) && value.unit ? ` ${value.unit}` : "");
      const basis = isDoubted(value) ? ` (${t(`basis.${value.basis}`)})` : "";
      return { kind: "fact", name: tOr(`property.${key}`, key.replaceAll("_", " ")), value: text + basis };
    });

function detailsView(calls: CardCalls): PanelView {
  const now = details.value;
  const close: Press = { id: "details.close", label: t("inspector.close"), run: () => select(null) };
  if (now.step !== "known") {
    const text = now.step === "failed" ? now.sentence : t("inspector.loading");
    return {
      id: "details",
      items: [{ kind: "title", text }],
      footer: [{ kind: "buttons", columns: 1, buttons: [close] }],
    };
  }
  const { feature, id } = now;
  const verbs = verbsFor(feature.properties.kind).map((form): Press => {
    const several = fieldOf(form, form.gesture)?.gesture === "trees";
    return {
      id: `propose.${form.verb}`,
      label: labelOfVerb(form),
      icon: form.verb,
      run: () => startPointing(form.verb, { [form.gesture]: several ? [id] : id }),
    };
  });
  return {
    id: `details.${id}`,
    items: [
      { kind: "title", text: titleOf(feature) },
      ...factsOf(feature),
      { kind: "buttons", columns: 2, buttons: verbs },
    ],
    footer: [
      {
        kind: "buttons",
        columns: 2,
        buttons: [{ id: "details.go", label: t("view.frame"), icon: "walk", run: calls.goToSelected }, close],
      },
    ],
  };
}

function welcomeView(): PanelView {
  const { hand, oneHanded } = settings.value;
  const menu = oneHanded ? [] : [t("headset.menuAt", { hand: hand === "left" ? "right" : "left" })];
  const lines = [...menu, t("headset.point"), t("headset.help.point"), t("headset.help.grip"), t("headset.help.stick")];
  return {
    id: "welcome",
    items: [
      { kind: "title", text: manifest.value?.title ?? t("app.name") },
      { kind: "text", text: t("app.lead") },
      ...lines.map((text): Item => ({ kind: "text", text, tone: "quiet" })),
    ],
    footer: [],
  };
}

/** What everyone should know now: what was last announced, that one is offline, that a hand is lost. */
function captions(calls: CardCalls): readonly Item[] {
  const found: Item[] = [];
  const trouble = calls.trouble();
  if (trouble) found.push({ kind: "text", text: trouble, tone: "warning" });
  const last = notices.value.at(-1);
  if (last) found.push({ kind: "text", text: last.text, tone: last.tone === "problem" ? "problem" : "good" });
  const offline = connection.value.status === "waiting";
  if (offline) found.push({ kind: "text", text: t("connection.waiting"), tone: "warning" });
  const left = unsent.value.length;
  if (left > 0) found.push({ kind: "text", text: t("connection.unsent", { count: left }), tone: "quiet" });
  return found;
}

export function createCard(calls: CardCalls): Card {
  const face = signal<Face>("welcome");
  const lastWarnings = signal<readonly Warning[]>([]);

  async function propose(): Promise<void> {
    if (!(await sendDraft())) return;
    lastWarnings.value = warnings.peek();
    face.value = "answer";
    announce(t("draft.done"), "good");
  }

  function bodyOf(): PanelView {
    if (writing.value) return lettersView(writing.value);
    const now = draft.value;
    if (now) return draftView(now, propose);
    switch (face.value) {
      case "answer":
        return answerView(lastWarnings.value);
      case "details":
        return details.value.step === "none" ? welcomeView() : detailsView(calls);
      case "welcome":
        return welcomeView();
    }
  }

  return {
    face,
    propose,
    view() {
      const body = bodyOf();
      const [first, ...rest] = body.items;
      const items = first ? [first, ...captions(calls), ...rest] : captions(calls);
      return { ...body, items };
    },
  };
}
