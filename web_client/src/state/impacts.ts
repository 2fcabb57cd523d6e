/** What the proposal does to people: the latest indicators, and which layer is painted on the city. */
import { computed, signal } from "@preact/signals";
import type { ImpactLayer, Impacts } from "../wire/types";

export const impacts = signal<Impacts | null>(null);
/** Id of the layer painted on the scene, or null. */
export const paintedId = signal<string | null>(null);

export const painted = computed<ImpactLayer | null>(
  () => impacts.value?.layers.find((each) => each.id === paintedId.value) ?? null,
);

export function paint(id: string | null): void {
  paintedId.value = id;
}
