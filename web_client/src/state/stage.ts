/** The three-dimensional stage as the city hands it to the headset room; types only. */
import type { Group, Mesh, Object3D, PerspectiveCamera, Ray, Scene, WebGLRenderer } from "three";
import type { XY } from "./frame";
import type { Hit } from "./pointer";

/** What is behind the city in a headset: a sky and land without end, a room around a table, or the real room. */
export type Backdrop = "land" | "room" | "passthrough";

/** A piece of the city that is one draw. */
export interface Piece {
  readonly mesh: Mesh;
  readonly layer: string;
  readonly triangles: number;
}

export interface Stage {
  readonly renderer: WebGLRenderer;
  readonly scene: Scene;
  readonly camera: PerspectiveCamera;
  /** Everything in scene metres, y up: x east, y up, -z north. Scale and move this, never the camera. */
  readonly world: Group;
  /** What a ray (in three's world coordinates) meets first; hidden features are passed through. */
  readonly pickRay: (ray: Ray, far?: number) => Hit | null;
  /** Height of the ground in scene metres at x, y (east, north); null where no tile is loaded. */
  /** Where a ray meets the ground, whatever stands on it. */
  readonly groundRay: (ray: Ray) => XY | null;
  readonly groundAt: (x: number, y: number) => number | null;
  /** Called every frame before rendering, also inside an XR session; returns a function that stops. */
  readonly everyFrame: (step: (seconds: number, frame: XRFrame | undefined) => void) => () => void;
  /** Let tiles load inside a session, where window.requestAnimationFrame is parked. */
  readonly setXRSession: (session: XRSession | null) => void;
  /** Stop or resume the flat camera's own controls. */
  readonly setControls: (on: boolean) => void;
  /** Draw for a headset, without shadows, or (null) for the page again. */
  readonly setBackdrop: (backdrop: Backdrop | null) => void;
  /** Show only what lies in this circle of the ground, metres; null shows all. */
  readonly setTable: (table: { readonly at: XY; readonly radius_m: number } | null) => void;
  /** All that tiles draw now, whether shown or not. */
  readonly pieces: () => readonly Piece[];
  /** Undo what was hidden of them. */
  readonly showAllPieces: () => void;
  /** Accept so many times the usual error of tiles; 1 is the finest. */
  readonly setCoarseness: (factor: number) => void;
  readonly add: (object: Object3D) => void;
  readonly remove: (object: Object3D) => void;
}
