"""A city before and after a change, as the guard rules look at it, and what they tell."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Feature, Road
from citiverse.proposal.refusal import Lonlat


@dataclass(frozen=True, slots=True)
class EditWarning:
    """A drawback of an edit: a stable code, a sentence, and the longitude and latitude of the place.

    `of` holds the names and figures of the sentence, from which other languages make theirs; its "form" tells apart
    sentences under one code.
    """

    code: str
    detail: str
    at: Lonlat
    of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Situation:
    """A city before and after a change."""

    before: City
    after: City
    change: Change

    @cached_property
    def removed(self) -> list[Feature]:
        """Features that go."""
        return [old for id, old in self.change.before.items() if old is not None and self.change.after[id] is None]

    @cached_property
    def set(self) -> list[Feature]:
        """Features that are new or different."""
        return [new for new in self.change.after.values() if new is not None]

    def old(self, feature: Feature) -> Feature | None:
        """What a feature was."""
        return self.change.before[feature.id]

    def lost(self, serves: Callable[[Road], bool]) -> list[BaseGeometry]:
        """Lines of roads that served before and don't any more."""
        old = _lines(self.change.before.values(), serves)
        new = _lines(self.change.after.values(), serves)
        gone = shapely.union_all(old).difference(shapely.union_all(new).buffer(0.05))
        return [line for line in shapely.get_parts(gone) if line.length > 0.5]


Rule = Callable[[Situation], Iterator[EditWarning]]


def _lines(features: Iterable[Feature | None], serves: Callable[[Road], bool]) -> list[BaseGeometry]:
    return [road.geometry for road in features if isinstance(road, Road) and serves(road)]
