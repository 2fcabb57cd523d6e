/** From the city to the screen, for what is shown beside the picture; null where there is no picture. */
import { signal } from "@preact/signals";
import type { XY } from "./frame";

export interface Projection {
  /** Pixels in the canvas of a place `z` metres high, or null behind the eye. */
  readonly toScreen: (at: XY, z: number) => readonly [number, number] | null;
  readonly heightAt: (at: XY) => number;
}

export const projection = signal<Projection | null>(null);
