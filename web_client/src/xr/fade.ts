/** A blink between two places, so that nothing ever rushes past the eyes. */
import { BackSide, Mesh, MeshBasicMaterial, type PerspectiveCamera, SphereGeometry } from "three";

const BLINK_S = 0.1;

export interface Fade {
  /** Darken, do it, brighten. */
  readonly through: (then: () => void) => void;
  /** Open the eyes for the first time. */
  readonly open: () => void;
  readonly step: (seconds: number) => void;
  readonly dispose: () => void;
}

export function createFade(camera: PerspectiveCamera): Fade {
  const material = new MeshBasicMaterial({
    color: 0x0b1014,
    side: BackSide,
    transparent: true,
    opacity: 1,
    fog: false,
  });
  material.depthTest = false;
  const lid = new Mesh(new SphereGeometry(0.3, 16, 12), material);
  lid.renderOrder = 100;
  lid.frustumCulled = false;
  camera.add(lid);
  // One arrives in the dark.
  let dark = 1;
  let waiting: (() => void) | null = null;
  let closed = true;

  return {
    through(then) {
      waiting = then;
    },
    open() {
      closed = false;
    },
    step(seconds) {
      if (closed) return;
      if (waiting) {
        dark = Math.min(1, dark + seconds / BLINK_S);
        if (dark === 1) {
          waiting();
          waiting = null;
        }
      } else dark = Math.max(0, dark - seconds / BLINK_S);
      material.opacity = dark;
      lid.visible = dark > 0;
    },
    dispose() {
      camera.remove(lid);
      lid.geometry.dispose();
      material.dispose();
    },
  };
}
