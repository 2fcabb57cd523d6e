/** What a tile's meshes need before they are drawn: slots for their features, a tree for rays, the city's material. */
import {
  type BufferAttribute,
  Float32BufferAttribute,
  InstancedBufferAttribute,
  type InstancedMesh,
  Matrix4,
  type Mesh,
  type Object3D,
  Vector3,
} from "three";
import { MeshBVH } from "three-mesh-bvh";
import type { FeatureState, SlotFacts, SlotRange } from "./featureState";
import type { CityMaterial } from "./material";
import { tableOf } from "./propertyTable";

/** Surface code of things without one: plain objects. */
const OBJECT = 18;

export interface TileMeshes {
  readonly key: string;
  readonly layer: string;
  readonly slots: SlotRange;
  readonly meshes: readonly Mesh[];
  /** Property row of a slot in this tile. */
  readonly property: (slot: number, name: string) => string | null;
  readonly release: () => void;
}

const isMesh = (object: Object3D): object is Mesh => "isMesh" in object;
const isInstanced = (mesh: Mesh): mesh is InstancedMesh => "isInstancedMesh" in mesh;

/** A number that is the same for a feature on every machine, 0 to 1 (FNV-1a). */
export function seedOf(id: string): number {
  let hash = 2166136261;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 16777619);
  return ((hash >>> 8) & 0xffff) / 0xffff;
}

const featureIds = (mesh: Mesh) => mesh.geometry.getAttribute("_feature_id_0") as BufferAttribute | undefined;

/** Lowest and highest point of each feature, in metres of the scene. */
function extents(meshes: readonly Mesh[], count: number): Float32Array {
  const found = new Float32Array(count * 2);
  for (let row = 0; row < count; row++) found.set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], row * 2);
  const point = new Vector3();
  const matrix = new Matrix4();
  const note = (row: number, height: number) => {
    if (row < 0 || row >= count) return;
    found[row * 2] = Math.min(found[row * 2] as number, height);
    found[row * 2 + 1] = Math.max(found[row * 2 + 1] as number, height);
  };
  for (const mesh of meshes) {
    const [ids, position] = [featureIds(mesh), mesh.geometry.getAttribute("position")];
    if (!ids || !position) continue;
    const rows = isInstanced(mesh) ? mesh.count : position.count;
    for (let index = 0; index < rows; index++) {
      if (isInstanced(mesh)) {
        mesh.getMatrixAt(index, matrix);
        point.setFromMatrixPosition(matrix);
      } else point.fromBufferAttribute(position, index);
      note(Math.round(ids.getX(index)), point.applyMatrix4(mesh.matrixWorld).z);
    }
  }
  return found;
}

function prepareGeometry(mesh: Mesh, first: number): void {
  const { geometry } = mesh;
  const vertices = geometry.getAttribute("position").count;
  const ids = featureIds(mesh);
  const rows = isInstanced(mesh) ? mesh.count : vertices;
  const slots = new Float32Array(rows);
  for (let index = 0; index < rows; index++) slots[index] = first + Math.round(ids?.getX(index) ?? 0);
  geometry.setAttribute(
    "slot",
    isInstanced(mesh) ? new InstancedBufferAttribute(slots, 1) : new Float32BufferAttribute(slots, 1),
  );
  geometry.deleteAttribute("_feature_id_0");
  if (!geometry.getAttribute("_surface")) {
    geometry.setAttribute("_surface", new Float32BufferAttribute(new Float32Array(vertices).fill(OBJECT), 1));
  }
  if (!geometry.getAttribute("color")) {
    geometry.setAttribute("color", new Float32BufferAttribute(new Float32Array(vertices * 3).fill(0.6), 3));
  }
}

/** Take slots for a tile's features and dress its meshes; `scene` is a root in scene metres, z up. */
export function dressTile(
  scene: Object3D,
  key: string,
  state: FeatureState,
  material: CityMaterial,
  styled: boolean,
): TileMeshes {
  const table = tableOf(scene);
  const meshes: Mesh[] = [];
  scene.updateMatrixWorld(true);
  scene.traverse((object) => {
    if (isMesh(object)) meshes.push(object);
  });
  const heights = extents(meshes, table.ids.length);
  const facts = table.ids.map((id, row): SlotFacts => {
    const [base, top] = [heights[row * 2] as number, heights[row * 2 + 1] as number];
    return { base: Number.isFinite(base) ? base : 0, top: Number.isFinite(top) ? top : 0, seed: seedOf(id), code: 0 };
  });
  // Ground that is nobody's has the row after the last.
  const nobody: SlotFacts = { base: 0, top: 0, seed: 0.5, code: 0 };
  const slots = state.take([...table.ids, ""], [...facts, nobody], styled);
  const layer = key.split("/")[0] ?? "";
  const dressed = new Set<object>();
  for (const mesh of meshes) {
    // Instanced meshes of one model may share their geometry, but not their slots.
    if (dressed.has(mesh.geometry)) mesh.geometry = mesh.geometry.clone();
    dressed.add(mesh.geometry);
    prepareGeometry(mesh, slots.first);
    mesh.material = mesh.geometry.getAttribute("normal") ? material.smooth : material.flat;
    mesh.customDepthMaterial = material.depth;
    mesh.castShadow = layer !== "ground";
    mesh.receiveShadow = true;
    mesh.userData.tileKey = key;
    if (!isInstanced(mesh)) mesh.geometry.boundsTree = new MeshBVH(mesh.geometry, { indirect: true });
  }
  return {
    key,
    layer,
    slots,
    meshes,
    property: (slot, name) => table.text(name, slot - slots.first),
    release() {
      state.release(slots);
      for (const mesh of meshes) delete mesh.geometry.boundsTree;
    },
  };
}
