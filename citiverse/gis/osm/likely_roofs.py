"""Roofs of buildings that nobody has described: what stands around, what kind and size of house it is."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
import shapely
from scipy.spatial import cKDTree

from citiverse.city.feature import Building, BuildingUse, Roof, RoofShape
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.osm.heights import storey_m
from citiverse.gis.osm.roofs import ridge_span_m, usual_height_m

NEAR_M, FADE_M = 250.0, 90.0
GUIDES = 12
ALIKE = 4.0  # a guide's footprint is at most so many times larger or smaller
PRIOR = 1.5  # how many neighbours at hand our own reading of a kind of house is worth
WIDEST_M = 18.0  # what a pitched roof spans; a wider house has a flat one
SMALLEST_M2 = 30.0
LARGEST_RISE_M = 5.0
_PITCHED: frozenset[RoofShape] = frozenset({"gabled", "hipped", "half-hipped", "gambrel", "mansard"})
_FLAT: frozenset[RoofShape] = frozenset({"flat"})

# How likely a house of this kind has a pitched roof where nothing else is known: our own reading of European towns.
_DETACHED, _BLOCK = 0.7, 0.3
_USUAL: dict[BuildingUse, float] = {
    "house": 1.0, "religious": 0.8, "garage": 0.1, "industrial": 0.05, "retail": 0.1, "commercial": 0.1, "parking": 0.0,
    "office": 0.15, "transport": 0.1, "hospital": 0.15, "school": 0.3, "public": 0.35, "hotel": 0.25, "other": 0.3,
}  # fmt: skip
_LIVED_IN: frozenset[BuildingUse] = frozenset({"residential", "apartments", "mixed"})
FLAT_SINCE, PITCHED_UNTIL = 1955, 1935  # years of building: before modernism blocks had roofs to see, after it few


def with_likely_roofs(buildings: Sequence[Building], told: Sequence[RoofShape | None]) -> list[Building]:
    """The same with an estimated pitched roof where one is more likely than not; `told` is what tags say of each.

    A building is like those around that have a told roof and are of its size, the more the nearer they are, weighed
    against what is usual for its kind. Parts, pieces in the air and footprints too wide to span keep a flat roof.
    """
    silent = np.array([_may_have_one(each, shape) for each, shape in zip(buildings, told, strict=True)], dtype=bool)
    if not silent.any():
        return list(buildings)
    shapes = _neighbours(buildings, told, silent)
    found = list(buildings)
    for at, (flat, pitched, common) in zip(np.flatnonzero(silent).tolist(), shapes, strict=True):
        usual = usually_pitched(buildings[at])
        likely = (pitched + PRIOR * usual) / (flat + pitched + PRIOR)
        if likely > 0.5:
            found[at] = _roofed(buildings[at], common or _shape_alone(buildings[at]))
    return found


def usually_pitched(building: Building) -> float:
    """How likely a building has a pitched roof, by its kind, size and age alone."""
    area_m2 = building.geometry.area
    if building.use in _LIVED_IN:
        usual = _DETACHED if area_m2 <= 350.0 and building.levels <= 3 else _BLOCK
    else:
        usual = _USUAL.get(building.use, 0.2)
    if building.year is not None and building.use not in ("industrial", "garage", "parking"):
        usual += 0.35 if building.year <= PITCHED_UNTIL else -0.3 if building.year >= FLAT_SINCE else 0.0
    return min(max(usual, 0.0), 1.0)


def _may_have_one(building: Building, told: RoofShape | None) -> bool:
    return (
        told is None
        and building.roof.shape == "flat"
        and building.roof.height_m == 0.0
        and not building.part_of
        and building.min_height_m == 0.0
        and building.geometry.area >= SMALLEST_M2
        and ridge_span_m(building.geometry) <= WIDEST_M
    )


def _neighbours(
    buildings: Sequence[Building], told: Sequence[RoofShape | None], silent: np.ndarray
) -> list[tuple[float, float, RoofShape | None]]:
    """For each silent building the weight of flat and of pitched roofs around, and the commonest of the latter."""
    guides = [i for i, shape in enumerate(told) if shape in _PITCHED | _FLAT and not buildings[i].part_of]
    count = int(silent.sum())
    if not guides:
        return [(0.0, 0.0, None)] * count
    shapes = np.array([each.geometry for each in buildings], dtype=object)
    places = shapely.get_coordinates(shapely.centroid(shapes))
    sizes = np.log(np.maximum(shapely.area(shapes), 1.0))
    distance, index = cKDTree(places[guides]).query(
        places[silent], k=[*range(1, min(GUIDES, len(guides)) + 1)], distance_upper_bound=NEAR_M
    )
    near = np.isfinite(distance)
    index = np.array(guides)[np.where(near, index, 0)]
    near &= np.abs(sizes[index] - sizes[silent][:, None]) <= np.log(ALIKE)
    weight: FloatArray = np.where(near, np.exp(-np.where(near, distance, 0.0) / FADE_M), 0.0)
    return [_tally([told[i] for i in row], each) for row, each in zip(index.tolist(), weight.tolist(), strict=True)]


def _tally(shapes: list[RoofShape | None], weights: list[float]) -> tuple[float, float, RoofShape | None]:
    pitched: dict[RoofShape, float] = {}
    flat = 0.0
    for shape, weight in compress(zip(shapes, weights, strict=True), weights):
        if shape is None or shape in _FLAT:
            flat += weight
        else:
            pitched[shape] = pitched.get(shape, 0.0) + weight
    common = sorted(pitched.items(), key=lambda each: (-each[1], each[0]))
    return flat, sum(pitched.values()), common[0][0] if common else None


def _shape_alone(building: Building) -> RoofShape:
    """A ridge for what is long, slopes all round for what is about square and stands high."""
    box = building.geometry.minimum_rotated_rectangle
    span = ridge_span_m(building.geometry)
    long = box.area / max(span, 1.0)
    return "hipped" if long < 1.3 * span and building.geometry.area > 120.0 else "gabled"


def _roofed(building: Building, shape: RoofShape) -> Building:
    """The building with an estimated roof: above its storeys where its height is estimated too, else within it."""
    rise_m = min(usual_height_m({}, building.geometry, shape), LARGEST_RISE_M)
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
