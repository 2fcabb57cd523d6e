"""Polygons to triangles."""

import mapbox_earcut
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.ragged import Rings, ranges

BoolArray = NDArray[np.bool_]


def triangulate(rings: Rings) -> tuple[IntArray, IntArray]:
    """Triangles of all polygons, counter-clockwise, shape (m, 3) of point numbers, and the number of each polygon's.

    Convex polygons without holes become fans, all others go through ear clipping (mapbox_earcut).
    """
    convex = _convex(rings)
    sizes = np.diff(rings.point_start)
    counts = np.where(convex, sizes - 2, 0)
    others = np.flatnonzero(~convex)
    clipped = [_ears(rings, int(polygon)) for polygon in others]
    counts[others] = [len(triangles) for triangles in clipped]
    result = np.empty((int(counts.sum()), 3), dtype=np.int64)
    start = np.cumsum(counts) - counts
    fans = np.flatnonzero(convex)
    first = np.repeat(rings.point_start[fans], counts[fans])
    second = ranges(rings.point_start[fans] + 1, counts[fans])
    result[ranges(start[fans], counts[fans])] = np.column_stack([first, second, second + 1])
    if clipped:
        result[ranges(start[others], counts[others])] = np.concatenate(clipped)
    return result, counts


def _convex(rings: Rings) -> BoolArray:
    following = rings.following
    here, there = rings.points, rings.points[following]
    edge = there - here
    after = edge[following]
    turn = edge[:, 0] * after[:, 1] - edge[:, 1] * after[:, 0]
    # A ring that turns left all the way is convex if it also goes round only once.
    left = np.logical_and.reduceat(turn > 0.0, rings.ring_start[:-1]) if len(turn) else np.zeros(0, dtype=bool)
    single = np.diff(rings.polygon_start) == 1
    exterior = rings.polygon_start[:-1]
    result: BoolArray = single & left[exterior] & _turns_once(edge, rings)[exterior]
    return result


def _turns_once(edge: FloatArray, rings: Rings) -> BoolArray:
    if not len(edge):
        return np.zeros(0, dtype=bool)
    up = (edge[:, 1] > 0) | ((edge[:, 1] == 0) & (edge[:, 0] > 0))
    flips = np.add.reduceat((up != up[rings.following]).astype(np.int64), rings.ring_start[:-1])
    result: BoolArray = flips == 2
    return result


def _ears(rings: Rings, polygon: int) -> IntArray:
    low, high = rings.polygon_start[polygon], rings.polygon_start[polygon + 1]
    start = int(rings.ring_start[low])
    ends = (rings.ring_start[low + 1 : high + 1] - start).astype(np.uint32)
    points = rings.points[start : int(rings.ring_start[high])]
    # Ear clipping is exact on small numbers: count from the polygon's own first point.
    found = mapbox_earcut.triangulate_float64(points - points[0], ends)
    return _counter_clockwise(points, found.astype(np.int64).reshape(-1, 3)) + start


def _counter_clockwise(points: FloatArray, triangles: IntArray) -> IntArray:
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    result: IntArray = triangles[doubled != 0.0]
    clockwise = doubled[doubled != 0.0] < 0.0
    result[clockwise] = result[clockwise][:, ::-1]
    return result


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
