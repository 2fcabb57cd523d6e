"""Give a street another cross-section."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import LaneKind, Road
from citiverse.proposal.alter import told
from citiverse.proposal.between import stretch_of
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import Between, RoadId, Strips
from citiverse.proposal.lanes import NARROWEST_CAR_LANE_M, direction_of, lanes_of, modes_of, room_m
from citiverse.proposal.phrases import of_road
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import count, listing, metres, name_of, sentence

# Least clear widths: cars and buses as narrow streets have them; the others so that one person or vehicle fits.
LEAST_WIDTH_M: dict[LaneKind, float] = {
    "car": NARROWEST_CAR_LANE_M, "bus": 2.75, "tram": 2.5, "cycle": 0.9, "footway": 0.8, "parking": 1.7,
}  # fmt: skip
_WORDS: dict[LaneKind, str] = {
    "footway": "footway", "verge": "verge", "parking": "parking lane", "cycle": "cycle lane", "bus": "bus lane",
    "tram": "tram track", "car": "car lane", "planting": "planting strip",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLanes(Verb):
    """Divide a street anew, from left to right along its line; the whole stays centred on the line.

    Motor traffic needs a lane of its own; a new bus or cycle lane opens the street to buses or bicycles.
    """

    group: ClassVar[Group] = "roads"

    verb: Literal["set_lanes"] = "set_lanes"
    road: RoadId
    lanes: Strips
    between: Between | None = None

    def apply(self, city: City) -> Change:
        """The street with these lanes. Raises EditRefused where they don't fit, or are there already."""
        stretch = stretch_of(city, self.road, self.between, fresh_ids(self, city))
        name = sentence(name_of(stretch.pieces[0]))
        for number, strip in enumerate(self.lanes):
            least_m = LEAST_WIDTH_M.get(strip.kind, 0.0)
            if strip.width_m < least_m:
                needs = f"A {_WORDS[strip.kind]} needs {metres(least_m)}, not {metres(strip.width_m)}."
                raise EditRefused(needs, field=f"lanes.{number}.width_m")
        total_m = sum(strip.width_m for strip in self.lanes)
        for piece in stretch.pieces:
            if total_m > piece.width_m and total_m > (room := room_m(city, piece)):
                has = f"{name_of(piece)} has only {metres(room)} between the houses"
                raise EditRefused(f"The lanes need {metres(total_m)}, but {has}.", field="lanes")

        def divided(piece: Road) -> Road:
            lanes = lanes_of(self.lanes, piece.direction, city.defaults.drives_on)
            direction = direction_of(lanes, piece.direction)
            return told(piece, lanes=lanes, modes=modes_of(lanes, piece.modes), direction=direction)

        change = stretch.changed(divided)
        if not any("lanes" in change.fields(id) for id in change.ids):
            raise EditRefused(f"{name} already has these lanes.", field="lanes")
        return change

    def describe(self, city: City) -> str:
        """Such as "Divide Bulevardi into 2 footways, 1 cycle lane and 1 car lane"."""
        kinds = [strip.kind for strip in self.lanes]
        lanes = listing(count(kinds.count(kind), word) for kind, word in _WORDS.items() if kind in kinds)
        return of_road(city, f"Divide {{road}} into {lanes}", self.road, self.between)
