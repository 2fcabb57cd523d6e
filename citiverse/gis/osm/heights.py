"""Heights of buildings: as tagged, from storeys, or from what stands around."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from citiverse.city.feature import BuildingUse
from citiverse.geometry.arrays import FloatArray

# Floor-to-floor heights of the CTBUH Tall Building Height Calculator (Council on Tall Buildings and Urban Habitat):
# residential and hotel 3.1 m, office 3.9 m, mixed or unknown use 3.5 m.
_LIVING_M, _OFFICE_M, _UNKNOWN_M = 3.1, 3.9, 3.5
_LIVED_IN = frozenset({"residential", "apartments", "house", "hotel", "garage"})
_WORKED_IN = frozenset({"office", "commercial", "retail", "school", "hospital", "public"})

# Heights of what has no storeys to speak of, and is not like its neighbours: our own reading of usual sizes.
_OWN_HEIGHT_M: Mapping[str, float] = {
    "garage": 2.8, "garages": 2.8, "carport": 2.6, "shed": 2.5, "hut": 2.8, "kiosk": 3.0, "roof": 4.0, "canopy": 4.0,
    "greenhouse": 3.5, "container": 2.6, "toilets": 3.0, "service": 3.0, "transformer_tower": 8.0, "bunker": 3.5,
    "church": 16.0, "cathedral": 25.0, "chapel": 9.0, "mosque": 12.0, "synagogue": 14.0, "temple": 12.0,
    "bell_tower": 30.0, "water_tower": 30.0, "chimney": 40.0, "silo": 15.0, "storage_tank": 10.0, "stadium": 15.0,
    "grandstand": 8.0, "hangar": 10.0, "warehouse": 8.0, "industrial": 7.0, "train_station": 10.0, "barn": 6.0,
    "farm_auxiliary": 5.0, "construction": 6.0, "ruins": 3.0, "houseboat": 4.0, "static_caravan": 2.8, "tent": 3.0,
    "boathouse": 4.0, "stable": 4.0, "cowshed": 5.0, "gatehouse": 5.0, "allotment_house": 3.0, "cabin": 3.5,
    "bungalow": 4.5, "supermarket": 6.0,
}  # fmt: skip

# Storeys where nothing around tells, our own reading: two for what is no larger than the house of a family or two,
# and three as the usual height of a European street.
_OWN_LEVELS: Mapping[BuildingUse, float] = {
    "house": 2.0, "garage": 1.0, "industrial": 2.0, "retail": 1.0, "religious": 4.0, "transport": 2.0, "parking": 3.0,
    "school": 2.0, "public": 2.0, "other": 2.0,
}  # fmt: skip
USUAL_LEVELS = 3.0
NEAR_M = 150.0  # houses of one block or street
NEIGHBOURS = 7
SHED_M2 = 25.0
HOUSE_M2 = 250.0
LARGER = 5.0  # a neighbour more than so many times larger or smaller is no guide


@dataclass(frozen=True, slots=True)
class Known:
    """Houses whose height is known, to judge their neighbours by: places (n, 2), footprints m2 (n,), storeys (n,)."""

    places: FloatArray
    areas_m2: FloatArray
    levels: FloatArray


def storey_m(use: BuildingUse) -> float:
    """Usual height of a storey."""
    return _LIVING_M if use in _LIVED_IN else _OFFICE_M if use in _WORKED_IN else _UNKNOWN_M


def own_height_m(value: str) -> float | None:
    """Usual height of a kind of building (a value of building=*) that is unlike its neighbours."""
    return _OWN_HEIGHT_M.get(value)


def likely_levels(places: FloatArray, areas_m2: FloatArray, uses: Sequence[BuildingUse], known: Known) -> FloatArray:
    """The likely storeys of houses at `places`, shape (n, 2), of footprints (n,): result (n,).

    They are the median of up to 7 houses within 150 m whose storeys are known and whose footprint is comparable
    (within a factor of 5). Where there are fewer than two of these, use and footprint decide.
    """
    alone = np.array([_levels_alone(use, area) for use, area in zip(uses, areas_m2, strict=True)])
    if not len(known.places) or not len(places):
        return alone
    count = min(4 * NEIGHBOURS, len(known.places))
    distance, index = cKDTree(known.places).query(places, k=[*range(1, count + 1)], distance_upper_bound=NEAR_M)
    found = np.isfinite(distance)
    index = np.where(found, index, 0)
    alike = found & (np.abs(np.log(known.areas_m2[index] / areas_m2[:, None])) < np.log(LARGER))
    alike &= np.cumsum(alike, axis=1) <= NEIGHBOURS
    enough = alike.sum(axis=1) >= 2
    levels = np.nanmedian(np.where(alike | ~enough[:, None], known.levels[index], np.nan), axis=1)
    small = (areas_m2 < SHED_M2) | np.array([use == "garage" for use in uses])
    return np.where(enough & ~small, np.round(levels), alone)


def _levels_alone(use: BuildingUse, area_m2: float) -> float:
    """Storeys of a house of which nothing but use and footprint is known."""
    if area_m2 < SHED_M2:
        return 1.0
    usual = _OWN_LEVELS.get(use, USUAL_LEVELS)
    return min(usual, 2.0) if area_m2 < HOUSE_M2 else usual
