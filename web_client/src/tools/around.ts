/** What stands around where one draws, to be drawn to. */
import type { XY } from "../state/frame";
import { polygonsOf, type Ring } from "../state/geometry";
import { localOf, lonLatOf, sceneId } from "../state/place";
import { proposal } from "../state/proposal";
import { fetchFeatures } from "../wire/http";

const SNAP_RADIUS_M = 120;

let nearby: { readonly at: XY; readonly rings: readonly Ring[] } | null = null;
let asking = false;

/** Outlines of the houses around a place, as far as they are known by now. */
export function outlinesNear(at: XY): readonly Ring[] {
  const far = nearby ? Math.hypot(at[0] - nearby.at[0], at[1] - nearby.at[1]) : Number.POSITIVE_INFINITY;
  if (far > SNAP_RADIUS_M / 2 && !asking) {
    asking = true;
    const wanted = { near: lonLatOf(at), radius_m: SNAP_RADIUS_M, kind: "building", limit: 200 };
    void fetchFeatures(sceneId.peek(), { ...wanted, proposal: proposal.peek()?.id ?? null })
      .then(({ features }) => {
        nearby = { at, rings: features.flatMap((each) => polygonsOf(each, localOf).flat()) };
      })
      .catch(() => {})
      .finally(() => {
        asking = false;
      });
  }
  return far <= SNAP_RADIUS_M ? (nearby?.rings ?? []) : [];
}
