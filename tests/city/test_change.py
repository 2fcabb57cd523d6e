"""Changes: applied, undone, and refused where someone else has been at work."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from citiverse.city.change import NO_CHANGE, Change, ChangeConflict, change_between, joined, revert
from citiverse.city.city import City, NotInCity, city_of
from citiverse.city.feature import MODES, Building, Feature, Lane, Road, Tree
from citiverse.city.frame import Frame

FRAME = Frame(32635, (385024.0, 6670848.0))
HOUSE = Building(id="osm:w1", geometry=box(0, 0, 10, 10), height_m=10.0, name="The house")
STREET = Road(
    id="osm:w2",
    geometry=LineString([(0, 20), (50, 20)]),
    category="residential",
    lanes=(Lane("car", 3.0, "forward"), Lane("car", 3.0, "backward")),
    modes=frozenset(MODES),
)


def a_city(*more: Feature) -> City:
    return city_of([HOUSE, STREET, *more], name="tiny", frame=FRAME, bounds=(0, 0, 100, 100))


def taller(house: Building, height_m: float) -> Change:
    return Change({house.id: house}, {house.id: replace(house, height_m=height_m)})


def test_a_change_leaves_the_city_before_it_alone() -> None:
    city = a_city()
    after = city.with_change(taller(HOUSE, 20.0))
    assert city.building("osm:w1").height_m == 10.0
    assert after.building("osm:w1").height_m == 20.0
    assert after.fingerprint() != city.fingerprint()


def test_a_change_and_its_inverse_give_the_same_city() -> None:
    city = a_city()
    change = Change({"osm:w1": HOUSE}, {"osm:w1": None})
    after = city.with_change(change)
    assert len(after) == 1
    back = after.with_change(change.inverse())
    assert back.fingerprint() == city.fingerprint()
    assert list(back.features()) == list(city.features())
    assert not back.overlay


def test_a_city_gone_stale_refuses_a_change() -> None:
    city = a_city().with_change(taller(HOUSE, 20.0))
    with pytest.raises(ChangeConflict, match="changed since") as caught:
        city.with_change(taller(HOUSE, 30.0))
    assert caught.value.ids == ("osm:w1",)


def test_undo_keeps_what_others_did_to_other_properties() -> None:
    city = a_city()
    mine = taller(HOUSE, 20.0)
    city = city.with_change(mine)
    theirs = Change({HOUSE.id: city.building(HOUSE.id)}, {HOUSE.id: replace(city.building(HOUSE.id), use="school")})
    city = city.with_change(theirs)
    city = city.with_change(revert(mine, {HOUSE.id: city.get(HOUSE.id)}))
    assert city.building(HOUSE.id).height_m == 10.0
    assert city.building(HOUSE.id).use == "school"


def test_undo_never_overwrites_the_same_property() -> None:
    city = a_city()
    mine = taller(HOUSE, 20.0)
    city = city.with_change(mine)
    city = city.with_change(taller(city.building(HOUSE.id), 30.0))
    with pytest.raises(ChangeConflict, match="can't be undone"):
        revert(mine, {HOUSE.id: city.get(HOUSE.id)})


def test_a_demolished_house_that_came_back_changed_is_not_removed_by_undo() -> None:
    tree = Tree(id="new:1", geometry=Point(30, 30))
    planted = Change({tree.id: None}, {tree.id: tree})
    city = a_city().with_change(planted)
    grown = Change({tree.id: tree}, {tree.id: replace(tree, height_m=12.0)})
    with pytest.raises(ChangeConflict):
        revert(planted, {tree.id: city.with_change(grown).get(tree.id)})


def test_groups_tell_geometry_from_attributes_and_network() -> None:
    moved = replace(STREET, geometry=LineString([(0, 21), (50, 21)]), speed_kmh=20.0, direction="forward")
    change = Change({STREET.id: STREET}, {STREET.id: moved})
    assert change.fields(STREET.id) == {"geometry", "speed_kmh", "direction"}
    assert change.groups(STREET.id) == {"geometry", "attributes", "network"}


def test_two_changes_joined_do_what_both_did() -> None:
    first = taller(HOUSE, 20.0)
    second = taller(replace(HOUSE, height_m=20.0), 30.0)
    assert joined(first, second) == taller(HOUSE, 30.0)
    assert joined(first, first.inverse()) == NO_CHANGE


def test_sides_of_a_change_speak_of_the_same_features() -> None:
    with pytest.raises(ValueError, match="same features"):
        Change({}, {"a": None})


def test_a_look_up_of_the_wrong_kind_says_what_it_is() -> None:
    with pytest.raises(NotInCity, match="The house is a building, not a road"):
        a_city().road("osm:w1")
    with pytest.raises(NotInCity, match="nothing with the id osm:w9"):
        a_city().feature("osm:w9")


def test_near_sees_changes() -> None:
    city = a_city()
    assert [f.id for f in city.near((0, 0, 12, 12))] == ["osm:w1"]
    moved = replace(HOUSE, geometry=box(60, 60, 70, 70))
    city = city.with_change(Change({HOUSE.id: HOUSE}, {HOUSE.id: moved}))
    assert city.near((0, 0, 12, 12)) == []
    assert [f.id for f in city.near((59, 59, 71, 71))] == ["osm:w1"]


def test_pieces_of_a_road_are_found_by_its_id() -> None:
    piece = replace(STREET, id="new:1", geometry=LineString([(50, 20), (80, 20)]), part_of=STREET.id)
    city = a_city().with_change(Change({"new:1": None}, {"new:1": piece}))
    assert [road.id for road in city.road_parts(STREET.id)] == ["osm:w2", "new:1"]


TREES = [Tree(id=f"osm:n{i}", geometry=Point(i, i)) for i in range(6)]
steps = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), max_size=12)


@given(steps)
def test_any_history_taken_back_gives_the_identical_city(history: list[tuple[int, int]]) -> None:
    city = start = a_city(*TREES)
    done: list[Change] = []
    for number, height in history:
        id = f"osm:n{number}"
        old = city.get(id)
        new = None if height == 0 else Tree(id=id, geometry=Point(number, number), height_m=float(height))
        change = change_between({id: old}, {id: new})
        city = city.with_change(change)
        done.append(change)
    assert start.change_to(city) == (change_between({}, {}) if not done else start.change_to(city))
    assert start.with_change(start.change_to(city)).fingerprint() == city.fingerprint()
    for change in reversed(done):
        city = city.with_change(revert(change, {id: city.get(id) for id in change.ids}))
    assert city.fingerprint() == start.fingerprint()
    assert [f.id for f in city.features()] == [f.id for f in start.features()]
