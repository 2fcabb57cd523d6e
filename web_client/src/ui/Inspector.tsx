/** What the selected thing is, where its data come from, and what was estimated. */
import { startPointing, valuesFor } from "../state/draft";
import { isDoubted, plainText, titleOf } from "../state/facts";
import { details, select } from "../state/selection";
import { t, tOr } from "../state/words";
import type { Feature } from "../wire/types";
import { Icon } from "./icons";
import { useFocusIfLost } from "./Panel";
import { VerbButtons } from "./VerbButtons";

const HIDDEN = new Set(["kind", "name", "id"]);

function Property({ name, value }: { name: string; value: unknown }) {
  const doubted = isDoubted(value) ? value : null;
  const shown = doubted ? doubted.value : value;
  if (shown === null || shown === undefined || shown === "") return null;
  return (
    <div class="property">
      <dt>{tOr(`property.${name}`, name.replaceAll("_", " "))}</dt>
      <dd>
        {plainText(shown)}
        {doubted?.unit ? ` ${doubted.unit}` : ""}
        {doubted && (
          <span class={`basis ${doubted.basis}`} title={doubted.source}>
            {t(`basis.${doubted.basis}`)}
          </span>
        )}
      </dd>
    </div>
  );
}

function Known({ feature }: { feature: Feature }) {
  const heading = useFocusIfLost(feature.id);
  const { kind, name: _name, source, ...rest } = feature.properties;
  const sourceText = isDoubted(source) ? String(source.value) : typeof source === "string" ? source : "";
  return (
    <>
      <h2 dir="auto" ref={heading} tabIndex={-1}>
        {titleOf(feature)}
      </h2>
      <p class="quiet">
        {t(`kind.${kind}`)} · {feature.id}
      </p>
      <VerbButtons
        kind={kind}
        name={titleOf(feature)}
        begin={(form) => void startPointing(form.verb, valuesFor(form, feature.id))}
      />
      <dl>
        {Object.entries(rest)
          .filter(([key]) => !HIDDEN.has(key))
          .map(([key, value]) => (
            <Property key={key} name={key} value={value} />
          ))}
      </dl>
      {sourceText && <p class="quiet">{t("inspector.source", { source: sourceText })}</p>}
    </>
  );
}

export function Inspector() {
  const now = details.value;
  if (now.step === "none") return null;
  return (
    <section class="panel inspector" aria-label={t("inspector.title")}>
      <button type="button" class="close" aria-label={t("inspector.close")} onClick={() => select(null)}>
        <Icon name="close" />
      </button>
      {now.step === "loading" && <p>{t("inspector.loading")}</p>}
      {now.step === "failed" && <p>{now.sentence}</p>}
      {now.step === "known" && <Known feature={now.feature} />}
    </section>
  );
}
