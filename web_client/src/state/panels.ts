/** Which panel is open beside the city; at most one, so that a phone has room for it. */
import { signal } from "@preact/signals";

export type Panel = "propose" | "impacts" | "proposal" | "list" | "settings" | "help";
export const panel = signal<Panel | null>(null);

export function togglePanel(wanted: Panel): void {
  panel.value = panel.peek() === wanted ? null : wanted;
}
