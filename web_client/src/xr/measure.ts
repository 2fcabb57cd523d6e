/** What a ray measures in the city: how near it passes a place, and how high it passes an upright. */
import { type Group, MathUtils, type Ray, Vector3 } from "three";
import type { XY } from "../state/frame";
import type { RayMeasures } from "../state/pointer";

/** A ray that is so nearly upright tells no height. */
const FLATTEST = 0.02;

/** The ray is in three's world, the places in scene metres; both may move until it is asked. */
export function measuresOf(ray: Ray, world: Group): RayMeasures {
  const place = new Vector3();
  const origin = new Vector3();
  const direction = new Vector3();
  const toRoom = ([x, y]: XY, z: number) => world.localToWorld(place.set(x, z, -y));
  return {
    gap_deg(at, z) {
      toRoom(at, z).sub(ray.origin);
      return place.angleTo(ray.direction) * MathUtils.RAD2DEG;
    },
    heightOver([x, y]) {
      world.worldToLocal(origin.copy(ray.origin));
      world.worldToLocal(direction.copy(ray.origin).add(ray.direction)).sub(origin).normalize();
      const flat = direction.x ** 2 + direction.z ** 2;
      if (flat < FLATTEST ** 2) return null;
      // Where the ray, seen from above, is nearest to the upright.
      const along = ((x - origin.x) * direction.x + (-y - origin.z) * direction.z) / flat;
      return along > 0 ? origin.y + direction.y * along : null;
    },
    reach_m(at, degrees) {
      const far = toRoom(at, 0).distanceTo(ray.origin) / world.scale.x;
      return far * Math.tan(degrees * MathUtils.DEG2RAD);
    },
  };
}
