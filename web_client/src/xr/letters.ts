/** Letters to press, for names and remarks that one writes in the headset. */
import { signal } from "@preact/signals";
import { language, t } from "../state/words";
import type { Item, PanelView, Press } from "./items";

const ROWS: Readonly<Record<string, readonly string[]>> = {
  en: ["1234567890", "qwertyuiop", "asdfghjkl'", "zxcvbnm,.?"],
  de: ["1234567890", "qwertzuiop", "asdfghjklö", "yxcvbnmäüß", ",.?!-'"],
  fi: ["1234567890", "qwertyuiop", "asdfghjklö", "zxcvbnmäå-", ",.?!'"],
  fr: ["1234567890", "azertyuiop", "qsdfghjklm", "wxcvbnéèàç", "'êôîû,.?!-"],
};
const WIDEST = 10;

export interface Writing {
  readonly title: string;
  readonly text: string;
  /** Characters at most. */
  readonly longest: number;
  readonly done: (text: string) => unknown;
}

/** What one writes now, null when nothing. */
export const writing = signal<Writing | null>(null);
/** The next letter is a capital; words begin with one. */
const capital = signal(true);

export function write(begun: Writing): void {
  capital.value = begun.text === "";
  writing.value = begun;
}

/** The text after another letter, or as it was where it is as long as it may be. */
function added(now: Writing, letter: string): Writing {
  return [...now.text, letter].length > now.longest ? now : { ...now, text: now.text + letter };
}

const shortened = (now: Writing): Writing => ({ ...now, text: [...now.text].slice(0, -1).join("") });

function put(letter: string): void {
  const now = writing.peek();
  if (!now) return;
  writing.value = added(now, capital.peek() ? letter.toLocaleUpperCase(language.peek()) : letter);
  capital.value = letter === " " && /[.?!]$/.test(now.text);
}

function keyOf(letter: string): Press {
  const label = capital.value ? letter.toLocaleUpperCase(language.value) : letter;
  return { id: `letter.${letter}`, label, run: () => put(label) };
}

/** The panel while one writes. */
export function lettersView(now: Writing): PanelView {
  const stop = () => {
    writing.value = null;
  };
  const rows = (ROWS[language.value] ?? (ROWS.en as readonly string[])).map(
    (row): Item => ({ kind: "buttons", columns: WIDEST, buttons: [...row].map(keyOf) }),
  );
  const shift: Press = {
    id: "letters.capital",
    label: "⇧",
    on: capital.value,
    run: () => {
      capital.value = !capital.peek();
    },
  };
  const back: Press = {
    id: "letters.back",
    label: "⌫",
    enabled: now.text !== "",
    run: () => {
      writing.value = shortened(now);
    },
  };
  const done: Press = {
    id: "letters.done",
    label: t("draft.finish"),
    primary: true,
    enabled: now.text.trim() !== "",
    run: () => {
      stop();
      return now.done(now.text.trim());
    },
  };
  return {
    id: `letters.${now.title}`,
    items: [{ kind: "title", text: now.title }, { kind: "text", text: `${now.text}▏` }, ...rows],
    footer: [
      { kind: "buttons", columns: 3, buttons: [shift, { id: "letters.space", label: "␣", run: () => put(" ") }, back] },
      { kind: "buttons", columns: 2, buttons: [{ id: "letters.stop", label: t("draft.stop"), run: stop }, done] },
    ],
  };
}
