/** Draws the panel's words and buttons on a canvas. */
import { t } from "../state/words";
import type { PanelView } from "./panelView";

export interface Button {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly enabled: boolean;
  readonly run: () => unknown;
}

const PAPER = "#f7f4ee";
const INK = "#1d2730";
const QUIET = "#5b6770";
const TONES = { better: "#14665f", worse: "#9c3a1d", "no clear change": "#5b6770" } as const;
const MARKS = { better: "✓", worse: "!", "no clear change": "≈" } as const;
const MARGIN = 36;
const COLUMNS = 3;
const ROWS = 4;
const BUTTON_H = 66;
const GAP = 12;

/** As much of `text` as fits in `width`, with an ellipsis where something is cut. */
function fitted(pen: CanvasRenderingContext2D, text: string, width: number): string {
  if (pen.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return `${text.slice(0, end)}…`;
}

function paintWords(pen: CanvasRenderingContext2D, view: PanelView, width: number): void {
  const inner = width - 2 * MARGIN;
  pen.fillStyle = INK;
  pen.font = "600 44px system-ui, sans-serif";
  pen.fillText(fitted(pen, view.title, inner), MARGIN, 66);
  let y = 118;
  pen.font = "28px system-ui, sans-serif";
  for (const fact of view.facts) {
    pen.fillStyle = QUIET;
    pen.fillText(fitted(pen, fact.name, inner * 0.36), MARGIN, y);
    pen.fillStyle = INK;
    const value = fact.basis ? `${fact.value}  (${fact.basis})` : fact.value;
    pen.fillText(fitted(pen, value, inner * 0.62), MARGIN + inner * 0.38, y);
    y += 38;
  }
  if (view.facts.length === 0) {
    for (const figure of view.figures) {
      pen.fillStyle = TONES[figure.verdict];
      pen.fillText(fitted(pen, `${MARKS[figure.verdict]} ${figure.text}`, inner), MARGIN, y);
      y += 42;
    }
  }
}

function paintButton(
  pen: CanvasRenderingContext2D,
  button: Button,
  label: string,
  on: boolean,
  pointed: boolean,
): void {
  pen.fillStyle = on ? "#14665f" : pointed ? "#d8e9e4" : "#e8e3d8";
  pen.globalAlpha = button.enabled ? 1 : 0.45;
  pen.beginPath();
  pen.roundRect(button.x, button.y, button.w, button.h, 14);
  pen.fill();
  if (pointed) {
    pen.lineWidth = 4;
    pen.strokeStyle = "#14665f";
    pen.stroke();
  }
  pen.fillStyle = on ? "#ffffff" : INK;
  pen.font = "26px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.fillText(fitted(pen, label, button.w - 20), button.x + button.w / 2, button.y + button.h / 2 + 9);
  pen.textAlign = "left";
  pen.globalAlpha = 1;
}

/** Paint everything; the buttons it answers with are in pixels of the canvas. */
export function paintPanel(canvas: HTMLCanvasElement, view: PanelView, pointed: string | null): readonly Button[] {
  const pen = canvas.getContext("2d");
  if (!pen) return [];
  const { width, height } = canvas;
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, width, height);
  paintWords(pen, view, width);
  const top = height - MARGIN - ROWS * BUTTON_H - (ROWS - 1) * GAP;
  pen.fillStyle = QUIET;
  pen.font = "26px system-ui, sans-serif";
  pen.fillText(fitted(pen, view.caption, width - 2 * MARGIN), MARGIN, top - 18);
  const w = (width - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
  // The way out keeps the last place, whatever else there is.
  const leave = view.commands.filter((each) => each.id === "view.headset");
  const others = view.commands.filter((each) => each.id !== "view.headset").slice(0, COLUMNS * ROWS - leave.length);
  return [...others, ...leave].map((command, index) => {
    const cell = command.id === "view.headset" ? COLUMNS * ROWS - 1 : index;
    const button: Button = {
      id: command.id,
      x: MARGIN + (cell % COLUMNS) * (w + GAP),
      y: top + Math.floor(cell / COLUMNS) * (BUTTON_H + GAP),
      w,
      h: BUTTON_H,
      enabled: command.enabled?.() !== false,
      run: command.run,
    };
    const on = command.pressed?.() === true && command.id !== "view.headset";
    const label = command.id === "view.headset" ? t("headset.leave") : t(command.title);
    paintButton(pen, button, label, on, pointed === command.id);
    return button;
  });
}
