/** Colours of a layer from its legend: the client owns the ramp, the server sends values. */

import type { GridPlace } from "../wire/types";
import type { XY } from "./frame";

export type LegendStops = readonly (readonly [number, string])[];

/** #rrggbb as a number. */
export function hex(colour: string): number {
  const digits = colour.replace("#", "");
  const full = digits.length === 3 ? [...digits].map((each) => each + each).join("") : digits.slice(0, 6);
  const value = Number.parseInt(full, 16);
  return Number.isFinite(value) ? value : 0x888888;
}

const mixed = (from: number, to: number, share: number) => {
  const channel = (shift: number) => {
    const [a, b] = [(from >> shift) & 255, (to >> shift) & 255];
    return Math.round(a + (b - a) * share) << shift;
  };
  return channel(16) | channel(8) | channel(0);
};

/** The colour of a value between the legend's stops, which rise. */
export function colourOf(stops: LegendStops, value: number): number {
  const [first, last] = [stops[0], stops[stops.length - 1]];
  if (!first || !last) return 0x888888;
  if (value <= first[0]) return hex(first[1]);
  for (let index = 1; index < stops.length; index++) {
    const [[low, from], [high, to]] = [stops[index - 1], stops[index]] as [
      readonly [number, string],
      readonly [number, string],
    ];
    if (value <= high) return mixed(hex(from), hex(to), high > low ? (value - low) / (high - low) : 1);
  }
  return hex(last[1]);
}

const MOST_CLASSES = 7;

/** How many stops of the legend a value has reached, 0 to 7: its pattern, beside its colour. */
export const classOf = (stops: LegendStops, value: number) =>
  Math.min(MOST_CLASSES, Math.max(0, stops.filter(([at]) => value >= at).length - 1));

export interface GridData extends GridPlace {
  /** Row by row from the south-west; not-a-number where there is no value. */
  readonly values: Float32Array;
}

/** A half-precision number (IEEE 754 binary16) from its bits. */
export function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

/** A grid's cells from the bytes in which it travels. */
export function gridData(place: GridPlace, bytes: ArrayBuffer): GridData {
  const view = new DataView(bytes);
  const count = Math.min(place.rows * place.columns, Math.floor(bytes.byteLength / 2));
  const values = new Float32Array(place.rows * place.columns).fill(Number.NaN);
  for (let index = 0; index < count; index++) values[index] = half(view.getUint16(index * 2, true));
  return { ...place, values };
}

/** The value of the cell over a place, null where there is none. */
export function gridValue(grid: GridData, [x, y]: XY): number | null {
  const [column, row] = [Math.floor((x - grid.x0) / grid.cell_m), Math.floor((y - grid.y0) / grid.cell_m)];
  if (column < 0 || row < 0 || column >= grid.columns || row >= grid.rows) return null;
  const value = grid.values[row * grid.columns + column];
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** Red, green, blue of each cell and, for the stripes, 255 less its class; 0 where there is no value. For a texture. */
export function gridPixels(grid: GridData, stops: LegendStops): Uint8Array {
  const pixels = new Uint8Array(grid.columns * grid.rows * 4);
  for (let index = 0; index < grid.columns * grid.rows; index++) {
    const value = grid.values[index];
    if (value === undefined || Number.isNaN(value)) continue;
    const colour = colourOf(stops, value);
    pixels.set([(colour >> 16) & 255, (colour >> 8) & 255, colour & 255, 255 - classOf(stops, value)], index * 4);
  }
  return pixels;
}

type Loose = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Values by feature id, from any of the shapes in which a layer may come. */
export function featureValues(data: unknown): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (!isRecord(data)) return found;
  const { ids, values } = data;
  if (Array.isArray(ids) && Array.isArray(values)) {
    ids.forEach((id, index) => {
      if (typeof values[index] === "number") found.set(String(id), values[index]);
    });
    return found;
  }
  for (const [id, value] of Object.entries(isRecord(values) ? values : data))
    if (typeof value === "number") found.set(id, value);
  return found;
}
