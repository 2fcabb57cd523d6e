/** An icon on the page. */
import { ICONS, UNKNOWN_ICON } from "../state/icons";

export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={ICONS[name] ?? UNKNOWN_ICON} />
    </svg>
  );
}
