/** What is selected and what the pointer rests on. */
import { effect, signal } from "@preact/signals";
import { fetchFeature } from "../wire/http";
import type { Feature } from "../wire/types";
import { sceneId } from "./place";
import { proposal, proposalSeq } from "./proposal";

export const selected = signal<string | null>(null);
export const hovered = signal<string | null>(null);

export type Details =
  | { readonly step: "none" }
  | { readonly step: "loading"; readonly id: string }
  | { readonly step: "known"; readonly id: string; readonly feature: Feature }
  | { readonly step: "failed"; readonly id: string; readonly sentence: string };

/** The server's record of what is selected, kept up to date with the proposal. */
export const details = signal<Details>({ step: "none" });

export function select(id: string | null): void {
  selected.value = id;
}

async function load(id: string, scene: string, proposalId: string | null): Promise<void> {
  const held = details.peek();
  if (held.step !== "known" || held.id !== id) details.value = { step: "loading", id };
  try {
    const feature = await fetchFeature(scene, id, proposalId);
    if (selected.peek() === id) details.value = { step: "known", id, feature };
  } catch (error) {
    if (selected.peek() !== id) return;
    details.value = { step: "failed", id, sentence: error instanceof Error ? error.message : String(error) };
  }
}

/** Fetch the record whenever the selection or the proposal changes; returns a function that stops. */
export function followSelection(): () => void {
  return effect(() => {
    const [id, scene, held] = [selected.value, sceneId.value, proposal.value];
    void proposalSeq.value;
    if (id === null || scene === "") details.value = { step: "none" };
    else void load(id, scene, held?.id ?? null);
  });
}
