/** Title, connection, people, credits and what is not yet saved. */
import { connection, reconnect, unsent, unsentKept, visitors, you } from "../state/live";
import { manifest } from "../state/place";
import { editCount, proposal } from "../state/proposal";
import { t } from "../state/words";
import type { Credit } from "../wire/types";
import { Icon } from "./icons";
import { Search } from "./Search";

export function Title() {
  const open = manifest.value;
  if (!open) return null;
  const held = proposal.value;
  return (
    <div class="title">
      <h1>{open.title}</h1>
      <p class="lead">{t("app.lead")}</p>
      {held ? (
        <p>
          {held.title} · {t("proposal.count", { count: editCount.value })}
        </p>
      ) : (
        <p>{t("app.hint")}</p>
      )}
      <Search />
    </div>
  );
}

export function Connection() {
  if (!proposal.value) return null;
  const { status } = connection.value;
  const others = visitors.value.filter((each) => each.id !== you.value?.id).length;
  return (
    <div class="connection" role="status">
      {status === "open" ? (
        <span title={t("people.here", { count: others })}>
          <Icon name="people" /> {others + 1}
        </span>
      ) : (
        <button type="button" onClick={reconnect} disabled={status === "connecting"}>
          {t(status === "connecting" ? "connection.connecting" : "connection.waiting")}
        </button>
      )}
      {unsent.value.length > 0 && <span class="unsent">{t("connection.unsent", { count: unsent.value.length })}</span>}
      {unsent.value.length > 0 && !unsentKept.value && <span class="unsent">{t("connection.unkept")}</span>}
    </div>
  );
}

const textOf = (credit: Credit | string) => (typeof credit === "string" ? credit : credit.text);

export function Credits() {
  const credits = manifest.value?.credits ?? [];
  if (credits.length === 0) return null;
  return (
    <footer class="credits">
      {t("credits.label")}:{" "}
      {credits.map((credit, index) => (
        <span key={textOf(credit)}>
          {index > 0 && " · "}
          {typeof credit === "object" && credit.url ? (
            <a href={credit.url} target="_blank" rel="noopener noreferrer">
              {credit.text}
            </a>
          ) : (
            textOf(credit)
          )}
        </span>
      ))}
    </footer>
  );
}
