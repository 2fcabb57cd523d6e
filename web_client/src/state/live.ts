/** The room of the open proposal: its connection, who else is here, edits on their way and their answers. */
import { batch, computed, effect, signal } from "@preact/signals";
import { fetchImpacts, identify, liveUrl } from "../wire/http";
import { type Live, type LiveStatus, openLive } from "../wire/live";
import type { Operation, Pose, ServerMessage, Visitor } from "../wire/messages";
import type { Edit, Problem, Warning } from "../wire/types";
import { announce } from "./announce";
import { type Body, body, pin } from "./body";
import { isDraft, noteComment, noteState, noteWords } from "./discussion";
import { impacts } from "./impacts";
import { lonLatOf, sceneId } from "./place";
import { pointerHit } from "./pointer";
import { applyPatch, applySwaps, changes, linkKey, log, proposal, proposalSeq, startProposal } from "./proposal";
import { selected } from "./selection";
import { warningsIn } from "./sentences";
import { recall, remember, settings } from "./settings";
import { type View, view } from "./view";
import { t } from "./words";

export const connection = signal<{ readonly status: LiveStatus; readonly retryInMs: number }>({
  status: "closed",
  retryInMs: 0,
});
export const you = signal<{ readonly id: string; readonly role: string } | null>(null);
export const visitors = signal<readonly Visitor[]>([]);
/** Operations that the server has not yet confirmed. */
export const unsent = signal<readonly Operation[]>([]);
/** Whether they would be there after the page was closed. */
export const unsentKept = signal(true);
export const warnings = signal<readonly Warning[]>([]);

let live: Live | null = null;
const waiting = new Map<string, { resolve: (seq: number) => void; reject: (problem: Problem) => void }>();

const PERSON_KEY = "citiverse.person";
const draftKey = (id: string) => `citiverse.unsent.${id}`;
/** Unlike crypto.randomUUID this works over plain http as well, in a network without certificates. */
const newOpId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");

function settle(opId: string, seq: number): void {
  waiting.get(opId)?.resolve(seq);
  waiting.delete(opId);
}

/** Nobody waits any more for what an earlier visit has left. */
function refuse(opId: string, problem: Problem): void {
  const waits = waiting.get(opId);
  if (waits) waits.reject(problem);
  else if (problem.detail) announce(problem.detail, "problem");
  waiting.delete(opId);
}

function noteEdit(message: Extract<ServerMessage, { type: "edit" }>): void {
  if (log.peek().some((each) => each.seq === message.seq)) return;
  const { type: _type, changed: _changed, created: _created, warnings: told, undo, redo, ...line } = message;
  const marked = log.peek().map((each) => {
    if (undo !== undefined && each.op_id === undo) return { ...each, undone: true };
    if (redo !== undefined && each.op_id === redo) return { ...each, undone: false };
    return each;
  });
  log.value = [...marked, line];
  proposalSeq.value = Math.max(proposalSeq.peek(), message.seq);
  if (told?.length) warnings.value = warningsIn(told);
}

/** What one message of the room does to the state. */
export function follow(message: ServerMessage): void {
  switch (message.type) {
    case "welcome":
      you.value = { id: message.you, role: message.role };
      if (message.token) {
        remember(PERSON_KEY, { token: message.token });
        identify({ token: message.token });
      }
      break;
    case "snapshot": {
      proposalSeq.value = message.seq;
      if (message.edits) log.value = message.edits;
      if (message.tiles && "set" in message.tiles && "drop" in message.tiles) {
        applySwaps(message.seq, message.tiles.set as Record<string, string>, message.tiles.drop as readonly string[]);
      } else if (message.tiles) applySwaps(message.seq, message.tiles as Record<string, string>, []);
      if (message.impacts) impacts.value = message.impacts;
      break;
    }
    case "edit":
      noteEdit(message);
      settle(message.op_id, message.seq);
      break;
    case "ack":
      if (message.warnings?.length) warnings.value = warningsIn(message.warnings);
      settle(message.op_id, message.seq);
      break;
    case "refused":
      refuse(message.op_id, message.problem);
      break;
    case "patch":
      applyPatch({ seq: message.seq, hide: message.hide, show: message.show });
      break;
    case "tiles":
      applySwaps(message.seq, message.set, message.drop, message.more);
      break;
    case "impacts":
      if (message.seq >= (impacts.peek()?.seq ?? 0)) impacts.value = message;
      break;
    case "presence":
      visitors.value = message.people;
      break;
    case "state":
      noteState(message);
      break;
    case "words":
      noteWords(message);
      break;
    case "comment":
      noteComment(message.comment);
      break;
  }
}

/** Enter the room of a proposal; what an earlier visit could not send goes first. */
export function joinRoom(id: string): void {
  live?.close();
  const kept = recall<{ operations: readonly Operation[] }>(draftKey(id), { operations: [] }).operations;
  live = openLive({
    url: liveUrl(id),
    unsent: kept,
    ...recall<{ token?: string }>(PERSON_KEY, {}),
    ...(linkKey.peek() ? { key: linkKey.peek() } : {}),
    onMessage: (message) => batch(() => follow(message)),
    onStatus: (status, retryInMs) => {
      connection.value = { status, retryInMs };
    },
    onUnsent: (operations) => {
      unsent.value = operations;
      unsentKept.value = remember(draftKey(id), { operations });
    },
  });
  unsent.value = kept;
  void loadImpacts(id);
}

/** The figures as they stand; later ones come through the room. */
async function loadImpacts(id: string): Promise<void> {
  const found = await fetchImpacts(id).catch(() => null);
  if (found && found.seq >= (impacts.peek()?.seq ?? 0)) impacts.value = found;
}

let beginning: Promise<void> | null = null;

/** The first change of a visitor starts a proposal; nothing else needs to be filled in before. */
async function ensureRoom(): Promise<void> {
  if (live) return;
  beginning ??= (async () => {
    const held = proposal.peek() ?? (await startProposal(sceneId.peek(), t("proposal.untitled")));
    joinRoom(held.id);
  })().finally(() => {
    beginning = null;
  });
  await beginning;
}

/** The open proposal's id; one is begun where there is none. */
export async function roomId(): Promise<string> {
  await ensureRoom();
  return proposal.peek()?.id ?? "";
}

async function dispatch(operation: Operation): Promise<number> {
  warnings.value = [];
  await ensureRoom();
  return new Promise((resolve, reject) => {
    waiting.set(operation.op_id, { resolve, reject });
    live?.send(operation);
  });
}

/** @public Send an edit; resolves with its sequence number, rejects with the server's Problem. Kept while offline. */
export const submit = (edit: Edit): Promise<number> => dispatch({ type: "edit", op_id: newOpId(), edit });

/** Whether one may change what is open: not by a link for looking, nor once it has been submitted. */
export const mayChange = computed(() => you.value?.role !== "viewer" && isDraft.value);

const mine = computed(() =>
  changes.value.filter((each) => you.value === null || each.by === undefined || each.by === you.value.id),
);
export const canUndo = computed(() => mayChange.value && mine.value.some((each) => !each.undone));
export const canRedo = computed(() => mayChange.value && mine.value.some((each) => each.undone));

export const undo = (): Promise<number> => dispatch({ type: "undo", op_id: newOpId() });
export const redo = (): Promise<number> => dispatch({ type: "redo", op_id: newOpId() });

export const reconnect = (): void => live?.retryNow();

const limbsOf = ({ scale, left, right }: Body): Pose => ({
  scale,
  ...(left ? { left } : {}),
  ...(right ? { right } : {}),
});

/** The room forgets who says nothing for half a minute; who only reads is still here. */
const STILL_HERE_MS = 12_000;
const beat = signal(0);

/** Where one is, as others see it; reads signals. */
function poseNow(now: View): Pose {
  const [hit, worn] = [pointerHit.value, body.value];
  return {
    ...(settings.value.name ? { name: settings.value.name } : {}),
    mode: worn?.mode ?? now.mode,
    at: now.at,
    height_m: worn?.height_m ?? now.distance_m * Math.sin((now.pitch_deg * Math.PI) / 180),
    heading_deg: now.heading_deg,
    pitch_deg: now.pitch_deg,
    pointer: hit ? lonLatOf(hit.ground) : null,
    ...(hit ? { pointer_m: Math.round(hit.point[2] * 10) / 10 } : {}),
    ...(pin.value ? { pin: pin.value } : {}),
    ...(worn ? limbsOf(worn) : {}),
    selected: selected.value,
  };
}

/** Tell the room where one is and what one points at; returns a function that stops. */
export function tellPresence(): () => void {
  const timer = setInterval(() => {
    beat.value += 1;
  }, STILL_HERE_MS);
  const stop = effect(() => {
    void beat.value;
    const now = view.value;
    if (!now || proposal.value === null || connection.value.status !== "open") return;
    live?.presence(poseNow(now));
  });
  const lose = () => live?.lose();
  addEventListener("online", reconnect);
  addEventListener("offline", lose);
  return () => {
    stop();
    clearInterval(timer);
    removeEventListener("online", reconnect);
    removeEventListener("offline", lose);
  };
}
