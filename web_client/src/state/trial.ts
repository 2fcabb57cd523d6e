/** What a draft would meet with, asked of the server while one draws: warnings, a refusal, its cost. */
import { effect, signal } from "@preact/signals";
import { Refused } from "../wire/http";
import { tryEdit, tryInScene, tryPattern } from "../wire/proposals";
import type { Cost, Problem, Warning } from "../wire/types";
import { type Draft, draft, editOf, missing } from "./draft";
import { asItStands } from "./lanes";
import { patternIn, placeIn } from "./patterns";
import { sceneId } from "./place";
import { proposal } from "./proposal";
import { warningsIn } from "./sentences";
import { language } from "./words";

export interface TrialResult {
  readonly warnings: readonly Warning[];
  readonly problem: Problem | null;
  readonly cost: Cost | null;
  readonly sentences: readonly string[];
}
const NOTHING: TrialResult = { warnings: [], problem: null, cost: null, sentences: [] };
/** What the latest draft met with; nothing while it is not whole. */
export const trial = signal<TrialResult>(NOTHING);

const PAUSE_MS = 350;

/** Whether nothing has been changed yet of what is there. */
export const untouched = ({ form, values }: Draft) =>
  form.verb === "set_lanes" && asItStands(values.road, values.lanes);

/** Ask in the open proposal or, before there is one, in the scene, where single edits can be tried. */
async function attempt(scene: string, id: string | undefined, now: Draft): Promise<TrialResult> {
  const edit = editOf(now);
  const pattern = patternIn(now.form);
  if (pattern !== null && id === undefined) return NOTHING;
  try {
    const found = await (id === undefined
      ? tryInScene(scene, edit)
      : pattern === null
        ? tryEdit(id, edit)
        : tryPattern(id, pattern, placeIn(edit)));
    const { warnings = [], cost = null, problem = null, said } = found;
    const sentences = (found.sentences && said?.[language.peek()]) ?? found.sentences ?? [];
    return { warnings: warningsIn(warnings), problem, cost: cost?.items.length ? cost : null, sentences };
  } catch (error) {
    return { ...NOTHING, problem: error instanceof Refused && error.status < 500 ? error.problem : null };
  }
}

/** Ask whenever the draft rests for a moment; returns a function that stops. */
export function followTrial(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  const stop = effect(() => {
    const [now, held, place] = [draft.value, proposal.value, sceneId.value];
    clearTimeout(timer);
    asked += 1;
    const mine = asked;
    if (!now || !place || now.sending || missing(now).length > 0 || untouched(now)) {
      trial.value = NOTHING;
      return;
    }
    timer = setTimeout(() => {
      void attempt(place, held?.id, now).then((found) => {
        if (mine === asked) trial.value = found;
      });
    }, PAUSE_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}
