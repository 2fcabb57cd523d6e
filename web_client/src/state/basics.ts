/** The commands that need no tool, panel or headset of their own. */
import { announce } from "./announce";
import { addCommands, type Command } from "./commands";
import { draft, stepBackInDraft } from "./draft";
import { activeTool, clearGhosts } from "./ghosts";
import { canRedo, canUndo } from "./live";
import { type Panel, panel, togglePanel } from "./panels";
import { manifest } from "./place";
import { editCount, proposal } from "./proposal";
import { select, selected } from "./selection";
import { redo, undo } from "./together";
import { compare, goTo, view, writeView } from "./view";
import { walkHere } from "./walk";
import { t, type WordKey } from "./words";

/** The address of this proposal and view. */
export function shareLink(): string {
  const link = new URL(location.pathname, location.origin);
  const [scene, held, now] = [manifest.peek(), proposal.peek(), view.peek()];
  if (scene) link.searchParams.set("scene", scene.id);
  if (held) link.searchParams.set("proposal", held.id);
  link.hash = now ? writeView(now) : "";
  return link.href;
}

export async function copyLink(): Promise<void> {
  const link = shareLink();
  try {
    await navigator.clipboard.writeText(link);
    announce(t("share.copied"), "good");
  } catch {
    announce(t("share.failed", { link }));
  }
}

function reportProblem(error: unknown): void {
  const detail = (error as { detail?: string } | null)?.detail;
  if (detail) announce(detail, "problem");
}

/** The view in which a scene is entered. */
export function goHome(jump = false): void {
  const open = manifest.peek();
  if (!open) return;
  const [west, south, east, north] = open.bounds;
  const start = open.start;
  const at = Array.isArray(start) ? start : (start as { at?: readonly [number, number] } | undefined)?.at;
  const given =
    Array.isArray(start) || !start ? {} : (start as { heading_deg?: number; pitch_deg?: number; distance_m?: number });
  goTo(
    {
      mode: "orbit",
      at: (at as [number, number] | undefined) ?? [(west + east) / 2, (south + north) / 2],
      distance_m: given.distance_m ?? 420,
      heading_deg: given.heading_deg ?? 20,
      pitch_deg: given.pitch_deg ?? 32,
    },
    jump,
  );
}

function zoom(factor: number): void {
  const now = view.peek();
  if (now?.mode === "orbit") goTo({ distance_m: now.distance_m * factor });
}

function stepBack(): void {
  if (draft.peek()) stepBackInDraft();
  else if (activeTool.peek() !== null) {
    activeTool.value = null;
    clearGhosts();
  } else if (panel.peek() !== null) panel.value = null;
  else select(null);
}

const panelCommand = (name: Panel, title: WordKey, icon: string): Command => ({
  id: `panel.${name}`,
  title,
  group: "panels",
  icon,
  run: () => togglePanel(name),
  pressed: () => panel.value === name,
});

export function addBasicCommands(): () => void {
  const compared = () => compare.value.show;
  return addCommands([
    {
      id: "view.orbit",
      title: "view.orbit",
      group: "view",
      icon: "bird",
      key: "1",
      run: () => goTo({ mode: "orbit" }),
      pressed: () => view.value?.mode === "orbit",
    },
    {
      id: "view.walk",
      title: "view.walk",
      group: "view",
      icon: "walk",
      key: "2",
      run: () => void walkHere(),
      pressed: () => view.value?.mode === "walk",
    },
    { id: "view.home", title: "view.home", group: "view", icon: "home", key: "Home", run: () => goHome() },
    {
      id: "view.north",
      title: "view.north",
      group: "view",
      icon: "north",
      key: "N",
      run: () => goTo({ heading_deg: 0 }),
    },
    {
      id: "view.zoomIn",
      title: "view.zoomIn",
      group: "view",
      icon: "plus",
      key: "+",
      run: () => zoom(0.7),
      enabled: () => view.value?.mode === "orbit",
    },
    {
      id: "view.zoomOut",
      title: "view.zoomOut",
      group: "view",
      icon: "minus",
      key: "-",
      run: () => zoom(1 / 0.7),
      enabled: () => view.value?.mode === "orbit",
    },
    {
      id: "view.compare",
      title: "view.compare",
      group: "understand",
      icon: "compare",
      key: "B",
      run: () => {
        compare.value = compared() === "before" ? { show: "after" } : { show: "before" };
      },
      enabled: () => editCount.value > 0,
      pressed: () => compared() === "before",
    },
    {
      id: "view.swipe",
      title: "view.swipe",
      group: "understand",
      icon: "swipe",
      run: () => {
        compare.value = compared() === "swipe" ? { show: "after" } : { show: "swipe", at: 0.5 };
      },
      enabled: () => editCount.value > 0,
      pressed: () => compared() === "swipe",
    },
    {
      id: "view.beside",
      title: "view.beside",
      group: "understand",
      icon: "beside",
      run: () => {
        compare.value = compared() === "beside" ? { show: "after" } : { show: "beside" };
      },
      enabled: () => editCount.value > 0,
      pressed: () => compared() === "beside",
    },
    {
      id: "edit.undo",
      title: "edit.undo",
      group: "edit",
      icon: "undo",
      key: "Mod+Z",
      run: () => undo().catch(reportProblem),
      enabled: () => canUndo.value,
    },
    {
      id: "edit.redo",
      title: "edit.redo",
      group: "edit",
      icon: "redo",
      key: "Mod+Shift+Z",
      run: () => redo().catch(reportProblem),
      enabled: () => canRedo.value,
    },
    {
      id: "edit.escape",
      title: "edit.escape",
      group: "edit",
      key: "Escape",
      run: stepBack,
      enabled: () => activeTool.value !== null || panel.value !== null || selected.value !== null,
    },
    panelCommand("propose", "propose.open", "pencil"),
    panelCommand("impacts", "impacts.open", "chart"),
    panelCommand("proposal", "proposal.open", "people"),
    panelCommand("compare", "compare.open", "grid"),
    { ...panelCommand("list", "list.open", "list"), short: "list.short", key: "L" },
    { id: "panel.import", title: "import.open", group: "panels", run: () => togglePanel("import") },
    panelCommand("settings", "settings.open", "settings"),
    { ...panelCommand("help", "help.open", "help"), key: "?" },
  ]);
}
