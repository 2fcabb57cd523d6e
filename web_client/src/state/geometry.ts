/** Plane geometry in the scene's metres, as tools and lists need it. */
import type { Feature, LonLat } from "../wire/types";
import type { XY } from "./frame";

type Local = (at: LonLat) => XY;
export type Ring = readonly XY[];

export const distance = ([ax, ay]: XY, [bx, by]: XY) => Math.hypot(bx - ax, by - ay);

/** Clockwise from north. */
export const bearingOf = ([ax, ay]: XY, [bx, by]: XY) => ((Math.atan2(bx - ax, by - ay) * 180) / Math.PI + 360) % 360;

export const lengthOf = (line: Ring) =>
  line.reduce((sum, at, index) => sum + (index ? distance(line[index - 1] as XY, at) : 0), 0);

/** Of an open ring; positive whichever way it turns. */
export function areaOf(ring: Ring): number {
  let twice = 0;
  ring.forEach(([x, y], index) => {
    const [nx, ny] = ring[(index + 1) % ring.length] as XY;
    twice += x * ny - nx * y;
  });
  return Math.abs(twice) / 2;
}

export function middleOf(ring: Ring): XY {
  const sum = ring.reduce(([x, y], [ax, ay]) => [x + ax, y + ay] as const, [0, 0] as XY);
  return ring.length ? [sum[0] / ring.length, sum[1] / ring.length] : [0, 0];
}

export function inside([x, y]: XY, ring: Ring): boolean {
  let within = false;
  ring.forEach(([ax, ay], index) => {
    const [bx, by] = ring[(index + 1) % ring.length] as XY;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  });
  return within;
}

/** In one of these polygons: outer ring first, then holes. */
export const insideAny = (at: XY, polygons: readonly (readonly Ring[])[]) =>
  polygons.some(([outer, ...holes]) => outer && inside(at, outer) && !holes.some((hole) => inside(at, hole)));

const ringOf = (ring: readonly LonLat[], local: Local): Ring => {
  const points = ring.map(local);
  const [first, last] = [points[0], points[points.length - 1]];
  return first && last && points.length > 1 && distance(first, last) < 0.01 ? points.slice(0, -1) : points;
};

/** A feature's polygons as open rings. */
export function polygonsOf({ geometry }: Feature, local: Local): readonly (readonly Ring[])[] {
  if (geometry.type === "Polygon") return [geometry.coordinates.map((ring) => ringOf(ring, local))];
  if (geometry.type === "MultiPolygon")
    return geometry.coordinates.map((polygon) => polygon.map((ring) => ringOf(ring, local)));
  return [];
}

export function linesOf({ geometry }: Feature, local: Local): readonly Ring[] {
  if (geometry.type === "LineString") return [geometry.coordinates.map(local)];
  if (geometry.type === "MultiLineString") return geometry.coordinates.map((line) => line.map(local));
  return [];
}

/** A position that stands for a feature, in degrees. */
export function positionOf({ geometry }: Feature): LonLat {
  switch (geometry.type) {
    case "Point":
      return geometry.coordinates;
    case "LineString":
    case "MultiPoint":
      return geometry.coordinates[Math.floor(geometry.coordinates.length / 2)] as LonLat;
    case "MultiLineString":
      return geometry.coordinates[0]?.[0] as LonLat;
    case "Polygon":
    case "MultiPolygon": {
      const [first] = geometry.coordinates;
      const outer = geometry.type === "Polygon" ? first : first?.[0];
      return middleOf(((outer ?? []) as readonly LonLat[]).slice(0, -1));
    }
  }
}

export interface OnLine {
  readonly at: XY;
  /** Metres from the line's beginning. */
  readonly along_m: number;
  readonly from: XY;
  readonly to: XY;
}

export function nearestOnLine(point: XY, line: Ring): OnLine | null {
  let best: OnLine | null = null;
  let walked = 0;
  for (let index = 1; index < line.length; index++) {
    const [from, to] = [line[index - 1] as XY, line[index] as XY];
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.hypot(dx, dy);
    if (length === 0) continue;
    const share = ((point[0] - from[0]) * dx + (point[1] - from[1]) * dy) / length ** 2;
    const held = Math.min(1, Math.max(0, share));
    const at: XY = [from[0] + dx * held, from[1] + dy * held];
    if (!best || distance(point, at) < distance(point, best.at))
      best = { at, along_m: walked + length * held, from, to };
    walked += length;
  }
  return best;
}

/** Points every `spacing` metres along a line, its beginning included. */
export function spaced(line: Ring, spacing: number): readonly XY[] {
  const found: XY[] = [];
  let next = 0;
  let walked = 0;
  for (let index = 1; index < line.length; index++) {
    const [from, to] = [line[index - 1] as XY, line[index] as XY];
    const length = distance(from, to);
    while (next <= walked + length + 1e-9 && length > 0 && found.length < 2000) {
      const share = (next - walked) / length;
      found.push([from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]);
      next += spacing;
    }
    walked += length;
  }
  return found;
}

/** The part of a line between two points near it. */
export function partOfLine(line: Ring, a: XY, b: XY): Ring {
  const [start, end] = [nearestOnLine(a, line), nearestOnLine(b, line)];
  if (!start || !end) return line;
  const [low, high] = start.along_m <= end.along_m ? [start, end] : [end, start];
  let walked = 0;
  const between = line.filter((at, index) => {
    if (index) walked += distance(line[index - 1] as XY, at);
    return walked > low.along_m && walked < high.along_m;
  });
  return [low.at, ...between, high.at];
}

/** A rectangle about a point, `length` metres along the heading. */
export function rectangle([x, y]: XY, width: number, length: number, heading_deg: number): Ring {
  const angle = (heading_deg * Math.PI) / 180;
  const [ax, ay] = [(Math.sin(angle) * length) / 2, (Math.cos(angle) * length) / 2];
  const [rx, ry] = [(Math.cos(angle) * width) / 2, (-Math.sin(angle) * width) / 2];
  return [
    [x - ax - rx, y - ay - ry],
    [x - ax + rx, y - ay + ry],
    [x + ax + rx, y + ay + ry],
    [x + ax - rx, y + ay - ry],
  ];
}

/** From a point so many metres in a direction. */
export const moved = ([x, y]: XY, far_m: number, heading_deg: number): XY => [
  x + Math.sin((heading_deg * Math.PI) / 180) * far_m,
  y + Math.cos((heading_deg * Math.PI) / 180) * far_m,
];

/** A line beside a line: to the right where `aside` is positive. */
export function shifted(line: Ring, aside: number): Ring {
  return line.map((at, index) => {
    const [from, to] = [line[Math.max(0, index - 1)] as XY, line[Math.min(line.length - 1, index + 1)] as XY];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
    return [at[0] + ((to[1] - from[1]) / length) * aside, at[1] - ((to[0] - from[0]) / length) * aside];
  });
}
