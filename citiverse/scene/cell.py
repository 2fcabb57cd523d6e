"""Squares of the quadtree, and what lies in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from citiverse.city.change import Bounds
from citiverse.city.city import City, SomeFeature
from citiverse.city.feature import Feature, GreenArea, Paving, Rail, Road, Water
from citiverse.city.terrain import Terrain
from citiverse.geometry.arrays import IntArray
from citiverse.geometry.grid import Grid
from citiverse.shape.decks import is_span

LEAF_M = 256.0
MARGIN_M = 40.0
"""How far around a cell its features are looked up: further than the paint before a junction lies from its arms."""

EDGE_M = 16.0
BESIDE_M = 12.0
"""How far beside a bridge other ways are looked up: parts of the same bridge."""


@dataclass(frozen=True, slots=True, order=True)
class Square:
    """A place in the quadtree: level z (0 = leaf) and column x, row y counted from the frame's origin."""

    z: int
    x: int
    y: int

    @property
    def side_m(self) -> float:
        """Length of its sides."""
        return float(LEAF_M * 2**self.z)

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in the scene's metres."""
        side = self.side_m
        return self.x * side, self.y * side, (self.x + 1) * side, (self.y + 1) * side

    @property
    def parent(self) -> "Square":
        """The square of the next level that it lies in."""
        return Square(self.z + 1, self.x // 2, self.y // 2)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A square, the features within MARGIN_M of it in the order of their ids, and the ground below them.

    In a leaf there are also the ways around the bridges that it draws, as far as these reach.
    `cut` is the part of the square inside the scene's bounds.
    """

    square: Square
    features: tuple[Feature, ...]
    terrain: Terrain
    cut: Bounds


def squares_of(features: Sequence[Feature], z: int = 0) -> list[Square]:
    """The squares that features with a place of their own belong to."""
    return [Square(z, x, y) for x, y in _places(features, z).tolist()]


def _places(features: Sequence[Feature], z: int) -> IntArray:
    """Column and row of the square of each feature, shape (n, 2)."""
    points = shapely.get_coordinates(shapely.point_on_surface([feature.geometry for feature in features]))
    places: IntArray = np.floor(points / (LEAF_M * 2**z)).astype(np.int64)
    return places


def of_kind(cell: Cell, kind: type[SomeFeature]) -> list[SomeFeature]:
    """The cell's features of one kind."""
    return [feature for feature in cell.features if isinstance(feature, kind)]


def owned(cell: Cell, kind: type[SomeFeature]) -> list[SomeFeature]:
    """The cell's features of one kind whose representative point lies in its square."""
    near = of_kind(cell, kind)
    if not near:
        return []
    west, south, east, north = cell.square.bounds
    w, s, e, n = shapely.bounds([feature.geometry for feature in near]).T
    here = (w >= west) & (s >= south) & (e < east) & (n < north)  # then its representative point does too
    across = np.flatnonzero(~here & (w < east) & (s < north) & (e >= west) & (n >= south))
    if len(across):
        places = _places([near[i] for i in across], cell.square.z)
        here[across] = (places == (cell.square.x, cell.square.y)).all(axis=1)
    return [feature for feature, inside in zip(near, here.tolist(), strict=True) if inside]


def cell_of(city: City, square: Square, seen: Callable[[Feature], bool] | None = None) -> Cell:
    """What a builder needs to know of `city` to draw `square`: little enough to send to another process.

    Only features that are `seen`, where that is given.
    """
    west, south, east, north = square.bounds
    box = (west - MARGIN_M, south - MARGIN_M, east + MARGIN_M, north + MARGIN_M)
    found = city.near(box, seen)
    close = shapely.dwithin([feature.geometry for feature in found], shapely.box(*square.bounds), MARGIN_M)
    kept = {feature.id: feature for feature, near in zip(found, close, strict=True) if near}
    if square.z == 0:
        bridges = _with_next(city, spans_owned(list(kept.values()), square))
        kept |= {way.id: way for way in _ways_around(city, bridges)}
        box = _around([box, *(bridge.geometry.bounds for bridge in bridges)])
    features = [kept[id] for id in sorted(kept)]
    west, south, east, north = scene_bounds(city)
    w, s, e, n = square.bounds
    cut = max(w, west), max(s, south), min(e, east), min(n, north)
    return Cell(square, tuple(features), _cropped(city.terrain, box), cut)


def _around(boxes: Sequence[Bounds]) -> Bounds:
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def spans_owned(features: Sequence[Feature], square: Square) -> list[Road | Rail]:
    """The bridges among `features` that are drawn with `square`."""
    bridges = [feature for feature in features if isinstance(feature, Road | Rail) and is_span(feature)]
    squares = squares_of(bridges, square.z) if bridges else []
    return [bridge for bridge, own in zip(bridges, squares, strict=True) if own == square]


def spans_turned_by(city: City, ways: Sequence[Feature]) -> list[Road | Rail]:
    """The bridges whose height may depend on `ways`: they pass below, meet it, or meet a bridge of which that holds."""
    return _with_next(city, [way for way in _ways_around(city, ways) if is_span(way)])


def _with_next(city: City, bridges: Sequence[Road | Rail]) -> list[Road | Rail]:
    around = {way.id: way for way in _ways_around(city, bridges) if is_span(way)}
    return list({bridge.id: bridge for bridge in [*bridges, *around.values()]}.values())


def _ways_around(city: City, features: Sequence[Feature]) -> list[Road | Rail]:
    found: dict[str, Road | Rail] = {}
    for feature in features:
        w, s, e, n = feature.geometry.bounds
        for other in city.near((w - BESIDE_M, s - BESIDE_M, e + BESIDE_M, n + BESIDE_M)):
            if isinstance(other, Road | Rail):
                found[other.id] = other
    return list(found.values())


def reach_m(feature: Feature, z: int) -> float:
    """How far beyond its own geometry a feature may change what is seen in squares of level z, metres."""
    match feature:
        case GreenArea() | Water() | Paving():
            return 0.01 if z == 0 else 2.0**z  # from far its outline is a coarse one
        case _:
            return MARGIN_M


def scene_bounds(city: City) -> Bounds:
    """The edge of the scene's ground: the city's bounds and a little more, for what stands across them."""
    west, south, east, north = city.bounds
    return (
        max(0.0, float(np.floor(west - EDGE_M))),
        max(0.0, float(np.floor(south - EDGE_M))),
        max(1.0, float(np.ceil(east + EDGE_M))),
        max(1.0, float(np.ceil(north + EDGE_M))),
    )


def _cropped(terrain: Terrain, box: Bounds) -> Terrain:
    grid = terrain.grid
    if grid is None:
        return terrain
    rows, columns = grid.values.shape
    # Two cells more on each side, so that interpolation inside the box is what it was on the whole raster.
    left = int(np.clip((box[0] - grid.x0) // grid.cell_m - 2, 0, columns - 1))
    low = int(np.clip((box[1] - grid.y0) // grid.cell_m - 2, 0, rows - 1))
    right = int(np.clip((box[2] - grid.x0) // grid.cell_m + 3, left + 1, columns))
    high = int(np.clip((box[3] - grid.y0) // grid.cell_m + 3, low + 1, rows))
    values = grid.values[low:high, left:right]
    part = Grid(values, grid.x0 + left * grid.cell_m, grid.y0 + low * grid.cell_m, grid.cell_m, grid.unit)
    return replace(terrain, grid=part)


def squares_over(bounds: Bounds, z: int = 0) -> list[Square]:
    """The squares of level z that meet `bounds`, row by row; none if they are inside out."""
    side = LEAF_M * 2**z
    west, south, east, north = (int(np.floor(value / side)) for value in bounds)
    return [Square(z, x, y) for y in range(south, north + 1) for x in range(west, east + 1)]


def scene_squares(city: City, z: int = 0) -> list[Square]:
    """All squares of level z of the scene, row by row."""
    west, south, east, north = scene_bounds(city)
    return squares_over((west, south, east - 1e-6, north - 1e-6), z)


def top_level(city: City) -> int:
    """The lowest level, at least 1, at which one square holds the whole scene."""
    _, _, east, north = scene_bounds(city)
    z = 1
    while LEAF_M * 2**z < max(east, north):
        z += 1
    return z
