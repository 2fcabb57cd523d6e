"""What every edit is."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.proposal.refusal import EditInvalid

Group = Literal["roads", "green", "buildings", "things"]


class Verb(ABC):
    """One way to change a city; its fields are those of the frozen dataclass that it is.

    `group` is where the client lists it. `one_of` holds groups of fields of which exactly one group must be filled,
    `any_of` fields of which at least one must be; the plan of both is part of the form.
    """

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "allow_inf_nan": False}

    group: ClassVar[Group]
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()
    any_of: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Check the fields against each other. Raises EditInvalid."""
        filled = [group for group in self.one_of if any(getattr(self, name) is not None for name in group)]
        if self.one_of and len(filled) != 1:
            choices = "; or ".join(" and ".join(group) for group in self.one_of)
            raise EditInvalid(f"Give exactly one of these: {choices}.", self.one_of[0][0])
        for name in filled[0] if filled else ():
            if getattr(self, name) is None:
                raise EditInvalid(f"{filled[0][0]} needs {name} beside it.", name)
        if self.any_of and all(getattr(self, name) is None for name in self.any_of):
            raise EditInvalid(f"Give at least one of {', '.join(self.any_of)}.", self.any_of[0])

    @abstractmethod
    def apply(self, city: City) -> Change:
        """What the edit does to `city`, which stays as it is. Raises EditRefused."""

    @abstractmethod
    def describe(self, city: City) -> str:
        """The edit as a plain sentence, with the names that `city` gives; never fails."""
