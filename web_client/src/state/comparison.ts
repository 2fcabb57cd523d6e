/** Up to four proposals beside the city as it is: the table, its address, and which of them stands on the other side. */
import { effect, signal, untracked } from "@preact/signals";
import { fetchImpacts } from "../wire/http";
import { fetchComparison } from "../wire/proposals";
import type { Comparison, ImpactLayer } from "../wire/types";
import { painted } from "./impacts";
import { compare } from "./view";

export const MOST_COMPARED = 4;
const WAIT_S = 10;
const AGAIN_MS = 2_000;

/** As in an address: ids, each maybe with "@" and the change up to which it counts. */
export const compared = signal<readonly string[]>([]);
export const comparison = signal<{ readonly table: Comparison | null; readonly problem: string }>({
  table: null,
  problem: "",
});

export const readCompared = (text: string | null): readonly string[] =>
  (text ?? "")
    .split(",")
    .filter((each) => /^[\w-]+(@\d+)?$/.test(each))
    .slice(0, MOST_COMPARED);

export function choose(id: string, on: boolean): void {
  const others = compared.peek().filter((each) => each.split("@")[0] !== id);
  compared.value = on ? [...others, id].slice(-MOST_COMPARED) : others;
}

/** The address part that gives this very table again: with the change of each proposal up to which it counts. */
export const exactly = ({ proposals }: Comparison) => proposals.map(({ id, seq }) => `${id}@${seq}`).join(",");
export const csvAddress = (table: Comparison) => `/api/compare.csv?of=${encodeURIComponent(exactly(table))}`;

/** Fetch the table whenever another set is chosen, until its figures are full; returns a function that stops. */
export function followComparison(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  const load = async (of: readonly string[], mine: number): Promise<void> => {
    try {
      const table = await fetchComparison(of, untracked(() => comparison.value.table) ? WAIT_S : 0);
      if (mine !== asked) return;
      comparison.value = { table, problem: "" };
      if (table.status === "running") timer = setTimeout(() => void load(of, mine), AGAIN_MS);
    } catch (error) {
      if (mine === asked) comparison.value = { table: null, problem: (error as Error).message };
    }
  };
  const stop = effect(() => {
    const of = compared.value;
    clearTimeout(timer);
    asked += 1;
    if (of.length === 0) comparison.value = { table: null, problem: "" };
    else void load(of, asked);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** The painted layer, its other side being that of the proposal that one compares with. */
export const paintedBeside = signal<ImpactLayer | null>(null);

export function followPainting(): () => void {
  let asked = 0;
  return effect(() => {
    const layer = painted.value;
    const how = compare.value;
    const other = how.show === "after" ? undefined : how.with;
    asked += 1;
    const mine = asked;
    if (!layer || !other) {
      paintedBeside.value = layer;
      return;
    }
    void fetchImpacts(other)
      .catch(() => null)
      .then((found) => {
        if (mine !== asked) return;
        const there = found?.layers.find((each) => each.id === layer.id);
        paintedBeside.value = there ? { ...layer, baseline_href: there.href } : layer;
      });
  });
}
