/** Narrows the view while one glides, which spares many people dizziness. */
import { BufferAttribute, Mesh, MeshBasicMaterial, type PerspectiveCamera, RingGeometry } from "three";

const AWAY_M = 0.6;
const OPEN_DEG = 17;
const DARK_DEG = 34;
const EDGE_DEG = 75;
const PER_S = 5;

export interface Vignette {
  /** 0 leaves the view wide, 1 narrows it. */
  readonly step: (seconds: number, wanted: number) => void;
  readonly dispose: () => void;
}

const radius = (degrees: number) => AWAY_M * Math.tan((degrees * Math.PI) / 180);

export function createVignette(camera: PerspectiveCamera): Vignette {
  const rings = 3;
  const geometry = new RingGeometry(radius(OPEN_DEG), radius(EDGE_DEG), 48, rings);
  const { position } = geometry.attributes;
  const colours = new Float32Array((position?.count ?? 0) * 4);
  for (let index = 0; index < colours.length / 4; index++) {
    const ring = Math.floor(index / 49);
    const [x, y] = [position?.getX(index) ?? 0, position?.getY(index) ?? 0];
    // The inner edge is clear, from the second ring on all is dark.
    const wide = [OPEN_DEG, DARK_DEG, DARK_DEG + 12, EDGE_DEG][ring] as number;
    const length = Math.hypot(x, y) || 1;
    position?.setXY(index, (x / length) * radius(wide), (y / length) * radius(wide));
    colours.set([0.03, 0.04, 0.05, ring === 0 ? 0 : 1], index * 4);
  }
  geometry.setAttribute("color", new BufferAttribute(colours, 4));
  const material = new MeshBasicMaterial({ vertexColors: true, transparent: true, opacity: 0, fog: false });
  material.depthTest = false;
  const blind = new Mesh(geometry, material);
  blind.name = "vignette";
  blind.position.z = -AWAY_M;
  blind.renderOrder = 90;
  blind.frustumCulled = false;
  blind.visible = false;
  camera.add(blind);
  return {
    step(seconds, wanted) {
      const way = Math.sign(wanted - material.opacity);
      const moved = material.opacity + way * Math.min(seconds * PER_S, Math.abs(wanted - material.opacity));
      material.opacity = moved;
      blind.visible = moved > 0.01;
    },
    dispose() {
      camera.remove(blind);
      geometry.dispose();
      material.dispose();
    },
  };
}
