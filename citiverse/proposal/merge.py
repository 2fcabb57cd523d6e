"""Two proposals on one city made one, and what stands between them.

The doors: `merge(base, a, b)` gives a `Merge`: either `edits` that apply in order, the `city` and `change` they make,
or `conflicts`, each with what both sides want. `merge(base, a, b, {conflict.key: "a"})` keeps that side's edits of a
conflict and leaves the other's out; what then no longer fits is told in `left_out`. Swapping a and b changes nothing
but their names.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from shapely.geometry.base import BaseGeometry

from citiverse.city.change import NO_CHANGE, Change
from citiverse.city.city import City
from citiverse.city.feature import Feature, Road
from citiverse.proposal.canonical import canonical
from citiverse.proposal.clearing import valid
from citiverse.proposal.course import Deed, changed_fields
from citiverse.proposal.edit import Edit
from citiverse.proposal.ground import MOTOR_MODES
from citiverse.proposal.meeting import ConflictKind, Meeting, Side, meetings
from citiverse.proposal.place import lonlat
from citiverse.proposal.refusal import EditRefused, Lonlat
from citiverse.proposal.replay import Replay, replay
from citiverse.proposal.words import listing

Choice = Literal["a", "b"]
SIDES: tuple[Choice, Choice] = ("a", "b")
OF_MOTOR_TRAFFIC = frozenset({"speed_kmh", "direction", "bicycle_direction", "lanes"})  # idle where none runs
GRAVEST: tuple[ConflictKind, ...] = (
    "deleted node",
    "delete against change",
    "geometry",
    "same property",
    "broken rule",
)  # fmt: skip    of all that two edits dispute, what names the record
AT_M, NEAR_M = 1.0, 25.0  # what others did so near to what is lost is named as the reason
SAME_PLACE_M = 0.01
SAME_AREA_M2 = 0.5  # outlines that differ by less are the same


@dataclass(frozen=True, slots=True)
class Claim:
    """What one side wants: its edits by number from 0, as sentences, and the features they touch."""

    edits: tuple[int, ...]
    sentences: tuple[str, ...]
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Edits of both sides that can't both stand as they are. `key` stays the same as long as the edits do."""

    key: str
    kind: ConflictKind
    sentence: str
    a: Claim
    b: Claim
    fields: tuple[str, ...] = ()
    at: Lonlat | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An edit that is not in the merge, and why.

    Another was chosen, it no longer fits without those left out, or the other side does the same.
    """

    side: Choice
    number: int
    edit: Edit
    reason: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Two proposals made one. While there are conflicts, `edits` is empty and `city` the base.

    `sources` says of each of `edits` whose it was, and its number there from 0; of those that both have, a's.
    """

    city: City
    edits: tuple[Edit, ...] = ()
    sources: tuple[tuple[Choice, int], ...] = ()
    change: Change = NO_CHANGE
    conflicts: tuple[Conflict, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class _Joined:
    city: City
    edits: tuple[Edit, ...]
    sources: tuple[tuple[Choice, int], ...]
    same: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class _Two:
    """Both sides as they stand at present; numbers count within the whole lists."""

    base: City
    a: Replay
    b: Replay
    shared: frozenset[int]  # edits of b that a has as well
    sides: tuple[Side, Side] = field(compare=False)

    def edit(self, side: Choice, number: int) -> Edit:
        """An edit by its number in its side's list."""
        return (self.a if side == "a" else self.b).edits[number]

    @property
    def a_first(self) -> bool:
        """Which side comes first, whatever they are called."""
        return [canonical(edit) for edit in self.a.edits] <= [canonical(edit) for edit in self.b.edits]


def merge(base: City, a: Sequence[Edit], b: Sequence[Edit], choices: Mapping[str, Choice] | None = None) -> Merge:
    """The merge of edits `a` and `b` on `base`, both made on it, with `choices` by the key of each conflict.

    The edits with which both begin are kept once. Raises EditRefused where a side does not even apply by itself.
    """
    left_out: dict[tuple[Choice, int], LeftOut] = {}
    common = _common(a, b)
    begun = replay(base, a, range(common))
    _refuse_misfits({"common": begun})
    wanted: dict[Choice, list[int]] = {"a": list(range(common, len(a))), "b": list(range(common, len(b)))}
    while True:
        two = _two(begun.city, a, b, wanted)
        if not left_out:
            _refuse_misfits({"first": two.a, "second": two.b})
        for side in SIDES:
            for misfit in (two.a if side == "a" else two.b).misfits:
                reason = f"It needs an edit that was left out: {misfit.reason}"
                left_out[side, misfit.number] = LeftOut(side, misfit.number, misfit.edit, reason)
        merged, conflicts = _joined(two)
        chosen = [(each, choices[each.key]) for each in conflicts if choices and each.key in choices]
        chosen = [(each, winner) for each, winner in chosen if (each.b if winner == "a" else each.a).edits]
        if not chosen:
            if merged is None:
                return Merge(base, conflicts=tuple(conflicts), left_out=_in_order(left_out.values()))
            told = _in_order([*left_out.values(), *merged.same])
            edits = (*a[:common], *merged.edits)
            sources: list[tuple[Choice, int]] = [*(("a", number) for number in range(common)), *merged.sources]
            return Merge(merged.city, edits, tuple(sources), base.change_to(merged.city), left_out=told)
        for conflict, winner in chosen:
            loser: Choice = "b" if winner == "a" else "a"
            claim = conflict.b if loser == "b" else conflict.a
            for number in claim.edits:
                wanted[loser] = [each for each in wanted[loser] if each != number]
                reason = "The other side was chosen."
                left_out[loser, number] = LeftOut(loser, number, two.edit(loser, number), reason)


def _common(a: Sequence[Edit], b: Sequence[Edit]) -> int:
    """How many edits both begin with, as two proposals have them of which one started from the other."""
    pairs = [canonical(one) == canonical(other) for one, other in zip(a, b, strict=False)]
    return pairs.index(False) if False in pairs else len(pairs)


def _in_order(left_out: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    return tuple(sorted(left_out, key=lambda each: (each.side, each.number)))


def _refuse_misfits(sides: Mapping[str, Replay]) -> None:
    for name, told in sides.items():
        for misfit in told.misfits:
            where = f"Edit {misfit.number + 1} of the {name} {'part' if name == 'common' else 'proposal'}"
            raise EditRefused(f"{where} ({misfit.sentence}): {misfit.reason}")


def _two(base: City, a: Sequence[Edit], b: Sequence[Edit], wanted: Mapping[Choice, list[int]]) -> _Two:
    told_a, told_b = replay(base, a, wanted["a"]), replay(base, b, wanted["b"])
    spare = [canonical(a[number]) for number in told_a.changes]
    shared: set[int] = set()
    for number in told_b.changes:
        if (same := canonical(b[number])) in spare:
            spare.remove(same)
            shared.add(number)
    return _Two(base, told_a, told_b, frozenset(shared), (Side(told_a), Side(told_b)))


def _joined(two: _Two) -> tuple[_Joined | None, list[Conflict]]:
    """Both sides one after the other in the first order that keeps what both did, or the conflicts between them."""
    found = meetings(*two.sides)
    if found:
        return None, _conflicts(two, found)
    troubles: list[list[Meeting]] = []
    for a_first in (two.a_first, not two.a_first):
        joined, lost = _one_after_the_other(two, a_first)
        if not lost:
            return joined, []
        troubles.append(lost)
    return None, _conflicts(two, troubles[0])


def _one_after_the_other(two: _Two, a_first: bool) -> tuple[_Joined, list[Meeting]]:
    """The first side and then what the second has besides, with what is lost by that."""
    ours: list[tuple[Choice, int]] = [("a", number) for number in two.a.changes]
    theirs: list[tuple[Choice, int]] = [("b", number) for number in two.b.changes]
    if a_first:
        order = ours + [each for each in theirs if each[1] not in two.shared]
    else:
        shared = {canonical(two.b.edits[number]) for number in two.shared}
        order = theirs + [each for each in ours if canonical(two.edit(*each)) not in shared]
    told = replay(two.base, [two.edit(*each) for each in order])
    same = tuple(
        LeftOut(*order[misfit.number], misfit.edit, f"The other side does it already: {misfit.reason}")
        for misfit in told.misfits
    )
    edits = tuple(told.edits[number] for number in told.changes)
    sources = tuple(order[number] for number in told.changes)
    return _Joined(told.city, edits, sources, same), _lost(two, told.city)


def _lost(two: _Two, merged: City) -> list[Meeting]:
    """What a side did that the merged city does not have."""
    ours, theirs = two.sides
    now = Side(Replay(two.base, merged, (), {}, ()))
    lost: list[Meeting] = []
    for side, other in ((ours, theirs), (theirs, ours)):
        for id in _lost_features(side, other, now):
            shape = next(f.geometry for f in (side.net.after.get(id), side.net.before.get(id)) if f is not None)
            own, near = frozenset({id}), _touched_near(other, shape)
            lost.append(Meeting("broken rule", *((own, near) if side is ours else (near, own)), where=shape))
    return lost


def _touched_near(side: Side, shape: BaseGeometry) -> frozenset[str]:
    """Ids of what a side touched at a shape, near it, or where nothing is, nearest to it."""
    pairs = [(id, each[id]) for each in (side.net.before, side.net.after) for id in side.net.ids]
    gaps = [(feature.geometry.distance(shape), id) for id, feature in pairs if feature is not None]
    for reach_m in (AT_M, NEAR_M):
        if near := frozenset(id for gap, id in gaps if gap <= reach_m):
            return near
    return frozenset({min(gaps)[1]}) if gaps else frozenset()


def _lost_features(side: Side, other: Side, now: Side) -> Iterable[str]:
    for id in side.net.ids:
        old, wanted, stands = side.net.before[id], side.net.after[id], now.city.get(id)
        if isinstance(old, Road):
            if not _road_kept(side, now, id):
                yield id
        elif wanted is not None and side.root(wanted) != id:
            continue
        elif wanted is None:
            if stands is not None:
                yield id
        elif old is None and id not in other.net.before:
            if not _made_all_the_same(wanted, now.city):
                yield id
        elif stands is None or not _fields_kept(old, wanted, stands):
            yield id


def _made_all_the_same(wanted: Feature, city: City) -> bool:
    """Whether the city has this new feature, maybe by another number, on more ground or with more junctions."""
    stands = [city.get(wanted.id), *city.near(wanted.geometry)]
    return any(
        each is not None
        and type(each) is type(wanted)
        and (each.id == wanted.id or each.id.partition(".")[0] == wanted.id.partition(".")[0])
        and not changed_fields(wanted, each)
        and (_outline_kept(None, wanted, each) if _has_area(wanted) else _same_place(wanted, each))
        for each in stands
    )


def _has_area(feature: Feature) -> bool:
    return bool(feature.geometry.area > 0.0)


def _same_place(wanted: Feature, stands: Feature) -> bool:
    return bool(wanted.geometry.hausdorff_distance(stands.geometry) < SAME_PLACE_M)


def _fields_kept(old: Feature | None, wanted: Feature, stands: Feature) -> bool:
    if type(wanted) is not type(stands):
        return False
    kept = all(getattr(stands, name) == getattr(wanted, name) for name in changed_fields(old or stands, wanted))
    return kept and _outline_kept(old, wanted, stands)


def _outline_kept(old: Feature | None, wanted: Feature, stands: Feature) -> bool:
    """Whether all that a side added to an outline is in it, and all it took off is not."""
    if wanted.geometry == stands.geometry or (old is not None and old.geometry == wanted.geometry):
        return True
    before = valid(old.geometry) if old is not None else None
    new, now = valid(wanted.geometry), valid(stands.geometry)
    added, taken = (new, None) if before is None else (new.difference(before), before.difference(new))
    missing: BaseGeometry = added.difference(now)
    return bool(missing.area <= SAME_AREA_M2 and (taken is None or taken.intersection(now).area <= SAME_AREA_M2))


def _road_kept(side: Side, now: Side, root: str) -> bool:
    wanted = side.deeds(root)
    stands = now.deeds(root) if root in now.roads else []
    if wanted is None or stands is None:
        return side.roads[root] == now.roads.get(root)
    road = side.base.road(root)
    closed = [each for each in stands if isinstance(each.value, frozenset) and not each.value & MOTOR_MODES]
    for deed in wanted:
        rest_m = deed.end_m - deed.start_m
        if deed.field in OF_MOTOR_TRAFFIC:
            rest_m -= sum(_shared_m(deed, each) for each in closed if each.field == "modes" and each.meets(deed))
        for each in stands:
            if each.field == deed.field and each.meets(deed) and _includes(each.value, deed.value, road, deed.field):
                rest_m -= _shared_m(deed, each)
        if rest_m > 1.0:
            return False
    return True


def _shared_m(one: Deed, other: Deed) -> float:
    return min(one.end_m, other.end_m) - max(one.start_m, other.start_m)


def _includes(stands: object, wanted: object, road: Road, name: str) -> bool:
    if not name:
        return True
    if isinstance(stands, frozenset) and isinstance(wanted, frozenset):
        was: frozenset[object] = getattr(road, name)
        return (wanted ^ was) <= (stands ^ was)
    return stands == wanted


def _conflicts(two: _Two, found: Iterable[Meeting]) -> list[Conflict]:
    """One record for all that the same edits of both sides dispute."""
    groups: dict[tuple[tuple[int, ...], tuple[int, ...]], list[Meeting]] = {}
    for each in found:
        edits = (_edits_behind(two.a, each.first, each.field), _edits_behind(two.b, each.second, each.field))
        groups.setdefault(edits, []).append(each)
    made = [_conflict(two, *edits, group) for edits, group in groups.items()]
    return sorted(made, key=lambda conflict: conflict.key)


def _edits_behind(told: Replay, ids: frozenset[str], name: str) -> tuple[int, ...]:
    """Numbers of the edits that set a field of these features, or where none did, that touched them."""
    touching = {number: ids & change.before.keys() for number, change in told.changes.items()}
    touching = {number: each for number, each in touching.items() if each}
    setting = [
        number for number, each in touching.items() if any(name in told.changes[number].fields(id) for id in each)
    ]
    return tuple(setting or touching)


def _conflict(two: _Two, a: tuple[int, ...], b: tuple[int, ...], group: list[Meeting]) -> Conflict:
    kind = min((each.kind for each in group), key=GRAVEST.index)
    claims = (
        _claim(two.base, two.a, a, frozenset().union(*(each.first for each in group))),
        _claim(two.base, two.b, b, frozenset().union(*(each.second for each in group))),
    )
    sides = sorted(
        b"\n".join(canonical(told.edits[number]) for number in numbers) for told, numbers in ((two.a, a), (two.b, b))
    )
    key = hashlib.blake2b(b"\x00".join([kind.encode(), *sides]), digest_size=8).hexdigest()
    names = tuple(sorted({each.field for each in group if each.field and each.field != "geometry"}))
    where = next((each.where for each in group if each.where is not None and not each.where.is_empty), None)
    at = None if where is None else lonlat(two.base, where)
    return Conflict(key, kind, _sentence(kind, names, *claims), *claims, names, at)


def _claim(base: City, told: Replay, numbers: tuple[int, ...], ids: frozenset[str]) -> Claim:
    touched = {id for number in numbers for id in told.changes[number].ids}
    sentences = tuple(told.edits[number].describe(base) for number in numbers)
    return Claim(numbers, sentences, tuple(sorted(ids & touched)))


def _sentence(kind: ConflictKind, names: Sequence[str], a: Claim, b: Claim) -> str:
    first, second = (listing(f"“{each}”" for each in claim.sentences) for claim in (a, b))
    match kind:
        case "same property":
            what = listing([name.partition("_")[0] for name in names]) if names else "shape"
            return f"Both set the {what} of the same thing: {first} and {second}."
        case "geometry":
            return f"Both claim the same ground: {first} and {second}."
        case "deleted node":
            return f"One joins a road that the other takes away: {first} and {second}."
        case "delete against change":
            return f"One takes away what the other changes: {first} and {second}."
        case "broken rule":
            return f"They don't fit together: {first} and {second}."
