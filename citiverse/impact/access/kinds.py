"""Which things in a city are places of which kind."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, GreenArea, Place, Stop

KINDS = ("food", "health", "school", "park", "culture", "transit", "work")


@cache
def table() -> Mapping[str, Any]:
    """The numbers of the access model, from data/access.json, where each has its source."""
    text = resources.files("citiverse.impact").joinpath("data/access.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def label(kind: str) -> str:
    """A kind of place in words."""
    return str(table()["kinds"]["table"][kind]["label"])


@cache
def _of(group: str) -> Mapping[str, tuple[str, ...]]:
    """The kinds of each category of places, use of buildings or category of green."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in KINDS:
        for each in table()["kinds"]["table"][kind].get(group, ()):
            found[each] = (*found.get(each, ()), kind)
    return found


def kinds_of(feature: Feature) -> tuple[str, ...]:
    """The kinds of place that a feature is; none for most."""
    match feature:
        case Place():
            key = feature.category.partition("=")[0]
            return _of("places").get(feature.category, ()) + _of("places").get(f"{key}=*", ())
        case Building():
            kinds = _of("buildings").get(feature.use, ())
            return kinds if "work" in kinds or not feature.jobs else (*kinds, "work")
        case GreenArea():
            large = feature.geometry.area >= table()["kinds"]["least_park_m2"]
            return _of("green").get(feature.category, ()) if large else ()
        case Stop():
            return ("transit",)
        case _:
            return ()


def places_of(city: City) -> Iterable[Feature]:
    """Everything that may be a place of some kind."""
    yield from city.all(Place)
    yield from city.all(Building)
    yield from city.all(GreenArea)
    yield from city.all(Stop)
