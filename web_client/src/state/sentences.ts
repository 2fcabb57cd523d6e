/** What figures say, in words. */
import type { Cost, Indicator, LoggedEdit, Warning } from "../wire/types";
import { formatNumber, language, t, tOr } from "./words";

/** What someone does to the city, in the reader's language where the server has words for it. */
export function changeIn(line: Partial<Pick<LoggedEdit, "sentence" | "said" | "pattern" | "edit">>): string {
  const sentences = line.said?.[language.value] ?? [];
  const first = sentences[0];
  if (first === undefined) return line.sentence ?? line.pattern?.title ?? line.edit?.verb ?? "";
  const title = line.pattern && `${tOr(`verb.pattern.${line.pattern.pattern}`, line.pattern.title)}: `;
  const more = sentences.length > 1 ? ` ${t("history.more", { count: sentences.length - 1 })}` : "";
  return `${title ?? ""}${first}${more}`;
}

/** Warnings in the reader's language where the server has words for them. */
export const warningsIn = (warnings: readonly Warning[]): readonly Warning[] =>
  warnings.map((each) => ({ ...each, detail: each.said?.[language.value] ?? each.detail }));

/** What a work that is paid for is called. */
export const workIn = ({ work, said }: Pick<Cost["items"][number], "work" | "said">) => said?.[language.value] ?? work;

/** A number one can say: two significant digits, none smaller than a hundredth. */
const round = (value: number) =>
  formatNumber(
    Number(value.toPrecision(2)),
    value < 1 ? { maximumSignificantDigits: 1 } : { maximumSignificantDigits: 2 },
  );
/** Changes below these are real in the sums but nobody notices them: a decibel's tenth, a two-thousandth. */
const FAINT_DB = 0.1;
const FAINT_SHARE = 0.0005;

export function isFaint({ unit, difference, baseline }: Indicator): boolean {
  if (difference === null) return true;
  if (unit.startsWith("dB")) return Math.abs(difference) < FAINT_DB;
  return Math.abs(difference) < FAINT_SHARE * Math.abs(baseline ?? 0);
}

/** Whether there is something to say of it. */
export const isClear = (indicator: Indicator) => indicator.verdict !== "no clear change" && !isFaint(indicator);
export const figure = (value: number | null, unit = "") =>
  value === null ? "–" : `${formatNumber(value)}${unit ? ` ${unitName(unit)}` : ""}`;
export const unitName = (unit: string) => tOr(`unit.${unit}`, unit);
export const labelOfIndicator = ({ id, label }: Pick<Indicator, "id" | "label">) => tOr(`indicator.${id}`, label);

/** "About 1 200 people fewer" before the label, or that nothing changes clearly. */
export function sentenceOf(indicator: Indicator): string {
  const { difference, unit, verdict } = indicator;
  const label = labelOfIndicator(indicator);
  if (verdict === "no clear change" || difference === null) return t("impact.same", { label });
  if (isFaint(indicator)) return t("impact.slight", { label });
  const direction = difference < 0 ? "less" : "more";
  const amount = round(Math.abs(difference));
  const anyone = t("impact.changed", { label, direction, amount: `${amount} ${unitName(unit)}`.trim() });
  return tOr(`impact.${indicator.id}`, anyone, { amount, direction });
}

/** The whole of one figure, as a line that can be read aloud. */
export function figuresOf({ baseline, proposal, difference, low, high, unit }: Indicator): string {
  const signed = (value: number | null) =>
    value === null ? "–" : formatNumber(value, { signDisplay: "exceptZero", maximumSignificantDigits: 2 });
  return t("impact.figures", {
    before: figure(baseline),
    after: figure(proposal, unit),
    difference: signed(difference),
    low: signed(low),
    high: signed(high),
  });
}
