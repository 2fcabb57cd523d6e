/** A line drawn in one go with the hand, made into few corners. */
import type { XY } from "../state/frame";
import { distance } from "../state/geometry";

function farthest(points: readonly XY[], from: number, to: number): { readonly index: number; readonly off: number } {
  const [a, b] = [points[from] as XY, points[to] as XY];
  const length = distance(a, b);
  let best = { index: from, off: 0 };
  for (let index = from + 1; index < to; index++) {
    const at = points[index] as XY;
    const off =
      length < 1e-9
        ? distance(at, a)
        : Math.abs((b[0] - a[0]) * (a[1] - at[1]) - (a[0] - at[0]) * (b[1] - a[1])) / length;
    if (off > best.off) best = { index, off };
  }
  return best;
}

/** The corners of a line without those that lie within `tolerance_m` of it (Douglas and Peucker, 1973). */
export function simplified(points: readonly XY[], tolerance_m: number): readonly XY[] {
  if (points.length < 3) return points;
  const kept = new Set([0, points.length - 1]);
  const open: (readonly [number, number])[] = [[0, points.length - 1]];
  for (let part = open.pop(); part; part = open.pop()) {
    const { index, off } = farthest(points, ...part);
    if (off <= tolerance_m) continue;
    kept.add(index);
    open.push([part[0], index], [index, part[1]]);
  }
  return points.filter((_, index) => kept.has(index));
}

/** An outline drawn in one go: closed where it ends, few corners, none twice; null where it is too small to be one. */
export function outline(points: readonly XY[], tolerance_m: number): readonly XY[] | null {
  const [first, last] = [points[0], points[points.length - 1]];
  if (!first || !last) return null;
  const corners = simplified([...points, first], tolerance_m).slice(0, -1);
  const ring = corners.filter((at, index) => index === 0 || distance(at, corners[index - 1] as XY) > tolerance_m);
  if (ring.length > 3 && distance(ring[ring.length - 1] as XY, first) < tolerance_m * 2) ring.pop();
  return ring.length > 2 ? ring : null;
}
