/** The proposal that is open: its record, its log, and what it has changed on the scene. */
import { computed, signal } from "@preact/signals";
import { createProposal, fetchProposal } from "../wire/http";
import type { LoggedEdit, PlainShape, ProposalRecord } from "../wire/types";

/** The open proposal, or null while one only looks at the city as it is. */
export const proposal = signal<ProposalRecord | null>(null);
export const proposalSeq = signal(0);
export const log = signal<readonly LoggedEdit[]>([]);

/**
 * Tile key -> content hash, where the proposal differs from what the tileset said at load; "" means dropped.
 * All that is seen from near of the edits up to `drawn` is among them.
 */
export const swaps = signal<{ readonly drawn: number; readonly hashes: ReadonlyMap<string, string> }>({
  drawn: 0,
  hashes: new Map(),
});

/** What stands in until the tiles of an edit have arrived: plain shapes shown, features hidden. */
export interface Patch {
  readonly seq: number;
  readonly hide: readonly string[];
  readonly show: readonly PlainShape[];
}
export const patches = signal<readonly Patch[]>([]);

/** Lines that change the city: edits, and patterns that hold several. */
export const changes = computed(() => log.value.filter((each) => each.edit || each.pattern));
export const editCount = computed(() => changes.value.filter((each) => !each.undone).length);

/** The word of the link by which one came here, "" where one needs none. */
export const linkKey = signal("");

const PLANNERS = "citiverse.planners";

/** The key in an address. One that leads to no proposal is the planners', which holds for all while the tab is open. */
export function keyGiven(address: URLSearchParams): string {
  const key = address.get("key") ?? "";
  if (key && !address.has("proposal")) sessionStorage.setItem(PLANNERS, key);
  return key;
}
export const plannersKey = () => sessionStorage.getItem(PLANNERS) ?? "";

export async function openProposal(id: string): Promise<ProposalRecord> {
  const found = await fetchProposal(id);
  proposal.value = found;
  return found;
}

export async function startProposal(scene: string, title: string): Promise<ProposalRecord> {
  const made = await createProposal(scene, title);
  proposal.value = { ...made, scene, title: made.title || title };
  return proposal.value;
}

/** Take on tiles; with `more` others that are seen from near will follow for the same edit. */
export function applySwaps(
  seq: number,
  set: Readonly<Record<string, string>>,
  drop: readonly string[],
  more = false,
): void {
  const hashes = new Map(swaps.peek().hashes);
  for (const [key, hash] of Object.entries(set)) hashes.set(key, hash);
  for (const key of drop) hashes.set(key, "");
  const drawn = swaps.peek().drawn;
  swaps.value = { drawn: more ? drawn : Math.max(seq, drawn), hashes };
}

export function applyPatch(patch: Patch): void {
  patches.value = [...patches.peek(), patch];
}

/** The real tiles of all edits up to `seq` stand: what stood in for them goes. */
export function clearPatches(seq: number): void {
  const left = patches.peek().filter((each) => each.seq > seq);
  if (left.length < patches.peek().length) patches.value = left;
}
