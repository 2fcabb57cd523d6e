/** The city as a list: what is around, how far and in which direction, and every verb as a form. No picture needed. */
import { useEffect, useState } from "preact/hooks";
import { goNear, here, look, type Nearby, whereabouts } from "../state/around";
import { beginDraft, labelOfVerb, valuesFor, verbForms } from "../state/draft";
import { positionOf } from "../state/geometry";
import { panel } from "../state/panels";
import { proposalSeq } from "../state/proposal";
import { select } from "../state/selection";
import { t } from "../state/words";
import type { Kind } from "../wire/types";
import { PanelFrame } from "./Panel";
import { VerbButtons } from "./VerbButtons";

const KINDS: readonly Kind[] = [
  "road",
  "building",
  "green",
  "tree",
  "water",
  "stop",
  "place",
  "paving",
  "rail",
  "furniture",
  "barrier",
];
function Item({ item }: { item: Nearby }) {
  const { feature, name } = item;
  return (
    <li>
      <p>
        <strong>{name}</strong>{" "}
        <span class="quiet">
          {feature.properties.name ? `${t(`kind.${feature.properties.kind}`)} · ` : ""}
          {whereabouts(item)}
        </span>
      </p>
      <div class="actions start">
        <button
          type="button"
          class="small"
          onClick={() => select(feature.id)}
          aria-label={t("list.readThis", { name })}
        >
          {t("list.read")}
        </button>
        <button
          type="button"
          class="small"
          onClick={() => goNear(positionOf(feature))}
          aria-label={t("list.goTo", { name })}
        >
          {t("list.go")}
        </button>
      </div>
      <VerbButtons
        kind={feature.properties.kind}
        name={name}
        begin={(form) => {
          panel.value = null;
          beginDraft(form.verb, valuesFor(form, feature.id), "form");
        }}
      />
    </li>
  );
}

export function AroundPanel() {
  const [kind, setKind] = useState<Kind | "">("road");
  const [name, setName] = useState("");
  const [found, set] = useState<readonly Nearby[] | null>(null);
  const from = here.value;
  const key = `${kind}|${name}|${proposalSeq.value}|${from?.map((each) => each.toFixed(3)).join()}`;
  useEffect(() => {
    let current = true;
    const wait = setTimeout(() => {
      if (!from) return;
      look(from, { kind, name, limit: 40 })
        .then((items) => current && set(items))
        .catch(() => current && set([]));
    }, 250);
    return () => {
      current = false;
      clearTimeout(wait);
    };
  }, [key]);
  return (
    <PanelFrame name={t("list.open")} title={t("list.title")}>
      <p class="quiet">{t("list.lead")}</p>
      <label>
        {t("list.kind")}
        <select value={kind} onChange={({ currentTarget }) => setKind(currentTarget.value as Kind | "")}>
          <option value="">{t("list.everything")}</option>
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {t(`kind.${each}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("list.name")}
        <input type="search" value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
      </label>
      <p role="status" class="quiet">
        {found === null ? t("list.looking") : t("list.found", { count: found.length })}
      </p>
      <ul class="around">
        {found?.map((each) => (
          <Item key={each.feature.id} item={each} />
        ))}
      </ul>
      <h2>{t("list.forms")}</h2>
      <ul class="around">
        {verbForms.value.map((form) => (
          <li key={form.verb}>
            <button
              type="button"
              class="plain"
              onClick={() => {
                panel.value = null;
                beginDraft(form.verb, {}, "form");
              }}
            >
              {labelOfVerb(form)}
            </button>
          </li>
        ))}
      </ul>
    </PanelFrame>
  );
}
