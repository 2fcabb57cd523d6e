"""Trees of woods and bushes of thickets, which nobody maps one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from citiverse.city.change import Bounds
from citiverse.city.feature import GreenArea, Rail, Road
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.memory import remembered
from citiverse.shape.streets import section

WOODS = frozenset({"forest", "wood"})
THICKETS = frozenset({"scrub"})
APART_M, BUSHES_APART_M = 16.0, 8.0
"""Distance of trees and of bushes on average: wider than in truth, with crowns as much broader."""
MOST_SCRUB_M2 = 10_000.0
"""Larger ones are open hillsides more often than hedges along a street."""
BESIDE_WAYS_M = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """What grows in an area: where (n, 2), how tall and how broad (n,), metres, and whether these are bushes."""

    at: FloatArray
    height_m: FloatArray
    crown_m: FloatArray
    bushes: bool

    def __getitem__(self, some: NDArray[np.bool_]) -> "Growth":
        """Those of them that `some` (n,) tells."""
        return Growth(self.at[some], self.height_m[some], self.crown_m[some], self.bushes)


def is_grown(area: GreenArea) -> bool:
    """Whether trees or bushes stand all over an area."""
    return area.category in WOODS or (area.category in THICKETS and area.geometry.area <= MOST_SCRUB_M2)


@remembered(2_000)
def growth(area: GreenArea) -> Growth:
    """What grows in a wood or thicket; a place has the same tree whatever the outline is around it."""
    bushes = area.category in THICKETS
    apart = BUSHES_APART_M if bushes else APART_M
    west, south, east, north = np.floor(np.array(area.geometry.bounds) / apart).astype(np.int64).tolist()
    x, y = (each.reshape(-1) for each in np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1)))
    chance = _chances(x, y)
    at = np.round((np.column_stack([x, y]) + 0.15 + 0.7 * chance[:, :2]) * apart, 3)
    shapely.prepare(area.geometry)
    inside = shapely.contains_xy(area.geometry, at)
    at, chance = at[inside], chance[inside]
    if bushes:
        return Growth(at, 1.2 + 1.4 * chance[:, 2], 2.2 + 2.0 * chance[:, 3], bushes)
    return Growth(at, 10.0 + 8.0 * chance[:, 2], 8.0 + 5.0 * chance[:, 3], bushes)


def within(found: Growth, box: Bounds) -> Growth:
    """What grows in a box, its western and southern edges included."""
    west, south, east, north = box
    x, y = found.at.T
    return found[(west <= x) & (x < east) & (south <= y) & (y < north)]


def clear_of(found: Growth, ways: Sequence[Road | Rail], stems: FloatArray) -> Growth:
    """What grows off the `ways` and not where the trees with `stems` (n, 2) stand."""
    if not len(found.at):
        return found
    points = _points(found.at)
    free: NDArray[np.bool_] = np.ones(len(points), dtype=np.bool_)
    if ways:
        half = np.array([section(way).width_m / 2 if isinstance(way, Road) else 2.0 for way in ways]) + BESIDE_WAYS_M
        tree = shapely.STRtree(points)
        free[tree.query([way.geometry for way in ways], predicate="dwithin", distance=half)[1]] = False
    if len(stems):
        near = shapely.STRtree(_points(stems)).query(points, predicate="dwithin", distance=APART_M / 3)
        free[near[0]] = False
    return found[free]


def _points(at: FloatArray) -> NDArray[np.object_]:
    return np.asarray(shapely.points(at), dtype=np.object_)


def _chances(x: NDArray[np.int64], y: NDArray[np.int64]) -> FloatArray:
    """Four numbers from 0 to 1 that each place of a grid always has, shape (n, 4)."""
    mixed = x.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + y.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    for _ in range(2):
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    shifts = np.array([8, 20, 32, 44], dtype=np.uint64)
    return ((mixed[:, None] >> shifts) & np.uint64(4095)) / 4095.0
