"""An edit draws anew what it touches, nothing else, and leaves no trace of its history."""

from dataclasses import replace

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse.city.change import Change
from citiverse.city.city import City, city_of
from citiverse.city.feature import Feature, GreenArea, Tree
from citiverse.scene.build import SceneDelta, Tiles, build, rebuild, touched
from citiverse.scene.patch import Patch, patch
from tests.scene.town import hills, house, road, town


def edited(city: City, tiles: Tiles, made: Change) -> tuple[City, SceneDelta, Tiles]:
    after = city.with_change(made)
    delta = rebuild(after, made, tiles)
    return after, delta, tiles.with_delta(delta)


def fresh(city: City) -> City:
    """The same city read anew: no overlay, no history."""
    return city_of(city.features(), name=city.name, frame=city.frame, bounds=city.bounds, terrain=city.terrain)


@pytest.fixture(scope="module")
def start() -> tuple[City, Tiles]:
    city = town()
    return city, build(city)


NEW = house("new:1", 200, 30)
TALLER = house("osm:w10", 30, 30, height_m=30.0)
PARK = GreenArea(id="new:2", source="edit", geometry=shapely.box(200, 300, 300, 380), category="park")
TREE = Tree(id="new:3", source="edit", geometry=shapely.Point(20, 20))
EDITS: dict[str, dict[str, Feature | None]] = {
    "build": {"new:1": NEW},
    "reshape": {"osm:w10": TALLER},
    "demolish": {"osm:w14": None},
    "park": {"new:2": PARK},
    "tree": {"new:3": TREE},
    "close": {"osm:w1": road("osm:w1", [(20, 128), (128, 128), (470, 132)], modes=frozenset({"foot"}))},
    "move": {"osm:w13": house("osm:w13", 400, 400)},
    "pond": {"osm:w21": None},
}


@pytest.mark.parametrize("name", EDITS)
def test_a_rebuild_gives_what_building_anew_gives(start: tuple[City, Tiles], name: str) -> None:
    city, tiles = start
    after = EDITS[name]
    now, delta, result = edited(city, tiles, Change({id: city.get(id) for id in after}, after))
    assert delta
    assert result.hashes == build(fresh(now)).hashes


@settings(max_examples=8, deadline=None)
@given(st.permutations(sorted(EDITS)))
def test_any_order_of_edits_and_their_undoing_give_the_same_hashes(order: list[str]) -> None:
    city = town(terrain=hills())
    first = tiles = build(city)
    made: list[Change] = []
    for name in order[:3]:
        after = EDITS[name]
        made.append(Change({id: city.get(id) for id in after}, after))
        city, _, tiles = edited(city, tiles, made[-1])
    assert tiles.hashes == build(fresh(city)).hashes
    for one in reversed(made):
        city, _, tiles = edited(city, tiles, one.inverse())
    assert tiles.hashes == first.hashes


STREET = town().road("osm:w1")
UNSEEN = {
    "slower": replace(STREET, speed_kmh=20.0, estimated=frozenset({"speed_kmh"})),
    "renamed": replace(STREET, name="Quiet Street"),
    "closed to lorries": replace(STREET, modes=frozenset({"car", "bus", "bicycle", "foot"})),
}
SEEN = {
    "closed to cars, open to buses": replace(STREET, modes=frozenset({"bus", "bicycle", "foot"})),
    "closed to all motors": replace(STREET, modes=frozenset({"bicycle", "foot"})),
    "one-way": replace(STREET, direction="forward"),
    "narrower": replace(STREET, lanes=STREET.lanes[:1]),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_one_cannot_see_draws_nothing_anew(start: tuple[City, Tiles], name: str) -> None:
    city, tiles = start
    change = Change({STREET.id: STREET}, {STREET.id: UNSEEN[name]})
    now = city.with_change(change)
    assert touched(now, change) == {}
    assert patch(change, city) == Patch((), ())
    assert build(fresh(now)).hashes == tiles.hashes


@pytest.mark.parametrize("name", SEEN)
def test_what_one_may_see_is_drawn_anew(start: tuple[City, Tiles], name: str) -> None:
    city, _ = start
    change = Change({STREET.id: STREET}, {STREET.id: SEEN[name]})
    assert touched(city.with_change(change), change)


def test_a_new_house_changes_one_leaf(start: tuple[City, Tiles]) -> None:
    city, tiles = start
    _, delta, _ = edited(city, tiles, Change({"new:1": None}, {"new:1": NEW}))
    assert set(delta.set) == {"buildings/0/0/0", "far/1/0/0"}
    assert delta.drop == ()


def test_a_new_tree_leaves_houses_and_ground_alone(start: tuple[City, Tiles]) -> None:
    city, tiles = start
    _, delta, _ = edited(city, tiles, Change({"new:3": None}, {"new:3": TREE}))
    assert {key.partition("/")[0] for key in delta.set} == {"furniture", "far"}


def test_the_last_house_of_a_leaf_takes_its_tile_along(start: tuple[City, Tiles]) -> None:
    city, tiles = start
    _, delta, _ = edited(city, tiles, Change({"osm:w14": city.get("osm:w14")}, {"osm:w14": None}))
    assert delta.drop == ("buildings/0/1/1",)


def test_other_features_keep_their_tiles_untouched(start: tuple[City, Tiles]) -> None:
    city, tiles = start
    _, delta, result = edited(city, tiles, Change({"new:1": None}, {"new:1": NEW}))
    same = set(tiles.by_key) - set(delta.set)
    assert all(result.by_key[key] is tiles.by_key[key] for key in same)


def test_a_new_house_is_shown_at_once(start: tuple[City, Tiles]) -> None:
    city, _ = start
    found = patch(Change({"new:1": None}, {"new:1": NEW}), city)
    assert found.hide == ()
    (shape,) = found.show
    assert (shape.id, shape.base_m, shape.height_m) == ("new:1", 0.0, 9.0)
    assert shapely.Polygon(shape.ring).equals(NEW.geometry)
    assert shape.colour.startswith("#")


def test_a_demolished_house_is_hidden_at_once(start: tuple[City, Tiles]) -> None:
    city, _ = start
    found = patch(Change({"osm:w10": city.get("osm:w10")}, {"osm:w10": None}), city)
    assert found.hide == ("osm:w10",)
    assert found.show == ()


def test_a_park_lies_over_the_ground_and_hides_nothing(start: tuple[City, Tiles]) -> None:
    city, _ = start
    found = patch(Change({"new:2": None}, {"new:2": PARK}), city)
    assert found.hide == ()
    assert found.show[0].height_m < 0.2


def test_a_new_speed_shows_nothing(start: tuple[City, Tiles]) -> None:
    city, tiles = start
    slow = replace(city.road("osm:w1"), speed_kmh=20.0)
    made = Change({"osm:w1": city.get("osm:w1")}, {"osm:w1": slow})
    found = patch(made, city)
    assert found.hide == ()
    assert found.show == ()
    assert not edited(city, tiles, made)[1]
