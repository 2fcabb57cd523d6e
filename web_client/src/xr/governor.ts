/** Keeps the picture in a headset within what it can draw in time: detail goes first, then what is small and far. */
import { type InstancedMesh, Vector3 } from "three";
import type { XY } from "../state/frame";
import type { Piece, Stage } from "../state/stage";

/** Draws without counting the second eye, and triangles, as notes of other WebXR cities advise for a Quest. */
export const MOST_DRAWS = 60;
export const MOST_TRIANGLES = 400_000;
const COARSEST = 12;
const EASE = 0.7;
const DECIDE_EVERY_S = 0.5;

export interface Load {
  readonly draws: number;
  readonly triangles: number;
}

/** The next coarseness: rises while too much is wanted, falls again where there is ample room. */
export function coarser(now: number, wanted: Load, most: Load): number {
  if (wanted.draws > most.draws || wanted.triangles > most.triangles) return Math.min(COARSEST, now * 1.3);
  const room = wanted.draws < most.draws * EASE && wanted.triangles < most.triangles * EASE;
  return room ? Math.max(1, now / 1.15) : now;
}

export interface Weighed {
  readonly triangles: number;
  /** What is lost to the eye when it is left out. */
  readonly weight: number;
}

/** Which of the pieces fit, the weightiest first. */
export function chosen<T extends Weighed>(pieces: readonly T[], most: Load): ReadonlySet<T> {
  const kept = new Set<T>();
  let [draws, triangles] = [0, 0];
  for (const piece of [...pieces].sort((a, b) => b.weight - a.weight)) {
    if (draws + 1 > most.draws || triangles + piece.triangles > most.triangles) continue;
    draws += 1;
    triangles += piece.triangles;
    kept.add(piece);
  }
  return kept;
}

/** Without ground there is a hole, without a house a gap, without a lamp hardly anything. */
const WORTH: Readonly<Record<string, number>> = { ground: 400, buildings: 20, furniture: 1 };
const OF_OTHERS = 5;

export interface Governor {
  /** `table`: where only a round piece of the city is shown. */
  readonly step: (seconds: number, eye: Vector3, table: { readonly at: XY; readonly radius_m: number } | null) => void;
  readonly dispose: () => void;
}

export function createGovernor(stage: Stage): Governor {
  const middle = new Vector3();
  let coarseness = 1;
  let waited = 0;

  function weighed(piece: Piece, eye: Vector3, table: Parameters<Governor["step"]>[2]) {
    const { mesh, layer, triangles } = piece;
    if (!mesh.geometry.boundingSphere) mesh.geometry.computeBoundingSphere();
    if ("isInstancedMesh" in mesh && !(mesh as InstancedMesh).boundingSphere)
      (mesh as InstancedMesh).computeBoundingSphere();
    const sphere = (mesh as Partial<InstancedMesh>).boundingSphere ?? mesh.geometry.boundingSphere;
    const radius = (sphere?.radius ?? 100) * mesh.matrixWorld.getMaxScaleOnAxis();
    middle.copy(sphere?.center ?? middle.set(0, 0, 0)).applyMatrix4(mesh.matrixWorld);
    const away = Math.max(radius * 0.3, middle.distanceTo(eye) - radius);
    const weight = ((WORTH[layer] ?? OF_OTHERS) * radius) / away;
    stage.world.worldToLocal(middle);
    const beyond =
      table !== null &&
      Math.hypot(middle.x - table.at[0], -middle.z - table.at[1]) > table.radius_m + radius / stage.world.scale.x;
    return { piece, triangles, weight, beyond };
  }

  return {
    step(seconds, eye, table) {
      const { render } = stage.renderer.info;
      const views = Math.max(1, stage.renderer.xr.getCamera().cameras.length);
      const pieces = stage.pieces().map((each) => weighed(each, eye, table));
      const wanted = pieces.filter((each) => !each.beyond);
      const shown = pieces.filter((each) => each.piece.mesh.visible);
      // What is not of the tiles has been drawn in the last frame: hands, panels, people, ghosts.
      const others = {
        draws: Math.max(0, Math.ceil(render.calls / views) - shown.length),
        triangles: Math.max(0, render.triangles / views - shown.reduce((sum, each) => sum + each.triangles, 0)),
      };
      const most = {
        draws: Math.max(8, MOST_DRAWS - Math.min(others.draws, 30)),
        triangles: Math.max(50_000, MOST_TRIANGLES - Math.min(others.triangles, 100_000)),
      };
      const kept = chosen(wanted, most);
      for (const each of pieces) each.piece.mesh.visible = kept.has(each);
      waited += seconds;
      if (waited < DECIDE_EVERY_S) return;
      waited = 0;
      const load = { draws: wanted.length, triangles: wanted.reduce((sum, each) => sum + each.triangles, 0) };
      const next = coarser(coarseness, load, most);
      if (next !== coarseness) stage.setCoarseness(next);
      coarseness = next;
    },
    dispose() {
      stage.showAllPieces();
      stage.setCoarseness(1);
    },
  };
}
