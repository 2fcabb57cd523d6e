"""The surface over a building's eaves."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import assert_never

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import Roof, RoofShape
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.ragged import rings_of
from citiverse.geometry.triangulate import delaunay, triangulate
from citiverse.shape.ridges import slopes_over, surface, wall_tops, with_gables

USUAL_PITCH = 0.7
"""Rise over run where only the roof's shape is known: 35 degrees, a usual tiled roof."""
LEAST_FILL = 0.8
"""Share of its rectangle that a footprint must fill for one ridge to go over all of it."""
_MANY_EDGES = 16

# Half profiles from the eaves (0) to the ridge (1): share of the way in, share of the height.
_GABLED = ((0.0, 0.0), (1.0, 1.0))
_GAMBREL = ((0.0, 0.0), (0.4, 0.7), (1.0, 1.0))
_ROUND = tuple((1.0 - float(np.cos(a)), float(np.sin(a))) for a in np.linspace(0.0, np.pi / 2, 5))
_PROFILES: dict[RoofShape, tuple[tuple[float, float], ...]] = {
    "gambrel": _GAMBREL, "mansard": ((0.0, 0.0), (0.35, 0.8), (1.0, 1.0)), "round": _ROUND, "dome": _ROUND,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class RoofSurface:
    """A roof's triangles, and its outline with the height of each point over the eaves.

    `points` (n, 3), z counted from the eaves; `rings` are the footprint's rings, exterior first and
    counter-clockwise, each (k, 3), with the points added where a ridge meets a wall.
    """

    points: FloatArray
    triangles: IntArray
    rings: tuple[FloatArray, ...]


def roof_over(footprint: Polygon, roof: Roof, rise_m: float) -> RoofSurface | None:
    """The roof of this shape over `footprint` (oriented, without repeats), `rise_m` from eaves to top.

    None where it is flat or no such roof fits the footprint.
    """
    if roof.shape == "flat" or rise_m < 0.2:
        return None
    builder = _builder(roof)
    for build in (builder, None if roof.shape == "skillion" else _winged):
        found = None if build is None else build(footprint, roof, rise_m)
        if found is not None and _covers(found, footprint, rise_m):
            return found
    return None


def usual_rise(footprint: Polygon, height_m: float) -> float:
    """Height of a pitched roof over `footprint` where nobody says: at USUAL_PITCH, at most a third of the building."""
    _, across = _axes(footprint, Roof())
    return float(min(USUAL_PITCH * across / 2, height_m / 3, 6.0))


def _builder(roof: Roof) -> "Callable[[Polygon, Roof, float], RoofSurface | None] | None":
    match roof.shape:
        case "flat":
            return None
        case "skillion":
            return _ridged
        case "gabled" | "gambrel" | "round":
            return _along_wings
        case "half-hipped":
            return _winged
        case "hipped":
            return _hipped
        case "mansard":
            return _mansard
        case "pyramidal" | "cone":
            return _pointed
        case "dome":
            return _domed
        case _:
            assert_never(roof.shape)


def _covers(surface: RoofSurface, footprint: Polygon, rise_m: float) -> bool:
    a, b, c = (surface.points[surface.triangles[:, i]] for i in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return bool(
        abs(doubled.sum() / 2 - footprint.area) <= 0.001 * footprint.area + 0.01
        and doubled.min() > -1e-3
        and surface.points[:, 2].max() <= rise_m + 1e-6
    )


def _axes(footprint: Polygon, roof: Roof, around: BaseGeometry | None = None) -> tuple[FloatArray, float]:
    """Unit vector along the ridge, and the width across it; `around` is the smallest rectangle, if that is known."""
    if roof.direction_deg is not None:
        # The slope faces this way, so the ridge lies across it.
        angle = np.radians(roof.direction_deg)
        along = np.array([-np.cos(angle), np.sin(angle)])
    else:
        box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(footprint) if around is None else around)
        sides = np.diff(box[:3], axis=0)
        spans = np.hypot(sides[:, 0], sides[:, 1])
        longest = int(np.argmax(spans))
        if roof.orientation == "across":
            longest = 1 - longest
        along = sides[longest] / max(float(spans[longest]), 1e-9)
    reach = shapely.get_coordinates(footprint) @ np.array([-along[1], along[0]])
    return along, float(reach.max() - reach.min())


def _along_wings(footprint: Polygon, roof: Roof, rise_m: float) -> RoofSurface | None:
    """One ridge over what fills its rectangle, else one over each wing."""
    if footprint.interiors:
        return _winged(footprint, roof, rise_m)
    box = shapely.minimum_rotated_rectangle(footprint)
    if footprint.area < LEAST_FILL * box.area:
        return _winged(footprint, roof, rise_m)
    ring = np.asarray(footprint.exterior.coords)[:-1, :2]
    if roof.shape == "gabled" and _is_convex(ring):
        return _saddle(ring, _axes(footprint, roof, box)[0], rise_m)
    return _ridged(footprint, roof, rise_m)


def _saddle(ring: FloatArray, along: FloatArray, rise_m: float) -> RoofSurface:
    """A ridge over a convex ring: two slopes, each a fan."""
    reach = ring @ np.array([-along[1], along[0]])
    low, high = float(reach.min()), float(reach.max())
    middle, half = (low + high) / 2, (high - low) / 2
    points = ring.tolist()
    offset = (reach - middle).tolist()
    outline: list[tuple[float, float, float]] = []
    sides: tuple[list[int], list[int]] = ([], [])
    for i, ((x, y), here) in enumerate(zip(points, offset, strict=True)):
        j = (i + 1) % len(points)
        there = offset[j]
        for side in (0, 1) if here == 0.0 else (int(here > 0.0),):
            sides[side].append(len(outline))
        outline.append((x, y, rise_m * (1.0 - abs(here) / half)))
        if here * there < 0.0:
            share = here / (here - there)
            for side in (0, 1):
                sides[side].append(len(outline))
            outline.append((x + (points[j][0] - x) * share, y + (points[j][1] - y) * share, rise_m))
    triangles = [(side[0], side[k], side[k + 1]) for side in sides for k in range(1, len(side) - 1)]
    made = np.array(outline)
    return RoofSurface(made, np.array(triangles), (made,))


def _winged(footprint: Polygon, roof: Roof, rise_m: float) -> RoofSurface | None:
    """Slopes from every edge where the straight skeleton ends them, and walls up to the ridge if the shape has such."""
    slopes = slopes_over(footprint)
    if slopes is None:
        return _mansard(footprint, roof, rise_m)
    if roof.shape in ("gabled", "gambrel", "round"):
        slopes = with_gables(slopes)
    elif roof.shape == "half-hipped":
        slopes = with_gables(slopes, clipped=0.5)
    profile = _PROFILES.get(roof.shape, _GABLED)
    points, triangles = surface(slopes, rise_m, profile)
    return RoofSurface(points, triangles, wall_tops(footprint, slopes, rise_m, profile))


def _ridged(footprint: Polygon, roof: Roof, rise_m: float) -> RoofSurface | None:
    """A profile drawn out along the ridge."""
    along, _ = _axes(footprint, roof)
    turn = np.array([along, [-along[1], along[0]]])  # rows: along, across
    if roof.shape == "skillion" and roof.direction_deg is not None:
        facing = np.radians(roof.direction_deg)
        if turn[1] @ np.array([np.sin(facing), np.cos(facing)]) > 0:
            turn = -turn  # the low side lies where the slope faces
    turned = shapely.transform(footprint, lambda points: points @ turn.T)
    left, low, right, high = turned.bounds
    across, heights = _profile(roof, low, high, rise_m)
    strips = [shapely.clip_by_rect(turned, left - 1, start, right + 1, end) for start, end in pairwise(across)]
    rings = rings_of(strips, snap_m=1e-4)
    triangles, _ = triangulate(rings)
    points = np.column_stack([rings.points @ turn, np.interp(rings.points[:, 1], across, heights)])
    return RoofSurface(points, triangles, tuple(_refined(ring, turn, across, heights) for ring in _rings(footprint)))


def _profile(roof: Roof, low: float, high: float, rise_m: float) -> tuple[FloatArray, FloatArray]:
    if roof.shape == "skillion":
        return np.array([low, high]), np.array([0.0, rise_m])
    half = _PROFILES.get(roof.shape, _GABLED)
    share = np.array([s for s, _ in half])
    rise = np.array([z for _, z in half]) * rise_m
    middle = (high - low) / 2
    return np.concatenate([low + share * middle, (high - share * middle)[-2::-1]]), np.concatenate([rise, rise[-2::-1]])


def _rings(footprint: Polygon) -> list[FloatArray]:
    return [np.asarray(ring.coords)[:-1, :2] for ring in (footprint.exterior, *footprint.interiors)]


def _refined(ring: FloatArray, turn: FloatArray, across: FloatArray, heights: FloatArray) -> FloatArray:
    """The ring with the points where it crosses an inner line of the profile, and its heights."""
    steps: list[FloatArray] = []
    for here, there in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        t0, t1 = here @ turn[1], there @ turn[1]
        steps.append(here)
        inner = across[1:-1]
        crossed = inner[(inner > min(t0, t1) + 1e-3) & (inner < max(t0, t1) - 1e-3)]
        steps.extend(here + (there - here) * ((t - t0) / (t1 - t0)) for t in (crossed if t1 > t0 else crossed[::-1]))
    points = np.array(steps)
    return np.column_stack([points, np.interp(points @ turn[1], across, heights)])


def _level_rings(footprint: Polygon) -> tuple[FloatArray, ...]:
    return tuple(np.column_stack([ring, np.zeros(len(ring))]) for ring in _rings(footprint))


def _corners(footprint: Polygon) -> FloatArray:
    """Corners of the exterior where it really turns (by more than about two degrees)."""
    ring = _rings(footprint)[0]
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    size = np.sqrt((before**2).sum(axis=1) * (after**2).sum(axis=1))
    result: FloatArray = ring[np.abs(cross) > 0.035 * size]
    return result


def _is_convex(corners: FloatArray) -> bool:
    edge = np.roll(corners, -1, axis=0) - corners
    after = np.roll(edge, -1, axis=0)
    return len(corners) >= 3 and bool((edge[:, 0] * after[:, 1] - edge[:, 1] * after[:, 0] > 0).all())


def _hipped(footprint: Polygon, roof: Roof, rise_m: float) -> RoofSurface | None:
    """Over a convex footprint each edge carries the points that lie nearest to it (its straight skeleton)."""
    corners = _corners(footprint)
    if footprint.interiors or len(corners) > _MANY_EDGES or not _is_convex(corners):
        return _winged(footprint, roof, rise_m)
    edge = np.roll(corners, -1, axis=0) - corners
    inward = np.column_stack([-edge[:, 1], edge[:, 0]]) / np.sqrt((edge**2).sum(axis=1))[:, None]
    level = -(inward * corners).sum(axis=1)  # inward @ p + level is the (weighted) distance of p from an edge
    points: list[FloatArray] = []
    triangles: list[IntArray] = []
    start = 0
    for i in range(len(corners)):
        face = corners
        for j in range(len(corners)):
            if j != i and len(face):
                face = _clipped(face, inward[j] - inward[i], level[j] - level[i])
        if len(face) < 3:
            continue
        points.append(np.column_stack([face, face @ inward[i] + level[i]]))
        fan = np.arange(1, len(face) - 1)
        triangles.append(np.column_stack([np.zeros_like(fan), fan, fan + 1]) + start)
        start += len(face)
    if not points:
        return None
    found = np.concatenate(points)
    found[:, 2] = np.maximum(found[:, 2], 0.0) * (rise_m / found[:, 2].max())
    return RoofSurface(found, np.concatenate(triangles), _level_rings(footprint))


def _clipped(face: FloatArray, normal: FloatArray, level: float) -> FloatArray:
    """The part of a convex ring where normal @ p + level >= 0."""
    side = face @ normal + level
    kept: list[FloatArray] = []
    for i in range(len(face)):
        j = (i + 1) % len(face)
        if side[i] >= -1e-9:
            kept.append(face[i])
        if (side[i] > 1e-9 and side[j] < -1e-9) or (side[i] < -1e-9 and side[j] > 1e-9):
            kept.append(face[i] + (face[j] - face[i]) * (side[i] / (side[i] - side[j])))
    return np.array(kept) if len(kept) >= 3 else np.zeros((0, 2))


def _mansard(footprint: Polygon, roof: Roof, rise_m: float) -> RoofSurface | None:
    """Slopes all round that end at a flat top; fits any footprint, courtyards too."""
    steep = 1.6 if roof.shape == "mansard" else USUAL_PITCH
    top: BaseGeometry = Polygon()
    for share in (1.0, 0.6, 0.35):  # a narrow wing gets a steeper slope rather than no top at all
        top = footprint.buffer(-share * rise_m / steep, join_style="mitre", mitre_limit=3.0).simplify(0.05)
        if not top.is_empty and len(shapely.get_parts(top)) == 1 and footprint.contains(top):
            break
    else:
        return None
    slopes = shapely.difference(footprint, top)
    low = set(map(tuple, np.rint(shapely.get_coordinates(footprint) * 1e4).astype(np.int64).tolist()))
    points, triangles, _ = delaunay([slopes, top])
    on_eaves = [tuple(point) in low for point in np.rint(points * 1e4).astype(np.int64).tolist()]
    heights = np.where(on_eaves, 0.0, rise_m)
    return RoofSurface(np.column_stack([points, heights]), triangles, _level_rings(footprint))


def _pointed(footprint: Polygon, roof: Roof, rise_m: float) -> RoofSurface | None:
    """All edges rise to one point."""
    ring = _rings(footprint)[0]
    if footprint.interiors or not _is_convex(_corners(footprint)):
        return _winged(footprint, roof, rise_m)
    tip = shapely.get_coordinates(footprint.centroid)
    n = len(ring)
    points = np.column_stack([np.vstack([ring, tip]), np.append(np.zeros(n), rise_m)])
    i = np.arange(n)
    return RoofSurface(points, np.column_stack([i, (i + 1) % n, np.full(n, n)]), _level_rings(footprint))


def _domed(footprint: Polygon, roof: Roof, rise_m: float) -> RoofSurface | None:
    """The outline drawn in to its middle along a quarter of an ellipse."""
    ring = _rings(footprint)[0]
    if footprint.interiors or not _is_convex(_corners(footprint)):
        return _winged(footprint, roof, rise_m)
    tip = shapely.get_coordinates(footprint.centroid)
    angles = np.radians([0.0, 18.0, 36.0, 54.0, 72.0])
    n = len(ring)
    levels = [np.column_stack([tip + (ring - tip) * np.cos(a), np.full(n, rise_m * np.sin(a))]) for a in angles]
    points = np.vstack([*levels, np.append(tip, [[rise_m]], axis=1)])
    i = np.arange(n)
    j = (i + 1) % n
    bands = [
        np.concatenate([np.column_stack([i, j, j + n]), np.column_stack([i, j + n, i + n])]) + n * k
        for k in range(len(angles) - 1)
    ]
    last = n * (len(angles) - 1)
    cap = np.column_stack([i + last, j + last, np.full(n, len(points) - 1)])
    return RoofSurface(points, np.concatenate([*bands, cap]), _level_rings(footprint))
