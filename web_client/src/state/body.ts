/** The visitor in the room, as the others see them: head and hands in a headset, and the pin one leaves. */
import { signal } from "@preact/signals";
import type { HandPose } from "../wire/messages";
import type { LonLat } from "../wire/types";

export interface Body {
  readonly mode: "vr" | "ar";
  /** Metres of the city to one of the room. */
  readonly scale: number;
  /** Of the eyes over the ground. */
  readonly height_m: number;
  readonly left: HandPose | null;
  readonly right: HandPose | null;
}

/** Null on flat screens. */
export const body = signal<Body | null>(null);

/** A mark on the ground that everyone in the room sees with one's name, until one takes it away. */
export const pin = signal<LonLat | null>(null);

/** Whether there is a headset to enter; "insecure" where the browser hides it because the page came by plain http. */
export const headset = signal<"unknown" | "able" | "none" | "insecure">("unknown");
