/** The server's records of what a tool works on: fetched once for each state of the proposal. */
import { signal } from "@preact/signals";
import type { XY } from "../state/frame";
import { polygonsOf, type Ring } from "../state/geometry";
import { localOf, lonLatOf, sceneId } from "../state/place";
import { proposal, proposalSeq } from "../state/proposal";
import { fetchFeature, fetchFeatures } from "../wire/http";
import type { Feature } from "../wire/types";

const SNAP_RADIUS_M = 120;

/** Counts up whenever a record has arrived, so that ghosts are drawn again. */
export const arrived = signal(0);
const records = new Map<string, Feature | null>();
let recordsOf = "";

const stateOfProposal = () => `${proposal.peek()?.id}:${proposalSeq.peek()}`;

/** The record of a feature, null while it is on its way. */
export function recordOf(id: string): Feature | null {
  if (recordsOf !== stateOfProposal()) {
    records.clear();
    recordsOf = stateOfProposal();
  }
  const known = records.get(id);
  if (known !== undefined) return known;
  records.set(id, null);
  void fetchFeature(sceneId.peek(), id, proposal.peek()?.id)
    .then((feature) => {
      records.set(id, feature);
      arrived.value += 1;
    })
    .catch(() => records.delete(id));
  return null;
}

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
