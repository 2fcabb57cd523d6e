"""Whatever people send: undo gives the same city again, and only sentences come back."""

from collections.abc import Callable
from dataclasses import fields
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
import pytest
from annotated_types import Ge, Le, Len
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from citiverse.city.city import City
from citiverse.proposal.canonical import edit_to_json
from citiverse.proposal.edit import VERBS, Edit, EditInvalid, EditRefused, parse_edit
from citiverse.proposal.guard import warnings
from citiverse.proposal.merge import Choice, merge
from citiverse.proposal.reading import Annotation, annotations
from citiverse.proposal.rebase import rebase
from citiverse.proposal.scenario import apply_all, take_back

IDS = {
    "road": ["osm:w1", "osm:w2", "osm:w4", "osm:w6", "osm:w7", "osm:w5", "osm:w8"],
    "building": ["osm:w20", "osm:w21", "osm:w22", "osm:w23", "osm:r9", "osm:w1"],
    "green": ["osm:w30", "osm:w30", "osm:w31"],
    "trees": ["osm:n40", "osm:n41", "osm:n40", "osm:n42"],
    "thing": ["osm:n42", "osm:n44", "osm:w20", "osm:w99"],
}
LIGHT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])

Metres = tuple[float, float]
Placed = Callable[[list[Metres]], list[list[float]]]


@pytest.fixture(scope="session")
def placed(town: City) -> Placed:
    def positions(points: list[Metres]) -> list[list[float]]:
        lonlat: list[list[float]] = town.frame.to_lonlat(np.array(points, dtype=float)).tolist()
        return lonlat

    return positions


def spots() -> SearchStrategy[Metres]:
    """Places in the town, some on its junctions, a few outside."""
    whole = st.integers(0, 51).map(lambda n: n * 10.0)
    known = st.sampled_from([(100.0, 100.0), (300.0, 100.0), (200.0, 100.0), (0.0, 100.0), (600.0, 100.0)])
    return st.tuples(whole, whole) | known


def polygons(placed: Placed) -> SearchStrategy[object]:
    """Rectangles mostly, and rings of any shape."""
    side = st.integers(1, 12).map(lambda n: n * 10.0)
    boxes = st.tuples(spots(), side, side).map(
        lambda each: [
            (each[0][0], each[0][1]),
            (each[0][0] + each[1], each[0][1]),
            (each[0][0] + each[1], each[0][1] + each[2]),
            (each[0][0], each[0][1] + each[2]),
            (each[0][0], each[0][1]),
        ]
    )
    return (boxes | st.lists(spots(), min_size=4, max_size=8)).map(lambda ring: [placed(ring)])


def values(annotation: Annotation, placed: Placed, least: float = 0.0, most: float = 100.0) -> SearchStrategy[Any]:
    """JSON that fits an annotation."""
    origin: object = get_origin(annotation)
    arguments = get_args(annotation)
    names = {mark.name for mark in arguments[1:] if hasattr(mark, "name")} if origin is Annotated else set()
    if names & {"area"}:
        return polygons(placed)
    if names & {"line", "points"}:
        return st.lists(spots(), min_size=2, max_size=6).map(placed)
    if names & {"between"}:
        return st.lists(spots(), min_size=2, max_size=2).map(placed)
    if names & {"position"}:
        return spots().map(lambda spot: placed([spot])[0])
    if names & {"trees"}:
        return st.lists(st.sampled_from(IDS["trees"]), min_size=1, max_size=3)
    if names & IDS.keys():
        return st.sampled_from(IDS[next(iter(names))])
    if origin is Annotated:
        low = next((float(mark.ge) for mark in arguments if isinstance(mark, Ge)), least)  # type: ignore[arg-type]
        high = next((float(mark.le) for mark in arguments if isinstance(mark, Le)), most)  # type: ignore[arg-type]
        inner = values(arguments[0], placed, low, high)
        longest = next((mark.max_length for mark in arguments if isinstance(mark, Len)), None)
        return inner if longest is None else inner.filter(lambda value: 0 < len(value) <= longest)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return st.none() | values(next(each for each in arguments if each is not NoneType), placed)
    if origin is tuple:
        return st.lists(values(arguments[0], placed), min_size=1, max_size=4)
    plain = {float: st.floats(least, most), int: st.integers(int(least), int(most)), bool: st.booleans()}
    if annotation in plain:
        return plain[annotation]
    return (
        st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["C", "Z"]), max_size=8)
        if (annotation is str)
        else documents(annotation, placed)
    )


def documents(kind: Annotation, placed: Placed) -> SearchStrategy[dict[str, Any]]:
    """JSON for a verb, or for a row of one of its lists."""
    hints = annotations(kind)
    return st.fixed_dictionaries({each.name: values(hints[each.name], placed) for each in fields(kind)})


def fitting(document: dict[str, Any], kind: Annotation, choice: int) -> dict[str, Any]:
    """The document without what contradicts itself."""
    groups = getattr(kind, "one_of", ())
    dropped = {name for n, group in enumerate(groups) if n != choice % len(groups) for name in group}
    return {name: value for name, value in document.items() if name not in dropped and value is not None}


def an_edit(data: st.DataObject, placed: Placed, kind: type[Edit]) -> Edit:
    document = fitting(data.draw(documents(kind, placed)), kind, data.draw(st.integers(0, 2)))
    try:
        return parse_edit(document)
    except EditInvalid:
        assume(False)
        raise


@pytest.mark.parametrize("verb", VERBS)
@settings(LIGHT, max_examples=10)
@given(data=st.data())
def test_an_edit_is_refused_with_a_sentence_or_can_be_undone(
    town: City, placed: Placed, verb: str, data: st.DataObject
) -> None:
    edit = an_edit(data, placed, VERBS[verb])
    assert edit.describe(town)
    assert parse_edit(edit_to_json(edit)) == edit
    try:
        change = edit.apply(town)
    except EditRefused:
        return
    assert change.ids
    city = town.with_change(change)
    assert city.fingerprint() != town.fingerprint()
    assert all(
        feature.geometry.is_valid and not feature.geometry.is_empty for feature in change.after.values() if feature
    )
    assert all(warning.detail.endswith(".") for warning in warnings(town, change))
    back = take_back(city, change)
    assert city.with_change(back).fingerprint() == town.fingerprint()
    again = city.with_change(back)
    assert again.with_change(take_back(again, back)).fingerprint() == city.fingerprint()


@settings(LIGHT, max_examples=20)
@given(data=st.data())
def test_any_history_can_be_undone_step_by_step_and_replayed(town: City, placed: Placed, data: st.DataObject) -> None:
    city, done, prints = town, [], [town.fingerprint()]
    for _ in range(data.draw(st.integers(1, 5))):
        edit = an_edit(data, placed, VERBS[data.draw(st.sampled_from(list(VERBS)))])
        try:
            change = edit.apply(city)
        except EditRefused:
            continue
        city = city.with_change(change)
        done.append((edit, change))
        prints.append(city.fingerprint())
    replayed, whole = apply_all(town, [edit for edit, _ in done])
    assert replayed.fingerprint() == prints[-1] == town.with_change(whole).fingerprint()
    for (_, change), before in zip(reversed(done), reversed(prints[:-1]), strict=True):
        city = city.with_change(take_back(city, change))
        assert city.fingerprint() == before


def a_proposal(data: st.DataObject, placed: Placed, city: City) -> list[Edit]:
    """A few edits that apply one after the other."""
    edits: list[Edit] = []
    for _ in range(data.draw(st.integers(1, 4))):
        edit = an_edit(data, placed, VERBS[data.draw(st.sampled_from(list(VERBS)))])
        try:
            city = city.with_change(edit.apply(city))
        except EditRefused:
            continue
        edits.append(edit)
    return edits


@settings(LIGHT, max_examples=25)
@given(data=st.data())
def test_merging_is_the_same_from_both_sides_and_tells_of_every_edit(
    town: City, placed: Placed, data: st.DataObject
) -> None:
    a, b = a_proposal(data, placed, town), a_proposal(data, placed, town)
    done, swapped = merge(town, a, b), merge(town, b, a)
    assert done.edits == swapped.edits
    assert done.city.fingerprint() == swapped.city.fingerprint()
    assert [each.key for each in done.conflicts] == [each.key for each in swapped.conflicts]
    choices: dict[str, Choice] = {}
    while done.conflicts:
        choices |= {each.key: data.draw(st.sampled_from(["a", "b"])) for each in done.conflicts}
        before = len(done.left_out)
        done = merge(town, a, b, choices)
        assert len(done.left_out) > before
    assert apply_all(town, done.edits)[0].fingerprint() == done.city.fingerprint()
    out = {(each.side, each.number) for each in done.left_out}
    for side, edits in (("a", a), ("b", b)):
        assert all(edit in done.edits or (side, number) in out for number, edit in enumerate(edits))


@settings(LIGHT, max_examples=15)
@given(data=st.data())
def test_a_proposal_on_the_same_data_stays_as_it_is(town: City, placed: Placed, data: st.DataObject) -> None:
    edits = a_proposal(data, placed, town)
    done = rebase(town, edits, town)
    assert done.edits == tuple(edits)
    assert done.orphans == ()
    assert done.city.fingerprint() == apply_all(town, edits)[0].fingerprint()
