/** Where a drawn corner goes: onto one that is there, else square to what was drawn before, where that is near. */
import type { XY } from "../state/frame";
import { distance, nearestOnLine, type Ring } from "../state/geometry";

const SQUARE_DEG = 9;

export interface Snapped {
  readonly at: XY;
  /** What it was drawn to, or null. */
  readonly to: "corner" | "edge" | "square" | null;
}

/** Turn a direction to the nearest quarter of another, where it is at most a few degrees off. */
function squared(from: XY, at: XY, along: number): XY | null {
  const [dx, dy] = [at[0] - from[0], at[1] - from[1]];
  const quarter = Math.PI / 2;
  const off = Math.atan2(dy, dx) - along;
  const turned = Math.round(off / quarter) * quarter + along;
  if (Math.abs(off + along - turned) > (SQUARE_DEG * Math.PI) / 180) return null;
  const length = Math.cos(off + along - turned) * Math.hypot(dx, dy);
  return [from[0] + Math.cos(turned) * length, from[1] + Math.sin(turned) * length];
}

/** `reach_m`: how far the pointer may be from what it is drawn to. `rings`: outlines of what stands around. */
export function snap(at: XY, drawn: Ring, rings: readonly Ring[], reach_m: number): Snapped {
  const corners = rings.flat().filter((each) => distance(each, at) < reach_m);
  if (corners.length) {
    return {
      at: corners.reduce((best, each) => (distance(each, at) < distance(best, at) ? each : best)),
      to: "corner",
    };
  }
  const [before, last] = [drawn[drawn.length - 2], drawn[drawn.length - 1]];
  if (before && last) {
    const square = squared(last, at, Math.atan2(last[1] - before[1], last[0] - before[0]));
    if (square) return { at: meeting(square, last, drawn) ?? square, to: "square" };
  }
  for (const ring of rings) {
    const found = nearestOnLine(at, [...ring, ring[0] as XY]);
    if (found && distance(found.at, at) < reach_m / 2) return { at: found.at, to: "edge" };
  }
  return { at, to: null };
}

/** The fourth corner of a rectangle: where a square edge passes the first corner, it stops level with it. */
function meeting(square: XY, last: XY, drawn: Ring): XY | null {
  const [first] = drawn;
  if (!first || drawn.length < 3) return null;
  const [dx, dy] = [square[0] - last[0], square[1] - last[1]];
  const length = Math.hypot(dx, dy);
  if (length === 0) return null;
  const level = ((first[0] - last[0]) * dx + (first[1] - last[1]) * dy) / length;
  if (level <= 0 || Math.abs(level - length) > Math.max(1.5, length * 0.08)) return null;
  return [last[0] + (dx / length) * level, last[1] + (dy / length) * level];
}
