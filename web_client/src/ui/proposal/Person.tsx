/** Who said or did something: oneself, someone who is here, or someone who was. */
import { visitors, you } from "../../state/live";
import { t } from "../../state/words";

export function nameOf(id: string | undefined): string {
  if (id !== undefined && id === you.value?.id) return t("people.you");
  return visitors.value.find((each) => each.id === id)?.name || t("people.someone");
}

export function When({ time }: { time: string }) {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return null;
  return (
    <time dateTime={time}>
      {at.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" })}
    </time>
  );
}
