"""What point clouds tell of a city: its ground, how high its buildings are, and where its trees stand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely import STRtree

from citiverse.city.change import Bounds
from citiverse.city.feature import Building, Roof
from citiverse.city.frame import Frame
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.gis.ground.surface import Spots
from citiverse.gis.lidar.cloud import Cloud, Points
from citiverse.gis.lidar.ground import ground_among
from citiverse.gis.lidar.roof import roof_of
from citiverse.gis.lidar.trees import Crown, crowns

INSET_M = 0.3  # walls and gutters: points so near to the outline of a house are left out
ROUND_M = 4.0  # how far around a house its ground is looked for
LOW_SHARE, HIGH_SHARE = 0.05, 0.985  # of the heights around, and on the roof: below and above are slips and chimneys
LEAST_M = 1.8  # above the ground; anything lower is no roof
FEWEST, SPARSEST = 8, 0.25  # points on a roof, and the share of its square metres that have one
CELL_M = 1.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What points tell of one building: metres from its ground to its top, and its roof."""

    height_m: float
    roof: Roof


@dataclass(frozen=True, slots=True)
class Survey:
    """What point clouds tell: buildings by id, those with too few points, trees, and the ground."""

    buildings: dict[str, Measured]
    unclear: list[str]
    crowns: list[Crown]
    ground: Spots | None


def survey(clouds: Sequence[Cloud], buildings: Sequence[Building], frame: Frame, bounds: Bounds) -> Survey:
    """Go through all points once, and tell what they say of the buildings, shape by shape, and of the rest."""
    gathered = _Gathered(buildings)
    for cloud in clouds:
        for points in cloud.batches(frame, bounds):
            gathered.take(points)
    ground = gathered.ground()
    if not len(ground):
        return Survey({}, [], [], None)
    file = ", ".join(cloud.path.name for cloud in clouds)
    vertical = next((cloud.place.vertical for cloud in clouds if cloud.place.vertical), "")
    found, unclear = gathered.measured(ground)
    west, south, east, north = bounds
    trees = [
        each
        for each in crowns(gathered.canopy(ground), [each.geometry for each in buildings])
        if west <= each.x <= east and south <= each.y <= north
    ]
    return Survey(found, unclear, trees, Spots(file, ground, vertical, measured=True))


class _Gathered:
    """Points sorted by what they are for, thinned where one in a square metre is enough."""

    def __init__(self, buildings: Sequence[Building]) -> None:
        self.buildings = buildings
        shapes = np.array([each.geometry for each in buildings], dtype=object)
        inset = shapely.buffer(shapes, -INSET_M)
        self.shapes = np.where(shapely.is_empty(inset), shapes, inset)
        self.tree = STRtree(self.shapes)
        self._ground: list[FloatArray] = []
        self._leafy: list[FloatArray] = []
        self._loose: list[FloatArray] = []
        self._roof: list[tuple[IntArray, FloatArray]] = []
        self._other: list[tuple[IntArray, FloatArray]] = []

    def take(self, points: Points) -> None:
        """Sort some points."""
        self._ground.append(lowest(points.xyz[points.ground]))
        self._leafy.append(-lowest(-points.xyz[points.leafy]))
        self._loose.append(lowest(points.xyz[points.loose]))
        for chosen, into in ((points.roof, self._roof), (points.loose, self._other)):
            xyz = points.xyz[chosen]
            if len(xyz):
                at, which = self.tree.query(shapely.points(xyz[:, :2]), predicate="intersects")
                into.append((which, xyz[at]))

    def ground(self) -> FloatArray:
        """One place in each square metre where the ground shows."""
        sorted_out = lowest(_joined(self._ground))
        return sorted_out if len(sorted_out) else ground_among(lowest(_joined(self._loose)))

    def canopy(self, ground: FloatArray) -> FloatArray:
        """The highest leaf of each square metre: x, y and metres above the ground."""
        top = -lowest(-_joined(self._leafy))
        if not len(top):
            return top
        _, nearest = cKDTree(ground[:, :2]).query(top[:, :2])
        return np.column_stack([top[:, :2], top[:, 2] - ground[nearest, 2]])

    def measured(self, ground: FloatArray) -> tuple[dict[str, Measured], list[str]]:
        """Height and roof of each building with enough points, and the ids of those that have some, but too few."""
        floors = self._floors(ground)
        roofs, others = _by_building(self._roof, len(self.buildings)), _by_building(self._other, len(self.buildings))
        areas = shapely.area(self.shapes)
        found: dict[str, Measured] = {}
        unclear: list[str] = []
        for n, building in enumerate(self.buildings):
            if not np.isfinite(floors[n]) or not len(roofs[n]) + len(others[n]):
                continue
            points = next((each for each in (roofs[n], others[n]) if _enough(each, floors[n], areas[n])), None)
            if points is None:
                unclear.append(building.id)
                continue
            above = points[points[:, 2] > floors[n] + LEAST_M]
            top_m = float(np.quantile(above[:, 2], HIGH_SHARE))
            height_m = round(top_m - float(floors[n]), 2)
            found[building.id] = Measured(height_m, roof_of(above, top_m, height_m))
        return found, unclear

    def _floors(self, ground: FloatArray) -> FloatArray:
        """The ground of each building: that of the lower places around it, not a number where there are none."""
        result = np.full(len(self.buildings), np.nan)
        around = shapely.buffer([each.geometry for each in self.buildings], ROUND_M, quad_segs=2)
        which, at = STRtree(np.asarray(shapely.points(ground[:, :2]))).query(around, predicate="intersects")
        order = np.argsort(which, kind="stable")
        which, z = which[order], ground[at[order], 2]
        start = np.searchsorted(which, np.arange(len(result) + 1))
        for n in np.unique(which).tolist():
            result[n] = np.quantile(z[start[n] : start[n + 1]], LOW_SHARE)
        return result


def _enough(points: FloatArray, floor_m: float, area_m2: float) -> bool:
    """Whether points are spread over so much of a roof that its top is among them."""
    above = points[points[:, 2] > floor_m + LEAST_M]
    if len(above) < FEWEST:
        return False
    covered = len(np.unique(np.floor(above[:, :2]).astype(np.int64), axis=0))
    return covered >= SPARSEST * max(area_m2, 1.0)


def _by_building(found: Sequence[tuple[IntArray, FloatArray]], count: int) -> list[FloatArray]:
    which = np.concatenate([each for each, _ in found]) if found else np.zeros(0, dtype=np.int64)
    xyz = _joined([each for _, each in found])
    order = np.argsort(which, kind="stable")
    start = np.searchsorted(which[order], np.arange(count + 1))
    xyz = xyz[order]
    return [xyz[start[n] : start[n + 1]] for n in range(count)]


def _joined(parts: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate(parts) if parts else np.zeros((0, 3))


def lowest(xyz: FloatArray, cell_m: float = CELL_M) -> FloatArray:
    """The lowest point of each square of points, shape (n, 3)."""
    if not len(xyz):
        return xyz
    cells = np.floor(xyz[:, :2] / cell_m).astype(np.int64)
    order = np.lexsort((xyz[:, 2], cells[:, 1], cells[:, 0]))
    cells = cells[order]
    first = np.flatnonzero(np.r_[True, (np.diff(cells, axis=0) != 0).any(axis=1)])
    kept: FloatArray = xyz[order][first]
    return kept
