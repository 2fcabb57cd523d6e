"""Solids of buildings: walls and roofs of many at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon

from citiverse.city.feature import Building, BuildingUse, Roof
from citiverse.city.terrain import Terrain
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.ragged import MILLIMETRE, Rings, ranges, rings_of, starts
from citiverse.geometry.triangulate import triangulate
from citiverse.shape.roofs import RoofSurface, roof_over, usual_rise

SKIRT_M = 0.5
"""How far walls reach below the lowest ground at them, where the ground is not flat."""
NARROWEST_WINDOWED_WALL_M = 1.6
SMALLEST_WINDOWED_M2 = 20.0

# Usual distance between windows along a facade, metres; none where such buildings have few or no windows.
BAY_M: dict[BuildingUse, float] = {
    "residential": 3.0, "apartments": 3.0, "house": 3.4, "office": 2.7, "retail": 3.6, "commercial": 3.2,
    "industrial": 6.0, "school": 3.2, "hospital": 3.2, "public": 3.6, "hotel": 3.0, "religious": 5.0,
    "transport": 5.0, "mixed": 3.0, "other": 3.2,
}  # fmt: skip
PACKED_TOGETHER = 16  # vertices that meshoptimizer's codec packs as one group
LOWEST_STOREY_M, HIGHEST_STOREY_M = 2.3, 5.5


@dataclass(frozen=True, slots=True, eq=False)
class Shells:
    """Outer faces of buildings. Walls come first.

    `points` (n, 3) metres, `triangles` (m, 3) facing out, `owner` (n,) the building of each point in the order given,
    `facade` (n, 2) window bays along the outline and storeys from the ground (0, 0 on roofs), None for blocks without
    windows; points from number `roofs_from` on belong to roofs (and the undersides of parts in the air). `flattened`
    are the buildings whose roof is drawn flat because no roof of its shape fits them.
    """

    points: FloatArray
    triangles: IntArray
    owner: IntArray
    facade: FloatArray | None
    roofs_from: int
    flattened: tuple[int, ...] = ()


def shells(buildings: Sequence[Building], terrain: Terrain) -> Shells:
    """Walls and roofs of `buildings` on `terrain`, each a body of its own."""
    return _shells(buildings, terrain, _none_hidden)


def seen_shells(buildings: Sequence[Building], terrain: Terrain) -> Shells:
    """As `shells`, without the walls between two houses that nobody can see."""
    return _shells(buildings, terrain, _between_houses)


def _shells(buildings: Sequence[Building], terrain: Terrain, hidden: "_Hidden") -> Shells:
    footprints = rings_of([building.geometry for building in buildings])
    levels = _levels(buildings, footprints, terrain)
    shaped = _shaped_roofs(buildings, footprints, levels)
    plain = np.setdiff1d(np.arange(len(footprints)), list(shaped))
    walls = _walls(buildings, footprints, _outlines(footprints, levels, plain, shaped), levels, hidden)
    roofs = [_flat_roofs(footprints, levels, plain), *_placed(shaped, levels), *_undersides(footprints, levels)]
    sloped = [polygon for polygon, owner in enumerate(footprints.owner) if buildings[owner].roof.shape != "flat"]
    left = {int(footprints.owner[polygon]) for polygon in sloped if polygon not in shaped}
    return replace(_joined(walls, roofs, footprints), flattened=tuple(sorted(left)))


def blocks(buildings: Sequence[Building], terrain: Terrain) -> Shells:
    """Walls without windows and flat roofs of `buildings`, whatever their roofs are; nothing has an underside."""
    footprints = rings_of([building.geometry for building in buildings])
    levels = _levels(buildings, footprints, terrain)
    n = len(footprints.points)
    # All feet, all eaves, all corners of roofs: three times the same outlines, each beginning where packers begin anew,
    # so that those that come again pack into next to nothing.
    corner = np.minimum(np.arange(n - n % -PACKED_TOGETHER), n - 1)
    m = len(corner)
    polygon = np.repeat(np.arange(len(footprints)), np.diff(footprints.point_start))[corner]
    points = np.empty((3, m, 3))
    points[:, :, :2] = footprints.points[corner]
    points[0, :, 2] = levels.foot[polygon]
    points[1:, :, 2] = levels.top[polygon]
    covers, _ = triangulate(footprints)
    triangles = np.empty((2 * n + len(covers), 3), dtype=np.int64)
    sides = triangles[: 2 * n].reshape(n, 2, 3)
    sides[:, 1, 1] = sides[:, 0, 2] = footprints.following
    sides[:, 0, 1] = corner[:n]
    sides[:, :, 0] = corner[:n, None] + m
    sides[:, 1, 2] = sides[:, 0, 2] + m
    triangles[2 * n :] = covers + 2 * m
    return Shells(points.reshape(-1, 3), triangles, np.tile(footprints.owner[polygon], 3), None, 2 * m)


@dataclass(frozen=True, slots=True, eq=False)
class _Levels:
    """Heights of each polygon in metres: of the ground, the foot of its walls, its eaves and its top."""

    ground: FloatArray
    foot: FloatArray
    eaves: FloatArray
    top: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """Some faces: points (n, 3), triangles (m, 3), the polygon (n,) and facade coordinates (n, 2) of each point."""

    points: FloatArray
    triangles: IntArray
    polygon: IntArray
    facade: FloatArray


def _levels(buildings: Sequence[Building], footprints: Rings, terrain: Terrain) -> _Levels:
    height = np.array([building.height_m for building in buildings], dtype=np.float64)[footprints.owner]
    rise = np.array([building.min_height_m for building in buildings], dtype=np.float64)[footprints.owner]
    if terrain.flat:
        ground = np.full(len(footprints), terrain.level_m)
        skirt = np.zeros(len(footprints))
    else:
        heights = terrain.heights(footprints.points)
        ground = np.minimum.reduceat(heights, footprints.point_start[:-1]) if len(footprints) else np.zeros(0)
        skirt = np.where(rise > 0.0, 0.0, SKIRT_M)
    top = ground + np.maximum(height, rise + 0.3)
    return _Levels(ground, ground + rise - skirt, top.copy(), top)


def _shaped_roofs(buildings: Sequence[Building], footprints: Rings, levels: _Levels) -> dict[int, RoofSurface]:
    """Roofs that are not flat, by polygon; the eaves of these polygons come down."""
    shapes = np.array([building.roof.shape != "flat" for building in buildings], dtype=bool)
    found: dict[int, RoofSurface] = {}
    for polygon in np.flatnonzero(shapes[footprints.owner]):
        building = buildings[footprints.owner[polygon]]
        shape = _polygon(footprints, int(polygon))
        room = float(levels.top[polygon] - max(levels.foot[polygon], levels.ground[polygon]))
        rise = building.roof.height_m or usual_rise(shape, room)
        if building.min_height_m == 0.0:
            rise = min(rise, 0.9 * room)
        surface = _roof(shape, building.roof, round(min(rise, room), 3))
        if surface is not None:
            levels.eaves[polygon] -= surface.points[:, 2].max()
            found[int(polygon)] = surface
    return found


@lru_cache(maxsize=50_000)
def _roof(footprint: Polygon, roof: Roof, rise_m: float) -> RoofSurface | None:
    return roof_over(footprint, roof, rise_m)


def _polygon(footprints: Rings, polygon: int) -> Polygon:
    rings = [
        footprints.points[footprints.ring_start[ring] : footprints.ring_start[ring + 1]]
        for ring in range(footprints.polygon_start[polygon], footprints.polygon_start[polygon + 1])
    ]
    return Polygon(rings[0], rings[1:])


@dataclass(frozen=True, slots=True, eq=False)
class _Outlines:
    """Rings of all walls; `owner` of `rings` is the polygon, `tops` the height of the wall at each point."""

    rings: Rings
    tops: FloatArray


def _outlines(footprints: Rings, levels: _Levels, plain: IntArray, shaped: dict[int, RoofSurface]) -> _Outlines:
    """Outlines of plain polygons first, then of those whose roof has added points to it."""
    chosen = footprints.chosen(plain) if shaped else footprints
    sizes = [np.diff(chosen.ring_start)]
    counts = [np.diff(chosen.polygon_start)]
    points = [chosen.points]
    tops = [np.repeat(levels.eaves[plain], np.diff(chosen.point_start))]
    for polygon, surface in shaped.items():
        points += [ring[:, :2] for ring in surface.rings]
        tops += [ring[:, 2] + levels.eaves[polygon] for ring in surface.rings]
        sizes.append(np.array([len(ring) for ring in surface.rings]))
        counts.append(np.array([len(surface.rings)]))
    owner = np.concatenate([plain, np.array(list(shaped), dtype=np.int64)])
    rings = Rings(np.concatenate(points), starts(np.concatenate(sizes)), starts(np.concatenate(counts)), owner)
    return _Outlines(rings, np.concatenate(tops))


def _walls(
    buildings: Sequence[Building], footprints: Rings, outlines: _Outlines, levels: _Levels, hidden: "_Hidden"
) -> _Piece:
    """For each ring of n points a row of n + 1 posts, and a quad between each two."""
    rings = outlines.rings
    sizes = rings.ring_sizes
    posts = ranges(rings.ring_start[:-1], sizes + 1)
    last = np.cumsum(sizes + 1) - 1
    posts[last] = rings.ring_start[:-1]
    polygon = np.repeat(np.repeat(rings.owner, np.diff(rings.polygon_start)), sizes + 1)

    bays, storey_m = _facades(buildings, footprints, rings, levels)
    along = np.concatenate([[0.0], np.cumsum(bays)])
    u = along[ranges(rings.ring_start[:-1], sizes + 1)] - np.repeat(along[rings.ring_start[:-1]], sizes + 1)
    top, foot = outlines.tops[posts], levels.foot[polygon]
    v = np.stack([np.maximum(foot - levels.ground[polygon], 0.0), top - levels.ground[polygon]]) / storey_m[polygon]

    flat = rings.points[posts]
    points = np.concatenate([np.column_stack([flat, foot]), np.column_stack([flat, top])])
    facade = np.column_stack([np.tile(u, 2), v.reshape(-1)])
    starting = np.ones(len(posts), dtype=bool)
    starting[last] = False
    low = np.flatnonzero(starting)
    high = low + len(posts)
    tall = (top[low] > foot[low] + 1e-3) | (top[low + 1] > foot[low] + 1e-3)
    tall &= ~hidden(flat[low], flat[low + 1], np.maximum(top[low], top[low + 1]), polygon[low], levels)
    low, high = low[tall], high[tall]
    triangles = np.concatenate([np.column_stack([low, low + 1, high + 1]), np.column_stack([low, high + 1, high])])
    return _Piece(points, triangles, np.tile(polygon, 2), facade)


_Hidden = Callable[[FloatArray, FloatArray, FloatArray, IntArray, _Levels], NDArray[np.bool_]]
"""Which walls are left out, by their starts and ends (n, 2), their tops (n,), their polygons (n,)."""


def _none_hidden(
    start: FloatArray, end: FloatArray, top: FloatArray, polygon: IntArray, levels: _Levels
) -> NDArray[np.bool_]:
    return np.zeros(len(polygon), dtype=bool)


def _between_houses(
    start: FloatArray, end: FloatArray, top: FloatArray, polygon: IntArray, levels: _Levels
) -> NDArray[np.bool_]:
    """Which walls nobody can see: those along the whole of a wall of a house beside that is as high or higher.

    `start` and `end` (n, 2) of each, `top` its height at the higher end, `polygon` whose it is.
    """
    steps = np.rint(np.stack([start, end]) / MILLIMETRE).astype(np.int64)
    here, there = (steps[:, :, 0] << 32) + steps[:, :, 1]
    low, high = np.minimum(here, there), np.maximum(here, there)
    order = np.lexsort((high, low))
    a, b = order[:-1], order[1:]
    pair = (low[a] == low[b]) & (high[a] == high[b]) & (here[a] == there[b]) & (polygon[a] != polygon[b])
    hidden = np.zeros(len(start), dtype=bool)
    grounded = levels.foot <= levels.ground
    for wall, other in ((a[pair], b[pair]), (b[pair], a[pair])):
        hidden[wall] |= grounded[polygon[other]] & (levels.eaves[polygon[other]] >= top[wall])
    return hidden


def _facades(
    buildings: Sequence[Building], footprints: Rings, rings: Rings, levels: _Levels
) -> tuple[FloatArray, FloatArray]:
    """Window bays of each edge, counted in whole ones, and the height of a storey of each polygon."""
    spacing = np.array([BAY_M.get(building.use, 0.0) for building in buildings], dtype=np.float64)[footprints.owner]
    count = np.array([building.levels for building in buildings], dtype=np.float64)[footprints.owner]
    tall = np.maximum(levels.eaves - levels.ground, 0.1)
    storey = tall / np.maximum(count, 1.0)
    unlikely = (storey < LOWEST_STOREY_M) | (storey > HIGHEST_STOREY_M)
    storey = np.where(unlikely, tall / np.maximum(np.rint(tall / 3.3), 1.0), storey)
    blind = (spacing == 0.0) | (_areas(footprints) < SMALLEST_WINDOWED_M2) | (tall < LOWEST_STOREY_M)
    edge = rings.points[rings.following] - rings.points
    long = np.sqrt((edge * edge).sum(axis=1))
    polygon = np.repeat(np.repeat(rings.owner, np.diff(rings.polygon_start)), rings.ring_sizes)
    bays = np.maximum(np.rint(long / np.where(spacing > 0.0, spacing, 3.0)[polygon]), 1.0)
    return np.where(blind[polygon] | (long < NARROWEST_WINDOWED_WALL_M), 0.0, bays), storey


def _areas(rings: Rings) -> FloatArray:
    here, there = rings.points, rings.points[rings.following]
    if not len(here):
        return np.zeros(0)
    # Each term is small when counted from a point nearby, so large coordinates cost no digits.
    origin = np.repeat(here[rings.point_start[:-1]], np.diff(rings.point_start), axis=0)
    a, b = here - origin, there - origin
    return np.add.reduceat(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], rings.point_start[:-1]) / 2


def _flat_roofs(footprints: Rings, levels: _Levels, plain: IntArray) -> _Piece:
    rings = footprints.chosen(plain) if len(plain) < len(footprints) else footprints
    triangles, _ = triangulate(rings)
    polygon = np.repeat(plain, np.diff(rings.point_start))
    points = np.column_stack([rings.points, levels.eaves[polygon]])
    return _Piece(points, triangles, polygon, np.zeros((len(points), 2)))


def _undersides(footprints: Rings, levels: _Levels) -> list[_Piece]:
    """Floors of parts that hang in the air."""
    hanging = np.flatnonzero(levels.foot > levels.ground + 0.5)
    if not len(hanging):
        return []
    rings = footprints.chosen(hanging)
    triangles, _ = triangulate(rings)
    polygon = np.repeat(hanging, np.diff(rings.point_start))
    points = np.column_stack([rings.points, levels.foot[polygon]])
    return [_Piece(points, triangles[:, ::-1], polygon, np.zeros((len(points), 2)))]


def _placed(shaped: dict[int, RoofSurface], levels: _Levels) -> list[_Piece]:
    return [
        _Piece(
            surface.points + np.array([0.0, 0.0, levels.eaves[polygon]]),
            surface.triangles,
            np.full(len(surface.points), polygon),
            np.zeros((len(surface.points), 2)),
        )
        for polygon, surface in shaped.items()
    ]


def _joined(walls: _Piece, others: Sequence[_Piece], footprints: Rings) -> Shells:
    pieces = [walls, *others]
    start = np.cumsum([0, *(len(piece.points) for piece in pieces[:-1])])
    return Shells(
        points=np.concatenate([piece.points for piece in pieces]),
        triangles=np.concatenate([piece.triangles + at for piece, at in zip(pieces, start, strict=True)]),
        owner=footprints.owner[np.concatenate([piece.polygon for piece in pieces])],
        facade=np.concatenate([piece.facade for piece in pieces]),
        roofs_from=len(walls.points),
    )
