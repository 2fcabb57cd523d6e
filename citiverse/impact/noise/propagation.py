"""Attenuation along one path from a source to a receiver (CNOSSOS-EU, Directive 2002/49/EC, Annex II, 2.5).

A path is a profile: points from the source to the receiver, x being the distance along the path in the horizontal
plane. Everything here is compiled, releases the GIL, allocates nothing and gives the same bits on every run, so that
the reference cases and a whole city go through the same code. Formula numbers are the directive's as amended by
2021/1226; ISO/TR 17534-4:2020 settles what the directive leaves open.
"""

import math

import numpy as np
from numpy.typing import NDArray

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.kernel import kernel, part
from citiverse.impact.noise.emission import BANDS_HZ

KindArray = NDArray[np.int8]

SOURCE, RECEIVER, GROUND, TOPOGRAPHY, ENTER, EXIT, THIN, VERTICAL_EDGE, REFLECTION = range(9)  # kinds of points
HOMOGENEOUS, FAVOURABLE = 0, 1
GROUND_TERM, DIFFRACTION_TERM = 0, 1
BANDS = len(BANDS_HZ)

SPEED_OF_SOUND = 340.0  # m/s, 2.5.6
RAY_RADIUS_M = 1000.0  # eq. 2.5.24: radius of favourable rays, at least this and eight times the distance
RADIUS_PER_DISTANCE = 8.0
HEIGHT_BY_WIND = 2e-4  # 1/m, a0 in eq. 2.5.19
HEIGHT_BY_TURBULENCE = 6e-3  # eq. 2.5.19
MOST_DIFFRACTION_DB = 25.0  # 2.5.6, after eq. 2.5.21
THIN_M = 0.3  # eq. 2.5.22: edges closer than this count as one
ROOF_GROUND_FACTOR = 0.0  # table 2.5.a, hard surfaces
TOLERANCE_M = 1e-7

_WAVELENGTH = np.array([SPEED_OF_SOUND / f for f in BANDS_HZ])
_WAVENUMBER = 2.0 * np.pi / _WAVELENGTH
_F25 = np.array([float(f) ** 2.5 for f in BANDS_HZ])
_F15 = np.array([float(f) ** 1.5 for f in BANDS_HZ])
_F075 = np.array([float(f) ** 0.75 for f in BANDS_HZ])


def air_absorption(
    temperature_c: float = 10.0, humidity_percent: float = 70.0, pressure_kpa: float = 101.325
) -> FloatArray:
    """Absorption by air in dB per metre at the exact mid-frequencies of the octave bands, ISO 9613-1, eqs. 3 to 5."""
    frequency = 1000.0 * 10.0 ** (0.3 * np.arange(-4, 4))
    kelvin = temperature_c + 273.15
    warmth, pressure = kelvin / 293.15, pressure_kpa / 101.325
    vapour = humidity_percent * 10.0 ** (4.6151 - 6.8346 * (273.16 / kelvin) ** 1.261) / pressure
    oxygen = pressure * (24.0 + 4.04e4 * vapour * (0.02 + vapour) / (0.391 + vapour))
    nitrogen = pressure * warmth**-0.5 * (9.0 + 280.0 * vapour * math.exp(-4.170 * (warmth ** (-1.0 / 3.0) - 1.0)))
    classical = 1.84e-11 / pressure * math.sqrt(warmth)
    by_oxygen = 0.01275 * math.exp(-2239.1 / kelvin) / (oxygen + frequency**2 / oxygen)
    by_nitrogen = 0.1068 * math.exp(-3352.0 / kelvin) / (nitrogen + frequency**2 / nitrogen)
    absorption: FloatArray = 8.686 * frequency**2 * (classical + warmth**-2.5 * (by_oxygen + by_nitrogen))
    return absorption


def divergence(distance_m: float) -> float:
    """Attenuation in dB of a point source by distance, eq. 2.5.12."""
    return 20.0 * math.log10(distance_m) + 11.0


@part
def _arc(chord_m: float, radius_m: float) -> float:
    """Length of an arc over a chord."""
    return 2.0 * radius_m * math.asin(chord_m / (2.0 * radius_m))


@part
def _ray_radius(distance_m: float) -> float:
    """Radius of a favourable ray, eq. 2.5.24."""
    return max(RAY_RADIUS_M, RADIUS_PER_DISTANCE * distance_m)


@part
def _arc_height(x_m: float, chord_m: float, radius_m: float) -> float:
    """Height of an arc over its chord at `x_m` along the chord; 0 for a `radius_m` of 0, which stands for straight."""
    if radius_m <= 0.0:
        return 0.0
    half = chord_m / 2.0
    return math.sqrt(radius_m * radius_m - (x_m - half) ** 2) - math.sqrt(radius_m * radius_m - half * half)


@part
def _mean_plane(x: FloatArray, z: FloatArray, first: int, last: int) -> tuple[float, float]:
    """Slope and height at x[first] of the least-squares line through the ground, eqs. 2.5.3 and 2.5.4.

    The line is fitted to the polyline itself, not to its vertices; vertical faces have no length and no weight.
    """
    length = x[last] - x[first]
    if length < TOLERANCE_M:
        return 0.0, z[first]
    area = 0.0
    moment = 0.0
    for i in range(first, last):
        dx = x[i + 1] - x[i]
        if dx <= 0.0:
            continue
        u = x[i] - x[first]
        area += dx * (z[i] + z[i + 1]) / 2.0
        moment += dx * (u * (z[i] + z[i + 1]) / 2.0 + dx * (z[i] + 2.0 * z[i + 1]) / 6.0)
    slope = 12.0 * (moment - area * length / 2.0) / length**3
    return slope, area / length - slope * length / 2.0


@part
def _ground_effect(
    favourable: bool, dp: float, zs: float, zr: float, g_path: float, g_source: float, at_receiver: bool,
    out: FloatArray,
) -> None:  # fmt: skip
    """Attenuation by the ground in dB per band, eqs. 2.5.14 to 2.5.20.

    `dp` is the distance and `zs`, `zr` are heights in terms of the mean plane. `at_receiver` marks the part behind an
    obstacle, where the ground near the source has no say.
    """
    reach = 30.0 * (zs + zr)
    g_near = g_path  # G'path, eq. 2.5.14
    if dp <= reach and not at_receiver:
        g_near = g_path * dp / reach + g_source * (1.0 - dp / reach)
    g_w = g_path if favourable else g_near
    lowest = -3.0 * (1.0 - g_near)
    if favourable and dp > reach:
        lowest *= 1.0 + 2.0 * (1.0 - reach / dp)  # eq. 2.5.20
    if g_path == 0.0:
        for band in range(BANDS):
            out[band] = lowest if favourable else -3.0
        return
    if favourable:  # eq. 2.5.19
        total = max(zs + zr, TOLERANCE_M)
        turbulence = HEIGHT_BY_TURBULENCE * dp / total
        raised_s = zs + HEIGHT_BY_WIND * (zs / total) ** 2 * dp * dp / 2.0 + turbulence
        raised_r = zr + HEIGHT_BY_WIND * (zr / total) ** 2 * dp * dp / 2.0 + turbulence
        zs, zr = raised_s, raised_r
    g13 = g_w**1.3
    g26 = g13 * g13
    for band in range(BANDS):
        k = _WAVENUMBER[band]
        w = 0.0185 * _F25[band] * g26 / (_F15[band] * g26 + 1.3e3 * _F075[band] * g13 + 1.16e6)  # eq. 2.5.17
        wd = w * dp
        cf = dp * (1.0 + 3.0 * wd * math.exp(-math.sqrt(wd))) / (1.0 + wd)  # eq. 2.5.16
        soft = cf / k
        root = math.sqrt(2.0 * soft)
        product = (zs * zs - root * zs + soft) * (zr * zr - root * zr + soft)
        out[band] = max(-10.0 * math.log10(4.0 * k * k / (dp * dp) * product), lowest)  # eq. 2.5.15


@part
def _bend(term: float) -> float:
    """Attenuation in dB by diffraction, eq. 2.5.21 with Ch = 1; `term` is 40 C'' delta / lambda."""
    return 10.0 * math.log10(3.0 + term) if term >= -2.0 else 0.0


@part
def _distance(x0: float, z0: float, x1: float, z1: float) -> float:
    return math.sqrt((x1 - x0) ** 2 + (z1 - z0) ** 2)


@part
def _detour(
    favourable: bool, xs: float, zs: float, x1: float, z1: float, e: float, e_arc: float,
    x2: float, z2: float, xr: float, zr: float,
) -> float:  # fmt: skip
    """Path difference over edges 1 to 2, negative where the ray passes above them, eqs. 2.5.23 to 2.5.28.

    `e` is the way between the edges, `e_arc` the same along favourable rays.
    """
    d = _distance(xs, zs, xr, zr)
    before, behind = _distance(xs, zs, x1, z1), _distance(x2, z2, xr, zr)
    over = 1.0  # is an edge above the straight ray?
    line1 = zs + (zr - zs) * (x1 - xs) / (xr - xs)
    line2 = zs + (zr - zs) * (x2 - xs) / (xr - xs)
    if z1 < line1 and z2 < line2:
        over = -1.0
    if not favourable:
        return over * (before + e + behind - d)
    radius = _ray_radius(d)
    along = _arc(before, radius) + e_arc + _arc(behind, radius)
    if over > 0.0:
        return along - _arc(d, radius)
    left, right = _distance(xs, zs, x1, line1), _distance(x1, line1, xr, zr)  # eq. 2.5.26
    return 2.0 * _arc(left, radius) + 2.0 * _arc(right, radius) - along - _arc(d, radius)


@part
def _ground_line(
    x: FloatArray, top: FloatArray, base: FloatArray, kind: KindArray, n: int,
    gx: FloatArray, gz: FloatArray, first: IntArray, last: IntArray,
) -> int:  # fmt: skip
    """The ground with buildings on it as a line of some size, which is returned.

    `first` and `last` receive the indices at which a point of the profile touches it.
    """
    inside = False
    for i in range(n):
        if kind[i] == EXIT:
            inside = True
            break
        if kind[i] == ENTER or kind[i] == THIN:
            break
    m = 0
    for i in range(n):
        first[i] = m
        if kind[i] == ENTER or kind[i] == THIN:
            gx[m], gz[m] = x[i], base[i]
            m += 1
            inside = True
        if kind[i] == ENTER or kind[i] == THIN or kind[i] == EXIT:
            gx[m], gz[m] = x[i], top[i]
            m += 1
            if kind[i] != ENTER:
                gx[m], gz[m] = x[i], base[i]
                m += 1
                inside = False
        elif kind[i] != GROUND and not (inside and kind[i] == TOPOGRAPHY):
            gx[m], gz[m] = x[i], base[i]
            m += 1
        last[i] = m - 1
        first[i] = min(first[i], m - 1)
    return m


@part
def _mean_ground_factor(x: FloatArray, g: FloatArray, kind: KindArray, i0: int, i1: int) -> float:
    """Length-weighted ground factor between two points; roofs are hard."""
    inside = False
    total = 0.0
    for i in range(i1):
        if kind[i] == ENTER:
            inside = True
        elif kind[i] == EXIT:
            inside = False
        if i >= i0:
            total += (x[i + 1] - x[i]) * (ROOF_GROUND_FACTOR if inside else g[i])
    length = x[i1] - x[i0]
    return total / length if length > TOLERANCE_M else float(g[i0])


@part
def _upper_hull(
    x: FloatArray, top: FloatArray, kind: KindArray, n: int, radius: float, over_walls: bool,
    hull: IntArray,
) -> int:  # fmt: skip
    """Indices of the points over which a taut string runs from the source to the receiver. Returns their number.

    With a `radius` above 0 the string is bent like favourable rays: the profile sinks by the height of the arc.
    """
    length = x[n - 1]
    size = 0
    for i in range(n):
        edge = kind[i] == TOPOGRAPHY or (over_walls and (kind[i] == ENTER or kind[i] == EXIT or kind[i] == THIN))
        if not (edge or i == 0 or i == n - 1):
            continue
        zi = top[i] - _arc_height(x[i], length, radius)
        while size >= 2:
            a, b = hull[size - 2], hull[size - 1]
            za = top[a] - _arc_height(x[a], length, radius)
            zb = top[b] - _arc_height(x[b], length, radius)
            if (zb - za) * (x[i] - x[a]) > (zi - za) * (x[b] - x[a]) + TOLERANCE_M * (x[i] - x[a]):
                break
            size -= 1
        hull[size] = i
        size += 1
    return size


@part
def _part(
    gx: FloatArray, gz: FloatArray, i0: int, i1: int, xa: float, za: float, xb: float, zb: float, out: FloatArray
) -> None:
    """Two points seen from the mean plane of the ground between them.

    Fills `out` with: distance along the plane, heights of a and b above it (signed), image of a, image of b.
    """
    slope, height = _mean_plane(gx, gz, i0, i1)
    norm = math.sqrt(1.0 + slope * slope)
    ha = (za - height - slope * (xa - gx[i0])) / norm
    hb = (zb - height - slope * (xb - gx[i0])) / norm
    out[0] = ((xb - xa) + slope * (zb - za)) / norm
    out[1], out[2] = ha, hb
    out[3], out[4] = xa + 2.0 * ha * slope / norm, za - 2.0 * ha / norm
    out[5], out[6] = xb + 2.0 * hb * slope / norm, zb - 2.0 * hb / norm


@part
def _behind_ground(ground: float, bend_image: float, bend_straight: float) -> float:
    """Effect of the ground on one side of an obstacle, eqs. 2.5.31 and 2.5.32; not-a-number where they break down."""
    inner = 1.0 + (10.0 ** (-ground / 20.0) - 1.0) * 10.0 ** (-(bend_image - bend_straight) / 20.0)
    return -20.0 * math.log10(inner) if inner > 0.0 else math.nan


@part
def _over_edges(
    favourable: bool, x: FloatArray, top: FloatArray, g: FloatArray, kind: KindArray, n: int,
    gx: FloatArray, gz: FloatArray, m: int, first: IntArray, last: IntArray,
    i1: int, i2: int, e: float, e_arc: float, g_source: float, only_rayleigh: bool,
    near: FloatArray, far: FloatArray, ground_s: FloatArray, ground_r: FloatArray, out: FloatArray,
) -> None:  # fmt: skip
    """Diffraction with ground on both sides over edges i1 to i2, 2.5.6, into `out`, shape (2, 8).

    With `only_rayleigh` the edge lies below the ray; bands in which the Rayleigh criterion fails keep what they have.
    """
    xs, zs, xr, zr = x[0], top[0], x[n - 1], top[n - 1]
    x1, z1, x2, z2 = x[i1], top[i1], x[i2], top[i2]
    _part(gx, gz, 0, first[i1], xs, zs, x1, z1, near)
    _part(gx, gz, last[i2], m - 1, x2, z2, xr, zr, far)
    straight = _detour(favourable, xs, zs, x1, z1, e, e_arc, x2, z2, xr, zr)
    image_s = _detour(favourable, near[3], near[4], x1, z1, e, e_arc, x2, z2, xr, zr)
    image_r = _detour(favourable, xs, zs, x1, z1, e, e_arc, x2, z2, far[5], far[6])
    images = _detour(favourable, near[3], near[4], x1, z1, e, e_arc, x2, z2, far[5], far[6])
    g_near = _mean_ground_factor(x, g, kind, 0, i1)
    g_far = _mean_ground_factor(x, g, kind, i2, n - 1)
    _ground_effect(favourable, near[0], abs(near[1]), abs(near[2]), g_near, g_source, False, ground_s)
    _ground_effect(favourable, far[0], abs(far[1]), abs(far[2]), g_far, g_source, True, ground_r)
    for band in range(BANDS):
        wave = _WAVELENGTH[band]
        if straight < 0.0 and not (straight > -wave / 20.0 and straight > wave / 4.0 - images):
            if not only_rayleigh:
                out[DIFFRACTION_TERM, band] = 0.0
            continue
        c = 40.0 / wave
        if e > THIN_M:  # eq. 2.5.22
            ratio = (5.0 * wave / e) ** 2
            c *= (1.0 + ratio) / (1.0 / 3.0 + ratio)
        bend_sr = _bend(c * straight)
        bend_s = _bend(c * image_s)
        bend_r = _bend(c * image_r)
        # A source or receiver below its mean plane is bent like its image: 2.5.6 as amended, after eq. 2.5.32.
        by_s = _behind_ground(ground_s[band], bend_s, bend_sr) if near[1] >= 0.0 else math.nan
        if math.isnan(by_s):
            by_s = ground_s[band]
            bend_sr = bend_s
        by_r = _behind_ground(ground_r[band], bend_r, bend_sr) if far[2] >= 0.0 else math.nan
        if math.isnan(by_r):
            by_r = ground_r[band]
            bend_sr = bend_r
        out[GROUND_TERM, band] = 0.0
        out[DIFFRACTION_TERM, band] = min(max(bend_sr, 0.0), MOST_DIFFRACTION_DB) + by_s + by_r


@part
def _nearest_edge(x: FloatArray, top: FloatArray, kind: KindArray, n: int) -> int:
    """The edge over which a ray that passes above all of them has the smallest detour, or 0."""
    best, least = 0, math.inf
    for i in range(1, n - 1):
        if kind[i] == TOPOGRAPHY or kind[i] == ENTER or kind[i] == EXIT or kind[i] == THIN:
            detour = _distance(x[0], top[0], x[i], top[i]) + _distance(x[i], top[i], x[n - 1], top[n - 1])
            if detour < least:
                best, least = i, detour
    return best


@kernel("void(f8[::1], f8[::1], f8[::1], f8[::1], i1[::1], i8, f8, f8, f8[:,::1], i8[:,::1], f8[:,:,::1])")
def attenuate(
    x: FloatArray, top: FloatArray, base: FloatArray, g: FloatArray, kind: KindArray, n: int,
    direct_m: float, g_source: float, work: FloatArray, index: IntArray, out: FloatArray,
) -> None:  # fmt: skip
    """Ground and diffraction terms in dB along a profile of `n` points, into `out`, shape (2 weathers, 2 terms, 8).

    `x`, `top`, `base`: distance along the path, height of the point itself (source, receiver, top of a wall) and of
    the ground under it, metres; `g`: ground factor from there to the next point; `direct_m`: straight distance from
    source to receiver, which a path around vertical edges exceeds; `g_source`: ground factor at the source. `work`
    needs shape (2, 3 n + 24) and `index` (4, n); `index[2 + weather]` receives the hull, ended by the receiver.
    """
    _attenuate(x, top, base, g, kind, n, direct_m, g_source, work, index, out)


@part
def _attenuate(
    x: FloatArray, top: FloatArray, base: FloatArray, g: FloatArray, kind: KindArray, n: int,
    direct_m: float, g_source: float, work: FloatArray, index: IntArray, out: FloatArray,
) -> None:  # fmt: skip
    gx, gz = work[0], work[1]
    first, last = index[0], index[1]
    tail = work.shape[1]
    near, far = work[0, tail - 8 :], work[1, tail - 8 :]
    ground_s, ground_r = work[0, tail - 16 : tail - 8], work[1, tail - 16 : tail - 8]
    m = _ground_line(x, top, base, kind, n, gx, gz, first, last)
    length = x[n - 1]
    lateral = False
    for i in range(n):
        lateral = lateral or kind[i] == VERTICAL_EDGE
    distance = _distance(0.0, top[0], length, top[n - 1])
    g_path = _mean_ground_factor(x, g, kind, 0, n - 1)
    for weather in range(2):
        favourable = weather == FAVOURABLE
        _part(gx, gz, 0, m - 1, 0.0, top[0], length, top[n - 1], near)
        # 2.5.3: a point below the mean plane counts as lying on it. Around vertical edges the unfolded ground is no
        # vertical section and the distance to the plane counts on either side.
        hs = abs(near[1]) if lateral else max(near[1], 0.0)
        hr = abs(near[2]) if lateral else max(near[2], 0.0)
        _ground_effect(favourable, near[0], hs, hr, g_path, g_source, False, out[weather, GROUND_TERM])
        for band in range(BANDS):
            out[weather, DIFFRACTION_TERM, band] = 0.0
        hull = index[2 + weather]
        radius = _ray_radius(distance) if favourable else 0.0
        size = _upper_hull(x, top, kind, n, radius, not lateral, hull)
        if lateral:
            _around(x, top, kind, n, hull, size, direct_m, out[weather, DIFFRACTION_TERM])
            continue
        if size == 2:
            i = _nearest_edge(x, top, kind, n)
            if i > 0:
                _over_edges(
                    favourable, x, top, g, kind, n, gx, gz, m, first, last, i, i, 0.0, 0.0, g_source, True,
                    near, far, ground_s, ground_r, out[weather],
                )  # fmt: skip
            continue
        e, e_arc = 0.0, 0.0
        for h in range(1, size - 2):
            a, b = hull[h], hull[h + 1]
            step = _distance(x[a], top[a], x[b], top[b])
            e += step
            e_arc += _arc(step, radius) if favourable else step
        _over_edges(
            favourable, x, top, g, kind, n, gx, gz, m, first, last, hull[1], hull[size - 2], e, e_arc, g_source, False,
            near, far, ground_s, ground_r, out[weather],
        )  # fmt: skip


@part
def _around(
    x: FloatArray, top: FloatArray, kind: KindArray, n: int, hull: IntArray, size: int,
    direct_m: float, out: FloatArray,
) -> None:  # fmt: skip
    """Diffraction around vertical edges, 2.5.6: the detour is the whole way less the straight distance.

    The bound of 25 dB is for horizontal edges only.
    """
    way, e, edges = 0.0, 0.0, 0
    previous, h = 0, 1
    for i in range(1, n):
        over = h < size and hull[h] == i
        h += 1 if over else 0
        if not (over or kind[i] == VERTICAL_EDGE):
            continue
        step = _distance(x[previous], top[previous], x[i], top[i])
        way += step
        if edges > 0 and i < n - 1:
            e += step
        edges += 1
        previous = i
    for band in range(BANDS):
        wave = _WAVELENGTH[band]
        c = 40.0 / wave
        if e > THIN_M:
            ratio = (5.0 * wave / e) ** 2
            c *= (1.0 + ratio) / (1.0 / 3.0 + ratio)
        out[band] = max(_bend(c * (way - direct_m)), 0.0)


@kernel("b1(f8[::1], f8[::1], i8[::1], b1, i8, f8, f8[::1])")
def edge_loss(
    x: FloatArray, top: FloatArray, hull: IntArray, favourable: bool, point: int, wall_top_m: float, loss: FloatArray
) -> bool:
    """Loss in dB per band as the path is reflected near the upper edge of a wall, eqs. 2.5.36 and 2.5.37, into `loss`.

    The wall stands at `point` of the profile; `hull` holds the points over which the path bends, source and receiver
    included: the nearest ones act as source and receiver. False when the ray passes over the wall.
    """
    length = x[-1]
    radius = _ray_radius(_distance(x[0], top[0], length, top[-1])) if favourable else 0.0
    a, b = 0, len(x) - 1
    for i in hull:
        if i < point:
            a = i
    for i in hull[::-1]:
        if i > point:
            b = i
    if x[b] - x[a] < TOLERANCE_M:
        return False
    low = top[a] - _arc_height(x[a], length, radius)
    high = top[b] - _arc_height(x[b], length, radius)
    ray = low + (high - low) * (x[point] - x[a]) / (x[b] - x[a]) + _arc_height(x[point], length, radius)
    if ray > wall_top_m + 1e-6:
        return False
    before = _distance(x[a], top[a], x[point], wall_top_m)
    behind = _distance(x[point], wall_top_m, x[b], top[b])
    straight = _distance(x[a], top[a], x[b], top[b])
    if favourable:
        before, behind, straight = _arc(before, radius), _arc(behind, radius), _arc(straight, radius)
    for band in range(BANDS):
        loss[band] = _bend(40.0 / _WAVELENGTH[band] * (straight - before - behind))
    return True
