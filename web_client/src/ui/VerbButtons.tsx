/** What one can propose for one thing: the usual changes at once, the others one step away. */
import { labelOfVerb, verbsFor } from "../state/draft";
import { t } from "../state/words";
import type { Kind, VerbForm } from "../wire/types";

const AT_ONCE = 3;

interface Props {
  readonly kind: Kind;
  /** What the thing is called, for those who hear the buttons one by one. */
  readonly name: string;
  readonly begin: (form: VerbForm) => void;
}

export function VerbButtons({ kind, name, begin }: Props) {
  const forms = verbsFor(kind);
  const button = (form: VerbForm) => (
    <button
      key={form.verb}
      type="button"
      class="small"
      aria-label={`${labelOfVerb(form)}: ${name}`}
      onClick={() => begin(form)}
    >
      {labelOfVerb(form)}
    </button>
  );
  const [first, rest] = forms.length > AT_ONCE + 1 ? [forms.slice(0, AT_ONCE), forms.slice(AT_ONCE)] : [forms, []];
  if (forms.length === 0) return null;
  return (
    <div class="actions start">
      {first.map(button)}
      {rest.length > 0 && (
        <details class="more">
          <summary aria-label={`${t("propose.more", { count: rest.length })}: ${name}`}>
            {t("propose.more", { count: rest.length })}
          </summary>
          <div class="actions start">{rest.map(button)}</div>
        </details>
      )}
    </div>
  );
}
