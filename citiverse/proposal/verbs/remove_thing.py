"""Take away something small."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Barrier, Furniture, Stop
from citiverse.proposal.fields import ThingId
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import called, name_of, noun, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveThing(Verb):
    """Take away a bench, lamp or other furniture, a wall, fence or hedge, or a stop."""

    group: ClassVar[Group] = "things"

    verb: Literal["remove_thing"] = "remove_thing"
    thing: ThingId

    def apply(self, city: City) -> Change:
        """The city without the thing. Raises EditRefused when there is none, or it is something larger."""
        found = city.get(self.thing)
        if found is None:
            raise EditRefused(f"There is nothing with the id {self.thing} in {city.title}.", field="thing")
        if not isinstance(found, Furniture | Barrier | Stop):
            what = f"is a {noun(found)}, not" if found.name else "is not"
            raise EditRefused(f"{sentence(name_of(found))} {what} furniture, a barrier or a stop.", field="thing")
        return change_between({found.id: found}, {})

    def describe(self, city: City) -> str:
        """Such as "Take away this bench"."""
        return f"Take away {called(city, self.thing)}"
