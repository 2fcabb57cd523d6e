/** Why a figure changes: what was changed in the city, then model by model what that moved, up to the figure. */
import type { Impacts, Indicator, ModelCard, Shift } from "../wire/types";
import { isClear } from "./sentences";

export interface Cause {
  readonly model: string;
  /** What this model found, the strongest first; empty where nothing changes clearly. */
  readonly found: readonly Indicator[];
  /** A layer that shows it on the city. */
  readonly layer: string | null;
}

/** How large a change is beside what was there. */
const strength = ({ difference, baseline }: Indicator) =>
  Math.abs(difference ?? 0) / Math.max(1e-9, Math.abs(baseline ?? 0) || Math.abs(difference ?? 1));

/** Models in the order in which one builds on another, this one last. */
export function chainTo(model: string, cards: readonly ModelCard[]): readonly string[] {
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    for (const need of cards.find((each) => each.name === name)?.needs ?? []) visit(need);
    if (!order.includes(name)) order.push(name);
  };
  visit(model);
  return order;
}

const MOST_TOLD = 2;

/** What led to a figure: the models it builds on, each with what it found. */
export function causesOf(indicator: Indicator, results: Impacts, cards: readonly ModelCard[]): readonly Cause[] {
  return chainTo(indicator.model, cards).map((model) => {
    const own = model === indicator.model;
    const found = results.indicators.filter((each) => each.model === model && isClear(each));
    const told = [...found].sort((a, b) => strength(b) - strength(a)).slice(0, MOST_TOLD);
    const layer = results.layers.find((each) => each.model === model)?.id ?? null;
    return { model, found: own ? [indicator] : told, layer };
  });
}

/** Who gains and loses by what a model found at homes. */
export const shiftsOf = (model: string, results: Impacts): readonly Shift[] =>
  results.residents?.shifts.filter((each) => each.model === model) ?? [];
