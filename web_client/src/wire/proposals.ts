/** What becomes of proposals: words about them, costs, states, patterns, one from another and two in one. */
import { part, query, send } from "./http";
import type {
  Comment,
  Comparison,
  Cost,
  Edit,
  HistoryLine,
  LonLat,
  MergeReport,
  OrphanAnswer,
  Pattern,
  ProposalRecord,
  ProposalState,
  RebaseReport,
  Trial,
} from "./types";

const at = (id: string, what: string) => `/api/proposals/${part(id)}/${what}`;

export const fetchProposals = async (scene: string, limit = 50) =>
  (
    await send<{ proposals: readonly ProposalRecord[] }>(
      "GET",
      `/api/scenes/${part(scene)}/proposals${query({ limit })}`,
    )
  ).proposals;

export const fetchComments = async (id: string) =>
  (await send<{ comments: readonly Comment[] }>("GET", at(id, "comments"))).comments;

export interface NewComment {
  readonly text: string;
  readonly feature?: string;
  readonly at?: LonLat;
  readonly reply_to?: string;
}
export const sayAbout = (id: string, comment: NewComment) => send<Comment>("POST", at(id, "comments"), comment);

export const fetchCost = (id: string) => send<Cost>("GET", at(id, "cost"));

/** Proposals beside the city as it is; waits so long for figures that are being worked out. */
export const fetchComparison = (of: readonly string[], wait_s: number) =>
  send<Comparison>("GET", `/api/compare${query({ of: of.join(","), wait_s })}`);

export const fetchHistory = async (id: string) =>
  (await send<{ history: readonly HistoryLine[] }>("GET", at(id, "history"))).history;

/** Bring a proposal into another state. */
export const decide = (id: string, to: ProposalState, reason: string) => {
  const said = reason ? { reason } : {};
  if (to === "submitted") return send<ProposalRecord>("POST", at(id, "submit"), said);
  if (to === "withdrawn") return send<ProposalRecord>("POST", at(id, "withdraw"), said);
  return send<ProposalRecord>("POST", at(id, "review"), { decision: to, reason });
};

/** Give a draft another title and other words. */
export const reword = (id: string, title: string, words: string) =>
  send<ProposalRecord>("PATCH", `/api/proposals/${part(id)}`, { title, words });

export type OrphanAnswers = Readonly<Record<number, OrphanAnswer>>;
export const tryRebase = (id: string, answers: OrphanAnswers) =>
  send<RebaseReport>("POST", `${at(id, "rebase")}?dry_run=true`, { answers });
export const rebaseProposal = (id: string, answers: OrphanAnswers) =>
  send<RebaseReport>("POST", at(id, "rebase"), { answers });

export type View = "bird" | "eye";
/** The address of a picture of what the proposal changes, as it is and as it would be. */
export const pictureUrl = (id: string, side: "before" | "after", view: View, seq: number) =>
  `${at(id, `${side}.png`)}${query({ view, seq })}`;

export const forkProposal = (id: string, title: string) => send<ProposalRecord>("POST", at(id, "forks"), { title });

export type Choices = Readonly<Record<string, "a" | "b">>;
export const tryMerge = (id: string, other: string, choices: Choices) =>
  send<MergeReport>("POST", `${at(id, "merges")}?dry_run=true`, { with: other, choices });
export const mergeProposals = (id: string, other: string, choices: Choices) =>
  send<ProposalRecord>("POST", at(id, "merges"), { with: other, choices });

export const fetchPatterns = async (scene: string) =>
  (await send<{ patterns: readonly Pattern[] }>("GET", `/api/scenes/${part(scene)}/patterns`)).patterns;

/** A trial that would be refused is told so; while one draws that is no error. */
const LENIENT = { Prefer: "handling=lenient" };
export type PatternPlace = { readonly road: string } | { readonly area: readonly (readonly LonLat[])[] };
export const tryPattern = (id: string, pattern: string, place: PatternPlace) =>
  send<Trial>("POST", `${at(id, "patterns")}?dry_run=true`, { pattern, ...place }, LENIENT);
export const applyPattern = (id: string, pattern: string, place: PatternPlace) =>
  send<Trial>("POST", at(id, "patterns"), { pattern, ...place });

/** What an edit would do, warn of and cost: in a proposal, or in a scene where none has begun. */
export const tryEdit = (id: string, edit: Edit) =>
  send<Trial>("POST", `${at(id, "edits")}?dry_run=true`, edit, LENIENT);
export const tryInScene = (scene: string, edit: Edit) =>
  send<Trial>("POST", `/api/scenes/${part(scene)}/try`, edit, LENIENT);
