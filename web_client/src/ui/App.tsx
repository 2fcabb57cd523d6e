/** The page around the city: a title, tools, one panel at a time, and credits. */
import type { ComponentType } from "preact";
import { render } from "preact";
import { type Panel, panel } from "../state/panels";
import { opening, openScene } from "../state/place";
import { picture } from "../state/view";
import { t } from "../state/words";
import { CommandGroupBar } from "./CommandButton";
import { Help } from "./Help";
import { Inspector } from "./Inspector";
import { LayerPicker, Legend } from "./Legend";
import { Notices } from "./Notices";
import { SettingsPanel } from "./SettingsPanel";
import { Connection, Credits, Title } from "./Status";

/** A panel is one file and one line here. */
const PANELS: Partial<Record<Panel, ComponentType>> = {
  settings: SettingsPanel,
  help: Help,
};

function OpeningNote() {
  const now = opening.value;
  if (now.step === "loading") return <p class="centre">{t("opening.loading")}</p>;
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
  if (picture.value === "unsupported") return <p class="centre">{t("picture.unsupported")}</p>;
  if (picture.value === "lost") return <p class="centre">{t("picture.lost")}</p>;
  return null;
}

function App() {
  const Open = panel.value ? PANELS[panel.value] : undefined;
  return (
    <>
      <a class="skip" href="#tools">
        {t("app.skip")}
      </a>
      <Title />
      <Connection />
      <nav class="tools" id="tools" tabIndex={-1}>
        <CommandGroupBar group="propose" text />
        <CommandGroupBar group="edit" />
      </nav>
      <nav class="looks">
        <CommandGroupBar group="view" />
        <CommandGroupBar group="understand" />
        <CommandGroupBar group="people" />
        <CommandGroupBar group="settings" />
      </nav>
      <div class="side">
        {Open && <Open />}
        <Inspector />
      </div>
      <div class="painting">
        <LayerPicker />
        <Legend />
      </div>
      <OpeningNote />
      <Notices />
      <Credits />
    </>
  );
}

export function mountApp(host: HTMLElement): () => void {
  render(<App />, host);
  return () => render(null, host);
}
