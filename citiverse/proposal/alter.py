"""Features with values that a person has told."""

from dataclasses import replace
from typing import TypeVar

from citiverse.city.city import City, NotInCity, SomeFeature
from citiverse.city.feature import Barrier, Building, Furniture, GreenArea, Rail, Road, Stop, Tree, Water
from citiverse.proposal.refusal import EditRefused

SOURCE = "proposal"  # the source key of what edits make

Told = TypeVar("Told", Road, Building, GreenArea, Water, Tree, Rail, Barrier, Furniture, Stop)


def told(feature: Told, *, guessed: tuple[str, ...] = (), **values: object) -> Told:
    """The feature with new values, no longer estimated or measured; those in `guessed` we have worked out ourselves."""
    names = frozenset(name for name, value in values.items() if getattr(feature, name) != value)
    if not names:
        return feature
    if "lanes" in names:
        names |= {"width_m"}  # readers say by this name that widths of lanes are estimated
    estimated = (feature.estimated - names) | (names & frozenset(guessed))
    return replace(feature, **values, estimated=estimated, measured=feature.measured - names)  # type: ignore[arg-type]


def find(city: City, id: str, kind: type[SomeFeature], field: str) -> SomeFeature:
    """The feature of this id and kind. Raises EditRefused; `field` of the edit is then at fault."""
    try:
        return city.one(id, kind)
    except NotInCity as missing:
        raise EditRefused(str(missing), field=field) from None
