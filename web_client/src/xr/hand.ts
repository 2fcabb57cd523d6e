/** One hand or controller: its ray, what the ray meets, and its thumbstick. */
import {
  BufferGeometry,
  type Group,
  Line,
  LineBasicMaterial,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  Ray,
  RingGeometry,
  SphereGeometry,
  Vector3,
} from "three";
import type { Hit } from "../state/pointer";
import type { Stage } from "../state/stage";

const REACH_M = 400;
const STICK_ON = 0.6;
const STICK_OFF = 0.3;
const RAY = 0xffffff;
const GOOD = 0x5fd0c5;
const BAD = 0xe0684b;

export interface HandCalls {
  /** The ray's length to a panel before it, or null. */
  readonly panelAlong: (ray: Ray) => number | null;
  readonly press: (ray: Ray, hit: Hit | null) => void;
  readonly point: (hit: Hit | null) => void;
  readonly travel: (hit: Hit) => void;
  readonly turn: (sign: 1 | -1) => void;
}

export interface Hand {
  readonly step: () => void;
  readonly dispose: () => void;
}

/** Ground that one can stand on: not roofs, not water. */
export const walkable = (hit: Hit | null): hit is Hit =>
  hit !== null && hit.kind !== "building" && hit.kind !== "water";

export function createHand(stage: Stage, index: number, calls: HandCalls): Hand {
  const controller: Group = stage.renderer.xr.getController(index);
  const geometry = new BufferGeometry().setFromPoints([new Vector3(0, 0, 0), new Vector3(0, 0, -1)]);
  const beam = new Line(geometry, new LineBasicMaterial({ color: RAY, transparent: true, opacity: 0.7, fog: false }));
  beam.frustumCulled = false;
  const dot = new Mesh(new SphereGeometry(0.012, 12, 8), new MeshBasicMaterial({ color: RAY, fog: false }));
  const target = new Mesh(new RingGeometry(0.28, 0.4, 32), new MeshBasicMaterial({ color: GOOD, fog: false }));
  target.rotation.x = -Math.PI / 2;
  controller.add(beam);
  stage.add(controller);
  stage.add(dot);
  stage.add(target);
  const ray = new Ray();
  const turned = new Matrix4();
  const place = new Vector3();
  let source: XRInputSource | null = null;
  let hit: Hit | null = null;
  let aiming = false;
  let tilted = false;

  function aim(): Ray {
    turned.extractRotation(controller.matrixWorld);
    ray.origin.setFromMatrixPosition(controller.matrixWorld);
    ray.direction.set(0, 0, -1).applyMatrix4(turned);
    return ray;
  }

  function stopAiming(): void {
    if (aiming && walkable(hit)) calls.travel(hit);
    aiming = false;
  }

  /** Sideways turns by steps, forward aims at a place and letting go travels there. */
  function readStick(): void {
    const axes = source?.gamepad?.axes;
    const [x, y] = axes && axes.length >= 4 ? [axes[2] ?? 0, axes[3] ?? 0] : [0, 0];
    if (!tilted && Math.abs(x) > STICK_ON && Math.abs(x) > Math.abs(y)) {
      tilted = true;
      calls.turn(x > 0 ? 1 : -1);
    } else if (!tilted && y < -STICK_ON) {
      tilted = true;
      aiming = true;
    } else if (tilted && Math.hypot(x, y) < STICK_OFF) {
      tilted = false;
      stopAiming();
    }
  }

  function show(length: number, onPanel: boolean): void {
    beam.scale.z = Math.min(length, REACH_M);
    place.copy(ray.origin).addScaledVector(ray.direction, beam.scale.z);
    dot.position.copy(place);
    dot.scale.setScalar(Math.max(1, length * 0.35));
    dot.visible = onPanel || (hit !== null && !aiming);
    target.visible = aiming && hit !== null && !onPanel;
    if (!target.visible) return;
    target.position.copy(place).y += 0.03;
    (target.material as MeshBasicMaterial).color.set(walkable(hit) ? GOOD : BAD);
  }

  const listeners = {
    connected: (event: { data: XRInputSource }) => {
      source = event.data;
    },
    disconnected: () => {
      source = null;
      aiming = false;
    },
    select: () => calls.press(aim(), hit),
    squeezestart: () => {
      aiming = true;
    },
    squeezeend: stopAiming,
  } as const;
  const targetOfEvents = controller as unknown as {
    addEventListener: (name: string, listener: (event: never) => void) => void;
    removeEventListener: (name: string, listener: (event: never) => void) => void;
  };
  for (const [name, listener] of Object.entries(listeners)) targetOfEvents.addEventListener(name, listener);

  return {
    step() {
      const held = source !== null && controller.visible;
      beam.visible = held;
      if (!held) {
        dot.visible = target.visible = false;
        return;
      }
      aim();
      const toPanel = calls.panelAlong(ray);
      hit = toPanel === null ? stage.pickRay(ray, REACH_M) : null;
      const [x, y, z] = hit?.point ?? [0, 0, 0];
      const toCity = hit ? stage.world.localToWorld(place.set(x, z, -y)).distanceTo(ray.origin) : REACH_M;
      show(toPanel ?? toCity, toPanel !== null);
      calls.point(hit);
      readStick();
    },
    dispose() {
      for (const [name, listener] of Object.entries(listeners)) targetOfEvents.removeEventListener(name, listener);
      controller.remove(beam);
      for (const each of [controller, dot, target]) stage.remove(each);
      for (const each of [beam, dot, target]) {
        each.geometry.dispose();
        (each.material as MeshBasicMaterial).dispose();
      }
    },
  };
}
