/** What figures say, in words. */
import type { Indicator } from "../wire/types";
import { formatNumber, t, tOr } from "./words";

/** A number one can say: two significant digits. */
const round = (value: number) => formatNumber(value, { maximumSignificantDigits: 2 });
export const figure = (value: number | null, unit = "") =>
  value === null ? "–" : `${formatNumber(value)}${unit ? ` ${unitName(unit)}` : ""}`;
export const unitName = (unit: string) => tOr(`unit.${unit}`, unit);
export const labelOfIndicator = ({ id, label }: Pick<Indicator, "id" | "label">) => tOr(`indicator.${id}`, label);

/** "About 1 200 people fewer" before the label, or that nothing changes clearly. */
export function sentenceOf(indicator: Indicator): string {
  const { difference, unit, verdict } = indicator;
  const label = labelOfIndicator(indicator);
  if (verdict === "no clear change" || difference === null) return t("impact.same", { label });
  const direction = difference < 0 ? "less" : "more";
  return t("impact.changed", { label, direction, amount: `${round(Math.abs(difference))} ${unitName(unit)}`.trim() });
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
