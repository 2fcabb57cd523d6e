/** Every command with its key, straight from the registry. */
import { commands, labelOf } from "../state/commands";
import { t } from "../state/words";
import { spokenKey } from "./CommandButton";

export function Help() {
  return (
    <section class="panel" aria-label={t("help.open")}>
      <h2>{t("help.title")}</h2>
      <p>{t("help.what")}</p>
      <ul class="plain-list">
        {(["look", "walk", "pick", "propose", "list", "together"] as const).map((each) => (
          <li key={each}>{t(`help.${each}`)}</li>
        ))}
      </ul>
      <h2>{t("help.open")}</h2>
      <dl class="keys">
        {commands.value
          .filter((each) => each.key)
          .map((each) => (
            <div class="property" key={each.id}>
              <dt>{labelOf(each)}</dt>
              <dd>
                <kbd>{spokenKey(each.key ?? "")}</kbd>
              </dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
