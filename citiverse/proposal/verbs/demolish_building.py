"""Take down a building."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature
from citiverse.proposal.buildings import building_or_parts
from citiverse.proposal.fields import BuildingId
from citiverse.proposal.ground import shops_in
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import called


@dataclass(frozen=True, slots=True, kw_only=True)
class DemolishBuilding(Verb):
    """Take down a building with all its parts and the shops in it."""

    group: ClassVar[Group] = "buildings"

    verb: Literal["demolish_building"] = "demolish_building"
    building: BuildingId

    def apply(self, city: City) -> Change:
        """The city without the building. Raises EditRefused when there is none."""
        before: dict[str, Feature | None] = {}
        for part in building_or_parts(city, self.building):
            before[part.id] = part
            before |= {shop.id: shop for shop in shops_in(city, part)}
        return change_between(before, {})

    def describe(self, city: City) -> str:
        """Such as "Take down Forum"."""
        return f"Take down {called(city, self.building)}"
