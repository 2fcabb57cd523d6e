/** The property table `feature` of a tile (EXT_structural_metadata), read once into columns. */
import type { GLTFLoaderPlugin, GLTFParser } from "three/addons/loaders/GLTFLoader.js";

export interface FeatureTable {
  readonly ids: readonly string[];
  readonly kinds: readonly string[];
  readonly text: (name: string, row: number) => string | null;
}

interface TableJson {
  readonly class: string;
  readonly count: number;
  readonly properties: Readonly<
    Record<
      string,
      { values: number; stringOffsets?: number; stringOffsetType?: "UINT8" | "UINT16" | "UINT32" | "UINT64" }
    >
  >;
}
interface MetadataJson {
  readonly schema?: {
    readonly classes?: Readonly<
      Record<
        string,
        { readonly properties: Readonly<Record<string, { type: string; componentType?: string; enumType?: string }>> }
      >
    >;
    readonly enums?: Readonly<
      Record<string, { readonly valueType?: string; readonly values: readonly { name: string; value: number }[] }>
    >;
  };
  readonly propertyTables?: readonly TableJson[];
}

const EMPTY: FeatureTable = { ids: [], kinds: [], text: () => null };
const tables = new WeakMap<object, FeatureTable>();
const decoder = new TextDecoder();

const NUMBERS = {
  INT8: Int8Array,
  UINT8: Uint8Array,
  INT16: Int16Array,
  UINT16: Uint16Array,
  INT32: Int32Array,
  UINT32: Uint32Array,
  FLOAT32: Float32Array,
  FLOAT64: Float64Array,
  UINT64: BigUint64Array,
} as const;
type ComponentType = keyof typeof NUMBERS;

const isComponentType = (name: string): name is ComponentType => Object.hasOwn(NUMBERS, name);

function numbers(bytes: ArrayBuffer, type: string, count: number): readonly number[] {
  if (!isComponentType(type)) return new Array<number>(count).fill(0);
  const made = new NUMBERS[type](
    bytes,
    0,
    Math.min(count, Math.floor(bytes.byteLength / NUMBERS[type].BYTES_PER_ELEMENT)),
  );
  return Array.from(made as Iterable<number | bigint>, Number);
}

async function column(
  parser: GLTFParser,
  metadata: MetadataJson,
  table: TableJson,
  name: string,
): Promise<readonly string[]> {
  const property = metadata.schema?.classes?.[table.class]?.properties[name];
  const stored = table.properties[name];
  if (!property || !stored) return [];
  const values = (await parser.getDependency("bufferView", stored.values)) as ArrayBuffer;
  if (property.type === "STRING" && stored.stringOffsets !== undefined) {
    const offsetBytes = (await parser.getDependency("bufferView", stored.stringOffsets)) as ArrayBuffer;
    const offsets = numbers(offsetBytes, stored.stringOffsetType ?? "UINT32", table.count + 1);
    return Array.from({ length: table.count }, (_, row) =>
      decoder.decode(new Uint8Array(values, offsets[row] ?? 0, (offsets[row + 1] ?? 0) - (offsets[row] ?? 0))),
    );
  }
  if (property.type === "ENUM") {
    const kind = metadata.schema?.enums?.[property.enumType ?? ""];
    const names = new Map(kind?.values.map((each) => [each.value, each.name]));
    return numbers(values, kind?.valueType ?? "UINT16", table.count).map((value) => names.get(value) ?? "");
  }
  return numbers(values, property.componentType ?? "FLOAT32", table.count).map(String);
}

async function readTable(parser: GLTFParser): Promise<FeatureTable> {
  const metadata = parser.json.extensions?.EXT_structural_metadata as MetadataJson | undefined;
  const table = metadata?.propertyTables?.[0];
  if (!metadata || !table) return EMPTY;
  const names = Object.keys(table.properties);
  const columns = new Map<string, readonly string[]>();
  for (const name of names) columns.set(name, await column(parser, metadata, table, name));
  return {
    ids: columns.get("id") ?? [],
    kinds: columns.get("kind") ?? [],
    text: (name, row) => columns.get(name)?.[row] ?? null,
  };
}

/** A plugin of three's GLTFLoader that keeps the table beside the scene it belongs to. */
export const featureTablePlugin = (parser: GLTFParser): GLTFLoaderPlugin => ({
  name: "EXT_structural_metadata",
  async afterRoot(result) {
    tables.set(result.scene, await readTable(parser));
  },
});

export const tableOf = (scene: object): FeatureTable => tables.get(scene) ?? EMPTY;
