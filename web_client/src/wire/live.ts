/** A proposal's live room: reconnects by itself, resumes where it was, and keeps operations until acknowledged. */
import { type ClientMessage, type Operation, type Pose, readMessage, type ServerMessage } from "./messages";

export type LiveStatus = "connecting" | "open" | "waiting" | "closed";

export interface LiveOptions {
  readonly url: string;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onBinary?: (bytes: ArrayBuffer) => void;
  readonly onStatus?: (status: LiveStatus, retryInMs: number) => void;
  /** Operations of an earlier visit that were never acknowledged. */
  readonly unsent?: readonly Operation[];
  readonly onUnsent?: (operations: readonly Operation[]) => void;
  /** What the server gave at an earlier visit. */
  readonly token?: string;
  /** The word of the link by which one came. */
  readonly key?: string;
  readonly createSocket?: (url: string) => WebSocket;
  readonly random?: () => number;
}

export interface Live {
  readonly send: (operation: Operation) => void;
  readonly presence: (pose: Pose) => void;
  /** Drop what an operation waits for, after an answer by another road. */
  readonly settle: (opId: string) => void;
  readonly unsent: () => readonly Operation[];
  /** Give the connection up where the network is known to be gone, long before a socket notices. */
  readonly lose: () => void;
  readonly retryNow: () => void;
  readonly close: () => void;
}

export const FIRST_DELAY_MS = 400;
export const LONGEST_DELAY_MS = 15_000;
/** The server's own pace; what comes faster would be thrown away there. */
const PRESENCE_EVERY_MS = 100;
/** A socket that opens and says nothing for so long is dead. */
const WELCOME_WITHIN_MS = 8_000;

/** Full jitter under an exponential cap, so that a room does not come back all at once. */
export function backOff(attempt: number, random: () => number): number {
  const cap = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return cap / 2 + (cap / 2) * random();
}

export function openLive(options: LiveOptions): Live {
  const random = options.random ?? Math.random;
  const create = options.createSocket ?? ((url: string) => new WebSocket(url));
  const pending = new Map<string, Operation>((options.unsent ?? []).map((each) => [each.op_id, each]));
  let socket: WebSocket | null = null;
  let welcomed = false;
  let closed = false;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let patience: ReturnType<typeof setTimeout> | undefined;
  let { token } = options;
  let epoch: string | undefined;
  let since: number | undefined;
  let pose: Pose | null = null;
  let poseTimer: ReturnType<typeof setTimeout> | undefined;

  const write = (message: ClientMessage) => socket?.send(JSON.stringify(message));
  const tellUnsent = () => options.onUnsent?.([...pending.values()]);

  function settle(opId: string) {
    if (pending.delete(opId)) tellUnsent();
  }

  function follow(message: ServerMessage) {
    switch (message.type) {
      case "welcome":
        if (epoch !== undefined && epoch !== message.epoch) since = undefined;
        epoch = message.epoch;
        token = message.token ?? token;
        since ??= message.seq;
        welcomed = true;
        attempt = 0;
        clearTimeout(patience);
        options.onStatus?.("open", 0);
        for (const operation of pending.values()) write(operation);
        break;
      case "ack":
      case "refused":
        settle(message.op_id);
        break;
      case "edit":
        settle(message.op_id);
        since = Math.max(since ?? 0, message.seq);
        break;
      case "snapshot":
        since = message.seq;
        break;
      case "patch":
      case "tiles":
      case "impacts":
      case "presence":
      case "state":
      case "comment":
        break;
    }
    options.onMessage(message);
  }

  function connect() {
    if (closed) return;
    clearTimeout(timer);
    options.onStatus?.("connecting", 0);
    welcomed = false;
    const opened = create(options.url);
    opened.binaryType = "arraybuffer";
    socket = opened;
    patience = setTimeout(() => opened.close(), WELCOME_WITHIN_MS);
    opened.onopen = () =>
      write({
        type: "hello",
        ...(epoch === undefined ? {} : { epoch }),
        ...(since === undefined ? {} : { since }),
        ...(token === undefined ? {} : { token }),
        ...(options.key === undefined ? {} : { key: options.key }),
      });
    opened.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== opened) return;
      if (typeof data !== "string") return options.onBinary?.(data);
      const message = readMessage(data);
      if (message) follow(message);
    };
    opened.onclose = () => {
      if (socket === opened) lose();
    };
  }

  /** The connection is gone, whether its socket knows or not. */
  function lose() {
    const lost = socket;
    socket = null;
    welcomed = false;
    clearTimeout(patience);
    if (closed || !lost) return;
    lost.close();
    const delay = backOff(attempt++, random);
    options.onStatus?.("waiting", delay);
    timer = setTimeout(connect, delay);
  }

  connect();
  return {
    send(operation) {
      pending.set(operation.op_id, operation);
      tellUnsent();
      if (welcomed) write(operation);
    },
    presence(next) {
      pose = next;
      if (poseTimer !== undefined) return;
      poseTimer = setTimeout(() => {
        poseTimer = undefined;
        if (welcomed && pose) write({ type: "presence", ...pose });
      }, PRESENCE_EVERY_MS);
    },
    settle,
    unsent: () => [...pending.values()],
    lose,
    retryNow() {
      if (closed || socket) return;
      attempt = 0;
      connect();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      clearTimeout(patience);
      clearTimeout(poseTimer);
      socket?.close();
      options.onStatus?.("closed", 0);
    },
  };
}
