/** What the proposal does to people: the latest indicators, and which layer is painted on the city. */
import { computed, signal } from "@preact/signals";
import { fetchBaseline } from "../wire/http";
import type { ImpactLayer, Impacts } from "../wire/types";
import type { Hit } from "./pointer";

export const impacts = signal<Impacts | null>(null);
/** Id of the layer painted on the scene, or null. */
export const paintedId = signal<string | null>(null);

export const painted = computed<ImpactLayer | null>(
  () => impacts.value?.layers.find((each) => each.id === paintedId.value) ?? null,
);

/** The painted layer's value at a place or feature, null where there is none; null while nothing is painted. */
export const valueAt = signal<((hit: Pick<Hit, "id" | "ground">) => number | null) | null>(null);

const ASK_AGAIN_MS = 3_000;

/** Results of the city as it is, until a proposal has its own; they take a while after the server's start. */
export async function followBaseline(scene: string): Promise<void> {
  const found = await fetchBaseline(scene).catch(() => null);
  if (!found || (impacts.peek()?.seq ?? 0) > 0) return;
  impacts.value = found;
  if (found.status === "running") setTimeout(() => void followBaseline(scene), ASK_AGAIN_MS);
}

export function paint(id: string | null): void {
  paintedId.value = id;
}
