/** The server's records of what one works on: fetched once for each state of the proposal. */
import { signal } from "@preact/signals";
import { fetchFeature } from "../wire/http";
import type { Feature } from "../wire/types";
import { sceneId } from "./place";
import { proposal, proposalSeq } from "./proposal";

/** Counts up whenever a record has arrived, so that what shows it is drawn again. */
export const arrived = signal(0);
const records = new Map<string, Feature | null>();
let recordsOf = "";

/** The record of a feature, null while it is on its way. */
export function recordOf(id: string): Feature | null {
  const state = `${proposal.peek()?.id}:${proposalSeq.peek()}`;
  if (recordsOf !== state) {
    records.clear();
    recordsOf = state;
  }
  const known = records.get(id);
  if (known !== undefined) return known;
  records.set(id, null);
  void fetchFeature(sceneId.peek(), id, proposal.peek()?.id)
    .then((feature) => {
      if (recordsOf === state) records.set(id, feature);
      arrived.value += 1;
    })
    .catch(() => records.delete(id));
  return null;
}
