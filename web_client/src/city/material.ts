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
import { FACADE } from "./facade";
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

${FACADE}
/** Stripes four metres apart, as broad as the class from 0 to 7 is high; gone where they would be finer than pixels. */
vec3 striped(vec3 colour, float step_) {
  if (uPattern < .5 || step_ < .5 || step_ > 7.5) return colour;
  float along = (vCity.x - vCity.z + vCity.y) / 4., w = fwidth(along);
  float stripe = band(fract(along), .5 - step_ / 20., .5 + step_ / 20., max(w, .01));
  return mix(colour, colour * .74, stripe * (1. - smoothstep(.2, .5, w)));
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

vec3 surfaceColour(vec3 colour, vec3 normal, inout vec3 glow) {
  int code = int(vSurface + .5);
  vec2 p = vCity.xz;
  float nearby = 1. - smoothstep(40., 260., distance(vCity, vEye));
  if (code == 0 || (code >= 20 && code < 30)) return facade(code, colour, normal, glow);
  if (code == 1 || code >= 30) return roof(code, colour, normal);
  if (code == 2 || code == 19) return colour * (.86 + .16 * grain(p * .12) + .1 * grain(p * .9) + .12 * nearby * (grain(p * 7.) - .5));
  if (code == 3 || code == 5) return colour * (.93 + .1 * grain(p * .2) + .1 * nearby * (grain(p * 11.) - .5));
  if (code == 4 || code == 6) {
    vec2 slab = abs(fract(p / .9) - .5), w = fwidth(p / .9);
    float joint = smoothstep(.5 - max(w.x, .03), .5, slab.x) + smoothstep(.5 - max(w.y, .03), .5, slab.y);
    return colour * (1. - .12 * clamp(joint, 0., 1.) * nearby * (1. - smoothstep(.25, .6, w.x + w.y))) * (.96 + .06 * grain(p * .5));
  }
  if (code == 7 || code == 8 || code == 9) {
    float dry = grain(p * .07) * .5 + grain(p * .4) * .5, blade = grain(p * 6.) - .5;
    return mix(colour, colour * vec3(1.1, 1., .84), dry * (code == 9 ? .3 : .8)) * (.8 + .18 * grain(p * .23) + .26 * nearby * blade);
  }
  if (code == 12) return colour * (.8 + .4 * mix(.5, grain(p * 8.), nearby));
  if (code == 10) return water(colour);
  if (code == 15) {
    float leaf = grain((p + vCity.y * vec2(.8, -.6)) * 3.) + .6 * nearby * (grain((p - vCity.y * vec2(.5, .9)) * 9.) - .5);
    return mix(colour, colour * vec3(1.2, 1.02, .7), vFacts.z * .6) * (.62 + .2 * vFacts.z + .5 * leaf);
  }
  return colour;
}
`;

const FRAGMENT_COLOUR = /* glsl */ `
if (uTable.z > 0. && distance(vCity.xz, uTable.xy) > uTable.z) discard;
#include <color_fragment>
vec3 glow = vec3(0.);
vec3 faceNormal = normalize(cross(dFdx(vCity), dFdy(vCity)));
diffuseColor.rgb = surfaceColour(diffuseColor.rgb, faceNormal, glow);
float onGround = step(.5, abs(faceNormal.y)) * step(1.5, vSurface) * step(vSurface, 19.5);
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

/** What every surface mirrors of the sky: neutral tone mapping takes these 4 % away, and shades would turn black. */
const SHEEN = "outgoingLight += .04 * uSkyColour;\n#include <opaque_fragment>";

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
          .replace("#include <opaque_fragment>", SHEEN)
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
