/** What the change does to people: a sentence each, then figures with their doubt, bars, and how it was worked out. */
import { causesOf, shiftsOf } from "../state/causes";
import { impacts, paint, paintedId } from "../state/impacts";
import { manifest } from "../state/place";
import { changes, editCount } from "../state/proposal";
import { changeIn, figure, figuresOf, isClear, labelOfIndicator, sentenceOf } from "../state/sentences";
import { formatNumber, t, tOr } from "../state/words";
import type { Indicator, ModelCard, Impacts as Results, Shift } from "../wire/types";
import { Bars } from "./Bars";
import { LayerPicker } from "./Legend";
import { PanelFrame } from "./Panel";

const MOST_EDITS = 6;
const MARKS = { better: "▲", worse: "▼", "no clear change": "=" } as const;

function Result({ indicator }: { indicator: Indicator }) {
  if (editCount.value === 0) {
    return (
      <li class="result">
        <p>
          {labelOfIndicator(indicator)}: <strong>{figure(indicator.baseline, indicator.unit)}</strong>
        </p>
      </li>
    );
  }
  const verdict = isClear(indicator) ? indicator.verdict : "no clear change";
  return (
    <li class={`result ${verdict.replaceAll(" ", "-")}`}>
      <p class="sentence">
        <span class="mark" aria-hidden="true">
          {MARKS[verdict]}
        </span>{" "}
        {sentenceOf(indicator)}{" "}
        {verdict !== "no clear change" && <span class="verdict">{t(`verdict.${verdict}`)}</span>}
      </p>
      <Bars indicator={indicator} />
      <p class="quiet">{figuresOf(indicator)}</p>
      <Why indicator={indicator} />
    </li>
  );
}

/** The chain of causes behind a figure, from the changes to the figure itself. */
function Why({ indicator }: { indicator: Indicator }) {
  const results = impacts.value;
  if (!results || editCount.value === 0) return null;
  const causes = causesOf(indicator, results, manifest.value?.models ?? []);
  const edits = changes.value.filter((each) => !each.undone);
  return (
    <details class="about">
      <summary>{t("why.ask")}</summary>
      <ol class="causes">
        <li>
          <strong>{t("why.edits")}</strong>
          <ul>
            {edits.slice(-MOST_EDITS).map((each) => (
              <li key={each.seq} dir="auto">
                {changeIn(each)}
              </li>
            ))}
          </ul>
          {edits.length > MOST_EDITS && <p class="quiet">{t("why.more", { count: edits.length - MOST_EDITS })}</p>}
        </li>
        {causes.map(({ model, found, layer }) => (
          <li key={model}>
            <strong>{titleOf(model)}</strong>
            {found.length === 0 && <p>{t("why.nothing")}</p>}
            {found.map((each) => (
              <p key={each.id}>{sentenceOf(each)}</p>
            ))}
            {layer && (
              <button type="button" class="small" aria-pressed={paintedId.value === layer} onClick={() => paint(layer)}>
                {t("why.show", { what: titleOf(model) })}
              </button>
            )}
          </li>
        ))}
      </ol>
      <p class="quiet">{t("why.doubt")}</p>
      <About card={cardOf(indicator.model)} results={results} />
    </details>
  );
}

/** For how many people a home gets better or worse, all of them first. */
function Who({ shifts, basis }: { shifts: readonly Shift[]; basis: "counted" | "estimated" }) {
  if (shifts.every((each) => each.better === 0 && each.worse === 0)) return null;
  const told = (value: number | null) => (value === null ? t("who.few") : formatNumber(Math.round(value)));
  return (
    <details class="about">
      <summary>{t("who.title")}</summary>
      <table class="compare tally">
        <thead>
          <tr>
            <th scope="col">{t("who.whom")}</th>
            <th scope="col">▲ {t("verdict.better")}</th>
            <th scope="col">▼ {t("verdict.worse")}</th>
          </tr>
        </thead>
        <tbody>
          {shifts.map((each) => (
            <tr key={`${each.layer}${each.group}`}>
              <th scope="row">
                {tOr(`who.${each.group.replaceAll(" ", "_")}`, each.group)}{" "}
                <span class="quiet">{tOr(`layer.${each.layer}`, each.label)}</span>
              </th>
              <td>{told(each.better)}</td>
              <td>{told(each.worse)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">{t(`who.${basis}`)}</p>
    </details>
  );
}

function About({ card, results }: { card: ModelCard | undefined; results: Results }) {
  const run = results.models.find((each) => each.name === card?.name);
  if (!card) return null;
  return (
    <details class="about">
      <summary>{t("model.about")}</summary>
      <p class="quiet">
        {card.title} {run?.version ?? card.version}
        {run?.seconds !== undefined && ` · ${t("model.seconds", { seconds: formatNumber(run.seconds) })}`}
        {run?.quality && ` · ${t(`model.${run.quality}`)}`}
      </p>
      {card.needs.length > 0 && <p>{t("model.needs", { models: card.needs.map(titleOf).join(", ") })}</p>}
      <h4>{t("model.limits")}</h4>
      <ul>
        {[...card.limits, ...(run?.notes ?? [])].map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
      <h4>{t("model.sources")}</h4>
      <ul>
        {card.sources.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </details>
  );
}

const cardOf = (name: string) => manifest.value?.models?.find((each) => each.name === name);
const titleOf = (name: string) => tOr(`model.${name}`, cardOf(name)?.title ?? name);

/** How far the models are, said once and politely. */
function Progress({ results }: { results: Results | null }) {
  const done = new Set(
    [...(results?.models ?? []), ...(results?.refused ?? [])].map((each) => ("name" in each ? each.name : each.model)),
  );
  const open = (manifest.value?.models ?? []).map((each) => each.name).filter((name) => !done.has(name));
  const status = results?.status ?? "running";
  const text =
    status === "running"
      ? t("impacts.running", { models: open.map(titleOf).join(", ") || "…" })
      : t(status === "fast" ? "impacts.fast" : "impacts.full");
  return (
    <p class={`status ${status}`} role="status">
      {text}
    </p>
  );
}

/** Figures of a model that are worth a sentence: all of them for the city as it is. */
const told = (results: Results | null, model: string) =>
  results?.indicators.filter((each) => each.model === model && (editCount.value === 0 || isClear(each))) ?? [];

const untold = (results: Results | null, model: string) =>
  results?.indicators.filter((each) => each.model === model && editCount.value > 0 && !isClear(each)) ?? [];

function Unchanged({ indicators }: { indicators: readonly Indicator[] }) {
  if (indicators.length === 0) return null;
  return (
    <details class="about">
      <summary>= {t("impacts.same", { count: indicators.length })}</summary>
      <ul class="results">
        {indicators.map((each) => (
          <Result key={each.id} indicator={each} />
        ))}
      </ul>
    </details>
  );
}

/** What a model finds: what changes clearly, then for whom, then all else on demand. */
function Findings({ model, results }: { model: string; results: Results }) {
  return (
    <>
      <ul class="results">
        {told(results, model).map((each) => (
          <Result key={each.id} indicator={each} />
        ))}
      </ul>
      {results.residents && <Who shifts={shiftsOf(model, results)} basis={results.residents.basis} />}
      <Unchanged indicators={untold(results, model)} />
      <About card={cardOf(model)} results={results} />
    </>
  );
}

export function Impacts() {
  const results = impacts.value;
  const models = [...new Set(results?.indicators.map((each) => each.model) ?? [])];
  const still = models.filter((model) => told(results, model).length === 0);
  return (
    <PanelFrame
      name={t("impacts.open")}
      title={t(editCount.value > 0 ? "impacts.title" : "impacts.asItIs")}
      kind="impacts"
    >
      {editCount.value === 0 && <p class="quiet">{t("impacts.invite")}</p>}
      {(results || editCount.value > 0) && <Progress results={results} />}
      <LayerPicker />
      {results &&
        models
          .filter((model) => !still.includes(model))
          .map((model) => (
            <section key={model} aria-label={titleOf(model)}>
              <h3>{titleOf(model)}</h3>
              <Findings model={model} results={results} />
            </section>
          ))}
      {results &&
        still.map((model) => (
          <details key={model} class="still">
            <summary>
              <span aria-hidden="true">=</span> {t("impact.same", { label: titleOf(model) })}
            </summary>
            <Findings model={model} results={results} />
          </details>
        ))}
      {results?.refused?.map((each) => (
        <p key={each.model} class="problem">
          {each.detail}
        </p>
      ))}
    </PanelFrame>
  );
}
