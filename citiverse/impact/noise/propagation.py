"""Attenuation along one path from a source to a receiver (CNOSSOS-EU, Directive 2002/49/EC, Annex II, 2.5).

A path is a profile: points from the source to the receiver, x being the distance along the path in the horizontal
plane. Everything here is compiled, releases the GIL, allocates nothing and gives the same bits on every run, so that
the reference cases and a whole city go through the same code. Formula numbers are the directive's as amended by
2021/1226; ISO/TR 17534-4:2020 settles what the directive leaves open.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.kernel import kernel, part
from citiverse.impact.noise.emission import BANDS_HZ

KindArray = NDArray[np.int8]
SingleArray = NDArray[np.float32]

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

_NEPER = math.log(10.0) / 10.0
_MOST_DIFFRACTION = 10.0 ** (MOST_DIFFRACTION_DB / 10.0)
_AT_ONE_METRE = 10.0**-1.1  # eq. 2.5.12
_WAVELENGTH = np.array([SPEED_OF_SOUND / f for f in BANDS_HZ])
_WAVENUMBER = 2.0 * np.pi / _WAVELENGTH
_TILT = np.log((np.array(BANDS_HZ, dtype=np.float64) + 600.0) / 200.0)  # eq. 2.3.16
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
    """Share of energy per band that the ground leaves, 10^(-A/10) with A of eqs. 2.5.14 to 2.5.20.

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
    if g_path == 0.0 and not favourable:
        lowest = -3.0
    most = math.exp(-lowest * _NEPER)
    if g_path == 0.0:
        out[:] = most
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
        out[band] = min(4.0 * k * k / (dp * dp) * product, most)  # eq. 2.5.15


@part
def _bend(term: float) -> float:
    """How many times weaker diffraction makes the sound, 10^(D/10) with D of eq. 2.5.21 and Ch = 1.

    `term` is 40 C'' delta / lambda.
    """
    return 3.0 + term if term >= -2.0 else 1.0


@part
def _distance(x0: float, z0: float, x1: float, z1: float) -> float:
    dx, dz = x1 - x0, z1 - z0
    return math.sqrt(dx * dx + dz * dz)


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
    sunk: FloatArray, hull: IntArray,
) -> int:  # fmt: skip
    """Indices of the points over which a taut string runs from the source to the receiver. Returns their number.

    With a `radius` above 0 the string is bent like favourable rays: the profile sinks by the height of the arc. `sunk`
    is room for that.
    """
    length = x[n - 1]
    size = 0
    for i in range(n):
        edge = kind[i] == TOPOGRAPHY or (over_walls and (kind[i] == ENTER or kind[i] == EXIT or kind[i] == THIN))
        if not (edge or i == 0 or i == n - 1):
            continue
        sunk[i] = top[i] - _arc_height(x[i], length, radius)
        while size >= 2:
            a, b = hull[size - 2], hull[size - 1]
            ahead = x[i] - x[a]
            if (sunk[b] - sunk[a]) * ahead > (sunk[i] - sunk[a]) * (x[b] - x[a]) + TOLERANCE_M * ahead:
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
    out[0] = max(abs((xb - xa) + slope * (zb - za)) / norm, TOLERANCE_M)
    out[1], out[2] = ha, hb
    out[3], out[4] = xa + 2.0 * ha * slope / norm, za - 2.0 * ha / norm
    out[5], out[6] = xb + 2.0 * hb * slope / norm, zb - 2.0 * hb / norm


@part
def _behind_ground(ground: float, bend_image: float, bend_straight: float) -> float:
    """Share of energy that the ground leaves on one side of an obstacle, eqs. 2.5.31 and 2.5.32; -1 where they fail."""
    inner = 1.0 + (math.sqrt(ground) - 1.0) * math.sqrt(bend_straight / bend_image)
    return inner * inner if inner > 0.0 else -1.0


@part
def _over_edges(
    favourable: bool, x: FloatArray, top: FloatArray, g: FloatArray, kind: KindArray, n: int,
    gx: FloatArray, gz: FloatArray, m: int, first: IntArray, last: IntArray,
    i1: int, i2: int, e: float, e_arc: float, g_source: float, again: bool,
    near: FloatArray, far: FloatArray, ground_s: FloatArray, ground_r: FloatArray, out: FloatArray,
) -> None:  # fmt: skip
    """Diffraction with ground on both sides over edges i1 to i2, 2.5.6, as shares of energy into `out`, shape (2, 8).

    With `again`, `near` and `far` hold the planes and ground factors for these edges already.

    Where the ray passes above, bands in which the Rayleigh criterion fails keep what they have.
    """
    xs, zs, xr, zr = x[0], top[0], x[n - 1], top[n - 1]
    x1, z1, x2, z2 = x[i1], top[i1], x[i2], top[i2]
    if not again:
        _part(gx, gz, 0, first[i1], xs, zs, x1, z1, near)
        _part(gx, gz, last[i2], m - 1, x2, z2, xr, zr, far)
        near[7] = _mean_ground_factor(x, g, kind, 0, i1)
        far[7] = _mean_ground_factor(x, g, kind, i2, n - 1)
    straight = _detour(favourable, xs, zs, x1, z1, e, e_arc, x2, z2, xr, zr)
    if straight <= -_WAVELENGTH[0] / 20.0:
        return
    image_s = _detour(favourable, near[3], near[4], x1, z1, e, e_arc, x2, z2, xr, zr)
    image_r = _detour(favourable, xs, zs, x1, z1, e, e_arc, x2, z2, far[5], far[6])
    images = _detour(favourable, near[3], near[4], x1, z1, e, e_arc, x2, z2, far[5], far[6])
    _ground_effect(favourable, near[0], abs(near[1]), abs(near[2]), near[7], g_source, False, ground_s)
    _ground_effect(favourable, far[0], abs(far[1]), abs(far[2]), far[7], g_source, True, ground_r)
    for band in range(BANDS):
        wave = _WAVELENGTH[band]
        if straight < 0.0 and not (straight > -wave / 20.0 and straight > wave / 4.0 - images):
            continue
        c = 40.0 / wave
        if e > THIN_M:  # eq. 2.5.22
            ratio = (5.0 * wave / e) ** 2
            c *= (1.0 + ratio) / (1.0 / 3.0 + ratio)
        bend_sr = _bend(c * straight)
        bend_s = _bend(c * image_s)
        bend_r = _bend(c * image_r)
        # A source or receiver below its mean plane is bent like its image: 2.5.6 as amended, after eq. 2.5.32.
        by_s = _behind_ground(ground_s[band], bend_s, bend_sr) if near[1] >= 0.0 else -1.0
        if by_s < 0.0:
            by_s = ground_s[band]
            bend_sr = bend_s
        by_r = _behind_ground(ground_r[band], bend_r, bend_sr) if far[2] >= 0.0 else -1.0
        if by_r < 0.0:
            by_r = ground_r[band]
            bend_sr = bend_r
        out[GROUND_TERM, band] = 1.0
        out[DIFFRACTION_TERM, band] = by_s * by_r / min(max(bend_sr, 1.0), _MOST_DIFFRACTION)


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
    needs shape (3, 3 n + 24) and `index` (4, n); `index[2 + weather]` receives the hull, ended by the receiver.
    """
    _attenuate(x, top, base, g, kind, n, direct_m, g_source, work, index, out)
    for weather in range(2):
        for term in range(2):
            for band in range(BANDS):
                out[weather, term, band] = 0.0 - 10.0 * math.log10(out[weather, term, band])


@part
def _attenuate(
    x: FloatArray, top: FloatArray, base: FloatArray, g: FloatArray, kind: KindArray, n: int,
    direct_m: float, g_source: float, work: FloatArray, index: IntArray, out: FloatArray,
) -> None:  # fmt: skip
    """The shares of energy that ground and diffraction leave, into `out`; the rest as in `attenuate`."""
    gx, gz = work[0], work[1]
    first, last = index[0], index[1]
    tail = work.shape[1]
    near, far = work[0, tail - 8 :], work[1, tail - 8 :]
    ground_s, ground_r = work[0, tail - 16 : tail - 8], work[1, tail - 16 : tail - 8]
    whole = work[0, tail - 24 : tail - 16]
    sunk = work[2]
    m = _ground_line(x, top, base, kind, n, gx, gz, first, last)
    length = x[n - 1]
    lateral = False
    for i in range(n):
        lateral = lateral or kind[i] == VERTICAL_EDGE
    distance = _distance(0.0, top[0], length, top[n - 1])
    g_path = _mean_ground_factor(x, g, kind, 0, n - 1)
    seen1, seen2 = -1, -1
    for weather in range(2):
        favourable = weather == FAVOURABLE
        hull = index[2 + weather]
        radius = _ray_radius(distance) if favourable else 0.0
        size = _upper_hull(x, top, kind, n, radius, not lateral, sunk, hull)
        i1, i2 = hull[1], hull[size - 2]
        e, e_arc = 0.0, 0.0
        for h in range(1, size - 2):
            a, b = hull[h], hull[h + 1]
            step = _distance(x[a], top[a], x[b], top[b])
            e += step
            e_arc += _arc(step, radius) if favourable else step
        if size == 2:
            i1 = i2 = _nearest_edge(x, top, kind, n)
        diffracted = size > 2 and not lateral
        if diffracted:
            diffracted = _detour(
                favourable, x[0], top[0], x[i1], top[i1], e, e_arc, x[i2], top[i2], length, top[n - 1]
            ) >= 0.0  # fmt: skip
        if not diffracted:
            _part(gx, gz, 0, m - 1, 0.0, top[0], length, top[n - 1], whole)
            # 2.5.3: a point below the mean plane counts as lying on it. Around vertical edges the unfolded ground is
            # no vertical section and the distance to the plane counts on either side.
            hs = abs(whole[1]) if lateral else max(whole[1], 0.0)
            hr = abs(whole[2]) if lateral else max(whole[2], 0.0)
            _ground_effect(favourable, whole[0], hs, hr, g_path, g_source, False, out[weather, GROUND_TERM])
            for band in range(BANDS):
                out[weather, DIFFRACTION_TERM, band] = 1.0
        if lateral:
            _around(x, top, kind, n, hull, size, direct_m, out[weather, DIFFRACTION_TERM])
        elif i1 > 0:
            _over_edges(
                favourable, x, top, g, kind, n, gx, gz, m, first, last, i1, i2, e, e_arc, g_source,
                i1 == seen1 and i2 == seen2, near, far, ground_s, ground_r, out[weather],
            )  # fmt: skip
            seen1, seen2 = i1, i2


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
        out[band] = 1.0 / max(_bend(c * (way - direct_m)), 1.0)


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
        loss[band] = 10.0 * math.log10(_bend(40.0 / _WAVELENGTH[band] * (straight - before - behind)))
    return True


# From here on: many paths through a city. Roads and tracks are cut into points, walls lie in a lattice of square cells.

MOST_WALLS = 400  # met on one path
MOST_SAMPLES = 48  # of ground or terrain along one path
MOST_POINTS = 2 * MOST_WALLS + 2 * MOST_SAMPLES + 16
MOST_OVERLAPPING = 16  # buildings over one point
MOST_PARTS = 64  # points that stand for one piece of road
SHORTEST_PART_M = 4.0
PART_PER_DISTANCE = 0.5  # a point stands for no more road than half its distance to the receiver
ROAD_HEIGHT_M, TRACK_HEIGHT_M = 0.05, 0.5  # of sources, figures 2.2.b and 2.3.b (source A: wheels and rails)
RECEIVER_HEIGHT_M = 4.0  # Directive 2002/49/EC, Annex I
NEAREST_M = 1.0
STREAMS = 8  # of road traffic that are added up apart; two stay empty, for processors add eight at a time
REFLECTOR_REACH_M = 30.0  # a wall further from the receiver is not looked at as a mirror
REFLECTED_REACH_M = 100.0  # from the source to the receiver; reflections of what is further away are left out
LEAST_REFLECTOR_M = 0.5  # 2.5.6, reflections: a wall has to be at least this wide
MOST_REFLECTORS = 256
FACADE_ITSELF_M = 2.5  # in front of a facade, what that facade itself throws back does not count: 2.8


class Site(NamedTuple):
    """What stands and lies between roads and receivers.

    `walls`: ax, ay, bx, by and the height of the roof, or of the wall over ground where its `owner` is -1 and not the
    index of a building. `cells` and `items`: the walls in each cell of the `lattice` (cell size, first column, first
    row, columns, rows). `ground`: ground factors, `terrain`: heights, empty when flat; their frames are x and y of the
    south-west corner and the cell size, for the terrain also the height where there is no grid.
    """

    walls: FloatArray
    owner: IntArray
    cells: IntArray
    items: IntArray
    lattice: FloatArray
    ground: FloatArray
    ground_frame: FloatArray
    terrain: FloatArray
    terrain_frame: FloatArray


class _Way(NamedTuple):
    """Room for one path: its profile, the walls it meets and the buildings it is over."""

    x: FloatArray
    top: FloatArray
    base: FloatArray
    g: FloatArray
    kind: KindArray
    at: FloatArray
    wall: IntArray
    active: IntArray
    seen: IntArray
    odd: IntArray


@part
def _raster(values: FloatArray, frame: FloatArray, x: float, y: float) -> float:
    """Value of the cell at a point."""
    rows, columns = values.shape
    column = min(max(math.floor((x - frame[0]) / frame[2]), 0), columns - 1)
    row = min(max(math.floor((y - frame[1]) / frame[2]), 0), rows - 1)
    return float(values[row, column])


@part
def _height(terrain: FloatArray, frame: FloatArray, x: float, y: float) -> float:
    """Ground height at a point, bilinear between the centres of cells."""
    rows, columns = terrain.shape
    if rows == 0:
        return float(frame[3])
    u = min(max((x - frame[0]) / frame[2] - 0.5, 0.0), columns - 1.0)
    v = min(max((y - frame[1]) / frame[2] - 0.5, 0.0), rows - 1.0)
    i, j = min(int(v), max(rows - 2, 0)), min(int(u), max(columns - 2, 0))
    i1, j1 = min(i + 1, rows - 1), min(j + 1, columns - 1)
    s, t = u - j, v - i
    low = terrain[i, j] * (1.0 - s) + terrain[i, j1] * s
    high = terrain[i1, j] * (1.0 - s) + terrain[i1, j1] * s
    return float(low * (1.0 - t) + high * t)


@part
def _meets(x0: float, y0: float, x1: float, y1: float, box: FloatArray) -> bool:
    """Whether a straight line meets a box (west, south, east, north)."""
    enter, leave = 0.0, 1.0
    for axis in range(2):
        start, step = (x0, x1 - x0) if axis == 0 else (y0, y1 - y0)
        low, high = box[axis], box[axis + 2]
        if step == 0.0:
            if start < low or start > high:
                return False
            continue
        a, b = (low - start) / step, (high - start) / step
        enter, leave = max(enter, min(a, b)), min(leave, max(a, b))
    return enter <= leave


@part
def _walls_in_cell(
    site: Site, cell: int, sx: float, sy: float, dx: float, dy: float, way: _Way, stamp: int, n: int
) -> int:
    """Add the walls of a cell that the path crosses, in the order of the way. Returns their number so far."""
    for k in range(site.cells[cell], site.cells[cell + 1]):
        i = site.items[k]
        if way.seen[i] == stamp:
            continue
        way.seen[i] = stamp
        ax, ay, bx, by = site.walls[i, 0], site.walls[i, 1], site.walls[i, 2], site.walls[i, 3]
        side_a = dx * (ay - sy) - dy * (ax - sx)
        side_b = dx * (by - sy) - dy * (bx - sx)
        if (side_a >= 0.0) == (side_b >= 0.0):
            continue
        u = side_a / (side_a - side_b)
        t = ((ax + u * (bx - ax) - sx) * dx + (ay + u * (by - ay) - sy) * dy) / (dx * dx + dy * dy)
        if t <= 0.0 or t >= 1.0 or n == MOST_WALLS:
            continue
        j = n
        while j > 0 and way.at[j - 1] > t:
            way.at[j], way.wall[j] = way.at[j - 1], way.wall[j - 1]
            j -= 1
        way.at[j], way.wall[j] = t, i
        n += 1
    return n


@part
def _walls_met(site: Site, sx: float, sy: float, rx: float, ry: float, way: _Way, stamp: int) -> int:
    """Walk through the lattice from one point to another and note the walls on the way. Returns their number."""
    dx, dy = rx - sx, ry - sy
    size = site.lattice[0]
    west, south, columns, rows = (
        int(site.lattice[1]), int(site.lattice[2]), int(site.lattice[3]), int(site.lattice[4])
    )  # fmt: skip
    column, row = math.floor(sx / size), math.floor(sy / size)
    steps = abs(math.floor(rx / size) - column) + abs(math.floor(ry / size) - row)
    step_x, step_y = (1 if dx > 0.0 else -1), (1 if dy > 0.0 else -1)
    next_x = ((column + (dx > 0.0)) * size - sx) / dx if dx != 0.0 else math.inf
    next_y = ((row + (dy > 0.0)) * size - sy) / dy if dy != 0.0 else math.inf
    n = 0
    for _ in range(steps + 1):
        if 0 <= column - west < columns and 0 <= row - south < rows:
            n = _walls_in_cell(site, (row - south) * columns + column - west, sx, sy, dx, dy, way, stamp, n)
        if next_x < next_y:
            next_x += step_x * size / dx
            column += step_x
        elif next_y < math.inf:
            next_y += step_y * size / dy
            row += step_y
    return n


@part
def _add(way: _Way, n: int, x: float, top: float, base: float, g: float, kind: int) -> int:
    """Add a point to the profile. Returns the number of points."""
    way.x[n], way.top[n], way.base[n], way.g[n], way.kind[n] = x, top, base, g, kind
    return n + 1


@part
def _enter_or_leave(site: Site, way: _Way, wall: int, inside: int) -> int:
    """Note that the path goes through a wall of a building. Returns over how many buildings it is then."""
    if way.odd[site.owner[wall]] != 0:
        return inside
    for a in range(inside):
        if site.owner[way.active[a]] == site.owner[wall]:
            way.active[a] = way.active[inside - 1]
            return inside - 1
    if inside == MOST_OVERLAPPING:
        return inside
    way.active[inside] = wall
    return inside + 1


@part
def _roof(site: Site, way: _Way, inside: int) -> float:
    """Height of the highest of the roofs that the path is over."""
    highest = -math.inf
    for a in range(inside):
        highest = max(highest, site.walls[way.active[a], 4])
    return highest


@part
def _mark_odd(site: Site, way: _Way, met: int) -> None:
    """Mark the buildings with an odd number of crossings: the path starts within them."""
    for k in range(met):
        if site.owner[way.wall[k]] >= 0:
            way.odd[site.owner[way.wall[k]]] ^= 1


@part
def _clear_odd(site: Site, way: _Way, met: int) -> None:
    for k in range(met):
        if site.owner[way.wall[k]] >= 0:
            way.odd[site.owner[way.wall[k]]] = 0


@part
def _trace(
    site: Site, sx: float, sy: float, sz: float, up: float, rx: float, ry: float, rz: float, way: _Way, stamp: int
) -> int:
    """The profile between a source, `up` over the ground, and a receiver; sz and rz are heights of the ground there.

    Returns its number of points.

    Buildings that overlap count with the highest roof at each point; one that contains the source is left out.
    """
    dx, dy = rx - sx, ry - sy
    length = max(_distance(sx, sy, rx, ry), NEAREST_M)
    met = _walls_met(site, sx, sy, rx, ry, way, stamp)
    _mark_odd(site, way, met)
    grounds = min(math.ceil(length / site.ground_frame[2]), MOST_SAMPLES)
    heights = 0
    if len(site.terrain) > 0:
        heights = min(math.ceil(length / site.terrain_frame[2]), MOST_SAMPLES)
    half = 0.5 / grounds
    g = _raster(site.ground, site.ground_frame, sx + half * dx, sy + half * dy)
    n = _add(way, 0, 0.0, sz + up, sz, g, SOURCE)
    k, i, j, inside, roof = 0, 1, 1, 0, -math.inf
    while True:
        t_wall = way.at[k] if k < met else 2.0
        t_ground = i / grounds if i < grounds else 2.0
        t = min(t_wall, t_ground, j / heights if j < heights else 2.0)
        if t > 1.0:
            break
        if t == t_ground:
            i += 1
            value = _raster(site.ground, site.ground_frame, sx + (t + half) * dx, sy + (t + half) * dy)
            if value != g:
                g = value
                n = _add(way, n, t * length, 0.0, 0.0, g, GROUND)
            continue
        z = _height(site.terrain, site.terrain_frame, sx + t * dx, sy + t * dy)
        if t != t_wall:
            j += 1
            n = _add(way, n, t * length, z, z, g, TOPOGRAPHY)
            continue
        thin, was_inside = 0.0, inside
        while k < met and way.at[k] == t:
            w = way.wall[k]
            k += 1
            if site.owner[w] < 0:
                thin = max(thin, site.walls[w, 4])
            else:
                inside = _enter_or_leave(site, way, w, inside)
        new_roof = _roof(site, way, inside)
        if was_inside > 0 and new_roof != roof:
            n = _add(way, n, t * length, max(roof, z + TOLERANCE_M), z, g, EXIT)
        if inside > 0 and new_roof != roof:
            n = _add(way, n, t * length, max(new_roof, z + TOLERANCE_M), z, g, ENTER)
        elif thin > 0.0 and was_inside == 0 and inside == 0:
            n = _add(way, n, t * length, z + thin, z, g, THIN)
        roof = new_roof
    _clear_odd(site, way, met)
    return _add(way, n, length, rz + RECEIVER_HEIGHT_M, rz, g, RECEIVER)


@part
def _nearest(vertices: FloatArray, v0: int, v1: int, x: float, y: float) -> float:
    """Distance from a point to a polyline in plan."""
    least = math.inf
    for v in range(v0, v1 - 1):
        ax, ay = vertices[v, 0], vertices[v, 1]
        bx, by = vertices[v + 1, 0] - ax, vertices[v + 1, 1] - ay
        squared = bx * bx + by * by
        t = min(max(((x - ax) * bx + (y - ay) * by) / squared, 0.0), 1.0) if squared > 0.0 else 0.0
        least = min(least, _distance(ax + t * bx, ay + t * by, x, y))
    return least


@part
def _cut(vertices: FloatArray, v0: int, v1: int, x: float, y: float, points: FloatArray) -> int:
    """Points in the middle of equal parts of a piece, shorter parts nearer to (x, y). Returns their number.

    `points` receives x, y, the height of the ground, and which way the piece runs.
    """
    length = vertices[v1 - 1, 3]
    step = max(SHORTEST_PART_M, PART_PER_DISTANCE * _nearest(vertices, v0, v1, x, y))
    parts: int = min(max(math.ceil(length / step), 1), MOST_PARTS)
    v = v0
    for k in range(parts):
        s = (k + 0.5) * length / parts
        while v < v1 - 2 and vertices[v + 1, 3] < s:
            v += 1
        span = vertices[v + 1, 3] - vertices[v, 3]
        t = (s - vertices[v, 3]) / span if span > 0.0 else 0.0
        for axis in range(3):
            points[k, axis] = vertices[v, axis] + t * (vertices[v + 1, axis] - vertices[v, axis])
        for axis in range(2):
            along = vertices[v + 1, axis] - vertices[v, axis]
            points[k, 3 + axis] = along / span if span > 0.0 else 0.0
    return parts


@part
def _apart(box: FloatArray, x: float, y: float, dirty: FloatArray) -> bool:
    """Whether no path from within a box to (x, y) can meet one of the dirty boxes."""
    west, south, east, north = min(box[0], x), min(box[1], y), max(box[2], x), max(box[3], y)
    for b in range(len(dirty)):
        if dirty[b, 0] <= east and dirty[b, 2] >= west and dirty[b, 1] <= north and dirty[b, 3] >= south:
            return False
    return True


@part
def _far(x: float, y: float, reach_m: float, boxes: FloatArray) -> bool:
    """Whether all boxes are further from (x, y) than that."""
    for b in range(len(boxes)):
        dx = max(boxes[b, 0] - x, x - boxes[b, 2], 0.0)
        dy = max(boxes[b, 1] - y, y - boxes[b, 3], 0.0)
        if _distance(0.0, 0.0, dx, dy) <= reach_m:
            return False
    return True


@part
def _touched(points: FloatArray, parts: int, x: float, y: float, dirty: FloatArray) -> bool:
    """Whether any path from the points to (x, y) meets one of the boxes."""
    for b in range(len(dirty)):
        for k in range(parts):
            if _meets(points[k, 0], points[k, 1], x, y, dirty[b]):
                return True
    return False


@part
def _pass_on(
    way: _Way, n: int, air: FloatArray, work: FloatArray, index: IntArray, share: FloatArray, energy: FloatArray,
    kept: float, toward: FloatArray,
) -> None:  # fmt: skip
    """Add the share of a source's energy that comes along a path to `energy`, homogeneous bands first.

    `kept` is what reflection leaves of it, `toward` how much the source sends this way, shape (8,).
    """
    distance = _distance(way.x[0], way.top[0], way.x[n - 1], way.top[n - 1])
    _attenuate(way.x, way.top, way.base, way.g, way.kind, n, distance, 0.0, work, index, share)
    spread = kept * _AT_ONE_METRE / (distance * distance)
    for band in range(BANDS):
        common = spread * toward[band] * math.exp(-air[band] * distance * _NEPER)
        for weather in range(2):
            left = share[weather, GROUND_TERM, band] * share[weather, DIFFRACTION_TERM, band]
            energy[weather * BANDS + band] += common * left


@part
def _beam(ux: float, uy: float, dx: float, dy: float, dz: float, toward: FloatArray) -> None:
    """How much wheels and rails send in a direction (dx, dy, dz), `toward`, shape (8,), eqs. 2.3.15 and 2.3.16.

    Wheels and rails sound to the sides of the track, which runs along (ux, uy).
    """
    plan = dx * dx + dy * dy
    across = (ux * dy - uy * dx) ** 2 / plan if plan > 0.0 else 1.0
    level = 0.01 + 0.99 * across
    tilt = 0.0
    if dz > 0.0:
        up = dz / math.sqrt(plan + dz * dz)
        tilt = 40.0 / 3.0 * (2.0 / 3.0 * 2.0 * up * math.sqrt(1.0 - up * up) - up)
    for band in range(BANDS):
        toward[band] = level * math.exp(0.1 * tilt * _TILT[band])


@part
def _distance_to_wall(wall: FloatArray, x: float, y: float) -> float:
    bx, by = wall[2] - wall[0], wall[3] - wall[1]
    squared = bx * bx + by * by
    t = min(max(((x - wall[0]) * bx + (y - wall[1]) * by) / squared, 0.0), 1.0) if squared > 0.0 else 0.0
    return _distance(wall[0] + t * bx, wall[1] + t * by, x, y)


@part
def _mirrors(site: Site, x: float, y: float, stamp: int, seen: IntArray, found: IntArray, image: FloatArray) -> int:
    """Walls near a receiver that may throw sound back to it, and its mirror images in them. Returns their number."""
    size = site.lattice[0]
    west, south, columns, rows = (
        int(site.lattice[1]), int(site.lattice[2]), int(site.lattice[3]), int(site.lattice[4])
    )  # fmt: skip
    n = 0
    for row in range(math.floor((y - REFLECTOR_REACH_M) / size), math.floor((y + REFLECTOR_REACH_M) / size) + 1):
        for column in range(math.floor((x - REFLECTOR_REACH_M) / size), math.floor((x + REFLECTOR_REACH_M) / size) + 1):
            if not (0 <= column - west < columns and 0 <= row - south < rows):
                continue
            cell = (row - south) * columns + column - west
            for k in range(site.cells[cell], site.cells[cell + 1]):
                i = site.items[k]
                if seen[i] == stamp or n == MOST_REFLECTORS:
                    continue
                seen[i] = stamp
                wall = site.walls[i]
                dx, dy = wall[2] - wall[0], wall[3] - wall[1]
                length = math.sqrt(dx * dx + dy * dy)
                if length < LEAST_REFLECTOR_M:
                    continue
                away = _distance_to_wall(wall, x, y)
                if away > REFLECTOR_REACH_M or away < FACADE_ITSELF_M:
                    continue
                off = (dx * (y - wall[1]) - dy * (x - wall[0])) / length
                found[n] = i
                image[n, 0], image[n, 1] = x + 2.0 * off * dy / length, y - 2.0 * off * dx / length
                n += 1
    return n


@part
def _clear(site: Site, x0: float, y0: float, x1: float, y1: float, mirror: int, way: _Way, stamp: int) -> bool:
    """Whether no other wall stands between two places."""
    met = _walls_met(site, x0, y0, x1, y1, way, stamp)
    length = _distance(x0, y0, x1, y1)
    free = True
    for k in range(met):
        free = free and (way.wall[k] == mirror or not 0.05 < way.at[k] * length < length - 0.05)
    return free


@part
def _reflected(
    site: Site, source: FloatArray, up: float, track: bool, receiver: FloatArray, mirrors: int, found: IntArray,
    image: FloatArray, kept: float, stamp: int, way: _Way, air: FloatArray, work: FloatArray, index: IntArray,
    share: FloatArray, toward: FloatArray, energy: FloatArray,
) -> int:  # fmt: skip
    """Add what walls throw back from a source to a receiver, 2.5.6: first order, over ways that nothing stands in.

    `source` is a row of what `_cut` gives, `up` over the ground; `kept` is the share of energy that a wall does not
    absorb. Returns the last stamp used.
    """
    sx, sy, sz = source[0], source[1], source[2]
    for m in range(mirrors):
        wall = site.walls[found[m]]
        dx, dy = wall[2] - wall[0], wall[3] - wall[1]
        at_source = dx * (sy - wall[1]) - dy * (sx - wall[0])
        at_receiver = dx * (receiver[1] - wall[1]) - dy * (receiver[0] - wall[0])
        if at_source * at_receiver <= 0.0:
            continue
        ex, ey = image[m, 0] - sx, image[m, 1] - sy
        cross = ex * dy - ey * dx
        if cross == 0.0:
            continue
        along = ((wall[0] - sx) * ey - (wall[1] - sy) * ex) / cross  # of the wall, at the point of reflection
        if along < 0.0 or along > 1.0:
            continue
        t = ((wall[0] - sx) * dy - (wall[1] - sy) * dx) / cross
        px, py = sx + t * ex, sy + t * ey
        ground = _height(site.terrain, site.terrain_frame, px, py)
        ray = sz + up + t * (receiver[2] + RECEIVER_HEIGHT_M - sz - up)
        top = wall[4] if site.owner[found[m]] >= 0 else ground + wall[4]
        if ray > top:
            continue
        stamp += 2
        if not _clear(site, sx, sy, px, py, found[m], way, stamp - 1):
            continue
        if not _clear(site, px, py, receiver[0], receiver[1], found[m], way, stamp):
            continue
        n = _unfolded(site, sx, sy, sz, up, px, py, ground, receiver, way)
        if track:
            _beam(source[3], source[4], px - sx, py - sy, ray - sz - up, toward)
        _pass_on(way, n, air, work, index, share, energy, kept, toward)
    return stamp


@part
def _unfolded(
    site: Site, sx: float, sy: float, sz: float, up: float, px: float, py: float, pz: float, receiver: FloatArray,
    way: _Way,
) -> int:  # fmt: skip
    """The ground along a way that is turned at (px, py), straightened. Returns its number of points."""
    before, behind = _distance(sx, sy, px, py), _distance(px, py, receiver[0], receiver[1])
    length = max(before + behind, NEAREST_M)
    steps = max(min(math.ceil(length / site.ground_frame[2]), MOST_SAMPLES), 1)
    n = 0
    for k in range(steps):
        d = (k + 0.5) / steps * (before + behind)
        if d <= before:
            s = d / before if before > 0.0 else 0.0
            x, y = sx + s * (px - sx), sy + s * (py - sy)
        else:
            s = (d - before) / behind
            x, y = px + s * (receiver[0] - px), py + s * (receiver[1] - py)
        g = _raster(site.ground, site.ground_frame, x, y)
        if k == 0:
            n = _add(way, 0, 0.0, sz + up, sz, g, SOURCE)
        elif g != way.g[n - 1]:
            n = _add(way, n, k / steps * length, 0.0, 0.0, g, GROUND)
    if len(site.terrain) > 0:
        # One height of the ground, at the wall, has to do: reflections matter within a street.
        at = min(max(before / length, 0.01), 0.99) * length
        j = n
        while j > 1 and way.x[j - 1] > at:
            way.x[j], way.top[j], way.base[j], way.g[j], way.kind[j] = (
                way.x[j - 1], way.top[j - 1], way.base[j - 1], way.g[j - 1], way.kind[j - 1]
            )  # fmt: skip
            j -= 1
        way.x[j], way.top[j], way.base[j], way.g[j], way.kind[j] = at, pz, pz, way.g[j - 1], TOPOGRAPHY
        n += 1
    return _add(way, n, length, receiver[2] + RECEIVER_HEIGHT_M, receiver[2], way.g[n - 1], RECEIVER)


@part
def _heard(
    site: Site, points: FloatArray, track: bool, receiver: FloatArray, reflects: bool, mirrors: int, found: IntArray,
    image: FloatArray, kept: float, stamp: int, way: _Way, air: FloatArray, work: FloatArray, index: IntArray,
    share: FloatArray, toward: FloatArray, energy: FloatArray,
) -> tuple[int, int]:  # fmt: skip
    """Add what comes from all points of a piece to `energy`, straight and thrown back.

    `mirrors` is the number of walls that may throw sound back to the receiver, -1 before they are looked for. Returns
    the last stamp used, and that number.
    """
    up = TRACK_HEIGHT_M if track else ROAD_HEIGHT_M
    x, y, z = receiver[0], receiver[1], receiver[2]
    for k in range(len(points)):
        sx, sy, sz = points[k, 0], points[k, 1], points[k, 2]
        stamp += 1
        n = _trace(site, sx, sy, sz, up, x, y, z, way, stamp)
        if track:
            _beam(points[k, 3], points[k, 4], x - sx, y - sy, z + RECEIVER_HEIGHT_M - sz - up, toward)
        _pass_on(way, n, air, work, index, share, energy, 1.0, toward)
        if not reflects or _distance(sx, sy, x, y) > REFLECTED_REACH_M:
            continue
        if mirrors < 0:
            stamp += 1
            mirrors = _mirrors(site, x, y, stamp, way.seen, found, image)
        stamp = _reflected(
            site, points[k], up, track, receiver, mirrors, found, image, kept, stamp,
            way, air, work, index, share, toward, energy,
        )  # fmt: skip
    return stamp, mirrors


@kernel("i8(f8[:,::1], f8[:,::1], i8[::1], f8[:,::1], f8, i8[::1], i8[::1])")
def within_reach(
    receivers: FloatArray, vertices: FloatArray, piece_start: IntArray, boxes: FloatArray, reach_m: float,
    row_start: IntArray, row_piece: IntArray,
) -> int:  # fmt: skip
    """Pieces of road within reach of each receiver, in order: their number, and, given room, themselves.

    `boxes` are the pieces' west, south, east, north. Fills `row_start` and, unless it is empty, `row_piece`.
    """
    total = 0
    for r in range(len(receivers)):
        x, y = receivers[r, 0], receivers[r, 1]
        row_start[r] = total
        for p in range(len(boxes)):
            far_x = max(boxes[p, 0] - x, x - boxes[p, 2], 0.0)
            far_y = max(boxes[p, 1] - y, y - boxes[p, 3], 0.0)
            if _distance(0.0, 0.0, far_x, far_y) > reach_m:
                continue
            if _nearest(vertices, piece_start[p], piece_start[p + 1], x, y) > reach_m:
                continue
            if len(row_piece) > 0:
                row_piece[total] = p
            total += 1
    row_start[len(receivers)] = total
    return total


@kernel(
    "i8(i8, i8, f8[:,::1], i8[::1], i8[::1], f8[:,::1], i8[::1], i8, f8[::1],"
    " f8[:,::1], i8[::1], i8[::1], i8[::1], f8[::1], f8[:,::1], f8[::1], f8[:,::1], f8[::1],"
    " i8[::1], i8[::1], i8[::1], i8[::1], f4[:,::1], i8, f8[:,::1], f8[:,::1], f8[:,::1], f8, f8, b1, f4[:,::1])"
)
def transfer_rows(  # noqa: C901, PLR0912
    first_row: int, last_row: int, receivers: FloatArray, row_start: IntArray, row_piece: IntArray,
    vertices: FloatArray, piece_start: IntArray, buildings: int, air: FloatArray,
    walls: FloatArray, owner: IntArray, cells: IntArray, items: IntArray, lattice: FloatArray,
    ground: FloatArray, ground_frame: FloatArray, terrain: FloatArray, terrain_frame: FloatArray,
    old_row: IntArray, old_piece: IntArray, old_start: IntArray, old_row_piece: IntArray, old: SingleArray,
    old_pieces: int, boxes: FloatArray, dirty: FloatArray, wide: FloatArray, same_reach_m: float, kept: float,
    track: bool, out: SingleArray,
) -> int:  # fmt: skip
    """Share of each piece's sound power per metre that reaches each receiver, times metres: into `out`, (entries, 16).

    The first eight columns are homogeneous, the others favourable weather. `receivers`: x, y, ground height;
    `vertices` of all pieces: x, y, ground height, metres along the piece; then the fields of Site. Entries of an `old`
    operator of `old_pieces` are taken over where receiver and piece are known from there (`old_row`, `old_piece`, else
    -1) and no path meets a `dirty` box, or one of the same boxes made `wide` by REFLECTOR_REACH_M where paths may be
    reflected; `boxes` are those of the pieces. Where the old operator has the same pieces, and rows the same entries,
    `same_reach_m` is how far from a receiver its paths may begin, else 0. Walls keep the share `kept` of what they
    reflect. The pieces are a `track`, else road. Returns how many were computed.
    """
    site = Site(walls, owner, cells, items, lattice, ground, ground_frame, terrain, terrain_frame)
    way = _Way(
        np.zeros(MOST_POINTS), np.zeros(MOST_POINTS), np.zeros(MOST_POINTS), np.zeros(MOST_POINTS),
        np.zeros(MOST_POINTS, dtype=np.int8), np.zeros(MOST_WALLS), np.zeros(MOST_WALLS, dtype=np.int64),
        np.zeros(MOST_OVERLAPPING, dtype=np.int64), np.zeros(len(walls), dtype=np.int64),
        np.zeros(buildings, dtype=np.int64),
    )  # fmt: skip
    work, index = np.zeros((3, 3 * MOST_POINTS + 24)), np.zeros((4, MOST_POINTS), dtype=np.int64)
    share, energy, points = np.zeros((2, 2, BANDS)), np.zeros(2 * BANDS), np.zeros((MOST_PARTS, 5))
    toward = np.ones(BANDS)
    slot = np.full(old_pieces, -1, dtype=np.int64)
    stamp, computed = 0, 0
    found, image = np.zeros(MOST_REFLECTORS, dtype=np.int64), np.zeros((MOST_REFLECTORS, 2))
    for r in range(first_row, last_row):
        before = old_row[r]
        mirrors = -1  # not looked for yet
        x, y = receivers[r, 0], receivers[r, 1]
        if before >= 0 and same_reach_m > 0.0:
            if _far(x, y, same_reach_m, wide):
                out[row_start[r] : row_start[r + 1]] = old[old_start[before] : old_start[before + 1]]
                continue
        elif before >= 0:
            for entry in range(old_start[before], old_start[before + 1]):
                slot[old_row_piece[entry]] = entry
        for entry in range(row_start[r], row_start[r + 1]):
            p = row_piece[entry]
            v0, v1 = piece_start[p], piece_start[p + 1]
            known = -1
            if before >= 0 and same_reach_m > 0.0:
                known = old_start[before] + entry - row_start[r]
            elif before >= 0 and old_piece[p] >= 0:
                known = slot[old_piece[p]]
            if known >= 0 and _apart(boxes[p], x, y, wide):
                out[entry] = old[known]
                continue
            reflects = kept > 0.0 and _nearest(vertices, v0, v1, x, y) < REFLECTED_REACH_M
            near = wide if reflects else dirty
            parts = _cut(vertices, v0, v1, x, y, points)
            if known >= 0 and not _touched(points, parts, x, y, near):
                out[entry] = old[known]
                continue
            energy[:] = 0.0
            stamp, mirrors = _heard(
                site, points[:parts], track, receivers[r], reflects, mirrors, found, image, kept, stamp,
                way, air, work, index, share, toward, energy,
            )  # fmt: skip
            for c in range(2 * BANDS):
                out[entry, c] = energy[c] * vertices[v1 - 1, 3] / parts
            computed += 1
        if before >= 0 and same_reach_m <= 0.0:
            for entry in range(old_start[before], old_start[before + 1]):
                slot[old_row_piece[entry]] = -1
    return computed


@kernel("void(i8, i8, i8[::1], i8[::1], f4[:,::1], f4[:,:,::1], f8[:,::1])")
def received(
    first_row: int, last_row: int, row_start: IntArray, row_piece: IntArray, transfer: SingleArray,
    power: SingleArray, out: FloatArray,
) -> None:  # fmt: skip
    """Sound energy at each receiver: the product of the operator and the pieces' power, (receivers, 2 x streams).

    `power`, shape (pieces, 8 bands, streams), is per metre; the streams are added up apart into `out`, first in
    homogeneous, then in favourable weather.
    """
    streams = power.shape[2]
    total = np.zeros(2 * streams, dtype=np.float32)
    for r in range(first_row, last_row):
        total[:] = 0.0
        for entry in range(row_start[r], row_start[r + 1]):
            p = row_piece[entry]
            # All bands in one expression over the streams side by side, or the compiler does not use wide registers.
            for weather in range(2):
                t, into = transfer[entry, weather * BANDS : (weather + 1) * BANDS], weather * streams
                t0, t1, t2, t3, t4, t5, t6, t7 = t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]
                for c in range(streams):
                    total[into + c] += (
                        t0 * power[p, 0, c] + t1 * power[p, 1, c] + t2 * power[p, 2, c] + t3 * power[p, 3, c]
                        + t4 * power[p, 4, c] + t5 * power[p, 5, c] + t6 * power[p, 6, c] + t7 * power[p, 7, c]
                    )  # fmt: skip
        out[r] = total
