/** What people say of the open proposal, where it is pinned, what it costs, and what became of it. */
import { computed, signal } from "@preact/signals";
import { decide, fetchComments, fetchCost, fetchHistory, reword, sayAbout } from "../wire/proposals";
import type { Comment, Cost, Decision, HistoryLine, LonLat, ProposalState } from "../wire/types";
import { positionOf } from "./geometry";
import { openProposal, proposal } from "./proposal";
import { arrived, recordOf } from "./records";
import { selected } from "./selection";

export const comments = signal<readonly Comment[]>([]);
export const cost = signal<Cost | null>(null);
export const history = signal<readonly HistoryLine[]>([]);
/** The comment that is being written belongs to the page, not to the panel that may be closed meanwhile. */
export const saying = signal<{ readonly text: string; readonly replyTo: string | null }>({ text: "", replyTo: null });
/** Where it is to be pinned: what is selected, unless one wants it pinned to nothing. */
export const pinned = signal(true);

export const isDraft = computed(() => (proposal.value?.status ?? "draft") === "draft");

/** Comments with their replies, the oldest first. */
export const threads = computed(() =>
  comments.value
    .filter((each) => !each.reply_to)
    .map((each) => ({ comment: each, replies: comments.value.filter((reply) => reply.reply_to === each.id) })),
);

export function noteComment(comment: Comment): void {
  if (!comments.peek().some((each) => each.id === comment.id)) comments.value = [...comments.peek(), comment];
}

export function noteState(decision: Decision): void {
  const held = proposal.peek();
  if (!held) return;
  const decisions = [...(held.decisions ?? []).filter((each) => each.time !== decision.time), decision];
  proposal.value = { ...held, status: decision.state, decisions };
  void openProposal(held.id).catch(() => {});
}

export function noteWords({ title, words }: { readonly title: string; readonly words: string }): void {
  const held = proposal.peek();
  if (held) proposal.value = { ...held, title, words };
}

/** Call the open proposal otherwise. */
export async function callIt(title: string, words: string): Promise<void> {
  const held = proposal.peek();
  if (held) proposal.value = { ...held, ...(await reword(held.id, title, words)) };
}

/** Fetch what is said, what it costs and what happened; what cannot be had stays as it was. */
export async function loadDiscussion(): Promise<void> {
  const id = proposal.peek()?.id;
  if (!id) return;
  const [said, priced, happened] = await Promise.allSettled([fetchComments(id), fetchCost(id), fetchHistory(id)]);
  if (proposal.peek()?.id !== id) return;
  if (said.status === "fulfilled") comments.value = said.value;
  if (priced.status === "fulfilled") cost.value = priced.value;
  if (happened.status === "fulfilled") history.value = happened.value;
}

/** Say what has been written; it is kept where the server refuses it. */
export async function sendComment(): Promise<void> {
  const [held, { text, replyTo }] = [proposal.peek(), saying.peek()];
  if (!held || !text.trim()) return;
  const feature = pinned.peek() && !replyTo ? selected.peek() : null;
  const said = { text: text.trim(), ...(feature ? { feature } : {}), ...(replyTo ? { reply_to: replyTo } : {}) };
  noteComment(await sayAbout(held.id, said));
  saying.value = { text: "", replyTo: null };
}

export async function bring(to: ProposalState, reason: string): Promise<void> {
  const held = proposal.peek();
  if (!held) return;
  proposal.value = { ...held, ...(await decide(held.id, to, reason)) };
  await loadDiscussion();
}

/** Where a comment is pinned, as far as it is known by now. */
export function placeOf(comment: Comment): LonLat | null {
  void arrived.value;
  if (comment.at) return comment.at;
  const record = comment.feature ? recordOf(comment.feature) : null;
  return record ? positionOf(record) : null;
}
