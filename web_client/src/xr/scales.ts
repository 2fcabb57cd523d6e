/** The sizes in which one sees the city: as a pedestrian, as a giant, as a model on a table. */
import type { WordKey } from "../state/words";

export type ScaleName = "street" | "giant" | "table";

export interface Scale {
  readonly name: ScaleName;
  readonly title: WordKey;
  readonly icon: string;
  /** Metres of the city to one of the room. */
  readonly factor: number;
}

export const SCALES: Readonly<Record<ScaleName, Scale>> = {
  street: { name: "street", title: "headset.scale.street", icon: "street", factor: 1 },
  giant: { name: "giant", title: "headset.scale.giant", icon: "giant", factor: 50 },
  table: { name: "table", title: "headset.scale.table", icon: "table", factor: 500 },
};

/** Radius in the room of the round piece of city on a table. */
export const TABLE_RADIUS_M = 0.62;
/** A table's height for who stands; lower where the eyes are lower. */
const TABLE_HEIGHT_M = 0.85;
const BELOW_EYES_M = 0.62;
const LOWEST_M = 0.45;

export const tableHeight = (eyes_m: number) => Math.max(LOWEST_M, Math.min(TABLE_HEIGHT_M, eyes_m - BELOW_EYES_M));

/** From an orbit nearer than this one looks at a street, from farther at a quarter. */
const NEAR_M = 900;

/** The size that suits how the page showed the city. */
export const scaleFor = (mode: "orbit" | "walk", distance_m: number): ScaleName =>
  mode === "walk" || distance_m < NEAR_M ? "street" : "giant";
