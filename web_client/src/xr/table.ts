/** The table on which a small city stands: a round one in an empty room, or a place on a real one. */
import {
  BufferAttribute,
  type BufferGeometry,
  CircleGeometry,
  CylinderGeometry,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  RingGeometry,
  Vector3,
} from "three";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";
import type { Stage } from "../state/stage";
import { TABLE_RADIUS_M } from "./scales";

const WOOD = [0.46, 0.36, 0.26] as const;
const DARK = [0.22, 0.19, 0.17] as const;
const FLOOR = [0.5, 0.52, 0.53] as const;
const RIM_M = 0.05;
/** The city's lowest ground lies so far above the plate. */
const UNDER_M = 0.035;

export interface Table {
  /** The middle of its plate's surface, in the room. */
  readonly place: Vector3;
  readonly show: (shown: boolean) => void;
  readonly moveTo: (place: Vector3) => void;
  readonly dispose: () => void;
}

function dyed(geometry: BufferGeometry, colour: readonly [number, number, number]): BufferGeometry {
  const count = geometry.getAttribute("position").count;
  const colours = new Float32Array(count * 3);
  for (let index = 0; index < count; index++) colours.set(colour, index * 3);
  geometry.setAttribute("color", new BufferAttribute(colours, 3));
  return geometry;
}

/** A plate with a rim; in an empty room also its leg and a floor to stand on. */
function shapeOf(alone: boolean, height: number): BufferGeometry {
  const outer = TABLE_RADIUS_M + RIM_M;
  const plate = dyed(new CylinderGeometry(outer, outer, 0.03, 64).translate(0, -UNDER_M - 0.015, 0), WOOD);
  const rim = dyed(
    new CylinderGeometry(outer, outer, UNDER_M + 0.012, 64, 1, true).translate(0, -UNDER_M / 2, 0),
    WOOD,
  );
  const edge = dyed(new RingGeometry(TABLE_RADIUS_M, outer, 64).rotateX(-Math.PI / 2).translate(0, 0.006, 0), WOOD);
  if (!alone) return mergeGeometries([plate, rim, edge]);
  const leg = dyed(new CylinderGeometry(0.06, 0.08, height, 16).translate(0, -height / 2 - UNDER_M, 0), DARK);
  const foot = dyed(new CylinderGeometry(0.34, 0.36, 0.03, 32).translate(0, -height + 0.015, 0), DARK);
  const floor = dyed(new CircleGeometry(5, 48).rotateX(-Math.PI / 2).translate(0, -height, 0), FLOOR);
  return mergeGeometries([plate, rim, edge, leg, foot, floor]);
}

export function createTable(stage: Stage, alone: boolean): Table {
  const material = new MeshLambertMaterial({ vertexColors: true, fog: false });
  const place = new Vector3();
  let mesh: Mesh | null = null;

  function build(): void {
    mesh?.geometry.dispose();
    mesh ??= new Mesh(undefined, material);
    mesh.geometry = shapeOf(alone, place.y);
    mesh.position.copy(place);
    stage.add(mesh);
  }

  return {
    place,
    show(shown) {
      if (mesh) mesh.visible = shown;
    },
    moveTo(to) {
      const sunk = Math.abs(to.y - place.y) > 0.005;
      place.copy(to);
      if (!mesh || (alone && sunk)) build();
      mesh?.position.copy(place);
    },
    dispose() {
      if (mesh) stage.remove(mesh);
      mesh?.geometry.dispose();
      material.dispose();
    },
  };
}

/** Finds real surfaces where the visitor points, and shows the one that would be taken. */
export interface Surfaces {
  /** Where the table would stand now; null where nothing was found. */
  readonly found: () => Vector3 | null;
  readonly step: (frame: XRFrame, room: XRReferenceSpace, shown: boolean) => void;
  readonly dispose: () => void;
}

/** A surface is level when its normal leans at most so far. */
const LEVEL = 0.9;

export async function findSurfaces(stage: Stage, session: XRSession): Promise<Surfaces | null> {
  if (!session.requestHitTestSource) return null;
  const sources: XRHitTestSource[] = [];
  const asked = new Set<XRInputSource>();
  /** Along a hand's ray where it has one, else straight ahead of the eyes. */
  async function follow(space: XRSpace): Promise<void> {
    const source = await session.requestHitTestSource?.({ space })?.catch(() => undefined);
    if (source) sources.push(source);
  }
  const viewer = await session.requestReferenceSpace("viewer").catch(() => null);
  if (viewer) await follow(viewer);
  if (sources.length === 0) return null;
  const ring = new Mesh(
    new RingGeometry(0.1, 0.13, 40).rotateX(-Math.PI / 2),
    new MeshBasicMaterial({ color: 0x5fd0c5, fog: false, depthTest: false, transparent: true }),
  );
  ring.visible = false;
  stage.add(ring);
  const matrix = new Matrix4();
  const at = new Vector3();
  let known = false;

  function levelHit(frame: XRFrame, room: XRReferenceSpace): boolean {
    // The hands' rays come after the eyes' own and count more.
    for (const source of [...sources].reverse()) {
      for (const hit of frame.getHitTestResults(source)) {
        const pose = hit.getPose(room);
        if (!pose) continue;
        matrix.fromArray(pose.transform.matrix);
        if ((matrix.elements[5] ?? 0) < LEVEL) continue;
        at.setFromMatrixPosition(matrix);
        return true;
      }
    }
    return false;
  }

  return {
    found: () => (known ? at : null),
    step(frame, room, shown) {
      for (const source of session.inputSources) {
        if (asked.has(source) || source.targetRayMode !== "tracked-pointer") continue;
        asked.add(source);
        void follow(source.targetRaySpace);
      }
      known = shown && levelHit(frame, room);
      ring.visible = known;
      ring.position.copy(at);
    },
    dispose() {
      for (const source of sources) source.cancel();
      stage.remove(ring);
      ring.geometry.dispose();
      ring.material.dispose();
    },
  };
}
