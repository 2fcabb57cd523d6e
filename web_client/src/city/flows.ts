/** Traffic that moves: small marks along the streets around, as dense as the result says vehicles are. */
import { BoxGeometry, Color, InstancedMesh, Matrix4, MeshBasicMaterial, type Object3D } from "three";
import type { XY } from "../state/frame";
import { bearingOf, distance, lengthOf, type Ring } from "../state/geometry";

const MOST = 700;
const SPEED_M_S = 9;
/** Vehicles a day that make one mark every SPACING_M of a street. */
const PER_MARK = 6_000;
const SPACING_M = 22;
const BESIDE_M = 1.6;
const OVER_GROUND_M = 0.8;

export interface Street {
  readonly line: Ring;
  /** Vehicles a day. */
  readonly flow: number;
  readonly bothWays: boolean;
}

export interface Flows {
  readonly object: Object3D;
  readonly show: (streets: readonly Street[], heightAt: (at: XY) => number) => void;
  /** Move on by so many seconds; true while there is something to move. */
  readonly step: (seconds: number) => boolean;
  readonly dispose: () => void;
}

/** One mark: where it runs, in metres x east, y north, z up at each corner. */
interface Mark {
  readonly points: readonly (readonly [number, number, number])[];
  readonly starts: readonly number[];
  readonly length: number;
  readonly back: boolean;
  along: number;
}

/** How many marks a street carries at once. */
export const marksOn = ({ line, flow }: Street) =>
  Math.round((lengthOf(line) / SPACING_M) * Math.min(3, flow / PER_MARK));

function placed({ line, flow, bothWays }: Street, heightAt: (at: XY) => number): readonly Mark[] {
  const points = line.map((at) => [at[0], at[1], heightAt(at)] as const);
  const starts = [0];
  for (let index = 1; index < line.length; index++)
    starts.push((starts[index - 1] ?? 0) + distance(line[index - 1] as XY, line[index] as XY));
  const length = starts[starts.length - 1] ?? 0;
  const count = marksOn({ line, flow, bothWays });
  return Array.from({ length: count }, (_, index) => ({
    points,
    starts,
    length,
    back: bothWays && index % 2 === 1,
    along: (length * (index + 0.5)) / count,
  }));
}

export function createFlows(): Flows {
  const geometry = new BoxGeometry(1.7, 1.1, 4);
  const material = new MeshBasicMaterial({ color: new Color(0xffffff), transparent: true, opacity: 0.92 });
  const mesh = new InstancedMesh(geometry, material, MOST);
  mesh.count = 0;
  mesh.frustumCulled = false;
  let marks: readonly Mark[] = [];
  const matrix = new Matrix4();

  function place(index: number, { points, starts, back, along }: Mark): void {
    let segment = 1;
    while (segment < starts.length - 1 && (starts[segment] ?? 0) < along) segment++;
    const [from, to] = [points[segment - 1], points[segment]];
    if (!from || !to) return;
    const [start, end] = [starts[segment - 1] ?? 0, starts[segment] ?? 0];
    const share = end > start ? (along - start) / (end - start) : 0;
    const turn = (bearingOf([from[0], from[1]], [to[0], to[1]]) * Math.PI) / 180;
    const aside = back ? -BESIDE_M : BESIDE_M;
    const x = from[0] + (to[0] - from[0]) * share + Math.cos(turn) * aside;
    const y = from[1] + (to[1] - from[1]) * share - Math.sin(turn) * aside;
    matrix.makeRotationY(-turn);
    matrix.setPosition(x, from[2] + (to[2] - from[2]) * share + OVER_GROUND_M, -y);
    mesh.setMatrixAt(index, matrix);
  }

  return {
    object: mesh,
    show(streets, heightAt) {
      marks = streets.flatMap((each) => placed(each, heightAt)).slice(0, MOST);
      mesh.count = marks.length;
      for (const [index, mark] of marks.entries()) place(index, mark);
      mesh.instanceMatrix.needsUpdate = true;
    },
    step(seconds) {
      for (const [index, mark] of marks.entries()) {
        const next = mark.along + (mark.back ? -1 : 1) * SPEED_M_S * seconds;
        mark.along = mark.length > 0 ? ((next % mark.length) + mark.length) % mark.length : 0;
        place(index, mark);
      }
      if (marks.length) mesh.instanceMatrix.needsUpdate = true;
      return marks.length > 0;
    },
    dispose() {
      geometry.dispose();
      material.dispose();
      mesh.dispose();
    },
  };
}
