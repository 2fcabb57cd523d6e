"""What clients show of a change before its tiles are built."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, GreenArea, Paving, Road, Tree, Water
from citiverse.city.terrain import Terrain
from citiverse.scene.layers.buildings import wall_colour
from citiverse.scene.layers.ground import colour_of
from citiverse.scene.likeness import alike
from citiverse.shape.ground import Cover, green_cover, road_cover
from citiverse.shape.streets import section

OVERLAY_M = 0.06
"""How high over the ground a plain shape lies that stands for ground: over kerbs and paint, below everything else."""
ROUGH_M = 0.25
_CROWN_FROM = 0.3  # of a tree's height
_SEEN: dict[str, frozenset[str]] = {
    "building": frozenset({"geometry", "height_m", "min_height_m", "roof", "colour", "material", "use", "levels"}),
    "road": frozenset({"geometry", "lanes", "category", "surface", "bridge", "tunnel", "modes"}),
    "tree": frozenset({"geometry", "height_m", "crown_m", "genus", "leaf"}),
    "green": frozenset({"geometry", "category"}),
    "water": frozenset({"geometry", "category"}),
    "paving": frozenset({"geometry", "category", "surface"}),
}


@dataclass(frozen=True, slots=True)
class PlainShape:
    """An upright prism: `ring` in the scene's metres, open (the first point is not repeated), over `base_m`."""

    id: str
    ring: tuple[tuple[float, float], ...]
    base_m: float
    height_m: float
    colour: str


@dataclass(frozen=True, slots=True)
class Patch:
    """Ids of features to hide, and plain shapes to show until their tiles arrive."""

    hide: tuple[str, ...]
    show: tuple[PlainShape, ...]


def patch(change: Change, city: City) -> Patch:
    """What a change to `city` looks like at once. Ground is never hidden, for there is nothing under it."""
    hide: list[str] = []
    show: list[PlainShape] = []
    for id in change.ids:
        old, new = change.before[id], change.after[id]
        if old is not None and new is not None and alike(old, new):
            continue
        if not any(change.fields(id) & _SEEN.get(each.kind, frozenset()) for each in (old, new) if each is not None):
            continue
        if isinstance(old, Building | Tree):
            hide.append(id)
        if new is not None:
            show += _shapes(new, city.terrain)
    return Patch(tuple(hide), tuple(show))


def _shapes(feature: Feature, terrain: Terrain) -> Iterator[PlainShape]:
    match feature:
        case Building():
            for ring in _rings(feature.geometry):
                base = _lowest(ring, terrain) + feature.min_height_m
                tall = feature.height_m - feature.min_height_m
                yield PlainShape(feature.id, ring, base, round(tall, 2), wall_colour(feature))
        case Tree():
            crown = feature.geometry.buffer(feature.crown_m / 2, quad_segs=2)
            base = _lowest(((feature.geometry.x, feature.geometry.y),), terrain) + _CROWN_FROM * feature.height_m
            tall = (1.0 - _CROWN_FROM) * feature.height_m
            for ring in _rings(crown):
                yield PlainShape(feature.id, ring, round(base, 2), round(tall, 2), "#6a9447")
        case Road() if not feature.tunnel:
            half = section(feature).carriageway_m / 2
            area = feature.geometry.buffer(half, cap_style="flat", quad_segs=2)
            yield from _lying(feature, area, road_cover(feature), terrain)
        case GreenArea():
            yield from _lying(feature, feature.geometry, green_cover(feature), terrain)
        case Water():
            yield from _lying(feature, feature.geometry, "water", terrain)
        case Paving():
            yield from _lying(feature, feature.geometry, "square", terrain)
        case _:
            return


def _lying(feature: Feature, area: BaseGeometry, cover: Cover, terrain: Terrain) -> Iterator[PlainShape]:
    colour = colour_of(cover, feature)
    for ring in _rings(area.simplify(ROUGH_M)):
        yield PlainShape(feature.id, ring, _lowest(ring, terrain), OVERLAY_M, colour)


def _rings(area: BaseGeometry) -> Iterator[tuple[tuple[float, float], ...]]:
    for part in shapely.get_parts(area):
        points = np.round(shapely.get_coordinates(shapely.orient_polygons(part).exterior)[:-1], 2)
        if len(points) >= 3:
            yield tuple((float(x), float(y)) for x, y in points)


def _lowest(ring: tuple[tuple[float, float], ...], terrain: Terrain) -> float:
    return round(float(terrain.heights(np.array(ring)).min()), 2)
