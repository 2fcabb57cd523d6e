"""Roads closed and slowed, whole and between junctions."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from shapely import LineString

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.proposal.edit import EditRefused, parse_edit
from citiverse.proposal.scenario import take_back

Here = Callable[..., list[list[float]]]


def after(city: City, **edit: object) -> City:
    return city.with_change(parse_edit(edit).apply(city))


def refusal(city: City, **edit: object) -> str:
    with pytest.raises(EditRefused) as refused:
        parse_edit(edit).apply(city)
    return str(refused.value)


def pieces(city: City) -> list[tuple[list[tuple[float, ...]], bool]]:
    """The parts of Main Street from west to east, and whether cars may use them."""
    parts = sorted(city.road_parts("osm:w1"), key=lambda road: road.geometry.coords[0])
    return [(list(road.geometry.coords), "car" in road.modes) for road in parts]


def test_a_closed_road_lets_buses_and_people_through(town: City) -> None:
    road = after(town, verb="close_road", road="osm:w1").road("osm:w1")
    assert road.modes == {"bus", "bicycle", "foot"}
    assert road.geometry == town.road("osm:w1").geometry


def test_a_stretch_is_split_off_at_the_junctions_next_to_the_marks(town: City, here: Here) -> None:
    closed = after(town, verb="close_road", road="osm:w1", between=here((93, 104), (195, 99)))
    assert pieces(closed) == [
        ([(0, 100), (100, 100)], True),
        ([(100, 100), (200, 100)], False),
        ([(200, 100), (300, 100), (400, 100), (512, 100)], True),
    ]


def test_marks_may_be_given_in_either_order(town: City, here: Here) -> None:
    one = after(town, verb="close_road", road="osm:w1", between=here((100, 100), (300, 100)))
    other = after(town, verb="close_road", road="osm:w1", between=here((300, 100), (100, 100)))
    assert pieces(one) == pieces(other)


def test_two_marks_in_one_block_mean_that_block(town: City, here: Here) -> None:
    closed = after(town, verb="close_road", road="osm:w1", between=here((120, 100), (130, 100)))
    assert ([(100, 100), (200, 100)], False) in pieces(closed)


def test_the_road_keeps_its_id_and_a_later_edit_reaches_all_pieces(town: City, here: Here) -> None:
    city = after(town, verb="close_road", road="osm:w1", between=here((100, 100), (300, 100)))
    city = after(city, verb="close_road", road="osm:w1", to=["bicycle"], between=here((200, 100), (300, 100)))
    city = after(city, verb="set_speed", road="osm:w1", speed_kmh=20)
    parts = city.road_parts("osm:w1")
    assert len(parts) == 4
    assert {part.speed_kmh for part in parts} == {20.0}
    assert sum(part.geometry.length for part in parts) == pytest.approx(512.0)


def test_the_same_edit_makes_the_same_ids(town: City, here: Here) -> None:
    edit = {"verb": "close_road", "road": "osm:w1", "between": here((100, 100), (300, 100))}
    one, other = parse_edit(edit).apply(town), parse_edit(edit).apply(town)
    assert one.created == other.created
    assert all(id.startswith("new:") for id in one.created)


def test_a_stretch_of_a_ring_goes_the_short_way(town: City, here: Here) -> None:
    city = after(town, verb="set_speed", road="osm:w6", speed_kmh=20)
    assert city.road("osm:w6").speed_kmh == 20.0


def test_a_limit_that_was_estimated_is_so_no_more(town: City) -> None:
    road = after(town, verb="set_speed", road="osm:w1", speed_kmh=30).road("osm:w1")
    assert (road.speed_kmh, road.estimated) == (30.0, frozenset())


def test_descriptions_name_the_streets_at_the_ends(town: City, here: Here) -> None:
    marks = here((100, 100), (300, 100))
    edit = parse_edit({"verb": "close_road", "road": "osm:w1", "to": ["car"], "between": marks})
    assert edit.describe(town) == "Close Main Street to cars between First Lane and Ring Road"
    assert edit.describe(town.with_change(edit.apply(town))) == edit.describe(town)
    nowhere = parse_edit({"verb": "close_road", "road": "osm:gone", "to": ["car", "foot"], "between": marks})
    assert nowhere.describe(town) == "Close osm:gone to cars and people on foot"


def test_refusals_say_why(town: City, here: Here) -> None:
    closed = after(town, verb="close_road", road="osm:w1")
    assert refusal(closed, verb="close_road", road="osm:w1") == "Main Street is already closed to cars and lorries."
    assert (
        refusal(town, verb="set_speed", road="osm:w1", speed_kmh=40) == "The limit on Main Street is already 40 km/h."
    )
    assert "no motor traffic" in refusal(town, verb="set_speed", road="osm:w4", speed_kmh=30)
    assert "nothing with the id osm:w999" in refusal(town, verb="close_road", road="osm:w999")
    assert refusal(town, verb="close_road", road="osm:w20") == "Forum is a building, not a road."
    far = here((100, 400), (300, 400))
    assert "300 m from Main Street" in refusal(town, verb="close_road", road="osm:w1", between=far)
    assert "outside Smalltown" in refusal(town, verb="close_road", road="osm:w1", between=[[-70.0, -40.0], [1.0, 1.0]])


def test_an_interrupted_road_has_no_stretch_across_the_gap(town: City, here: Here) -> None:
    city = after(town, verb="close_road", road="osm:w1", between=here((100, 100), (200, 100)))
    gap = next(road for road in city.road_parts("osm:w1") if "car" not in road.modes)
    cut = city.with_change(Change({gap.id: gap}, {gap.id: None}))
    assert "interrupted" in refusal(cut, verb="close_road", road="osm:w1", between=here((0, 100), (300, 100)))


def test_undoing_one_closure_leaves_another_persons(town: City) -> None:
    first = parse_edit({"verb": "close_road", "road": "osm:w1", "to": ["car"]}).apply(town)
    city = town.with_change(first)
    city = after(city, verb="close_road", road="osm:w1", to=["truck"])
    city = after(city, verb="set_speed", road="osm:w1", speed_kmh=20)
    undone = city.with_change(take_back(city, first))
    assert undone.road("osm:w1").modes == {"car", "bus", "bicycle", "foot"}
    assert undone.road("osm:w1").speed_kmh == 20.0


def test_marks_reach_along_the_sections_of_a_street(town: City, here: Here) -> None:
    east = replace(town.road("osm:w1"), id="osm:w1b", geometry=LineString([(300, 100), (400, 100), (512, 100)]))
    west = replace(town.road("osm:w1"), geometry=LineString([(0, 100), (100, 100), (200, 100), (300, 100)]))
    city = town.with_change(Change({"osm:w1": town.road("osm:w1"), "osm:w1b": None}, {"osm:w1": west, "osm:w1b": east}))
    closed = after(city, verb="close_road", road="osm:w1", between=here((200, 100), (400, 100)))
    assert [road.geometry.length for road in closed.road_parts("osm:w1") if "car" not in road.modes] == [100.0]
    assert [road.geometry.length for road in closed.road_parts("osm:w1b") if "car" not in road.modes] == []
    ends = here((200, 100), (512, 100))
    closed = after(city, verb="close_road", road="osm:w1", between=ends)
    assert "car" not in closed.road("osm:w1b").modes
