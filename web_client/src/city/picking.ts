/** From a ray to the feature it meets, and from a place to the height of the ground there. */
import {
  BufferAttribute,
  type Group,
  type InstancedMesh,
  type Intersection,
  Matrix4,
  type Mesh,
  type Ray,
  Raycaster,
  Vector3,
} from "three";
import { acceleratedRaycast } from "three-mesh-bvh";
import type { XY } from "../state/frame";
import type { Hit } from "../state/pointer";
import { PICKED_ONLY } from "./batches";
import type { FeatureState } from "./featureState";
import type { CityTiles } from "./tiles";

export interface Picking {
  /** What a ray in three's world meets first among what is visible. */
  readonly pick: (ray: Ray, far?: number) => Hit | null;
  /** Where a ray meets the ground, through all that stands on it. */
  readonly ground: (ray: Ray) => XY | null;
  readonly heightAt: (x: number, y: number) => number | null;
  /** Free way along the ground before something that stands on it, metres, at most `far`. */
  readonly freeAhead: (x: number, y: number, z: number, heading_deg: number, far: number) => number;
}

const SKY_M = 3_000;
const isInstanced = (mesh: Mesh): mesh is InstancedMesh => "isInstancedMesh" in mesh;

/** Rays go through the mesh's own tree where it has one; instanced meshes are few triangles each. */
function castable(mesh: Mesh): void {
  if (!isInstanced(mesh) && mesh.raycast !== acceleratedRaycast) mesh.raycast = acceleratedRaycast;
}

function slotOf(found: Intersection): number | null {
  const mesh = found.object as Mesh;
  const slots = mesh.geometry.getAttribute("slot");
  if (!(slots instanceof BufferAttribute)) return null;
  if (isInstanced(mesh)) return found.instanceId === undefined ? null : slots.getX(found.instanceId);
  return found.face ? slots.getX(found.face.a) : null;
}

export function createPicking(tiles: CityTiles, state: FeatureState, world: Group): Picking {
  const raycaster = new Raycaster();
  const down = new Raycaster();
  for (const caster of [raycaster, down]) caster.layers.enable(PICKED_ONLY);
  const toCity = new Matrix4();
  const point = new Vector3();
  const origin = new Vector3();
  const direction = new Vector3();

  function meet(caster: Raycaster, only: (mesh: Mesh) => boolean): Intersection | null {
    const meshes = tiles.meshes().filter(only);
    meshes.forEach(castable);
    // Hidden features stay in the trees, so the first visible of all hits counts.
    for (const found of caster.intersectObjects(meshes, false)) {
      const slot = slotOf(found);
      if (slot !== null && !state.isHidden(slot)) return found;
    }
    return null;
  }

  /** A ray given in scene metres, as three's world has it now. */
  function aim(caster: Raycaster, far: number): void {
    caster.ray.origin.copy(origin).applyMatrix4(world.matrixWorld);
    caster.ray.direction.copy(direction).transformDirection(world.matrixWorld);
    caster.far = far * world.scale.x;
  }

  const onGround = (mesh: Mesh) => tiles.tileOf(mesh)?.layer === "ground";
  const inCity = (found: Intersection) => point.copy(found.point).applyMatrix4(toCity.copy(world.matrixWorld).invert());

  return {
    pick(ray, far = Number.POSITIVE_INFINITY) {
      raycaster.ray.copy(ray);
      raycaster.far = far;
      const found = meet(raycaster, () => true);
      if (!found) return null;
      const slot = slotOf(found) as number;
      const { x, y, z } = inCity(found);
      const id = state.idOf(slot);
      const kind = tiles.tileOf(found.object as Mesh)?.property(slot, "kind") ?? null;
      return { id: id || null, kind, point: [x, -z, y], ground: [x, -z] };
    },
    ground(ray) {
      raycaster.ray.copy(ray);
      raycaster.far = Number.POSITIVE_INFINITY;
      const found = meet(raycaster, onGround);
      if (!found) return null;
      const { x, z } = inCity(found);
      return [x, -z];
    },
    heightAt(x, y) {
      origin.set(x, SKY_M, -y);
      direction.set(0, -1, 0);
      aim(down, SKY_M * 2);
      const found = meet(down, onGround);
      return found ? inCity(found).y : null;
    },
    freeAhead(x, y, z, heading, far) {
      const angle = (heading * Math.PI) / 180;
      origin.set(x, z, -y);
      direction.set(Math.sin(angle), 0, -Math.cos(angle));
      aim(down, far);
      const found = meet(down, (mesh) => tiles.tileOf(mesh)?.layer === "buildings");
      return found ? found.distance / world.scale.x : far;
    },
  };
}
