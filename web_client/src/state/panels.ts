/** Which panel is open beside the city; at most one, so that a phone has room for it. */
import { signal } from "@preact/signals";

export type Panel = "propose" | "impacts" | "proposal" | "compare" | "list" | "import" | "settings" | "help";
export const panel = signal<Panel | null>(null);

/** Which part of the proposal's panel is shown. */
export const proposalPart = signal<"changes" | "talk" | "decide" | "share">("changes");

export function togglePanel(wanted: Panel): void {
  panel.value = panel.peek() === wanted ? null : wanted;
}
