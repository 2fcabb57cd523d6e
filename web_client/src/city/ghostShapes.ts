/** Shapes that are not in any tile: ghosts while one draws, and plain shapes until the real tile arrives. */
import {
  BufferGeometry,
  CanvasTexture,
  Color,
  ConeGeometry,
  DoubleSide,
  ExtrudeGeometry,
  Float32BufferAttribute,
  Group,
  InstancedMesh,
  Matrix4,
  Mesh,
  MeshLambertMaterial,
  type Object3D,
  Shape,
  ShapeGeometry,
  Sprite,
  SpriteMaterial,
  SRGBColorSpace,
} from "three";
import type { XY } from "../state/frame";
import type { Ghost } from "../state/ghosts";

/** Drawn so far above the ground that they never fight with it. */
const LIFT_M = 0.25;
const INVALID = 0xc23b22;

export interface ShapeMaker {
  readonly group: Group;
  readonly show: (ghosts: readonly Ghost[]) => void;
  readonly dispose: () => void;
}

type HeightAt = (x: number, y: number) => number | null;

function shapeOf(ring: readonly XY[]): Shape {
  const shape = new Shape();
  for (const [index, [x, y]] of ring.entries()) {
    if (index === 0) shape.moveTo(x, y);
    else shape.lineTo(x, y);
  }
  return shape;
}

/** A ring pushed up from `base` to `base + height`, turned from z up to y up. */
export function block(ring: readonly XY[], base: number, height: number): BufferGeometry {
  const geometry = new ExtrudeGeometry(shapeOf(ring), { depth: Math.max(height, 0.05), bevelEnabled: false });
  geometry.translate(0, 0, base);
  geometry.rotateX(-Math.PI / 2);
  return geometry;
}

function draped(ring: readonly XY[], heightAt: HeightAt, lift: number): BufferGeometry {
  const geometry = new ShapeGeometry(shapeOf(ring));
  const position = geometry.getAttribute("position");
  for (let index = 0; index < position.count; index++) {
    position.setZ(index, (heightAt(position.getX(index), position.getY(index)) ?? 0) + lift);
  }
  geometry.rotateX(-Math.PI / 2);
  return geometry;
}

/** A band along a line, following the ground. */
function ribbon(points: readonly XY[], width: number, heightAt: HeightAt): BufferGeometry {
  const positions: number[] = [];
  const index: number[] = [];
  points.forEach(([x, y], at) => {
    const [ax, ay] = points[Math.max(0, at - 1)] as XY;
    const [bx, by] = points[Math.min(points.length - 1, at + 1)] as XY;
    const length = Math.hypot(bx - ax, by - ay) || 1;
    const [nx, ny] = [(-(by - ay) / length) * (width / 2), ((bx - ax) / length) * (width / 2)];
    const z = (heightAt(x, y) ?? 0) + LIFT_M;
    positions.push(x + nx, z, -(y + ny), x - nx, z, -(y - ny));
    if (at > 0) index.push(at * 2 - 2, at * 2 - 1, at * 2, at * 2, at * 2 - 1, at * 2 + 1);
  });
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new Float32BufferAttribute(positions, 3));
  geometry.setIndex(index);
  geometry.computeVertexNormals();
  return geometry;
}

function paint(colour: string | number, opacity: number): MeshLambertMaterial {
  return new MeshLambertMaterial({
    color: new Color(colour),
    emissive: new Color(colour).multiplyScalar(0.25),
    transparent: opacity < 1,
    opacity,
    side: DoubleSide,
    depthWrite: opacity >= 1,
  });
}

function trees(points: readonly XY[], height: number, heightAt: HeightAt): Object3D {
  const crown = new ConeGeometry(height * 0.3, height * 0.8, 7);
  crown.translate(0, height * 0.6, 0);
  const mesh = new InstancedMesh(crown, paint(0x4d8a4b, 0.85), points.length);
  points.forEach(([x, y], index) => {
    mesh.setMatrixAt(index, new Matrix4().makeTranslation(x, heightAt(x, y) ?? 0, -y));
  });
  mesh.frustumCulled = false;
  return mesh;
}

const colourOf = (ghost: { colour: string; valid?: boolean }) => (ghost.valid === false ? INVALID : ghost.colour);

const TONES = {
  plain: { paper: "#fbfaf6", ink: "#1b2a30" },
  warning: { paper: "#fff1c9", ink: "#4a3200" },
  problem: { paper: "#9d2f1d", ink: "#ffffff" },
} as const;
const LINE_LETTERS = 36;
const LINE_PX = 50;

/** A sentence in lines of a readable length. */
export function lines(text: string): readonly string[] {
  const found: string[] = [];
  for (const word of text.split(" ")) {
    const last = found[found.length - 1];
    if (last === undefined || last.length + word.length >= LINE_LETTERS) found.push(word);
    else found[found.length - 1] = `${last} ${word}`;
  }
  return found;
}

/** A picture that always faces the reader and keeps its size on the screen; `tall` is its share of the window. */
function sprite(canvas: HTMLCanvasElement, at: XY, z: number, tall: number): Sprite {
  const map = new CanvasTexture(canvas);
  map.colorSpace = SRGBColorSpace;
  const made = new Sprite(
    new SpriteMaterial({ map, sizeAttenuation: false, depthTest: false, toneMapped: false, fog: false }),
  );
  // On a phone held upright the window is high and narrow: text must fit its width.
  const fit = Math.min(1, (innerWidth / innerHeight) * 1.25);
  made.scale.set((canvas.width / canvas.height) * tall * fit, tall * fit, 1);
  made.renderOrder = 10;
  made.position.set(at[0], z, -at[1]);
  return made;
}

export function label(text: string, at: XY, z: number, tone: keyof typeof TONES): Sprite {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  const font = "600 38px system-ui, sans-serif";
  const rows = lines(text);
  if (pen) pen.font = font;
  canvas.width = Math.ceil(Math.max(...rows.map((row) => pen?.measureText(row).width ?? 0)) + 40);
  canvas.height = rows.length * LINE_PX + 18;
  if (pen) {
    pen.font = font;
    pen.fillStyle = TONES[tone].paper;
    pen.roundRect(0, 0, canvas.width, canvas.height, 18);
    pen.fill();
    pen.fillStyle = TONES[tone].ink;
    pen.textBaseline = "middle";
    for (const [index, row] of rows.entries()) pen.fillText(row, 20, 36 + index * LINE_PX);
  }
  const made = sprite(canvas, at, z, canvas.height * 0.00062);
  made.center.set(0.5, -0.35 / rows.length);
  made.renderOrder = 11;
  return made;
}

/** A dot that one can take hold of. */
export function dot(at: XY, z: number, fill: string, tall = 0.03): Sprite {
  const canvas = document.createElement("canvas");
  canvas.width = 64;
  canvas.height = 64;
  const pen = canvas.getContext("2d");
  if (pen) {
    pen.beginPath();
    pen.arc(32, 32, 26, 0, Math.PI * 2);
    pen.fillStyle = fill;
    pen.fill();
    pen.lineWidth = 8;
    pen.strokeStyle = "#1b2a30";
    pen.stroke();
  }
  return sprite(canvas, at, z, tall);
}

function made(ghost: Ghost, heightAt: HeightAt): Object3D | null {
  const ground = (at: XY | undefined) => (at && heightAt(...at)) ?? 0;
  switch (ghost.shape) {
    case "area":
      if (ghost.ring.length < 3) return null;
      return new Mesh(draped(ghost.ring, heightAt, LIFT_M), paint(colourOf(ghost), 0.6));
    case "block":
      if (ghost.ring.length < 3) return null;
      return new Mesh(
        block(ghost.ring, ghost.base_m ?? ground(ghost.ring[0]), ghost.height_m),
        paint(colourOf(ghost), 0.75),
      );
    case "line":
      if (ghost.points.length < 2) return null;
      return new Mesh(ribbon(ghost.points, ghost.width_m, heightAt), paint(ghost.colour, 0.7));
    case "trees":
      return ghost.points.length ? trees(ghost.points, ghost.height_m, heightAt) : null;
    case "handle":
      return dot(ghost.at, ghost.z_m ?? ground(ghost.at) + LIFT_M, ghost.active ? "#e9a23b" : "#ffffff");
    case "label":
      return label(ghost.text, ghost.at, ghost.z_m ?? ground(ghost.at) + 1, ghost.tone ?? "plain");
  }
}

/** Shows a list of ghosts, disposing what it replaces. */
export function createShapeMaker(heightAt: HeightAt): ShapeMaker {
  const group = new Group();
  function clear(): void {
    for (const child of [...group.children] as Mesh<BufferGeometry, MeshLambertMaterial>[]) {
      if (!("isSprite" in child)) child.geometry.dispose();
      child.material.map?.dispose();
      child.material.dispose();
      group.remove(child);
    }
  }
  return {
    group,
    show(ghosts) {
      clear();
      for (const ghost of ghosts) {
        const object = made(ghost, heightAt);
        if (object) group.add(object);
      }
    },
    dispose: clear,
  };
}
