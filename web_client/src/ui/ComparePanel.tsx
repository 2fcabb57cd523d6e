/** Proposals side by side: choose up to four, read them in one table, see two of them in one picture. */
import { useEffect, useState } from "preact/hooks";
import { choose, compared, comparison, csvAddress, exactly, MOST_COMPARED } from "../state/comparison";
import { sceneId } from "../state/place";
import { proposal } from "../state/proposal";
import { figure, unitName } from "../state/sentences";
import { compare } from "../state/view";
import { formatNumber, t, tOr } from "../state/words";
import { fetchProposals } from "../wire/proposals";
import type { Comparison, ProposalRecord } from "../wire/types";
import { PanelFrame } from "./Panel";
import { addressOf } from "./proposal/Merge";

const MARKS = { better: "▲", worse: "▼", "no clear change": "=" } as const;
type Row = Comparison["rows"][number];

const signed = (value: number | null) =>
  value === null ? "–" : formatNumber(value, { signDisplay: "exceptZero", maximumSignificantDigits: 2 });

function Cell({ cell }: { cell: Row["proposals"][number] }) {
  // While the models are at work there is nothing to say yet.
  if (cell.verdict === null) return <td class="cell">…</td>;
  return (
    <td class={`cell ${cell.verdict.replaceAll(" ", "-")}`}>
      <span>{figure(cell.value)}</span>
      <span class="quiet">
        <span aria-hidden="true">{MARKS[cell.verdict]} </span>
        {cell.verdict === "no clear change"
          ? t("verdict.same")
          : `${signed(cell.difference)} · ${t(`verdict.${cell.verdict}`)}`}
      </span>
    </td>
  );
}

function Picture({ id }: { id: string }) {
  const held = proposal.value;
  if (!held) return <a href={addressOf(id)}>{t("compare.enter")}</a>;
  if (held.id === id) return <span class="quiet">{t("compare.here")}</span>;
  return (
    <span class="actions start">
      <button
        type="button"
        class="small"
        onClick={() => {
          compare.value = { show: "swipe", at: 0.5, with: id };
        }}
      >
        {t("compare.swipe")}
      </button>
      <button
        type="button"
        class="small"
        onClick={() => {
          compare.value = { show: "beside", with: id };
        }}
      >
        {t("compare.beside")}
      </button>
      <a href={addressOf(id)}>{t("compare.enter")}</a>
    </span>
  );
}

function Table({ table }: { table: Comparison }) {
  const changed = (row: Row) =>
    row.proposals.some((each) => each.verdict !== null && each.verdict !== "no clear change");
  const [all, showAll] = useState(false);
  const rows = all ? table.rows : table.rows.filter(changed);
  return (
    <>
      <p role="status" class="quiet">
        {t(table.status === "running" ? "compare.running" : "compare.done", { count: rows.length })}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the focus */}
      <section class="scroll" tabIndex={0} aria-label={t("compare.title")}>
        <table class="compare">
          <thead>
            <tr>
              <th scope="col">{t("compare.what")}</th>
              <th scope="col">{t("impacts.asItIs")}</th>
              {table.proposals.map((each) => (
                <th scope="col" key={each.id} dir="auto">
                  {each.title} <Picture id={each.id} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.proposals.some((each) => each.cost) && (
              <tr>
                <th scope="row">{t("cost.title")}</th>
                <td>–</td>
                {table.proposals.map(({ id, cost }) => (
                  <td key={id}>{cost ?? "–"}</td>
                ))}
              </tr>
            )}
            {rows.map((row) => (
              <tr key={`${row.model}.${row.id}`}>
                <th scope="row">
                  {tOr(`indicator.${row.id}`, row.label)} <span class="quiet">{unitName(row.unit)}</span>
                </th>
                <td>{figure(row.baseline)}</td>
                {row.proposals.map((cell, index) => (
                  <Cell key={table.proposals[index]?.id ?? index} cell={cell} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <label class="chip">
        <input type="checkbox" checked={all} onChange={({ currentTarget }) => showAll(currentTarget.checked)} />
        <span>{t("compare.all")}</span>
      </label>
      <p class="actions start">
        <a href={csvAddress(table)} download="comparison.csv">
          {t("compare.csv")}
        </a>
        <a href={`/compare?of=${encodeURIComponent(exactly(table))}`}>{t("compare.page")}</a>
      </p>
    </>
  );
}

export function ComparePanel() {
  const [offered, set] = useState<readonly ProposalRecord[]>([]);
  const { table, problem } = comparison.value;
  const scene = sceneId.value;
  useEffect(() => {
    if (!scene) return;
    void fetchProposals(scene)
      .then(set)
      .catch(() => {});
  }, [scene]);
  const chosen = new Set(compared.value.map((each) => each.split("@")[0]));
  return (
    <PanelFrame name={t("compare.open")} title={t("compare.title")} kind="wide">
      <details class="about" open={compared.value.length < 2}>
        <summary>{t("compare.choose", { most: MOST_COMPARED })}</summary>
        <ul class="plain-list choices">
          {offered.map((each) => (
            <li key={each.id}>
              <label class="chip tall">
                <input
                  type="checkbox"
                  checked={chosen.has(each.id)}
                  disabled={!chosen.has(each.id) && chosen.size >= MOST_COMPARED}
                  onChange={({ currentTarget }) => choose(each.id, currentTarget.checked)}
                />
                <span dir="auto">
                  {each.title} <span class="quiet">{each.id.slice(0, 4)}</span>
                </span>
              </label>
            </li>
          ))}
        </ul>
        {offered.length === 0 && <p class="quiet">{t("compare.none")}</p>}
      </details>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {!table && !problem && compared.value.length > 0 && (
        <p role="status" class="quiet">
          {t("list.looking")}
        </p>
      )}
      {table && <Table table={table} />}
    </PanelFrame>
  );
}
