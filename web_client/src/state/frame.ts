/** Between degrees and the scene's metres (x east, y north), by the manifest's fitted polynomial. */
import type { Affine, LonLat } from "../wire/types";

export type XY = readonly [number, number];

export function toLocal(affine: Affine, [lon, lat]: LonLat): XY {
  const a = lon - affine.lonlat[0];
  const b = lat - affine.lonlat[1];
  const [m, q] = [affine.m, affine.q];
  const along = (axis: 0 | 1) =>
    affine.xy[axis] + m[axis][0] * a + m[axis][1] * b + q[axis][0] * a * a + q[axis][1] * a * b + q[axis][2] * b * b;
  return [along(0), along(1)];
}

/** Newton's method on `toLocal`; the quadratic part is tiny, so four steps reach the last digit. */
export function toLonLat(affine: Affine, [x, y]: XY): LonLat {
  const { m, q, lonlat } = affine;
  let [a, b] = [0, 0];
  for (let step = 0; step < 4; step++) {
    const [px, py] = toLocal(affine, [lonlat[0] + a, lonlat[1] + b]);
    const j00 = m[0][0] + 2 * q[0][0] * a + q[0][1] * b;
    const j01 = m[0][1] + q[0][1] * a + 2 * q[0][2] * b;
    const j10 = m[1][0] + 2 * q[1][0] * a + q[1][1] * b;
    const j11 = m[1][1] + q[1][1] * a + 2 * q[1][2] * b;
    const determinant = j00 * j11 - j01 * j10;
    a += (j11 * (x - px) - j01 * (y - py)) / determinant;
    b += (j00 * (y - py) - j10 * (x - px)) / determinant;
  }
  return [lonlat[0] + a, lonlat[1] + b];
}
