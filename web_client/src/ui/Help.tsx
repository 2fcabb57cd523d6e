/** Every command with its key, straight from the registry. */
import { headset } from "../state/body";
import { commands, labelOf } from "../state/commands";
import { t } from "../state/words";
import { spokenKey } from "./CommandButton";
import { PanelFrame } from "./Panel";

export function Help() {
  return (
    <PanelFrame name={t("help.open")} title={t("help.title")}>
      <p>{t("help.what")}</p>
      <ul class="plain-list">
        {(["look", "walk", "pick", "propose", "list", "together"] as const).map((each) => (
          <li key={each}>{t(`help.${each}`)}</li>
        ))}
      </ul>
      {headset.value === "none" && <p class="quiet">{t("headset.none")}</p>}
      {headset.value === "insecure" && <p class="quiet">{t("headset.insecure")}</p>}
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
    </PanelFrame>
  );
}
