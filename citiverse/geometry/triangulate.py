"""Polygons to triangles."""

import mapbox_earcut
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.kernel import kernel
from citiverse.geometry.ragged import Rings, ranges

BoolArray = NDArray[np.bool_]
SMALLEST_M2 = 1e-9  # twice the area of a triangle
MOST_CLIPPED = 256
"""Corners of a ring beyond which looking at all of them for each ear takes longer than mapbox_earcut's index does."""


def triangulate(rings: Rings) -> tuple[IntArray, IntArray]:
    """Triangles of all polygons, counter-clockwise, shape (m, 3) of point numbers, and the number of each polygon's.

    By ear clipping: polygons without holes all at once, others (and what is so knotted that no ears are left) one by
    one with mapbox_earcut.
    """
    triangles = np.empty((len(rings.points), 3), dtype=np.int64)
    counts = np.empty(len(rings), dtype=np.int64)
    made = _clip_all(np.ascontiguousarray(rings.points), rings.ring_start, rings.polygon_start, triangles, counts)
    others = np.flatnonzero(counts < 0)
    if not len(others):
        return triangles[:made], counts
    done = np.flatnonzero(counts >= 0)
    ears, counts[others] = _ears(rings, others)
    result = np.empty((int(counts.sum()), 3), dtype=np.int64)
    start = np.cumsum(counts) - counts
    result[ranges(start[done], counts[done])] = triangles[:made]
    result[ranges(start[others], counts[others])] = ears
    return result, counts


@kernel("i8(f8[:,::1], i8[::1], i8[::1], i8[:,::1], i8[::1])")
def _clip_all(  # noqa: C901, PLR0912  one loop as the kernel compiles it
    points: FloatArray, ring_start: IntArray, polygon_start: IntArray, triangles: IntArray, counts: IntArray
) -> int:
    """Ears of every polygon of one ring into `triangles`, their number into `counts` (-1: left to others); how many."""
    before, after = np.empty(MOST_CLIPPED, np.int64), np.empty(MOST_CLIPPED, np.int64)
    x, y = np.empty(MOST_CLIPPED), np.empty(MOST_CLIPPED)
    bent = np.empty(MOST_CLIPPED, np.bool_)  # corners that are not sharp: only these may lie in an ear
    made = 0
    for polygon in range(len(polygon_start) - 1):
        counts[polygon] = -1
        ring = polygon_start[polygon]
        first = ring_start[ring]
        left = ring_start[ring + 1] - first
        if polygon_start[polygon + 1] - ring != 1 or left > MOST_CLIPPED:
            continue
        whole, blunt = 0.0, 0
        for i in range(left):
            # Counted from the polygon's own first point, so that large coordinates cost no digits.
            x[i], y[i] = points[first + i, 0] - points[first, 0], points[first + i, 1] - points[first, 1]
            before[i], after[i] = (i - 1) % left, (i + 1) % left
        for i in range(left):
            h, j = before[i], after[i]
            whole += x[i] * y[j] - x[j] * y[i]
            bent[i] = (x[i] - x[h]) * (y[j] - y[i]) - (y[i] - y[h]) * (x[j] - x[i]) <= SMALLEST_M2
            blunt += bent[i]
        begin, here, looked, covered = made, 0, 0, 0.0
        while left > 2 and looked <= left:
            h, j = before[here], after[here]
            bx, by, cx, cy = x[here] - x[h], y[here] - y[h], x[j] - x[h], y[j] - y[h]
            size = bx * cy - by * cx
            flat, ear = abs(size) <= SMALLEST_M2, size > SMALLEST_M2
            k = after[j]
            while ear and blunt > 0 and k != h:
                px, py = x[k] - x[h], y[k] - y[h]
                if (
                    bent[k]
                    and bx * py - by * px >= -SMALLEST_M2
                    and (cx - bx) * (py - by) - (cy - by) * (px - bx) >= -SMALLEST_M2
                    and px * cy - py * cx >= -SMALLEST_M2
                    and not (px == 0.0 and py == 0.0)
                    and not (px == bx and py == by)
                    and not (px == cx and py == cy)
                ):
                    ear = False
                k = after[k]
            if not (ear or flat):
                looked, here = looked + 1, j
                continue
            if ear:
                triangles[made, 0], triangles[made, 1], triangles[made, 2] = first + h, first + here, first + j
                made, covered = made + 1, covered + size
            after[h], before[j] = j, h
            left, looked, blunt = left - 1, 0, blunt - bent[here]
            for k in (h, j):  # without the ear the corners beside it may have become sharp
                q, r = before[k], after[k]
                if bent[k] and (x[k] - x[q]) * (y[r] - y[k]) - (y[k] - y[q]) * (x[r] - x[k]) > SMALLEST_M2:
                    bent[k], blunt = False, blunt - 1
            here = j  # and so round one corner, as a fan, which packs well
        if left > 2 or abs(covered - whole) > 1e-6 + 1e-9 * whole:
            made = begin
        else:
            counts[polygon] = made - begin
    return made


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
