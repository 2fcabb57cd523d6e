/** Where in the picture someone has said something: a button at each place, which opens what was said. */
import { placeOf, threads } from "../state/discussion";
import { panel, proposalPart } from "../state/panels";
import { localOf } from "../state/place";
import { projection } from "../state/projection";
import { view } from "../state/view";
import { t } from "../state/words";
import { nameOf } from "./proposal/Person";

const MOST = 60;
const EDGE_PX = 24;

function open(id: string): void {
  proposalPart.value = "talk";
  panel.value = "proposal";
  setTimeout(() => document.getElementById(`comment-${id}`)?.scrollIntoView({ block: "center" }), 150);
}

export function CommentPins() {
  void view.value;
  const onScreen = projection.value;
  if (!onScreen) return null;
  const pins = threads.value.slice(-MOST).flatMap(({ comment, replies }) => {
    const place = placeOf(comment);
    if (!place) return [];
    const at = localOf(place);
    const found = onScreen.toScreen(at, onScreen.heightAt(at) + 6);
    if (!found || found[0] < EDGE_PX || found[1] < EDGE_PX) return [];
    if (found[0] > innerWidth - EDGE_PX || found[1] > innerHeight - EDGE_PX) return [];
    return [{ comment, count: replies.length + 1, at: found }];
  });
  return (
    <div class="pins">
      {pins.map(({ comment, count, at }) => (
        <button
          key={comment.id}
          type="button"
          class="pin"
          style={{ left: `${at[0]}px`, top: `${at[1]}px` }}
          aria-label={t("talk.pinned", { name: nameOf(comment.by) })}
          title={comment.text.slice(0, 120)}
          onClick={() => open(comment.id)}
        >
          {count}
        </button>
      ))}
    </div>
  );
}
