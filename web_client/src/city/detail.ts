/** How finely the city is drawn: as set, or lowered by what the frames cost on this device. */
import { recall, remember, type Settings } from "../state/settings";

export interface Detail {
  /** Pixels drawn for each of the page's. */
  readonly ratio: number;
  readonly shadows: boolean;
  /** Error of tiles that is accepted, as a multiple of the usual. */
  readonly coarseness: number;
  /** Bytes of tiles that are kept. */
  readonly kept_bytes: number;
}

/** From fine to simple: first what costs most and is missed least. */
export const LEVELS: readonly Detail[] = [
  { ratio: 2, shadows: true, coarseness: 1, kept_bytes: 256 * 2 ** 20 },
  { ratio: 1, shadows: false, coarseness: 1, kept_bytes: 128 * 2 ** 20 },
  { ratio: 1, shadows: false, coarseness: 2, kept_bytes: 64 * 2 ** 20 },
  { ratio: 0.7, shadows: false, coarseness: 3, kept_bytes: 48 * 2 ** 20 },
];
const SIMPLE = LEVELS.length - 2;

/** Frames that are looked at together, and the pace below which less is drawn: 20 frames a second. */
const FRAMES = 24;
const SLOW_MS = 50;
/** Longer than this nothing moved, or the page was out of sight. */
const PAUSE_MS = 4_000;
const KEY = "citiverse.detail";

const middle = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** The level for these frame times, ms: one simpler where half of them are too slow. */
export const levelAfter = (level: number, frames_ms: readonly number[]): number =>
  frames_ms.length >= FRAMES && middle(frames_ms) > SLOW_MS ? Math.min(LEVELS.length - 1, level + 1) : level;

export interface DetailChoice {
  readonly now: () => Detail;
  /** Follow the setting; true when the picture must be drawn otherwise. */
  readonly set: (quality: Settings["quality"]) => boolean;
  /** A frame has been drawn at this time, ms; true when the picture must be drawn otherwise. */
  readonly drawn: (time: number) => boolean;
}

/** What this device could do at the last visit holds until it is measured again. */
export function createDetail(quality: Settings["quality"]): DetailChoice {
  let measured = Math.min(LEVELS.length - 1, Math.max(0, recall(KEY, { level: 0 }).level));
  let wished = quality;
  let frames: number[] = [];
  let last = 0;
  const level = () => (wished === "high" ? 0 : wished === "low" ? Math.max(SIMPLE, measured) : measured);
  return {
    now: () => LEVELS[level()] as Detail,
    set(next) {
      const before = level();
      wished = next;
      frames = [];
      return level() !== before;
    },
    drawn(time) {
      const took = time - last;
      last = time;
      if (wished === "high" || took > PAUSE_MS) return false;
      frames.push(took);
      if (frames.length < FRAMES) return false;
      const before = level();
      measured = levelAfter(measured, frames);
      frames = [];
      if (level() === before) return false;
      remember(KEY, { level: measured });
      return true;
    },
  };
}
