/** Fills the gaps of an ICU message that the build has read: arguments, plurals and choices. */

export type Values = Readonly<Record<string, string | number | boolean | Date | null | undefined>>;

/** The parts of a message as @formatjs/icu-messageformat-parser tells them; its types are these numbers. */
type Options = Readonly<Record<string, { readonly value: Message }>>;
type Part =
  | { readonly type: 0; readonly value: string }
  | { readonly type: 1 | 2; readonly value: string }
  | { readonly type: 5; readonly value: string; readonly options: Options }
  | {
      readonly type: 6;
      readonly value: string;
      readonly options: Options;
      readonly offset: number;
      readonly pluralType: Intl.PluralRuleType;
    }
  | { readonly type: 7 };
export type Message = readonly Part[];
/** Plain sentences as they are, messages with gaps as the build has read them. */
export type Catalogue = Readonly<Record<string, string | Message>>;

export function filled(message: Message, values: Values, locale: string, counted = 0): string {
  const number = (value: number) => new Intl.NumberFormat(locale).format(value);
  const chosen = (options: Options, ...keys: readonly string[]) =>
    keys.map((key) => options[key]).find((each) => each)?.value ?? options.other?.value ?? [];
  const said = (part: Part): string => {
    switch (part.type) {
      case 0:
        return part.value;
      case 1:
      case 2: {
        const value = values[part.value];
        return typeof value === "number" ? number(value) : String(value ?? "");
      }
      case 5:
        return filled(chosen(part.options, String(values[part.value])), values, locale, counted);
      case 6: {
        const count = Number(values[part.value] ?? 0);
        const rules = new Intl.PluralRules(locale, { type: part.pluralType });
        const rule = rules.select(count - part.offset);
        return filled(chosen(part.options, `=${count}`, rule), values, locale, count - part.offset);
      }
      case 7:
        return number(counted);
    }
  };
  return message.map(said).join("");
}
