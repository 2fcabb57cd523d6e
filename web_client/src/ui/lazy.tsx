/** A part of the page that is fetched when it is first shown. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { bringWords } from "../state/words";

/** A component whose code comes with its first use; nothing is shown until it is there. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let known: ComponentType | null = null;
  return function Lazy() {
    const [Shown, show] = useState<ComponentType | null>(() => known);
    useEffect(() => {
      if (Shown) return;
      void Promise.all([load(), bringWords()]).then(([found]) => {
        known = found;
        show(() => found);
      });
    }, [Shown]);
    return Shown && <Shown />;
  };
}
