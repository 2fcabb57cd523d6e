/** Landing on foot: on the nearest street or square, looking along it, never inside a house. */
import { fetchFeatures } from "../wire/http";
import type { Feature, LonLat } from "../wire/types";
import type { XY } from "./frame";
import { bearingOf, distance, insideAny, linesOf, nearestOnLine, polygonsOf } from "./geometry";
import { localOf, lonLatOf, sceneId } from "./place";
import { proposal } from "./proposal";
import { goTo, view } from "./view";

const REACH_M = 200;
const CLEAR_OF_WALLS_M = 1.2;
const near = (at: XY, wall: readonly XY[]) => {
  const found = nearestOnLine(at, wall);
  return found !== null && distance(at, found.at) < CLEAR_OF_WALLS_M;
};

const turn = (from: number, to: number) => Math.abs(((((to - from) % 360) + 540) % 360) - 180);

const onTheGround = ({ properties }: Feature) => {
  const of = (name: string) => (properties[name] as { value?: unknown } | undefined)?.value;
  return !of("tunnel") && !of("bridge") && Number(of("layer") ?? 0) === 0;
};

export interface Landing {
  readonly at: XY;
  readonly heading_deg: number;
}

/** The nearest point of a street outside all buildings, with the heading along it that turns least; null if none. */
export function landing(from: XY, heading_deg: number, features: readonly Feature[], local: (at: LonLat) => XY) {
  const houses = features
    .filter((each) => each.properties.kind === "building")
    .flatMap((each) => polygonsOf(each, local));
  const walls = houses.flat().map((ring) => [...ring, ring[0] as XY]);
  const streets = features.filter((each) => each.properties.kind === "road" && onTheGround(each));
  let best: (Landing & { readonly far: number }) | null = null;
  for (const line of streets.flatMap((each) => linesOf(each, local))) {
    const found = nearestOnLine(from, line);
    if (!found || insideAny(found.at, houses) || walls.some((wall) => near(found.at, wall))) continue;
    const far = distance(from, found.at);
    if (best && far >= best.far) continue;
    const along = bearingOf(found.from, found.to);
    const heading = turn(heading_deg, along) <= 90 ? along : along + 180;
    best = { at: found.at, heading_deg: (heading + 360) % 360, far };
  }
  return best;
}

/** Where one lands who goes down on foot near a place; null where there is no street or no answer. */
export async function landingNear(at: LonLat, heading_deg: number): Promise<Landing | null> {
  const asked = {
    near: at,
    radius_m: REACH_M,
    kind: "road,building",
    limit: 400,
    proposal: proposal.peek()?.id ?? null,
  };
  const around = await fetchFeatures(sceneId.peek(), asked).catch(() => null);
  return around && landing(localOf(at), heading_deg, around.features, localOf);
}

export async function walkHere(): Promise<void> {
  const now = view.peek();
  if (!now || now.mode === "walk") return;
  const found = await landingNear(now.at, now.heading_deg);
  goTo({ mode: "walk", ...(found ? { at: lonLatOf(found.at), heading_deg: found.heading_deg } : {}) });
}
