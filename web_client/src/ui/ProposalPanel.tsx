/** The changes as sentences, who is here, and the address to send to others. */
import { copyLink, shareLink } from "../state/basics";
import { visitors, you } from "../state/live";
import { editCount, log, proposal } from "../state/proposal";
import { change, settings } from "../state/settings";
import { view } from "../state/view";
import { t } from "../state/words";
import type { LoggedEdit } from "../wire/types";
import { CommandButton } from "./CommandButton";
import { PanelFrame } from "./Panel";

const nameOf = (id: string | undefined) => {
  if (id === undefined || id === you.value?.id) return t("people.you");
  return visitors.value.find((each) => each.id === id)?.name || t("people.someone");
};

function Line({ line }: { line: LoggedEdit }) {
  return (
    <li class={line.undone ? "undone" : ""}>
      {line.undone ? <s>{line.sentence ?? line.edit?.verb}</s> : (line.sentence ?? line.edit?.verb)}
      <span class="quiet">
        {" "}
        {line.undone ? t("history.undone") : nameOf(line.by)}
        {line.lost && ` · ${line.lost}`}
      </span>
    </li>
  );
}

export function ProposalPanel() {
  void view.value;
  const edits = log.value.filter((each) => each.edit);
  const others = visitors.value.filter((each) => each.id !== you.value?.id);
  return (
    <PanelFrame name={t("proposal.open")} title={t("history.title")}>
      {edits.length === 0 ? (
        <p class="quiet">{t("history.none")}</p>
      ) : (
        <ol class="history">
          {edits.map((each) => (
            <Line key={each.seq} line={each} />
          ))}
        </ol>
      )}
      <div class="actions start">
        <CommandButton id="edit.undo" text />
        <CommandButton id="edit.redo" text />
      </div>
      <h2>{t("people.title")}</h2>
      <ul class="people">
        <li>{settings.value.name ? `${settings.value.name} (${t("people.you")})` : t("people.you")}</li>
        {others.map((each) => (
          <li key={each.id}>{each.name || t("people.someone")}</li>
        ))}
      </ul>
      <label>
        {t("people.name")}
        <input
          type="text"
          maxLength={40}
          autocomplete="nickname"
          value={settings.value.name}
          onInput={({ currentTarget }) => change({ name: currentTarget.value })}
        />
      </label>
      <h2>{t("share.title")}</h2>
      <p class="quiet">{t(proposal.value ? "share.room" : "share.view")}</p>
      <label>
        {t("share.link")}
        <input type="text" readOnly value={shareLink()} onFocus={({ currentTarget }) => currentTarget.select()} />
      </label>
      {proposal.value?.code && editCount.value > 0 && (
        <p>
          {t("share.code")} <strong class="code">{`${location.host}/s/${proposal.value.code}`}</strong>
        </p>
      )}
      <button type="button" class="primary" onClick={() => void copyLink()}>
        {t("share.copy")}
      </button>
    </PanelFrame>
  );
}
