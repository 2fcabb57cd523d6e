/** The divider between the city as it is and as proposed. */
import { comparison } from "../state/comparison";
import { proposal } from "../state/proposal";
import { compare } from "../state/view";
import { t } from "../state/words";

export function Swipe() {
  const now = compare.value;
  if (now.show === "after") return null;
  const other = now.with && comparison.value.table?.proposals.find((each) => each.id === now.with)?.title;
  const there = other || t(now.with ? "view.other" : "view.before");
  const here = (now.with && proposal.value?.title) || t("view.after");
  if (now.show === "before") return <p class="side-name only">{there}</p>;
  const names = (
    <>
      <p class="side-name left" dir="auto">
        {there}
      </p>
      <p class="side-name right" dir="auto">
        {here}
      </p>
    </>
  );
  if (now.show === "beside")
    return (
      <div class="swipe">
        {names}
        <div class="divider" style={{ left: "50%" }} />
      </div>
    );
  return (
    <div class="swipe">
      {names}
      <div class="divider" style={{ left: `${now.at * 100}%` }} />
      <input
        type="range"
        min="0.02"
        max="0.98"
        step="0.01"
        value={now.at}
        aria-label={t("view.divider")}
        onInput={({ currentTarget }) => {
          compare.value = { ...now, at: currentTarget.valueAsNumber };
        }}
      />
    </div>
  );
}
