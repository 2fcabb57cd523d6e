/** What is being drawn but not yet sent: tools write it, the city shows it at once. Scene metres. */
import { signal } from "@preact/signals";
import type { XY } from "./frame";

export type Ghost =
  | { readonly shape: "area"; readonly ring: readonly XY[]; readonly colour: string; readonly valid?: boolean }
  | {
      readonly shape: "block";
      readonly ring: readonly XY[];
      readonly base_m?: number;
      readonly height_m: number;
      readonly colour: string;
      readonly valid?: boolean;
    }
  | { readonly shape: "line"; readonly points: readonly XY[]; readonly width_m: number; readonly colour: string }
  | { readonly shape: "trees"; readonly points: readonly XY[]; readonly height_m: number }
  | { readonly shape: "handle"; readonly at: XY; readonly z_m?: number; readonly active?: boolean }
  | {
      readonly shape: "label";
      readonly at: XY;
      readonly z_m?: number;
      readonly text: string;
      readonly tone?: "plain" | "problem" | "warning";
    };

export const ghosts = signal<readonly Ghost[]>([]);
/** Features recoloured or hidden while a tool works on them. */
export const marked = signal<ReadonlyMap<string, "selected" | "target" | "removed">>(new Map());

/** The tool at work: id of its command, or null. Tools set it; panels show it. */
export const activeTool = signal<string | null>(null);

export function clearGhosts(): void {
  if (ghosts.peek().length) ghosts.value = [];
  if (marked.peek().size) marked.value = new Map();
}
