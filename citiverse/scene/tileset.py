"""The tree of tiles as 3D Tiles 1.1 (OGC 22-025r4) describes it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from citiverse.city.city import City
from citiverse.scene.build import Tiles
from citiverse.scene.cell import Square, scene_bounds
from citiverse.scene.tile import Box, Tile, error_of, square_of_key

Json = dict[str, Any]


def tileset(city: City, tiles: Tiles, url: Callable[[Tile], str]) -> Json:
    """The tileset of a scene; `url` tells where a tile lies, relative to the tileset or absolute.

    Boxes are in the scene's metres, z up. The root's transform takes these to Earth-centred metres (EPSG:4978).
    """
    here: dict[Square, list[Tile]] = {}
    for tile in tiles.by_key.values():
        here.setdefault(square_of_key(tile.key)[1], []).append(tile)
    tops = _tops(here)
    children = [node for square in tops for node in _nodes(square, here, url)]
    west, south, east, north = scene_bounds(city)
    middle = (west + east) / 2, (south + north) / 2
    error = 2.0 * max((error_of(square.z) for square in tops), default=error_of(1))
    boxes = [tile.box for tile in tiles.by_key.values()] or [(west, south, 0.0, east, north, 1.0)]
    root = {
        # Column-major, as glTF and 3D Tiles write matrices.
        "transform": [float(value) for value in city.frame.geocentric_matrix(middle).T.reshape(-1)],
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


def _nodes(square: Square, here: Mapping[Square, list[Tile]], url: Callable[[Tile], str]) -> list[Json]:
    """The tiles of a square, each a node of its own; the far one, if any, stands over the tiles of its quarters."""
    below = [
        Square(square.z - 1, 2 * square.x + dx, 2 * square.y + dy) for dy in (0, 1) for dx in (0, 1) if square.z > 0
    ]
    children = [node for quarter in below for node in _nodes(quarter, here, url)]
    own = here.get(square, [])
    if square.z == 0:
        return [_node(tile, [], url) for tile in own]
    return [_node(tile, children, url) for tile in own] or children


def _node(tile: Tile, children: list[Json], url: Callable[[Tile], str]) -> Json:
    boxes = [tile.box, *(_box_of(child) for child in children)]
    node: Json = {
        "boundingVolume": _volume(boxes),
        "geometricError": tile.error_m,
        "content": {"uri": url(tile), "boundingVolume": _volume([tile.box])},
    }
    if children:
        node |= {"refine": "REPLACE", "children": children}
    return node


def _volume(boxes: Iterable[Box]) -> Json:
    """A box as centre and three half axes."""
    columns = list(zip(*boxes, strict=True))
    low, high = [min(column) for column in columns[:3]], [max(column) for column in columns[3:]]
    centre = [round((a + b) / 2, 3) for a, b in zip(low, high, strict=True)]
    # Rounded outwards, so that the centre's rounding never leaves a point outside.
    half = [round((b - a) / 2 + 0.001, 3) for a, b in zip(low, high, strict=True)]
    return {"box": [*centre, half[0], 0, 0, 0, half[1], 0, 0, 0, half[2]]}


def _box_of(node: Json) -> Box:
    x, y, z, a, _, _, _, b, _, _, _, c = node["boundingVolume"]["box"]
    return x - a, y - b, z - c, x + a, y + b, z + c
