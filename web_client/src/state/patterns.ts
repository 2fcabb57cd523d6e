/** A city's patterns as forms like those of verbs: choose a street or draw a block, and several edits come of it. */
import { effect, signal } from "@preact/signals";
import { fetchPatterns, type PatternPlace } from "../wire/proposals";
import type { FormField, Pattern, VerbForm } from "../wire/types";
import { sceneId } from "./place";

export const patterns = signal<readonly Pattern[]>([]);
const PREFIX = "pattern.";

const pointed = (name: string, gesture: string, required: boolean): FormField => ({
  name,
  label: `field.${name}`,
  kind: "gesture",
  required,
  gesture,
  unit: "",
  least: null,
  most: null,
  longest: null,
  choices: [],
  default: null,
  fields: [],
});

export function formOfPattern({ name, title, words, along }: Pattern): VerbForm {
  const street = [pointed("road", "road", along === "street"), pointed("between", "between", false)];
  const block = [pointed("area", "area", along === "block")];
  return {
    verb: `${PREFIX}${name}`,
    group: "patterns",
    label: title,
    help: "",
    summary: words,
    gesture: along === "block" ? "area" : "road",
    fields: [...(along === "block" ? [] : street), ...(along === "street" ? [] : block)],
    one_of: along === "either" ? [["road"], ["area"]] : [],
    any_of: [],
  };
}

/** The pattern's name in a form's verb, or null for a verb. */
export const patternIn = (form: VerbForm): string | null =>
  form.group === "patterns" ? form.verb.slice(PREFIX.length) : null;

/** Where a filled form wants its pattern. */
export function placeIn(values: Readonly<Record<string, unknown>>): PatternPlace {
  const { verb: _verb, ...place } = values;
  return place as unknown as PatternPlace;
}

/** Fetch them for every scene that is opened; returns a function that stops. */
export const followPatterns = (): (() => void) =>
  effect(() => {
    const scene = sceneId.value;
    if (!scene) return;
    void fetchPatterns(scene)
      .then((found) => {
        patterns.value = found;
      })
      .catch(() => {});
  });
