"""Take away a road."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Road
from citiverse.proposal.between import stretch_of
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import Between, RoadId
from citiverse.proposal.phrases import of_road
from citiverse.proposal.verb import Group, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRoad(Verb):
    """Take away a road or path, or its part between two junctions."""

    group: ClassVar[Group] = "roads"

    verb: Literal["remove_road"] = "remove_road"
    road: RoadId
    between: Between | None = None

    def apply(self, city: City) -> Change:
        """The city without the road. Raises EditRefused when there is none."""

        def gone(piece: Road) -> None:
            return None

        return stretch_of(city, self.road, self.between, fresh_ids(self, city)).changed(gone)

    def describe(self, city: City) -> str:
        """Such as "Take away Liisankatu"."""
        return of_road(city, "Take away {road}", self.road, self.between)
