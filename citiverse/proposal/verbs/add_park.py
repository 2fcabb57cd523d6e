"""Lay out a park, garden, playground, square or wood."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import shapely
from shapely import Polygon

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature, GreenArea, Paving
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.clearing import (
    Outcome,
    buildings_in,
    buildings_out_of,
    roads_out_of,
    surfaces_out_of,
    taken_by_buildings,
    taken_by_streets,
    taken_by_water,
    things_out_of,
)
from citiverse.proposal.fields import Area
from citiverse.proposal.place import lonlat
from citiverse.proposal.polygon import Ringed, polygon_of, scene_area_m2, without
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import listing, other_name_of

ParkKind = Literal["park", "garden", "playground", "square", "forest"]
Clear = Literal["nothing", "roads", "buildings", "all"]

LEAST_M2, MOST_M2 = 10.0, 1_000_000.0
MOST_SHARE_OF_SCENE = 0.25
SAME_SHARE = 0.95  # of an area: where so much is such a park already, a new one changes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPark(Verb):
    """Lay out a park on the free ground of an area; a square is paved, everything else is green.

    `clear` says what gives way: nothing (the park takes the ground between streets, buildings and water), roads
    (streets are cut at its edge, paths for walking and cycling stay), buildings (those mostly within are taken down),
    or all (both, with walls and furniture; trees stay).
    """

    group: ClassVar[Group] = "green"

    verb: Literal["add_park"] = "add_park"
    area: Area
    kind: ParkKind = "park"
    clear: Clear = "nothing"

    def apply(self, city: City) -> Change:
        """The park and what gives way to it. Raises EditRefused."""
        most_m2 = min(MOST_M2, MOST_SHARE_OF_SCENE * scene_area_m2(city))
        drawn = polygon_of(city, self.area, what=self._what, field="area", least_m2=LEAST_M2, most_m2=most_m2)
        ids = fresh_ids(self, city)
        id = next(ids)
        gone: Outcome = {}
        if self.clear in ("roads", "all"):
            gone |= roads_out_of(city, drawn, ids)
        if self.clear in ("buildings", "all"):
            gone |= buildings_out_of(city, drawn)
        if self.clear == "all":
            gone |= things_out_of(city, drawn)
        ground = self._ground(city, drawn, gone)
        _refuse_sameness(city, ground, self._category)
        after = {**surfaces_out_of(city, ground), **gone, id: self._feature(id, ground)}
        return change_between({each: city.get(each) for each in after}, after)

    def describe(self, city: City) -> str:
        """Such as "Lay out a park and clear away the roads there"."""
        cleared = {"roads": " and take away the streets there", "buildings": " and take down the buildings there"}
        all_cleared = " and clear away the streets and buildings there"
        return f"Lay out {self._what}{all_cleared if self.clear == 'all' else cleared.get(self.clear, '')}"

    @property
    def _what(self) -> str:
        return "a wood" if self.kind == "forest" else f"a {self.kind}"

    @property
    def _category(self) -> str:
        return "pedestrian" if self.kind == "square" else self.kind

    def _feature(self, id: str, ground: Ringed) -> Feature:
        if self.kind == "square":
            return Paving(id=id, source=SOURCE, geometry=ground, category=self._category, surface="paving_stones")
        return GreenArea(id=id, source=SOURCE, geometry=ground, category=self._category)

    def _ground(self, city: City, drawn: Polygon, gone: Outcome) -> Ringed:
        taken = {
            "buildings": taken_by_buildings(city, drawn, gone),
            "streets": taken_by_streets(city, drawn, gone),
            "water": taken_by_water(city, drawn),
        }
        ground = without(drawn, shapely.union_all(list(taken.values())))
        if ground is not None and ground.area >= LEAST_M2:
            return ground
        inside = buildings_in(city, drawn)
        standing = [word for word, shape in taken.items() if drawn.intersection(shape).area > 0.1]
        where = f" ({other_name_of(inside[0])})" if inside and "buildings" in standing else ""
        raise EditRefused(
            f"There is no free ground for {self._what} there, only {listing(standing)}{where}.",
            at=lonlat(city, drawn),
            field="area",
        )


def _refuse_sameness(city: City, ground: Ringed, category: str) -> None:
    same = [f for f in city.near(ground) if isinstance(f, GreenArea | Paving) and f.category == category]
    for feature in same:
        if shapely.intersection(shapely.make_valid(feature.geometry), ground).area >= SAME_SHARE * ground.area:
            what = feature.name or f"a {feature.category}"
            raise EditRefused(f"There is {what} already.", at=lonlat(city, ground), field="area")
