/** The divider between the city as it is and as proposed. */
import { compare } from "../state/view";
import { t } from "../state/words";

export function Swipe() {
  const now = compare.value;
  if (now.show === "before") return <p class="side-name only">{t("view.before")}</p>;
  if (now.show !== "swipe") return null;
  return (
    <div class="swipe">
      <p class="side-name left">{t("view.before")}</p>
      <p class="side-name right">{t("view.after")}</p>
      <div class="divider" style={{ left: `${now.at * 100}%` }} />
      <input
        type="range"
        min="0.02"
        max="0.98"
        step="0.01"
        value={now.at}
        aria-label={t("view.divider")}
        onInput={({ currentTarget }) => {
          compare.value = { show: "swipe", at: currentTarget.valueAsNumber };
        }}
      />
    </div>
  );
}
