/** Where a visitor stands: the city is moved, turned and scaled about the visitor, whose own room stays as it is. */
import { type Group, MathUtils, Vector3 } from "three";

type Point = readonly [number, number, number];

export interface Standing {
  /** Stand on a point of the scene (x east, y north, z up, metres), the head above it. */
  readonly on: (point: Point) => void;
  /** Put a point of the scene at a place of the room. */
  readonly put: (point: Point, place: Vector3) => void;
  /** One metre of the room is so many of the city. */
  readonly setScale: (factor: number) => void;
  readonly scale: () => number;
  /** Turn about the head, or about a place of the room; clockwise seen from above. */
  readonly turn: (degrees: number, about?: Vector3) => void;
  /** Face a heading, clockwise from north. */
  readonly face: (heading_deg: number) => void;
  /** Carry the city along by metres of the room. */
  readonly carry: (by: Vector3) => void;
  /** Scene metres of a place of the room. */
  readonly pointAt: (place: Vector3) => Point;
  /** The head in the scene: place, and where it looks. */
  readonly where: () => { x: number; y: number; z: number; heading_deg: number; pitch_deg: number };
  /** Heading in the scene of a direction in the room. */
  readonly headingOf: (direction: Vector3) => number;
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
  const feet = new Vector3();

  function turnTo(angle: number, about: Vector3): void {
    world.position
      .sub(about)
      .applyAxisAngle(UP, angle - world.rotation.y)
      .add(about);
    world.rotation.y = angle;
    world.updateMatrixWorld(true);
  }

  function put([x, y, z]: Point, place: Vector3): void {
    point.set(x, z, -y).multiplyScalar(world.scale.x).applyAxisAngle(UP, world.rotation.y);
    world.position.copy(place).sub(point);
    world.updateMatrixWorld(true);
  }

  const headingOf = (direction: Vector3) =>
    MathUtils.euclideanModulo((Math.atan2(direction.x, -direction.z) + world.rotation.y) * MathUtils.RAD2DEG, 360);

  return {
    put,
    headingOf,
    on(at) {
      head(position, gaze);
      put(at, feet.set(position.x, floor(), position.z));
    },
    setScale(factor) {
      world.scale.setScalar(1 / factor);
      world.updateMatrixWorld(true);
    },
    scale: () => 1 / world.scale.x,
    turn(degrees, about) {
      head(position, gaze);
      turnTo(world.rotation.y + degrees * MathUtils.DEG2RAD, about ?? position);
    },
    face(heading) {
      head(position, gaze);
      turnTo(heading * MathUtils.DEG2RAD - Math.atan2(gaze.x, -gaze.z), position);
    },
    carry(by) {
      world.position.add(by);
      world.updateMatrixWorld(true);
    },
    pointAt(place) {
      world.worldToLocal(point.copy(place));
      return [point.x, -point.z, point.y];
    },
    where() {
      head(position, gaze);
      world.worldToLocal(point.copy(position));
      const pitch = Math.asin(MathUtils.clamp(gaze.y, -1, 1));
      return {
        x: point.x,
        y: -point.z,
        z: point.y,
        heading_deg: headingOf(gaze),
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
