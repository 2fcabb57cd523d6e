/** Words in the reader's language: ICU messages from src/locales, numbers and dates by locale. */
import { computed, effect, signal } from "@preact/signals";
import type keys from "../locales/en.json";
import english from "../locales/en.json?first";
import { type Catalogue, filled, type Values } from "./message";
import { settings } from "./settings";

export type WordKey = keyof typeof keys;

type Bring = () => Promise<Catalogue>;
/** A language is a file: what the first picture needs of it, and the rest with the first panel or tool that is opened. */
const FIRST = import.meta.glob<Catalogue>("../locales/*.json", { query: "?first", import: "default" });
const REST = import.meta.glob<Catalogue>("../locales/*.json", { query: "?later", import: "default" });
const fileOf = (code: string) => `../locales/${code}.json`;

const codes = Object.keys(FIRST).map((path) => path.slice("../locales/".length, -".json".length));
/** What a language is called by those who speak it. */
const nameOf = (code: string) => {
  const name = new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
};
/** Codes and names of the languages we speak, by name. */
export const LANGUAGES = codes
  .map((code) => [code, nameOf(code)] as const)
  .sort(([, one], [, other]) => one.localeCompare(other));
export type Language = string;

const isLanguage = (text: string): text is Language => fileOf(text) in FIRST;

/** The first of the browser's languages that we speak. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const each of wanted) {
    const short = each.split("-")[0] ?? "";
    if (isLanguage(short)) return short;
  }
  return "en";
}

const loaded = signal<{ language: Language; catalogue: Catalogue }>({ language: "en", catalogue: english });
export const language = computed(() => loaded.value.language);

/** The locale for numbers and dates: the browser's own variant of the language where it has one. */
export const locale = computed(
  () => navigator.languages?.find((each) => each.startsWith(language.value)) ?? language.value,
);

function said(key: string, values?: Values): string | undefined {
  const message = loaded.value.catalogue[key];
  return message === undefined || typeof message === "string" ? message : filled(message, values ?? {}, locale.value);
}

/** The sentence for `key` in the reader's language; a signal read, so that it re-renders with the language. */
export const t = (key: WordKey, values?: Values): string => said(key, values) ?? key;

/** The sentence for a key made at run time (a verb's, a kind's), or `fallback` where there is none. */
export const tOr = (key: string, fallback: string, values?: Values): string => said(key, values) ?? fallback;

export const formatNumber = (value: number, options?: Intl.NumberFormatOptions) =>
  new Intl.NumberFormat(locale.value, { maximumSignificantDigits: 3, ...options }).format(value);

export const formatMoney = (value: number, currency: string) =>
  formatNumber(value, { style: "currency", currency, maximumSignificantDigits: 2 });

const inUtc = (parts: Intl.DateTimeFormatOptions, time: number) =>
  new Intl.DateTimeFormat(locale.value, { ...parts, timeZone: "UTC" }).format(time);

/** An hour of the day as it is written: "10:30". */
export const formatHour = (hour: number) => inUtc({ hour: "numeric", minute: "2-digit" }, hour * 3_600_000);
/** A day of the year, 1 to 365, as it is written: "24 May". */
export const formatDay = (day: number) => inUtc({ day: "numeric", month: "long" }, Date.UTC(2025, 0, day));

/** Whether more than the first picture's words are wanted. */
let whole = false;
let asked = 0;

export async function speak(wanted: Language): Promise<void> {
  asked += 1;
  const mine = asked;
  const [first, rest] = [FIRST[fileOf(wanted)], REST[fileOf(wanted)]] as [Bring, Bring];
  const parts = await Promise.all([wanted === "en" ? english : first(), whole ? rest() : {}]);
  if (mine === asked) loaded.value = { language: wanted, catalogue: Object.assign({}, ...parts) as Catalogue };
}

/** Bring the words that the first picture does without; what needs them waits for it. */
export async function bringWords(): Promise<void> {
  if (whole) return;
  whole = true;
  await speak(loaded.peek().language).catch(() => {
    whole = false;
  });
}

/** Follow the setting, or the browser where nothing is set; returns a function that stops. */
export function followLanguage(): () => void {
  return effect(() => {
    const wanted = settings.value.language;
    const next = wanted && isLanguage(wanted) ? wanted : preferredLanguage(navigator.languages ?? []);
    if (next !== loaded.peek().language) void speak(next);
  });
}
