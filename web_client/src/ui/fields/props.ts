/** What a field of a form is given, and what it is called. */
import { tOr } from "../../state/words";
import type { FormField } from "../../wire/types";

export interface FieldProps {
  readonly field: FormField;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

export const labelOfField = (field: FormField) => tOr(field.label, field.name.replaceAll("_", " "));
