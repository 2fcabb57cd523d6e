/** A panel in the room: painted when what it says changes, pressed by a ray or touched by a finger. */
import { effect } from "@preact/signals";
import {
  CanvasTexture,
  DoubleSide,
  Group,
  LinearFilter,
  LinearMipmapLinearFilter,
  Mesh,
  MeshBasicMaterial,
  PlaneGeometry,
  type Ray,
  Raycaster,
  SRGBColorSpace,
  Vector3,
} from "three";
import { settings } from "../state/settings";
import type { Stage } from "../state/stage";
import { t } from "../state/words";
import type { PanelView } from "./items";
import { type Laid, layOut, type Placed, PX_PER_DEG } from "./layout";
import { measureWith, paintPlaced } from "./paintItems";

type Press = Placed & { readonly kind: "press" };

/** A finger's tip counts as a ball of this radius (Meta, Touch specs, 2026). */
const FINGER_M = 0.005;
const HOVER_M = 0.08;
const BEHIND_M = 0.04;

export interface Board {
  readonly group: Group;
  /** Length of a ray to the board, or null when it passes by; what it points at is marked. */
  readonly along: (ray: Ray) => number | null;
  /** Press what the ray points at; false where that is nothing. */
  readonly press: (ray: Ray) => boolean;
  /** A finger near the board: "near", "pressed" once when it goes through, or null. */
  readonly touch: (tip: Vector3, finger: object) => "near" | "pressed" | null;
  readonly setShown: (shown: boolean) => void;
  readonly shown: () => boolean;
  /** Paint if something has changed; true when it was painted. */
  readonly step: () => boolean;
  readonly dispose: () => void;
}

export interface BoardOptions {
  readonly name: string;
  readonly stage: Stage;
  /** How far from the eyes it is meant to be, and its size in degrees there. */
  readonly away_m: number;
  readonly wide_deg: number;
  readonly high_deg: number;
  /** Reads signals. */
  readonly view: () => PanelView;
}

export function createBoard({ name, stage, away_m, wide_deg, high_deg, view }: BoardOptions): Board {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(wide_deg * PX_PER_DEG);
  canvas.height = Math.round(high_deg * PX_PER_DEG);
  const pen = canvas.getContext("2d");
  const perPixel = (away_m * Math.tan(Math.PI / 180)) / PX_PER_DEG;
  const most = canvas.height;
  const wide = canvas.width * perPixel;
  let high = canvas.height * perPixel;
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.magFilter = LinearFilter;
  texture.anisotropy = 4;
  const material = new MeshBasicMaterial({ map: texture, fog: false, toneMapped: false, transparent: true });
  material.side = DoubleSide;
  const paper = new Mesh(new PlaneGeometry(wide, high), material);
  paper.renderOrder = 20;
  const halo = new Mesh(
    new PlaneGeometry(1, 1),
    new MeshBasicMaterial({ color: 0x2fa79b, transparent: true, opacity: 0.3, fog: false, depthWrite: false }),
  );
  halo.renderOrder = 21;
  halo.position.z = 0.001;
  halo.visible = false;
  const group = new Group();
  group.add(paper, halo);
  stage.add(group);
  const raycaster = new Raycaster();
  const local = new Vector3();
  const before = new Map<object, number>();
  let laid: Laid = { placed: [], page: 0, pages: 1, height: canvas.height };
  let page = 0;
  let stale = true;

  // A new view marks the board; it is painted once in the next frame, however many signals moved.
  let now = view();
  const stop = effect(() => {
    const next = view();
    void [settings.value.textScale, t("headset.page")];
    if (next.id !== now.id) page = 0;
    now = next;
    stale = true;
  });

  const pressesOf = () => laid.placed.filter((each): each is Press => each.kind === "press");

  function pressAt(u: number, v: number): Press | null {
    const [x, y] = [u * canvas.width, (1 - v) * canvas.height];
    const found = pressesOf().find(
      (each) => x >= each.x && x <= each.x + each.w && y >= each.y && y <= each.y + each.h,
    );
    return found?.press.enabled === false ? null : (found ?? null);
  }

  function meet(ray: Ray) {
    if (!group.visible) return null;
    raycaster.ray.copy(ray);
    const found = raycaster.intersectObject(paper, false)[0];
    return found?.uv ? { distance: found.distance, press: pressAt(found.uv.x, found.uv.y) } : null;
  }

  function mark(press: Press | null): void {
    halo.visible = press !== null;
    if (!press) return;
    halo.scale.set(press.w * perPixel, press.h * perPixel, 1);
    halo.position.x = (press.x + press.w / 2) * perPixel - wide / 2;
    halo.position.y = high / 2 - (press.y + press.h / 2) * perPixel;
  }

  /** The paper is as high as what is on it; its upper edge stays. */
  function shrink(): void {
    if (canvas.height === laid.height) return;
    canvas.height = laid.height;
    high = laid.height * perPixel;
    paper.scale.y = laid.height / most;
    texture.dispose();
  }

  const placeOf = (id: string) => {
    const found = pressesOf().find((each) => each.press.id === id);
    if (!found || !group.visible) return null;
    const x = (found.x + found.w / 2) * perPixel - wide / 2;
    return group.localToWorld(new Vector3(x, high / 2 - (found.y + found.h / 2) * perPixel, 0));
  };
  group.name = name;
  group.userData = {
    placeOf,
    presses: () => pressesOf().map(({ press: { id, label, enabled, on } }) => ({ id, label, enabled, on })),
    text: () =>
      laid.placed
        .flatMap((each) => (each.kind === "line" ? each.text : each.kind === "press" ? each.press.label : []))
        .join(" "),
  };

  return {
    group,
    along(ray) {
      const found = meet(ray);
      if (found) mark(found.press);
      return found?.distance ?? null;
    },
    press(ray) {
      const found = meet(ray);
      found?.press?.press.run();
      return found !== null;
    },
    touch(tip, finger) {
      if (!group.visible) return null;
      group.worldToLocal(local.copy(tip));
      const [u, v] = [local.x / wide + 0.5, local.y / high + 0.5];
      const last = before.get(finger) ?? Number.NEGATIVE_INFINITY;
      before.set(finger, local.z);
      if (u < 0 || u > 1 || v < 0 || v > 1 || local.z > HOVER_M || local.z < -BEHIND_M) return null;
      const press = pressAt(u, v);
      mark(press);
      // Through the paper from the front, and only once.
      if (!(last > FINGER_M && local.z <= FINGER_M)) return "near";
      press?.press.run();
      return press ? "pressed" : "near";
    },
    setShown(shown) {
      group.visible = shown;
    },
    shown: () => group.visible,
    step() {
      mark(null);
      if (!stale || !pen || !group.visible) return false;
      stale = false;
      laid = layOut(now, page, {
        width: canvas.width,
        height: most,
        textScale: settings.peek().textScale,
        measure: measureWith(pen),
        pageText: (at, pages) => t("headset.page", { page: at, pages }),
        turnTo(to) {
          page = to;
          stale = true;
        },
      });
      page = laid.page;
      shrink();
      paintPlaced(canvas, pen, laid.placed);
      texture.needsUpdate = true;
      return true;
    },
    dispose() {
      stop();
      stage.remove(group);
      for (const each of [paper, halo]) {
        each.geometry.dispose();
        each.material.dispose();
      }
      texture.dispose();
    },
  };
}
