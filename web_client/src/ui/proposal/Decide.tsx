/** What becomes of a proposal: its states with who, when and why; the next ones; what it came from and led to. */
import { useState } from "preact/hooks";
import { announce } from "../../state/announce";
import { bring, history } from "../../state/discussion";
import { proposal } from "../../state/proposal";
import { changeIn } from "../../state/sentences";
import { t, tOr } from "../../state/words";
import type { ProposalState } from "../../wire/types";
import { Merge } from "./Merge";
import { nameOf, When } from "./Person";
import { Rebase } from "./Rebase";

/** The states as they follow each other; the last is what was decided. */
function Steps({ status }: { status: ProposalState }) {
  const last = status === "rejected" || status === "withdrawn" ? status : "accepted";
  const steps = ["draft", "submitted", last] as const;
  return (
    <ol class="steps">
      {steps.map((each) => (
        <li key={each} aria-current={each === status ? "step" : undefined}>
          {t(`state.${each}`)}
        </li>
      ))}
    </ol>
  );
}

function Next({ states }: { states: readonly ProposalState[] }) {
  const [reason, setReason] = useState("");
  const [problem, tell] = useState("");
  const [busy, work] = useState(false);
  if (states.length === 0) return null;
  const go = (to: ProposalState) => {
    work(true);
    tell("");
    bring(to, reason.trim())
      .then(() => {
        setReason("");
        announce(t(`state.${to}.done`), "good");
      })
      .catch((error: Error) => tell(error.message))
      .finally(() => work(false));
  };
  return (
    <>
      <label>
        {t("decide.reason")}
        <textarea
          rows={2}
          maxLength={5000}
          dir="auto"
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="actions start">
        {states.map((each) => (
          <button
            key={each}
            type="button"
            class={each === "submitted" || each === "accepted" ? "primary" : "plain"}
            disabled={busy || ((each === "accepted" || each === "rejected") && !reason.trim())}
            onClick={() => go(each)}
          >
            {t(`state.${each}.do`)}
          </button>
        ))}
      </div>
    </>
  );
}

export function Decide() {
  const held = proposal.value;
  if (!held) return null;
  return (
    <>
      <Steps status={held.status ?? "draft"} />
      {held.frozen && <p class="quiet">{t("decide.frozen", { seq: held.frozen.seq })}</p>}
      {held.up_to_date === false && <p class="problem">{t("decide.old")}</p>}
      {held.settled === false && held.status === "draft" && <Rebase id={held.id} />}
      <Next states={held.next_states ?? []} />
      <h3>{t("decide.history")}</h3>
      <ol class="history">
        {history.value.map((each, index) => (
          <li key={`${each.seq}-${index}`} class={each.stands === false ? "undone" : ""} dir="auto">
            {tOr(`event.${each.kind}`, "")} {changeIn(each)}
            <span class="quiet">
              {" "}
              {nameOf(each.by)} · <When time={each.time} />
            </span>
          </li>
        ))}
      </ol>
      <Merge />
    </>
  );
}
