/** Words in the reader's language: ICU messages from src/locales, numbers and dates by locale. */
import { computed, effect, signal } from "@preact/signals";
import english from "../locales/en.json";
import { filled, type Message, type Values } from "./message";
import { settings } from "./settings";

export type WordKey = keyof typeof english;
/** Plain sentences as they are, messages with gaps as the build has read them. */
type Catalogue = Readonly<Record<string, string | Message>>;

/** A language is one file and one line here. */
export const LANGUAGES = {
  en: { name: "English", load: async (): Promise<Catalogue> => english },
  fi: { name: "Suomi", load: async (): Promise<Catalogue> => (await import("../locales/fi.json")).default },
  fr: { name: "Français", load: async (): Promise<Catalogue> => (await import("../locales/fr.json")).default },
  de: { name: "Deutsch", load: async (): Promise<Catalogue> => (await import("../locales/de.json")).default },
} as const;
export type Language = keyof typeof LANGUAGES;

export const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text);

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

/** The sentence for `key` in the reader's language; a signal read, so that it re-renders with the language. */
export function t(key: WordKey, values?: Values): string {
  const message = loaded.value.catalogue[key] ?? (english as Catalogue)[key] ?? key;
  return typeof message === "string" ? message : filled(message, values ?? {}, locale.value);
}

/** The sentence for a key made at run time (a verb's, a kind's), or `fallback` where there is none. */
export function tOr(key: string, fallback: string, values?: Values): string {
  return key in english ? t(key as WordKey, values) : fallback;
}

export const formatNumber = (value: number, options?: Intl.NumberFormatOptions) =>
  new Intl.NumberFormat(locale.value, { maximumSignificantDigits: 3, ...options }).format(value);

export async function speak(wanted: Language): Promise<void> {
  loaded.value = { language: wanted, catalogue: await LANGUAGES[wanted].load() };
}

/** Follow the setting, or the browser where nothing is set; returns a function that stops. */
export function followLanguage(): () => void {
  return effect(() => {
    const wanted = settings.value.language;
    void speak(wanted && isLanguage(wanted) ? wanted : preferredLanguage(navigator.languages ?? []));
  });
}
