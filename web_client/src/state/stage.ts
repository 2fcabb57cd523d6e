/** The three-dimensional stage as the city hands it to the headset room; types only. */
import type { Group, Object3D, PerspectiveCamera, Ray, Scene, WebGLRenderer } from "three";
import type { Hit } from "./pointer";

export interface Stage {
  readonly renderer: WebGLRenderer;
  readonly scene: Scene;
  readonly camera: PerspectiveCamera;
  /** Everything in scene metres, y up: x east, y up, -z north. Scale and move this, never the camera. */
  readonly world: Group;
  /** What a ray (in three's world coordinates) meets first; hidden features are passed through. */
  readonly pickRay: (ray: Ray, far?: number) => Hit | null;
  /** Height of the ground in scene metres at x, y (east, north); null where no tile is loaded. */
  readonly groundAt: (x: number, y: number) => number | null;
  /** Called every frame before rendering, also inside an XR session; returns a function that stops. */
  readonly everyFrame: (step: (seconds: number, frame: XRFrame | undefined) => void) => () => void;
  /** Let tiles load inside a session, where window.requestAnimationFrame is parked. */
  readonly setXRSession: (session: XRSession | null) => void;
  /** Stop or resume the flat camera's own controls. */
  readonly setControls: (on: boolean) => void;
  readonly add: (object: Object3D) => void;
  readonly remove: (object: Object3D) => void;
}
