"""What stands and lies between roads and receivers: walls, ground and its factors, as arrays."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Bounds, Change
from citiverse.city.city import City
from citiverse.city.feature import Barrier, Building, Feature, GreenArea, Paving, Road, Water
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.grid import Grid
from citiverse.geometry.ragged import Rings, rings_of
from citiverse.impact.noise.propagation import Site

WALLS = frozenset({"wall", "city_wall", "retaining_wall", "noise_barrier", "sound_barrier"})  # hedges let sound pass
LATTICE_M = 25.0
FINEST_GROUND_M = 5.0
MOST_GROUND_CELLS = 250_000

# Ground factors, Directive 2002/49/EC, Annex II, table 2.5.a.
HARD = 0.0  # asphalt, concrete, water
DENSE = 0.3  # compacted dense ground, gravel: taken for ground of which the map says nothing
COMPACTED = 0.7  # compacted lawns, park areas
SOFT = 1.0  # grass, forest floor, loose soil
_COMPACTED_GREEN = frozenset({"park", "pitch", "playground", "cemetery", "recreation_ground", "golf_course"})


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """The arrays that paths are traced through, and the footprints they come from."""

    site: Site
    buildings: tuple[Building, ...]
    footprints: Rings
    ground: Grid


def surroundings(city: City, ground: Grid) -> Surroundings:
    """Walls and ground of a city; `ground` holds the ground factors, see `ground_factors`."""
    buildings = tuple(city.all(Building))
    footprints = rings_of([building.geometry for building in buildings])
    barriers = [barrier for barrier in city.all(Barrier) if stops_sound(barrier)]
    walls, owner = _walls(city, buildings, footprints, barriers)
    cells, items, lattice = _lattice(walls)
    terrain = city.terrain.grid
    site = Site(
        walls=walls,
        owner=owner,
        cells=cells,
        items=items,
        lattice=lattice,
        ground=np.ascontiguousarray(ground.values, dtype=np.float64),
        ground_frame=np.array([ground.x0, ground.y0, ground.cell_m]),
        terrain=np.zeros((0, 0)) if terrain is None else np.ascontiguousarray(terrain.values, dtype=np.float64),
        terrain_frame=np.array([0.0, 0.0, 1.0, city.terrain.level_m])
        if terrain is None
        else np.array([terrain.x0, terrain.y0, terrain.cell_m, city.terrain.level_m]),
    )
    return Surroundings(site, buildings, footprints, ground)


def stops_sound(barrier: Barrier) -> bool:
    """Whether sound has to go over it: massive and without gaps."""
    return barrier.category in WALLS and barrier.height_m > 0.0


def _walls(
    city: City, buildings: Sequence[Building], footprints: Rings, barriers: Sequence[Barrier]
) -> tuple[FloatArray, IntArray]:
    """Walls (ax, ay, bx, by, height) and the polygon each belongs to, -1 for free-standing ones."""
    start, end = footprints.points, footprints.points[footprints.following]
    polygon = footprints.polygon_of_ring[footprints.ring_of_point]
    if len(footprints):
        foot = np.minimum.reduceat(city.terrain.heights(start), footprints.point_start[:-1])
    else:
        foot = np.zeros(0)
    top = foot + np.array([building.height_m for building in buildings], dtype=np.float64)[footprints.owner]
    lines = [shapely.get_coordinates(barrier.geometry) for barrier in barriers]
    free = [
        np.column_stack([line[:-1], line[1:], np.full(len(line) - 1, barrier.height_m)])
        for line, barrier in zip(lines, barriers, strict=True)
    ]
    walls = np.concatenate([np.column_stack([start, end, top[polygon]]), *free])
    owner = np.concatenate([polygon, np.full(len(walls) - len(polygon), -1)])
    return np.ascontiguousarray(walls), owner.astype(np.int64)


def _lattice(walls: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """The walls in each square cell (starts, items) and the frame of the cells; see propagation.Site."""
    if not len(walls):
        return np.zeros(2, dtype=np.int64), np.zeros(0, dtype=np.int64), np.array([LATTICE_M, 0.0, 0.0, 1.0, 1.0])
    low = np.floor(np.minimum(walls[:, :2], walls[:, 2:4]) / LATTICE_M).astype(np.int64)
    high = np.floor(np.maximum(walls[:, :2], walls[:, 2:4]) / LATTICE_M).astype(np.int64)
    west, south = low.min(axis=0)
    columns, rows = high.max(axis=0) - low.min(axis=0) + 1
    wide, tall = (high - low + 1).T
    counts = wide * tall
    wall = np.repeat(np.arange(len(walls)), counts)
    within = np.arange(len(wall)) - np.repeat(np.cumsum(counts) - counts, counts)
    column = low[wall, 0] - west + within % wide[wall]
    row = low[wall, 1] - south + within // wide[wall]
    cell = row * columns + column
    order = np.argsort(cell, kind="stable")
    cells = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=rows * columns))])
    frame = np.array([LATTICE_M, west, south, columns, rows], dtype=np.float64)
    return cells.astype(np.int64), wall[order].astype(np.int64), frame


def ground_factors(city: City) -> Grid:
    """Ground factor of each cell of a raster over the city, by what lies under the middle of the cell."""
    west, south, east, north = city.bounds
    area = max((east - west) * (north - south), 1.0)
    cell = max(FINEST_GROUND_M, math.ceil(math.sqrt(area / MOST_GROUND_CELLS)))
    columns, rows = max(math.ceil((east - west) / cell), 1), max(math.ceil((north - south) / cell), 1)
    grid = Grid(np.zeros((rows, columns)), west, south, cell, "ground factor")
    return _painted(
        grid, city, (0, 0, rows, columns), [feature for feature in city.features() if covers_ground(feature)]
    )


def covers_ground(feature: Feature) -> bool:
    """Whether it decides on the ground factor under it."""
    match feature:
        case Road():
            return not (feature.tunnel or feature.bridge)
        case Building() | GreenArea() | Water() | Paving():
            return True
        case _:
            return False


def _painted(grid: Grid, city: City, window: tuple[int, int, int, int], features: Sequence[Feature]) -> Grid:
    """The raster with the cells of a window (first row and column, last ones + 1) painted anew from `features`."""
    row0, column0, row1, column1 = window
    y, x = np.mgrid[row0:row1, column0:column1]
    middle = np.column_stack([grid.x0 + (x.ravel() + 0.5) * grid.cell_m, grid.y0 + (y.ravel() + 0.5) * grid.cell_m])
    factor = np.full(len(middle), DENSE)
    for value, shapes in _covers(features):
        factor[_under(middle, shapes)] = value
    values = grid.values.copy()
    values[row0:row1, column0:column1] = factor.reshape(row1 - row0, column1 - column0)
    return Grid(values, grid.x0, grid.y0, grid.cell_m, grid.unit)


def _covers(features: Sequence[Feature]) -> Iterator[tuple[float, list[BaseGeometry]]]:
    """Ground factors and where they apply, the later ones over the earlier ones."""
    green = [feature for feature in features if isinstance(feature, GreenArea)]
    yield COMPACTED, [each.geometry for each in green if each.category in _COMPACTED_GREEN]
    yield SOFT, [each.geometry for each in green if each.category not in _COMPACTED_GREEN]
    yield HARD, [each.geometry for each in features if isinstance(each, Water)]
    yield HARD, [each.geometry for each in features if isinstance(each, Building | Paving)]
    roads = [each for each in features if isinstance(each, Road)]
    widths = np.array([max(road.width_m, 2.0) / 2.0 for road in roads])
    yield HARD, list(shapely.buffer([road.geometry for road in roads], widths, quad_segs=2, cap_style="flat"))


def _under(points: FloatArray, shapes: list[BaseGeometry]) -> IntArray:
    """Indices of the points that lie in any of the shapes."""
    if not shapes:
        return np.zeros(0, dtype=np.int64)
    places = np.asarray(shapely.points(points))
    if len(places) > len(shapes):
        hits = STRtree(places).query(shapes, predicate="intersects")[1]
    else:
        hits = STRtree(shapes).query(places, predicate="intersects")[0]
    return np.unique(hits)


def repainted(ground: Grid, city: City, change: Change) -> tuple[Grid, list[Bounds]]:
    """The ground factors after `change`, which led to `city`, and the boxes in which they differ from `ground`."""
    grid, boxes = ground, []
    for feature in _grounds(change):
        window = _window(ground, feature.geometry.bounds)
        if window is None:
            continue
        row0, column0, row1, column1 = window
        box = (
            ground.x0 + column0 * ground.cell_m, ground.y0 + row0 * ground.cell_m,
            ground.x0 + column1 * ground.cell_m, ground.y0 + row1 * ground.cell_m,
        )  # fmt: skip
        margin = shapely.box(*box).buffer(50.0).bounds  # roads reach as far beyond their lines
        grid = _painted(grid, city, window, city.near(margin, covers_ground))
        rows, columns = np.nonzero((grid.values != ground.values)[row0:row1, column0:column1])
        if len(rows):
            boxes.append(
                (
                    box[0] + columns.min() * ground.cell_m, box[1] + rows.min() * ground.cell_m,
                    box[0] + (columns.max() + 1) * ground.cell_m, box[1] + (rows.max() + 1) * ground.cell_m,
                )
            )  # fmt: skip
    return grid, boxes


def moved_walls(change: Change) -> list[Bounds]:
    """Boxes around the walls that `change` has built, moved, raised or taken away."""
    boxes: list[Bounds] = []
    for id in change.ids:
        before, after = (_as_wall(side[id]) for side in (change.before, change.after))
        if before != after:
            boxes += [wall[0].bounds for wall in (before, after) if wall is not None]
    return boxes


def _as_wall(feature: Feature | None) -> tuple[BaseGeometry, float] | None:
    """What of a feature sound has to go over: its shape and height."""
    if isinstance(feature, Building) or (isinstance(feature, Barrier) and stops_sound(feature)):
        return feature.geometry, feature.height_m
    return None


def _grounds(change: Change) -> Iterator[Feature]:
    """Features that cover ground, as they were and as they are."""
    return (
        feature
        for side in (change.before, change.after)
        for feature in side.values()
        if feature is not None and covers_ground(feature)
    )


def _window(grid: Grid, bounds: Bounds) -> tuple[int, int, int, int] | None:
    """Cells that a box touches, roads' width included: first row and column, last ones + 1. None off the raster."""
    rows, columns = grid.values.shape
    reach = 30.0
    column0 = max(math.floor((bounds[0] - reach - grid.x0) / grid.cell_m), 0)
    row0 = max(math.floor((bounds[1] - reach - grid.y0) / grid.cell_m), 0)
    column1 = min(math.ceil((bounds[2] + reach - grid.x0) / grid.cell_m), columns)
    row1 = min(math.ceil((bounds[3] + reach - grid.y0) / grid.cell_m), rows)
    return (row0, column0, row1, column1) if row0 < row1 and column0 < column1 else None
