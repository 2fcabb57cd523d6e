"""Open a road to more kinds of traffic."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

from annotated_types import Len

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Lane, Mode, Road
from citiverse.proposal.alter import told
from citiverse.proposal.between import stretch_of
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import Between, RoadId
from citiverse.proposal.ground import MOTOR_MODES
from citiverse.proposal.lanes import DRIVEN, NARROWEST_CAR_LANE_M
from citiverse.proposal.phrases import of_road
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import metres, modes, name_of, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRoad(Verb):
    """Open a road, or its part between two junctions, to cars, lorries, buses, bicycles or people on foot."""

    group: ClassVar[Group] = "roads"

    verb: Literal["open_road"] = "open_road"
    road: RoadId
    to: Annotated[tuple[Mode, ...], Len(1, 5)] = ("car", "truck")
    between: Between | None = None

    def apply(self, city: City) -> Change:
        """The road with these modes. Raises EditRefused where it has them already or is too narrow for them."""
        stretch = stretch_of(city, self.road, self.between, fresh_ids(self, city))
        wanted = frozenset(self.to)
        name = sentence(name_of(stretch.pieces[0]))
        if all(wanted <= piece.modes for piece in stretch.pieces):
            raise EditRefused(f"{name} is already open to {modes(wanted)}.", field="to")
        for piece in stretch.pieces:
            if piece.category == "steps" and wanted - {"foot"}:
                raise EditRefused(f"Only people on foot can pass {name_of(piece)}, which has steps.", field="to")
            if wanted & MOTOR_MODES and piece.width_m < NARROWEST_CAR_LANE_M:
                needed = metres(NARROWEST_CAR_LANE_M)
                width = metres(piece.width_m)
                raise EditRefused(f"{name} is {width} wide; {modes(wanted & MOTOR_MODES)} need {needed}.", field="to")

        def opened(piece: Road) -> Road:
            lanes = _with_a_driven_lane(piece) if wanted & MOTOR_MODES else piece.lanes
            return told(piece, modes=piece.modes | wanted, lanes=lanes, guessed=("lanes",))

        return stretch.changed(opened)

    def describe(self, city: City) -> str:
        """Such as "Open Keskuskatu to bicycles"."""
        return of_road(city, f"Open {{road}} to {modes(self.to)}", self.road, self.between)


def _with_a_driven_lane(road: Road) -> tuple[Lane, ...]:
    """The lanes, of which the widest becomes one for cars where there is none to drive on."""
    if any(lane.kind in DRIVEN for lane in road.lanes):
        return road.lanes
    widest = max(range(len(road.lanes)), key=lambda n: road.lanes[n].width_m)
    return tuple(replace(lane, kind="car") if n == widest else lane for n, lane in enumerate(road.lanes))
