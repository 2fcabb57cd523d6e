"""What an edit did: features before and after."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import shapely

from citiverse.city.feature import UNPRINTED_IF_UNSAID, Feature, PropertyGroup, field_names, property_group

Bounds = tuple[float, float, float, float]


class ChangeConflict(ValueError):
    """A change meets features that are no longer as it expects; `ids` names them."""

    def __init__(self, sentence: str, ids: Iterable[str]) -> None:
        super().__init__(sentence)
        self.ids = tuple(ids)


def fingerprint(feature: Feature) -> int:
    """128-bit hash of everything a feature says, the same on every machine."""
    words = [feature.kind]
    for name in field_names(feature):
        value = getattr(feature, name)
        if name in UNPRINTED_IF_UNSAID:
            words += [] if value is None else [f"{name}={value!r}"]
        elif isinstance(value, shapely.Geometry):
            words.append(shapely.to_wkb(value, hex=True, byte_order=1, output_dimension=2))
        else:
            words.append(repr(sorted(value)) if isinstance(value, frozenset) else repr(value))
    return int.from_bytes(hashlib.blake2b("\x1f".join(words).encode(), digest_size=16).digest(), "big")


@dataclass(frozen=True)
class Change:
    """Features before and after, keyed by id; None is a feature that does not exist.

    The only thing that impact and scene know of an edit. Ids whose feature stays the same are left out.
    """

    before: Mapping[str, Feature | None]
    after: Mapping[str, Feature | None]

    def __post_init__(self) -> None:
        """Check that both sides speak of the same features."""
        if self.before.keys() != self.after.keys():
            raise ValueError("A change names the same features before and after.")

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all features it touches, in order."""
        return tuple(self.after)

    @property
    def created(self) -> tuple[str, ...]:
        """Ids of features that did not exist before."""
        return tuple(id for id, feature in self.before.items() if feature is None)

    @property
    def removed(self) -> tuple[str, ...]:
        """Ids of features that do not exist after."""
        return tuple(id for id, feature in self.after.items() if feature is None)

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of all features it touches."""
        return frozenset(feature.kind for side in (self.before, self.after) for feature in side.values() if feature)

    @cached_property
    def bounds(self) -> Bounds | None:
        """West, south, east, north of all it touches, metres in the scene's frame; None when it touches nothing."""
        shapes = [feature.geometry for side in (self.before, self.after) for feature in side.values() if feature]
        if not shapes:
            return None
        west, south, east, north = shapely.total_bounds(shapes)
        return float(west), float(south), float(east), float(north)

    def inverse(self) -> "Change":
        """The change that undoes this one where nothing has happened since; see `revert` for the general case."""
        return Change(self.after, self.before)

    def fields(self, id: str) -> frozenset[str]:
        """Names of the fields of feature `id` that it sets; all of them where the feature appears or goes."""
        old, new = self.before[id], self.after[id]
        if old is None or new is None or type(old) is not type(new):
            return frozenset(field_names(old or new)) if old or new else frozenset()  # type: ignore[arg-type]
        return frozenset(name for name in field_names(new) if getattr(old, name) != getattr(new, name))

    def groups(self, id: str) -> frozenset[PropertyGroup]:
        """The property groups of feature `id` that it touches."""
        return frozenset(property_group(name) for name in self.fields(id))


NO_CHANGE = Change({}, {})


def change_between(before: Mapping[str, Feature | None], after: Mapping[str, Feature | None]) -> Change:
    """The change from one to the other, without features that stay as they are. Missing ids do not exist."""
    ids = [id for id in dict.fromkeys([*before, *after]) if before.get(id) != after.get(id)]
    return Change({id: before.get(id) for id in ids}, {id: after.get(id) for id in ids})


def joined(first: Change, second: Change) -> Change:
    """One change that does `first` and then `second`."""
    before = {**second.before, **first.before}
    return change_between(before, {**first.after, **second.after})


def revert(change: Change, now: Mapping[str, Feature | None]) -> Change:
    """The change that takes `change` back from features as they are `now`, leaving others' later work alone.

    Only the fields that `change` set are set back, and of sets only the members that it put in or took out. Raises
    ChangeConflict where such a field, or the existence of the feature, has been changed again since.
    """
    after: dict[str, Feature | None] = {}
    clashes: list[str] = []
    for id in reversed(change.ids):
        old, new, current = change.before[id], change.after[id], now.get(id)
        if current == new:
            after[id] = old
        elif old is None or new is None or current is None:
            clashes.append(id)
        else:
            values: dict[str, Any] = {}
            for name in change.fields(id):
                was, became, stands = getattr(old, name), getattr(new, name), getattr(current, name)
                if isinstance(was, frozenset) and not (stands ^ became) & (was ^ became):
                    values[name] = stands ^ (was ^ became)
                elif stands == became:
                    values[name] = was
                else:
                    clashes.append(id)
                    break
            else:
                after[id] = replace(current, **values)
    if clashes:
        raise ChangeConflict("Someone else has changed this since, so it can't be undone on its own.", clashes)
    return change_between({id: now.get(id) for id in after}, after)
