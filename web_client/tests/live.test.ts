import { beforeEach, describe, expect, it, vi } from "vitest";
import { backOff, FIRST_DELAY_MS, type Live, LONGEST_DELAY_MS, openLive } from "../src/wire/live";
import type { ServerMessage } from "../src/wire/messages";

class Line {
  static all: Line[] = [];
  sent: Record<string, unknown>[] = [];
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor() {
    Line.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.onclose?.();
  }
  says(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const welcome = { type: "welcome", epoch: "e1", seq: 7, role: "member", you: "anna" };
const edit = { type: "edit" as const, op_id: "op1", edit: { verb: "demolish_building" as const, building: "osm:w1" } };
const newest = () => Line.all[Line.all.length - 1] as Line;

function room(heard: ServerMessage[] = [], unsent: (typeof edit)[] = []): Live {
  const live = openLive({
    url: "ws://here",
    unsent,
    random: () => 0,
    onMessage: (message) => heard.push(message),
    createSocket: () => new Line() as unknown as WebSocket,
  });
  return live;
}

function enter(): void {
  newest().onopen?.();
  newest().says(welcome);
}

describe("a proposal's room", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    Line.all = [];
  });

  it("says hello, and after a cut says where it was", () => {
    room();
    enter();
    expect(newest().sent[0]).toEqual({ type: "hello" });
    newest().says({ type: "edit", seq: 9, op_id: "x", by: "ben", changed: [], created: [] });
    newest().close();
    vi.advanceTimersByTime(FIRST_DELAY_MS);
    newest().onopen?.();
    expect(newest().sent[0]).toEqual({ type: "hello", epoch: "e1", since: 9 });
  });

  it("keeps an edit made offline and sends it once, under the same name, after the return", () => {
    const live = room();
    live.send(edit);
    expect(newest().sent).toEqual([]);
    enter();
    expect(newest().sent.slice(1)).toEqual([edit]);
    newest().close();
    vi.advanceTimersByTime(FIRST_DELAY_MS);
    enter();
    expect(newest().sent.slice(1)).toEqual([edit]);
    newest().says({ type: "ack", op_id: "op1", seq: 8 });
    newest().close();
    vi.advanceTimersByTime(FIRST_DELAY_MS * 4);
    enter();
    expect(newest().sent.slice(1)).toEqual([]);
    expect(live.unsent()).toEqual([]);
  });

  it("sends what an earlier visit left behind", () => {
    room([], [edit]);
    enter();
    expect(newest().sent.slice(1)).toEqual([edit]);
  });

  it("lets go of an edit that was refused", () => {
    const live = room();
    live.send(edit);
    enter();
    newest().says({ type: "refused", op_id: "op1", problem: { detail: "There is no such building." } });
    expect(live.unsent()).toEqual([]);
  });

  it("survives frames that it does not understand", () => {
    const heard: ServerMessage[] = [];
    room(heard);
    enter();
    newest().onmessage?.({ data: "not json" });
    newest().says({ type: "something else" });
    expect(heard.map((each) => each.type)).toEqual(["welcome"]);
  });

  it("forgets where it was when the server has started anew", () => {
    room();
    enter();
    newest().close();
    vi.advanceTimersByTime(FIRST_DELAY_MS);
    newest().onopen?.();
    newest().says({ ...welcome, epoch: "e2", seq: 3 });
    newest().close();
    vi.advanceTimersByTime(FIRST_DELAY_MS * 2);
    newest().onopen?.();
    expect(newest().sent[0]).toEqual({ type: "hello", epoch: "e2", since: 3 });
  });

  it("waits longer each time, up to a limit, and never all at once", () => {
    expect(backOff(0, () => 1)).toBe(FIRST_DELAY_MS);
    expect(backOff(3, () => 0)).toBe(FIRST_DELAY_MS * 4);
    expect(backOff(30, () => 1)).toBe(LONGEST_DELAY_MS);
  });
});
