/** Preferences, remembered in this browser. */
import { change, settings } from "../state/settings";
import { LANGUAGES, language, t } from "../state/words";

export function SettingsPanel() {
  return (
    <section class="panel" aria-label={t("settings.open")}>
      <h2>{t("settings.open")}</h2>
      <label>
        {t("settings.language")}
        <select value={language.value} onChange={(event) => change({ language: event.currentTarget.value })}>
          {Object.entries(LANGUAGES).map(([code, { name }]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {t("meta.reviewed") === "no" && <p class="quiet">{t("settings.machine")}</p>}
      <label>
        {t("settings.sun")}
        <input
          type="range"
          min="5"
          max="21"
          step="0.25"
          value={settings.value.sunHour}
          onInput={(event) => change({ sunHour: Number(event.currentTarget.value) })}
        />
      </label>
    </section>
  );
}
