/** An impact layer on the city: values of features as their colours, a grid as a cloth over the ground; as it is, and as proposed. */
import { DataTexture, LinearFilter, RGBAFormat, SRGBColorSpace } from "three";
import { valueAt } from "../state/impacts";
import { classOf, colourOf, featureValues, type GridData, gridData, gridPixels, gridValue } from "../state/ramp";
import { fetchLayerData } from "../wire/http";
import type { ImpactLayer } from "../wire/types";
import type { FeatureStyle } from "./featureState";
import type { CityUniforms } from "./material";

/** Nearly opaque; the steps among these carry the class of a value to the shader, which draws its pattern. */
const mixOf = (step: number) => (231 + step) / 253;
const GRID_MIX = 0.78;
export type Side = "before" | "after";

export interface Painter {
  /** Colours of features under the layer that is shown, on the side that is shown. */
  readonly styles: () => ReadonlyMap<string, FeatureStyle>;
  /** Show a layer, or none; resolves when it is on the city. */
  readonly show: (layer: ImpactLayer | null) => Promise<void>;
  /** Turn to the values before or after the change; true when features take other colours. */
  readonly turn: (side: Side) => boolean;
  readonly dispose: () => void;
}

type Styles = ReadonlyMap<string, FeatureStyle>;
interface Loaded {
  readonly href: string;
  readonly styles: Styles;
  readonly values: ReadonlyMap<string, number>;
  readonly grid: GridData | null;
  readonly cloth: DataTexture | null;
}

const PLAIN: Styles = new Map();

function clothOf(grid: GridData, layer: ImpactLayer): DataTexture {
  const cloth = new DataTexture(gridPixels(grid, layer.legend), grid.columns, grid.rows, RGBAFormat);
  cloth.colorSpace = SRGBColorSpace;
  cloth.minFilter = LinearFilter;
  cloth.magFilter = LinearFilter;
  cloth.needsUpdate = true;
  return cloth;
}

async function load(href: string, layer: ImpactLayer, signal: AbortSignal): Promise<Loaded> {
  const data = await fetchLayerData(href, signal);
  if (layer.on === "grid" && layer.grid && data instanceof ArrayBuffer) {
    const grid = gridData(layer.grid, data);
    return { href, styles: PLAIN, values: new Map(), grid, cloth: clothOf(grid, layer) };
  }
  const values = featureValues(data);
  const styled = [...values].map(
    ([id, value]) => [id, { colour: colourOf(layer.legend, value), mix: mixOf(classOf(layer.legend, value)) }] as const,
  );
  return { href, styles: new Map(styled), values, grid: null, cloth: null };
}

export function createPainter(uniforms: CityUniforms, onChange: () => void): Painter {
  let request: AbortController | null = null;
  let after: Loaded | null = null;
  let before: Loaded | null = null;
  let side: Side = "after";
  const shown = () => (side === "before" ? (before ?? after) : after);

  function lay(): void {
    const now = shown();
    uniforms.uGrid.value = now?.cloth ?? null;
    uniforms.uGridMix.value = now?.cloth ? GRID_MIX : 0;
    uniforms.uPale.value = now ? 1 : 0;
    if (now?.grid) {
      const { x0, y0, columns, rows, cell_m } = now.grid;
      uniforms.uGridBounds.value.set(x0, y0, 1 / (columns * cell_m), 1 / (rows * cell_m));
    }
    valueAt.value = now
      ? ({ id, ground }) => (now.grid ? gridValue(now.grid, ground) : id === null ? null : (now.values.get(id) ?? null))
      : null;
  }

  function replace(next: Loaded | null, nextBefore: Loaded | null): void {
    const kept = [next, nextBefore];
    for (const old of [after, before]) if (old && !kept.includes(old)) old.cloth?.dispose();
    [after, before] = [next, nextBefore];
    lay();
    onChange();
  }

  return {
    styles: () => shown()?.styles ?? PLAIN,
    async show(layer) {
      request?.abort();
      if (!layer) return replace(null, null);
      const asked = new AbortController();
      request = asked;
      const { href, baseline_href: baseline = href } = layer;
      const known = [after, before].find((each) => each?.href === baseline);
      const [next, nextBefore] = await Promise.all([
        load(href, layer, asked.signal),
        baseline === href ? null : (known ?? load(baseline, layer, asked.signal)),
      ]);
      if (!asked.signal.aborted) replace(next, nextBefore);
    },
    turn(wanted) {
      if (side === wanted) return false;
      side = wanted;
      if (!before || !after) return false;
      const remembered = valueAt.peek();
      lay();
      // While one swipes, both sides are drawn in every frame: what is read off stays the proposal's.
      if (wanted === "before" && remembered) valueAt.value = remembered;
      return before.styles !== after.styles;
    },
    dispose() {
      request?.abort();
      replace(null, null);
    },
  };
}
