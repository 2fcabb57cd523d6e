/** Sentences for everyone, in polite live regions. */
import { dismiss, notices } from "../state/announce";
import { renewed } from "../state/renewal";
import { t } from "../state/words";
import { Icon } from "./icons";

export function Notices() {
  return (
    <div class="notices" aria-live="polite" role="log">
      {renewed.value && (
        <p class="notice">
          {t("app.renewed")}{" "}
          <button type="button" class="plain" onClick={() => location.reload()}>
            {t("app.reload")}
          </button>
        </p>
      )}
      {notices.value.map((notice) => (
        <p key={notice.id} class={`notice ${notice.tone}`}>
          {notice.text}
          <button type="button" class="close" aria-label={t("inspector.close")} onClick={() => dismiss(notice.id)}>
            <Icon name="close" />
          </button>
        </p>
      ))}
    </div>
  );
}
