/** What a visitor prefers; remembered in this browser without an account, in memory alone where storage is forbidden. */
import { effect, signal } from "@preact/signals";

export interface Settings {
  /** A language we speak, or null to follow the browser. */
  readonly language: string | null;
  readonly name: string;
  readonly theme: "auto" | "light" | "dark";
  readonly motion: "auto" | "reduced" | "full";
  /** Stripes over what is painted, for those who cannot tell its colours. */
  readonly patterns: boolean;
  readonly quality: "auto" | "low" | "high";
  /** Hour of the day for the sun, local solar time. */
  readonly sunHour: number;
  /** Day of the year for the sun, 1 to 365. */
  readonly sunDay: number;
  readonly textScale: number;
  readonly locomotion: "teleport" | "slide";
  readonly snapTurnDeg: number;
  readonly hand: "right" | "left";
  readonly seated: boolean;
  /** Everything with the one hand: the menu then floats instead of lying on the other wrist. */
  readonly oneHanded: boolean;
  /** Narrow the view while sliding. */
  readonly vignette: boolean;
}

export const DEFAULTS: Settings = {
  language: null,
  name: "",
  theme: "auto",
  motion: "auto",
  patterns: true,
  quality: "auto",
  sunHour: 10.5,
  sunDay: 144,
  textScale: 1,
  locomotion: "teleport",
  snapTurnDeg: 45,
  hand: "right",
  seated: false,
  oneHanded: false,
  vignette: true,
};

const KEY = "citiverse.settings";

/** The stored value of `key`, or `fallback` where there is none or storage is forbidden. */
export function recall<T extends object>(key: string, fallback: T): T {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    return typeof stored === "object" && stored !== null ? { ...fallback, ...stored } : fallback;
  } catch {
    return fallback;
  }
}

/** Keep a value for the next visit; false where storage is full or forbidden. */
export function remember(key: string, value: unknown): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export const settings = signal<Settings>(recall(KEY, DEFAULTS));

export function change(part: Partial<Settings>): void {
  settings.value = { ...settings.value, ...part };
}

/** Store every change of the settings; returns a function that stops. */
export const keepSettings = (): (() => void) => effect(() => void remember(KEY, settings.value));

export function reducedMotion(): boolean {
  const { motion } = settings.value;
  if (motion !== "auto") return motion === "reduced";
  return globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
}
