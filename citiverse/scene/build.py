"""From a city to its tiles, all of them or those that a change touches."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
import shapely

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Feature, Rail, Road
from citiverse.geometry.memory import remembered
from citiverse.scene.cell import (
    Cell,
    Square,
    cell_of,
    reach_m,
    scene_bounds,
    scene_squares,
    spans_turned_by,
    squares_of,
    squares_over,
    top_level,
)
from citiverse.scene.executor import Executor, Serial
from citiverse.scene.layers.table import FAR, LAYERS
from citiverse.scene.likeness import visible
from citiverse.scene.tile import Layer, Tile, tile_key, tile_of

Progress = Callable[[int, int], None]
"""Told how many squares of how many are done."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """All tiles of a scene by their keys."""

    by_key: Mapping[str, Tile]

    def __len__(self) -> int:
        """Number of tiles."""
        return len(self.by_key)

    @property
    def hashes(self) -> dict[str, str]:
        """Key to hash: all that a client must know of a revision."""
        return {key: tile.hash for key, tile in self.by_key.items()}

    @property
    def size(self) -> int:
        """Bytes of all tiles together."""
        return sum(len(tile.content) for tile in self.by_key.values())

    def with_delta(self, delta: "SceneDelta") -> "Tiles":
        """The tiles after a change."""
        kept = {key: tile for key, tile in self.by_key.items() if key not in delta.drop}
        return tiles_of([*kept.values(), *delta.set.values()])


@dataclass(frozen=True, slots=True, eq=False)
class SceneDelta:
    """Tiles that a change made or made anew, by key, and the keys of those that are gone."""

    set: Mapping[str, Tile]
    drop: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any tile changed."""
        return bool(self.set or self.drop)


def tiles_of(tiles: Sequence[Tile]) -> Tiles:
    """Tiles in the order of their keys; of two with one key the later counts."""
    by_key = {tile.key: tile for tile in tiles}
    return Tiles(MappingProxyType({key: by_key[key] for key in sorted(by_key)}))


def build(
    city: City,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    near: tuple[float, float] | None = None,
) -> Tiles:
    """All tiles of `city`, those around `near` (metres in the scene's frame) and the far ones first."""
    squares = _in_order(city, near)
    cells = (cell_of(city, square, seen_at(square.z)) for square in squares)
    found: list[Tile] = []
    for done, tiles in enumerate((executor or Serial()).run(draw_cell, cells), 1):
        found += tiles
        if progress is not None:
            progress(done, len(squares))
    return tiles_of(found)


def leaves_near(city: City, near: tuple[float, float]) -> list[Square]:
    """The leaves of `city`, those around `near` (metres in the scene's frame) first."""
    return [square for square in _in_order(city, near) if square.z == 0]


def draw_again(city: City, square: Square) -> None:
    """Draw a square for nothing but what is remembered of it, so that the first edit there is as quick as the next."""
    cell = cell_of(city, square, seen_at(square.z))
    for layer in layers_at(square.z):
        layer.draw(cell)


def draw_cell(cell: Cell) -> list[Tile]:
    """The tiles of all layers in one cell."""
    tiles = [tile_of(layer, cell) for layer in layers_at(cell.square.z)]
    return [tile for tile in tiles if tile is not None]


def layers_at(z: int) -> tuple[Layer, ...]:
    """The layers that squares of level z show."""
    return LAYERS if z == 0 else (FAR,)


@cache
def seen_at(z: int) -> Callable[[Feature], bool]:
    """Whether any layer of squares of level z sees a feature."""
    layers = layers_at(z)
    kinds = frozenset[str]().union(*(layer.kinds for layer in layers))

    @remembered(200_000)
    def seen(feature: Feature) -> bool:
        return feature.kind in kinds and any(layer.sees(feature, z) for layer in layers)

    return seen


def rebuild(after: City, change: Change, tiles: Tiles) -> SceneDelta:
    """What `change`, which led to the city `after`, does to the `tiles` of the city before.

    The result is what building `after` from nothing would give, down to the bytes.
    """
    deltas = [redraw(after, square, layers, tiles) for square, layers in touched(after, change).items()]
    made = {key: tile for delta in deltas for key, tile in delta.set.items()}
    return SceneDelta(made, tuple(key for delta in deltas for key in delta.drop))


def touched(after: City, change: Change) -> dict[Square, tuple[Layer, ...]]:
    """The squares that show anything of a change, with the layers that do: what may look different for it.

    Leaves come first, of one level those in the middle of the change.
    """
    sides = visible(change)
    if not sides:
        return {}
    west, south, east, north = change.bounds or (0.0, 0.0, 0.0, 0.0)
    middle = (west + east) / 2, (south + north) / 2
    found: dict[Square, tuple[Layer, ...]] = {}
    for z in range(top_level(after) + 1):
        seen: dict[Square, tuple[Layer, ...]] = {}
        for layer in layers_at(z):
            for square in _squares_seeing(layer, sides, z, after):
                seen[square] = (*seen.get(square, ()), layer)
        found |= {square: seen[square] for square in sorted(seen, key=lambda each: (_distance(each, middle), each))}
    return found


def redraw(city: City, square: Square, layers: Iterable[Layer], tiles: Tiles) -> SceneDelta:
    """How some layers of one square of `city` differ from `tiles`."""
    cell = cell_of(city, square, seen_at(square.z))
    made: dict[str, Tile] = {}
    gone: list[str] = []
    for layer in layers:
        key = tile_key(layer.name, square)
        tile, old = tile_of(layer, cell), tiles.by_key.get(key)
        if tile is None:
            gone += [key] if old is not None else []
        elif old is None or old.hash != tile.hash:
            made[key] = tile
    return SceneDelta(made, tuple(gone))


def _squares_seeing(layer: Layer, features: Sequence[Feature], z: int, city: City) -> set[Square]:
    own = [feature for feature in features if layer.sees(feature, z) == "owned"]
    found = set(squares_of(own, z)) if own else set()
    west, south, east, north = scene_bounds(city)
    for feature in features:
        if layer.sees(feature, z) == "near":
            w, s, e, n = feature.geometry.bounds
            reach = reach_m(feature, z)
            box = max(w - reach, west), max(s - reach, south), min(e + reach, east), min(n + reach, north)
            squares = squares_over(box, z)
            boxes = shapely.box(*np.array([square.bounds for square in squares]).reshape(-1, 4).T)
            close = shapely.dwithin(boxes, feature.geometry, reach)
            found.update(square for square, near in zip(squares, close.tolist(), strict=True) if near)
    ways = [feature for feature in features if isinstance(feature, Road | Rail) and layer.sees(feature, z) == "near"]
    bridges = spans_turned_by(city, ways) if z == 0 and ways else []
    return found | set(squares_of(bridges) if bridges else ())


def _in_order(city: City, near: tuple[float, float] | None) -> list[Square]:
    standing = [feature for feature in city.features() if any(layer.sees(feature, 0) == "owned" for layer in LAYERS)]
    # A few things stand across the edge of the scene, with their middle in a leaf outside of it.
    leaves = sorted({*scene_squares(city), *(squares_of(standing) if standing else ())})
    levels: list[set[Square]] = [set(leaves)]
    for _ in range(top_level(city)):
        levels.append({square.parent for square in levels[-1]})
    if near is not None:
        leaves.sort(key=lambda square: _distance(square, near))
    return [square for level in reversed(levels[1:]) for square in sorted(level)] + leaves


def _distance(square: Square, point: tuple[float, float]) -> float:
    west, south, east, north = square.bounds
    return float(np.hypot((west + east) / 2 - point[0], (south + north) / 2 - point[1]))
