"""The tree of tiles as 3D Tiles 1.1 (OGC 22-025r4) describes it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from citiverse.city.city import City
from citiverse.city.frame import Frame
from citiverse.geometry.arrays import FloatArray
from citiverse.scene.build import Tiles
from citiverse.scene.cell import Square, scene_bounds
from citiverse.scene.tile import Box, Tile, error_of, square_of_key

Json = dict[str, Any]
BENT_M = 0.25
"""How far a tile may lie beside its place on Earth before it is put there by itself."""


def tileset(city: City, tiles: Tiles, url: Callable[[Tile], str]) -> Json:
    """The tileset of a scene; `url` tells where a tile lies, relative to the tileset or absolute.

    Boxes are in the scene's metres, z up. The root's transform takes these to Earth-centred metres (EPSG:4978). It is
    a plane on a round Earth: where a tile would lie BENT_M beside its place, it has a transform of its own.
    """
    here: dict[Square, list[Tile]] = {}
    for tile in tiles.by_key.values():
        here.setdefault(square_of_key(tile.key)[1], []).append(tile)
    tops = _tops(here)
    west, south, east, north = scene_bounds(city)
    middle = (west + east) / 2, (south + north) / 2
    to_earth = city.frame.geocentric_matrix(middle)
    tree = _Tree(city.frame, here, url)
    children = [node for square in tops for node in tree.nodes(square, to_earth)]
    error = 2.0 * max((error_of(square.z) for square in tops), default=error_of(1))
    boxes = [box_above(child) for child in children] or [(west, south, 0.0, east, north, 1.0)]
    root = {
        "transform": _written(to_earth),
        "boundingVolume": _volume(boxes),
        "geometricError": error,
        "refine": "REPLACE",
        "children": children,
    }
    asset = {"version": "1.1", "tilesetVersion": city.name, "generator": "CitiVERSE"}
    return {"asset": asset, "geometricError": error, "root": root}


def _tops(here: Mapping[Square, list[Tile]]) -> list[Square]:
    """Squares with tiles that have no square with tiles above them, in order."""

    def covered(square: Square) -> bool:
        above = square.parent
        while above.z <= highest:
            if above in here:
                return True
            above = above.parent
        return False

    highest = max((square.z for square in here), default=0)
    return sorted(square for square in here if not covered(square))


@dataclass(frozen=True, slots=True)
class _Tree:
    """What the nodes of a tileset are made of."""

    frame: Frame
    here: Mapping[Square, list[Tile]]
    url: Callable[[Tile], str]

    def nodes(self, square: Square, above: FloatArray) -> list[Json]:
        """The tiles of a square, each a node of its own; the far one, if any, stands over the tiles of its quarters.

        `above` takes the metres of the node over them to Earth-centred ones.
        """
        own = self.here.get(square, [])
        to_earth = self._to_earth(square, above) if own else above
        below = [
            Square(square.z - 1, 2 * square.x + dx, 2 * square.y + dy) for dy in (0, 1) for dx in (0, 1) if square.z > 0
        ]
        children = [node for quarter in below for node in self.nodes(quarter, to_earth)]
        move = None if to_earth is above else np.linalg.solve(above, to_earth).astype(np.float64)
        if square.z == 0:
            return [self._node(tile, [], move) for tile in own]
        return [self._node(tile, children, move) for tile in own] or children

    def _to_earth(self, square: Square, above: FloatArray) -> FloatArray:
        west, south, east, north = square.bounds
        corners = np.array([(x, y, 0.0) for x in (west, east) for y in (south, north)])
        away = corners @ above[:3, :3].T + above[:3, 3] - self.frame.to_geocentric(corners)
        if np.linalg.norm(away, axis=1).max() < BENT_M:
            return above
        return self.frame.geocentric_matrix(((west + east) / 2, (south + north) / 2))

    def _node(self, tile: Tile, children: list[Json], move: FloatArray | None) -> Json:
        node: Json = {
            "boundingVolume": _volume([tile.box, *map(box_above, children)]),
            "geometricError": tile.error_m,
            "content": {"uri": self.url(tile), "boundingVolume": _volume([tile.box])},
        }
        if move is not None:
            node["transform"] = _written(move)
        if children:
            node |= {"refine": "REPLACE", "children": children}
        return node


def box_above(node: Mapping[str, Any]) -> Box:
    """The box of a node in the metres of the node over it."""
    low, high = _corners(node)
    if "transform" not in node:
        return (*low, *high)
    matrix = np.array(node["transform"]).reshape(4, 4).T
    every = np.array([(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    moved = every @ matrix[:3, :3].T + matrix[:3, 3]
    return (*moved.min(axis=0).tolist(), *moved.max(axis=0).tolist())


def _written(matrix: FloatArray) -> list[float]:
    """Column-major, as glTF and 3D Tiles write matrices."""
    return [float(value) for value in matrix.T.reshape(-1)]


def _volume(boxes: Iterable[Box]) -> Json:
    """A box as centre and three half axes."""
    columns = list(zip(*boxes, strict=True))
    low, high = [min(column) for column in columns[:3]], [max(column) for column in columns[3:]]
    centre = [round((a + b) / 2, 3) for a, b in zip(low, high, strict=True)]
    # Rounded outwards, so that the centre's rounding never leaves a point outside.
    half = [round((b - a) / 2 + 0.001, 3) for a, b in zip(low, high, strict=True)]
    return {"box": [*centre, half[0], 0, 0, 0, half[1], 0, 0, 0, half[2]]}


def _corners(node: Mapping[str, Any]) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    x, y, z, a, _, _, _, b, _, _, _, c = node["boundingVolume"]["box"]
    return (x - a, y - b, z - c), (x + a, y + b, z + c)
