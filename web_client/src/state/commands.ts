/** The one registry of commands: key, pointer, headset panel and screen reader all run these. */
import { computed, signal } from "@preact/signals";
import { t, type WordKey } from "./words";

export type CommandGroup = "view" | "edit" | "propose" | "understand" | "panels" | "headset";

export interface Command {
  readonly id: string;
  readonly title: WordKey;
  /** Where the title is not among our words: a verb that the server has and we do not know. */
  readonly label?: () => string;
  /** A shorter title where there is little room; the whole one begins with it. */
  readonly short?: WordKey;
  readonly group: CommandGroup;
  /** As in "Mod+Z" or "Shift+N"; Mod is Ctrl, on a Mac Command. Letters alone work only over the city. */
  readonly key?: string;
  readonly icon?: string;
  readonly run: () => unknown;
  /** A signal read: shown greyed while false. */
  readonly enabled?: () => boolean;
  /** For commands that switch something: whether it is on. */
  readonly pressed?: () => boolean;
}

const registry = signal<ReadonlyMap<string, Command>>(new Map());
export const commands = computed(() => [...registry.value.values()]);

/** Add commands; returns a function that takes them away. */
export function addCommands(added: readonly Command[]): () => void {
  const next = new Map(registry.peek());
  for (const each of added) {
    if (next.has(each.id)) throw new Error(`There are two commands "${each.id}".`);
    next.set(each.id, each);
  }
  registry.value = next;
  return () => {
    const left = new Map(registry.peek());
    for (const each of added) left.delete(each.id);
    registry.value = left;
  };
}

export const labelOf = (found: Command): string => found.label?.() ?? t(found.title);

export const command = (id: string): Command | undefined => registry.value.get(id);

/** Run a command by its id; false when there is none or it cannot run now. */
export function run(id: string): boolean {
  const found = registry.peek().get(id);
  if (!found || found.enabled?.() === false) return false;
  found.run();
  return true;
}

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

export function matches(binding: string, press: KeyPress): boolean {
  const cut = binding.length > 1 ? binding.lastIndexOf("+", binding.length - 2) : -1;
  const parts = cut < 0 ? [] : binding.slice(0, cut).split("+");
  const key = binding.slice(cut + 1);
  const shiftMatters = parts.includes("Shift") || /^[a-z]$/i.test(key);
  return (
    press.key.toLowerCase() === key.toLowerCase() &&
    (press.ctrlKey || press.metaKey) === parts.includes("Mod") &&
    press.altKey === parts.includes("Alt") &&
    (!shiftMatters || press.shiftKey === parts.includes("Shift"))
  );
}

/** Run the command bound to a key. `overCity`: the focus is on the picture, where single letters count. */
export function runKey(press: KeyPress, overCity: boolean): boolean {
  for (const each of registry.peek().values()) {
    if (!each.key || !matches(each.key, press)) continue;
    const single = !each.key.includes("Mod") && !each.key.includes("Alt") && each.key.length === 1;
    if (single && !overCity) continue;
    return run(each.id);
  }
  return false;
}
