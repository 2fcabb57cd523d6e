/** A command for every verb that the server has. */
import { effect } from "@preact/signals";
import { addCommands } from "./commands";
import { draft, labelOfVerb, startPointing, stopDraft, verbForms } from "./draft";
import { panel } from "./panels";
import type { WordKey } from "./words";

/** Letters that begin a verb over the city. */
const KEYS: Readonly<Record<string, string>> = {
  close_road: "C",
  set_speed: "V",
  plant_trees: "T",
  add_park: "P",
  add_building: "H",
  reshape_building: "R",
  demolish_building: "X",
};

/** Follow the manifest; returns a function that takes the commands away. */
export function addVerbCommands(): () => void {
  let remove = () => {};
  const stop = effect(() => {
    remove();
    remove = addCommands(
      verbForms.value.map((form) => ({
        id: `propose.${form.verb}`,
        title: `verb.${form.verb}` as WordKey,
        label: () => labelOfVerb(form),
        group: "propose" as const,
        icon: form.verb,
        ...(KEYS[form.verb] ? { key: KEYS[form.verb] as string } : {}),
        run: () => {
          if (draft.peek()?.form.verb === form.verb) return stopDraft();
          if (panel.peek() === "propose") panel.value = null;
          void startPointing(form.verb);
        },
        pressed: () => draft.value?.form.verb === form.verb,
      })),
    );
  });
  return () => {
    stop();
    remove();
  };
}
