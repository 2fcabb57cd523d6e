"""How many people live in each building: as somebody has counted them, else estimated."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from citiverse.city.change import Bounds
from citiverse.city.city import City, FeatureBase
from citiverse.city.defaults import Defaults
from citiverse.city.feature import Building
from citiverse.city.people import AgeGroup, Population
from citiverse.geometry.arrays import FloatArray, IntArray

# Share of the floor that is homes; the half of mixed buildings is our own default.
HOMES_SHARE = {"residential": 1.0, "apartments": 1.0, "house": 1.0, "mixed": 0.5}

FARTHEST_HOME_M = 50.0  # between an address and its building


def floor_area_m2(building: Building) -> float:
    """Gross floor area: footprint times levels."""
    return float(building.geometry.area) * max(building.levels, 0.0)


def residents(building: Building, defaults: Defaults) -> float:
    """People who live in a building where nobody has counted them: its homes if known, else by its floor area."""
    homes = building.homes
    if homes is None:
        homes = floor_area_m2(building) * HOMES_SHARE.get(building.use, 0.0) / defaults.floor_area_per_home_m2
    return max(homes, 0.0) * defaults.residents_per_home


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Residents of buildings: `count`, shape (buildings,), and of each age group, shape (buildings, groups)."""

    count: FloatArray
    by_group: FloatArray
    groups: tuple[str, ...]
    counted: bool


def people_of(city: City, buildings: Sequence[Building]) -> People:
    """Residents of `buildings`.

    Where the city has a population, its places' people are shared out to the buildings that stood there before any
    edit, by homes as far as they are known or estimated, else by floor; people of places that reach beyond the scene
    as far as their ground lies within, those of places without a building not at all. A building that edits have
    changed has as many more or less as its homes suggest; a new one is estimated.
    """
    estimate = np.array([residents(each, city.defaults) for each in buildings], np.float64)
    population = city.facts.population
    if population is None:
        return People(estimate, np.zeros((len(buildings), 0)), (), counted=False)
    known, groups = _counted(city.base, population, city.bounds, city.defaults)
    none = np.zeros(1 + len(population.ages))
    found = np.zeros((len(buildings), 1 + len(population.ages)))
    for i, building in enumerate(buildings):
        before = city.base.features.get(building.id)
        found[i] = known.get(building.id, none)
        if before is None:
            found[i, 0] = estimate[i]
        elif isinstance(before, Building) and before is not building:
            usual = residents(before, city.defaults)
            if usual > 0.0:
                found[i] *= estimate[i] / usual
            elif estimate[i] > 0.0:
                found[i, 0] = max(found[i, 0], estimate[i])
    return People(found[:, 0].copy(), found[:, 1:], groups, counted=True)


@lru_cache(maxsize=8)
def _counted(
    base: FeatureBase, population: Population, bounds: Bounds, defaults: Defaults
) -> tuple[dict[str, FloatArray], tuple[str, ...]]:
    """People, and those of each age group, by building as it was read."""
    buildings = [each for each in base.features.values() if isinstance(each, Building)]
    groups = tuple(_words(each) for each in population.ages)
    if not buildings or not len(population.places):
        return {}, groups
    homes = np.array([residents(each, defaults) for each in buildings])
    floors = np.array([floor_area_m2(each) for each in buildings])
    place, building = _in_places(population, buildings)
    weight = homes[building]
    living = np.bincount(place, weight, len(population.places))
    weight = np.where(living[place] > 0.0, weight, floors[building])
    total = np.bincount(place, weight, len(population.places))
    share = np.divide(weight, total[place], out=np.zeros(len(place)), where=total[place] > 0.0)
    people = np.column_stack([population.people, *(each.people for each in population.ages)])
    people = np.where(np.isfinite(people), np.maximum(people, 0.0), 0.0) * _within(population, bounds)[:, None]
    found = np.zeros((len(buildings), people.shape[1]))
    np.add.at(found, building, share[:, None] * people[place])
    return {each.id: found[i] for i, each in enumerate(buildings)}, groups


def _in_places(population: Population, buildings: list[Building]) -> tuple[IntArray, IntArray]:
    """Pairs of places and buildings: those whose middle lies in an area, or the building nearest to a point."""
    points = shapely.point_on_surface(np.array([each.geometry for each in buildings], object))
    is_point = shapely.get_type_id(population.places) == 0
    areas, spots = np.flatnonzero(~is_point), np.flatnonzero(is_point)
    area, inside = shapely.STRtree(points).query(population.places[areas], predicate="intersects")
    _, first = np.unique(inside, return_index=True)  # on the line between two areas in the first of them
    places, found = [areas[area[first]]], [inside[first]]
    if len(spots):
        tree = shapely.STRtree([each.geometry for each in buildings])
        (spot, nearest) = tree.query_nearest(population.places[spots], max_distance=FARTHEST_HOME_M, all_matches=False)
        places.append(spots[spot])
        found.append(nearest)
    return np.concatenate(places).astype(np.int64), np.concatenate(found).astype(np.int64)


def _within(population: Population, bounds: Bounds) -> FloatArray:
    """Share of each place that lies in the scene; points have all or nothing."""
    scene = shapely.box(*bounds)
    area = shapely.area(population.places)
    inside = shapely.area(shapely.intersection(population.places, scene))
    touching = shapely.intersects(population.places, scene).astype(np.float64)
    return np.divide(inside, area, out=touching, where=area > 0.0)


def _words(group: AgeGroup) -> str:
    return f"{group.low} and older" if group.high is None else f"{group.low} to {group.high}"
