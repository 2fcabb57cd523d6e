/** A panel: its name, a way to close it, and the focus where nothing else has it any more. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { panel } from "../state/panels";
import { t } from "../state/words";
import { Icon } from "./icons";

/** Take the focus when what had it is gone from the page, so that the keyboard goes on here and not at the top. */
export function useFocusIfLost(again?: unknown) {
  const place = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement === null || document.activeElement === document.body) place.current?.focus();
  }, [again]);
  return place;
}

interface Props {
  readonly name: string;
  readonly title: string;
  readonly kind?: string;
  readonly children: ComponentChildren;
}

export function PanelFrame({ name, title, kind = "", children }: Props) {
  const heading = useFocusIfLost();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the focus (axe, EN 301 549 9.2.1.1)
    <section class={`panel ${kind}`} aria-label={name} tabIndex={0}>
      <h2 ref={heading} tabIndex={-1} dir="auto">
        {title}
      </h2>
      <button
        type="button"
        class="close"
        aria-label={t("panel.close")}
        onClick={() => {
          panel.value = null;
        }}
      >
        <Icon name="close" />
      </button>
      {children}
    </section>
  );
}
