/** Where a visitor stands: the city is moved under the feet, the visitor's own room stays as it is. */
import { type Group, MathUtils, Vector3 } from "three";

export interface Standing {
  /** Stand on a point of the scene (x east, y north, z up, metres), the head above it. */
  readonly on: (point: readonly [number, number, number]) => void;
  /** Turn about the head; clockwise seen from above. */
  readonly turn: (degrees: number) => void;
  /** Face a heading, clockwise from north. */
  readonly face: (heading_deg: number) => void;
  /** The head in the scene: place, and where it looks. */
  readonly where: () => { x: number; y: number; z: number; heading_deg: number; pitch_deg: number };
  /** Put the city back for flat screens. */
  readonly leave: () => void;
}

const UP = new Vector3(0, 1, 0);

/** `head` gives the head's position and gaze in three's world; `floor` is the height of the feet there. */
export function createStanding(
  world: Group,
  head: (position: Vector3, gaze: Vector3) => void,
  floor: () => number,
): Standing {
  const position = new Vector3();
  const gaze = new Vector3();
  const point = new Vector3();

  function turnTo(angle: number): void {
    head(position, gaze);
    world.position
      .sub(position)
      .applyAxisAngle(UP, angle - world.rotation.y)
      .add(position);
    world.rotation.y = angle;
    world.updateMatrixWorld(true);
  }

  /** Heading of the gaze in the room, clockwise from -z. */
  function gazeHeading(): number {
    head(position, gaze);
    return Math.atan2(gaze.x, -gaze.z);
  }

  return {
    on([x, y, z]) {
      head(position, gaze);
      point.set(x, z, -y).multiplyScalar(world.scale.x).applyAxisAngle(UP, world.rotation.y);
      world.position.set(position.x, floor(), position.z).sub(point);
      world.updateMatrixWorld(true);
    },
    turn: (degrees) => turnTo(world.rotation.y + degrees * MathUtils.DEG2RAD),
    face: (heading) => turnTo(heading * MathUtils.DEG2RAD - gazeHeading()),
    where() {
      const heading = gazeHeading() + world.rotation.y;
      const pitch = Math.asin(MathUtils.clamp(gaze.y, -1, 1));
      point.copy(position);
      world.worldToLocal(point);
      return {
        x: point.x,
        y: -point.z,
        z: point.y,
        heading_deg: MathUtils.euclideanModulo(heading * MathUtils.RAD2DEG, 360),
        pitch_deg: -pitch * MathUtils.RAD2DEG,
      };
    },
    leave() {
      world.position.set(0, 0, 0);
      world.rotation.set(0, 0, 0);
      world.scale.setScalar(1);
      world.updateMatrixWorld(true);
    },
  };
}
