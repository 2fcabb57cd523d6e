"""Where noise and air are told: in front of facades and on a grid."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from citiverse.city.city import City
from citiverse.city.feature import Building, Road
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.kernel import kernel
from citiverse.geometry.ragged import Rings

FACADE_DISTANCE_M = 2.0  # in front of the wall
MOST_FACADE_POINTS = 4000  # about, in the city as it was read
USUAL_GRID_POINTS = 4500  # about, as long as cells are no larger than COARSE_GRID_M
MOST_GRID_POINTS = 9000  # about, in larger cities
MOST_WAYS = 4e6  # from pieces of street to receivers, about: 64 bytes each
CLOSEST_FACADE_POINTS_M = 10.0
FINEST_GRID_M, COARSE_GRID_M = 10.0, 20.0
FARTHEST_M, NEAREST_REACH_M = 500.0, 200.0  # reach of paths in a small and in a large city
USUAL_PIECE_M = 40.0  # of street between junctions


@dataclass(frozen=True, slots=True)
class Spacing:
    """How far apart receivers are and how far away a street may be, metres; the same for a city and all proposals."""

    facade_m: float
    grid_m: float
    reach_m: float


def spacing_of(city: City) -> Spacing:
    """Receivers as dense, and paths as long, as the size of the city as it was read allows."""
    built = [feature.geometry for feature in city.base.features.values() if isinstance(feature, Building)]
    driven = [
        feature.geometry
        for feature in city.base.features.values()
        if isinstance(feature, Road) and "car" in feature.modes
    ]
    perimeter = float(shapely.length(built).sum()) if built else 0.0
    west, south, east, north = city.bounds
    area = max((east - west) * (north - south), 1.0)
    facade = max(CLOSEST_FACADE_POINTS_M, round(perimeter / MOST_FACADE_POINTS, 1))
    grid = max(FINEST_GRID_M, _cell(area, USUAL_GRID_POINTS))
    if grid > COARSE_GRID_M:
        grid = max(COARSE_GRID_M, _cell(area, MOST_GRID_POINTS))
    receivers = max(perimeter / facade, len(built)) + area / grid**2
    pieces = (float(shapely.length(driven).sum()) if driven else 0.0) / USUAL_PIECE_M
    reach = math.sqrt(MOST_WAYS * area / max(math.pi * receivers * pieces, 1.0))
    return Spacing(facade, grid, float(min(max(10.0 * round(reach / 10.0), NEAREST_REACH_M), FARTHEST_M)))


def _cell(area_m2: float, points: int) -> float:
    """Side of the cells of a grid with so many points, in steps of 5 m."""
    return 5.0 * math.ceil(math.sqrt(area_m2 / points) / 5.0)


@dataclass(frozen=True, slots=True, eq=False)
class Receivers:
    """Places 4 m above the ground: those at facades first, then those on the grid.

    `points` (n, 3): x, y and the height of the ground; `building`, shape (facade points,): the index of the building a
    facade point belongs to; `cell`, shape (grid points,): the cell of the grid, row by row from the south-west.
    """

    points: FloatArray
    building: IntArray
    cell: IntArray
    columns: int
    rows: int
    cell_m: float
    corner: tuple[float, float]

    @property
    def facades(self) -> int:
        """Number of facade points."""
        return len(self.building)


def receivers_of(city: City, footprints: Rings, spacing: Spacing) -> Receivers:
    """Receivers 2 m in front of all facades, courtyards included, and on a grid; none within a building."""
    limit = int(_counts(footprints, spacing.facade_m).sum())
    facade = np.zeros((limit, 2))
    building = np.zeros(limit, dtype=np.int64)
    along_facades(
        footprints.points, footprints.ring_start, footprints.owner[footprints.polygon_of_ring],
        spacing.facade_m, FACADE_DISTANCE_M, facade, building,
    )  # fmt: skip
    west, south, east, north = city.bounds
    columns = max(math.ceil((east - west) / spacing.grid_m), 1)
    rows = max(math.ceil((north - south) / spacing.grid_m), 1)
    row, column = np.divmod(np.arange(rows * columns), columns)
    grid = np.column_stack([west + (column + 0.5) * spacing.grid_m, south + (row + 0.5) * spacing.grid_m])
    outdoors = ~_within(np.concatenate([facade, grid]), footprints)
    open_facade, open_grid = outdoors[:limit], outdoors[limit:]
    points = np.concatenate([facade[open_facade], grid[open_grid]])
    return Receivers(
        points=np.ascontiguousarray(np.column_stack([points, city.terrain.heights(points)])),
        building=building[open_facade],
        cell=np.flatnonzero(open_grid),
        columns=columns,
        rows=rows,
        cell_m=spacing.grid_m,
        corner=(west, south),
    )


def _counts(footprints: Rings, spacing_m: float) -> IntArray:
    """An upper bound of facade points on each ring."""
    steps = footprints.points[footprints.following] - footprints.points
    lengths = np.bincount(footprints.ring_of_point, np.hypot(*steps.T), minlength=len(footprints.ring_start) - 1)
    counts: IntArray = np.ceil(lengths / spacing_m).astype(np.int64) + 1
    return counts


@kernel("void(f8[:,::1], i8[::1], i8[::1], f8, f8, f8[:,::1], i8[::1])")
def along_facades(
    points: FloatArray, ring_start: IntArray, owner: IntArray, spacing_m: float, distance_m: float,
    out: FloatArray, building: IntArray,
) -> None:  # fmt: skip
    """Points in the middle of equal parts of each ring, set off to its right; `building` receives the ring's owner.

    Ring by ring, so that the points of one do not depend on others. Room that is left holds not-a-number.
    """
    n = 0
    for ring in range(len(ring_start) - 1):
        first, last = ring_start[ring], ring_start[ring + 1]
        around = 0.0
        for i in range(first, last):
            j = i + 1 if i + 1 < last else first
            around += math.hypot(points[j, 0] - points[i, 0], points[j, 1] - points[i, 1])
        parts = max(int(around / spacing_m + 0.5), 1)
        at, k = 0.0, 0
        for i in range(first, last):
            j = i + 1 if i + 1 < last else first
            dx, dy = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
            length = math.hypot(dx, dy)
            while k < parts and (k + 0.5) * around / parts <= at + length and length > 0.0:
                t = ((k + 0.5) * around / parts - at) / length
                out[n, 0] = points[i, 0] + t * dx + distance_m * dy / length
                out[n, 1] = points[i, 1] + t * dy - distance_m * dx / length
                building[n] = owner[ring]
                n += 1
                k += 1
            at += length
    for i in range(n, len(out)):
        out[i, 0], out[i, 1], building[i] = math.nan, math.nan, -1


def _within(points: FloatArray, footprints: Rings) -> NDArray[np.bool_]:
    """Whether each point lies in a footprint, or nowhere."""
    inside = np.isnan(points[:, 0])
    if len(footprints):
        shapes = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON,
            *_closed(footprints),
        )
        real = np.flatnonzero(~inside)
        hits = STRtree(shapes).query(shapely.points(points[real]), predicate="intersects")[0]
        inside[real[hits]] = True
    return inside


def _closed(footprints: Rings) -> tuple[FloatArray, tuple[IntArray, IntArray]]:
    """Rings with their first point repeated at the end, as shapely takes them."""
    sizes = footprints.ring_sizes
    ends = np.cumsum(sizes)
    points = np.insert(footprints.points, ends, footprints.points[footprints.ring_start[:-1]], axis=0)
    return points, (footprints.ring_start + np.arange(len(footprints.ring_start)), footprints.polygon_start)
