"""Make a road one-way, or open it to both directions."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Direction, Road
from citiverse.proposal.alter import told
from citiverse.proposal.between import stretch_of
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import Between, RoadId
from citiverse.proposal.ground import is_motor_road, motor_pieces
from citiverse.proposal.lanes import one_way
from citiverse.proposal.phrases import of_road
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import name_of, sentence

_STATES: dict[Direction, str] = {
    "forward": "one-way in that direction", "backward": "one-way in that direction", "both": "open in both directions",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDirection(Verb):
    """Make a road one-way along its line (forward) or against it (backward), or open it in both directions.

    Bicycles keep their own rule, but where they had to follow the cars they still do.
    """

    group: ClassVar[Group] = "roads"

    verb: Literal["set_direction"] = "set_direction"
    road: RoadId
    direction: Direction
    between: Between | None = None

    def apply(self, city: City) -> Change:
        """The road with this direction. Raises EditRefused where it is so already, on paths and roundabouts."""
        stretch = stretch_of(city, self.road, self.between, fresh_ids(self, city))
        motor = motor_pieces(stretch.pieces)
        name = sentence(name_of(stretch.pieces[0]))
        if any(piece.roundabout for piece in motor):
            raise EditRefused(f"{name} is a roundabout; its direction can't change.", field="road")
        if all(piece.direction == self.direction for piece in motor):
            raise EditRefused(f"{name} is already {_STATES[self.direction]}.", field="direction")

        def turned(piece: Road) -> Road:
            if not is_motor_road(piece) or piece.direction == self.direction:
                return piece
            follows = piece.bicycle_direction == piece.direction
            return told(
                piece,
                direction=self.direction,
                lanes=one_way(piece.lanes, self.direction, city.defaults.drives_on),
                bicycle_direction=self.direction if follows else piece.bicycle_direction,
            )

        return stretch.changed(turned)

    def describe(self, city: City) -> str:
        """Such as "Make Fredrikinkatu one-way"."""
        if self.direction == "both":
            return of_road(city, "Open {road} in both directions", self.road, self.between)
        against = " against its present line" if self.direction == "backward" else ""
        return of_road(city, f"Make {{road}} one-way{against}", self.road, self.between)
