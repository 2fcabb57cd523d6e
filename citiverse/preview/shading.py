"""How pictures look where the display can run shaders: sun with shadows, sky, windows, haze."""

VERTEX = """
#version 150
uniform mat4 p3d_ModelViewProjectionMatrix;
uniform mat4 to_sun;
in vec4 p3d_Vertex;
in vec4 p3d_Color;
in vec4 wall;
out vec3 place;
out vec3 paint;
out vec4 facade;
out vec3 in_sun;
void main() {
  gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
  place = p3d_Vertex.xyz;
  paint = p3d_Color.rgb;
  facade = wall;
  in_sun = (to_sun * p3d_Vertex).xyz * 0.5 + 0.5;
}
"""

FRAGMENT = """
#version 150
uniform vec3 eye;
uniform vec3 sun;
uniform vec3 sun_light;
uniform vec3 sky_light;
uniform vec3 ground_light;
uniform vec3 haze;
uniform vec2 haze_m;
uniform sampler2DShadow shadow;
uniform float shadow_step;
in vec3 place;
in vec3 paint;
in vec4 facade;
in vec3 in_sun;
out vec4 picture;

float hash(vec2 p) { p = fract(p * vec2(123.34, 456.21)); p += dot(p, p + 45.32); return fract(p.x * p.y); }
float noise(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}
float between(float x, float low, float high, float w) {
  return smoothstep(low - w, low + w, x) * (1.0 - smoothstep(high - w, high + w, x));
}

/* Windows in bays and storeys by the kind of wall (scene/paint.py), with frames and a ground floor of its own; far away
   only a darker wall. */
vec3 windows(vec3 colour, int surface) {
  vec2 size = fwidth(facade.xy), at = fract(facade.xy), w = max(size * 0.75, vec2(0.012));
  float seen = 1.0 - smoothstep(0.25, 0.8, size.x + size.y);
  float seed = floor(facade.z * 255.0 + 0.5) / 255.0;
  bool street = facade.y < 1.0;
  float half_wide = mix(0.2, 0.3, fract(seed * 7.3));
  float low = street ? 0.1 : mix(0.24, 0.34, fract(seed * 3.7)), high = street ? 0.74 : 0.82;
  if (surface == 21) { half_wide = mix(0.36, 0.44, fract(seed * 5.1)); low = 0.3; high = 0.86; }
  if (surface == 22) { half_wide = 0.47; low = 0.05; high = 0.96; }
  if (surface == 24) { half_wide = 0.17; low = 0.36; high = 0.8; }
  if (surface == 25) { half_wide = 0.42; low = 0.58; high = 0.82; }
  if (surface == 26) { half_wide = 0.13; low = 0.2; high = 0.9 - 0.169 * pow(abs(at.x - 0.5) / half_wide, 2.0); }
  float opening = between(at.x, 0.46 - half_wide, 0.54 + half_wide, w.x) * between(at.y, low - 0.05, high + 0.04, w.y);
  float glass = between(at.x, 0.5 - half_wide, 0.5 + half_wide, w.x) * between(at.y, low, high, w.y);
  float bar = between(at.x, 0.488, 0.512, w.x) * glass;
  vec3 pane = mix(vec3(0.05, 0.07, 0.09), sky_light * 0.5, 0.25 + 0.4 * hash(floor(facade.xy) * 1.7 + seed));
  vec3 near = mix(colour, mix(colour, vec3(0.85), 0.5), (opening - glass) * 0.8);
  near = mix(near, pane, glass - bar);
  near = mix(near, colour * 0.75, between(at.y, -0.02, 0.03, w.y) * 0.5);
  vec3 far = mix(colour, vec3(0.07, 0.09, 0.11), 0.17);
  return mix(far, near, seen);
}

float lit_by_sun() {
  if (any(lessThan(in_sun.xy, vec2(0.0))) || any(greaterThan(in_sun.xy, vec2(1.0))) || in_sun.z > 1.0) return 1.0;
  float sum = 0.0;  /* each look is the mean of four pixels already */
  for (int x = -1; x <= 1; x += 2)
    for (int y = -1; y <= 1; y += 2)
      sum += texture(shadow, vec3(in_sun.xy + vec2(x, y) * 0.6 * shadow_step, in_sun.z - 0.0006));
  return sum / 4.0;
}

void main() {
  vec3 towards = eye - place;
  float distance_m = length(towards);
  vec3 normal = cross(dFdx(place), dFdy(place));
  normal = length(normal) > 0.0 ? normalize(normal) : vec3(0.0, 0.0, 1.0);
  if (dot(normal, towards) < 0.0) normal = -normal;
  int surface = int(facade.w + 0.5);
  bool wall = surface == 0 || (surface >= 20 && surface < 30);
  vec3 colour = paint;
  float close = 1.0 - smoothstep(60.0, 300.0, distance_m);
  if (wall && facade.y > 0.001) colour = windows(colour, surface);
  else if (surface == 7 || surface == 8 || surface == 9)
    colour *= 0.86 + 0.2 * noise(place.xy * 0.22) + 0.14 * close * (noise(place.xy * 5.0) - 0.5);
  else if (surface == 4 || surface == 6) {
    vec2 slab = abs(fract(place.xy / 0.9) - 0.5), w = fwidth(place.xy / 0.9);
    float joint = smoothstep(0.47 - w.x, 0.5, slab.x) + smoothstep(0.47 - w.y, 0.5, slab.y);
    colour *= 1.0 - 0.12 * clamp(joint, 0.0, 1.0) * close * (1.0 - smoothstep(0.25, 0.6, w.x + w.y));
  } else if (!wall) colour *= 0.95 + 0.08 * noise(place.xy * 0.5);
  float up = normal.z * 0.5 + 0.5;
  float sunny = max(dot(normal, sun), 0.0);
  if (sunny > 0.0) sunny *= lit_by_sun();
  vec3 light = sunny * sun_light + mix(ground_light, sky_light, up);
  /* Where walls meet the street less of the sky is to be seen. */
  if (wall && facade.y > 0.001) light *= mix(0.72, 1.0, smoothstep(0.0, 1.6, facade.y));
  if (surface == 10) {
    float flat_ness = pow(1.0 - abs(normalize(towards).z), 4.0);
    float ripple = noise(place.xy * 0.4) + 0.5 * noise(place.xy * 1.1);
    colour = mix(colour * (0.85 + 0.15 * ripple), sky_light * 1.2, clamp(0.08 + flat_ness, 0.0, 0.8));
  }
  vec3 seen = mix(colour * light, haze, smoothstep(haze_m.x, haze_m.y, distance_m) * 0.9);
  seen = seen * (1.0 + seen * 0.12) / (1.0 + seen * 0.35);
  picture = vec4(mix(12.92 * seen, 1.055 * pow(max(seen, 0.0), vec3(1.0 / 2.4)) - 0.055, step(0.0031308, seen)), 1.0);
}
"""

SHADOW_VERTEX = """
#version 150
uniform mat4 p3d_ModelViewProjectionMatrix;
in vec4 p3d_Vertex;
void main() { gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex; }
"""

SHADOW_FRAGMENT = """
#version 150
out vec4 nothing;
void main() { nothing = vec4(1.0); }
"""

SKY_VERTEX = """
#version 150
uniform vec3 ahead;
uniform vec3 right;
uniform vec3 above;
in vec4 p3d_Vertex;
out vec3 direction;
void main() {
  gl_Position = vec4(p3d_Vertex.xy, 0.99999, 1.0);
  direction = ahead + p3d_Vertex.x * right + p3d_Vertex.y * above;
}
"""

SKY_FRAGMENT = """
#version 150
uniform vec3 horizon;
uniform vec3 zenith;
in vec3 direction;
out vec4 picture;
void main() {
  float up = max(normalize(direction).z, 0.0);
  picture = vec4(mix(horizon, zenith, 1.0 - pow(1.0 - up, 2.6)), 1.0);
}
"""

SMOOTH_VERTEX = """
#version 150
in vec4 p3d_Vertex;
out vec2 at;
void main() {
  gl_Position = vec4(p3d_Vertex.xy, 0.0, 1.0);
  at = p3d_Vertex.xy * 0.5 + 0.5;
}
"""

SMOOTH_FRAGMENT = """
#version 150
/* After T. Lottes, FXAA, NVIDIA 2009: look along the edge, and keep what lies within the brightness around. */
uniform sampler2D rough;
uniform vec2 pixel;
in vec2 at;
out vec4 picture;
float bright(vec3 colour) { return dot(colour, vec3(0.299, 0.587, 0.114)); }
vec3 seen(vec2 place) { return textureLod(rough, place, 0.0).rgb; }
void main() {
  vec3 own = seen(at);
  float nw = bright(seen(at + vec2(-1, 1) * pixel)), ne = bright(seen(at + pixel));
  float sw = bright(seen(at - pixel)), se = bright(seen(at + vec2(1, -1) * pixel)), m = bright(own);
  float low = min(m, min(min(nw, ne), min(sw, se))), high = max(m, max(max(nw, ne), max(sw, se)));
  picture = vec4(own, 1.0);
  if (high - low < max(0.03, high * 0.08)) return;
  vec2 along = vec2(sw + se - nw - ne, nw + sw - ne - se) * vec2(1, -1);
  along /= min(abs(along.x), abs(along.y)) + max((nw + ne + sw + se) / 32.0, 1.0 / 128.0);
  along = clamp(along, -8.0, 8.0) * pixel;
  vec3 near = (seen(at - along / 6.0) + seen(at + along / 6.0)) / 2.0;
  vec3 far = near / 2.0 + (seen(at - along / 2.0) + seen(at + along / 2.0)) / 4.0;
  float found = bright(far);
  picture.rgb = found < low || found > high ? near : far;
}
"""
