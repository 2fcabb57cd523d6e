"""A city: features in a frame, as an immutable value of which changes make the next one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Bounds, Change, ChangeConflict, change_between, fingerprint
from citiverse.city.defaults import Defaults
from citiverse.city.facts import NO_FACTS, Facts
from citiverse.city.feature import (
    Barrier,
    Building,
    Feature,
    Furniture,
    GreenArea,
    Paving,
    Place,
    Rail,
    Road,
    Stop,
    Tree,
    Water,
)
from citiverse.city.frame import Frame
from citiverse.city.model import Model
from citiverse.city.overlay import Overlay, overlay_of
from citiverse.city.source import Source
from citiverse.city.terrain import Terrain

SomeFeature = TypeVar(
    "SomeFeature", Road, Building, GreenArea, Water, Tree, Rail, Barrier, Furniture, Place, Stop, Paving
)

_MODULUS = 1 << 128
_WORDS = {
    "road": "a road", "building": "a building", "green": "a park or other green", "water": "water", "tree": "a tree",
    "rail": "a track", "barrier": "a barrier", "furniture": "street furniture", "place": "a place", "stop": "a stop",
    "paving": "paved ground",
}  # fmt: skip


class NotInCity(LookupError):
    """A feature that the city does not have, or has as another kind."""


class FeatureBase:
    """Features as they were read, shared by all cities that changes make from them."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self.features: Mapping[str, Feature] = MappingProxyType({feature.id: feature for feature in features})

    @cached_property
    def ids(self) -> list[str]:
        """Ids in the order of the spatial index."""
        return list(self.features)

    @cached_property
    def tree(self) -> STRtree:
        """Spatial index over all features."""
        return STRtree([feature.geometry for feature in self.features.values()])

    @cached_property
    def by_kind(self) -> Mapping[str, tuple[str, ...]]:
        """Ids of each kind in reading order."""
        kinds: dict[str, list[str]] = {}
        for feature in self.features.values():
            kinds.setdefault(feature.kind, []).append(feature.id)
        return {kind: tuple(ids) for kind, ids in kinds.items()}

    @cached_property
    def split_off(self) -> frozenset[str]:
        """Ids of roads that are pieces of others."""
        roads = (self.features[id] for id in self.by_kind.get("road", ()))
        return frozenset(road.id for road in roads if isinstance(road, Road) and road.part_of)

    @cached_property
    def fingerprint(self) -> int:
        """Sum of all features' fingerprints."""
        return sum(map(fingerprint, self.features.values())) % _MODULUS


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class City:
    """What there is, in a scene's frame.

    `bounds` are west, south, east, north in the frame's metres. `base` is shared; `overlay` holds what changes have
    made of it: a feature that replaces or adds, or None for one that is gone. `facts` is what models feed on beside
    features (people, timetable, weather, ...), `models` are those that people have brought and may place, by id.
    """

    name: str
    title: str
    frame: Frame
    bounds: Bounds
    base: FeatureBase
    terrain: Terrain = Terrain()
    sources: tuple[Source, ...] = ()
    defaults: Defaults = Defaults()
    facts: Facts = NO_FACTS
    models: Mapping[str, Model] = field(default_factory=dict)
    overlay: Mapping[str, Feature | None] = field(default_factory=Overlay)

    def __len__(self) -> int:
        """Number of features."""
        ids = self.base.features
        return len(ids) + sum((new is not None) - (id in ids) for id, new in self.overlay.items())

    def get(self, id: str) -> Feature | None:
        """The feature of this id, or None."""
        return self.overlay[id] if id in self.overlay else self.base.features.get(id)

    def feature(self, id: str) -> Feature:
        """The feature of this id. Raises NotInCity."""
        found = self.get(id)
        if found is None:
            raise NotInCity(f"There is nothing with the id {id} in {self.title}.")
        return found

    def one(self, id: str, kind: type[SomeFeature]) -> SomeFeature:
        """The feature of this id and kind. Raises NotInCity when it is missing or something else."""
        found = self.feature(id)
        if not isinstance(found, kind):
            raise NotInCity(f"{found.name or id} is {_WORDS[found.kind]}, not {_WORDS[kind.kind]}.")
        return found

    def road(self, id: str) -> Road:
        """The road of this id. Raises NotInCity."""
        return self.one(id, Road)

    def building(self, id: str) -> Building:
        """The building of this id. Raises NotInCity."""
        return self.one(id, Building)

    def road_parts(self, id: str) -> list[Road]:
        """A road and all pieces that edits have split off it, or off such pieces. Raises NotInCity on none."""
        pieces: dict[str, list[Road]] = {}
        for road in self._split_off():
            pieces.setdefault(road.part_of, []).append(road)
        whole = self.get(id)
        found = [whole] if isinstance(whole, Road) else []
        waiting = [id]
        while waiting:
            next_pieces = pieces.pop(waiting.pop(), [])
            found += next_pieces
            waiting += [piece.id for piece in next_pieces]
        return found or [self.road(id)]

    def features(self) -> Iterator[Feature]:
        """Every feature: those read in their order, then added ones by id; the same after any history of edits."""
        for id, feature in self.base.features.items():
            found = self.overlay.get(id, feature) if self.overlay else feature
            if found is not None:
                yield found
        yield from self._added()

    def all(self, kind: type[SomeFeature]) -> Iterator[SomeFeature]:
        """Every feature of one kind, in the order of `features`."""
        for id in self.base.by_kind.get(kind.kind, ()):
            found = self.get(id)
            if isinstance(found, kind):
                yield found
        for feature in self._added():
            if isinstance(feature, kind):
                yield feature

    def near(self, where: BaseGeometry | Bounds, keep: Callable[[Feature], bool] | None = None) -> list[Feature]:
        """Features whose bounds meet the bounds of `where` (metres), in the order of `features`; those to `keep`."""
        box = where if isinstance(where, BaseGeometry) else shapely.box(*where)
        ids = self.base.ids
        found: list[Feature] = []
        for position in np.sort(self.base.tree.query(shapely.envelope(box))) if ids else ():
            id = ids[position]
            if id not in self.overlay:
                found.append(self.base.features[id])
        if not box.is_empty:
            found += overlay_of(self.overlay).near(box.bounds)
        return found if keep is None else [feature for feature in found if keep(feature)]

    def with_change(self, change: Change) -> "City":
        """The city after `change`. Raises ChangeConflict when features are not as the change found them."""
        stale = [id for id, old in change.before.items() if self.get(id) != old]
        if stale:
            raise ChangeConflict("The city has changed since; please try again.", stale)
        return replace(self, overlay=overlay_of(self.overlay).after(change, self.base.features))

    def change_to(self, other: "City") -> Change:
        """The change that makes `other` of this city. Raises ValueError when they have not been read together."""
        if self.base is not other.base:
            raise ValueError("Two cities that were read apart have no change between them.")
        ids = sorted(self.overlay.keys() | other.overlay.keys())
        return change_between({id: self.get(id) for id in ids}, {id: other.get(id) for id in ids})

    def fingerprint(self) -> str:
        """32 hexadecimal digits that are the same for the same features, ground and facts, whatever edits led there."""
        total = (
            self.base.fingerprint
            + self.facts.fingerprint
            + self.terrain.fingerprint
            + overlay_of(self.overlay).fingerprint_shift(self.base.features)
        )
        return f"{total % _MODULUS:032x}"

    def _split_off(self) -> Iterator[Road]:
        for id in sorted(self.base.split_off):
            piece = self.get(id)
            if isinstance(piece, Road) and piece.part_of:
                yield piece
        changed = [new for new in self.overlay.values() if isinstance(new, Road) and new.part_of]
        yield from sorted((new for new in changed if new.id not in self.base.split_off), key=lambda piece: piece.id)

    def _added(self) -> list[Feature]:
        base = self.base.features
        return sorted((f for id, f in self.overlay.items() if f is not None and id not in base), key=lambda f: f.id)


def city_of(
    features: Iterable[Feature],
    *,
    name: str,
    frame: Frame,
    title: str = "",
    bounds: Bounds | None = None,
    terrain: Terrain | None = None,
    sources: tuple[Source, ...] = (),
    defaults: Defaults | None = None,
    facts: Facts = NO_FACTS,
) -> City:
    """A city of these features; without `bounds` those of all features. Raises ValueError on an empty city without."""
    base = FeatureBase(features)
    if bounds is None:
        if not base.features:
            raise ValueError("A city without features needs bounds.")
        west, south, east, north = shapely.total_bounds([feature.geometry for feature in base.features.values()])
        bounds = (float(west), float(south), float(east), float(north))
    return City(
        name=name,
        title=title or name,
        frame=frame,
        bounds=bounds,
        base=base,
        terrain=terrain or Terrain(),
        sources=sources,
        defaults=defaults or Defaults(),
        facts=facts,
    )
