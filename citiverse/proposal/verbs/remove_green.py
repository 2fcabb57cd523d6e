"""Give up a park or other green."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import GreenArea
from citiverse.proposal.alter import find
from citiverse.proposal.fields import GreenId
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import called


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveGreen(Verb):
    """Give up a park, lawn or other green; its trees stay, its ground lies bare."""

    group: ClassVar[Group] = "green"

    verb: Literal["remove_green"] = "remove_green"
    green: GreenId

    def apply(self, city: City) -> Change:
        """The city without the green. Raises EditRefused when there is none."""
        return change_between({self.green: find(city, self.green, GreenArea, "green")}, {})

    def describe(self, city: City) -> str:
        """Such as "Give up Esplanadi"."""
        return f"Give up {called(city, self.green)}"
