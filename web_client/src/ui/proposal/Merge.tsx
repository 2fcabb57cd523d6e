/** Proposals and each other: begin one from this, and make one of this and another, dispute by dispute. */
import { useState } from "preact/hooks";
import { goNear } from "../../state/around";
import { sceneId } from "../../state/place";
import { proposal } from "../../state/proposal";
import { t } from "../../state/words";
import { type Choices, fetchProposals, forkProposal, mergeProposals, tryMerge } from "../../wire/proposals";
import type { Conflict, MergeReport, ProposalRecord } from "../../wire/types";

export const addressOf = (id: string): string => {
  const link = new URL(location.pathname, location.origin);
  link.searchParams.set("scene", sceneId.peek());
  link.searchParams.set("proposal", id);
  link.hash = location.hash;
  return link.href;
};
const open = (made: ProposalRecord) => location.assign(addressOf(made.id));

interface DisputeProps {
  readonly conflict: Conflict;
  readonly choice: "a" | "b" | undefined;
  readonly choose: (side: "a" | "b") => void;
}

function Dispute({ conflict, choice, choose }: DisputeProps) {
  return (
    <li>
      <p class="sentence">{conflict.sentence}</p>
      <fieldset class="chips">
        <legend>{t("merge.keep")}</legend>
        {(["a", "b"] as const).map((side) => (
          <label class="chip tall" key={side}>
            <input
              type="radio"
              name={`conflict-${conflict.key}`}
              checked={choice === side}
              onChange={() => choose(side)}
            />
            <span>
              <strong>{t(`merge.${side}`)}</strong> {conflict[side].sentences.join(" ")}
            </span>
          </label>
        ))}
      </fieldset>
      {conflict.at && (
        <button type="button" class="small" onClick={() => conflict.at && goNear(conflict.at, 160)}>
          {t("talk.where")}
        </button>
      )}
    </li>
  );
}

export function Merge() {
  const held = proposal.value;
  const [others, setOthers] = useState<readonly ProposalRecord[] | null>(null);
  const [other, setOther] = useState("");
  const [choices, setChoices] = useState<Choices>({});
  const [report, setReport] = useState<MergeReport | null>(null);
  const [problem, tell] = useState("");
  if (!held) return null;
  const failed = (error: Error) => tell(error.message);
  const check = (id: string, made: Choices) => {
    tell("");
    if (!id) return setReport(null);
    tryMerge(held.id, id, made).then(setReport).catch(failed);
  };
  return (
    <>
      <h3>{t("merge.title")}</h3>
      {held.origins?.map((each) => (
        <p key={each.proposal} class="quiet">
          <a href={addressOf(each.proposal)}>{t("merge.from", { seq: each.seq })}</a>
        </p>
      ))}
      <div class="actions start">
        <button
          type="button"
          class="plain"
          onClick={() => void forkProposal(held.id, held.title).then(open).catch(failed)}
        >
          {t("merge.fork")}
        </button>
        {others === null && (
          <button
            type="button"
            class="plain"
            onClick={() => void fetchProposals(sceneId.peek()).then(setOthers).catch(failed)}
          >
            {t("merge.begin")}
          </button>
        )}
      </div>
      {others && (
        <label>
          {t("merge.other")}
          <select
            value={other}
            onChange={({ currentTarget }) => {
              setOther(currentTarget.value);
              setChoices({});
              check(currentTarget.value, {});
            }}
          >
            <option value="">{t("lanes.which")}</option>
            {others
              .filter((each) => each.id !== held.id)
              .map((each) => (
                <option key={each.id} value={each.id}>
                  {each.title} · {each.id.slice(0, 6)}
                </option>
              ))}
          </select>
        </label>
      )}
      {report && report.conflicts.length > 0 && (
        <>
          <p role="status">{t("merge.conflicts", { count: report.conflicts.length })}</p>
          <ul class="results">
            {report.conflicts.map((each) => (
              <Dispute
                key={each.key}
                conflict={each}
                choice={choices[each.key]}
                choose={(side) => {
                  const next = { ...choices, [each.key]: side };
                  setChoices(next);
                }}
              />
            ))}
          </ul>
          <button
            type="button"
            class="plain"
            disabled={report.conflicts.some((each) => !choices[each.key])}
            onClick={() => check(other, choices)}
          >
            {t("merge.check")}
          </button>
        </>
      )}
      {report?.status === "ready" && (
        <>
          <p role="status">{t("merge.ready")}</p>
          <ol class="history">
            {report.sentences.map((each, index) => (
              <li key={`${index}-${each}`}>{each}</li>
            ))}
          </ol>
          <button
            type="button"
            class="primary"
            onClick={() => void mergeProposals(held.id, other, choices).then(open).catch(failed)}
          >
            {t("merge.do")}
          </button>
        </>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
