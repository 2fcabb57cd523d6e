"""Polygons to triangles."""

import mapbox_earcut
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.ragged import Rings, ranges

BoolArray = NDArray[np.bool_]
SMALLEST_M2 = 1e-9  # twice the area of a triangle in a fan


def triangulate(rings: Rings) -> tuple[IntArray, IntArray]:
    """Triangles of all polygons, counter-clockwise, shape (m, 3) of point numbers, and the number of each polygon's.

    Polygons without holes of which one corner sees all others become fans, the rest goes through ear clipping
    (mapbox_earcut).
    """
    apex, fanned = _apexes(rings)
    sizes = np.diff(rings.point_start)
    others = np.flatnonzero(~fanned)
    ears, clipped = _ears(rings, others)
    counts = np.where(fanned, sizes - 2, 0)
    counts[others] = clipped
    result = np.empty((int(counts.sum()), 3), dtype=np.int64)
    start = np.cumsum(counts) - counts
    fans = np.flatnonzero(fanned)
    begin = np.repeat(rings.point_start[fans], counts[fans])
    size = np.repeat(sizes[fans], counts[fans])
    first = np.repeat(apex[fans], counts[fans])
    second = first + ranges(np.ones(len(fans), dtype=np.int64), counts[fans])
    # Round the ring: numbers past its end begin again.
    corners = [begin + (each - begin) % size for each in (second, second + 1)]
    result[ranges(start[fans], counts[fans])] = np.column_stack([first, *corners])
    result[ranges(start[others], counts[others])] = ears
    return result, counts


def _apexes(rings: Rings) -> tuple[IntArray, BoolArray]:
    """Of each polygon the corner that turns right the most, and whether a fan from it covers the polygon."""
    single = np.diff(rings.polygon_start) == 1
    if not len(single):
        return np.zeros(0, dtype=np.int64), single
    here, following = rings.points, rings.following
    edge = here[following] - here
    after = edge[following]
    turn = np.empty(len(here))
    turn[following] = edge[:, 0] * after[:, 1] - edge[:, 1] * after[:, 0]
    sizes = rings.ring_sizes
    least = np.flatnonzero(turn == np.repeat(np.minimum.reduceat(turn, rings.ring_start[:-1]), sizes))
    apex = np.empty(len(sizes), dtype=np.int64)
    apex[rings.ring_of_point[least][::-1]] = least[::-1]  # of several the first
    away = here - here[np.repeat(apex, sizes)]
    there = away[following]
    seen = away[:, 0] * there[:, 1] - away[:, 1] * there[:, 0] > SMALLEST_M2
    seen[apex] = True  # the two edges at the apex belong to no triangle
    seen[following == np.repeat(apex, sizes)] = True
    covered = np.logical_and.reduceat(seen, rings.ring_start[:-1])
    exterior = rings.polygon_start[:-1]
    return apex[exterior], single & covered[exterior]


def _ears(rings: Rings, polygons: IntArray) -> tuple[IntArray, IntArray]:
    """Triangles of some polygons by ear clipping, and how many each of them has."""
    if not len(polygons):
        return np.zeros((0, 3), dtype=np.int64), np.zeros(0, dtype=np.int64)
    point_start = rings.point_start
    # Ear clipping is exact on small numbers: count from each polygon's own first point.
    near = rings.points - np.repeat(rings.points[point_start[:-1]], np.diff(point_start), axis=0)
    ends = (rings.ring_start[1:] - point_start[rings.polygon_of_ring]).astype(np.uint32)
    bounds = np.column_stack([point_start[:-1], point_start[1:], rings.polygon_start[:-1], rings.polygon_start[1:]])
    clip = mapbox_earcut.triangulate_float64
    found = [clip(near[a:b], ends[c:d]) for a, b, c, d in bounds[polygons].tolist()]
    counts = np.array([len(corners) // 3 for corners in found])
    triangles = np.concatenate(found).astype(np.int64).reshape(-1, 3)
    triangles += np.repeat(point_start[polygons], counts)[:, None]
    turned, kept = _counter_clockwise(rings.points, triangles)
    return turned, np.bincount(np.repeat(np.arange(len(polygons)), counts)[kept], minlength=len(polygons))


def _counter_clockwise(points: FloatArray, triangles: IntArray) -> tuple[IntArray, BoolArray]:
    """Triangles that have an area, all turned the same way, and which of them these are."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    kept: BoolArray = doubled != 0.0
    result: IntArray = triangles[kept]
    clockwise = doubled[kept] < 0.0
    result[clockwise] = result[clockwise][:, ::-1]
    return result, kept


def delaunay(polygons: list[BaseGeometry]) -> tuple[FloatArray, IntArray, IntArray]:
    """Constrained Delaunay triangles where thin ones would show: points (n, 2), triangles (m, 3), owner of each (m,).

    Every triangle has its own three points; they are those of `polygons`, no others.
    """
    pieces, owner = shapely.get_parts(
        shapely.constrained_delaunay_triangles(np.asarray(polygons, dtype=object)), return_index=True
    )
    pieces = shapely.orient_polygons(pieces)
    if not len(pieces):
        return np.zeros((0, 2)), np.zeros((0, 3), dtype=np.int64), np.zeros(0, dtype=np.int64)
    points = shapely.get_coordinates(pieces).reshape(-1, 4, 2)[:, :3].reshape(-1, 2)
    return points, np.arange(len(points)).reshape(-1, 3), owner.astype(np.int64)
