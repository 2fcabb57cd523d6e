/** The city on a canvas: everything that is drawn, and how it follows the state. */
import { effect, untracked } from "@preact/signals";
import {
  Group,
  type InstancedMesh,
  type Mesh,
  NeutralToneMapping,
  PCFShadowMap,
  PerspectiveCamera,
  Plane,
  Raycaster,
  Scene,
  SRGBColorSpace,
  Vector2,
  Vector3,
  WebGLRenderer,
} from "three";
import { announce } from "../state/announce";
import { pin } from "../state/body";
import { paintedBeside } from "../state/comparison";
import type { XY } from "../state/frame";
import { type Ghost, ghosts, marked } from "../state/ghosts";
import { painted } from "../state/impacts";
import { visitors, you } from "../state/live";
import { localOf, lonLatOf } from "../state/place";
import { type Hit, pointerHit } from "../state/pointer";
import { projection } from "../state/projection";
import { clearPatches, patches, proposalSeq, swaps } from "../state/proposal";
import { hovered, select, selected } from "../state/selection";
import { reducedMotion, type Settings, settings } from "../state/settings";
import type { Stage } from "../state/stage";
import { isFlow, streetsNear } from "../state/streets";
import { type Compare, compare, loading, picture, readView, view, viewWish, writeView } from "../state/view";
import { bringWords, t } from "../state/words";
import { tilesetUrl, tileUrl } from "../wire/http";
import type { ImpactLayer, Manifest } from "../wire/types";
import { createBefore } from "./before";
import { createCamera, type Pose } from "./camera";
import { createDetail, type Detail } from "./detail";
import { createFeatureState, type FeatureStyle } from "./featureState";
import type { Flows } from "./flows";
import { createGestures } from "./gestures";
import { createCityMaterial } from "./material";
import { createPainter } from "./paint";
import type { People } from "./people";
import { createPicking } from "./picking";
import { createShapes } from "./shapes";
import { createSky } from "./sky";
import { createTiles } from "./tiles";

export interface CityOptions {
  readonly antialias: boolean;
  /** Whatever the settings say. */
  readonly quality: Settings["quality"] | null;
}

export interface City {
  readonly stage: Stage;
  readonly counts: () => { frames: number; draws: number; triangles: number };
  readonly detail: () => Detail;
  readonly pickAt: (x: number, y: number) => Hit | null;
  readonly has: (id: string) => boolean;
  readonly dispose: () => void;
}

const SELECTED = 0xf2a33a;
const HOVERED = 0xfff0c2;
const TARGET = 0x3fa7a0;
const REMOVED = 0xc23b22;
/** Frames drawn after the last change, for what settles late. */
const SETTLE_FRAMES = 4;
const URL_EVERY_MS = 600;
/** So far one has to move before the streets around are others. */
const FLOWS_AGAIN_M = 160;

const MARKS: Readonly<Record<"selected" | "target" | "removed", FeatureStyle>> = {
  selected: { colour: SELECTED, mix: 0.6 },
  target: { colour: TARGET, mix: 0.6 },
  removed: { colour: REMOVED, mix: 0.65 },
};

/** A renderer for this canvas, or null where there is no WebGL 2. */
function createRenderer(canvas: HTMLCanvasElement, antialias: boolean): WebGLRenderer | null {
  try {
    const renderer = new WebGLRenderer({ canvas, antialias, powerPreference: "high-performance" });
    renderer.outputColorSpace = SRGBColorSpace;
    renderer.toneMapping = NeutralToneMapping;
    renderer.shadowMap.enabled = true;
    renderer.shadowMap.type = PCFShadowMap;
    renderer.shadowMap.autoUpdate = false;
    return renderer;
  } catch {
    return null;
  }
}

export function createCity(
  canvas: HTMLCanvasElement,
  manifest: Manifest,
  proposalId: string | null,
  options: CityOptions,
): City | null {
  const detail = createDetail(options.quality ?? settings.peek().quality);
  const renderer = createRenderer(canvas, options.antialias && detail.now().shadows);
  if (!renderer) {
    picture.value = "unsupported";
    return null;
  }
  const scene = new Scene();
  const world = new Group();
  scene.add(world);
  const camera = new PerspectiveCamera(50, 1, 1, 10_000);
  const state = createFeatureState();
  const material = createCityMaterial(state);
  const sky = createSky(scene, world);
  const urlOf = (key: string, hash: string) => tileUrl(manifest.id, key, hash);
  let frames = 0;
  let awake = SETTLE_FRAMES;
  let shadowsStale = true;
  const wake = () => {
    awake = SETTLE_FRAMES;
  };
  const tilesChanged = () => {
    shadowsStale = true;
    wake();
  };
  const tiles = createTiles({
    url: tilesetUrl(manifest.id, proposalId),
    urlOf,
    state,
    material,
    onChange: tilesChanged,
    onTrouble: (trouble) => announce(t(`tiles.${trouble}`), "problem"),
  });
  const before = createBefore({ tiles, state, material, urlOf });
  const picking = createPicking(tiles, state, world);
  const drawing = createShapes(picking.heightAt, wake);
  const standIns = createShapes(picking.heightAt, wake);
  let people: People | null = null;
  world.add(tiles.group, before.group, drawing.group, standIns.group);
  /** The code that draws people comes with the first other person. */
  async function showPeople(): Promise<void> {
    const others = visitors.peek().filter((each) => each.id !== you.peek()?.id);
    if (!people && others.length === 0) return;
    const { createPeople } = await import("./people");
    if (!people) {
      people = createPeople({ localOf, heightAt: picking.heightAt, someone: () => t("people.someone") });
      world.add(people.group);
    }
    people.show(others, pin.peek());
    wake();
  }

  let flows: Flows | null = null;
  let flowsOf: { readonly layer: ImpactLayer; readonly at: XY } | null = null;
  /** What drives along the streets around what one looks at, on the move; its code comes with the first such layer. */
  async function showFlows(layer: ImpactLayer | null): Promise<void> {
    if (!layer) {
      flowsOf = null;
      flows?.show([], heightAt);
      wake();
      return;
    }
    const [x, y] = [rig.pose().x, rig.pose().y];
    const asked = { layer, at: [x, y] as const };
    flowsOf = asked;
    const [{ createFlows }, streets] = await Promise.all([import("./flows"), streetsNear(lonLatOf([x, y]), layer)]);
    if (flowsOf !== asked) return;
    if (!flows) {
      flows = createFlows();
      world.add(flows.object);
    }
    flows.show(streets, heightAt);
    wake();
  }

  const [west, south, east, north] = manifest.bounds;
  const corners = [localOf([west, south]), localOf([east, north])] as const;
  const bounds = [corners[0][0], corners[0][1], corners[1][0], corners[1][1]] as const;
  const latitude = (south + north) / 2;
  const rig = createCamera(camera, picking, () => bounds);

  // Pointing ---------------------------------------------------------------------------------------------------
  const raycaster = new Raycaster();
  const pixel = new Vector2();
  const plane = new Plane(new Vector3(0, 1, 0), 0);
  const meeting = new Vector3();
  function rayAt(x: number, y: number) {
    const wide = canvas.clientWidth / (compare.peek().show === "beside" ? 2 : 1);
    pixel.set(((x % wide) / wide) * 2 - 1, 1 - (y / canvas.clientHeight) * 2);
    raycaster.setFromCamera(pixel, camera);
    return raycaster.ray;
  }
  const pickAt = (x: number, y: number) => picking.pick(rayAt(x, y));
  let controlled = true;
  const onScreen = new Vector3();
  const heightAt = ([x, y]: XY) => picking.heightAt(x, y) ?? rig.target().y;
  projection.value = {
    heightAt,
    toScreen(at, z) {
      onScreen.set(at[0], z, -at[1]).applyMatrix4(world.matrixWorld).project(camera);
      if (onScreen.z > 1) return null;
      const beside = compare.peek().show === "beside";
      const wide = canvas.clientWidth / (beside ? 2 : 1);
      // Side by side, what is drawn lies on the proposal's side.
      return [((onScreen.x + 1) / 2) * wide + (beside ? wide : 0), ((1 - onScreen.y) / 2) * canvas.clientHeight];
    },
  };
  const gestures = createGestures({
    canvas,
    rig,
    enabled: () => controlled,
    pick: pickAt,
    onPlane(x, y) {
      plane.constant = -rig.target().y;
      const found = rayAt(x, y).intersectPlane(plane, meeting);
      return found ? [found.x, -found.z] : null;
    },
    onGround: (x, y) => picking.ground(rayAt(x, y)),
    onTap(hit) {
      pointerHit.value = hit;
      select(hit?.id ?? null);
    },
    onDoubleTap(hit) {
      if (hit) rig.to({ x: hit.ground[0], y: hit.ground[1], distance: Math.max(60, rig.goal().distance * 0.5) }, "fly");
    },
    onHover(hit) {
      pointerHit.value = hit;
      hovered.value = hit?.id ?? null;
    },
    wake,
  });

  // Following the state ------------------------------------------------------------------------------------------
  const painter = createPainter(material.uniforms, () => {
    restyle();
  });
  let hidden: ReadonlySet<string> = new Set();
  function restyle(): void {
    const styles = new Map<string, FeatureStyle>(painter.styles());
    if (hovered.peek()) styles.set(hovered.peek() as string, { colour: HOVERED, mix: 0.28 });
    if (selected.peek()) styles.set(selected.peek() as string, MARKS.selected);
    for (const [id, mark] of marked.peek()) styles.set(id, MARKS[mark]);
    for (const id of hidden) styles.set(id, { hidden: true });
    state.style(styles);
    wake();
  }
  let changedKeys: ReadonlySet<string> = new Set();
  const nothing: ReadonlySet<string> = new Set();
  async function compareWith(how: Compare): Promise<void> {
    if (how.show !== "after") changedKeys = await before.prepare(tilesetUrl(manifest.id, how.with));
    if (compare.peek().show !== how.show) return;
    resize();
    showSide(how.show === "before" ? "before" : "after");
    tilesChanged();
  }
  function showSide(side: "before" | "after"): void {
    if (painter.turn(side)) restyle();
    before.group.visible = side === "before";
    standIns.group.visible = side === "after";
    tiles.conceal(side === "before" ? changedKeys : nothing);
  }

  const stops = [
    effect(() => {
      void [hovered.value, selected.value, marked.value];
      restyle();
    }),
    effect(() => {
      hidden = new Set(patches.value.flatMap((each) => each.hide));
      standIns.show(patches.value.flatMap((each) => each.show).map(plainGhost));
      restyle();
      tilesChanged();
    }),
    effect(() => {
      const { drawn, hashes } = swaps.value;
      tiles
        .swap(hashes)
        .then(() => {
          clearPatches(drawn);
          if (compare.peek().show !== "after") return compareWith(compare.peek());
        })
        .catch(() => announce(t("tiles.missing"), "problem"));
    }),
    effect(() => {
      drawing.show(ghosts.value);
      wake();
    }),
    effect(() => {
      void [visitors.value, you.value, pin.value];
      void showPeople();
    }),
    effect(() => {
      const layer = paintedBeside.value;
      painter.show(layer).catch((error: Error) => {
        if (error.name !== "AbortError") announce(t("layer.failed", { why: error.message }), "problem");
      });
    }),
    effect(() => {
      const layer = painted.value;
      const moving = settings.value.motion !== "reduced" && !reducedMotion();
      void proposalSeq.value;
      void showFlows(moving && isFlow(layer) ? layer : null);
    }),
    effect(() => {
      sky.setTime(settings.value.sunHour, settings.value.sunDay, latitude);
      material.uniforms.uPattern.value = settings.value.patterns ? 1 : 0;
      material.uniforms.uNight.value = sky.night();
      material.uniforms.uSkyColour.value.copy(sky.horizon);
      tilesChanged();
    }),
    effect(() => {
      const wish = viewWish.value;
      // In a headset the visitor is moved, not the camera.
      if (!wish || !controlled) return;
      const { at, distance_m, heading_deg, pitch_deg, mode } = wish.to;
      const [x, y] = at ? localOf(at) : [undefined, undefined];
      const part = { mode, x, y, distance: distance_m, heading: heading_deg, pitch: pitch_deg };
      rig.to(given(part), wish.jump || reducedMotion() ? "jump" : "fly");
      viewWish.value = null;
      wake();
    }),
    effect(() => {
      const how = compare.value;
      compareWith(how).catch(() => {
        announce(t("compare.failed"), "problem");
        compare.value = { show: "after" };
      });
    }),
  ];

  // Drawing ------------------------------------------------------------------------------------------------------
  const steps = new Set<(seconds: number, frame: XRFrame | undefined) => void>();
  function resize(): void {
    const ratio = Math.min(devicePixelRatio, detail.now().ratio);
    const { clientWidth, clientHeight } = canvas;
    if (!clientWidth || !clientHeight) return;
    renderer?.setPixelRatio(ratio);
    renderer?.setSize(clientWidth, clientHeight, false);
    const beside = compare.peek().show === "beside";
    camera.aspect = clientWidth / (beside ? 2 : 1) / clientHeight;
    camera.updateProjectionMatrix();
    wake();
  }
  const observer = new ResizeObserver(resize);
  observer.observe(canvas);

  function draw(active: WebGLRenderer): void {
    const how = compare.peek();
    if ((how.show !== "swipe" && how.show !== "beside") || active.xr.isPresenting) {
      active.render(scene, camera);
      return;
    }
    const { clientWidth: width, clientHeight: height } = canvas;
    const beside = how.show === "beside";
    const split = Math.round(width * (beside ? 0.5 : how.at));
    active.setScissorTest(true);
    for (const [side, x, w] of [
      ["before", 0, split],
      ["after", split, width - split],
    ] as const) {
      showSide(side);
      // Side by side both look from the same place; with a divider both are one picture.
      if (beside) active.setViewport(x, 0, w, height);
      active.setScissor(x, 0, w, height);
      active.render(scene, camera);
    }
    active.setScissorTest(false);
    active.setViewport(0, 0, width, height);
  }

  let written = 0;
  let told = "";
  function tellView(time: number): void {
    const { mode, x, y, distance, heading, pitch } = rig.pose();
    const next = { mode, at: lonLatOf([x, y]), distance_m: distance, heading_deg: heading, pitch_deg: pitch };
    const text = writeView(next);
    if (text === told) return;
    told = text;
    view.value = next;
    if (flowsOf && Math.hypot(x - flowsOf.at[0], y - flowsOf.at[1]) > FLOWS_AGAIN_M) void showFlows(flowsOf.layer);
    if (time - written > URL_EVERY_MS || awake <= 1) {
      written = time;
      history.replaceState(history.state, "", text);
    }
  }

  let asked = 1;
  /** Tiles as coarse as this device wants them, and a headset on top of that. */
  function setCoarseness(factor = asked): void {
    asked = factor;
    tiles.setCoarseness(asked * detail.now().coarseness);
  }
  function followDetail(): void {
    const { shadows, kept_bytes } = detail.now();
    sky.sun.castShadow = shadows;
    tiles.setMemory(kept_bytes);
    setCoarseness();
    resize();
    tilesChanged();
  }
  stops.push(
    effect(() => {
      detail.set(options.quality ?? settings.value.quality);
      untracked(followDetail);
    }),
  );

  let lastTime = 0;
  /** Move what moves and load what is wanted; true when the picture must be drawn. */
  function advance(seconds: number, active: WebGLRenderer): boolean {
    const keyed = gestures.step(seconds);
    const glided = !active.xr.isPresenting && rig.step(seconds);
    world.updateMatrixWorld();
    tiles.update(camera, active);
    const progress = tiles.progress();
    if (progress !== loading.peek()) loading.value = progress;
    if (keyed || glided || progress < 1) wake();
    return awake > 0;
  }

  function castShadows(active: WebGLRenderer): void {
    if (active.xr.isPresenting) return;
    const reach = Math.min(900, Math.max(90, rig.pose().distance * 1.1));
    if (!sky.follow(rig.target(), reach) && !shadowsStale) return;
    active.shadowMap.needsUpdate = detail.now().shadows;
    shadowsStale = false;
  }

  /** On a screen: how much can be drawn, by how long that took, and from where one looks. */
  function settle(time: number, active: WebGLRenderer): void {
    if (active.xr.isPresenting) return;
    if (detail.drawn(time)) followDetail();
    tellView(time);
  }

  renderer.setAnimationLoop((time, frame) => {
    const seconds = Math.min(0.1, (time - lastTime) / 1000);
    lastTime = time;
    for (const step of steps) step(seconds, frame);
    if (people?.step(seconds, camera)) wake();
    if (flowsOf && flows?.step(Math.min(seconds, 0.1))) wake();
    const due = advance(seconds, renderer);
    if (!due && !renderer.xr.isPresenting) return;
    awake -= 1;
    material.uniforms.uToCity.value.copy(world.matrixWorld).invert();
    material.uniforms.uTime.value = reducedMotion() ? 0 : time / 1000;
    castShadows(renderer);
    draw(renderer);
    frames += 1;
    settle(time, renderer);
    if (picture.peek() === "starting") picture.value = "running";
  });

  const lost = (event: Event) => {
    event.preventDefault();
    picture.value = "lost";
  };
  const restored = () => {
    picture.value = "running";
    tilesChanged();
  };
  canvas.addEventListener("webglcontextlost", lost);
  canvas.addEventListener("webglcontextrestored", restored);
  const goToHash = () => {
    const found = readView(location.hash);
    if (found && location.hash !== told) viewWish.value = { to: found };
  };
  addEventListener("hashchange", goToHash);

  const stage: Stage = {
    renderer,
    scene,
    camera,
    world,
    pickRay: picking.pick,
    groundRay: picking.ground,
    groundAt: picking.heightAt,
    everyFrame(step) {
      steps.add(step);
      return () => steps.delete(step);
    },
    setXRSession(session) {
      if (session) void bringWords();
      tiles.setXRSession(session);
    },
    setControls(on) {
      controlled = on;
    },
    setBackdrop(backdrop) {
      const land = backdrop === null || backdrop === "land";
      sky.surround({ dome: backdrop !== "passthrough", land, shadows: backdrop === null && detail.now().shadows });
      tilesChanged();
    },
    setTable(table) {
      const { at, radius_m } = table ?? { at: [0, 0], radius_m: 0 };
      material.uniforms.uTable.value.set(at[0], -at[1], radius_m);
    },
    pieces: () =>
      tiles.active().map((mesh) => ({ mesh, layer: tiles.tileOf(mesh)?.layer ?? "", triangles: trianglesOf(mesh) })),
    showAllPieces: tiles.showAll,
    setCoarseness,
    add: (object) => scene.add(object),
    remove: (object) => scene.remove(object),
  };

  return {
    stage,
    counts: () => ({ frames, draws: renderer.info.render.calls, triangles: renderer.info.render.triangles }),
    detail: detail.now,
    pickAt,
    has: state.has,
    dispose() {
      renderer.setAnimationLoop(null);
      projection.value = null;
      for (const stop of stops) stop();
      gestures.dispose();
      observer.disconnect();
      removeEventListener("hashchange", goToHash);
      canvas.removeEventListener("webglcontextlost", lost);
      canvas.removeEventListener("webglcontextrestored", restored);
      painter.dispose();
      before.dispose();
      drawing.dispose();
      standIns.dispose();
      people?.dispose();
      flows?.dispose();
      tiles.dispose();
      sky.dispose();
      material.dispose();
      state.dispose();
      renderer.dispose();
    },
  };
}

/** The parts that are there. */
const given = (part: { readonly [K in keyof Pose]?: Pose[K] | undefined }): Partial<Pose> =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));

/** Triangles of one draw of a mesh. */
function trianglesOf(mesh: Mesh): number {
  const { index, attributes } = mesh.geometry;
  const each = (index?.count ?? attributes.position?.count ?? 0) / 3;
  return "isInstancedMesh" in mesh ? each * (mesh as InstancedMesh).count : each;
}

function plainGhost(shape: {
  ring: readonly (readonly [number, number])[];
  base_m: number;
  height_m: number;
  colour: string;
}): Ghost {
  const ring = shape.ring.map(localOf);
  return shape.height_m > 0.05
    ? { shape: "block", ring, base_m: shape.base_m, height_m: shape.height_m, colour: shape.colour }
    : { shape: "area", ring, colour: shape.colour };
}
