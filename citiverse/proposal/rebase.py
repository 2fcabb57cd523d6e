"""A proposal carried over to a city that was imported anew.

The doors: `rebase(old, edits, new)` gives a `Rebase`: the `edits` that apply on `new`, with what they mean found by id
or by geometry, the `city` they make, what was `found` elsewhere, and `orphans` that no longer fit, each with its number
and reason. `rebase(old, edits, new, {number: edit})` puts another edit in an orphan's place, `{number: None}` gives it
up, `{number: KEEP}` lets it wait for other data or another answer; as long as an orphan is none of these, it stays one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Annotated, Literal, get_args, get_origin

import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import ChangeConflict
from citiverse.city.city import City
from citiverse.city.feature import Barrier, Feature, Furniture, Rail, Road, Stop, Water
from citiverse.proposal.buildings import building_or_parts
from citiverse.proposal.clearing import valid
from citiverse.proposal.edit import Edit
from citiverse.proposal.fields import Gesture
from citiverse.proposal.place import lonlat
from citiverse.proposal.reading import Annotation, annotations
from citiverse.proposal.refusal import EditRefused, Lonlat
from citiverse.proposal.words import name_of, noun, other_name_of

Answer = Edit | Literal["keep"] | None
KEEP: Literal["keep"] = "keep"  # an orphan, without the edit taking effect
BESIDE_M = 6.0  # a street drawn anew this near is the same street
POINT_M = 5.0  # a tree or thing mapped anew this near is the same
AWAY_M = 100.0  # the same id this far off is something else
LEAST_SHARE = 0.5  # of a footprint or line: what shares less is something else


@dataclass(frozen=True, slots=True)
class Found:
    """Something an edit means that has another id now: found where the old one was."""

    number: int
    old: str
    new: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Orphan:
    """An edit that no longer fits, with the sentence that tells what it was and why it does not fit."""

    number: int
    edit: Edit
    sentence: str
    reason: str
    field: str = ""
    at: Lonlat | None = None


@dataclass(frozen=True, slots=True)
class Rebase:
    """A proposal on the new city. `numbers` says of each of its edits which of the old ones it was, from 0."""

    city: City
    edits: tuple[Edit, ...] = ()
    numbers: tuple[int, ...] = ()
    found: tuple[Found, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    waiting: tuple[Orphan, ...] = ()
    given_up: tuple[int, ...] = ()


class _Missing(Exception):
    """What an edit means is not in the new city."""

    def __init__(self, reason: str, field: str, at: Lonlat | None) -> None:
        super().__init__(reason)
        self.reason, self.field, self.at = reason, field, at


def rebase(old: City, edits: Sequence[Edit], new: City, answers: Mapping[int, Answer] | None = None) -> Rebase:
    """`edits`, made on `old`, carried over to `new`, with `answers` to orphans by number."""
    answers = answers or {}
    before, now = old, new
    kept: list[tuple[int, Edit]] = []
    found: list[Found] = []
    orphans: list[Orphan] = []
    for number, edit in enumerate(edits):
        answer = edit if (said := answers.get(number, edit)) == KEEP else said
        carry = _carrier(before, now, number, found) if answer is edit else _as_it_is
        try:
            if answer is not None:
                moved = _moved(answer, carry)
                now = now.with_change(moved.apply(now))
                kept.append((number, moved))
        except _Missing as missing:
            orphans.append(Orphan(number, edit, edit.describe(before), missing.reason, missing.field, missing.at))
        except EditRefused as refused:
            orphans.append(Orphan(number, edit, edit.describe(before), str(refused), refused.field, refused.at))
        before = _after(before, edit)
    given_up = tuple(number for number in range(len(edits)) if number in answers and answers[number] is None)
    standing = {number for number, _ in kept}
    kept_anyhow = {number for number, answer in answers.items() if answer == KEEP}
    return Rebase(
        now,
        tuple(edit for _, edit in kept),
        tuple(number for number, _ in kept),
        tuple(each for each in found if each.number in standing),
        tuple(each for each in orphans if each.number not in kept_anyhow),
        tuple(each for each in orphans if each.number in kept_anyhow),
        given_up,
    )


Carry = Callable[[str, str], str]


def _after(city: City, edit: Edit) -> City:
    """The old city after the edit; as it was where it did not apply even there."""
    try:
        return city.with_change(edit.apply(city))
    except (EditRefused, ChangeConflict):
        return city


def _moved(edit: Edit, carry: Carry) -> Edit:
    """The edit with every id that it names carried over."""
    values: dict[str, object] = {}
    hints = annotations(type(edit))
    for each in fields(edit):
        given = getattr(edit, each.name)
        names = {mark.name for mark in _marks(hints[each.name]) if isinstance(mark, Gesture)}
        if given is None or not names & {"road", "building", "green", "thing", "trees"}:
            continue
        moved = carry(each.name, given) if isinstance(given, str) else tuple(carry(each.name, id) for id in given)
        if moved != given:
            values[each.name] = moved
    return replace(edit, **values) if values else edit  # type: ignore[arg-type]


def _marks(annotation: Annotation) -> list[object]:
    """All marks on a field's type, also within "or None"."""
    arguments = get_args(annotation)
    origin: object = get_origin(annotation)
    if origin is Annotated:
        return [*arguments[1:], *_marks(arguments[0])]
    return [mark for inner in arguments for mark in _marks(inner)]


def _as_it_is(field: str, id: str) -> str:
    return id


def _carrier(before: City, now: City, number: int, found: list[Found]) -> Carry:
    def carry(field: str, id: str) -> str:
        standing = _standing(before, id)
        if standing is None:
            return id  # not even the old city knew it: the edit itself will say so
        feature, shape = standing
        there = _there(before, now, shape)
        same = _standing(now, id)
        if same is not None and type(same[0]) is type(feature) and same[1].distance(there) <= AWAY_M:
            return id
        other = _nearest(now, feature, there)
        if other is None:
            what = f"{name_of(feature)} is not in the new data, and no other {noun(feature)} is there"
            raise _Missing(f"{what[0].upper()}{what[1:]}.", field, lonlat(before, shape))
        where = f"{other_name_of(other)} ({other.id}) is where {name_of(feature)} ({id}) was"
        found.append(Found(number, id, other.id, f"{where[0].upper()}{where[1:]}."))
        return other.id

    return carry


def _standing(city: City, id: str) -> tuple[Feature, BaseGeometry] | None:
    """The feature that an id means with all that belongs to it, as one shape."""
    feature = city.get(id)
    if isinstance(feature, Road) or (feature is None and _is_road(city, id)):
        parts = city.road_parts(id)
        return parts[0], shapely.union_all([part.geometry for part in parts])
    if feature is not None:
        return feature, feature.geometry
    try:
        outline = building_or_parts(city, id)
    except EditRefused:
        return None
    return outline[0], shapely.union_all([valid(part.geometry) for part in outline])


def _is_road(city: City, id: str) -> bool:
    return any(road.part_of == id for road in city.all(Road))


def _there(before: City, now: City, shape: BaseGeometry) -> BaseGeometry:
    """A shape of the old city in the metres of the new one."""
    if before.frame == now.frame:
        return shape
    return now.frame.geometry_to_local(before.frame.geometry_to_lonlat(shape))


def _nearest(now: City, feature: Feature, there: BaseGeometry) -> Feature | None:
    """The feature of the same kind that shares most with a shape; the nearest of its category for points."""
    reach = there.buffer(POINT_M if isinstance(there, Point) else BESIDE_M)
    alike = [each for each in now.near(reach) if type(each) is type(feature) and _alike(feature, each)]
    shares = [(_share(each.geometry, there), each.name == feature.name, each.id, each) for each in alike]
    best = max((each for each in shares if each[0] >= LEAST_SHARE), default=None, key=lambda each: each[:3])
    return None if best is None else best[3]


def _alike(feature: Feature, other: Feature) -> bool:
    match feature, other:
        case Road(), Road():
            return bool(feature.modes & other.modes) or feature.category == other.category
        case (
            (Furniture() | Barrier() | Stop() | Rail() | Water()),
            (Furniture() | Barrier() | Stop() | Rail() | Water()),
        ):
            return feature.category == other.category
        case _:
            return True


def _share(shape: BaseGeometry, there: BaseGeometry) -> float:
    """How much of two shapes is shared, from 0 to 1."""
    if isinstance(there, Point):
        return max(1.0 - shape.distance(there) / POINT_M / 2.0, 0.0)
    if shapely.get_dimensions(there) == 1:
        if there.length == 0.0:
            return 0.0
        return float(there.intersection(shape.buffer(BESIDE_M)).length / there.length)
    mine, other = valid(shape), valid(there)
    return float(mine.intersection(other).area / max(min(mine.area, other.area), 1e-9)) if _sizes(mine, other) else 0.0


def _sizes(shape: BaseGeometry, other: BaseGeometry) -> bool:
    """Whether two areas are of a size, so that one is not merely a part of the other."""
    return 0.3 <= shape.area / max(other.area, 1e-9) <= 1.0 / 0.3
