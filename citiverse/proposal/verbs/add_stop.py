"""Add a stop of public transport."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Len
from shapely import Point

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature, Rail, Road, Stop, Water
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import At, Name
from citiverse.proposal.place import point_of
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import listing, metres

StopKind = Literal["bus", "tram", "rail", "ferry"]
REACH_M = 25.0  # from a stop to its street, track or quay
CLOSEST_M = 10.0  # two stops of a kind
_NEEDS: dict[StopKind, str] = {
    "bus": "street that buses may use", "tram": "tram track", "rail": "railway", "ferry": "open water",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AddStop(Verb):
    """Add a bus, tram, train or ferry stop beside a street, track or quay, with the lines that call there."""

    group: ClassVar[Group] = "things"

    verb: Literal["add_stop"] = "add_stop"
    at: At
    kind: StopKind = "bus"
    lines: Annotated[tuple[Annotated[str, Len(1, 20)], ...], Len(0, 40)] = ()
    name: Name | None = None

    def apply(self, city: City) -> Change:
        """The stop. Raises EditRefused away from what the vehicles run on, and beside another stop."""
        place = point_of(city, self.at, what="the stop")
        near = [f for f in city.near(place.buffer(REACH_M)) if f.geometry.distance(place) <= REACH_M]
        for other in near:
            gap_m = other.geometry.distance(place)
            if isinstance(other, Stop) and other.category == self.kind and gap_m < CLOSEST_M:
                named = f" {other.name}" if other.name else ""
                raise EditRefused(f"The {self.kind} stop{named} is {metres(gap_m)} from there.", at=self.at, field="at")
        if not any(_serves(feature, self.kind) for feature in near):
            raise EditRefused(f"There is no {_NEEDS[self.kind]} within {REACH_M:.0f} m.", at=self.at, field="at")
        id = next(fresh_ids(self, city))
        made = Stop(
            id=id, source=SOURCE, name=self.name or "", geometry=Point(place), category=self.kind, lines=self.lines
        )
        return change_between({}, {id: made})

    def describe(self, city: City) -> str:
        """Such as "Add a tram stop for lines 2 and 4"."""
        lines = f" for line{'s' if len(self.lines) > 1 else ''} {listing(self.lines)}" if self.lines else ""
        return f"Add a {self.kind} stop{lines}"


def _serves(feature: Feature, kind: StopKind) -> bool:
    match feature:
        case Road():
            return kind == "bus" and "bus" in feature.modes
        case Rail():
            return (kind == "tram" and feature.category == "tram") or (kind == "rail" and feature.category != "tram")
        case Water():
            return kind == "ferry"
        case _:
            return False
