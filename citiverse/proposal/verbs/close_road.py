"""Close a road to some kinds of traffic."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Len

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Mode, Road
from citiverse.proposal.alter import told
from citiverse.proposal.between import stretch_of
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import Between, RoadId
from citiverse.proposal.phrases import of_road
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import modes, name_of, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRoad(Verb):
    """Close a road, or its part between two junctions, to cars and lorries or to other traffic.

    Lanes stay as they are; buses pass unless `to` names them.
    """

    group: ClassVar[Group] = "roads"

    verb: Literal["close_road"] = "close_road"
    road: RoadId
    to: Annotated[tuple[Mode, ...], Len(1, 5)] = ("car", "truck")
    between: Between | None = None

    def apply(self, city: City) -> Change:
        """The road without these modes. Raises EditRefused where it is closed to all of them already."""
        stretch = stretch_of(city, self.road, self.between, fresh_ids(self, city))
        banned = frozenset(self.to)
        if not any(piece.modes & banned for piece in stretch.pieces):
            name = sentence(name_of(stretch.pieces[0]))
            raise EditRefused(f"{name} is already closed to {modes(banned)}.", field="to")

        def closed(piece: Road) -> Road:
            return told(piece, modes=piece.modes - banned)

        return stretch.changed(closed)

    def describe(self, city: City) -> str:
        """Such as "Close Aleksanterinkatu to cars between Mikonkatu and Kluuvikatu"."""
        return of_road(city, f"Close {{road}} to {modes(self.to)}", self.road, self.between)
