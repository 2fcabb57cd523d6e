/** Pointing at the city. The city turns mouse, touch and headset rays into these; tools listen. */
import { signal } from "@preact/signals";
import type { XY } from "./frame";

export interface Hit {
  /** Stable id of what was hit, or null for bare ground. */
  readonly id: string | null;
  /** Property row of the feature in its tile: kind, height, basis, source. */
  readonly kind: string | null;
  /** Scene metres: x east, y north, z up. */
  readonly point: readonly [number, number, number];
  readonly ground: XY;
}

/** How a ray from a hand measures, in place of pixels. */
export interface RayMeasures {
  /** Degrees between the ray and a place `z` metres high, seen from the hand. */
  readonly gap_deg: (at: XY, z: number) => number;
  /** Height in scene metres at which the ray passes the upright over a place; null where it never does. */
  readonly heightOver: (at: XY) => number | null;
  /** Metres in the city that so many degrees span at a place. */
  readonly reach_m: (at: XY, degrees: number) => number;
}

export interface PointerEventInCity {
  readonly phase: "move" | "down" | "drag" | "up" | "tap" | "leave";
  readonly hit: Hit | null;
  readonly screen: readonly [number, number];
  readonly device: "mouse" | "touch" | "pen" | "ray" | "key";
  readonly shift: boolean;
  /** Where the ray meets the ground, whatever stands on it. */
  readonly ground?: () => XY | null;
  /** What is met so many pixels beside the pointer: for fingers, and for what is thin. */
  readonly beside?: (dx: number, dy: number) => Hit | null;
  /** Where a hand points rather than a pixel. */
  readonly ray?: RayMeasures;
}

/** True takes the event: the camera and the selection then leave it alone. */
export type PointerListener = (event: PointerEventInCity) => boolean;

const listeners: PointerListener[] = [];

/** @public Listen before all earlier listeners; returns a function that stops. */
export function listenToPointer(listener: PointerListener): () => void {
  listeners.unshift(listener);
  return () => {
    const index = listeners.indexOf(listener);
    if (index >= 0) listeners.splice(index, 1);
  };
}

/** Offer an event to the listeners; true when one took it. */
export const offerPointer = (event: PointerEventInCity): boolean => listeners.some((each) => each(event));

/** Where the pointer last met the city. */
export const pointerHit = signal<Hit | null>(null);
