/** Colours of a layer from its legend: the client owns the ramp, the server sends values. */

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

export interface GridData {
  readonly x0: number;
  readonly y0: number;
  readonly cell_m: number;
  readonly columns: number;
  readonly rows: number;
  /** Row by row from the south-west; null where there is no value. */
  readonly values: readonly (number | null)[];
}

/** Red, green, blue and opacity of each cell, for a texture. */
export function gridPixels(grid: GridData, stops: LegendStops): Uint8Array {
  const pixels = new Uint8Array(grid.columns * grid.rows * 4);
  for (let index = 0; index < grid.columns * grid.rows; index++) {
    const value = grid.values[index];
    if (value === null || value === undefined || Number.isNaN(value)) continue;
    const colour = colourOf(stops, value);
    pixels.set([(colour >> 16) & 255, (colour >> 8) & 255, colour & 255, 255], index * 4);
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

export function gridData(data: unknown): GridData | null {
  if (!isRecord(data)) return null;
  const source = isRecord(data.grid) ? data.grid : data;
  const [x0, y0, cell_m] = ["x0", "y0", "cell_m"].map((name) => Number(source[name])) as [number, number, number];
  const values = source.values;
  if (!Array.isArray(values) || ![x0, y0, cell_m].every(Number.isFinite)) return null;
  const nested = Array.isArray(values[0]);
  const rows = nested ? values.length : Number(source.rows);
  const columns = nested ? (values[0] as unknown[]).length : Number(source.columns);
  return { x0, y0, cell_m, rows, columns, values: values.flat() as (number | null)[] };
}
