"""Roofs of buildings that nobody has described: what stands around, what kind and size of house it is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from citiverse.city.feature import Building, BuildingUse, Roof, RoofShape
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.osm.heights import storey_m
from citiverse.gis.osm.roofs import ridge_spans_m, usual_height_m

NEAR_M, FADE_M = 250.0, 90.0
GUIDES = 12
ALIKE = 4.0  # a guide's footprint is at most so many times larger or smaller
PRIOR = 1.5  # how many neighbours at hand our own reading of a kind of house is worth
WIDEST_M = 18.0  # what a pitched roof spans; a wider house has a flat one
SMALLEST_M2 = 30.0
LARGEST_RISE_M = 5.0
_SHAPES: tuple[RoofShape, ...] = ("gabled", "gambrel", "half-hipped", "hipped", "mansard")  # pitched ones
_KNOWN: frozenset[RoofShape | None] = frozenset({*_SHAPES, "flat"})

# How likely a house of this kind has a pitched roof where nothing else is known: our own reading of European towns.
_DETACHED, _BLOCK = 0.7, 0.3
_USUAL: dict[BuildingUse, float] = {
    "house": 1.0, "religious": 0.8, "garage": 0.1, "industrial": 0.05, "retail": 0.1, "commercial": 0.1, "parking": 0.0,
    "office": 0.15, "transport": 0.1, "hospital": 0.15, "school": 0.3, "public": 0.35, "hotel": 0.25, "other": 0.3,
}  # fmt: skip
_LIVED_IN: frozenset[BuildingUse] = frozenset({"residential", "apartments", "mixed"})
FLAT_SINCE, PITCHED_UNTIL = 1955, 1935  # years of building: before modernism blocks had roofs to see, after it few


class _Sizes(NamedTuple):
    """Of each building its footprint and what its roof would have to span, shape (n,)."""

    areas_m2: FloatArray
    spans_m: FloatArray


def with_likely_roofs(buildings: Sequence[Building], told: Sequence[RoofShape | None]) -> list[Building]:
    """The same with an estimated pitched roof where one is more likely than not; `told` is what tags say of each.

    A building is like those around that have a told roof and are of its size, the more the nearer they are, weighed
    against what is usual for its kind. Parts, pieces in the air and footprints too wide to span keep a flat roof.
    """
    shapes = np.array([each.geometry for each in buildings], dtype=object)
    sizes = _Sizes(np.asarray(shapely.area(shapes)), ridge_spans_m(shapes))
    fitting = (sizes.areas_m2 >= SMALLEST_M2) & (sizes.spans_m <= WIDEST_M)
    silent = [i for i, fits in enumerate(fitting.tolist()) if fits and told[i] is None and _may_have_one(buildings[i])]
    found = list(buildings)
    if not silent:
        return found
    around = _around(buildings, told, shapes, sizes.areas_m2, silent)
    for i, flat, pitched, common in zip(silent, *around, strict=True):
        building, area_m2 = buildings[i], float(sizes.areas_m2[i])
        if (pitched + PRIOR * usually_pitched(building, area_m2)) / (flat + pitched + PRIOR) > 0.5:
            shape = common or _shape_alone(building, area_m2, float(sizes.spans_m[i]))
            found[i] = _roofed(building, shape, float(sizes.spans_m[i]))
    return found


def usually_pitched(building: Building, area_m2: float) -> float:
    """How likely a building over `area_m2` has a pitched roof, by its kind, size and age alone."""
    if building.use in _LIVED_IN:
        usual = _DETACHED if area_m2 <= 350.0 and building.levels <= 3 else _BLOCK
    else:
        usual = _USUAL.get(building.use, 0.2)
    if building.year is not None and building.use not in ("industrial", "garage", "parking"):
        usual += 0.35 if building.year <= PITCHED_UNTIL else -0.3 if building.year >= FLAT_SINCE else 0.0
    return min(max(usual, 0.0), 1.0)


def _may_have_one(building: Building) -> bool:
    roof = building.roof
    return roof.shape == "flat" and roof.height_m == 0.0 and not building.part_of and building.min_height_m == 0.0


def _around(
    buildings: Sequence[Building],
    told: Sequence[RoofShape | None],
    shapes: NDArray[np.object_],
    areas_m2: FloatArray,
    silent: list[int],
) -> tuple[list[float], list[float], list[RoofShape | None]]:
    """For each silent building the weight of flat and of pitched roofs around, and the commonest of the latter."""
    guides = [i for i, shape in enumerate(told) if shape in _KNOWN and not buildings[i].part_of]
    if not guides:
        return [0.0] * len(silent), [0.0] * len(silent), [None] * len(silent)
    places = shapely.get_coordinates(shapely.centroid(shapes))
    sizes = np.log(np.maximum(areas_m2, 1.0))
    distance, index = cKDTree(places[guides]).query(
        places[silent], k=[*range(1, min(GUIDES, len(guides)) + 1)], distance_upper_bound=NEAR_M
    )
    near = np.isfinite(distance)
    index = np.where(near, index, 0)
    near &= np.abs(sizes[guides][index] - sizes[silent][:, None]) <= np.log(ALIKE)
    weight: FloatArray = np.where(near, np.exp(-np.where(near, distance, 0.0) / FADE_M), 0.0)
    kind = np.array([_SHAPES.index(shape) if (shape := told[i]) in _SHAPES else -1 for i in guides])[index]
    each = np.stack([np.where(kind == i, weight, 0.0).sum(axis=1) for i in range(len(_SHAPES))], axis=1)
    flat, most = np.where(kind < 0, weight, 0.0).sum(axis=1), each.argmax(axis=1)
    common = [_SHAPES[i] if row[i] > 0.0 else None for i, row in zip(most.tolist(), each.tolist(), strict=True)]
    return flat.tolist(), each.sum(axis=1).tolist(), common


def _shape_alone(building: Building, area_m2: float, span_m: float) -> RoofShape:
    """A ridge for what is long, slopes all round for what is about square and stands high."""
    if area_m2 <= 120.0:
        return "gabled"
    long_m = building.geometry.minimum_rotated_rectangle.area / max(span_m, 1.0)
    return "hipped" if long_m < 1.3 * span_m else "gabled"


def _roofed(building: Building, shape: RoofShape, span_m: float) -> Building:
    """The building with an estimated roof: above its storeys where its height is estimated too, else within it."""
    rise_m = min(usual_height_m({}, span_m, shape), LARGEST_RISE_M)
    above = "height_m" in building.estimated and building.height_m >= 0.9 * building.levels * storey_m(building.use)
    if not above:
        rise_m = min(rise_m, building.height_m / 3)
    rise_m = round(rise_m, 2)
    return replace(
        building,
        roof=Roof(shape=shape, height_m=rise_m, colour=building.roof.colour, material=building.roof.material),
        height_m=round(building.height_m + rise_m, 2) if above else building.height_m,
        estimated=building.estimated | {"roof"},
    )
