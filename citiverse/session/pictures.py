"""Before and after: pictures of a proposal from above and from the street, drawn once for each content."""

import hashlib
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Bounds
from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, Road
from citiverse.preview.camera import EYE_M, Camera, bird
from citiverse.preview.offscreen import CannotDraw, Studio, Triangles
from citiverse.scene.build import Tiles
from citiverse.scene.cell import Square, scene_bounds, top_level
from citiverse.scene.likeness import visible
from citiverse.scene.reading import painted
from citiverse.scene.tile import Tile, height_of, square_of_key

View = Literal["bird", "eye"]
SIZE = (960, 540)
AROUND_M, NARROWEST_M = 60.0, 240.0  # what a picture from above shows beside the change, and at least
LEAST_BACK_M, MOST_BACK_M = 20.0, 120.0  # from the change to someone who looks at it
FARTHER = (1.0, 1.5, 2.2, 0.7)  # times as far, where one cannot stand there
EYES_OPEN_DEG, LOOK_UP_DEG = 75.0, 3.0
NEAR_SIDES = 1.0  # squares further off than so many of their sides are drawn as they look from far
_VERSION = b"2"


@dataclass(frozen=True, slots=True)
class Scenery:
    """What is drawn: tiles of a city, seen by a camera."""

    tiles: tuple[Tile, ...]
    camera: Camera

    @property
    def digest(self) -> str:
        """A hash that is the same for the same picture."""
        words = [_VERSION, repr(self.camera).encode(), repr(SIZE).encode()]
        hasher = hashlib.blake2b(b"\0".join(words), digest_size=16)
        for tile in self.tiles:
            hasher.update(f"{tile.key} {tile.hash}\n".encode())
        return hasher.hexdigest()


class Pictures:
    """Draws in a process beside this one, and keeps what it has drawn. Used from one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._studio = Studio()

    def picture(self, scenery: Scenery) -> bytes:
        """A PNG. Raises CannotDraw where this machine cannot."""
        path = self._folder / f"{scenery.digest}.png"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            pass
        drawn = self._studio.draw(_triangles(scenery.tiles), scenery.camera, SIZE)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_bytes(drawn)
        beside.replace(path)
        return drawn

    def close(self) -> None:
        """Let the process go."""
        self._studio.close()


def scenery(base: City, city: City, tiles: Tiles, view: View) -> Scenery:
    """What shows the change from `base` to `city` best; `tiles` are those of one of them.

    The camera is the same for both, so that the pictures lie over each other.
    """
    change = base.change_to(city)
    seen = visible(change) or [f for side in (change.before, change.after) for f in side.values() if f is not None]
    bounds = _bounds([feature.geometry for feature in seen]) if seen else base.bounds
    camera = _eye(base, city, seen) if view == "eye" else None
    if camera is None:
        camera = bird(_wide(bounds) if seen else bounds, _ground_m(base, _middle(bounds)))
    focus = bounds if view == "bird" else (camera.eye[0], camera.eye[1], camera.eye[0], camera.eye[1])
    return Scenery(tuple(_shown(base, tiles, focus)), camera)


def _wide(bounds: Bounds) -> Bounds:
    x, y = _middle(bounds)
    half_x = max((bounds[2] - bounds[0]) / 2 + AROUND_M, NARROWEST_M / 2)
    half_y = max((bounds[3] - bounds[1]) / 2 + AROUND_M, NARROWEST_M / 2)
    return x - half_x, y - half_y, x + half_x, y + half_y


def _eye(base: City, city: City, seen: Sequence[Feature]) -> Camera | None:
    """Where someone stands who looks at what changed most; None where nobody can stand and see."""
    if not seen:
        return None
    main = max(seen, key=lambda f: (_weight(base, city, f), f.geometry.area, f.geometry.length, f.id))
    shape = main.geometry
    aim = shape.representative_point() if shape.area > 0.0 else shape.interpolate(0.5, normalized=True)
    back_m = math.sqrt(shape.area / math.pi) + 1.6 * height_of(main)
    back_m = min(max(back_m, LEAST_BACK_M), MOST_BACK_M)
    around = {feature.id: feature for each in (base, city) for feature in each.near(aim.buffer(3.0 * back_m))}.values()
    houses = [feature for feature in around if isinstance(feature, Building)]
    walls = shapely.union_all([_solid(house) for house in houses])
    others = shapely.union_all([_solid(house) for house in houses if house.id != main.id])
    streets = shapely.union_all([f.geometry.buffer(f.width_m / 2) for f in around if isinstance(f, Road)])
    ground = shapely.box(*base.bounds).buffer(-1.0)
    best: tuple[float, float, float, int] | None = None
    for times in FARTHER:
        for turn in range(0, 360, 15):
            away_m, to = times * back_m, math.radians(turn)
            spot = Point(aim.x - away_m * math.sin(to), aim.y - away_m * math.cos(to))
            if walls.distance(spot) < 1.0 or not ground.contains(spot):
                continue
            if LineString([spot, aim]).intersects(others):
                continue
            score = (1.0 if streets.intersects(spot) else 0.0) - 0.1 * FARTHER.index(times)
            if best is None or score > best[0]:
                best = (score, spot.x, spot.y, turn)
    if best is None:
        return None
    _, x, y, turn = best
    ground_m = _ground_m(base, (x, y))
    return Camera((x, y, ground_m + EYE_M), float(turn), LOOK_UP_DEG, EYES_OPEN_DEG, ground_m)


def _weight(base: City, city: City, feature: Feature) -> int:
    """How much there is to see of a change: what appears or goes before what is altered, ground before things."""
    remade = base.get(feature.id) is None or city.get(feature.id) is None
    return 2 * remade + (feature.geometry.area > 0.0)


def _solid(feature: Feature) -> BaseGeometry:
    return shapely.make_valid(feature.geometry)


def _shown(city: City, tiles: Tiles, focus: Bounds) -> Iterator[Tile]:
    """Tiles that make the picture: close ones as they look from near, others as they look from far."""
    leaves: dict[Square, list[Tile]] = {}
    far: dict[Square, Tile] = {}
    for key, tile in tiles.by_key.items():
        layer, square = square_of_key(key)
        if layer == "far":
            far[square] = tile
        else:
            leaves.setdefault(square, []).append(tile)
    box = shapely.box(*focus)
    top = top_level(city)
    west, south, east, north = scene_bounds(city)
    side = Square(top, 0, 0).side_m
    waiting = [
        Square(top, x, y)
        for x in range(int(west // side), int(east // side) + 1)
        for y in range(int(south // side), int(north // side) + 1)
    ]
    while waiting:
        square = waiting.pop()
        if square.z == 0:
            yield from leaves.get(square, ())
        elif shapely.box(*square.bounds).distance(box) > NEAR_SIDES * square.side_m:
            if square in far:
                yield far[square]
        else:
            z, x, y = square.z - 1, 2 * square.x, 2 * square.y
            waiting += [Square(z, x + i, y + j) for i in (0, 1) for j in (0, 1)]


def _triangles(tiles: Sequence[Tile]) -> Triangles:
    found = painted(tile.content for tile in tiles)
    if not len(found.indices):
        raise CannotDraw("There is nothing here that one could draw.")
    return Triangles(found.positions, found.colours, found.indices, found.walls)


def _bounds(shapes: Sequence[BaseGeometry]) -> Bounds:
    west, south, east, north = shapely.total_bounds(list(shapes))
    return float(west), float(south), float(east), float(north)


def _middle(bounds: Bounds) -> tuple[float, float]:
    west, south, east, north = bounds
    return (west + east) / 2, (south + north) / 2


def _ground_m(city: City, at: tuple[float, float]) -> float:
    return float(city.terrain.heights(np.array([at]))[0])
