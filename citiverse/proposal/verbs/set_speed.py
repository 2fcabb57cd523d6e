"""Set the speed limit of a road."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Road
from citiverse.proposal.alter import told
from citiverse.proposal.between import stretch_of
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import Between, RoadId, Speed
from citiverse.proposal.ground import is_motor_road, motor_pieces
from citiverse.proposal.phrases import of_road
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import figure, name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSpeed(Verb):
    """Set the speed limit of a road that carries motor traffic, or of its part between two junctions."""

    group: ClassVar[Group] = "roads"

    verb: Literal["set_speed"] = "set_speed"
    road: RoadId
    speed_kmh: Speed
    between: Between | None = None

    def apply(self, city: City) -> Change:
        """The road with this limit. Raises EditRefused where it carries no motor traffic or has the limit already."""
        stretch = stretch_of(city, self.road, self.between, fresh_ids(self, city))
        motor = motor_pieces(stretch.pieces, ", so it needs no speed limit")
        if all(piece.speed_kmh == self.speed_kmh for piece in motor):
            raise EditRefused(
                f"The limit on {name_of(motor[0])} is already {figure(self.speed_kmh)} km/h.", field="speed_kmh"
            )

        def limited(piece: Road) -> Road:
            return told(piece, speed_kmh=self.speed_kmh) if is_motor_road(piece) else piece

        return stretch.changed(limited)

    def describe(self, city: City) -> str:
        """Such as "Set the speed limit on Mannerheimintie to 30 km/h"."""
        told_limit = f"Set the speed limit on {{road}} to {figure(self.speed_kmh)} km/h"
        return of_road(city, told_limit, self.road, self.between)
