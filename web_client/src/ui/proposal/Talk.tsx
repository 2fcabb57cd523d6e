/** What people say of the proposal: pinned to a thing of the city where they like, answered below. */
import { useState } from "preact/hooks";
import { goNear } from "../../state/around";
import { pinned, placeOf, saying, sendComment, threads } from "../../state/discussion";
import { titleOf } from "../../state/facts";
import { mayChange, you } from "../../state/live";
import { details, select } from "../../state/selection";
import { t } from "../../state/words";
import type { Comment } from "../../wire/types";
import { nameOf, When } from "./Person";

const LONGEST = 5_000;

function Said({ comment }: { comment: Comment }) {
  const place = placeOf(comment);
  return (
    <article class="said" id={`comment-${comment.id}`}>
      <p class="quiet">
        {nameOf(comment.by)} · <When time={comment.time} />
      </p>
      <p class="words" dir="auto">
        {comment.text}
      </p>
      <div class="actions start">
        {!comment.reply_to && (
          <button
            type="button"
            class="small"
            onClick={() => {
              saying.value = { ...saying.peek(), replyTo: comment.id };
              document.getElementById("say")?.focus();
            }}
          >
            {t("talk.reply")}
          </button>
        )}
        {place && (
          <button
            type="button"
            class="small"
            onClick={() => {
              goNear(place, 160);
              if (comment.feature) select(comment.feature);
            }}
          >
            {t("talk.where")}
          </button>
        )}
      </div>
    </article>
  );
}

function Say() {
  const [problem, tell] = useState("");
  const { text, replyTo } = saying.value;
  const now = details.value;
  if (you.value?.role === "viewer") return <p class="quiet">{t("talk.looking")}</p>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        tell("");
        sendComment().catch((error: Error) => tell(error.message));
      }}
    >
      <label for="say">{t(replyTo ? "talk.answer" : "talk.say")}</label>
      <textarea
        id="say"
        rows={3}
        maxLength={LONGEST}
        value={text}
        dir="auto"
        onInput={({ currentTarget }) => {
          saying.value = { ...saying.peek(), text: currentTarget.value };
        }}
      />
      {now.step === "known" && !replyTo && (
        <label class="chip">
          <input
            type="checkbox"
            checked={pinned.value}
            onChange={({ currentTarget }) => {
              pinned.value = currentTarget.checked;
            }}
          />
          <span dir="auto">{t("talk.pin", { name: titleOf(now.feature) })}</span>
        </label>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="actions">
        {replyTo && (
          <button
            type="button"
            class="plain"
            onClick={() => {
              saying.value = { ...saying.peek(), replyTo: null };
            }}
          >
            {t("talk.notReply")}
          </button>
        )}
        <button type="submit" class="primary" disabled={!text.trim()}>
          {t("talk.send")}
        </button>
      </div>
    </form>
  );
}

export function Talk() {
  void mayChange.value;
  return (
    <>
      {threads.value.length === 0 && <p class="quiet">{t("talk.none")}</p>}
      <ul class="results">
        {threads.value.map(({ comment, replies }) => (
          <li key={comment.id}>
            <Said comment={comment} />
            {replies.length > 0 && (
              <ul class="replies">
                {replies.map((each) => (
                  <li key={each.id}>
                    <Said comment={each} />
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
      <Say />
    </>
  );
}
