/** Sentences for everyone: spoken by a screen reader, shown as a line, captioned in the headset. */
import { signal } from "@preact/signals";

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly tone: "plain" | "good" | "problem";
}

export const notices = signal<readonly Notice[]>([]);
let next = 1;

const SHOWN_MS = 7_000;

export function announce(text: string, tone: Notice["tone"] = "plain"): void {
  const notice: Notice = { id: next++, text, tone };
  notices.value = [...notices.peek().slice(-3), notice];
  setTimeout(() => dismiss(notice.id), tone === "problem" ? SHOWN_MS * 2 : SHOWN_MS);
}

export function dismiss(id: number): void {
  notices.value = notices.peek().filter((each) => each.id !== id);
}
