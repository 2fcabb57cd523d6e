/** Pictures of the place as it is and as the proposal makes it; the server draws them once somebody wants to see them. */
import { useState } from "preact/hooks";
import { proposal, proposalSeq } from "../../state/proposal";
import { t } from "../../state/words";
import { pictureUrl, type View } from "../../wire/proposals";

const VIEWS: readonly View[] = ["bird", "eye"];

function Picture({ id, side, view }: { id: string; side: "before" | "after"; view: View }) {
  const [failed, setFailed] = useState("");
  const address = pictureUrl(id, side, view, proposalSeq.value);
  const name = t(`pictures.${side}`);
  return (
    <figure>
      {failed === address ? (
        <p class="quiet">{t("pictures.failed")}</p>
      ) : (
        <img
          src={address}
          alt={`${name}, ${t(`pictures.${view}`)}`}
          width={960}
          height={540}
          onError={() => setFailed(address)}
        />
      )}
      <figcaption>{name}</figcaption>
    </figure>
  );
}

export function Pictures() {
  const [open, setOpen] = useState(false);
  const [view, setView] = useState<View>("bird");
  const held = proposal.value;
  if (!held) return null;
  return (
    <details class="about pictures" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t("pictures.title")}</summary>
      {open && (
        <>
          <fieldset class="chips">
            <legend>{t("pictures.from")}</legend>
            {VIEWS.map((each) => (
              <label class="chip" key={each}>
                <input type="radio" name="picture-view" checked={view === each} onChange={() => setView(each)} />
                <span>{t(`pictures.${each}`)}</span>
              </label>
            ))}
          </fieldset>
          <Picture id={held.id} side="before" view={view} />
          <Picture id={held.id} side="after" view={view} />
        </>
      )}
    </details>
  );
}
