/** The city as a list: what is around, how far and in which direction, and every verb as a form. No picture needed. */
import { useEffect, useState } from "preact/hooks";
import { goNear, here, look, type Nearby, whereabouts } from "../state/around";
import { beginDraft, labelOfVerb, valuesFor, verbForms } from "../state/draft";
import { positionOf } from "../state/geometry";
import { panel } from "../state/panels";
import { proposalSeq } from "../state/proposal";
import { select } from "../state/selection";
import { t, tOr } from "../state/words";
import type { Kind } from "../wire/types";
import { PanelFrame } from "./Panel";
import { Plan } from "./Plan";
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
        <strong dir="auto">{name}</strong>{" "}
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

const FIRST = 40;
const AGAIN_MS = 2_500;
type Found = { readonly items: readonly Nearby[]; readonly state: "looking" | "there" | "failed" };

/** What is around, asked for again while the server cannot be reached; what was found stays meanwhile. */
function useAround(kind: Kind | "", name: string, radius_m: number, limit: number): Found {
  const [found, set] = useState<Found>({ items: [], state: "looking" });
  const from = here.value;
  const key = `${kind}|${name}|${radius_m}|${limit}|${proposalSeq.value}|${from?.map((each) => each.toFixed(3)).join()}`;
  useEffect(() => {
    let current = true;
    let wait: ReturnType<typeof setTimeout>;
    const ask = () => {
      if (!from) return;
      look(from, { kind, name, radius_m, limit })
        .then((items) => current && set({ items, state: "there" }))
        .catch(() => {
          if (!current) return;
          set((was) => ({ ...was, state: "failed" }));
          wait = setTimeout(ask, AGAIN_MS);
        });
    };
    wait = setTimeout(ask, 250);
    return () => {
      current = false;
      clearTimeout(wait);
    };
  }, [key]);
  return found;
}

function Forms() {
  const groups = [...new Set(verbForms.value.map((each) => each.group))];
  return (
    <>
      <h2>{t("list.forms")}</h2>
      {groups.map((group) => (
        <section key={group} aria-label={tOr(`verbs.${group}`, group)}>
          <h3>{tOr(`verbs.${group}`, group)}</h3>
          <ul class="around forms">
            {verbForms.value
              .filter((form) => form.group === group)
              .map((form) => (
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
        </section>
      ))}
    </>
  );
}

export function AroundPanel() {
  const [kind, setKind] = useState<Kind | "">("road");
  const [name, setName] = useState("");
  const [limit, setLimit] = useState(FIRST);
  const [asPlan, showPlan] = useState(false);
  const radius_m = 300;
  const { items, state } = useAround(kind, name, radius_m, limit);
  return (
    <PanelFrame name={t("list.open")} title={t("list.title")}>
      <p class="quiet">{t("list.lead")}</p>
      <button type="button" class="plain" onClick={toForms}>
        {t("list.toForms")}
      </button>
      <label>
        {t("list.kind")}
        <select
          value={kind}
          onChange={({ currentTarget }) => {
            setKind(currentTarget.value as Kind | "");
            setLimit(FIRST);
          }}
        >
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
      <label class="chip">
        <input type="checkbox" checked={asPlan} onChange={({ currentTarget }) => showPlan(currentTarget.checked)} />
        <span>{t("list.plan")}</span>
      </label>
      {asPlan && <Plan items={items} />}
      <p role="status" class="quiet">
        {state === "looking"
          ? t("list.looking")
          : state === "failed"
            ? t("list.failed")
            : t("list.found", { count: items.length })}
      </p>
      <ol class="around">
        {items.map((each) => (
          <Item key={each.feature.id} item={each} />
        ))}
      </ol>
      {items.length >= limit && (
        <button type="button" class="plain" onClick={() => setLimit(limit * 2)}>
          {t("list.more")}
        </button>
      )}
      <div id="forms" tabIndex={-1}>
        <Forms />
      </div>
    </PanelFrame>
  );
}

function toForms(): void {
  const forms = document.getElementById("forms");
  forms?.scrollIntoView();
  forms?.querySelector("button")?.focus();
}
