/** What the panel says, as plain data read from the state; the same words as on flat screens. */
import { notices } from "../state/announce";
import { type Command, commands } from "../state/commands";
import { bare, isDoubted, plainText, titleOf } from "../state/facts";
import { impacts } from "../state/impacts";
import { connection, unsent } from "../state/live";
import { editCount } from "../state/proposal";
import { details } from "../state/selection";
import { formatNumber, t, tOr } from "../state/words";
import type { Feature, Indicator } from "../wire/types";

export interface PanelView {
  readonly title: string;
  readonly facts: readonly { readonly name: string; readonly value: string; readonly basis: string }[];
  readonly figures: readonly { readonly text: string; readonly verdict: Indicator["verdict"] }[];
  readonly caption: string;
  readonly commands: readonly Command[];
}

const FACTS = 7;
const FIGURES = 5;
const SHOWN_GROUPS: ReadonlySet<string> = new Set(["propose", "edit", "understand"]);
const SKIPPED = new Set(["kind", "name", "id", "source"]);

function factsOf(feature: Feature): PanelView["facts"] {
  return Object.entries(feature.properties)
    .filter(([key, value]) => !SKIPPED.has(key) && ![null, undefined, ""].includes(bare(value) as string))
    .slice(0, FACTS)
    .map(([key, value]) => ({
      name: tOr(`property.${key}`, key.replaceAll("_", " ")),
      value: plainText(bare(value)) + (isDoubted(value) && value.unit ? ` ${value.unit}` : ""),
      basis: isDoubted(value) ? t(`basis.${value.basis}`) : "",
    }));
}

function figureOf(each: Indicator): PanelView["figures"][number] {
  const difference = each.difference ?? 0;
  const sign = difference > 0 ? "+" : "";
  return { text: `${each.label}: ${sign}${formatNumber(difference)} ${each.unit}`, verdict: each.verdict };
}

/** Reads signals: call it inside an effect. */
export function panelView(): PanelView {
  const now = details.value;
  const told = notices.value.at(-1)?.text ?? "";
  const offline = connection.value.status === "waiting" && unsent.value.length > 0 ? t("connection.waiting") : "";
  return {
    title: now.step === "known" ? titleOf(now.feature) : now.step === "failed" ? now.sentence : t("headset.point"),
    facts: now.step === "known" ? factsOf(now.feature) : [],
    figures: (impacts.value?.indicators ?? []).slice(0, FIGURES).map(figureOf),
    caption: told || offline || t("proposal.count", { count: editCount.value }),
    commands: commands.value.filter(
      (each) => (SHOWN_GROUPS.has(each.group) && each.id !== "view.swipe") || each.id === "view.headset",
    ),
  };
}
