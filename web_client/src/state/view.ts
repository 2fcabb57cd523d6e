/** Where the camera is, and where it is asked to go. The city moves it; everyone else reads and asks. */
import { signal } from "@preact/signals";
import type { LonLat } from "../wire/types";

export type CameraMode = "orbit" | "walk";

/** Eye and gaze in the scene: `at` is what an orbit turns about, or where a walker stands. */
export interface View {
  readonly mode: CameraMode;
  readonly at: LonLat;
  /** Distance of the eye from `at` in metres; 0 when walking. */
  readonly distance_m: number;
  /** Where the gaze goes, clockwise from north. */
  readonly heading_deg: number;
  /** Downwards from the horizon. */
  readonly pitch_deg: number;
}

export const view = signal<View | null>(null);

/** A wish for the camera; the city takes it and answers with `view`. `jump` skips the flight. */
export interface ViewWish {
  readonly to: Partial<View>;
  readonly jump?: boolean;
}
export const viewWish = signal<ViewWish | null>(null);

export function goTo(to: Partial<View>, jump = false): void {
  viewWish.value = { to, jump };
}

/** The city as it is, as proposed, or both with a divider at this share of the width. */
export type Compare =
  | { readonly show: "after" }
  | { readonly show: "before" }
  | { readonly show: "swipe"; readonly at: number };
export const compare = signal<Compare>({ show: "after" });

/** Whether the picture is three-dimensional, and if not, why. */
export type Picture = "starting" | "running" | "lost" | "unsupported";
export const picture = signal<Picture>("starting");

/** Share of the tiles wanted now that have arrived, 0 to 1. */
export const loading = signal(0);

export const readView = (hash: string): View | null => {
  const found = /^#?(orbit|walk)\/(-?[\d.]+),(-?[\d.]+),([\d.]+)m,(-?[\d.]+),(-?[\d.]+)$/.exec(hash);
  if (!found) return null;
  const [mode, ...numbers] = found.slice(1);
  const [lon, lat, distance_m, heading_deg, pitch_deg] = numbers.map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (![lon, lat, distance_m, heading_deg, pitch_deg].every(Number.isFinite)) return null;
  return { mode: mode as CameraMode, at: [lon, lat], distance_m, heading_deg, pitch_deg };
};

export const writeView = ({ mode, at, distance_m, heading_deg, pitch_deg }: View): string =>
  `#${mode}/${at[0].toFixed(6)},${at[1].toFixed(6)},${distance_m.toFixed(1)}m,${heading_deg.toFixed(1)},${pitch_deg.toFixed(1)}`;
