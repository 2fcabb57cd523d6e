"""Put something in the street."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Furniture
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import At, Heading
from citiverse.proposal.ground import in_the_way
from citiverse.proposal.place import point_of
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import standing_on

FurnitureKind = Literal[
    "bench", "street_lamp", "bollard", "bicycle_parking", "waste_basket", "fountain", "drinking_water", "planter",
    "picnic_table", "shelter", "information", "post_box", "charging_station", "artwork", "flagpole", "slide", "swing",
]  # fmt: skip
CLOSEST_M = 0.4  # two things of a kind
IN_TRAFFIC = frozenset({"bollard"})  # what may stand on a carriageway


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFurniture(Verb):
    """Put a bench, lamp, bollard, bicycle stand or another thing in the street."""

    group: ClassVar[Group] = "things"

    verb: Literal["add_furniture"] = "add_furniture"
    kind: FurnitureKind = "bench"
    at: At
    heading_deg: Heading | None = None

    def apply(self, city: City) -> Change:
        """The thing. Raises EditRefused on carriageways, in buildings and water, and where one stands already."""
        place = point_of(city, self.at, what=self._what)
        (obstacle,) = in_the_way(city, np.array([[place.x, place.y]]))
        if obstacle is not None and not (obstacle.kind == "road" and self.kind in IN_TRAFFIC):
            raise EditRefused(f"There is no place for {self._what} {standing_on(obstacle)}.", at=self.at, field="at")
        for other in city.near(place.buffer(CLOSEST_M)):
            same = isinstance(other, Furniture) and other.category == self.kind
            if same and other.geometry.distance(place) < CLOSEST_M:
                raise EditRefused(f"There is {self._what} already.", at=self.at, field="at")
        id = next(fresh_ids(self, city))
        made = Furniture(id=id, source=SOURCE, geometry=place, category=self.kind, heading_deg=self.heading_deg)
        return change_between({}, {id: made})

    def describe(self, city: City) -> str:
        """Such as "Put up a bench"."""
        return f"Put up {self._what}"

    @property
    def _what(self) -> str:
        word = {"bicycle_parking": "bicycle stand", "drinking_water": "drinking fountain", "artwork": "work of art"}
        noun = word.get(self.kind, self.kind.replace("_", " "))
        return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"
