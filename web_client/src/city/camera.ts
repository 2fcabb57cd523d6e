/** The flat camera: orbits a point of the ground or walks at eye height; glides to where it is asked, never below ground. */
import { MathUtils, type PerspectiveCamera, Vector3 } from "three";
import type { XY } from "../state/frame";
import type { CameraMode } from "../state/view";

export const EYE_HEIGHT_M = 1.7;
const NEAREST_M = 12;
const FARTHEST_M = 6_000;
/** The eye keeps so far above the ground when it orbits. */
const CLEARANCE_M = 3;
const STEEPEST_DEG = 89;
const FLATTEST_DEG = 4;
const GLIDE_PER_S = 9;
const FLIGHT_PER_S = 3.2;

export interface Pose {
  readonly mode: CameraMode;
  readonly x: number;
  readonly y: number;
  readonly distance: number;
  readonly heading: number;
  readonly pitch: number;
}

export interface CameraRig {
  readonly pose: () => Pose;
  /** Where the camera is on its way to. */
  readonly goal: () => Pose;
  readonly to: (part: Partial<Pose>, how: "glide" | "fly" | "jump") => void;
  /** Move the goal by metres seen from the camera: to the right, ahead. */
  readonly shift: (right_m: number, ahead_m: number) => void;
  readonly turn: (heading_deg: number, pitch_deg: number) => void;
  /** Come nearer by a factor, keeping the ground point under the pointer where it is. */
  readonly zoom: (factor: number, about: XY | null) => void;
  /** One step of time; true while something moves. */
  readonly step: (seconds: number) => boolean;
  readonly target: () => Vector3;
}

const wrap = (degrees: number) => ((degrees % 360) + 360) % 360;
const shortest = (from: number, to: number) => ((((to - from) % 360) + 540) % 360) - 180;

export interface Ground {
  readonly heightAt: (x: number, y: number) => number | null;
  /** How far one can walk from a point in a direction before a wall, at most `far`. */
  readonly freeAhead: (x: number, y: number, z: number, heading_deg: number, far: number) => number;
}

export function createCamera(
  camera: PerspectiveCamera,
  ground: Ground,
  bounds: () => readonly [number, number, number, number],
): CameraRig {
  let now: Pose = { mode: "orbit", x: 0, y: 0, distance: 500, heading: 0, pitch: 40 };
  let goal: Pose = now;
  let height = 0;
  let knownHeight = false;
  let pace = GLIDE_PER_S;
  const target = new Vector3();
  const gaze = new Vector3();

  function limited(pose: Pose): Pose {
    const [west, south, east, north] = bounds();
    const low = pose.mode === "walk" ? -80 : FLATTEST_DEG;
    return {
      mode: pose.mode,
      x: MathUtils.clamp(pose.x, west - 200, east + 200),
      y: MathUtils.clamp(pose.y, south - 200, north + 200),
      distance: pose.mode === "walk" ? 0 : MathUtils.clamp(pose.distance, NEAREST_M, FARTHEST_M),
      heading: wrap(pose.heading),
      pitch: MathUtils.clamp(pose.pitch, low, pose.mode === "walk" ? 80 : STEEPEST_DEG),
    };
  }

  /** Changing the mode keeps what one looks at: the walker lands at the orbit's centre, the orbit rises from the walker. */
  function inMode(part: Partial<Pose>): Partial<Pose> {
    if (!part.mode || part.mode === goal.mode) return part;
    return part.mode === "walk" ? { pitch: 0, ...part, distance: 0 } : { pitch: 38, distance: 260, ...part };
  }

  function place(): void {
    const found = ground.heightAt(now.x, now.y);
    if (found !== null) {
      height = knownHeight ? MathUtils.lerp(height, found, 0.25) : found;
      knownHeight = true;
    }
    const [heading, pitch] = [now.heading * MathUtils.DEG2RAD, now.pitch * MathUtils.DEG2RAD];
    gaze.set(Math.sin(heading) * Math.cos(pitch), -Math.sin(pitch), -Math.cos(heading) * Math.cos(pitch));
    const eyeHeight = EYE_HEIGHT_M * MathUtils.clamp(1 - now.distance / 40, 0, 1);
    target.set(now.x, height + eyeHeight, -now.y);
    camera.position.copy(target).addScaledVector(gaze, -now.distance);
    if (now.distance > 0.5) {
      const floor = ground.heightAt(camera.position.x, -camera.position.z);
      const lowest = (floor ?? height) + Math.min(CLEARANCE_M, EYE_HEIGHT_M + now.distance * 0.1);
      camera.position.y = Math.max(camera.position.y, lowest);
    }
    camera.lookAt(camera.position.x + gaze.x, camera.position.y + gaze.y, camera.position.z + gaze.z);
    camera.near = MathUtils.clamp(now.distance * 0.02, 0.25, 12);
    camera.far = 9_000 + now.distance * 3;
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
  }

  return {
    pose: () => now,
    goal: () => goal,
    target: () => target,
    to(part, how) {
      goal = limited({ ...goal, ...inMode(part) });
      pace = how === "fly" ? FLIGHT_PER_S : GLIDE_PER_S;
      if (how === "jump") {
        now = goal;
        knownHeight = false;
        place();
      }
    },
    shift(right, ahead) {
      const heading = goal.heading * MathUtils.DEG2RAD;
      let [dx, dy] = [
        Math.cos(heading) * right + Math.sin(heading) * ahead,
        -Math.sin(heading) * right + Math.cos(heading) * ahead,
      ];
      if (goal.mode === "walk") {
        const far = Math.hypot(dx, dy);
        const way = (Math.atan2(dx, dy) * 180) / Math.PI;
        const free = far > 0 ? ground.freeAhead(now.x, now.y, height + 1.1, way, far + 0.5) - 0.5 : 0;
        const share = far > 0 ? Math.max(0, Math.min(1, free / far)) : 0;
        [dx, dy] = [dx * share, dy * share];
      }
      goal = limited({ ...goal, x: goal.x + dx, y: goal.y + dy });
      pace = GLIDE_PER_S;
    },
    turn(heading, pitch) {
      goal = limited({ ...goal, heading: goal.heading + heading, pitch: goal.pitch + pitch });
      pace = GLIDE_PER_S;
    },
    zoom(factor, about) {
      if (goal.mode === "walk") return;
      const distance = MathUtils.clamp(goal.distance * factor, NEAREST_M, FARTHEST_M);
      const share = about && factor < 1 ? 1 - distance / goal.distance : 0;
      const [ax, ay] = about ?? [goal.x, goal.y];
      goal = limited({ ...goal, distance, x: goal.x + (ax - goal.x) * share, y: goal.y + (ay - goal.y) * share });
      pace = GLIDE_PER_S;
    },
    step(seconds) {
      const share = 1 - Math.exp(-pace * seconds);
      const turn = shortest(now.heading, goal.heading);
      const far =
        Math.abs(goal.x - now.x) +
        Math.abs(goal.y - now.y) +
        Math.abs(goal.distance - now.distance) +
        Math.abs(turn) +
        Math.abs(goal.pitch - now.pitch);
      const moving = far > 0.02;
      now = moving
        ? {
            mode: goal.mode,
            x: now.x + (goal.x - now.x) * share,
            y: now.y + (goal.y - now.y) * share,
            distance: now.distance + (goal.distance - now.distance) * share,
            heading: wrap(now.heading + turn * share),
            pitch: now.pitch + (goal.pitch - now.pitch) * share,
          }
        : goal;
      place();
      return moving;
    },
  };
}
