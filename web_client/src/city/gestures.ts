/** Mouse, touch, pen and keys on the picture: moves the camera, or offers the pointer to whoever works with it.
 *
 * Above: one finger or the left button carries the ground along, two fingers or the right button turn, pinch and wheel zoom.
 * Walking: drag looks around, two fingers or the arrow keys walk.
 */
import type { XY } from "../state/frame";
import { type Hit, offerPointer, type PointerEventInCity } from "../state/pointer";
import type { CameraRig } from "./camera";

const TAP_PX = 7;
const TAP_MS = 500;
const DOUBLE_MS = 320;
const DEGREES_PER_PX = 0.28;
const WHEEL_STEP = 0.0014;

export interface GestureOptions {
  readonly canvas: HTMLCanvasElement;
  readonly rig: CameraRig;
  readonly enabled: () => boolean;
  readonly pick: (x: number, y: number) => Hit | null;
  /** Where the ray through a pixel meets the horizontal plane at the height of what is looked at. */
  readonly onPlane: (x: number, y: number) => XY | null;
  /** Where the ray through a pixel meets the ground, whatever stands on it. */
  readonly onGround: (x: number, y: number) => XY | null;
  readonly onTap: (hit: Hit | null) => void;
  readonly onDoubleTap: (hit: Hit | null) => void;
  readonly onHover: (hit: Hit | null) => void;
  readonly wake: () => void;
}

interface Finger {
  x: number;
  y: number;
  readonly startX: number;
  readonly startY: number;
  readonly time: number;
  readonly turns: boolean;
  moved: boolean;
}

export interface Gestures {
  /** Keys held down move the camera; true while any is. */
  readonly step: (seconds: number) => boolean;
  readonly dispose: () => void;
}

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  w: [0, 1],
  s: [0, -1],
  a: [-1, 0],
  d: [1, 0],
};
const TURNS: Readonly<Record<string, readonly [number, number]>> = {
  q: [-1, 0],
  e: [1, 0],
  PageUp: [0, -1],
  PageDown: [0, 1],
};

const WALK_M_PER_S = 3.4;
const TURN_DEG_PER_S = 60;

export function createGestures(options: GestureOptions): Gestures {
  const { canvas, rig, wake } = options;
  const fingers = new Map<number, Finger>();
  const held = new Set<string>();
  let grabbed: XY | null = null;
  let taken = false;
  let lastTap = 0;
  let hoverAt: readonly [number, number] | null = null;

  const place = (event: PointerEvent | WheelEvent): readonly [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const eventAt = (
    phase: PointerEventInCity["phase"],
    [x, y]: readonly [number, number],
    device: PointerEventInCity["device"],
    shift: boolean,
  ): PointerEventInCity => ({
    phase,
    hit: options.pick(x, y),
    screen: [x, y],
    device,
    shift,
    ground: () => options.onGround(x, y),
    beside: (dx, dy) => options.pick(x + dx, y + dy),
  });

  function offer(phase: PointerEventInCity["phase"], event: PointerEvent): boolean {
    const [x, y] = place(event);
    const device = event.pointerType === "touch" || event.pointerType === "pen" ? event.pointerType : "mouse";
    return offerPointer(eventAt(phase, [x, y], device, event.shiftKey));
  }

  function down(event: PointerEvent): void {
    if (!options.enabled()) return;
    canvas.focus({ preventScroll: true });
    const [x, y] = place(event);
    canvas.setPointerCapture(event.pointerId);
    const turns = event.button === 2 || event.button === 1 || event.ctrlKey || event.metaKey || event.shiftKey;
    fingers.set(event.pointerId, { x, y, startX: x, startY: y, time: event.timeStamp, turns, moved: false });
    if (fingers.size === 1) {
      taken = !turns && offer("down", event);
      grabbed = taken || turns ? null : options.onPlane(x, y);
    } else grabbed = null;
    wake();
  }

  function carry(finger: Finger, x: number, y: number): void {
    const [dx, dy] = [x - finger.x, y - finger.y];
    if (rig.goal().mode === "walk" || finger.turns) {
      const sign = rig.goal().mode === "walk" ? -1 : 1;
      rig.turn(dx * DEGREES_PER_PX * sign, dy * DEGREES_PER_PX * sign);
      return;
    }
    const before = options.onPlane(finger.x, finger.y);
    const after = options.onPlane(x, y);
    if (!grabbed || !before || !after) return;
    const goal = rig.goal();
    const reach = goal.distance * 2;
    const [mx, my] = [before[0] - after[0], before[1] - after[1]];
    const far = Math.hypot(mx, my);
    const share = far > reach ? reach / far : 1;
    rig.to({ x: goal.x + mx * share, y: goal.y + my * share }, "glide");
  }

  function pinch(first: Finger, second: Finger, moved: Finger, x: number, y: number): void {
    const other = moved === first ? second : first;
    const span = (ax: number, ay: number) => Math.hypot(ax - other.x, ay - other.y);
    const angle = (ax: number, ay: number) => (Math.atan2(ay - other.y, ax - other.x) * 180) / Math.PI;
    const [before, after] = [span(moved.x, moved.y), span(x, y)];
    const twist = ((angle(x, y) - angle(moved.x, moved.y) + 540) % 360) - 180;
    const [dx, dy] = [(x - moved.x) / 2, (y - moved.y) / 2];
    if (rig.goal().mode === "walk") {
      rig.shift(dx * 0.03, -dy * 0.06);
      return;
    }
    if (before > 10 && after > 10) rig.zoom(before / after, options.onPlane((x + other.x) / 2, (y + other.y) / 2));
    rig.turn(-twist, dy * DEGREES_PER_PX * 1.2);
    rig.shift((-dx * rig.goal().distance) / 900, 0);
  }

  function move(event: PointerEvent): void {
    if (!options.enabled()) return;
    const [x, y] = place(event);
    const finger = fingers.get(event.pointerId);
    if (!finger) {
      if (event.pointerType !== "touch") hoverAt = [x, y];
      wake();
      return;
    }
    if (Math.hypot(x - finger.startX, y - finger.startY) > TAP_PX) finger.moved = true;
    if (taken && fingers.size === 1) offer("drag", event);
    else if (fingers.size === 1 && finger.moved) carry(finger, x, y);
    else if (fingers.size === 2) {
      const [first, second] = [...fingers.values()] as [Finger, Finger];
      first.moved = true;
      second.moved = true;
      pinch(first, second, finger, x, y);
    }
    [finger.x, finger.y] = [x, y];
    wake();
  }

  function up(event: PointerEvent): void {
    const finger = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    if (!finger || event.type === "pointercancel") return;
    if (taken) {
      offer("up", event);
      taken = false;
    }
    const quick = event.timeStamp - finger.time < TAP_MS;
    if (finger.moved || finger.turns || !quick || fingers.size > 0) return;
    if (offer("tap", event)) return;
    const hit = options.pick(finger.x, finger.y);
    if (event.timeStamp - lastTap < DOUBLE_MS) options.onDoubleTap(hit);
    else options.onTap(hit);
    lastTap = event.timeStamp;
    wake();
  }

  function wheel(event: WheelEvent): void {
    if (!options.enabled()) return;
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * 24 : event.deltaY;
    if (rig.goal().mode === "walk") rig.shift(0, -pixels * 0.01);
    else rig.zoom(Math.exp(Math.max(-400, Math.min(400, pixels)) * WHEEL_STEP), options.onPlane(...place(event)));
    wake();
  }

  const keyName = (event: KeyboardEvent) => (event.key.length === 1 ? event.key.toLowerCase() : event.key);
  function keyDown(event: KeyboardEvent): void {
    const name = keyName(event);
    if (event.ctrlKey || event.metaKey || event.altKey || !(name in MOVES || name in TURNS)) return;
    event.preventDefault();
    held.add(name);
    wake();
  }
  const keyUp = (event: KeyboardEvent) => held.delete(keyName(event));
  const letGo = () => held.clear();
  const leave = () => {
    hoverAt = null;
    options.onHover(null);
  };
  const noMenu = (event: Event) => event.preventDefault();

  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", leave);
  canvas.addEventListener("wheel", wheel, { passive: false });
  canvas.addEventListener("contextmenu", noMenu);
  canvas.addEventListener("keydown", keyDown);
  canvas.addEventListener("keyup", keyUp);
  canvas.addEventListener("blur", letGo);

  return {
    step(seconds) {
      // One ray a frame at most, however fast the mouse reports.
      if (hoverAt && fingers.size === 0) {
        const event = eventAt("move", hoverAt, "mouse", false);
        offerPointer(event);
        options.onHover(event.hit);
        hoverAt = null;
      }
      const goal = rig.goal();
      const pace = (goal.mode === "walk" ? WALK_M_PER_S : goal.distance * 0.9) * seconds;
      for (const name of held) {
        const [right, ahead] = MOVES[name] ?? [0, 0];
        const [turn, tilt] = TURNS[name] ?? [0, 0];
        if (right || ahead) rig.shift(right * pace, ahead * pace);
        if (turn || tilt) rig.turn(turn * TURN_DEG_PER_S * seconds, tilt * TURN_DEG_PER_S * seconds);
      }
      return held.size > 0;
    },
    dispose() {
      canvas.removeEventListener("pointerdown", down);
      canvas.removeEventListener("pointermove", move);
      canvas.removeEventListener("pointerup", up);
      canvas.removeEventListener("pointercancel", up);
      canvas.removeEventListener("pointerleave", leave);
      canvas.removeEventListener("wheel", wheel);
      canvas.removeEventListener("contextmenu", noMenu);
      canvas.removeEventListener("keydown", keyDown);
      canvas.removeEventListener("keyup", keyUp);
      canvas.removeEventListener("blur", letGo);
    },
  };
}
