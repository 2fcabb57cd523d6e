"""Lay out a park, garden, playground, square or wood."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature, GreenArea, Paving
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.clearing import (
    Outcome,
    buildings_out_of,
    roads_out_of,
    surfaces_out_of,
    things_out_of,
)
from citiverse.proposal.fields import Area
from citiverse.proposal.laying import LEAST_M2, MOST_M2, MOST_SHARE_OF_SCENE, free_ground, refuse_sameness
from citiverse.proposal.polygon import Ringed, polygon_of, scene_area_m2
from citiverse.proposal.verb import Group, Verb

ParkKind = Literal["park", "garden", "playground", "square", "forest"]
Clear = Literal["nothing", "roads", "buildings", "all"]


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
        drawn = polygon_of(city, self.area, what=f"the {self._noun}", field="area", least_m2=LEAST_M2, most_m2=most_m2)
        ids = fresh_ids(self, city)
        id = next(ids)
        gone: Outcome = {}
        if self.clear in ("roads", "all"):
            gone |= roads_out_of(city, drawn, ids)
        if self.clear in ("buildings", "all"):
            gone |= buildings_out_of(city, drawn)
        if self.clear == "all":
            gone |= things_out_of(city, drawn)
        ground = free_ground(city, drawn, what=self._what, gone=gone)
        refuse_sameness(city, ground, self._category)
        after = {**surfaces_out_of(city, ground), **gone, id: self._feature(id, ground)}
        return change_between({each: city.get(each) for each in after}, after)

    def describe(self, city: City) -> str:
        """Such as "Lay out a park and clear away the roads there"."""
        cleared = {"roads": " and take away the streets there", "buildings": " and take down the buildings there"}
        all_cleared = " and clear away the streets and buildings there"
        return f"Lay out {self._what}{all_cleared if self.clear == 'all' else cleared.get(self.clear, '')}"

    @property
    def _what(self) -> str:
        return f"a {self._noun}"

    @property
    def _noun(self) -> str:
        return "wood" if self.kind == "forest" else self.kind

    @property
    def _category(self) -> str:
        return "square" if self.kind == "square" else self.kind

    def _feature(self, id: str, ground: Ringed) -> Feature:
        if self.kind == "square":
            return Paving(id=id, source=SOURCE, geometry=ground, category=self._category, surface="paving_stones")
        return GreenArea(id=id, source=SOURCE, geometry=ground, category=self._category)
