/** An impact layer on the city: values of features as their colours, a grid as a cloth over the ground. */
import { DataTexture, LinearFilter, RGBAFormat, SRGBColorSpace } from "three";
import { colourOf, featureValues, gridData, gridPixels } from "../state/ramp";
import { fetchLayerData } from "../wire/http";
import type { ImpactLayer } from "../wire/types";
import type { FeatureStyle } from "./featureState";
import type { CityUniforms } from "./material";

const FEATURE_MIX = 0.92;
const GRID_MIX = 0.78;

export interface Painter {
  /** Colours of features under the layer that is shown. */
  readonly styles: () => ReadonlyMap<string, FeatureStyle>;
  /** Show a layer, or none; resolves when it is on the city. */
  readonly show: (layer: ImpactLayer | null) => Promise<void>;
  readonly dispose: () => void;
}

export function createPainter(uniforms: CityUniforms, onChange: () => void): Painter {
  let styles: ReadonlyMap<string, FeatureStyle> = new Map();
  let request: AbortController | null = null;

  function clear(): void {
    styles = new Map();
    uniforms.uGrid.value?.dispose();
    uniforms.uGrid.value = null;
    uniforms.uGridMix.value = 0;
  }

  function layGrid(data: unknown, layer: ImpactLayer): void {
    if (!layer.grid || !(data instanceof ArrayBuffer)) return;
    const grid = gridData(layer.grid, data);
    const cloth = new DataTexture(gridPixels(grid, layer.legend), grid.columns, grid.rows, RGBAFormat);
    cloth.colorSpace = SRGBColorSpace;
    cloth.minFilter = LinearFilter;
    cloth.magFilter = LinearFilter;
    cloth.needsUpdate = true;
    uniforms.uGrid.value = cloth;
    uniforms.uGridMix.value = GRID_MIX;
    uniforms.uGridBounds.value.set(grid.x0, grid.y0, 1 / (grid.columns * grid.cell_m), 1 / (grid.rows * grid.cell_m));
  }

  return {
    styles: () => styles,
    async show(layer) {
      request?.abort();
      if (!layer) {
        clear();
        uniforms.uPale.value = 0;
        onChange();
        return;
      }
      const asked = new AbortController();
      request = asked;
      const data = await fetchLayerData(layer.href, asked.signal);
      if (asked.signal.aborted) return;
      clear();
      uniforms.uPale.value = 1;
      if (layer.on === "grid") layGrid(data, layer);
      else {
        styles = new Map(
          [...featureValues(data)].map(([id, value]) => [
            id,
            { colour: colourOf(layer.legend, value), mix: FEATURE_MIX },
          ]),
        );
      }
      onChange();
    },
    dispose() {
      request?.abort();
      clear();
    },
  };
}
