"""Patterns along streets and over blocks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from citiverse.city.city import City
from citiverse.city.feature import Furniture, GreenArea, Tree
from citiverse.proposal.edit import EditInvalid, EditRefused, parse_edit
from citiverse.proposal.pattern import (
    Expansion,
    PatternInvalid,
    PatternUnknown,
    chosen_of,
    expand,
    find_pattern,
    list_patterns,
    pattern_of,
)
from citiverse.proposal.scenario import apply_all

Here = Callable[..., list[list[float]]]
Block = Callable[..., list[list[list[float]]]]


def at(city: City, name: str, **chosen: object) -> Expansion:
    return expand(find_pattern(name), chosen_of(chosen), city)


def test_five_patterns_ship() -> None:
    patterns = list_patterns()
    assert sorted(patterns) == ["cycle_street", "pocket_park", "school_street", "superblock", "zone_30"]
    assert all(pattern.words.endswith(".") for pattern in patterns.values())


def test_a_school_street_is_closed_slowed_and_crossed(town: City, here: Here) -> None:
    stretch = here((100, 100), (200, 100))
    made = at(town, "school_street", road="osm:w1", between=stretch)
    assert [edit.verb for edit in made.edits] == ["add_crossing", "set_speed", "close_road", "add_furniture"]
    city, _ = apply_all(town, made.edits)
    closed = [road for road in city.road_parts("osm:w1") if "car" not in road.modes]
    assert [road.geometry.bounds for road in closed] == [(100.0, 100.0, 200.0, 100.0)]
    assert [road.speed_kmh for road in closed] == [20.0]
    (stand,) = [each for each in city.all(Furniture) if each.category == "bicycle_parking"]
    assert stand.geometry.distance(closed[0].geometry) == pytest.approx(4.75, abs=0.05)


def test_a_30_zone_takes_a_street_or_all_streets_of_a_block(town: City, block: Block) -> None:
    along = at(town, "zone_30", road="osm:w1")
    assert [edit.describe(town) for edit in along.edits] == ["Set the speed limit on Main Street to 30 km/h"]
    over = at(town, "zone_30", area=block(80, 20, 320, 290))
    city, _ = apply_all(town, over.edits)
    assert [road.geometry.bounds[2] for road in city.road_parts("osm:w1") if road.speed_kmh == 30] == [300.0]
    slow = {road.name for id in ("osm:w1", "osm:w2", "osm:w3") for road in city.road_parts(id) if road.speed_kmh == 30}
    assert slow == {"Main Street", "First Lane", "Third Lane"}
    assert city.road("osm:w7").speed_kmh == 40
    assert city.road("osm:w5").speed_kmh == 40


def test_a_cycle_street_keeps_lorries_out(town: City) -> None:
    made = at(town, "cycle_street", road="osm:w2")
    assert made.left_out[0].startswith("Open First Lane to bicycles")
    city, _ = apply_all(town, made.edits)
    parts = city.road_parts("osm:w2")
    assert not any("truck" in road.modes for road in parts)
    assert sum("car" in road.modes for road in parts) == 2


def test_a_pocket_park_has_trees_and_a_bench(town: City, block: Block) -> None:
    city, _ = apply_all(town, at(town, "pocket_park", area=block(20, 320, 60, 350)).edits)
    (park,) = [each for each in city.all(GreenArea) if each.id.startswith("new:")]
    assert sum(each.geometry.within(park.geometry) for each in city.all(Tree)) >= 8
    assert any(each.id.startswith("new:") and each.category == "bench" for each in city.all(Furniture))


def test_a_superblock_has_no_way_through_by_car(town: City, block: Block) -> None:
    made = at(town, "superblock", area=block(70, 60, 340, 290))
    city, _ = apply_all(town, made.edits)
    assert {edit.verb for edit in made.edits} == {"set_speed", "block_road"}
    for id in ("osm:w1", "osm:w2", "osm:w3"):
        parts = city.road_parts(id)
        assert any(road.speed_kmh == 10 for road in parts)
        assert any("car" not in road.modes for road in parts)


def test_a_30_zone_never_makes_a_street_faster(town: City) -> None:
    slow, _ = apply_all(town, [parse_edit({"verb": "set_speed", "road": "osm:w1", "speed_kmh": 10})])
    with pytest.raises(EditRefused, match="no street with a limit above 30 km/h"):
        at(slow, "zone_30", road="osm:w1")


@pytest.mark.parametrize("name", ["school_street", "zone_30", "cycle_street"])
def test_patterns_are_the_same_every_time(town: City, name: str) -> None:
    assert at(town, name, road="osm:w3") == at(town, name, road="osm:w3")


def test_refusals_are_readable(town: City, block: Block, here: Here) -> None:
    cases: list[tuple[str, dict[str, object], str]] = [
        ("school_street", {"area": block(20, 320, 60, 350)}, "School street runs along a street; choose one."),
        ("pocket_park", {"road": "osm:w1"}, "Pocket park takes a whole block; draw its outline."),
        ("superblock", {"area": block(20, 320, 60, 350)}, "Superblock does not go here: there is no street for motor"),
        ("pocket_park", {"area": block(122, 122, 140, 140)}, "There is no free ground for a park there"),
        ("school_street", {"road": "osm:w99"}, "There is nothing with the id osm:w99 in Smalltown."),
        ("school_street", {"road": "osm:w4"}, "does not go here: Close this footpath"),
        ("zone_30", {"area": block(20, 320, 600, 350)}, "outside Smalltown"),
    ]
    for name, chosen, sentence in cases:
        with pytest.raises(EditRefused, match=sentence[:40]):
            at(town, name, **chosen)


@pytest.mark.parametrize("chosen", [{}, [], {"road": "osm:w1", "area": [[]]}, {"road": 3}, {"house": "osm:w20"}])
def test_nonsense_is_no_place(chosen: object) -> None:
    with pytest.raises(EditInvalid):
        chosen_of(chosen)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"on": "street", "verb": "fly"}, "is no verb"),
        ({"on": "centre", "verb": "set_speed", "speed_kmh": 30}, "on should be one of"),
        ({"on": "street", "verb": "set_speed", "speed_kmh": 3000}, "must be at most 130"),
        ({"on": "street", "verb": "set_speed"}, "speed_kmh is missing"),
        ({"on": "street", "verb": "set_speed", "speed_kmh": 30, "colour": "red"}, "is not a field here"),
        ({"on": "every", "every_m": 0, "verb": "add_furniture"}, "every_m should be at least 1"),
        ({"on": "street", "verb": "set_speed", "speed_kmh": 30, "only": "residential"}, "only should be a list"),
        (7, "should be a table"),
    ],
)
def test_a_faulty_pattern_says_where(step: object, sentence: str) -> None:
    table = {"title": "Mine", "words": "Mine.", "along": "street", "step": [step]}
    with pytest.raises(PatternInvalid, match=sentence):
        pattern_of(table, name="mine")


def test_a_city_has_patterns_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "quiet.toml").write_text(
        'title = "Quiet street"\nwords = "Slow."\nalong = "street"\n[[step]]\non = "street"\nverb = "set_speed"\n'
        "speed_kmh = 15\n"
    )
    assert find_pattern("quiet", tmp_path).title == "Quiet street"
    with pytest.raises(PatternUnknown, match="there are: cycle_street"):
        find_pattern("quiet")
