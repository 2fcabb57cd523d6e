/** A panel beside the visitor: what is selected, what the proposal does, and the commands as buttons. */
import { effect } from "@preact/signals";
import {
  CanvasTexture,
  LinearFilter,
  MathUtils,
  Mesh,
  MeshBasicMaterial,
  PlaneGeometry,
  type Ray,
  Raycaster,
  SRGBColorSpace,
  Vector3,
} from "three";
import type { Stage } from "../state/stage";
import { type Button, paintPanel } from "./paintPanel";
import { panelView } from "./panelView";

const WIDE_M = 0.56;
const HIGH_M = 0.42;
const AWAY_M = 0.85;
/** It sits to the left of the gaze and a little below, and comes along when one has turned away from it. */
const ASIDE_DEG = 36;
const LOST_DEG = 75;
const LOST_S = 0.8;

export interface Panel {
  /** Length of a ray to the panel, or null when it passes by. */
  readonly along: (ray: Ray) => number | null;
  /** Press what the ray points at. */
  readonly press: (ray: Ray) => void;
  readonly step: (seconds: number, head: Vector3, gaze: Vector3) => void;
  readonly dispose: () => void;
}

export function createPanel(stage: Stage): Panel {
  const canvas = document.createElement("canvas");
  canvas.width = 1024;
  canvas.height = 768;
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  texture.minFilter = LinearFilter;
  texture.generateMipmaps = false;
  const material = new MeshBasicMaterial({ map: texture, fog: false, toneMapped: false });
  const board = new Mesh(new PlaneGeometry(WIDE_M, HIGH_M), material);
  stage.add(board);
  const raycaster = new Raycaster();
  const towards = new Vector3();
  let buttons: readonly Button[] = [];
  let pointed: string | null = null;
  let stale = true;
  let lost = Number.POSITIVE_INFINITY;

  // A new view marks the board; it is painted once in the next frame, however many signals moved.
  let shown = panelView();
  const stop = effect(() => {
    shown = panelView();
    stale = true;
  });

  function meet(ray: Ray) {
    raycaster.ray.copy(ray);
    return raycaster.intersectObject(board, false)[0] ?? null;
  }

  function buttonAt(ray: Ray): Button | null {
    const uv = meet(ray)?.uv;
    if (!uv) return null;
    const [x, y] = [uv.x * canvas.width, (1 - uv.y) * canvas.height];
    return buttons.find((each) => x >= each.x && x <= each.x + each.w && y >= each.y && y <= each.y + each.h) ?? null;
  }

  function put(head: Vector3, gaze: Vector3): void {
    const heading = Math.atan2(gaze.x, -gaze.z) - ASIDE_DEG * MathUtils.DEG2RAD;
    board.position.set(
      head.x + Math.sin(heading) * AWAY_M,
      Math.max(0.5, head.y - 0.28),
      head.z - Math.cos(heading) * AWAY_M,
    );
    board.lookAt(head);
  }

  return {
    along(ray) {
      const found = meet(ray);
      const next = found ? (buttonAt(ray)?.id ?? null) : null;
      if (found && next !== pointed) {
        pointed = next;
        stale = true;
      }
      return found?.distance ?? null;
    },
    press(ray) {
      const found = buttonAt(ray);
      if (found?.enabled) found.run();
    },
    step(seconds, head, gaze) {
      towards.copy(board.position).sub(head).setY(0).normalize();
      const away = towards.dot(gaze.clone().setY(0).normalize());
      lost = away < Math.cos(LOST_DEG * MathUtils.DEG2RAD) ? lost + seconds : Math.min(lost, 0);
      if (lost > LOST_S) {
        put(head, gaze);
        lost = 0;
      }
      if (!stale) return;
      stale = false;
      buttons = paintPanel(canvas, shown, pointed);
      texture.needsUpdate = true;
    },
    dispose() {
      stop();
      stage.remove(board);
      board.geometry.dispose();
      material.dispose();
      texture.dispose();
    },
  };
}
