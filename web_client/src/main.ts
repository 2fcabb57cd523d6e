/** Opens the scene that the address names and puts the rooms of the client together. */
import { effect, type ReadonlySignal, untracked } from "@preact/signals";
import { createCity } from "./city/city";
import { announce } from "./state/announce";
import { addBasicCommands, goHome } from "./state/basics";
import { run, runKey } from "./state/commands";
import { compared, followComparison, followPainting, readCompared } from "./state/comparison";
import { loadDiscussion } from "./state/discussion";
import { draft, prepareWith } from "./state/draft";
import { ghosts } from "./state/ghosts";
import { followBaseline, impacts, paint } from "./state/impacts";
import { keepDraft } from "./state/keeping";
import { connection, joinRoom, tellPresence, unsent, unsentKept } from "./state/live";
import { panel } from "./state/panels";
import { followPatterns } from "./state/patterns";
import { manifest, openScene } from "./state/place";
import { keyGiven, linkKey, openProposal, plannersKey, proposal, proposalSeq } from "./state/proposal";
import { addVerbCommands } from "./state/proposing";
import { lookForRenewal } from "./state/renewal";
import { followSelection, select, selected } from "./state/selection";
import { keepSettings, recall, settings } from "./state/settings";
import { followTrial } from "./state/trial";
import { compare, goTo, loading, picture, readCompare, readView, writeCompare } from "./state/view";
import { bringWords, followLanguage, language, t } from "./state/words";
import { mountApp } from "./ui/App";
import { identify } from "./wire/http";

const address = new URLSearchParams(location.search);
const canvas = document.querySelector<HTMLCanvasElement>("#city");
const host = document.querySelector<HTMLElement>("#ui");

/** The proposal of the address, or null when there is none or it is gone. */
async function openNamedProposal(id: string | null) {
  if (!id) return null;
  try {
    return await openProposal(id);
  } catch {
    announce(t("proposal.gone"), "problem");
    return null;
  }
}

/** The address always names what is on screen, so that it can be sent to someone. */
function keepAddress(): void {
  effect(() => {
    const link = new URL(location.href);
    if (manifest.value) link.searchParams.set("scene", manifest.value.id);
    if (proposal.value) link.searchParams.set("proposal", proposal.value.id);
    put(link, "compare", writeCompare(compare.value));
    put(link, "of", compared.value.join(","));
    if (link.search !== location.search) history.replaceState(history.state, "", link);
  });
}

function put(link: URL, name: string, value: string): void {
  if (value) link.searchParams.set(name, value);
  else link.searchParams.delete(name);
}

function keepDocument(): void {
  effect(() => {
    document.documentElement.lang = language.value;
    document.documentElement.dataset.theme = settings.value.theme;
    document.documentElement.style.setProperty("--text-scale", String(settings.value.textScale));
    document.title = manifest.value ? `${manifest.value.title} · ${t("app.name")}` : t("app.name");
    canvas?.setAttribute("aria-label", t("app.city"));
  });
}

function listenToKeys(): void {
  addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement | null;
    const typing = target?.matches("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing && event.key !== "Escape") return;
    const overCity = target === canvas || target === document.body;
    if (runKey(event, overCity)) event.preventDefault();
  });
}

/** A server that went and came back may have another version of this page, and so may one that lacks a part of it. */
function watchForRenewal(): void {
  const own = document.querySelector("script[src]")?.getAttribute("src");
  if (!own) return;
  let away = false;
  effect(() => {
    const { status } = connection.value;
    if (status === "open" && away) void lookForRenewal(own);
    away = status === "waiting" || (away && status !== "open");
  });
  addEventListener("vite:preloadError", () => void lookForRenewal(own));
}

/** Where nothing can be stored, the browser asks before a page with unsent changes closes. */
function holdUnsaved(): void {
  addEventListener("beforeunload", (event) => {
    if (unsent.peek().length > 0 && !unsentKept.peek()) event.preventDefault();
  });
}

let tools: Promise<unknown> | null = null;

/** The tools come with the first change that someone begins. */
function bringTools(): Promise<unknown> {
  tools ??= Promise.all([import("./tools/tools"), bringWords()]).then(([{ startTools }]) => startTools());
  return tools;
}

async function start(): Promise<void> {
  if (!canvas || !host) return;
  canvas.setAttribute("role", "application");
  keepSettings();
  followLanguage();
  keepDocument();
  listenToKeys();
  addBasicCommands();
  mountApp(host);
  const first = readView(location.hash);
  linkKey.value = keyGiven(address) || plannersKey();
  identify({ key: linkKey.value, ...recall<{ token?: string }>("citiverse.person", {}) });
  compare.value = readCompare(address.get("compare"));
  compared.value = readCompared(address.get("of"));
  if (compared.value.length > 0) panel.value = "compare";
  const held = await openNamedProposal(address.get("proposal"));
  keepAddress();
  followSelection();
  tellPresence();
  addVerbCommands();
  followPatterns();
  followTrial();
  followComparison();
  followPainting();
  watchForRenewal();
  holdUnsaved();
  prepareWith(bringTools);
  // A draft that began as a form may come to be pointed at.
  when(draft, () => void bringTools());
  when(manifest, (open) => {
    const city = createCity(canvas, open, held?.id ?? null, {
      antialias: address.get("aa") !== "0",
      quality: qualityIn(address.get("quality")),
    });
    if (first) goTo(first, true);
    else goHome(true);
    if (held) {
      joinRoom(held.id);
      void loadDiscussion();
    } else void followBaseline(open.id);
    keepDraft(open.id);
    if (address.get("test") === "1" && city) expose(city);
    if (city)
      void afterFirstPicture()
        .then(() => import("./xr/offer"))
        .then((xr) => xr.offerHeadset(city.stage));
  });
  await openScene(held?.scene ?? address.get("scene"));
}

/** Once, as soon as the signal holds something. */
function when<T>(source: ReadonlySignal<T | null>, then: (value: T) => void): void {
  let done = false;
  effect(() => {
    const { value } = source;
    if (value === null || done) return;
    done = true;
    untracked(() => then(value));
  });
}

const qualityIn = (text: string | null) => (text === "high" || text === "low" || text === "auto" ? text : null);

/** Resolves once the city is on the screen, so that what comes later never delays it. */
const afterFirstPicture = () =>
  new Promise<void>((resolve) => {
    const stop = effect(() => {
      if (picture.value !== "running" || loading.value < 1) return;
      resolve();
      queueMicrotask(() => stop());
    });
  });

/** What tests read; only when the address asks for it. */
function expose(city: NonNullable<ReturnType<typeof createCity>>): void {
  Object.assign(window, {
    __citiverse: {
      get frames() {
        return city.counts().frames;
      },
      get draws() {
        return city.counts().draws;
      },
      get triangles() {
        return city.counts().triangles;
      },
      get loading() {
        return loading.value;
      },
      get detail() {
        return city.detail();
      },
      get revision() {
        return proposalSeq.value;
      },
      pick: (x: number, y: number) => city.pickAt(x, y),
      feature: (id: string) => city.has(id),
      get ghosts() {
        return ghosts.value.length;
      },
      select,
      paint,
      run,
      stage: city.stage,
      state: { manifest, proposal, impacts, settings, selected },
    },
  });
}

void start();
