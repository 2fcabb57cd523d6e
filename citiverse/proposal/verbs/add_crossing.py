"""Let people cross a road."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Furniture
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.between import FARTHEST_M, parts_of
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import At, RoadId
from citiverse.proposal.ground import is_motor_road
from citiverse.proposal.phrases import of_road
from citiverse.proposal.place import point_of
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import metres, name_of, sentence

CLOSEST_M = 8.0  # two crossings

CrossingKind = Literal["zebra", "signal", "raised"]
_NAMES: dict[CrossingKind, str] = {
    "zebra": "Zebra crossing", "signal": "Crossing with signals", "raised": "Raised crossing",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCrossing(Verb):
    """Let people cross a road: by a zebra, with signals, or raised to the level of the footway."""

    group: ClassVar[Group] = "roads"

    verb: Literal["add_crossing"] = "add_crossing"
    road: RoadId
    at: At
    kind: CrossingKind = "zebra"

    def apply(self, city: City) -> Change:
        """The crossing, on the road's line. Raises EditRefused away from it, on paths and beside another crossing."""
        place = point_of(city, self.at, what="the crossing")
        road = min(parts_of(city, self.road), key=lambda each: each.geometry.distance(place))
        far_m = road.geometry.distance(place)
        if far_m > FARTHEST_M:
            raise EditRefused(f"The place you marked is {metres(far_m)} from {name_of(road)}.", at=self.at, field="at")
        if not is_motor_road(road):
            free = f"{sentence(name_of(road))} carries no motor traffic; people can cross anywhere."
            raise EditRefused(free, field="road")
        on_line = road.geometry.interpolate(road.geometry.project(place))
        for other in city.near(on_line.buffer(CLOSEST_M)):
            near_m = other.geometry.distance(on_line)
            if isinstance(other, Furniture) and other.category == "crossing" and near_m < CLOSEST_M:
                raise EditRefused(f"There is a crossing {metres(near_m)} from there.", at=self.at, field="at")
        ids = fresh_ids(self, city)
        made = Furniture(id=next(ids), source=SOURCE, name=_NAMES[self.kind], geometry=on_line, category="crossing")
        signal_id = next(ids)
        signal = Furniture(id=signal_id, source=SOURCE, geometry=on_line, category="traffic_signals")
        after = {made.id: made} | ({signal_id: signal} if self.kind == "signal" else {})
        return change_between({}, after)

    def describe(self, city: City) -> str:
        """Such as "Add a zebra crossing on Snellmaninkatu"."""
        return of_road(city, f"Add a {_NAMES[self.kind].lower()} on {{road}}", self.road, None)
