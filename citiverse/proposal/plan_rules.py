"""What the plan of a city allows, where it has one: height, density, green, use."""

from collections.abc import Iterator

import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.city.feature import Building, Paving, Road
from citiverse.city.plan import Parcel, Zone
from citiverse.proposal.clearing import valid
from citiverse.proposal.ground import around, on_the_ground, whole_width
from citiverse.proposal.place import lonlat
from citiverse.proposal.situation import EditWarning, Situation
from citiverse.proposal.storeys import floor_area_m2
from citiverse.proposal.words import figure, metres, other_name_of, sentence

ROUNDING_M, ROUNDING = 0.05, 0.005
LEAST_M2 = 1.0  # of a building within a zone
UNBUILT = frozenset({"green", "agricultural", "water"})


def taller_than_plan(now: Situation) -> Iterator[EditWarning]:
    """Buildings that are new or higher, above what the plan allows."""
    for building in _built(now):
        old = now.old(building)
        was = old if isinstance(old, Building) else None
        for zone in _zones(now.after, building):
            limit_m, most = zone.max_height_m, zone.max_levels
            if limit_m is not None and building.height_m > limit_m + ROUNDING_M and _more(building, was):
                high = f"{sentence(other_name_of(building))} would be {metres(building.height_m)} high"
                detail = f"{high}; {_named(zone)} allows {metres(limit_m)}."
                of = {"name": _title(zone), "value": metres(building.height_m), "limit": metres(limit_m)}
                yield EditWarning("taller_than_plan", detail, lonlat(now.before, building.geometry), of)
            elif most is not None and building.levels > most + ROUNDING and _more(building, was):
                detail = f"{figure(building.levels)} storeys; {_named(zone)} allows {figure(most)}."
                of = {
                    "name": _title(zone),
                    "value": figure(building.levels),
                    "limit": figure(most),
                    "form": "levels",
                }
                yield EditWarning("taller_than_plan", detail, lonlat(now.before, building.geometry), of)


def denser_than_plan(now: Situation) -> Iterator[EditWarning]:
    """More built on a parcel, or in a zone where parcels are not known, than the plan allows."""
    for zone, land, name in _lands(now):
        if zone.max_coverage is not None:
            before, after = (_covered_m2(city, land) / land.area for city in (now.before, now.after))
            if after > zone.max_coverage + ROUNDING and after > before + ROUNDING:
                detail = f"Buildings would cover {after:.0%} of {name}; {_named(zone)} allows {zone.max_coverage:.0%}."
                of = {"name": _title(zone), "value": f"{after:.0%}", "limit": f"{zone.max_coverage:.0%}"}
                yield EditWarning("denser_than_plan", detail, lonlat(now.before, land), of)
        if zone.max_floor_ratio is not None:
            before, after = (_floors_m2(city, land) / land.area for city in (now.before, now.after))
            if after > zone.max_floor_ratio + ROUNDING and after > before + ROUNDING:
                ratio = f"{after:.1f} times the ground of {name}"
                detail = f"The floors would make {ratio}; {_named(zone)} allows {zone.max_floor_ratio:.1f}."
                most = f"{zone.max_floor_ratio:.1f}"
                of = {"name": _title(zone), "value": f"{after:.1f}", "limit": most, "form": "floors"}
                yield EditWarning("denser_than_plan", detail, lonlat(now.before, land), of)


def less_green_than_plan(now: Situation) -> Iterator[EditWarning]:
    """Less open ground than the plan asks for."""
    for zone, land, name in _lands(now):
        if zone.min_green_share is not None:
            before, after = (1.0 - _sealed_m2(city, land) / land.area for city in (now.before, now.after))
            if after < zone.min_green_share - ROUNDING and after < before - ROUNDING:
                detail = f"{after:.0%} of {name} would stay green; {_named(zone)} asks for {zone.min_green_share:.0%}."
                of = {"name": _title(zone), "value": f"{after:.0%}", "limit": f"{zone.min_green_share:.0%}"}
                yield EditWarning("less_green_than_plan", detail, lonlat(now.before, land), of)


def beyond_plan(now: Situation) -> Iterator[EditWarning]:
    """New buildings on ground that the plan keeps free."""
    for building in _built(now):
        for zone in _zones(now.after, building):
            if zone.use in UNBUILT and now.old(building) is None:
                detail = f"{sentence(_named(zone))} keeps this ground for {zone.said or zone.use}."
                of = {"name": _title(zone), "value": zone.said or zone.use}
                yield EditWarning("beyond_plan", detail, lonlat(now.before, building.geometry), of)


def _built(now: Situation) -> list[Building]:
    return [feature for feature in now.set if isinstance(feature, Building)]


def _more(building: Building, was: Building | None) -> bool:
    return was is None or building.height_m > was.height_m or building.levels > was.levels


def _zones(city: City, building: Building) -> list[Zone]:
    """Zones that hold more of the building than a sliver."""
    shape = valid(building.geometry)
    return [each for each in city.facts.zones_on(shape) if valid(each.geometry).intersection(shape).area >= LEAST_M2]


def _lands(now: Situation) -> Iterator[tuple[Zone, BaseGeometry, str]]:
    """Zones with a density, each with the parcel that a change builds on, or itself where parcels are not known."""
    changed = [feature for feature in now.set if isinstance(feature, Building | Paving | Road)]
    seen: set[tuple[str, str]] = set()
    for feature in changed:
        shape = whole_width(feature) if isinstance(feature, Road) else valid(feature.geometry)
        parcels: list[Parcel] = now.after.facts.parcels_on(shape)
        for zone in now.after.facts.zones_on(shape):
            whole = valid(zone.geometry)
            lands = [(each.id, f"the parcel {each.number or each.id}", valid(each.geometry)) for each in parcels]
            for id, name, land in lands or [("", _named(zone), whole)]:
                ours = land.intersection(shape).area
                if (zone.id, id) in seen or ours < LEAST_M2 or land.intersection(whole).area < 0.5 * land.area:
                    continue
                seen.add((zone.id, id))
                yield zone, land, name


def _houses(city: City, land: BaseGeometry) -> list[tuple[Building, BaseGeometry]]:
    found = [each for each in city.near(land) if isinstance(each, Building)]
    return [(each, valid(each.geometry).intersection(land)) for each in found]


def _covered_m2(city: City, land: BaseGeometry) -> float:
    return float(shapely.union_all([shape for _, shape in _houses(city, land)]).area)


def _floors_m2(city: City, land: BaseGeometry) -> float:
    return sum(
        floor_area_m2(each) * shape.area / each.geometry.area for each, shape in _houses(city, land) if shape.area > 0.0
    )


def _sealed_m2(city: City, land: BaseGeometry) -> float:
    shapes = [shape for _, shape in _houses(city, land)]
    for feature in around(city, land):
        if isinstance(feature, Paving) and feature.category != "open":
            shapes.append(valid(feature.geometry).intersection(land))
        elif isinstance(feature, Road) and on_the_ground(feature):
            shapes.append(whole_width(feature).intersection(land))
    return float(shapely.union_all(shapes).area)


def _named(zone: Zone) -> str:
    return f"the plan ({_title(zone)})"


def _title(zone: Zone) -> str:
    return zone.name or zone.said or zone.id
