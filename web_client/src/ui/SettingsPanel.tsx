/** Preferences, remembered in this browser. */
import { panel } from "../state/panels";
import { change, type Settings, settings } from "../state/settings";
import { formatDay, formatHour, formatNumber, LANGUAGES, language, t } from "../state/words";
import { PanelFrame } from "./Panel";

export function SettingsPanel() {
  return (
    <PanelFrame name={t("settings.open")} title={t("settings.open")}>
      <label>
        {t("settings.language")}
        <select value={language.value} onChange={(event) => change({ language: event.currentTarget.value })}>
          {LANGUAGES.map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {t("meta.reviewed") === "no" && <p class="quiet">{t("settings.machine")}</p>}
      <label>
        <span class="told">
          {t("settings.sun")} <output>{formatHour(settings.value.sunHour)}</output>
        </span>
        <input
          type="range"
          min="0"
          max="23.75"
          step="0.25"
          value={settings.value.sunHour}
          aria-valuetext={formatHour(settings.value.sunHour)}
          onInput={(event) => change({ sunHour: Number(event.currentTarget.value) })}
        />
      </label>
      <label>
        <span class="told">
          {t("settings.day")} <output>{formatDay(settings.value.sunDay)}</output>
        </span>
        <input
          type="range"
          min="1"
          max="365"
          value={settings.value.sunDay}
          aria-valuetext={formatDay(settings.value.sunDay)}
          onInput={(event) => change({ sunDay: Number(event.currentTarget.value) })}
        />
      </label>
      <label>
        {t("settings.theme")}
        <select
          value={settings.value.theme}
          onChange={(event) => change({ theme: event.currentTarget.value as Settings["theme"] })}
        >
          {(["auto", "light", "dark"] as const).map((each) => (
            <option key={each} value={each}>
              {t(`settings.theme.${each}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="told">
          {t("settings.text")} <output>{formatNumber(settings.value.textScale, { style: "percent" })}</output>
        </span>
        <input
          type="range"
          min="0.8"
          max="2"
          step="0.1"
          value={settings.value.textScale}
          onInput={(event) => change({ textScale: Number(event.currentTarget.value) })}
        />
      </label>
      <label>
        {t("settings.motion")}
        <select
          value={settings.value.motion}
          onChange={(event) => change({ motion: event.currentTarget.value as Settings["motion"] })}
        >
          {(["auto", "reduced", "full"] as const).map((each) => (
            <option key={each} value={each}>
              {t(`settings.motion.${each}`)}
            </option>
          ))}
        </select>
      </label>
      <label class="chip">
        <input
          type="checkbox"
          checked={settings.value.patterns}
          onChange={({ currentTarget }) => change({ patterns: currentTarget.checked })}
        />
        <span>{t("settings.patterns")}</span>
      </label>
      <label>
        {t("settings.quality")}
        <select
          value={settings.value.quality}
          onChange={(event) => change({ quality: event.currentTarget.value as Settings["quality"] })}
        >
          {(["auto", "low", "high"] as const).map((each) => (
            <option key={each} value={each}>
              {t(`settings.quality.${each}`)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="plain"
        onClick={() => {
          panel.value = "import";
        }}
      >
        {t("import.open")}
      </button>
    </PanelFrame>
  );
}
