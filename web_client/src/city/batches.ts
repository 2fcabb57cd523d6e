/** Many tiles in few draws: static meshes of one kind share a batch, and models of one name their instances.
 *
 * The tiles' own meshes stay in the scene for picking, on a layer that no camera draws.
 */
import {
  BatchedMesh,
  DynamicDrawUsage,
  Group,
  InstancedBufferAttribute,
  InstancedMesh,
  type Material,
  Matrix4,
  type Mesh,
} from "three";
import type { CityMaterial } from "./material";

/** Cameras draw layer 0, and a headset's eyes 1 and 2. */
export const PICKED_ONLY = 31;

const FIRST_VERTICES = 1 << 17; // more than 65,535, so that indices have 32 bits from the start
const FIRST_INSTANCES = 256;

export interface Batches {
  readonly group: Group;
  /** Draw these meshes and no others; `gone` have left the scene for good. */
  readonly show: (meshes: ReadonlySet<Mesh>, gone: Iterable<Mesh>) => void;
  readonly dispose: () => void;
}

interface Batch {
  readonly show: (mesh: Mesh, on: boolean) => void;
  readonly remove: (mesh: Mesh) => void;
  readonly dispose: () => void;
}

const isInstanced = (mesh: Mesh): mesh is InstancedMesh => "isInstancedMesh" in mesh;

/** Meshes with the same attributes and the same part in shadows can share one draw. */
function kindOf(mesh: Mesh): string {
  const { attributes } = mesh.geometry;
  const layout = Object.keys(attributes)
    .sort()
    .map((name) => `${name}:${attributes[name]?.itemSize}:${attributes[name]?.array.constructor.name}`);
  return [mesh.castShadow, ...layout].join(" ");
}

/** Instances of one model in different tiles; loaders number names that come again. */
function modelOf(mesh: InstancedMesh): string {
  const { geometry, name } = mesh;
  return `${name.replace(/_\d+$/, "")} ${geometry.getAttribute("position").count} ${geometry.index?.count}`;
}

function dressed<M extends Mesh>(made: M, like: Mesh, depth: Material): M {
  made.castShadow = like.castShadow;
  made.receiveShadow = like.receiveShadow;
  made.customDepthMaterial = depth;
  made.frustumCulled = false; // parts of a batch are culled one by one
  made.matrixAutoUpdate = false;
  return made;
}

function createBatch(group: Group, like: Mesh, material: CityMaterial): Batch {
  let vertices = FIRST_VERTICES;
  let corners = 2 * FIRST_VERTICES;
  const batch = dressed(
    new BatchedMesh(FIRST_INSTANCES, vertices, corners, like.material as Material),
    like,
    material.depth,
  );
  batch.sortObjects = false;
  group.add(batch);
  const held = new Map<Mesh, { readonly geometry: number; readonly instance: number; on: boolean }>();

  function makeRoom(wantedVertices: number, wantedCorners: number): void {
    if (held.size >= batch.maxInstanceCount) batch.setInstanceCount(2 * batch.maxInstanceCount);
    if (batch.unusedVertexCount >= wantedVertices && batch.unusedIndexCount >= wantedCorners) return;
    batch.optimize();
    if (batch.unusedVertexCount >= wantedVertices && batch.unusedIndexCount >= wantedCorners) return;
    vertices = 2 * vertices + wantedVertices;
    corners = 2 * corners + wantedCorners;
    batch.setGeometrySize(vertices, corners);
  }

  return {
    show(mesh, on) {
      const known = held.get(mesh);
      if (known) {
        if (known.on !== on) batch.setVisibleAt(known.instance, on);
        known.on = on;
        return;
      }
      if (!on) return;
      makeRoom(mesh.geometry.getAttribute("position").count, mesh.geometry.index?.count ?? 0);
      const geometry = batch.addGeometry(mesh.geometry);
      const instance = batch.addInstance(geometry);
      batch.setMatrixAt(instance, placeOf(mesh));
      held.set(mesh, { geometry, instance, on });
    },
    remove(mesh) {
      const known = held.get(mesh);
      if (!known) return;
      batch.deleteInstance(known.instance);
      batch.deleteGeometry(known.geometry);
      held.delete(mesh);
    },
    dispose() {
      group.remove(batch);
      batch.dispose();
    },
  };
}

/** Where a mesh stands in the group of all tiles. */
const placeOf = (mesh: Mesh): Matrix4 => mesh.userData.place as Matrix4;

function createGrove(group: Group, like: InstancedMesh, material: CityMaterial) {
  const shown = new Set<InstancedMesh>();
  let drawn: InstancedMesh | null = null;
  let stale = false;

  function grow(count: number): InstancedMesh {
    const geometry = like.geometry.clone();
    const capacity = Math.max(64, 2 * count);
    geometry.setAttribute("slot", new InstancedBufferAttribute(new Float32Array(capacity), 1));
    const made = dressed(new InstancedMesh(geometry, like.material, capacity), like, material.depth);
    made.instanceMatrix.setUsage(DynamicDrawUsage);
    discard();
    group.add(made);
    return made;
  }

  function discard(): void {
    if (!drawn) return;
    group.remove(drawn);
    drawn.geometry.dispose();
    drawn.dispose();
    drawn = null;
  }

  return {
    show(mesh: InstancedMesh, on: boolean) {
      if (shown.has(mesh) === on) return;
      if (on) shown.add(mesh);
      else shown.delete(mesh);
      stale = true;
    },
    settle() {
      if (!stale) return;
      stale = false;
      const count = [...shown].reduce((sum, mesh) => sum + mesh.count, 0);
      if (!drawn || drawn.instanceMatrix.count < count) drawn = grow(count);
      const slots = drawn.geometry.getAttribute("slot");
      const matrix = new Matrix4();
      let at = 0;
      for (const mesh of shown) {
        const own = mesh.geometry.getAttribute("slot");
        for (let index = 0; index < mesh.count; index++, at++) {
          mesh.getMatrixAt(index, matrix);
          drawn.setMatrixAt(at, matrix.premultiply(placeOf(mesh)));
          slots.setX(at, own.getX(index));
        }
      }
      drawn.count = count;
      drawn.visible = count > 0;
      drawn.instanceMatrix.needsUpdate = true;
      slots.needsUpdate = true;
    },
    dispose: discard,
  };
}

export function createBatches(material: CityMaterial): Batches {
  const group = new Group();
  group.rotation.x = -Math.PI / 2;
  const batches = new Map<string, Batch>();
  const groves = new Map<string, ReturnType<typeof createGrove>>();
  let now: ReadonlySet<Mesh> = new Set();

  function put(mesh: Mesh, on: boolean): void {
    if (isInstanced(mesh)) {
      const key = modelOf(mesh);
      const grove = groves.get(key) ?? createGrove(group, mesh, material);
      groves.set(key, grove);
      grove.show(mesh, on);
      return;
    }
    const key = kindOf(mesh);
    const batch = batches.get(key) ?? createBatch(group, mesh, material);
    batches.set(key, batch);
    batch.show(mesh, on);
  }

  return {
    group,
    show(meshes, gone) {
      for (const mesh of gone) {
        if (isInstanced(mesh)) groves.get(modelOf(mesh))?.show(mesh, false);
        else batches.get(kindOf(mesh))?.remove(mesh);
      }
      for (const mesh of now) if (!meshes.has(mesh)) put(mesh, false);
      for (const mesh of meshes) put(mesh, true);
      for (const grove of groves.values()) grove.settle();
      now = meshes;
    },
    dispose() {
      for (const batch of batches.values()) batch.dispose();
      for (const grove of groves.values()) grove.dispose();
    },
  };
}
