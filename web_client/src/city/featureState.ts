/** Colour and visibility of every loaded feature, in a texture that the shaders read by slot.
 *
 * A slot is one feature in one tile. Hiding, highlighting and recolouring write a few bytes here and touch no geometry.
 */
import { DataTexture, FloatType, NearestFilter, RGBAFormat, UnsignedByteType } from "three";

const WIDTH = 512;
const FIRST_ROWS = 64;

/** How a feature is drawn: hidden, or its own colour mixed with another. */
export type FeatureStyle = { readonly hidden: true } | { readonly colour: number; readonly mix: number };

export interface SlotFacts {
  readonly base: number;
  readonly top: number;
  readonly seed: number;
  readonly code: number;
}

export interface SlotRange {
  readonly first: number;
  readonly ids: readonly string[];
  readonly styled: boolean;
}

export interface FeatureState {
  readonly uniforms: { readonly uState: { value: DataTexture }; readonly uFacts: { value: DataTexture } };
  /** Take slots for the features of a tile. `styled: false`: they keep their own look (the city before the change). */
  readonly take: (ids: readonly string[], facts: readonly SlotFacts[], styled: boolean) => SlotRange;
  readonly release: (range: SlotRange) => void;
  readonly idOf: (slot: number) => string | null;
  readonly isHidden: (slot: number) => boolean;
  /** Replace all styles at once; what is not named is drawn as it is. */
  readonly style: (styles: ReadonlyMap<string, FeatureStyle>) => void;
  readonly has: (id: string) => boolean;
  /** Lowest and highest point of a loaded feature in metres, or null. */
  readonly extent: (id: string) => readonly [number, number] | null;
  readonly dispose: () => void;
}

function texture(data: Uint8Array | Float32Array, rows: number): DataTexture {
  const made = new DataTexture(
    data,
    WIDTH,
    rows,
    RGBAFormat,
    data instanceof Uint8Array ? UnsignedByteType : FloatType,
  );
  made.minFilter = NearestFilter;
  made.magFilter = NearestFilter;
  made.needsUpdate = true;
  return made;
}

export function createFeatureState(): FeatureState {
  let rows = FIRST_ROWS;
  let colours = new Uint8Array(WIDTH * rows * 4);
  let facts = new Float32Array(WIDTH * rows * 4);
  const uniforms = { uState: { value: texture(colours, rows) }, uFacts: { value: texture(facts, rows) } };
  const ids: (string | null)[] = [];
  const styled: boolean[] = [];
  const slotsOf = new Map<string, number[]>();
  const free: { first: number; count: number }[] = [];
  let end = 0;
  let styles: ReadonlyMap<string, FeatureStyle> = new Map();

  function grow(slots: number): void {
    if (slots <= rows * WIDTH) return;
    while (slots > rows * WIDTH) rows *= 2;
    const [moreColours, moreFacts] = [new Uint8Array(WIDTH * rows * 4), new Float32Array(WIDTH * rows * 4)];
    moreColours.set(colours);
    moreFacts.set(facts);
    [colours, facts] = [moreColours, moreFacts];
    uniforms.uState.value.dispose();
    uniforms.uFacts.value.dispose();
    uniforms.uState.value = texture(colours, rows);
    uniforms.uFacts.value = texture(facts, rows);
  }

  function find(count: number): number {
    const index = free.findIndex((each) => each.count >= count);
    const hole = free[index];
    if (!hole) {
      const first = end;
      end += count;
      grow(end);
      return first;
    }
    const { first } = hole;
    if (hole.count === count) free.splice(index, 1);
    else free[index] = { first: first + count, count: hole.count - count };
    return first;
  }

  /** Write the look of one slot: alpha 0 hidden, 255 its own colour, between them the share of the other colour. */
  function write(slot: number): void {
    const id = ids[slot];
    const style = id && styled[slot] ? styles.get(id) : undefined;
    const at = slot * 4;
    if (!style) colours.set([0, 0, 0, 255], at);
    else if ("hidden" in style) colours.set([0, 0, 0, 0], at);
    else {
      const { colour, mix } = style;
      colours.set([(colour >> 16) & 255, (colour >> 8) & 255, colour & 255, 1 + Math.round(mix * 253)], at);
    }
  }

  return {
    uniforms,
    take(taken, takenFacts, withStyle) {
      const first = find(Math.max(taken.length, 1));
      taken.forEach((id, index) => {
        const slot = first + index;
        const known = slotsOf.get(id);
        if (known) known.push(slot);
        else slotsOf.set(id, [slot]);
        ids[slot] = id;
        styled[slot] = withStyle;
        write(slot);
        const fact = takenFacts[index];
        if (fact) facts.set([fact.base, fact.top, fact.seed, fact.code], slot * 4);
      });
      uniforms.uState.value.needsUpdate = true;
      uniforms.uFacts.value.needsUpdate = true;
      return { first, ids: taken, styled: withStyle };
    },
    release({ first, ids: released }) {
      released.forEach((id, index) => {
        const left = (slotsOf.get(id) ?? []).filter((slot) => slot !== first + index);
        if (left.length) slotsOf.set(id, left);
        else slotsOf.delete(id);
        ids[first + index] = null;
      });
      free.push({ first, count: Math.max(released.length, 1) });
    },
    idOf: (slot) => ids[slot] ?? null,
    isHidden: (slot) => colours[slot * 4 + 3] === 0,
    style(next) {
      const touched = new Set([...styles.keys(), ...next.keys()]);
      styles = next;
      for (const id of touched) for (const slot of slotsOf.get(id) ?? []) write(slot);
      if (touched.size) uniforms.uState.value.needsUpdate = true;
    },
    has: (id) => slotsOf.has(id),
    extent(id) {
      const slots = slotsOf.get(id);
      if (!slots?.length) return null;
      const low = Math.min(...slots.map((slot) => facts[slot * 4] ?? 0));
      const high = Math.max(...slots.map((slot) => facts[slot * 4 + 1] ?? 0));
      return [low, high];
    },
    dispose() {
      uniforms.uState.value.dispose();
      uniforms.uFacts.value.dispose();
    },
  };
}
