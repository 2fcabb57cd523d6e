"""Draw the outline of a park or other green anew."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import shapely

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature, GreenArea
from citiverse.proposal.alter import find, told
from citiverse.proposal.clearing import surfaces_out_of
from citiverse.proposal.fields import Area, GreenId
from citiverse.proposal.laying import MOST_M2, MOST_SHARE_OF_SCENE, free_ground
from citiverse.proposal.polygon import polygon_of, scene_area_m2
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import called, name_of, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ReshapeGreen(Verb):
    """Draw the outline of a park or other green anew, on free ground; it displaces other green and paving."""

    group: ClassVar[Group] = "green"

    verb: Literal["reshape_green"] = "reshape_green"
    green: GreenId
    area: Area

    def apply(self, city: City) -> Change:
        """The green with the new outline. Raises EditRefused."""
        old = find(city, self.green, GreenArea, "green")
        most_m2 = max(min(MOST_M2, MOST_SHARE_OF_SCENE * scene_area_m2(city)), 1.05 * old.geometry.area)
        drawn = polygon_of(city, self.area, what="the green", field="area", least_m2=4.0, most_m2=most_m2)
        ground = free_ground(city, drawn, what=f"the {old.category.replace('_', ' ')}")
        if shapely.symmetric_difference(shapely.make_valid(old.geometry), ground).area < 0.5:
            raise EditRefused(f"{sentence(name_of(old))} already has this outline.", field="area")
        after: dict[str, Feature | None] = {**surfaces_out_of(city, ground), old.id: told(old, geometry=ground)}
        return change_between({id: city.get(id) for id in after}, after)

    def describe(self, city: City) -> str:
        """Such as "Draw the outline of Esplanadi anew"."""
        return f"Draw the outline of {called(city, self.green)} anew"
