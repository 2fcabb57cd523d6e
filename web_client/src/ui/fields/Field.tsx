/** One field of a verb: a number with its unit, a choice, a text, or something in the city. */
import { useState } from "preact/hooks";
import { formatNumber, t, tOr } from "../../state/words";
import type { FormField } from "../../wire/types";
import { GestureInput } from "./GestureInput";
import { LaneEditor } from "./LaneEditor";
import { ModelInput } from "./ModelInput";
import { type FieldProps, labelOfField } from "./props";

const labelOfChoice = (field: FormField, choice: string) =>
  tOr(`${field.label}.${choice}`, tOr(`value.${choice}`, choice.replaceAll("_", " ")));

const STEPS: Readonly<Record<string, number>> = { "km/h": 10, "1/ha": 50, "°": 15 };
const FEW_CHOICES = 5;

function NumberField({ field, value, onChange }: FieldProps) {
  const step = field.kind === "whole" ? 1 : (STEPS[field.unit] ?? 1);
  const now = typeof value === "number" ? value : undefined;
  const [least, most] = [field.least ?? Number.NEGATIVE_INFINITY, field.most ?? Number.POSITIVE_INFINITY];
  const move = (by: number) => onChange(Math.min(most, Math.max(least, (now ?? Math.max(0, least)) + by)));
  const label = labelOfField(field);
  return (
    <div class="field number">
      <label for={`field-${field.name}`}>
        {label}
        {field.unit && <span class="unit"> {field.unit}</span>}
      </label>
      <div class="stepper">
        <button type="button" aria-label={t("field.less", { label })} onClick={() => move(-step)}>
          −
        </button>
        <input
          id={`field-${field.name}`}
          type="number"
          inputMode="decimal"
          value={now ?? ""}
          {...(field.least === null ? {} : { min: field.least })}
          {...(field.most === null ? {} : { max: field.most })}
          step={field.kind === "whole" ? 1 : "any"}
          placeholder={field.required ? "" : t("field.open")}
          onInput={({ currentTarget }) =>
            onChange(currentTarget.value === "" ? undefined : currentTarget.valueAsNumber)
          }
        />
        <button type="button" aria-label={t("field.more", { label })} onClick={() => move(step)}>
          +
        </button>
      </div>
      {field.least !== null && field.most !== null && now !== undefined && (now < field.least || now > field.most) && (
        <p class="hint">{t("field.bounds", { least: formatNumber(field.least), most: formatNumber(field.most) })}</p>
      )}
    </div>
  );
}

function Chips({ field, value, onChange }: FieldProps) {
  const several = field.kind === "choices";
  const held = several ? (Array.isArray(value) ? (value as string[]) : []) : [String(value ?? "")];
  const toggle = (choice: string, on: boolean) => {
    if (!several) return onChange(choice);
    onChange(field.choices.filter((each) => (each === choice ? on : held.includes(each))));
  };
  return (
    <fieldset class="field chips">
      <legend>{labelOfField(field)}</legend>
      {field.choices.map((choice) => (
        <label key={choice} class="chip">
          <input
            type={several ? "checkbox" : "radio"}
            name={`field-${field.name}`}
            checked={held.includes(choice)}
            onChange={({ currentTarget }) => toggle(choice, currentTarget.checked)}
          />
          <span>{labelOfChoice(field, choice)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function SelectField({ field, value, onChange }: FieldProps) {
  return (
    <label class="field">
      {labelOfField(field)}
      <select value={String(value ?? "")} onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}>
        {!field.required && <option value="">{t("field.open")}</option>}
        {field.choices.map((choice) => (
          <option key={choice} value={choice}>
            {labelOfChoice(field, choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Several short texts in one line, such as the numbers of bus lines. */
function Texts({ field, value, onChange }: FieldProps) {
  const [typed, type] = useState(Array.isArray(value) ? value.join(", ") : "");
  const read = (text: string) => {
    const found = text.split(/[,;]/).map((each) => each.trim());
    return [...new Set(found)].filter(Boolean).slice(0, field.longest ?? undefined);
  };
  return (
    <label class="field">
      {labelOfField(field)}
      <input
        type="text"
        value={typed}
        placeholder={t("texts.hint")}
        onInput={({ currentTarget }) => {
          type(currentTarget.value);
          const found = read(currentTarget.value);
          onChange(found.length ? found : undefined);
        }}
      />
    </label>
  );
}

/** Rows of fields. */
function Rows({ field, value, onChange }: FieldProps) {
  const rows = Array.isArray(value) ? (value as Readonly<Record<string, unknown>>[]) : [];
  const fresh = () =>
    Object.fromEntries(field.fields.flatMap((each) => (each.default === null ? [] : [[each.name, each.default]])));
  return (
    <fieldset class="field rows">
      <legend>{labelOfField(field)}</legend>
      {rows.map((row, index) => (
        <div class="row" key={index}>
          {field.fields.map((inner) => (
            <Field
              key={inner.name}
              field={inner}
              value={row[inner.name]}
              onChange={(next) =>
                onChange(rows.map((each, at) => (at === index ? { ...each, [inner.name]: next } : each)))
              }
            />
          ))}
          <button type="button" onClick={() => onChange(rows.filter((_, at) => at !== index))}>
            {t("field.removeRow", { number: index + 1 })}
          </button>
        </div>
      ))}
      <button type="button" class="plain" onClick={() => onChange([...rows, fresh()])}>
        {t("field.addRow")}
      </button>
    </fieldset>
  );
}

export function Field(props: FieldProps) {
  const { field, value, onChange } = props;
  switch (field.kind) {
    case "gesture":
      return <GestureInput {...props} />;
    case "number":
    case "whole":
      return <NumberField {...props} />;
    case "choice":
      return field.required && field.choices.length <= FEW_CHOICES ? (
        <Chips {...props} />
      ) : (
        <SelectOrChips {...props} />
      );
    case "choices":
      return <Chips {...props} />;
    case "flag":
      return (
        <label class="field chip">
          <input
            type="checkbox"
            checked={value === true}
            onChange={({ currentTarget }) => onChange(currentTarget.checked || undefined)}
          />
          <span>{labelOfField(field)}</span>
        </label>
      );
    case "text":
      if (field.name === "model") return <ModelInput {...props} />;
      return (
        <label class="field">
          {labelOfField(field)}
          <input
            type="text"
            value={String(value ?? "")}
            {...(field.longest === null ? {} : { maxLength: field.longest })}
            placeholder={field.required ? "" : t("field.open")}
            onInput={({ currentTarget }) => onChange(currentTarget.value || undefined)}
          />
        </label>
      );
    case "texts":
      return <Texts {...props} />;
    case "list":
      return field.name === "lanes" ? <LaneEditor {...props} /> : <Rows {...props} />;
  }
}

/** A choice with a usual value is shown at a glance; a long or open one is a list. */
const SelectOrChips = (props: FieldProps) =>
  props.field.default !== null && props.field.choices.length <= FEW_CHOICES ? (
    <Chips {...props} />
  ) : (
    <SelectField {...props} />
  );
