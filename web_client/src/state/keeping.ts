/** Keeps the change one is making up, so that a page that is closed or loaded anew loses nothing of it. */
import { effect, untracked } from "@preact/signals";
import { announce } from "./announce";
import { type Draft, draft, formOf, takeUp } from "./draft";
import { recall, remember } from "./settings";
import { t } from "./words";

const KEY = "citiverse.draft";

interface Kept extends Pick<Draft, "values" | "by" | "way" | "pointing" | "sketch" | "closed"> {
  readonly scene: string;
  readonly verb: string;
}
const NOTHING: Kept = {
  scene: "",
  verb: "",
  values: {},
  by: "form",
  way: 0,
  pointing: "",
  sketch: [],
  closed: false,
};

/** What is on its way is kept with the other operations. */
function keptOf(scene: string, now: Draft | null): Kept {
  if (!now || now.sending) return NOTHING;
  const { form, values, by, way, pointing, sketch, closed } = now;
  return { scene, verb: form.verb, values, by, way, pointing, sketch, closed };
}

/** Take up what an earlier visit to the scene left, then keep what is begun; returns a function that stops. */
export function keepDraft(scene: string): () => void {
  const left = recall(KEY, NOTHING);
  let expected = left.scene === scene;
  return effect(() => {
    const now = draft.value;
    if (now === null && expected) {
      // Patterns come later than verbs.
      const form = formOf(left.verb);
      if (!form) return;
      expected = false;
      untracked(() => takeUp({ ...left, form }));
      announce(t("app.draftKept"));
      return;
    }
    expected = false;
    remember(KEY, keptOf(scene, now));
  });
}
