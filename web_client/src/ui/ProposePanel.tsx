/** The verbs, grouped by what they change: those that most people want at hand, the others one step away. */
import { AT_HAND, verbForms } from "../state/draft";
import { t, tOr } from "../state/words";
import type { VerbForm } from "../wire/types";
import { CommandButton } from "./CommandButton";

function Groups({ forms }: { forms: readonly VerbForm[] }) {
  return [...new Set(forms.map((each) => each.group))].map((group) => (
    <fieldset class="group" key={group}>
      <legend>{tOr(`verbs.${group}`, group)}</legend>
      {forms
        .filter((each) => each.group === group)
        .map(({ verb }) => (
          <CommandButton key={verb} id={`propose.${verb}`} text />
        ))}
    </fieldset>
  ));
}

export function ProposePanel() {
  const others = verbForms.value.filter((each) => !AT_HAND.has(each.verb));
  return (
    <nav class="verbs" aria-label={t("group.propose")}>
      <Groups forms={verbForms.value.filter((each) => AT_HAND.has(each.verb))} />
      {others.length > 0 && (
        <details>
          <summary>{t("propose.more", { count: others.length })}</summary>
          <Groups forms={others} />
        </details>
      )}
    </nav>
  );
}
