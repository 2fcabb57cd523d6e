/** Walls and roofs of houses as the shader draws them: no pictures, only places on the wall and a little chance.
 *
 * Codes of _SURFACE from 20 on are kinds of wall, from 30 on kinds of roof (citiverse/scene/paint.py). vFacade counts
 * window bays along the outline and storeys from the ground.
 */
export const FACADE = /* glsl */ `
float hash21(vec2 p) {
  uvec2 q = floatBitsToUint(p + 4096.5);
  uint h = q.x * 1597334677u ^ q.y * 3812015801u;
  h = (h ^ h >> 16) * 2246822519u;
  return float((h ^ h >> 13) >> 8) / 16777216.;
}
float noise2(vec2 p) {
  vec2 i = floor(p), f = fract(p); f = f * f * (3. - 2. * f);
  return mix(mix(hash21(i), hash21(i + vec2(1, 0)), f.x), mix(hash21(i + vec2(0, 1)), hash21(i + vec2(1, 1)), f.x), f.y);
}
/** Noise that turns to its mean where its grains are finer than pixels. */
float grain(vec2 p) {
  vec2 w = fwidth(p);
  float fine = smoothstep(.3, .9, max(w.x, w.y));
  return fine > .99 ? .5 : mix(noise2(p), .5, fine);
}
/** A soft-edged band between two places of a repeated cell, faded out where a cell is smaller than a pixel. */
float band(float x, float from, float to, float w) { return smoothstep(from - w, from + w, x) * (1. - smoothstep(to - w, to + w, x)); }
/** A thin line at the whole numbers of x, which fades with distance. */
float line(float x, float half_) {
  float w = fwidth(x), d = min(fract(x), 1. - fract(x));
  return (1. - smoothstep(half_, half_ + max(w, .01), d)) * (1. - smoothstep(.15, .5, w));
}

vec3 facade(int code, vec3 wall, vec3 normal, inout vec3 glow) {
  // Interpolation leaves traces in the last digits, which hashing would show as speckles.
  float seed = floor(vFacts.z * 512. + .5) / 512.;
  float above = vCity.y - vFacts.x;
  vec2 cell = floor(vFacade), at = fract(vFacade), w = max(fwidth(vFacade) * .75, vec2(.012));
  float seen = (1. - smoothstep(.22, .75, fwidth(vFacade.x) + fwidth(vFacade.y))) * uDetail;
  bool ground = vFacade.y < 1.;
  float chance = hash21(vec2(cell.x, floor(seed * 512.)));
  float half_ = mix(.19, .28, fract(seed * 7.3)), low = mix(.26, .36, fract(seed * 3.7)), high = .83, bars = 1.;
  bool shop = ground && (code == 20 || code == 21 || code == 22);
  bool door = ground && !shop && code != 25 && chance > .87;
  if (code == 21) { half_ = mix(.38, .46, fract(seed * 5.1)); low = .3; high = .86; bars = 2.; }
  if (code == 22) { half_ = .475; low = .05; high = .965; bars = 2.; }
  if (code == 24) { half_ = .17; low = .36; high = .8; }
  if (code == 25) { half_ = .42; low = .58; high = .82; bars = 4.; }
  if (code == 26) { half_ = .17; low = .18; high = .9; }
  if (ground && code != 25) { low = max(low - .06, .05); high = min(high, .8); }
  if (shop) { half_ = .44; low = .07; high = .76; bars = 1.; }
  if (door) { half_ = .17; low = -.1; high = .66; bars = 1.; }
  float top = code == 26 ? high - .3 * smoothstep(0., half_, abs(at.x - .5)) * half_ * 4. : high;
  float glass = band(at.x, .5 - half_, .5 + half_, w.x) * band(at.y, low, top, w.y);
  float frame = band(at.x, .5 - half_ - .035, .5 + half_ + .035, w.x) * band(at.y, low - .04, top + .035, w.y) - glass;
  float bar = abs(fract((at.x - .5 + half_) / (2. * half_) * (bars + 1.) + .5) - .5) * 2. * half_ / (bars + 1.);
  float mullion = (1. - smoothstep(.012, .012 + w.x, bar)) * glass * step(half_ * .04, abs(abs(at.x - .5) - half_));
  bool windows = vFacade.y > .001 && vFacts.y - vFacts.x > 2.4;
  if (!windows) { glass = 0.; frame = 0.; mullion = 0.; }

  float near = 1. - smoothstep(25., 120., distance(vCity, vEye));
  vec2 along = normalize(vec2(normal.z, -normal.x) + 1e-4);
  vec2 p = vec2(dot(vCity.xz, along), above);
  vec3 colour = wall * (.95 + .1 * grain(p * vec2(.35, .22)) * (.5 + .5 * near));
  if (near > 0.) {
    if (code == 23) {
      float row = floor(p.y / .083), joint = max(line(p.y / .083, .07), line(p.x / .25 + .5 * mod(row, 2.), .025));
      colour *= 1. + near * (.22 * (hash21(vec2(floor(p.x / .25 + .5 * mod(row, 2.)), row)) - .5));
      colour = mix(colour, vec3(.62, .58, .52), joint * .55 * near);
    } else if (code == 24) colour *= 1. - .3 * line(p.y / .16, .05) * near;
    else if (code == 25) colour *= 1. - .18 * line(p.x / .6, .08) * near;
    else colour *= .985 + .03 * grain(p * 6.);
  }
  // A plinth, a line between the storeys, and under each window its sill.
  if (code != 22 && code != 25) colour = mix(colour, colour * .74, (1. - smoothstep(.45, .55, above)) * seen * float(windows));
  float course = band(at.y, -.02, fract(seed * 11.) > .5 || vFacade.y < 1.2 ? .04 : .015, w.y);
  colour = mix(colour, fract(seed * 17.) > .5 ? wall * .8 : mix(wall, vec3(.9), .3), course * .6 * seen * float(windows && code != 22));
  float sky = .5 + .5 * hash21(cell * 1.7 + seed);
  vec3 heaven = mix(uSkyColour, vec3(dot(uSkyColour, vec3(.3, .5, .2))), .45);
  vec3 pane = mix(vec3(.045, .05, .055), heaven * .6, (code == 22 ? .45 : .14) + .3 * sky * at.y);
  float blind = step(.72, hash21(cell + seed * 53.)) * step(mix(high, low, hash21(cell * 3.1 + seed)), at.y);
  if (!shop && code != 22) pane = mix(pane, vec3(.66, .62, .55), .7 * blind);
  vec3 framed = code == 21 || code == 22 || shop ? mix(wall * .35, vec3(.16), .5) : mix(wall, vec3(.92), .62);
  if (door) pane = mix(vec3(.17, .1, .06), vec3(.1, .16, .14), fract(seed * 29.)) * (1. - .4 * line(at.x * 6., .06));
  colour = mix(colour, framed, frame * seen);
  colour = mix(colour, pane, glass * seen);
  colour = mix(colour, framed, mullion * seen);
  // Far away the windows are only a darker wall.
  float share = 2. * half_ * (high - low);
  if (windows) colour = mix(colour, mix(wall, vec3(.1, .13, .16), share * .75), (1. - seen) * .85);
  float lit = step(shop ? .25 : .66 - .24 * uNight, hash21(cell + seed * 91.)) * uNight * float(!door);
  vec3 lamp = mix(vec3(1., .64, .3), vec3(1., .86, .62), hash21(cell * 5.3 + seed));
  glow += lamp * lit * (glass - mullion) * mix(.35 * share, 1., seen) * (shop ? .9 : .6) * (1. - .5 * blind);
  // A street's walls are darker near the ground, as if the light had to find its way down.
  return colour * mix(.74, 1., smoothstep(0., 5., above));
}

vec3 panels(vec3 below, vec2 p, vec2 size, float gap) {
  vec2 cell = p / size, at = fract(cell);
  float on = step(gap, at.y);
  vec3 glassy = mix(vec3(.035, .06, .12), uSkyColour * .5, .16 + .1 * hash21(floor(cell)));
  float rim = max(line(cell.x, .03), line(cell.y * 2., .03));
  return mix(below, mix(glassy, vec3(.45), rim * .5), on);
}

vec3 roof(int code, vec3 colour, vec3 normal) {
  float steep = length(normal.xz);
  vec2 contour = steep > .05 ? normalize(vec2(normal.z, -normal.x)) : vec2(1., 0.);
  // Along the eaves, and up the slope.
  vec2 p = steep > .05 ? vec2(dot(vCity.xz, contour), vCity.y / steep) : vec2(vCity.x, -vCity.z);
  vec3 own = colour * (.92 + .12 * grain(vCity.xz * .5) + .05 * vFacts.z);
  if (code == 30) return own * (1. - .28 * line(p.y / .34, .1)) * (1. - .1 * line(p.x / .26, .12)) * (.94 + .12 * grain(p * 3.));
  if (code == 31) return own * (1. - .22 * line(p.x / .55, .05)) * (.97 + .06 * grain(p * vec2(.6, .1)));
  if (code == 33) return panels(own * .8, p, steep > .2 ? vec2(1.05, 1.75) : vec2(1.05, 2.6), steep > .2 ? 0. : .4);
  if (code == 32 || code == 34) {
    vec3 plants = mix(vec3(.1, .2, .04), vec3(.3, .33, .1), grain(p * .45)) * (.8 + .4 * grain(p * 2.6));
    return code == 32 ? plants : panels(plants, p, vec2(1.05, 3.2), .52);
  }
  return own * (.94 + .1 * grain(vCity.xz * 2.2)) * (1. - .07 * line(p.x / 6., .008));
}
`;
