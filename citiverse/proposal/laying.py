"""New ground laid out between what stands."""

import shapely
from shapely import Polygon

from citiverse.city.city import City
from citiverse.city.feature import GreenArea, Paving
from citiverse.proposal.clearing import (
    Outcome,
    buildings_in,
    taken_by_buildings,
    taken_by_streets,
    taken_by_water,
    valid,
)
from citiverse.proposal.place import lonlat
from citiverse.proposal.polygon import Ringed, without
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.words import listing, other_name_of

LEAST_M2, MOST_M2 = 10.0, 1_000_000.0
MOST_SHARE_OF_SCENE = 0.25
SAME_SHARE = 0.95  # of an area: where so much is such ground already, laying it out changes nothing


def free_ground(
    city: City, drawn: Polygon, *, what: str, gone: Outcome | None = None, least_m2: float = LEAST_M2
) -> Ringed:
    """What is left of an area between buildings, streets and water, without those that are `gone`.

    Raises EditRefused where that is less than `least_m2`; `what` is to be laid out.
    """
    taken = {
        "buildings": taken_by_buildings(city, drawn, gone or {}),
        "streets": taken_by_streets(city, drawn, gone or {}),
        "water": taken_by_water(city, drawn),
    }
    ground = without(drawn, shapely.union_all(list(taken.values())))
    if ground is not None and ground.area >= least_m2:
        return ground
    inside = buildings_in(city, drawn)
    standing = [word for word, shape in taken.items() if drawn.intersection(shape).area > 0.1]
    where = f" ({other_name_of(inside[0])})" if inside and "buildings" in standing else ""
    sentence = f"There is no free ground for {what} there, only {listing(standing)}{where}."
    raise EditRefused(sentence, at=lonlat(city, drawn), field="area")


def refuse_sameness(city: City, ground: Ringed, category: str) -> None:
    """Raise EditRefused where nearly all of the ground is of this category already."""
    same = [f for f in city.near(ground) if isinstance(f, GreenArea | Paving) and f.category == category]
    for feature in same:
        if shapely.intersection(valid(feature.geometry), ground).area >= SAME_SHARE * ground.area:
            raise EditRefused(f"There is {other_name_of(feature)} already.", at=lonlat(city, ground), field="area")
