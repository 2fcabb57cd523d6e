/** Every command with its key, straight from the registry. */
import { headset } from "../state/body";
import { commands, labelOf } from "../state/commands";
import { secureAddress, securePort } from "../state/place";
import { t } from "../state/words";
import { spokenKey } from "./CommandButton";
import { PanelFrame } from "./Panel";

/** Headsets open on secure addresses only: lead there, where the server has one. */
function Insecure() {
  const secure = secureAddress(location.href, securePort.value);
  return (
    <p class="quiet">
      {t("headset.insecure")} {secure && <a href={secure}>{t("help.secure", { address: new URL(secure).host })}</a>}
    </p>
  );
}

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
      {headset.value === "insecure" && <Insecure />}
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
