/** The city in a headset: entered from the page and left to the same place. */
import { signal } from "@preact/signals";
import { Quaternion, Vector3 } from "three";
import { announce } from "../state/announce";
import { localOf, lonLatOf } from "../state/place";
import { type Hit, offerPointer, pointerHit } from "../state/pointer";
import { select } from "../state/selection";
import { settings } from "../state/settings";
import type { Stage } from "../state/stage";
import { compare, goTo, view } from "../state/view";
import { t } from "../state/words";
import { createFade } from "./fade";
import { createHand, walkable } from "./hand";
import { createPanel } from "./panel";
import { createStanding } from "./standing";

const EYE_M = 1.6;
const NEAR_M = 0.05;
const FAR_M = 6_000;
const TELL_EVERY_S = 0.1;
const FOVEATION = 1;

export interface Headset {
  readonly inside: { readonly value: boolean };
  readonly toggle: () => Promise<void>;
}

export function createHeadset(stage: Stage): Headset {
  const inside = signal(false);
  let session: XRSession | null = null;

  async function enter(): Promise<void> {
    try {
      session =
        (await navigator.xr?.requestSession("immersive-vr", {
          requiredFeatures: ["local-floor"],
          optionalFeatures: ["hand-tracking"],
        })) ?? null;
    } catch {
      announce(t("headset.refused"), "problem");
      return;
    }
    if (!session) return;
    const leave = await visit(stage, session, () => void session?.end());
    inside.value = true;
    session.addEventListener("end", () => {
      leave();
      session = null;
      inside.value = false;
    });
  }

  return {
    inside,
    async toggle() {
      if (session) await session.end();
      else await enter();
    },
  };
}

/** Begin a visit in this session; what it returns ends it. */
async function visit(stage: Stage, session: XRSession, end: () => void): Promise<() => void> {
  const { renderer, camera, world } = stage;
  const kept = { near: camera.near, far: camera.far, compare: compare.peek() };
  const from = view.peek();
  if (kept.compare.show === "swipe") compare.value = { show: "after" };
  stage.setControls(false);
  stage.setXRSession(session);
  renderer.xr.enabled = true;
  renderer.xr.setReferenceSpaceType("local-floor");
  renderer.xr.setFoveation(FOVEATION);
  stage.add(camera);
  camera.near = NEAR_M;
  camera.far = FAR_M;
  try {
    await renderer.xr.setSession(session);
  } catch (error) {
    end();
    throw error;
  }

  const head = new Vector3(0, EYE_M, 0);
  const gaze = new Vector3(0, 0, -1);
  const turned = new Quaternion();
  let seatedBy = 0;
  const readHead = (position: Vector3, direction: Vector3) => {
    position.copy(head);
    direction.copy(gaze);
  };
  const standing = createStanding(world, readHead, () => -seatedBy);
  const fade = createFade(camera);
  const panel = createPanel(stage);
  let told = 0;
  let arrived = false;

  function travel(hit: Hit): void {
    if (walkable(hit)) fade.through(() => standing.on(hit.point));
  }
  const turn = (sign: 1 | -1) => standing.turn(sign * settings.peek().snapTurnDeg);
  const hands = [0, 1].map((index) =>
    createHand(stage, index, {
      panelAlong: panel.along,
      press(ray, hit) {
        if (panel.along(ray) !== null) panel.press(ray);
        else if (!offerPointer({ phase: "tap", hit, screen: [0, 0], device: "ray", shift: false })) {
          select(hit?.id ?? null);
        }
      },
      point(hit) {
        if (!hit) return;
        pointerHit.value = hit;
        offerPointer({ phase: "move", hit, screen: [0, 0], device: "ray", shift: false });
      },
      travel,
      turn,
    }),
  );

  function arrive(): void {
    if (!from) return;
    if (settings.peek().seated) seatedBy = Math.max(0, EYE_M - head.y);
    const [x, y] = localOf(from.at);
    standing.face(from.heading_deg);
    standing.on([x, y, stage.groundAt(x, y) ?? 0]);
    arrived = true;
  }

  const stop = stage.everyFrame((seconds, frame) => {
    const room = renderer.xr.getReferenceSpace();
    const pose = frame && room ? frame.getViewerPose(room) : undefined;
    if (!pose) return;
    head.copy(pose.transform.position as unknown as Vector3);
    gaze.set(0, 0, -1).applyQuaternion(turned.copy(pose.transform.orientation as unknown as Quaternion));
    if (!arrived) arrive();
    for (const each of hands) each.step();
    panel.step(seconds, head, gaze);
    fade.step(seconds);
    told += seconds;
    if (told < TELL_EVERY_S) return;
    told = 0;
    const { x, y, heading_deg, pitch_deg } = standing.where();
    view.value = { mode: "walk", at: lonLatOf([x, y]), distance_m: 0, heading_deg, pitch_deg };
  });
  return () => {
    stop();
    const { x, y, heading_deg, pitch_deg } = standing.where();
    for (const each of hands) each.dispose();
    panel.dispose();
    fade.dispose();
    standing.leave();
    stage.remove(camera);
    stage.setXRSession(null);
    renderer.xr.enabled = false;
    camera.near = kept.near;
    camera.far = kept.far;
    stage.setControls(true);
    compare.value = kept.compare;
    goTo({ mode: "walk", at: lonLatOf([x, y]), heading_deg, pitch_deg }, true);
  };
}
