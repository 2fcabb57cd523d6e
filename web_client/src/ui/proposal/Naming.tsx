/** What the proposal is called and says of itself; while it is a draft, who began it may say otherwise. */
import { useState } from "preact/hooks";
import { announce } from "../../state/announce";
import { callIt } from "../../state/discussion";
import { mayChange, you } from "../../state/live";
import { proposal } from "../../state/proposal";
import { t } from "../../state/words";
import type { ProposalRecord } from "../../wire/types";

const NOBODY = ["", "guest", undefined];

function Form({ held, done }: { held: ProposalRecord; done: () => void }) {
  const [title, setTitle] = useState(held.title);
  const [words, setWords] = useState(held.words ?? "");
  const [problem, tell] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        tell("");
        callIt(title.trim(), words.trim())
          .then(() => {
            announce(t("name.done"), "good");
            done();
          })
          .catch((error: Error) => tell(error.message));
      }}
    >
      <label>
        {t("name.title")}
        <input
          type="text"
          required
          maxLength={200}
          dir="auto"
          value={title}
          onInput={({ currentTarget }) => setTitle(currentTarget.value)}
        />
      </label>
      <label>
        {t("name.words")}
        <textarea
          rows={4}
          maxLength={20_000}
          dir="auto"
          value={words}
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
        />
      </label>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="actions">
        <button type="button" class="plain" onClick={done}>
          {t("name.leave")}
        </button>
        <button type="submit" class="primary" disabled={!title.trim()}>
          {t("name.save")}
        </button>
      </div>
    </form>
  );
}

export function Naming() {
  const [open, setOpen] = useState(false);
  const held = proposal.value;
  if (!held) return null;
  if (open) return <Form held={held} done={() => setOpen(false)} />;
  const mine = NOBODY.includes(held.by) || held.by === you.value?.id;
  return (
    <>
      {held.words && (
        <p class="words" dir="auto">
          {held.words}
        </p>
      )}
      {mine && mayChange.value && (
        <button type="button" class="small" onClick={() => setOpen(true)}>
          {t("name.edit")}
        </button>
      )}
    </>
  );
}
