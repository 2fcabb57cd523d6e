/** One visit to the city in a headset: entered from the page and left to the same place. */
import { effect, signal, untracked } from "@preact/signals";
import { Quaternion, Vector3 } from "three";
import { announce } from "../state/announce";
import { body, pin } from "../state/body";
import { addCommands, type Command } from "../state/commands";
import { draft, stepBackInDraft } from "../state/draft";
import type { XY } from "../state/frame";
import { positionOf } from "../state/geometry";
import { visitors } from "../state/live";
import { localOf, lonLatOf } from "../state/place";
import { type Hit, pointerHit } from "../state/pointer";
import { details, hovered, select, selected } from "../state/selection";
import { settings } from "../state/settings";
import type { Stage } from "../state/stage";
import { compare, goTo, view, viewWish } from "../state/view";
import { landingNear } from "../state/walk";
import { t } from "../state/words";
import { createActing } from "./acting";
import { createBeams } from "./beams";
import { createBoard } from "./board";
import { createCard } from "./cardView";
import { createFade } from "./fade";
import { createGovernor } from "./governor";
import { createInput, type Hand, type Side } from "./input";
import { createMenu } from "./menuView";
import { createMoving } from "./moving";
import { createFloating, createWrist } from "./placing";
import { SCALES, type ScaleName, scaleFor, TABLE_RADIUS_M, tableHeight } from "./scales";
import { createStanding } from "./standing";
import { createTable, findSurfaces } from "./table";
import { createTeller } from "./told";
import { createTreeInHand } from "./trees";
import { createVignette } from "./vignette";

const EYE_M = 1.6;
const NEAR_M = 0.05;
const FAR_M = 6_000;
const FOVEATION = 1;
/** A hand is missed after so long. */
const MISSED_S = 2;
const TABLE_AHEAD_M = 0.85;
const REANCHOR_PER_S = 2;

const other = (side: Side): Side => (side === "left" ? "right" : "left");

/** Feet on the floor where the headset knows it, else a usual height below the eyes. */
async function groundedSpace(session: XRSession): Promise<"local-floor" | "local"> {
  return session.requestReferenceSpace("local-floor").then(
    () => "local-floor",
    () => "local",
  );
}

/** Begin a visit in this session; what it returns ends it. */
export async function visit(stage: Stage, session: XRSession, mode: "vr" | "ar"): Promise<() => void> {
  const { renderer, camera, world } = stage;
  const kept = { near: camera.near, far: camera.far, compare: compare.peek() };
  const from = view.peek();
  const space = await groundedSpace(session);
  const surfaces = mode === "ar" ? await findSurfaces(stage, session) : null;
  const undone: (() => void)[] = [];
  function putBack(): void {
    for (const undo of undone.reverse()) undo();
    undone.length = 0;
  }
  if (kept.compare.show === "swipe" || kept.compare.show === "beside") compare.value = { show: "after" };
  stage.setControls(false);
  stage.setXRSession(session);
  renderer.xr.enabled = true;
  renderer.xr.setReferenceSpaceType(space);
  renderer.xr.setFoveation(FOVEATION);
  stage.add(camera);
  camera.near = NEAR_M;
  camera.far = FAR_M;
  undone.push(() => {
    stage.remove(camera);
    stage.setXRSession(null);
    stage.setTable(null);
    stage.setBackdrop(null);
    renderer.xr.enabled = false;
    camera.near = kept.near;
    camera.far = kept.far;
    stage.setControls(true);
    world.visible = true;
    compare.value = kept.compare;
    if (surfaces) surfaces.dispose();
  });
  try {
    await renderer.xr.setSession(session);
  } catch (error) {
    putBack();
    throw error;
  }

  // The visitor -----------------------------------------------------------------------------------------------
  const head = new Vector3(0, EYE_M, 0);
  const gaze = new Vector3(0, 0, -1);
  const turned = new Quaternion();
  let raised = 0;
  let arrived = false;
  const floor = () => (space === "local" ? -EYE_M : 0) - raised;
  const standing = createStanding(
    world,
    (position, direction) => {
      position.copy(head);
      direction.copy(gaze);
    },
    floor,
  );
  const scale = signal<ScaleName>(mode === "ar" ? "table" : "street");
  const travelling = signal(false);
  const placing = signal(mode === "ar");
  const trouble = signal("");
  const fade = createFade(camera);
  const vignette = createVignette(camera);
  const table = createTable(stage, mode === "vr");
  const governor = createGovernor(stage);
  const isTable = () => scale.peek() === "table";
  const through = (then: () => void) => (mode === "ar" ? then() : fade.through(then));

  /** What one is about to see the middle of. */
  const middle = (): XY => {
    if (!isTable()) {
      const { x, y } = standing.where();
      return [x, y];
    }
    const [x, y] = standing.pointAt(table.place);
    return [x, y];
  };
  const grounded = ([x, y]: XY): readonly [number, number, number] => [x, y, stage.groundAt(x, y) ?? 0];

  function seat(): void {
    raised = settings.peek().seated ? Math.max(0, EYE_M - (head.y + (space === "local" ? EYE_M : 0))) : 0;
  }

  /** Show the city in this size about this place. */
  function stand(name: ScaleName, at: XY, heading?: number): void {
    const before = standing.where().heading_deg;
    scale.value = name;
    standing.setScale(SCALES[name].factor);
    seat();
    standing.face(heading ?? before);
    table.show(name === "table");
    if (name === "table") standing.put(grounded(at), table.place);
    else standing.on(grounded(at));
    stage.setBackdrop(mode === "ar" ? "passthrough" : name === "table" ? "room" : "land");
    if (name !== "table") stage.setTable(null);
  }

  function setTable(): void {
    const height = tableHeight(head.y - (space === "local" ? -EYE_M : 0)) + (space === "local" ? -EYE_M : 0);
    const ahead = new Vector3(gaze.x, 0, gaze.z).normalize().multiplyScalar(TABLE_AHEAD_M);
    table.moveTo(new Vector3(head.x + ahead.x, height, head.z + ahead.z));
  }

  async function resize(name: ScaleName): Promise<void> {
    if (name === scale.peek()) return;
    const at = middle();
    const { heading_deg } = standing.where();
    const landed = name === "street" ? await landingNear(lonLatOf(at), heading_deg) : null;
    through(() => {
      if (name === "table") setTable();
      stand(name, landed?.at ?? at, landed?.heading_deg);
    });
  }

  /** Go to a place that was named, not pointed at. */
  async function goWhere(at: XY, heading?: number): Promise<void> {
    const landed = scale.peek() === "street" ? await landingNear(lonLatOf(at), heading ?? 0) : null;
    through(() => stand(scale.peek(), landed?.at ?? at, heading ?? landed?.heading_deg));
  }

  function travel(hit: Hit): void {
    through(() => standing.on(hit.point));
  }

  // Panels ----------------------------------------------------------------------------------------------------
  const card = createCard({
    trouble: () => trouble.value,
    goToSelected() {
      const now = details.peek();
      if (now.step === "known") void goWhere(localOf(positionOf(now.feature)));
    },
  });
  const menu = createMenu({
    leave: () => void session.end(),
    leaveTitle: () => t(mode === "ar" ? "headset.leaveTable" : "headset.leave"),
    showEffects() {
      card.face.value = "answer";
    },
    goToPerson(id) {
      const found = visitors.peek().find((each) => each.id === id);
      if (found?.at) void goWhere(localOf(found.at), found.heading_deg);
    },
  });
  const cardBoard = createBoard({ name: "card", stage, away_m: 1.05, wide_deg: 31, high_deg: 34, view: card.view });
  const menuBoard = createBoard({ name: "menu", stage, away_m: 0.45, wide_deg: 31, high_deg: 35, view: menu.view });
  const boards = [cardBoard, menuBoard];
  const off = () => other(settings.peek().hand);
  const outwards = () => (off() === "left" ? -1 : 1);
  const floatingCard = createFloating(cardBoard, () => outwards() * -27, 0.14, 1.05);
  const floatingMenu = createFloating(menuBoard, () => outwards() * 24, 0.26, 0.5);
  const wrist = createWrist(menuBoard, off);
  let menuOut = false;

  function bring(): void {
    menuOut = !menuOut;
    floatingCard.bring();
    floatingMenu.bring();
  }

  // Hands -----------------------------------------------------------------------------------------------------
  const input = createInput(session, () => settings.peek().hand);
  const beams = createBeams(stage, mode === "vr");
  const held = new Vector3();
  const moved = new Vector3();
  let active: Hand | null = null;
  const acting = createActing(stage, {
    boards: () => boards,
    intercept() {
      if (!placing.peek()) return false;
      putDown();
      return true;
    },
    canTravel: () => !isTable(),
    travelling: () => travelling.peek(),
    travel,
    takeCity(hand) {
      if (!isTable()) return false;
      held.copy(hand.place);
      return true;
    },
    carryCity(hand) {
      moved.copy(hand.place).sub(held);
      held.copy(hand.place);
      if (mode === "ar") table.moveTo(moved.clone().add(table.place));
      else moved.y = 0;
      standing.carry(moved);
    },
    pulse: (hand) => void hand.source?.gamepad?.hapticActuators?.[0]?.pulse?.(0.5, 25),
    trees: createTreeInHand(),
  });
  const moving = createMoving(stage, standing, {
    aim: acting.aim,
    turn: (sign) => {
      const degrees = sign * settings.peek().snapTurnDeg;
      if (isTable()) standing.turn(degrees, table.place);
      else fade.through(() => standing.turn(degrees));
    },
    isTable,
    floor,
  });
  const teller = createTeller(stage, standing, mode, () => (isTable() ? table.place : null));

  /** The city stands where the visitor points, or before them. */
  function putDown(): void {
    const at = middle();
    const spot = surfaces?.found();
    if (spot) table.moveTo(spot.clone().setY(spot.y + 0.06));
    else setTable();
    placing.value = false;
    world.visible = true;
    stand("table", arrived ? at : localOf(from?.at ?? lonLatOf(at)));
    arrived = true;
  }

  function press(event: XRInputSourceEvent, then: (hand: Hand) => void): void {
    const hand = input.of(event.inputSource);
    if (!hand) return;
    active = hand;
    then(hand);
  }
  const completed = new Set<XRInputSource>();
  const onSession = {
    selectstart: (event: XRInputSourceEvent) => press(event, acting.begin),
    select: (event: XRInputSourceEvent) => void completed.add(event.inputSource),
    selectend: (event: XRInputSourceEvent) =>
      press(event, (hand) => acting.end(hand, completed.delete(event.inputSource))),
    squeezestart: (event: XRInputSourceEvent) => press(event, acting.grip),
    squeezeend: (event: XRInputSourceEvent) => press(event, acting.letGo),
    visibilitychange() {
      if (session.visibilityState !== "hidden") return;
      body.value = null;
      announce(t("headset.hidden"));
    },
  } as const;
  for (const [name, listener] of Object.entries(onSession)) {
    session.addEventListener(name, listener as EventListener);
    undone.push(() => session.removeEventListener(name, listener as EventListener));
  }
  const lost = () => {
    announce(t("headset.lost"), "problem");
    void session.end().catch(() => {});
  };
  renderer.domElement.addEventListener("webglcontextlost", lost);
  undone.push(() => renderer.domElement.removeEventListener("webglcontextlost", lost));

  undone.push(addCommands(headsetCommands({ mode, scale, travelling, placing, resize, bring })));
  undone.push(
    effect(() => {
      const id = selected.value;
      untracked(() => {
        if (id !== null) card.face.value = "details";
        else if (card.face.peek() === "details") card.face.value = "welcome";
      });
    }),
    effect(() => {
      const wish = viewWish.value;
      if (!wish) return;
      viewWish.value = null;
      const { at, heading_deg } = wish.to;
      untracked(() => {
        if (at) void goWhere(localOf(at), heading_deg);
        else if (heading_deg !== undefined) through(() => standing.face(heading_deg));
      });
    }),
    effect(() => {
      void settings.value.seated;
      untracked(() => {
        if (arrived && !isTable()) fade.through(() => stand(scale.peek(), middle()));
      });
    }),
  );

  // Arriving and every frame ------------------------------------------------------------------------------------
  let landed: { readonly at: XY; readonly heading_deg: number; readonly scale: ScaleName } | null = null;
  async function choosePlace(): Promise<void> {
    if (!from) return;
    const name = scaleFor(from.mode, from.distance_m);
    const found = from.mode === "orbit" && name === "street" ? await landingNear(from.at, from.heading_deg) : null;
    landed = { at: found?.at ?? localOf(from.at), heading_deg: found?.heading_deg ?? from.heading_deg, scale: name };
  }
  if (mode === "vr") void choosePlace();
  stage.setBackdrop(mode === "ar" ? "passthrough" : "land");
  if (mode === "ar") {
    world.visible = false;
    fade.open();
  }
  standing.setScale(SCALES[scale.peek()].factor);

  function readHead(pose: XRViewerPose): void {
    head.copy(pose.transform.position as unknown as Vector3);
    gaze.set(0, 0, -1).applyQuaternion(turned.copy(pose.transform.orientation as unknown as Quaternion));
  }

  function noteTroubles(hands: readonly Hand[]): void {
    const missed = hands.find((each) => each.lost_s > MISSED_S);
    const gazing = hands.some((each) => each.kind === "gaze");
    const handLost = missed ? t("headset.handLost", { hand: missed.side }) : "";
    const place = surfaces?.found() ? t("headset.place") : t("headset.noSurface");
    const now = placing.peek() ? place : gazing ? t("headset.gaze") : handLost;
    if (now !== trouble.peek()) trouble.value = now;
  }

  function showMenu(seconds: number, hands: readonly Hand[]): void {
    const bearer = hands.find((each) => each.side === off() && each.kind !== "gaze" && each.lost_s < MISSED_S) ?? null;
    const onWrist = bearer !== null && bearer.kind !== "screen" && !settings.peek().oneHanded && !menuOut;
    if (onWrist) menuBoard.setShown(wrist.step(seconds, bearer, head, gaze));
    else {
      menuBoard.setShown(true);
      floatingMenu.step(seconds, head, gaze);
    }
  }

  function readButtons(hands: readonly Hand[]): void {
    if (hands.some((each) => each.upper)) bring();
    if (!hands.some((each) => each.lower)) return;
    if (draft.peek()) stepBackInDraft();
    else select(null);
  }

  /** The ground of a small city stays on the plate while it is carried about. */
  function keepOnTable(seconds: number): void {
    if (!isTable() || placing.peek()) return;
    const [x, y, z] = standing.pointAt(table.place);
    stage.setTable({ at: [x, y], radius_m: TABLE_RADIUS_M * standing.scale() });
    const ground = stage.groundAt(x, y);
    if (ground === null) return;
    const sunk = ((z - ground) / standing.scale()) * Math.min(1, REANCHOR_PER_S * seconds);
    if (Math.abs(sunk) > 1e-5) standing.carry(moved.set(0, sunk, 0));
  }

  function step(seconds: number, frame: XRFrame, room: XRReferenceSpace): void {
    if (!arrived && landed) {
      stand(landed.scale, landed.at, landed.heading_deg);
      arrived = true;
      fade.open();
    }
    input.step(seconds, frame, room, head, gaze);
    const hands = input.hands();
    acting.forget(hands);
    showMenu(seconds, hands);
    floatingCard.step(seconds, head, gaze);
    for (const board of boards) board.step();
    const main = active?.tracked ? active : (hands.find((each) => each.side === settings.peek().hand) ?? hands[0]);
    for (const hand of hands) beams.show(hand, acting.step(hand, seconds, hand === main), frame, room);
    readButtons(hands);
    vignette.step(seconds, moving.step(seconds, hands, head, gaze));
    surfaces?.step(frame, room, placing.peek());
    noteTroubles(hands);
    keepOnTable(seconds);
    fade.step(seconds);
    const shown = isTable() ? table.place : null;
    const at = shown && standing.pointAt(shown);
    governor.step(seconds, head, at ? { at: [at[0], at[1]], radius_m: TABLE_RADIUS_M * standing.scale() } : null);
    if (arrived) teller.step(seconds, hands);
  }

  undone.push(
    stage.everyFrame((seconds, frame) => {
      const room = renderer.xr.getReferenceSpace();
      const pose = frame && room ? frame.getViewerPose(room) : undefined;
      if (!frame || !room || !pose || session.visibilityState === "hidden") return;
      readHead(pose);
      beams.tidy();
      step(seconds, frame, room);
    }),
  );

  return () => {
    const last = arrived ? teller.view() : from;
    pointerHit.value = null;
    hovered.value = null;
    for (const each of [cardBoard, menuBoard, beams, fade, vignette, table, governor, teller]) each.dispose();
    standing.leave();
    putBack();
    if (last) goTo(last, true);
  };
}

interface Choices {
  readonly mode: "vr" | "ar";
  readonly scale: { readonly value: ScaleName };
  readonly travelling: { value: boolean };
  readonly placing: { value: boolean };
  readonly resize: (name: ScaleName) => Promise<void>;
  readonly bring: () => void;
}

/** What one can only do in the headset, in the one registry of commands. */
function headsetCommands({ mode, scale, travelling, placing, resize, bring }: Choices): readonly Command[] {
  const group = "headset" as const;
  const sizes = Object.values(SCALES).map(
    (each): Command => ({
      id: `headset.${each.name}`,
      title: each.title,
      group,
      icon: each.icon,
      run: () => void resize(each.name),
      pressed: () => scale.value === each.name,
    }),
  );
  const travels: Command = {
    id: "headset.travel",
    title: "headset.travel",
    group,
    icon: "walk",
    run: () => {
      travelling.value = !travelling.value;
    },
    enabled: () => scale.value !== "table",
    pressed: () => travelling.value,
  };
  const replaces: Command = {
    id: "headset.replace",
    title: "headset.replace",
    group,
    icon: "table",
    run: () => {
      placing.value = true;
    },
    pressed: () => placing.value,
  };
  const leavesPin: Command = {
    id: "headset.pin",
    title: "pin.leave",
    label: () => t(pin.value ? "pin.take" : "pin.leave"),
    group,
    icon: "pin",
    run: () => {
      const hit = pointerHit.peek();
      pin.value = pin.peek() ? null : hit ? lonLatOf(hit.ground) : null;
    },
    enabled: () => pin.value !== null || pointerHit.value !== null,
  };
  const brings: Command = { id: "headset.bring", title: "headset.bring", group, icon: "layers", run: bring };
  return [...(mode === "ar" ? [replaces] : [...sizes, travels]), leavesPin, brings];
}
