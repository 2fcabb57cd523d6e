/** Which scene this is. */
import { computed, signal } from "@preact/signals";
import { fetchManifest, fetchScenes } from "../wire/http";
import type { LonLat, Manifest } from "../wire/types";
import { toLocal, toLonLat, type XY } from "./frame";

export type Opening =
  | { readonly step: "loading" }
  /** The server has just started and is still building its tiles. */
  | { readonly step: "building" }
  | { readonly step: "open"; readonly manifest: Manifest }
  | { readonly step: "failed"; readonly sentence: string };

export const opening = signal<Opening>({ step: "loading" });
export const manifest = computed(() => (opening.value.step === "open" ? opening.value.manifest : null));
export const sceneId = computed(() => manifest.value?.id ?? "");

const ASK_AGAIN_MS = 1_500;

/** The id of the scene to show, once the server has built it. */
async function openedScene(id: string | null): Promise<string | undefined> {
  const scenes = await fetchScenes();
  const found = id ? scenes.find((each) => each.id === id) : scenes[0];
  if (found?.status === "failed") throw new Error(found.detail);
  if (found?.status !== "opening") return id ?? found?.id;
  opening.value = { step: "building" };
  await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  return openedScene(id);
}

/** Open the scene with this id, or the server's first one. */
export async function openScene(id: string | null): Promise<Manifest | null> {
  opening.value = { step: "loading" };
  try {
    const wanted = await openedScene(id);
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
