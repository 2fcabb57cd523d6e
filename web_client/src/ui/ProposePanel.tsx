/** The verbs, grouped by what they change. */
import { verbForms } from "../state/draft";
import { t, tOr } from "../state/words";
import { CommandButton } from "./CommandButton";

export function ProposePanel() {
  const groups = [...new Set(verbForms.value.map((each) => each.group))];
  return (
    <nav class="verbs" aria-label={t("group.propose")}>
      {groups.map((group) => (
        <fieldset class="group" key={group}>
          <legend>{tOr(`verbs.${group}`, group)}</legend>
          {verbForms.value
            .filter((each) => each.group === group)
            .map(({ verb }) => (
              <CommandButton key={verb} id={`propose.${verb}`} text />
            ))}
        </fieldset>
      ))}
    </nav>
  );
}
