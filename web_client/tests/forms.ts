/** Fields and forms of verbs as a server would offer them, for tests. */
import type { FormField, VerbForm } from "../src/wire/types";

export const field = (name: string, kind: FormField["kind"], more: Partial<FormField> = {}): FormField => ({
  name,
  label: `field.${name}`,
  kind,
  required: false,
  gesture: "",
  unit: "",
  least: null,
  most: null,
  longest: null,
  choices: [],
  default: null,
  fields: [],
  ...more,
});

export const form = (verb: string, fields: readonly FormField[], more: Partial<VerbForm> = {}): VerbForm => ({
  verb,
  group: "roads",
  label: `verb.${verb}`,
  help: "",
  summary: "Do something, somehow.",
  gesture: fields[0]?.name ?? "",
  fields,
  one_of: [],
  any_of: [],
  ...more,
});
