/** Which scene this is. */
import { computed, signal } from "@preact/signals";
import { fetchManifest, fetchScenes } from "../wire/http";
import type { LonLat, Manifest } from "../wire/types";
import { toLocal, toLonLat, type XY } from "./frame";
import { t } from "./words";

export type Opening =
  | { readonly step: "loading" }
  /** The server has just started and is still building its tiles. */
  | { readonly step: "building" }
  | { readonly step: "open"; readonly manifest: Manifest }
  | { readonly step: "failed"; readonly sentence: string };

export const opening = signal<Opening>({ step: "loading" });
export const manifest = computed(() => (opening.value.step === "open" ? opening.value.manifest : null));
export const sceneId = computed(() => manifest.value?.id ?? "");

/** Where the same server speaks https, as a headset wants it; null where it does not. */
export const securePort = signal<number | null>(null);

const sentenceOf = (error: unknown) =>
  error instanceof TypeError ? t("opening.unreachable") : error instanceof Error ? error.message : String(error);

const ASK_AGAIN_MS = 1_500;

/** The id of the scene to show, once the server has built it. */
async function openedScene(id: string | null): Promise<string | undefined> {
  const { scenes, secure_port } = await fetchScenes();
  securePort.value = secure_port;
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
    if (!wanted) throw new Error(t("opening.empty"));
    const found = { ...(await fetchManifest(wanted)), id: wanted };
    opening.value = { step: "open", manifest: found };
    return found;
  } catch (error) {
    opening.value = { step: "failed", sentence: sentenceOf(error) };
    return null;
  }
}

/** This page by https at the server's port for it, null where there is none. */
export function secureAddress(href: string, port: number | null): string | null {
  if (port === null) return null;
  const link = new URL(href);
  link.protocol = "https:";
  link.port = String(port);
  return link.href;
}

function affine() {
  const open = manifest.peek();
  if (!open) throw new Error("No scene is open.");
  return open.frame.affine;
}

export const localOf = (position: LonLat): XY => toLocal(affine(), position);
export const lonLatOf = (xy: XY): LonLat => toLonLat(affine(), xy);
