"""A plane cut up along the outlines of areas, patch by patch, so that what stays the same is found again."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Bounds
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.memory import Memory
from citiverse.geometry.ragged import MILLIMETRE, Rings, rings_of, starts
from citiverse.geometry.triangulate import triangulate

SMALLEST_PIECE_M2, THINNEST_M = 1e-3, 0.004
"""What is smaller or thinner goes to a neighbour."""
WIDEST = 1 << 31  # more millimetres than a scene is high


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A rectangle of ground cut up: outlines and triangles of its pieces, and the claim granted to each, or -1."""

    rings: Rings
    triangles: IntArray
    granted: IntArray


def patches_of(box: Bounds, patch_m: float | None) -> list[Bounds]:
    """The box along the lines of a grid of `patch_m`, row by row."""
    x, y = _lines_of_net(box, patch_m)
    return [(w, s, e, n) for s, n in pairwise(y.tolist()) for w, e in pairwise(x.tolist())]


_patches: Memory[tuple[bytes, Bounds, float | None], Patch] = Memory(4096)


def patch_of(areas: Sequence[BaseGeometry], box: Bounds, mesh_m: float | None) -> Patch:
    """The box cut up among `areas`, of which a later one counts more than those before it.

    Along a net of `mesh_m` too, where that is given. Found again by what the areas come to in the box.
    """
    inside = shapely.clip_by_rect(np.array(areas, dtype=object), *box)
    there = np.flatnonzero(~shapely.is_empty(inside))
    inside = inside[there]
    digest = hashlib.blake2b(digest_size=16)
    for each in shapely.to_wkb(inside, byte_order=1).tolist():
        digest.update(each)
    patch = _patches.get((digest.digest(), box, mesh_m), lambda: _cut(inside, box, mesh_m))
    return replace(patch, granted=np.append(there, -1)[patch.granted])


def _cut(areas: NDArray[np.object_], box: Bounds, mesh_m: float | None) -> Patch:
    if not len(areas):
        return _bare(box, mesh_m)
    pieces = _pieces(areas, box, mesh_m)
    granted = _granted(pieces, areas)
    pieces, granted = _merged(pieces, _without_slivers(pieces, granted), mesh_m)
    rings = rings_of(pieces.tolist())
    triangles, _ = triangulate(rings)
    return Patch(rings, triangles, granted[rings.owner])


def _bare(box: Bounds, mesh_m: float | None) -> Patch:
    """A box that nobody claims: the meshes of its net."""
    x, y = _lines_of_net(box, mesh_m)
    columns, rows = len(x) - 1, len(y) - 1
    n = columns * rows
    lower_left = np.add.outer(np.arange(rows) * (columns + 1), np.arange(columns)).ravel()
    corners = lower_left[:, None] + np.array([0, 1, columns + 2, columns + 1])
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)[corners.ravel()]
    triangles = (4 * np.arange(n)[:, None] + np.array([0, 1, 2, 0, 2, 3])).reshape(-1, 3)
    rings = Rings(points, 4 * np.arange(n + 1), np.arange(n + 1), np.arange(n))
    return Patch(rings, triangles, np.full(n, -1, dtype=np.int64))


def _pieces(areas: NDArray[np.object_], box: Bounds, mesh_m: float | None) -> NDArray[np.object_]:
    """All pieces into which the borders of all areas cut the box."""
    lines: list[BaseGeometry] = [*shapely.boundary(areas), shapely.box(*box).boundary]
    if mesh_m is not None:
        lines.append(_net(box, mesh_m))
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=MILLIMETRE)
    pieces = shapely.get_parts(shapely.polygonize([noded]))
    kept: NDArray[np.object_] = pieces[shapely.area(pieces) > 0.0]
    return kept


def _without_slivers(pieces: NDArray[np.object_], granted: IntArray) -> IntArray:
    """What is granted, but slivers go to the piece beyond their longest edge: of another level they would be fins."""
    area = shapely.area(pieces)
    thin = (area < SMALLEST_PIECE_M2) | (area < THINNEST_M / 2 * shapely.length(pieces))
    if not thin.any() or thin.all():
        return granted
    result = granted.copy()
    result[thin] = granted[~thin][shapely.STRtree(pieces[~thin]).nearest(_middles_of_longest_edges(pieces[thin]))]
    return result


def _middles_of_longest_edges(pieces: NDArray[np.object_]) -> NDArray[np.object_]:
    points, piece = shapely.get_coordinates(pieces, return_index=True)
    size = np.hypot(*np.diff(points, axis=0).T)
    size[piece[1:] != piece[:-1]] = -1.0
    order = np.lexsort((size, piece[:-1]))
    longest = order[np.searchsorted(piece[:-1][order], np.arange(len(pieces)), side="right") - 1]
    middles = np.asarray(shapely.points((points[longest] + points[longest + 1]) / 2))
    return middles


def _merged(
    pieces: NDArray[np.object_], granted: IntArray, mesh_m: float | None
) -> tuple[NDArray[np.object_], IntArray]:
    """Neighbours under one claim become one piece, inside each mesh of the net; they keep all vertices."""
    key = granted[:, None]
    if mesh_m is not None:
        middle = shapely.get_coordinates(shapely.centroid(pieces))
        key = np.column_stack([granted, np.floor(middle / mesh_m).astype(np.int64)])
    _, group = np.unique(key, axis=0, return_inverse=True)
    order = np.argsort(group.reshape(-1), kind="stable")
    cuts = np.flatnonzero(np.diff(group.reshape(-1)[order])) + 1
    groups = np.split(order, cuts) if len(order) else []
    whole = np.array(
        [shapely.coverage_union_all(pieces[each]) if len(each) > 1 else pieces[each[0]] for each in groups],
        dtype=object,
    )
    return whole, np.array([granted[each[0]] for each in groups], dtype=np.int64)


def _net(box: Bounds, mesh_m: float) -> BaseGeometry:
    x, y = _lines_of_net(box, mesh_m)
    west, south, east, north = box
    upright = [((each, south), (each, north)) for each in x[1:-1].tolist()]
    level = [((west, each), (east, each)) for each in y[1:-1].tolist()]
    return shapely.MultiLineString(upright + level)


def _lines_of_net(box: Bounds, mesh_m: float | None) -> tuple[FloatArray, FloatArray]:
    """Where upright and level lines of the net cross the box, with its edges first and last."""
    west, south, east, north = box
    if mesh_m is None:
        return np.array([west, east]), np.array([south, north])
    x, y = (
        np.arange(np.floor(low / mesh_m) + 1, np.ceil(high / mesh_m)) * mesh_m
        for low, high in ((west, east), (south, north))
    )
    return np.concatenate([[west], x, [east]]), np.concatenate([[south], y, [north]])


def _granted(pieces: NDArray[np.object_], areas: NDArray[np.object_]) -> IntArray:
    """The last of `areas` that holds each piece, or -1."""
    granted = np.full(len(pieces), -1, dtype=np.int64)
    if len(areas) and len(pieces):
        # A tree of points asked with areas, not the other way round: areas are prepared once and answer quickly.
        tree = shapely.STRtree(shapely.point_on_surface(pieces))
        area, piece = tree.query(areas, predicate="contains")
        np.maximum.at(granted, piece, area)
    return granted


def stitched(rings: Rings, patch_m: float) -> Rings:
    """The same rings with the vertices of their neighbours beyond the lines between patches, where any are missing.

    That is where an outline only touches such a line: one patch has a vertex there and the other has none.
    """
    whole = np.rint(rings.points / MILLIMETRE).astype(np.int64)
    after = whole[rings.following]
    side = round(patch_m / MILLIMETRE)
    place: list[IntArray] = []
    added: list[IntArray] = []
    for k in (0, 1):
        on = whole[:, k] % side == 0
        low = int(whole[:, 1 - k].min(initial=0))
        key = whole[:, k] * WIDEST + whole[:, 1 - k] - low
        known = np.unique(key[on])
        edge = np.flatnonzero(on & (whole[:, k] == after[:, k]))
        end = after[edge, k] * WIDEST + after[edge, 1 - k] - low
        first = np.searchsorted(known, np.minimum(key[edge], end), side="right")
        last = np.searchsorted(known, np.maximum(key[edge], end), side="left")
        for i, begin, stop in zip(edge, first, last, strict=True) if (last > first).any() else ():
            between = known[begin:stop] if key[i] < key[rings.following[i]] else known[begin:stop][::-1]
            points = np.empty((len(between), 2), dtype=np.int64)
            points[:, k], points[:, 1 - k] = whole[i, k], between - whole[i, k] * WIDEST + low
            place.append(np.full(len(between), i + 1))
            added.append(points)
    if not place:
        return rings
    at = np.concatenate(place)
    sizes = rings.ring_sizes + np.bincount(rings.ring_of_point[at - 1], minlength=len(rings.ring_sizes))
    complete = np.insert(whole.astype(np.float64), at, np.concatenate(added), axis=0) * MILLIMETRE
    return Rings(complete, starts(sizes), rings.polygon_start, rings.owner)
