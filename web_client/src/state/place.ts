/** Which scene this is. */
import { computed, signal } from "@preact/signals";
import { fetchManifest, fetchScenes } from "../wire/http";
import type { LonLat, Manifest } from "../wire/types";
import { toLocal, toLonLat, type XY } from "./frame";

export type Opening =
  | { readonly step: "loading" }
  | { readonly step: "open"; readonly manifest: Manifest }
  | { readonly step: "failed"; readonly sentence: string };

export const opening = signal<Opening>({ step: "loading" });
export const manifest = computed(() => (opening.value.step === "open" ? opening.value.manifest : null));
export const sceneId = computed(() => manifest.value?.id ?? "");

/** Open the scene with this id, or the server's first one. */
export async function openScene(id: string | null): Promise<Manifest | null> {
  opening.value = { step: "loading" };
  try {
    const wanted = id ?? (await fetchScenes())[0]?.id;
    if (!wanted) throw new Error("This server has no scene yet.");
    const found = { ...(await fetchManifest(wanted)), id: wanted };
    opening.value = { step: "open", manifest: found };
    return found;
  } catch (error) {
    opening.value = { step: "failed", sentence: error instanceof Error ? error.message : String(error) };
    return null;
  }
}

function affine() {
  const open = manifest.peek();
  if (!open) throw new Error("No scene is open.");
  return open.frame.affine;
}

export const localOf = (position: LonLat): XY => toLocal(affine(), position);
export const lonLatOf = (xy: XY): LonLat => toLonLat(affine(), xy);
