/** Find a street or a place by its name, and go there. */
import { useEffect, useState } from "preact/hooks";
import { goNear, here, look, type Nearby, whereabouts } from "../state/around";
import { positionOf } from "../state/geometry";
import { select } from "../state/selection";
import { t } from "../state/words";
import { Icon } from "./icons";

const SHORTEST = 2;
const SHOWN = 7;

export function Search() {
  const [name, setName] = useState("");
  const [found, set] = useState<readonly Nearby[] | null>(null);
  useEffect(() => {
    let current = true;
    set(null);
    const from = here.peek();
    if (name.trim().length < SHORTEST || !from) return;
    const wait = setTimeout(() => {
      look(from, { name: name.trim(), limit: SHOWN })
        .then((items) => current && set(items))
        .catch(() => current && set([]));
    }, 200);
    return () => {
      current = false;
      clearTimeout(wait);
    };
  }, [name]);
  const go = (item: Nearby) => {
    goNear(positionOf(item.feature));
    select(item.feature.id);
    setName("");
  };
  return (
    <search class="search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (found?.[0]) go(found[0]);
        }}
      >
        <Icon name="search" />
        <input
          type="search"
          aria-label={t("search.label")}
          placeholder={t("search.label")}
          value={name}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setName("");
          }}
        />
      </form>
      {found && (
        <div class="found">
          <p role="status" class="quiet">
            {t("list.found", { count: found.length })}
          </p>
          <ul>
            {found.map((each) => (
              <li key={each.feature.id}>
                <button type="button" onClick={() => go(each)}>
                  {each.name}{" "}
                  <span class="quiet">
                    {t(`kind.${each.feature.properties.kind}`)} · {whereabouts(each)}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </search>
  );
}
