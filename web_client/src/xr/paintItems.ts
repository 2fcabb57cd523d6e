/** Paints what was laid out. */
import { ICONS, UNKNOWN_ICON } from "../state/icons";
import type { Font, Measure, Placed } from "./layout";

const PAPER = "#f9f6f0";
const INK = "#17222a";
const ACCENT = "#14665f";
const TONES: Readonly<Record<string, string>> = {
  title: INK,
  plain: INK,
  quiet: "#4c5962",
  problem: "#9a2a17",
  warning: "#7a4a00",
  good: ACCENT,
  better: "#0f5d57",
  worse: "#9a3a1a",
  "no clear change": "#4c5962",
};
const BARS: Readonly<Record<string, string>> = { better: "#2f8f86", worse: "#cf6a3f", "no clear change": "#8b979e" };
const ROUND = 36;
const FAMILY = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

const fontOf = ({ px, bold }: Font) => `${bold ? "650 " : ""}${px}px ${FAMILY}`;

/** Widths as this browser draws them. */
export function measureWith(pen: CanvasRenderingContext2D): Measure {
  return (text, font) => {
    pen.font = fontOf(font);
    return pen.measureText(text).width;
  };
}

function paintIcon(pen: CanvasRenderingContext2D, name: string, x: number, y: number, size: number, ink: string): void {
  pen.save();
  pen.translate(x, y);
  pen.scale(size / 24, size / 24);
  pen.lineWidth = 1.9;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = ink;
  pen.stroke(new Path2D(ICONS[name] ?? UNKNOWN_ICON));
  pen.restore();
}

function paintPress(
  pen: CanvasRenderingContext2D,
  { press, x, y, w, h, lines, font }: Placed & { kind: "press" },
): void {
  const on = press.on === true || press.primary === true;
  pen.globalAlpha = press.enabled === false ? 0.4 : 1;
  pen.fillStyle = on ? ACCENT : "#e9e3d6";
  pen.beginPath();
  pen.roundRect(x, y, w, h, 18);
  pen.fill();
  const ink = on ? "#ffffff" : INK;
  if (press.on) {
    // Not by colour alone.
    pen.fillStyle = "#ffffff";
    pen.fillRect(x + 10, y + h - 9, w - 20, 4);
  }
  const wide = Math.max(0, ...lines.map((line) => measureWith(pen)(line, font)));
  const aside = press.icon ? 56 : 0;
  const left = press.icon ? x + 16 : x + (w - wide) / 2;
  if (press.icon) paintIcon(pen, press.icon, left, y + (h - 44) / 2, 44, ink);
  pen.fillStyle = ink;
  pen.font = fontOf(font);
  const step = font.px * 1.18;
  const top = y + h / 2 - ((lines.length - 1) * step) / 2 + font.px * 0.35;
  for (const [index, line] of lines.entries()) pen.fillText(line, left + aside, top + index * step);
  pen.globalAlpha = 1;
}

/** A change about zero: its likely span as a bar, its middle as a stroke. */
function paintBar(pen: CanvasRenderingContext2D, { x, y, w, h, band, verdict }: Placed & { kind: "bar" }): void {
  const most = Math.max(1e-9, ...band.map(Math.abs)) * 1.08;
  const at = (value: number) => x + w / 2 + (value / most) * (w / 2);
  pen.fillStyle = "#e4ddcf";
  pen.fillRect(x, y + h / 2 - 2, w, 4);
  pen.fillStyle = BARS[verdict] as string;
  const [low, middle, high] = band;
  pen.beginPath();
  pen.roundRect(at(low), y + 3, Math.max(4, at(high) - at(low)), h - 6, 6);
  pen.fill();
  pen.fillStyle = INK;
  pen.fillRect(at(middle) - 3, y, 6, h);
  pen.fillStyle = "#4c5962";
  pen.fillRect(at(0) - 1.5, y - 4, 3, h + 8);
}

function paintRamp(pen: CanvasRenderingContext2D, { x, y, w, h, colours }: Placed & { kind: "ramp" }): void {
  const ramp = pen.createLinearGradient(x, 0, x + w, 0);
  colours.forEach((colour, index) => {
    ramp.addColorStop(colours.length > 1 ? index / (colours.length - 1) : 0, colour);
  });
  pen.fillStyle = ramp;
  pen.fillRect(x, y, w, h);
}

export function paintPlaced(canvas: HTMLCanvasElement, pen: CanvasRenderingContext2D, placed: readonly Placed[]): void {
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = PAPER;
  pen.beginPath();
  pen.roundRect(2, 2, canvas.width - 4, canvas.height - 4, ROUND);
  pen.fill();
  pen.lineWidth = 3;
  pen.strokeStyle = "#b9b09c";
  pen.stroke();
  for (const each of placed) {
    switch (each.kind) {
      case "line":
        pen.font = fontOf(each.font);
        pen.fillStyle = TONES[each.tone] ?? INK;
        pen.fillText(each.text, each.x, each.y);
        break;
      case "icon":
        paintIcon(pen, each.name, each.x, each.y, each.size, ACCENT);
        break;
      case "press":
        paintPress(pen, each);
        break;
      case "bar":
        paintBar(pen, each);
        break;
      case "ramp":
        paintRamp(pen, each);
        break;
    }
  }
}
