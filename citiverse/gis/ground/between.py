"""Heights between those that are known: on triangles, and among places."""

import math

import numpy as np
import shapely
from scipy.spatial import ConvexHull, Delaunay, QhullError, cKDTree
from shapely import STRtree

from citiverse.geometry.arrays import FloatArray
from citiverse.gis.ground.surface import Tin

NEIGHBOURS = 8
STEP_M, STEEPEST = 3.0, 0.5  # a place that is further than this off its neighbours is a cellar, a tower or a slip


def tin_side_m(tin: Tin) -> float:
    """The side of the cells of a raster that would be as fine as the triangles."""
    a, b, c = (tin.triangles[:, corner, :2] for corner in range(3))
    doubled = np.abs((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]))
    return math.sqrt(max(float(np.median(doubled)) if len(doubled) else 0.0, 0.01))


def heights_on(tin: Tin, points: FloatArray) -> FloatArray:
    """Heights at points, shape (n, 2), that lie on a triangle; of several the highest; else not a number."""
    flat = tin.triangles[:, :, :2]
    a, b, c = (flat[:, corner] for corner in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    good = np.flatnonzero(np.isfinite(tin.triangles).all(axis=(1, 2)) & (np.abs(doubled) > 1e-9))
    result = np.full(len(points), np.nan)
    if not len(good):
        return result
    shapes = np.asarray(shapely.polygons(np.concatenate([flat[good], flat[good][:, :1]], axis=1)))
    low, high = flat[good].min(axis=(0, 1)), flat[good].max(axis=(0, 1))
    near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    if not len(near):
        return result
    at, which = STRtree(shapes).query(shapely.points(points[near]), predicate="intersects")
    at, which = near[at], good[which]
    place, corner = points[at], tin.triangles[which]
    u = ((place[:, 0] - corner[:, 0, 0]) * (corner[:, 2, 1] - corner[:, 0, 1])
         - (place[:, 1] - corner[:, 0, 1]) * (corner[:, 2, 0] - corner[:, 0, 0])) / doubled[which]  # fmt: skip
    v = ((corner[:, 1, 0] - corner[:, 0, 0]) * (place[:, 1] - corner[:, 0, 1])
         - (corner[:, 1, 1] - corner[:, 0, 1]) * (place[:, 0] - corner[:, 0, 0])) / doubled[which]  # fmt: skip
    z = corner[:, 0, 2] * (1.0 - u - v) + corner[:, 1, 2] * u + corner[:, 2, 2] * v
    np.fmax.at(result, at, z)
    return result


def thinned(spots: FloatArray, cell_m: float) -> FloatArray:
    """One place for each cell that has any: their middle, and the median of their heights. Shapes (n, 3), (m, 3)."""
    cells = np.floor(spots[:, :2] / cell_m).astype(np.int64)
    order = np.lexsort((spots[:, 2], cells[:, 1], cells[:, 0]))
    cells, spots = cells[order], spots[order]
    first = np.flatnonzero(np.r_[True, (np.diff(cells, axis=0) != 0).any(axis=1)])
    count = np.diff(np.r_[first, len(spots)])
    middle = np.add.reduceat(spots[:, :2], first, axis=0) / count[:, None]
    return np.column_stack([middle, spots[first + count // 2, 2]])


def without_outliers(spots: FloatArray) -> FloatArray:
    """Places without those that stand far above or below all around."""
    if len(spots) <= NEIGHBOURS:
        return spots
    others = [*range(2, NEIGHBOURS + 2)]  # the first is the place itself
    distance, index = map(np.asarray, cKDTree(spots[:, :2]).query(spots[:, :2], k=others))
    off = np.abs(spots[:, 2] - np.median(spots[index, 2], axis=1))
    kept: FloatArray = spots[off <= STEP_M + STEEPEST * np.median(distance, axis=1)]
    return kept if len(kept) else spots


def between(spots: FloatArray, points: FloatArray) -> FloatArray:
    """Heights at points, shape (n, 2), on the triangles between places, shape (m, 3); beyond them not a number."""
    try:
        if len(spots) < 3:
            raise QhullError("too few places for a triangle")
        triangles = Delaunay(spots[:, :2]).simplices
    except QhullError:
        return np.full(len(points), np.nan)
    return heights_on(Tin("", spots[triangles]), points)


def around(spots: FloatArray, points: FloatArray, near_m: float) -> FloatArray:
    """Heights at points, shape (n, 2), between places, shape (m, 3), and within `near_m` of one that of the nearest.

    Beyond all places the ground goes on level from their edge, so that it has no steps.
    """
    distance, index = cKDTree(spots[:, :2]).query(points)
    found = between(spots, points)
    outside = np.isnan(found)
    found[outside] = beyond(spots, points[outside])
    return np.where(distance <= near_m, spots[index, 2], found)


def beyond(spots: FloatArray, points: FloatArray) -> FloatArray:
    """Heights at points, shape (n, 2), outside of all places, shape (m, 3): that of the nearest point of their edge."""
    try:
        corners = spots[ConvexHull(spots[:, :2]).vertices]
    except (QhullError, ValueError):
        found: FloatArray = spots[cKDTree(spots[:, :2]).query(points)[1], 2]
        return found
    ring = np.vstack([corners, corners[:1]])
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(ring[:, :2], axis=0).T))]
    at = shapely.line_locate_point(shapely.LinearRing(ring[:, :2]), shapely.points(points))
    return np.asarray(np.interp(at, along, ring[:, 2]), np.float64)
