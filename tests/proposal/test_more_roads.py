"""Roads opened, turned, divided, surfaced, blocked, crossed and taken away."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from shapely import Point

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Furniture, Road
from citiverse.proposal.edit import EditRefused, parse_edit

Here = Callable[..., list[list[float]]]


def after(city: City, **edit: object) -> City:
    return city.with_change(parse_edit(edit).apply(city))


def refusal(city: City, **edit: object) -> str:
    with pytest.raises(EditRefused) as refused:
        parse_edit(edit).apply(city)
    return str(refused.value)


def with_road(city: City, id: str, **values: object) -> City:
    road = city.road(id)
    return city.with_change(Change({id: road}, {id: replace(road, **values)}))  # type: ignore[arg-type]


def test_opening_takes_back_a_closure(town: City) -> None:
    closed = after(town, verb="close_road", road="osm:w1")
    assert after(closed, verb="open_road", road="osm:w1").fingerprint() == town.fingerprint()


def test_a_wide_path_opened_to_cars_gets_a_lane_for_them(town: City) -> None:
    lane = replace(town.road("osm:w4").lanes[0], width_m=4.0)
    city = with_road(town, "osm:w4", lanes=(lane,))
    road = after(city, verb="open_road", road="osm:w4", to=["car"]).road("osm:w4")
    assert road.lanes[0].kind == "car"
    assert road.estimated == {"lanes"}
    assert "car" in road.modes


def test_opening_is_refused_where_it_makes_no_sense(town: City) -> None:
    assert refusal(town, verb="open_road", road="osm:w1") == "Main Street is already open to cars and lorries."
    assert refusal(town, verb="open_road", road="osm:w4") == "This footpath is 2.0 m wide; cars and lorries need 2.5 m."
    steps = with_road(town, "osm:w4", category="steps")
    assert "Only people on foot" in refusal(steps, verb="open_road", road="osm:w4", to=["car"])


def test_a_one_way_street_has_all_its_driven_lanes_one_way(town: City) -> None:
    road = after(town, verb="set_direction", road="osm:w1", direction="forward").road("osm:w1")
    assert road.direction == road.bicycle_direction == "forward"
    assert [lane.direction for lane in road.lanes] == ["both", "forward", "forward", "both"]


def test_both_directions_share_the_lanes_by_the_side_people_drive_on(town: City) -> None:
    one_way = after(town, verb="set_direction", road="osm:w1", direction="backward")
    both = after(one_way, verb="set_direction", road="osm:w1", direction="both")
    assert both.fingerprint() == town.fingerprint()
    left = replace(one_way, defaults=replace(town.defaults, drives_on="left"))
    lanes = after(left, verb="set_direction", road="osm:w1", direction="both").road("osm:w1").lanes
    assert [lane.direction for lane in lanes] == ["both", "forward", "backward", "both"]


def test_bicycles_that_may_go_against_the_cars_still_may(town: City) -> None:
    city = with_road(town, "osm:w1", direction="forward", bicycle_direction="both")
    turned = after(city, verb="set_direction", road="osm:w1", direction="backward").road("osm:w1")
    assert (turned.direction, turned.bicycle_direction) == ("backward", "both")


def test_a_direction_is_refused_where_it_is_so_or_can_not_be(town: City) -> None:
    assert "already open in both" in refusal(town, verb="set_direction", road="osm:w1", direction="both")
    assert "no motor traffic" in refusal(town, verb="set_direction", road="osm:w4", direction="forward")
    ring = with_road(town, "osm:w6", roundabout=True, direction="forward")
    assert "roundabout" in refusal(ring, verb="set_direction", road="osm:w6", direction="backward")


CYCLE_STREET = [
    {"kind": "footway", "width_m": 3},
    {"kind": "cycle", "width_m": 2},
    {"kind": "car", "width_m": 3.5, "direction": "forward"},
    {"kind": "footway", "width_m": 3},
]


def test_a_street_is_divided_as_drawn(town: City) -> None:
    road = after(town, verb="set_lanes", road="osm:w1", lanes=CYCLE_STREET).road("osm:w1")
    assert [lane.kind for lane in road.lanes] == ["footway", "cycle", "car", "footway"]
    assert road.direction == "forward"
    assert road.width_m == 11.5


def test_a_street_without_a_lane_for_cars_is_closed_to_them(town: City) -> None:
    lanes = [{"kind": "footway", "width_m": 8}, {"kind": "bus", "width_m": 3}]
    assert after(town, verb="set_lanes", road="osm:w1", lanes=lanes).road("osm:w1").modes == {"bus", "bicycle", "foot"}


def test_lanes_without_a_direction_take_the_side_of_the_road(town: City) -> None:
    lanes = [{"kind": "car", "width_m": 3}, {"kind": "car", "width_m": 3}]
    road = after(town, verb="set_lanes", road="osm:w1", lanes=lanes).road("osm:w1")
    assert [lane.direction for lane in road.lanes] == ["backward", "forward"]
    assert road.direction == "both"


def test_lanes_must_fit_between_the_houses(town: City) -> None:
    wide = [{"kind": "car", "width_m": 10}] * 5
    sentence = refusal(town, verb="set_lanes", road="osm:w1", lanes=wide)
    assert sentence == "The lanes need 50 m, but Main Street has only 40 m between the houses."
    narrow = [{"kind": "car", "width_m": 2}]
    assert refusal(town, verb="set_lanes", road="osm:w1", lanes=narrow) == "A car lane needs 2.5 m, not 2.0 m."
    once = after(town, verb="set_lanes", road="osm:w1", lanes=CYCLE_STREET)
    assert refusal(once, verb="set_lanes", road="osm:w1", lanes=CYCLE_STREET) == "Main Street already has these lanes."


def test_a_surface_is_laid_once(town: City, here: Here) -> None:
    stretch = here((100, 100), (300, 100))
    city = after(town, verb="set_surface", road="osm:w1", surface="sett", between=stretch)
    assert sorted(road.surface for road in city.road_parts("osm:w1")) == ["asphalt", "asphalt", "sett"]
    again = refusal(city, verb="set_surface", road="osm:w1", surface="sett", between=stretch)
    assert again == "The surface of Main Street is already sett."


def test_a_stretch_is_taken_away(town: City, here: Here) -> None:
    city = after(town, verb="remove_road", road="osm:w1", between=here((0, 100), (100, 100)))
    assert "nothing" in refusal(after(city, verb="remove_road", road="osm:w1"), verb="remove_road", road="osm:w1")
    assert city.get("osm:w1") is None
    assert [road.geometry.length for road in city.road_parts("osm:w1")] == [412.0]


def test_a_block_stops_cars_for_two_metres_and_lets_bicycles_pass(town: City, here: Here) -> None:
    city = after(town, verb="block_road", road="osm:w1", at=here((150, 103))[0])
    (blocked,) = [road for road in city.road_parts("osm:w1") if "car" not in road.modes]
    assert blocked.geometry.length == pytest.approx(2.0)
    assert blocked.geometry.distance(Point(150, 100)) == 0.0
    assert blocked.modes == {"bicycle", "foot"}
    assert sum(road.geometry.length for road in city.road_parts("osm:w1")) == pytest.approx(512.0)
    (bollard,) = [thing for thing in city.all(Furniture) if thing.category == "bollard"]
    assert bollard.geometry.distance(Point(150, 100)) < 0.01
    assert "already closed" in refusal(city, verb="block_road", road="osm:w1", at=here((150, 103))[0])


def test_a_block_keeps_off_the_ends_of_the_road(town: City, here: Here) -> None:
    city = after(town, verb="block_road", road="osm:w7", at=here((300, 100))[0])
    (blocked,) = [road for road in city.road_parts("osm:w7") if "car" not in road.modes]
    assert blocked.geometry.distance(Point(300, 100)) == pytest.approx(3.0, abs=0.01)
    assert "from Main Street" in refusal(town, verb="block_road", road="osm:w1", at=here((150, 400))[0])


@pytest.mark.parametrize(("kind", "things"), [("zebra", ["crossing"]), ("signal", ["crossing", "traffic_signals"])])
def test_a_crossing_lies_on_the_road(town: City, here: Here, kind: str, things: list[str]) -> None:
    city = after(town, verb="add_crossing", road="osm:w1", at=here((150, 103))[0], kind=kind)
    made = [thing for thing in city.all(Furniture) if thing.id.startswith("new:")]
    assert [thing.category for thing in made] == things
    assert all(thing.geometry.distance(Point(150, 100)) < 0.01 for thing in made)
    again = refusal(city, verb="add_crossing", road="osm:w1", at=here((154, 100))[0])
    assert again == "There is a crossing 4.0 m from there."
    assert "cross anywhere" in refusal(town, verb="add_crossing", road="osm:w4", at=here((200, 200))[0])


def test_descriptions(town: City, here: Here) -> None:
    def said(**edit: object) -> str:
        return parse_edit(edit | {"road": "osm:w1"}).describe(town)

    assert said(verb="open_road", to=["bicycle"]) == "Open Main Street to bicycles"
    assert said(verb="set_direction", direction="forward") == "Make Main Street one-way"
    assert said(verb="set_direction", direction="both") == "Open Main Street in both directions"
    lanes = "Divide Main Street into 2 footways, 1 cycle lane and 1 car lane"
    assert said(verb="set_lanes", lanes=CYCLE_STREET) == lanes
    assert said(verb="set_surface", surface="paving_stones") == "Surface Main Street with paving stones"
    stretch = here((100, 100), (300, 100))
    assert said(verb="remove_road", between=stretch) == "Take away Main Street between First Lane and Ring Road"
    assert said(verb="add_crossing", at=here((1, 1))[0]) == "Add a zebra crossing on Main Street"
    assert said(verb="block_road", at=here((1, 1))[0]).startswith("Block Main Street for motor traffic")


def test_a_tunnel_may_be_wide(town: City) -> None:
    city = after(town, verb="set_lanes", road="osm:w5", lanes=[{"kind": "car", "width_m": 14}] * 3)
    assert isinstance(city.get("osm:w5"), Road)
