/** Edits that are one to whoever makes them, such as moving a tree: sent one by one, taken back and made again as one. */
import type { Edit } from "../wire/types";
import { redo as redoOne, submit, undo as undoOne, you } from "./live";
import { changes, proposal } from "./proposal";

interface Bundle {
  readonly proposal: string;
  readonly seqs: readonly number[];
}

const bundles: Bundle[] = [];

/** Send edits that belong together, all or none; rejects with the server's Problem. */
export async function submitTogether(edits: readonly Edit[]): Promise<void> {
  const seqs: number[] = [];
  try {
    for (const edit of edits) seqs.push(await submit(edit));
  } catch (problem) {
    for (const _ of seqs) await undoOne();
    throw problem;
  }
  bundles.push({ proposal: proposal.peek()?.id ?? "", seqs });
}

/** One's own edits, the earliest first. */
const mine = () => changes.peek().filter(({ by }) => by === undefined || by === you.peek()?.id);

/** How many edits stand or fall with this one. */
function bundled(seq: number | undefined): number {
  const open = proposal.peek()?.id;
  return bundles.find((each) => each.proposal === open && each.seqs.some((held) => held === seq))?.seqs.length ?? 1;
}

/** Take back what one has done last. */
export async function undo(): Promise<void> {
  const last = mine().findLast((each) => !each.undone);
  for (let left = bundled(last?.seq); left > 0; left--) await undoOne();
}

/** Do again what one has taken back last. */
export async function redo(): Promise<void> {
  const first = mine().find((each) => each.undone);
  for (let left = bundled(first?.seq); left > 0; left--) await redoOne();
}
