/** The one material of the city: facades with windows, streets, lawns, water; coloured and hidden per feature.
 *
 * Surface codes travel in the tiles' attribute _SURFACE; TEXCOORD_0 counts window bays and storeys in 64ths.
 */
import {
  Color,
  DoubleSide,
  Matrix4,
  MeshDepthMaterial,
  MeshLambertMaterial,
  type Texture,
  Vector3,
  Vector4,
  type WebGLProgramParametersWithUniforms,
} from "three";
import type { FeatureState } from "./featureState";

export interface CityUniforms {
  /** From three's world to the city: scene metres, y up. */
  readonly uToCity: { value: Matrix4 };
  /** Grid layer on the ground: west, south, 1/width, 1/height in scene metres. */
  readonly uGridBounds: { value: Vector4 };
  readonly uGrid: { value: Texture | null };
  readonly uGridMix: { value: number };
  /** 0 plain colours, 1 all that is not painted turns pale. */
  readonly uPale: { value: number };
  /** 1 draws stripes over what is painted, the denser the higher the value's class. */
  readonly uPattern: { value: number };
  readonly uTime: { value: number };
  /** 0 by day, 1 at night: windows and lamps are lit. */
  readonly uNight: { value: number };
  readonly uSkyColour: { value: Color };
  readonly uDetail: { value: number };
  /** On a table only a round piece is shown: its middle (x, z in the city) and radius; radius 0 shows all. */
  readonly uTable: { value: Vector3 };
}

export interface CityMaterial {
  /** For meshes of flat faces, which carry no normals. */
  readonly flat: MeshLambertMaterial;
  readonly smooth: MeshLambertMaterial;
  readonly depth: MeshDepthMaterial;
  readonly uniforms: CityUniforms;
  readonly dispose: () => void;
}

const STATE_VERTEX = /* glsl */ `
attribute float slot;
uniform highp sampler2D uState;
varying vec4 vState;
vec4 stateOf(float s) { int i = int(s + .5); return texelFetch(uState, ivec2(i % 512, i / 512), 0); }
`;

const VERTEX_HEAD = /* glsl */ `
${STATE_VERTEX}
attribute float _surface;
uniform highp sampler2D uFacts;
uniform mat4 uToCity;
varying vec4 vFacts;
varying vec3 vEye;
varying float vSurface;
varying vec3 vCity;
varying vec2 vFacade;
`;

const VERTEX_BODY = /* glsl */ `
#include <begin_vertex>
vState = stateOf(slot);
int factIndex = int(slot + .5);
vFacts = texelFetch(uFacts, ivec2(factIndex % 512, factIndex / 512), 0);
vSurface = _surface;
vFacade = uv / 64.;
vec4 cityPosition = vec4(transformed, 1.);
#ifdef USE_BATCHING
  cityPosition = batchingMatrix * cityPosition;
#endif
#ifdef USE_INSTANCING
  cityPosition = instanceMatrix * cityPosition;
#endif
vCity = (uToCity * modelMatrix * cityPosition).xyz;
vEye = (uToCity * vec4(cameraPosition, 1.)).xyz;
#ifdef FLAT_SHADED
  // Without normals the shadow's offset goes upwards.
  transformedNormal = (viewMatrix * vec4(0., 1., 0., 0.)).xyz;
#endif
if (vState.a < .002) transformed = vec3(0.);
`;

const FRAGMENT_HEAD = /* glsl */ `
uniform vec4 uGridBounds;
uniform sampler2D uGrid;
uniform float uGridMix, uPale, uPattern, uTime, uNight, uDetail;
uniform vec3 uTable;
uniform vec3 uSkyColour;
varying vec4 vState, vFacts;
varying float vSurface;
varying vec3 vCity, vEye;
varying vec2 vFacade;

float hash21(vec2 p) { p = fract(p * vec2(123.34, 456.21)); p += dot(p, p + 45.32); return fract(p.x * p.y); }
float noise2(vec2 p) {
  vec2 i = floor(p), f = fract(p); f = f * f * (3. - 2. * f);
  return mix(mix(hash21(i), hash21(i + vec2(1, 0)), f.x), mix(hash21(i + vec2(0, 1)), hash21(i + vec2(1, 1)), f.x), f.y);
}
/** A soft-edged band between two places of a repeated cell, faded out where a cell is smaller than a pixel. */
float band(float x, float from, float to, float w) { return smoothstep(from - w, from + w, x) * (1. - smoothstep(to - w, to + w, x)); }

/** Stripes four metres apart, as broad as the class from 0 to 7 is high; gone where they would be finer than pixels. */
vec3 striped(vec3 colour, float step_) {
  if (uPattern < .5 || step_ < .5 || step_ > 7.5) return colour;
  float along = (vCity.x - vCity.z + vCity.y) / 4., w = fwidth(along);
  float stripe = band(fract(along), .5 - step_ / 20., .5 + step_ / 20., max(w, .01));
  return mix(colour, colour * .74, stripe * (1. - smoothstep(.2, .5, w)));
}

vec3 facade(vec3 wall, inout vec3 glow) {
  // Interpolation leaves traces in the last digits, which hashing would show as speckles.
  float seed = floor(vFacts.z * 512. + .5) / 512.;
  float above = vCity.y - vFacts.x;
  float fine = fwidth(vFacade.x) + fwidth(vFacade.y);
  float seen = (1. - smoothstep(.22, .75, fine)) * uDetail;
  vec2 cell = floor(vFacade), at = fract(vFacade), w = max(fwidth(vFacade) * .75, vec2(.012));
  // The ground floor has taller openings; attics and plain sheds have none at all where no storeys are counted.
  bool ground = vFacade.y < 1.;
  float half_ = mix(.2, .3, fract(seed * 7.3));
  float low = ground ? .1 : mix(.24, .34, fract(seed * 3.7)), high = ground ? .74 : .82;
  float glass = band(at.x, .5 - half_, .5 + half_, w.x) * band(at.y, low, high, w.y);
  float frame = band(at.x, .5 - half_ - .04, .5 + half_ + .04, w.x) * band(at.y, low - .05, high + .04, w.y) - glass;
  float mullion = band(at.x, .488, .512, w.x) * glass;
  bool windows = vFacade.y > .001 && vFacts.y - vFacts.x > 2.4;
  if (!windows) { glass = 0.; frame = 0.; mullion = 0.; }
  float lit = step(.62 - .3 * uNight, hash21(cell + seed * 91.)) * uNight;
  vec3 pane = mix(vec3(.085, .115, .14), uSkyColour * .5, .25 + .35 * hash21(cell * 1.7 + seed));
  float grain = .97 + .06 * noise2(vFacade * vec2(9., 14.));
  vec3 colour = wall * grain;
  colour = mix(colour, wall * .8, band(at.y, -.02, .035, w.y) * .5 * seen * float(windows));
  colour = mix(colour, mix(wall, vec3(.93), .55), frame * seen);
  colour = mix(colour, pane, (glass - mullion) * seen);
  // Far away the windows are only a darker wall.
  if (windows) colour = mix(colour, mix(wall, vec3(.1, .13, .16), .2), (1. - seen) * .85);
  glow += vec3(1., .72, .38) * lit * (glass - mullion) * seen * .75;
  // A street's walls are darker near the ground, as if the light had to find its way down.
  return colour * mix(.72, 1., smoothstep(0., 5., above));
}

vec3 water(vec3 colour) {
  vec2 p = vCity.xz;
  float t = uTime;
  float waves = noise2(p * .35 + vec2(t * .22, t * .13)) + .5 * noise2(p * .9 - vec2(t * .31, t * .1));
  float far = smoothstep(60., 900., distance(vCity, vEye));
  vec3 eye = normalize(vEye - vCity);
  vec3 n = normalize(vec3((waves - .75) * .16 * (1. - far), 1., (noise2(p * .5 + t * .2) - .5) * .16 * (1. - far)));
  float fresnel = .04 + .96 * pow(1. - max(dot(n, eye), 0.), 5.);
  return mix(colour * (.9 + .14 * waves * (1. - far)), uSkyColour, clamp(fresnel, 0., .82));
}

vec3 surfaceColour(vec3 colour, inout vec3 glow) {
  int code = int(vSurface + .5);
  vec2 p = vCity.xz;
  float nearby = 1. - smoothstep(40., 260., distance(vCity, vEye));
  if (code == 0) return facade(colour, glow);
  if (code == 1) return colour * (.93 + .1 * noise2(p * .6) + .05 * vFacts.z);
  if (code == 3 || code == 5) return colour * (.94 + .06 * noise2(p * .35) + .07 * nearby * (noise2(p * 9.) - .5));
  if (code == 4 || code == 6) {
    vec2 slab = abs(fract(p / .9) - .5), w = fwidth(p / .9);
    float joint = smoothstep(.5 - max(w.x, .03), .5, slab.x) + smoothstep(.5 - max(w.y, .03), .5, slab.y);
    return colour * (1. - .12 * clamp(joint, 0., 1.) * nearby * (1. - smoothstep(.25, .6, w.x + w.y))) * (.96 + .06 * noise2(p * .5));
  }
  if (code == 7 || code == 8 || code == 9) return colour * (.86 + .2 * noise2(p * .22) + .12 * nearby * (noise2(p * 5.) - .5));
  if (code == 10) return water(colour);
  if (code == 15) return colour * (.82 + .3 * vFacts.z) * (.8 + .25 * clamp((vCity.y - vFacts.x) / 6., 0., 1.));
  return colour;
}
`;

const FRAGMENT_COLOUR = /* glsl */ `
if (uTable.z > 0. && distance(vCity.xz, uTable.xy) > uTable.z) discard;
#include <color_fragment>
vec3 glow = vec3(0.);
diffuseColor.rgb = surfaceColour(diffuseColor.rgb, glow);
vec3 faceNormal = normalize(cross(dFdx(vCity), dFdy(vCity)));
float onGround = step(.5, abs(faceNormal.y)) * step(1.5, vSurface);
float painted = 0.;
if (uPale > 0.) {
  float grey = dot(diffuseColor.rgb, vec3(.3, .55, .15));
  diffuseColor.rgb = mix(diffuseColor.rgb, vec3(mix(grey, .72, .45)), uPale * .82);
  glow *= 1. - uPale;
}
if (uGridMix > 0. && onGround > .5) {
  vec2 at = (vec2(vCity.x, -vCity.z) - uGridBounds.xy) * uGridBounds.zw;
  if (at.x > 0. && at.x < 1. && at.y > 0. && at.y < 1.) {
    vec4 value = texture2D(uGrid, at);
    vec3 told = striped(value.rgb, 255. - floor(value.a * 255. + .5));
    diffuseColor.rgb = mix(diffuseColor.rgb, told, value.a * uGridMix);
  }
}
if (vState.a < .998) {
  painted = (vState.a * 255. - 1.) / 253.;
  vec3 told = striped(pow(vState.rgb, vec3(2.2)), floor(vState.a * 255. + .5) - 232.);
  diffuseColor.rgb = mix(diffuseColor.rgb, told, painted);
  glow *= 1. - painted;
}
`;

function patched(
  shader: WebGLProgramParametersWithUniforms,
  uniforms: object,
  vertexHead: string,
  vertexBody: string,
): void {
  Object.assign(shader.uniforms, uniforms);
  shader.vertexShader = vertexHead + shader.vertexShader.replace("#include <begin_vertex>", vertexBody);
}

export function createCityMaterial(state: FeatureState): CityMaterial {
  const uniforms: CityUniforms = {
    uToCity: { value: new Matrix4() },
    uGridBounds: { value: new Vector4(0, 0, 1, 1) },
    uGrid: { value: null },
    uGridMix: { value: 0 },
    uPale: { value: 0 },
    uPattern: { value: 1 },
    uTime: { value: 0 },
    uNight: { value: 0 },
    uSkyColour: { value: new Color(0.55, 0.68, 0.8) },
    uDetail: { value: 1 },
    uTable: { value: new Vector3() },
  };
  const all = { ...uniforms, ...state.uniforms };
  const surface = (flatShading: boolean) => {
    const made = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide, flatShading });
    made.onBeforeCompile = (shader) => {
      patched(shader, all, VERTEX_HEAD, VERTEX_BODY);
      shader.fragmentShader =
        FRAGMENT_HEAD +
        shader.fragmentShader
          .replace("#include <color_fragment>", FRAGMENT_COLOUR)
          .replace(
            "#include <emissivemap_fragment>",
            "#include <emissivemap_fragment>\ntotalEmissiveRadiance += glow;",
          );
    };
    made.customProgramCacheKey = () => `city-${flatShading}`;
    return made;
  };
  const [flat, smooth] = [surface(true), surface(false)];
  const depth = new MeshDepthMaterial({ side: DoubleSide });
  depth.onBeforeCompile = (shader) =>
    patched(
      shader,
      state.uniforms,
      STATE_VERTEX,
      "#include <begin_vertex>\nvState = stateOf(slot);\nif (vState.a < .002) transformed = vec3(0.);",
    );
  depth.customProgramCacheKey = () => "city-depth";
  return {
    flat,
    smooth,
    depth,
    uniforms,
    dispose() {
      flat.dispose();
      smooth.dispose();
      depth.dispose();
    },
  };
}
