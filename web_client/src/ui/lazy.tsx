/** A part of the page that is fetched when it is first shown. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { announce } from "../state/announce";
import { bringWords, t } from "../state/words";

/** A component whose code comes with its first use; nothing is shown until it is there. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let known: ComponentType | null = null;
  return function Lazy() {
    const [Shown, show] = useState<ComponentType | null>(() => known);
    useEffect(() => {
      if (Shown) return;
      Promise.all([load(), bringWords()]).then(
        ([found]) => {
          known = found;
          show(() => found);
        },
        () => announce(t("app.partMissing"), "problem"),
      );
    }, [Shown]);
    return Shown && <Shown />;
  };
}
