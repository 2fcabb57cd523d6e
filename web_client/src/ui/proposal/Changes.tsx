/** The changes as sentences, and what all of them cost to build. */
import { cost } from "../../state/discussion";
import { changes, editCount } from "../../state/proposal";
import { changeIn, workIn } from "../../state/sentences";
import { formatNumber, formatMoney as money, t } from "../../state/words";
import type { Cost, LoggedEdit } from "../../wire/types";
import { CommandButton } from "../CommandButton";
import { Naming } from "./Naming";
import { nameOf } from "./Person";
import { Pictures } from "./Pictures";

function Line({ line }: { line: LoggedEdit }) {
  const words = changeIn(line);
  return (
    <li class={line.undone ? "undone" : ""} dir="auto">
      {line.undone ? <s>{words}</s> : words}
      <span class="quiet">
        {" "}
        {line.undone ? t("history.undone") : line.by === undefined ? t("people.you") : nameOf(line.by)}
        {line.lost && ` · ${line.lost}`}
      </span>
    </li>
  );
}

function Price({ price }: { price: Cost }) {
  const range = t("cost.range", { low: money(price.low, price.currency), high: money(price.high, price.currency) });
  return (
    <section aria-label={t("cost.title")}>
      <h3>{t("cost.title")}</h3>
      <p class="sentence">{price.items.length ? range : t("cost.nothing")}</p>
      <details class="about">
        <summary>{t("cost.how")}</summary>
        <ul>
          {price.items.map((each) => (
            <li key={each.work}>
              {workIn(each)} · {formatNumber(each.amount)} {String(each.price.unit ?? "")}:{" "}
              {t("cost.range", { low: money(each.low, price.currency), high: money(each.high, price.currency) })}
              {typeof each.price.source === "string" && <span class="quiet"> {each.price.source}</span>}
            </li>
          ))}
        </ul>
        {price.unpriced.length > 0 && <p>{t("cost.unpriced", { what: price.unpriced.map(workIn).join(", ") })}</p>}
      </details>
    </section>
  );
}

export function Changes() {
  return (
    <>
      <Naming />
      {changes.value.length === 0 ? (
        <p class="quiet">{t("history.none")}</p>
      ) : (
        <ol class="history">
          {changes.value.map((each) => (
            <Line key={each.seq} line={each} />
          ))}
        </ol>
      )}
      <div class="actions start">
        <CommandButton id="edit.undo" text />
        <CommandButton id="edit.redo" text />
      </div>
      {editCount.value > 0 && <Pictures />}
      {cost.value && editCount.value > 0 && <Price price={cost.value} />}
    </>
  );
}
