/** Sun, sky and haze for a time of the day and year at the scene's latitude. */
import {
  BackSide,
  CircleGeometry,
  Color,
  DirectionalLight,
  FogExp2,
  type Group,
  HemisphereLight,
  Mesh,
  MeshBasicMaterial,
  type Scene,
  ShaderMaterial,
  SphereGeometry,
  Vector3,
} from "three";

const RADIANS = Math.PI / 180;
const SHADOW_MAP = 2048;
const HAZE = 0.00024;

/** How far north of the equator the sun stands on a day of the year: Cooper (1969), Solar Energy 12(3), 333-346. */
const declinationDeg = (day: number) => 23.45 * Math.sin(((284 + day) / 365) * 360 * RADIANS);

/** Where the sun stands at an hour of local solar time on a day of the year, x east, y up, z south; of length one. */
export function sunDirection(hour: number, day: number, latitudeDeg: number): Vector3 {
  const turn = (hour - 12) * 15 * RADIANS;
  const [declination, latitude] = [declinationDeg(day) * RADIANS, latitudeDeg * RADIANS];
  const east = -Math.cos(declination) * Math.sin(turn);
  const north =
    Math.sin(declination) * Math.cos(latitude) - Math.cos(declination) * Math.sin(latitude) * Math.cos(turn);
  const up = Math.sin(declination) * Math.sin(latitude) + Math.cos(declination) * Math.cos(latitude) * Math.cos(turn);
  return new Vector3(east, up, -north).normalize();
}

interface Mood {
  readonly zenith: Color;
  readonly horizon: Color;
  readonly sun: Color;
  readonly sunStrength: number;
  readonly skyStrength: number;
}

const mood = (zenith: number, horizon: number, sun: number, sunStrength: number, skyStrength: number): Mood => ({
  zenith: new Color(zenith),
  horizon: new Color(horizon),
  sun: new Color(sun),
  sunStrength,
  skyStrength,
});

/** From night over dusk to day, by the sine of the sun's height. */
const MOODS: readonly (readonly [number, Mood])[] = [
  [-0.2, mood(0x16263f, 0x2c4163, 0x9fb4dc, 0.45, 1.9)],
  [-0.02, mood(0x3f5c8a, 0xc79c8e, 0xffbe92, 0.7, 1.9)],
  [0.12, mood(0x5484b8, 0xf0d2b0, 0xffc98f, 2.0, 1.2)],
  [0.4, mood(0x4d8fce, 0xd7e6ee, 0xfff0d8, 2.9, 1.6)],
  [1, mood(0x4388cc, 0xdbe9f0, 0xfff6e6, 3.1, 1.7)],
];

function moodAt(height: number): Mood {
  const above = MOODS.findIndex(([at]) => at >= height);
  if (above <= 0) return (above === 0 ? MOODS[0] : MOODS[MOODS.length - 1])?.[1] as Mood;
  const [[low, from], [high, to]] = [MOODS[above - 1], MOODS[above]] as [
    readonly [number, Mood],
    readonly [number, Mood],
  ];
  const share = (height - low) / (high - low);
  const number = (a: number, b: number) => a + (b - a) * share;
  return {
    zenith: from.zenith.clone().lerp(to.zenith, share),
    horizon: from.horizon.clone().lerp(to.horizon, share),
    sun: from.sun.clone().lerp(to.sun, share),
    sunStrength: number(from.sunStrength, to.sunStrength),
    skyStrength: number(from.skyStrength, to.skyStrength),
  };
}

const DOME_VERTEX = /* glsl */ `
varying vec3 vDirection;
void main() {
  vDirection = position;
  gl_Position = (projectionMatrix * mat4(mat3(modelViewMatrix)) * vec4(position, 1.)).xyww;
}`;

const DOME_FRAGMENT = /* glsl */ `
uniform vec3 uZenith, uHorizon, uSun, uSunColour;
varying vec3 vDirection;
float noise3(vec2 p) { return fract(sin(dot(p, vec2(12.9898, 78.233))) * 43758.5453); }
void main() {
  vec3 d = normalize(vDirection);
  float up = max(d.y, 0.);
  vec3 colour = mix(uHorizon, uZenith, 1. - pow(1. - up, 2.6));
  float near = max(dot(d, uSun), 0.);
  colour += uSunColour * (pow(near, 900.) * 2.5 + pow(near, 24.) * .16 + pow(near, 4.) * .07);
  colour += (noise3(gl_FragCoord.xy) - .5) / 255.;
  gl_FragColor = vec4(colour, 1.);
  #include <tonemapping_fragment>
  #include <colorspace_fragment>
}`;

export interface Sky {
  readonly sun: DirectionalLight;
  readonly horizon: Color;
  readonly night: () => number;
  readonly setTime: (hour: number, day: number, latitudeDeg: number) => void;
  /** Let the shadows follow what one looks at; true when they must be drawn anew. */
  readonly follow: (target: Vector3, reach_m: number) => boolean;
  /** What there is around the city: sky, haze and endless land, or none of them. */
  readonly surround: (parts: { readonly dome: boolean; readonly land: boolean; readonly shadows: boolean }) => void;
  readonly dispose: () => void;
}

export function createSky(scene: Scene, world: Group): Sky {
  const sun = new DirectionalLight(0xffffff, 3);
  const ambient = new HemisphereLight(0xffffff, 0x777777, 1);
  const uniforms = {
    uZenith: { value: new Color() },
    uHorizon: { value: new Color() },
    uSun: { value: new Vector3(0, 1, 0) },
    uSunColour: { value: new Color() },
  };
  const dome = new Mesh(
    new SphereGeometry(1, 32, 16),
    new ShaderMaterial({
      uniforms,
      vertexShader: DOME_VERTEX,
      fragmentShader: DOME_FRAGMENT,
      side: BackSide,
      depthWrite: false,
      fog: false,
    }),
  );
  dome.frustumCulled = false;
  dome.renderOrder = -1;
  // A floor beyond the city's edge, so that it never floats.
  const floor = new Mesh(new CircleGeometry(30_000, 48), new MeshBasicMaterial({ color: 0x9fb0ac }));
  floor.rotation.x = -Math.PI / 2;
  floor.position.y = -2;
  const fog = new FogExp2(0xffffff, HAZE);
  scene.fog = fog;
  sun.castShadow = true;
  sun.shadow.mapSize.set(SHADOW_MAP, SHADOW_MAP);
  sun.shadow.bias = -0.0004;
  sun.shadow.normalBias = 0.35;
  sun.shadow.radius = 2.5;
  world.add(sun, sun.target, floor);
  scene.add(dome, ambient);

  const direction = new Vector3(0, 1, 0);
  const centre = new Vector3(Number.POSITIVE_INFINITY, 0, 0);
  let reach = 0;
  let night = 0;

  return {
    sun,
    horizon: fog.color,
    night: () => night,
    setTime(hour, day, latitudeDeg) {
      direction.copy(sunDirection(hour, day, latitudeDeg));
      const now = moodAt(direction.y);
      night = Math.min(1, Math.max(0, (0.06 - direction.y) / 0.16));
      uniforms.uZenith.value.copy(now.zenith);
      uniforms.uHorizon.value.copy(now.horizon);
      uniforms.uSun.value.copy(direction);
      uniforms.uSunColour.value.copy(now.sun).multiplyScalar(direction.y > -0.05 ? 1 : 0);
      fog.color.copy(now.horizon);
      sun.color.copy(now.sun);
      sun.intensity = now.sunStrength;
      // By night the light comes from the blue above, not from the glow at the horizon.
      const glow = 0.8 - 0.65 * night;
      ambient.color.copy(now.zenith).lerp(now.horizon, glow);
      ambient.groundColor.copy(ambient.color).multiplyScalar(0.42);
      ambient.intensity = now.skyStrength;
      (floor.material as MeshBasicMaterial).color.copy(now.horizon).multiplyScalar(0.78);
      centre.x = Number.POSITIVE_INFINITY;
    },
    follow(target, wantedReach) {
      const moved = centre.distanceTo(target) > reach * 0.16;
      const resized = wantedReach > reach || wantedReach < reach * 0.45;
      if (!moved && !resized) return false;
      reach = wantedReach * 1.2;
      centre.copy(target);
      const light = direction.y > 0.02 ? direction : new Vector3(0.3, 0.9, 0.3).normalize();
      sun.position.copy(target).addScaledVector(light, 1500);
      sun.target.position.copy(target);
      const { camera } = sun.shadow;
      Object.assign(camera, { left: -reach, right: reach, top: reach, bottom: -reach, near: 200, far: 2800 });
      camera.updateProjectionMatrix();
      sun.shadow.normalBias = Math.max(0.08, (reach / SHADOW_MAP) * 2.2);
      return true;
    },
    surround(parts) {
      dome.visible = parts.dome;
      floor.visible = parts.land;
      fog.density = parts.land ? HAZE : 0;
      sun.castShadow = parts.shadows;
      centre.x = Number.POSITIVE_INFINITY;
    },
    dispose() {
      dome.geometry.dispose();
      (dome.material as ShaderMaterial).dispose();
      floor.geometry.dispose();
      (floor.material as MeshBasicMaterial).dispose();
      sun.shadow.map?.dispose();
    },
  };
}
