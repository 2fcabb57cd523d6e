/** Bring one's own city: choose files, watch them go up and become a scene, read what became of them, and go there. */
import { useEffect, useState } from "preact/hooks";
import { bringCity, bringing, importProblem, stopBringing, wantsKey, wishes } from "../state/bringing";
import { sceneId } from "../state/place";
import { formatNumber, t, tOr } from "../state/words";
import { fetchScenes } from "../wire/http";
import { type ImportReport, type ImportState, reportAddress } from "../wire/imports";
import type { SceneSummary } from "../wire/types";
import { PanelFrame } from "./Panel";

const put = (part: Partial<typeof wishes.value>) => {
  wishes.value = { ...wishes.peek(), ...part };
};
const megabytes = (bytes: number) => t("import.size", { size: formatNumber(bytes / 1e6) });
const addressOf = (scene: string) => `/?scene=${encodeURIComponent(scene)}`;

function Cities() {
  const [scenes, set] = useState<readonly SceneSummary[]>([]);
  useEffect(() => {
    void fetchScenes()
      .then(({ scenes }) => scenes)
      .then(set)
      .catch(() => {});
  }, [bringing.value.step]);
  if (scenes.length < 2) return null;
  return (
    <>
      <h3>{t("import.cities")}</h3>
      <ul class="plain-list">
        {scenes.map((each) => (
          <li key={each.id} dir="auto">
            {each.id === sceneId.value ? (
              <strong>{each.title || each.id}</strong>
            ) : (
              <a href={addressOf(each.id)}>{each.title || each.id}</a>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function Choose() {
  const { name, crs, key, files } = wishes.value;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void bringCity();
      }}
    >
      <label>
        {t("import.name")}
        <input
          type="text"
          required
          maxLength={60}
          pattern="[a-z0-9][a-z0-9_\-]*"
          title={t("import.nameHint")}
          placeholder={t("import.nameHint")}
          value={name}
          onInput={({ currentTarget }) => put({ name: currentTarget.value })}
        />
      </label>
      <label>
        {t("import.files")}
        <input
          type="file"
          multiple
          onChange={({ currentTarget }) => put({ files: [...(currentTarget.files ?? [])] })}
        />
      </label>
      {files.length > 0 && (
        <ul class="plain-list">
          {files.map((each) => (
            <li key={each.name} dir="auto">
              {each.name} <span class="quiet">{megabytes(each.size)}</span>
            </li>
          ))}
        </ul>
      )}
      <p class="quiet">{t("import.formats")}</p>
      <label>
        {t("import.crs")}
        <input
          type="text"
          inputMode="numeric"
          placeholder={t("import.crsHint")}
          value={crs}
          onInput={({ currentTarget }) => put({ crs: currentTarget.value })}
        />
      </label>
      {wantsKey.value && (
        <label>
          {t("import.key")}
          <input
            type="password"
            autocomplete="off"
            value={key}
            onInput={({ currentTarget }) => put({ key: currentTarget.value })}
          />
        </label>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={!name.trim() || files.length === 0}>
          {t("import.start")}
        </button>
      </div>
    </form>
  );
}

function Progress({ words, share }: { words: string; share: number }) {
  return (
    <>
      <p role="status">{words}</p>
      <progress max="1" value={share} aria-label={words} />
      <div class="actions">
        <button type="button" class="plain" onClick={() => void stopBringing()}>
          {t("import.stop")}
        </button>
      </div>
    </>
  );
}

function Tally({ report }: { report: ImportReport }) {
  const told = (value: unknown) =>
    typeof value === "string"
      ? value
      : String(
          (value as { detail?: string; sentence?: string }).sentence ?? (value as { detail?: string }).detail ?? "",
        );
  const unready = Object.entries(report.models ?? {}).filter(([, each]) => !each.ready);
  return (
    <>
      <table class="compare tally">
        <thead>
          <tr>
            <th scope="col">{t("import.kind")}</th>
            <th scope="col">{t("import.read")}</th>
            <th scope="col">{t("import.built")}</th>
            <th scope="col">{t("import.repaired")}</th>
            <th scope="col">{t("import.skipped")}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(report.kinds).map(([kind, each]) => (
            <tr key={kind}>
              <th scope="row">{tOr(`kind.${kind}`, kind)}</th>
              <td>{formatNumber(each.read)}</td>
              <td>{formatNumber(each.built)}</td>
              <td>{formatNumber(each.repaired)}</td>
              <td>{formatNumber(each.skipped)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {report.reasons.length > 0 && (
        <details class="about">
          <summary>{t("import.reasons")}</summary>
          <ul>
            {report.reasons.map((each) => (
              <li key={`${each.kind}${each.outcome}${each.reason}`}>
                {tOr(`kind.${each.kind}`, each.kind)}, {formatNumber(each.count)}: {each.reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      {unready.map(([model, each]) => (
        <p key={model} class="warning">
          {t("import.unready", { model: tOr(`model.${model}`, model), what: each.missing.join(", ") })}
        </p>
      ))}
      {(report.advice ?? []).map((each) => (
        <p key={told(each)} class="quiet">
          {told(each)}
        </p>
      ))}
    </>
  );
}

function Done({ now }: { now: ImportState }) {
  return (
    <>
      <p role="status" class="sentence">
        {t("import.done", { name: now.name })}
      </p>
      {now.report && <Tally report={now.report} />}
      <p class="actions start">
        {now.scene && (
          <a class="button primary" href={addressOf(now.scene)}>
            {t("import.enter")}
          </a>
        )}
        <a href={reportAddress(now.id)}>{t("import.report")}</a>
        <button
          type="button"
          class="plain"
          onClick={() => {
            bringing.value = { step: "choosing" };
          }}
        >
          {t("import.again")}
        </button>
      </p>
    </>
  );
}

export function ImportPanel() {
  const now = bringing.value;
  return (
    <PanelFrame name={t("import.open")} title={t("import.open")}>
      {importProblem.value && (
        <p class="problem" role="alert">
          {importProblem.value}
        </p>
      )}
      {now.step === "choosing" && <Choose />}
      {now.step === "sending" && <Progress words={t("import.sending", { file: now.file })} share={now.share} />}
      {now.step === "working" && <Progress words={now.now.step || t("import.working")} share={now.now.share ?? 0} />}
      {now.step === "done" && <Done now={now.now} />}
      <Cities />
    </PanelFrame>
  );
}
