/** Lays a panel's items out in pixels: lines broken to fit, buttons in columns, pages where it is too much for one. */
import type { Verdict } from "../wire/types";
import type { Item, PanelView, Press, Tone } from "./items";

/** Pixels to a degree of sight, at the distance for which a panel is made. */
export const PX_PER_DEG = 30;
/** Heights of letters' bodies in degrees; below one degree text is hard to read in today's headsets. */
const TITLE_DEG = 1.5;
const TEXT_DEG = 1.2;
const SMALL_DEG = 1.07;
/** A press is at least so wide and high: some 2.2 cm on the wrist. */
const PRESS_DEG = 2.9;
const MARGIN = 32;
const GAP = 12;
const ICON_PX = 44;
const LINE = 1.28;
/** A panel does not become smaller. */
const LEAST_PX = 260;

export interface Font {
  readonly px: number;
  readonly bold: boolean;
}
/** Width in pixels of a text. */
export type Measure = (text: string, font: Font) => number;

export type Placed =
  | {
      readonly kind: "line";
      readonly text: string;
      readonly x: number;
      readonly y: number;
      readonly font: Font;
      readonly tone: Tone | Verdict | "title";
    }
  | { readonly kind: "icon"; readonly name: string; readonly x: number; readonly y: number; readonly size: number }
  | {
      readonly kind: "bar";
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
      readonly band: readonly [number, number, number];
      readonly verdict: Verdict;
    }
  | {
      readonly kind: "ramp";
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
      readonly colours: readonly string[];
    }
  | {
      readonly kind: "press";
      readonly press: Press;
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
      readonly lines: readonly string[];
      readonly font: Font;
    };

export interface Laid {
  readonly placed: readonly Placed[];
  readonly page: number;
  readonly pages: number;
  /** What is used of the sheet's height. */
  readonly height: number;
}

export interface Sheet {
  readonly width: number;
  /** At most. */
  readonly height: number;
  readonly textScale: number;
  readonly measure: Measure;
  /** "2 of 3", and what turns the pages. */
  readonly pageText: (page: number, pages: number) => string;
  readonly turnTo: (page: number) => void;
}

/** A word that is wider than a line is cut. */
function cut(word: string, width: number, font: Font, measure: Measure): readonly string[] {
  const parts: string[] = [];
  let rest = word;
  while (rest !== "" && measure(rest, font) > width) {
    let end = rest.length - 1;
    while (end > 1 && measure(rest.slice(0, end), font) > width) end -= 1;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return rest === "" ? parts : [...parts, rest];
}

/** A text in lines no wider than `width`; at most `most`, the last then ends in an ellipsis. */
export function broken(text: string, width: number, font: Font, measure: Measure, most = 40): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).flatMap((each) => cut(each, width, font, measure))) {
    const last = lines[lines.length - 1];
    if (last !== undefined && measure(`${last} ${word}`, font) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  if (lines.length <= most) return lines;
  let end = lines[most - 1] ?? "";
  while (end.length > 1 && measure(`${end}…`, font) > width) end = end.slice(0, -1);
  return [...lines.slice(0, most - 1), `${end}…`];
}

interface Block {
  readonly height: number;
  /** With y counted from the block's top. */
  readonly placed: readonly Placed[];
}

interface Fonts {
  readonly title: Font;
  readonly text: Font;
  readonly small: Font;
  readonly bold: Font;
}

export function fontsAt(textScale: number): Fonts {
  const font = (degrees: number, bold = false): Font => ({ px: Math.round(degrees * PX_PER_DEG * textScale), bold });
  return { title: font(TITLE_DEG, true), text: font(TEXT_DEG), small: font(SMALL_DEG), bold: font(TEXT_DEG, true) };
}

function lineBlock(
  lines: readonly string[],
  font: Font,
  tone: Extract<Placed, { kind: "line" }>["tone"],
  x: number,
  after: number,
): Block {
  const step = font.px * LINE;
  return {
    height: lines.length * step + after,
    placed: lines.map((text, index) => ({ kind: "line", text, x, y: index * step + font.px, font, tone })),
  };
}

function pressBlock(buttons: readonly Press[], columns: number, inner: number, font: Font, measure: Measure): Block {
  const w = (inner - (columns - 1) * GAP) / columns;
  const least = PRESS_DEG * PX_PER_DEG;
  const placed: Placed[] = [];
  let y = 0;
  for (let first = 0; first < buttons.length; first += columns) {
    const row = buttons.slice(first, first + columns).map((press) => {
      const room = w - 28 - (press.icon ? ICON_PX + 12 : 0);
      return { press, lines: broken(press.label, room, font, measure, 3) };
    });
    const h = Math.max(least, ...row.map(({ lines }) => lines.length * font.px * 1.18 + 30));
    row.forEach(({ press, lines }, column) => {
      placed.push({ kind: "press", press, x: MARGIN + column * (w + GAP), y, w, h, lines, font });
    });
    y += h + GAP;
  }
  return { height: y, placed };
}

function stepperBlock(item: Extract<Item, { kind: "stepper" }>, inner: number, fonts: Fonts, measure: Measure): Block {
  const side = PRESS_DEG * PX_PER_DEG;
  const room = inner - 2 * side - 2 * GAP;
  const lines = broken(item.label, room, fonts.small, measure, 2);
  const h = Math.max(side, (lines.length + 1) * fonts.text.px * LINE);
  const press = (end: "less" | "more", label: string, x: number): Placed => ({
    kind: "press",
    press: { id: `${item.id}.${end}`, label, enabled: item[end] !== null, run: () => item[end]?.() },
    ...{ x, y: 0, w: side, h: side, lines: [label], font: fonts.title },
  });
  const told = lineBlock(lines, fonts.small, "quiet", MARGIN + side + GAP, 0);
  const value = lineBlock([item.value], fonts.bold, "plain", MARGIN + side + GAP, 0);
  return {
    height: h + GAP,
    placed: [
      press("less", "−", MARGIN),
      press("more", "+", MARGIN + inner - side),
      ...told.placed,
      ...value.placed.map((each) => ({ ...each, y: each.y + told.height })),
    ],
  };
}

function factBlock(item: Extract<Item, { kind: "fact" }>, inner: number, fonts: Fonts, measure: Measure): Block {
  const split = inner * 0.4;
  const names = lineBlock(broken(item.name, split - GAP, fonts.small, measure, 2), fonts.small, "quiet", MARGIN, 0);
  const values = broken(item.value, inner - split, fonts.text, measure, 2);
  const value = lineBlock(values, fonts.text, "plain", MARGIN + split, 0);
  return { height: Math.max(names.height, value.height) + 4, placed: [...names.placed, ...value.placed] };
}

function figureBlock(item: Extract<Item, { kind: "figure" }>, inner: number, fonts: Fonts, measure: Measure): Block {
  const words = lineBlock(broken(item.text, inner, fonts.text, measure, 4), fonts.text, item.verdict, MARGIN, 6);
  if (!item.band) return { ...words, height: words.height + GAP };
  const h = 22;
  const bar: Placed = { kind: "bar", x: MARGIN, y: words.height, w: inner, h, band: item.band, verdict: item.verdict };
  return { height: words.height + h + GAP * 1.6, placed: [...words.placed, bar] };
}

function blockOf(item: Item, inner: number, fonts: Fonts, measure: Measure): Block {
  switch (item.kind) {
    case "title": {
      const aside = item.icon ? ICON_PX + 14 : 0;
      const lines = broken(item.text, inner - aside, fonts.title, measure, 3);
      const words = lineBlock(lines, fonts.title, "title", MARGIN + aside, GAP);
      const icon: Placed[] = item.icon ? [{ kind: "icon", name: item.icon, x: MARGIN, y: 4, size: ICON_PX }] : [];
      return { height: words.height, placed: [...icon, ...words.placed] };
    }
    case "text": {
      const font = item.tone === "quiet" ? fonts.small : fonts.text;
      return lineBlock(broken(item.text, inner, font, measure), font, item.tone ?? "plain", MARGIN, GAP);
    }
    case "fact":
      return factBlock(item, inner, fonts, measure);
    case "figure":
      return figureBlock(item, inner, fonts, measure);
    case "legend": {
      const h = 30;
      const y = h + fonts.small.px + 4;
      const line = (text: string, x: number): Placed => ({
        ...{ kind: "line", text, x, y, font: fonts.small, tone: "quiet" },
      });
      return {
        height: y + GAP * 1.5,
        placed: [
          { kind: "ramp", x: MARGIN, y: 0, w: inner, h, colours: item.colours },
          line(item.low, MARGIN),
          line(item.high, MARGIN + inner - measure(item.high, fonts.small)),
        ],
      };
    }
    case "buttons":
      return pressBlock(item.buttons, item.columns, inner, fonts.text, measure);
    case "stepper":
      return stepperBlock(item, inner, fonts, measure);
  }
}

const lowered = (placed: readonly Placed[], by: number): readonly Placed[] =>
  placed.map((each) => ({ ...each, y: each.y + by }));

/** Rows of many buttons may be parted between pages. */
const parted = (items: readonly Item[]): readonly Item[] =>
  items.flatMap((item) => {
    if (item.kind !== "buttons" || item.buttons.length <= item.columns) return [item];
    const rows: Item[] = [];
    for (let first = 0; first < item.buttons.length; first += item.columns)
      rows.push({ ...item, buttons: item.buttons.slice(first, first + item.columns) });
    return rows;
  });

function paged(blocks: readonly Block[], room: number): readonly (readonly Block[])[] {
  const pages: Block[][] = [[]];
  let used = 0;
  for (const block of blocks) {
    const last = pages[pages.length - 1] as Block[];
    if (used + block.height > room && last.length > 0) {
      pages.push([block]);
      used = block.height;
    } else {
      last.push(block);
      used += block.height;
    }
  }
  return pages;
}

export function layOut(view: PanelView, wanted: number, sheet: Sheet): Laid {
  const { width, height, measure } = sheet;
  const fonts = fontsAt(sheet.textScale);
  const inner = width - 2 * MARGIN;
  const block = (item: Item) => blockOf(item, inner, fonts, measure);
  const blocks = parted(view.items).map(block);
  const footer = view.footer.map(block);
  const footed = footer.reduce((sum, each) => sum + each.height, 0);
  const room = height - 2 * MARGIN - footed + GAP;
  const needed = blocks.reduce((sum, each) => sum + each.height, 0);
  const whole = needed <= room;
  const used = whole ? Math.max(LEAST_PX, height - (room - needed)) : height;
  const turner = PRESS_DEG * PX_PER_DEG + GAP;
  const pages = whole ? [blocks] : paged(blocks, room - turner);
  const page = Math.min(Math.max(0, wanted), pages.length - 1);
  const placed: Placed[] = [];
  let y = MARGIN;
  for (const each of pages[page] ?? []) {
    placed.push(...lowered(each.placed, y));
    y += each.height;
  }
  y = used - MARGIN + GAP - footed;
  if (!whole) {
    const turn = (id: string, label: string, to: number): Press => ({
      ...{ id, label, enabled: to >= 0 && to < pages.length, run: () => sheet.turnTo(to) },
    });
    const middle: Press = { id: "page", label: sheet.pageText(page + 1, pages.length), enabled: false, run: () => {} };
    const row = [turn("page.back", "‹", page - 1), middle, turn("page.on", "›", page + 1)];
    placed.push(...lowered(pressBlock(row, 3, inner, fonts.small, measure).placed, y - turner));
  }
  for (const each of footer) {
    placed.push(...lowered(each.placed, y));
    y += each.height;
  }
  return { placed, page, pages: pages.length, height: Math.round(used) };
}
