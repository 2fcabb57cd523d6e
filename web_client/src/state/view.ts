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

/** The city as proposed; or beside it, with a divider, or instead of it, as it is or as another proposal has it. */
export type Compare =
  | { readonly show: "after" }
  | { readonly show: "before"; readonly with?: string }
  | { readonly show: "beside"; readonly with?: string }
  | { readonly show: "swipe"; readonly at: number; readonly with?: string };
export const compare = signal<Compare>({ show: "after" });

/** As in an address: "swipe:0.50:ID"; the last part only beside another proposal. */
export function writeCompare(how: Compare): string {
  if (how.show === "after") return "";
  const at = how.show === "swipe" ? how.at.toFixed(2) : "";
  return [how.show, at, how.with ?? ""].join(":").replace(/:+$/, "");
}

export function readCompare(text: string | null): Compare {
  const [show, at, other] = (text ?? "").split(":");
  const beside = other && /^[\w-]+$/.test(other) ? { with: other } : {};
  if (show === "swipe") return { show, at: Math.min(0.98, Math.max(0.02, Number(at) || 0.5)), ...beside };
  return show === "before" || show === "beside" ? { show, ...beside } : { show: "after" };
}

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
