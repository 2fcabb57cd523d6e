"""Streets and paths built, and joined to what they meet."""

from collections.abc import Callable

import pytest

from citiverse.city.city import City
from citiverse.city.feature import Road
from citiverse.proposal.between import nodes
from citiverse.proposal.edit import EditRefused, parse_edit

Here = Callable[..., list[list[float]]]


def after(city: City, **edit: object) -> City:
    return city.with_change(parse_edit({"verb": "add_road"} | edit).apply(city))


def refusal(city: City, **edit: object) -> str:
    with pytest.raises(EditRefused) as refused:
        after(city, **edit)
    return str(refused.value)


def new_road(city: City) -> Road:
    (road,) = [road for road in city.all(Road) if road.id.startswith("new:")]
    return road


def test_ends_are_joined_to_the_roads_they_come_near(town: City, here: Here) -> None:
    city = after(town, line=here((50, 104), (50, 180), (96, 250)), name="New Street")
    road = new_road(city)
    assert road.name == "New Street"
    assert nodes(road.geometry)[0] in nodes(city.road("osm:w1").geometry)
    assert nodes(road.geometry)[-1] in nodes(city.road("osm:w2").geometry)
    assert nodes(road.geometry)[-1][0] == pytest.approx(100.0, abs=0.001)
    assert city.road("osm:w1").geometry.length == pytest.approx(512.0, abs=0.01)


def test_a_crossing_gets_a_vertex_on_both(town: City, here: Here) -> None:
    city = after(town, line=here((20, 300), (480, 295)), kind="cycleway")
    road = new_road(city)
    for other in ("osm:w2", "osm:w3", "osm:w4"):
        assert set(nodes(road.geometry)) & set(nodes(city.road(other).geometry))
    assert city.road("osm:w5") == town.road("osm:w5")
    assert city.road("osm:w7") == town.road("osm:w7")
    assert road.modes == {"foot", "bicycle"}


def test_a_bridge_joins_only_at_its_ends(town: City, here: Here) -> None:
    line = here((200, 290), (300, 290), (510, 350))
    assert "of the sea; build a bridge" in refusal(town, line=line)
    city = after(town, line=line, bridge=True)
    road = new_road(city)
    assert (road.layer, road.bridge) == (1, True)
    assert city.road("osm:w3") == town.road("osm:w3")
    assert nodes(road.geometry)[0] in nodes(city.road("osm:w4").geometry)


def test_lanes_say_width_direction_and_who_may_use_it(town: City, here: Here) -> None:
    lanes = [{"kind": "car", "width_m": 3.5, "direction": "forward"}, {"kind": "footway", "width_m": 2}]
    road = new_road(after(town, line=here((20, 310), (80, 310)), lanes=lanes, speed_kmh=20))
    assert (road.direction, road.width_m, road.speed_kmh) == ("forward", 5.5, 20.0)
    assert road.estimated == frozenset()
    usual = new_road(after(town, line=here((20, 310), (80, 310))))
    assert [lane.direction for lane in usual.lanes] == ["both", "backward", "forward", "both"]
    assert usual.estimated == {"lanes", "width_m", "speed_kmh"}


def test_trees_on_its_ground_are_felled(town: City, here: Here) -> None:
    assert after(town, line=here((20, 400), (90, 400))).get("osm:n41") is None


def test_refusals_say_what_is_in_the_way(town: City, here: Here) -> None:
    assert "of Forum" in refusal(town, line=here((110, 140), (200, 140)))
    assert refusal(town, line=here((20, 101), (190, 101))) == "Main Street runs there already."
    assert "same junction" in refusal(town, line=here((300.2, 303), (299.8, 308)))
    assert "crosses itself" in refusal(town, line=here((10, 300), (60, 340), (60, 300), (10, 340)))
    assert "only 3.0 m long" in refusal(town, line=here((10, 300), (13, 300)))
    assert "outside Smalltown" in refusal(town, line=here((10, 300), (13, 900)))
    once = after(town, line=here((20, 310), (80, 310)))
    assert refusal(once, line=here((20, 310), (80, 310))) == "A street runs there already."


def test_a_new_street_can_be_edited_like_any_other(town: City, here: Here) -> None:
    city = after(town, line=here((20, 100), (20, 310), (100, 295)))
    edit = {"verb": "close_road", "road": new_road(city).id, "to": ["car"]}
    closed = city.with_change(parse_edit(edit).apply(city))
    assert "car" not in new_road(closed).modes
    assert parse_edit(edit).describe(city) == "Close this street to cars"
