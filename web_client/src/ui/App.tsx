/** The page around the city: what this place is, what one can do, one panel at a time, and credits. */
import { type ComponentType, render } from "preact";
import { comments } from "../state/discussion";
import { draft } from "../state/draft";
import { type Panel, panel } from "../state/panels";
import { opening, openScene } from "../state/place";
import { selected } from "../state/selection";
import { compare, picture } from "../state/view";
import { t } from "../state/words";
import { CommandGroupBar } from "./CommandButton";
import { LayerPicker, Legend } from "./Legend";
import { lazy } from "./lazy";
import { Notices } from "./Notices";
import { ProposePanel } from "./ProposePanel";
import { Connection, Credits, Title } from "./Status";

/** A panel is one file and one line here; its code comes when it is first opened. */
const PANELS: Partial<Record<Panel, ComponentType>> = {
  impacts: lazy(async () => (await import("./Impacts")).Impacts),
  proposal: lazy(async () => (await import("./ProposalPanel")).ProposalPanel),
  compare: lazy(async () => (await import("./ComparePanel")).ComparePanel),
  list: lazy(async () => (await import("./AroundPanel")).AroundPanel),
  import: lazy(async () => (await import("./ImportPanel")).ImportPanel),
  settings: lazy(async () => (await import("./SettingsPanel")).SettingsPanel),
  help: lazy(async () => (await import("./Help")).Help),
};
const DraftCard = lazy(async () => (await import("./DraftCard")).DraftCard);
const Inspector = lazy(async () => (await import("./Inspector")).Inspector);
const CommentPins = lazy(async () => (await import("./CommentPins")).CommentPins);
const Swipe = lazy(async () => (await import("./Swipe")).Swipe);

function OpeningNote() {
  const now = opening.value;
  if (now.step === "loading") return <p class="centre">{t("opening.loading")}</p>;
  if (now.step === "building") return <p class="centre">{t("opening.building")}</p>;
  if (now.step === "failed") {
    return (
      <div class="centre" role="alert">
        <p>{t("opening.failed", { why: now.sentence })}</p>
        <button type="button" onClick={() => void openScene(new URLSearchParams(location.search).get("scene"))}>
          {t("opening.again")}
        </button>
      </div>
    );
  }
  if (picture.value === "unsupported") return <p class="centre flat">{t("picture.unsupported")}</p>;
  if (picture.value === "lost") return <p class="centre">{t("picture.lost")}</p>;
  return null;
}

/** One thing at a time: the change one is making, else the panel one has opened, else what one has picked. */
function Side() {
  const Open = panel.value ? PANELS[panel.value] : undefined;
  return (
    <div class="side">
      {draft.value ? <DraftCard /> : Open ? <Open /> : null}
      {selected.value !== null && !draft.value && <Inspector />}
    </div>
  );
}

function App() {
  const busy = draft.value !== null || (panel.value !== null && panel.value !== "propose") || selected.value !== null;
  return (
    <div class={`page${panel.value === "propose" ? " proposing" : ""}${busy ? " busy" : ""}`}>
      <a class="skip" href="#tools">
        {t("app.skip")}
      </a>
      <header>
        <Title />
      </header>
      <Connection />
      <main class="tools" id="tools" tabIndex={-1}>
        <ProposePanel />
        <CommandGroupBar group="edit" />
      </main>
      <div class="right">
        <nav class="panels" aria-label={t("group.panels")}>
          <CommandGroupBar group="panels" text />
        </nav>
        {picture.value !== "unsupported" && (
          <nav class="looks" aria-label={t("group.view")}>
            <CommandGroupBar group="view" />
            <CommandGroupBar group="understand" />
          </nav>
        )}
        <Side />
      </div>
      <div class="painting">
        {panel.value !== "impacts" && <LayerPicker />}
        <Legend />
      </div>
      {comments.value.length > 0 && <CommentPins />}
      {compare.value.show !== "after" && <Swipe />}
      <OpeningNote />
      <Notices />
      <Credits />
    </div>
  );
}

export function mountApp(host: HTMLElement): () => void {
  render(<App />, host);
  return () => render(null, host);
}
