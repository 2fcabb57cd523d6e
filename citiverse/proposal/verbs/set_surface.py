"""Give a road another surface."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Road
from citiverse.proposal.alter import told
from citiverse.proposal.between import stretch_of
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import Between, RoadId
from citiverse.proposal.phrases import of_road
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import name_of, sentence

Surface = Literal[
    "asphalt", "low_noise_asphalt", "concrete", "paving_stones", "sett", "cobblestone", "compacted", "fine_gravel",
    "gravel", "wood",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSurface(Verb):
    """Give a road, or its part between two junctions, another surface."""

    group: ClassVar[Group] = "roads"

    verb: Literal["set_surface"] = "set_surface"
    road: RoadId
    surface: Surface
    between: Between | None = None

    def apply(self, city: City) -> Change:
        """The road with this surface. Raises EditRefused where it has it already."""
        stretch = stretch_of(city, self.road, self.between, fresh_ids(self, city))
        if all(piece.surface == self.surface for piece in stretch.pieces):
            name = sentence(name_of(stretch.pieces[0]))
            raise EditRefused(f"The surface of {name} is already {_word(self.surface)}.", field="surface")

        def surfaced(piece: Road) -> Road:
            return told(piece, surface=self.surface)

        return stretch.changed(surfaced)

    def describe(self, city: City) -> str:
        """Such as "Surface Unioninkatu with sett"."""
        return of_road(city, f"Surface {{road}} with {_word(self.surface)}", self.road, self.between)


def _word(surface: str) -> str:
    return surface.replace("_", " ")
