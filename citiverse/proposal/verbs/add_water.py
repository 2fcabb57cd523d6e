"""Make a pond."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature, Water
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.clearing import surfaces_out_of
from citiverse.proposal.fields import Area, Unit
from citiverse.proposal.ground import small_things
from citiverse.proposal.polygon import polygon_of, scene_area_m2
from citiverse.proposal.siting import refuse_obstacles
from citiverse.proposal.verb import Group, Verb

LEAST_M2, MOST_M2, MOST_SHARE_OF_SCENE = 2.0, 100_000.0, 0.25
USUAL_DEPTH_M = 1.0  # assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class AddWater(Verb):
    """Make a pond on ground that is free of buildings, streets and tracks; trees and lawns there go."""

    group: ClassVar[Group] = "green"

    verb: Literal["add_water"] = "add_water"
    area: Area
    depth_m: Annotated[float, Ge(0.05), Le(30), Unit("m")] | None = None

    def apply(self, city: City) -> Change:
        """The pond, without what it displaces. Raises EditRefused where something stands or water is already."""
        most_m2 = min(MOST_M2, MOST_SHARE_OF_SCENE * scene_area_m2(city))
        drawn = polygon_of(city, self.area, what="the pond", field="area", least_m2=LEAST_M2, most_m2=most_m2)
        refuse_obstacles(city, drawn, meets="the pond would lie on", field="area")
        id = next(fresh_ids(self, city))
        pond = Water(
            id=id,
            source=SOURCE,
            geometry=drawn,
            category="pond",
            depth_m=USUAL_DEPTH_M if self.depth_m is None else self.depth_m,
            estimated=frozenset({"depth_m"}) if self.depth_m is None else frozenset(),
        )
        gone: dict[str, Feature | None] = {thing.id: None for thing in small_things(city, drawn)}
        after = {**surfaces_out_of(city, drawn), **gone, id: pond}
        return change_between({each: city.get(each) for each in after}, after)

    def describe(self, city: City) -> str:
        """Such as "Make a pond"."""
        return "Make a pond"
