"""Renovate a building."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, Renovation, RoofShape
from citiverse.proposal.alter import told
from citiverse.proposal.buildings import building_or_parts
from citiverse.proposal.fields import BuildingId
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import called, listing, name_of, sentence

_ROUND: frozenset[RoofShape] = frozenset({"dome", "cone", "round"})  # neither plants nor panels lie on them


@dataclass(frozen=True, slots=True, kw_only=True)
class RenovateBuilding(Verb):
    """Renovate a building: save energy by a light, medium or deep renovation, green its roof, put solar panels on it.

    Light saves 3 to 30 % of the primary energy, medium 30 to 60 %, deep more. All parts of the building take part.
    """

    group: ClassVar[Group] = "buildings"
    any_of: ClassVar[tuple[str, ...]] = ("standard", "green_roof", "solar")

    verb: Literal["renovate_building"] = "renovate_building"
    building: BuildingId
    standard: Renovation | None = None
    green_roof: bool | None = None
    solar: bool | None = None

    def apply(self, city: City) -> Change:
        """The building renovated. Raises EditRefused where it is so already, or its roof carries nothing."""
        parts = building_or_parts(city, self.building)
        if all(part.roof.shape in _ROUND for part in parts):
            self._refuse_load(parts[0])
        after: dict[str, Feature | None] = {part.id: self._renovated(part) for part in parts}
        change = change_between({part.id: part for part in parts}, after)
        if not change.ids:
            raise EditRefused(f"{sentence(name_of(parts[0]))} is already so.", field=self._given[0])
        return change

    def describe(self, city: City) -> str:
        """Such as "Renovate Forum: a deep renovation, a green roof and solar panels"."""
        works = [f"a {self.standard} renovation"] if self.standard is not None else []
        for wanted, what in ((self.green_roof, "green roof"), (self.solar, "solar panels")):
            if wanted is not None:
                article = "a " if what == "green roof" and wanted else ""
                works.append(f"{article}{what}" if wanted else f"no {what}")
        return f"Renovate {called(city, self.building)}: {listing(works)}"

    @property
    def _given(self) -> list[str]:
        return [name for name in self.any_of if getattr(self, name) is not None]

    def _renovated(self, part: Building) -> Building:
        carries = part.roof.shape not in _ROUND
        roof = {"green_roof": self.green_roof, "solar": self.solar}
        values: dict[str, object] = {name: on for name, on in roof.items() if on is False or (on and carries)}
        if self.standard is not None:
            values["standard"] = self.standard
        return told(part, **values)  # type: ignore[arg-type]

    def _refuse_load(self, building: Building) -> None:
        for on, what, field in ((self.green_roof, "Plants", "green_roof"), (self.solar, "Solar panels", "solar")):
            if on:
                where = f"the {building.roof.shape} roof of {name_of(building)}"
                raise EditRefused(f"{what} don't hold on {where}.", field=field)
