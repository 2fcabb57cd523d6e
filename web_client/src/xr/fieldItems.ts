/** The fields of a change as items of a panel: what a form asks for, answered by pressing. */
import { chooseWay, type Draft, fieldOf, missing, offered, pointAt, setValue } from "../state/draft";
import { formatNumber, t, tOr } from "../state/words";
import type { FormField } from "../wire/types";
import type { Item, Press } from "./items";
import { write } from "./letters";

type Rows = readonly Readonly<Record<string, unknown>>[];
type Change = (value: unknown) => void;

const STEPS: Readonly<Record<string, number>> = { "km/h": 10, "1/ha": 50, "°": 15, jobs: 10 };

export const labelOfField = (field: FormField) =>
  tOr(field.label, tOr(`field.${field.name}`, field.name.replaceAll("_", " ")));
const labelOfChoice = (field: FormField, choice: string) =>
  tOr(`${field.label}.${choice}`, tOr(`value.${choice}`, choice.replaceAll("_", " ")));

function numberItem(field: FormField, id: string, value: unknown, change: Change): Item {
  const step = field.kind === "whole" ? 1 : (STEPS[field.unit] ?? 1);
  const [least, most] = [field.least ?? Number.NEGATIVE_INFINITY, field.most ?? Number.POSITIVE_INFINITY];
  const now = typeof value === "number" ? value : null;
  const move = (by: number) => () => change(Math.min(most, Math.max(least, (now ?? Math.max(0, least)) + by)));
  return {
    kind: "stepper",
    id,
    label: labelOfField(field),
    value: now === null ? t("field.open") : `${formatNumber(now)} ${field.unit}`.trim(),
    less: now !== null && now <= least ? null : move(-step),
    more: now !== null && now >= most ? null : move(step),
  };
}

/** A long or open choice is gone through one by one; a short one is shown at once. */
const FEW = 6;

function choiceItems(field: FormField, id: string, value: unknown, change: Change): readonly Item[] {
  if (field.choices.length <= FEW) {
    const buttons = field.choices.map(
      (choice): Press => ({
        id: `${id}.${choice}`,
        label: labelOfChoice(field, choice),
        on: value === choice,
        run: () => change(value === choice && !field.required ? undefined : choice),
      }),
    );
    return [
      { kind: "text", text: labelOfField(field), tone: "quiet" },
      { kind: "buttons", columns: 2, buttons },
    ];
  }
  const options = field.required ? field.choices : ["", ...field.choices];
  const at = Math.max(0, options.indexOf(String(value ?? "")));
  const go = (to: number) => () => change(options[(to + options.length) % options.length] || undefined);
  const chosen = typeof value === "string" && value ? labelOfChoice(field, value) : t("field.open");
  return [{ kind: "stepper", id, label: labelOfField(field), value: chosen, less: go(at - 1), more: go(at + 1) }];
}

function severalItems(field: FormField, id: string, value: unknown, change: Change): readonly Item[] {
  const held = Array.isArray(value) ? (value as string[]) : [];
  const buttons = field.choices.map((choice): Press => {
    const on = held.includes(choice);
    const toggle = () => change(field.choices.filter((each) => (each === choice ? !on : held.includes(each))));
    return { id: `${id}.${choice}`, label: labelOfChoice(field, choice), on, run: toggle };
  });
  return [
    { kind: "text", text: labelOfField(field), tone: "quiet" },
    { kind: "buttons", columns: 2, buttons },
  ];
}

function rowItems(field: FormField, id: string, value: unknown, change: Change): readonly Item[] {
  const rows: Rows = Array.isArray(value) ? (value as Rows) : [];
  const fresh = Object.fromEntries(
    field.fields.flatMap((each) => {
      const usual = each.default ?? (each.required ? each.choices[0] : null);
      return usual === null || usual === undefined ? [] : [[each.name, usual]];
    }),
  );
  const shown = rows.flatMap((row, index): readonly Item[] => [
    ...field.fields.flatMap((inner) =>
      fieldItems(inner, row[inner.name], `${id}.${index}.${inner.name}`, (next) =>
        change(rows.map((each, at) => (at === index ? { ...each, [inner.name]: next } : each))),
      ),
    ),
    {
      kind: "buttons",
      columns: 1,
      buttons: [
        {
          id: `${id}.${index}.remove`,
          label: t("field.removeRow", { number: index + 1 }),
          run: () => change(rows.filter((_, at) => at !== index)),
        },
      ],
    },
  ]);
  const add: Press = { id: `${id}.add`, label: t("field.addRow"), icon: "plus", run: () => change([...rows, fresh]) };
  return [
    { kind: "text", text: labelOfField(field), tone: "quiet" },
    ...shown,
    { kind: "buttons", columns: 1, buttons: [add] },
  ];
}

const LONGEST_NAME = 120;

/** What is written in words, letter by letter; several texts are only shown, for the page has a better way. */
function fieldItems(field: FormField, value: unknown, id: string, change: Change): readonly Item[] {
  switch (field.kind) {
    case "number":
    case "whole":
      return [numberItem(field, id, value, change)];
    case "choice":
      return choiceItems(field, id, value, change);
    case "choices":
      return severalItems(field, id, value, change);
    case "flag": {
      const on = value === true;
      const press: Press = { id, label: labelOfField(field), on, run: () => change(on ? undefined : true) };
      return [{ kind: "buttons", columns: 1, buttons: [press] }];
    }
    case "list":
      return rowItems(field, id, value, change);
    case "text": {
      const [title, text] = [labelOfField(field), typeof value === "string" ? value : ""];
      const run = () => write({ title, text, longest: field.longest ?? LONGEST_NAME, done: change });
      return [
        { kind: "buttons", columns: 1, buttons: [{ id, label: `${title}: ${text || "…"}`, icon: "pencil", run }] },
      ];
    }
    default:
      return Array.isArray(value) && value.length > 0
        ? [{ kind: "fact", name: labelOfField(field), value: value.join(", ") }]
        : [];
  }
}

function wayItems({ form, way }: Draft): readonly Item[] {
  if (form.one_of.length < 2) return [];
  const buttons = form.one_of.map(
    (names, index): Press => ({
      id: `way.${index}`,
      label: tOr(`way.${form.verb}.${names[0]}`, tOr(`field.${names[0]}`, String(names[0]))),
      on: way === index,
      run: () => chooseWay(index),
    }),
  );
  return [{ kind: "buttons", columns: Math.min(3, buttons.length), buttons }];
}

/** What pointing may fill besides what it fills now: part of a street, another outline. */
function pointItems(now: Draft): readonly Item[] {
  if (missing(now).some((name) => name === now.pointing)) return [];
  const others = offered(now.form, now.way).filter((each) => each.kind === "gesture" && each.name !== now.pointing);
  const buttons = others.map(
    (field): Press => ({
      id: `point.${field.name}`,
      label: tOr(`field.${field.name}.point`, labelOfField(field)),
      run: () => pointAt(field.name),
    }),
  );
  return buttons.length ? [{ kind: "buttons", columns: 1, buttons }] : [];
}

/** Everything a change asks for, save what is pointed at. */
export function draftItems(now: Draft): readonly Item[] {
  const asked = offered(now.form, now.way).flatMap((field) =>
    field.kind === "gesture"
      ? []
      : fieldItems(field, now.values[field.name], `field.${field.name}`, (value) => setValue(field.name, value)),
  );
  return [...wayItems(now), ...pointItems(now), ...asked];
}

/** What is still to be filled in, by its words. */
export const absentWords = (now: Draft): string =>
  missing(now)
    .map((name) => {
      const field = fieldOf(now.form, name);
      return field ? labelOfField(field) : name;
    })
    .join(", ");
