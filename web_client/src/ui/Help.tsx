/** Every command with its key, straight from the registry. */
import { commands, labelOf } from "../state/commands";
import { t } from "../state/words";
import { spokenKey } from "./CommandButton";

export function Help() {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the focus (axe, EN 301 549 9.2.1.1)
    <section class="panel" tabIndex={0} aria-label={t("help.open")}>
      <h2>{t("help.title")}</h2>
      <p>{t("help.what")}</p>
      <ul class="plain-list">
        {(["look", "walk", "pick", "propose", "list", "together"] as const).map((each) => (
          <li key={each}>{t(`help.${each}`)}</li>
        ))}
      </ul>
      <h2>{t("help.keys")}</h2>
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
