"""Walks in tiny cities and on random graphs."""

from collections.abc import Mapping
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from citiverse.city.change import Change, change_between
from citiverse.city.city import City, city_of
from citiverse.city.facts import Facts
from citiverse.city.feature import Building, Feature, GreenArea, Lane, Place, Road, Stop
from citiverse.city.frame import Frame
from citiverse.city.terrain import Terrain
from citiverse.city.timetable import Course, Timetable, TimetableStop
from citiverse.geometry.grid import Grid
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import find_scene
from citiverse.impact.access.kinds import KINDS, kinds_of
from citiverse.impact.access.walking import minutes_to_nearest, shortest_edges, tobler_kmh, walking_network, walks
from citiverse.impact.model import CannotAssess, Impact, Previous, Superseded
from citiverse.impact.models.access import Access, Reach

LEVEL_KMH = 5.0367  # 6 exp(-3.5 * 0.05)


def way(id: str, *points: tuple[float, float], **changes: object) -> Road:
    made = Road(
        id=id, geometry=LineString(points), category="footway", lanes=(Lane("footway", 2.0),), modes=frozenset({"foot"})
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def home(id: str, x: float, y: float = 0.0) -> Building:
    return Building(id=id, geometry=box(x - 5, y - 5, x + 5, y + 5), height_m=6.0, levels=2.0, use="apartments")


def shop(x: float, y: float = 0.0) -> Place:
    return Place(id=f"shop-{x}-{y}", geometry=Point(x, y), category="shop=supermarket")


STREET = way("street", (0.0, 0.0), (2000.0, 0.0))


def a_city(*features: Feature, terrain: Terrain | None = None) -> City:
    return city_of(
        features, name="tiny", frame=Frame(32633, (0.0, 0.0)), bounds=(0.0, -500.0, 2000.0, 500.0), terrain=terrain
    )


def go_on() -> bool:
    return False


def run(city: City, previous: Previous | None = None) -> Impact:
    return Access().run(city, {}, previous, go_on)


def minutes(impact: Impact, building: str, kind: str = "food") -> float:
    reach = impact.output
    assert isinstance(reach, Reach)
    return float(reach.minutes[reach.buildings.index(building), KINDS.index(kind)])


def measure(impact: Impact, id: str) -> float:
    return next(each.value for each in impact.measures if each.id == id)


def level(metres: float) -> float:
    return metres / 1000.0 / LEVEL_KMH * 60.0


@given(st.integers(0, 10_000))
def test_minutes_to_the_nearest_place_are_those_of_networkx(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes, edges = int(rng.integers(2, 40)), int(rng.integers(1, 120))
    tail, head = rng.integers(0, nodes, (2, edges))
    takes = rng.uniform(0.1, 10.0, edges)
    places = np.unique(rng.integers(0, nodes, int(rng.integers(1, 5))))
    found = minutes_to_nearest(shortest_edges(head, tail, takes, nodes), places)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(nodes))
    graph.add_weighted_edges_from(zip(head.tolist(), tail.tolist(), takes.tolist(), strict=True))
    expected = nx.multi_source_dijkstra_path_length(graph, set(places.tolist()))
    for node in range(nodes):
        assert found[node] == pytest.approx(expected.get(node, np.inf))


def test_tobler_s_hiker_is_fastest_slightly_downhill() -> None:
    assert tobler_kmh(np.array([-0.05, 0.0, 0.1])) == pytest.approx([6.0, 5.0367, 3.5493], abs=1e-4)


def test_a_walk_along_a_street_takes_its_length() -> None:
    impact = run(a_city(STREET, home("a", 100.0), home("b", 1900.0), shop(600.0)))
    assert minutes(impact, "b") == pytest.approx(level(1300.0), rel=1e-3)
    assert minutes(impact, "a") == pytest.approx(level(500.0), rel=1e-3)
    assert minutes(impact, "a", "culture") == np.inf
    assert measure(impact, "food_15") == 50.0
    assert measure(impact, "food_5") == 0.0
    assert measure(impact, "all_15") == 0.0


def test_the_way_to_the_door_counts() -> None:
    near, far = (
        run(a_city(STREET, home("a", 100.0), shop(600.0))),
        run(a_city(STREET, home("a", 100.0, 65.0), shop(600.0))),
    )
    assert minutes(far, "a") == pytest.approx(level(500.0 + 60.0), rel=0.01)
    assert minutes(far, "a") > minutes(near, "a")
    assert minutes(run(a_city(STREET, home("a", 100.0, 400.0), home("b", 50.0), shop(600.0))), "a") == np.inf


def test_uphill_takes_longer_than_downhill() -> None:
    slope = Grid(np.tile(np.linspace(0.0, 200.0, 201), (101, 1)), 0.0, -500.0, 10.0, "m")
    city = a_city(STREET, home("low", 100.0), home("high", 1900.0), shop(1000.0), terrain=Terrain(slope))
    impact = run(city)
    assert minutes(impact, "low") > minutes(impact, "high") * 1.3
    assert minutes(impact, "high") == pytest.approx(0.9 / tobler_kmh(np.array([-0.1]))[0] * 60.0, rel=0.02)


def test_stairs_are_slow() -> None:
    stairs = replace(STREET, category="steps")
    assert minutes(run(a_city(stairs, home("a", 100.0), shop(600.0))), "a") == pytest.approx(3 * level(500.0), rel=1e-3)


def test_a_closed_way_means_a_detour_and_a_new_one_a_short_cut() -> None:
    around = way("around", (0.0, 0.0), (0.0, 400.0), (1000.0, 400.0), (1000.0, 0.0))
    direct = way("direct", (0.0, 0.0), (1000.0, 0.0))
    things = (home("a", 0.0, -20.0), shop(1000.0, -20.0))
    both = minutes(run(a_city(around, direct, *things)), "a")
    closed = minutes(run(a_city(around, replace(direct, modes=frozenset({"car"})), *things)), "a")
    assert closed - both == pytest.approx(level(800.0), rel=0.01)


def test_a_tiny_way_that_leads_nowhere_is_passed_over() -> None:
    stub = way("stub", (95.0, 20.0), (105.0, 20.0))
    assert minutes(run(a_city(STREET, stub, home("a", 100.0, 20.0), shop(600.0))), "a") < np.inf


def test_two_ways_between_the_same_corners_are_not_added_up() -> None:
    bow = way("bow", (0.0, 0.0), (1000.0, 300.0), (2000.0, 0.0))
    city = a_city(STREET, bow)
    graph = walks(city, walking_network(city), [])
    assert minutes_to_nearest(graph.graph, np.array([0]))[1] == pytest.approx(level(2000.0), rel=1e-4)


def test_a_park_is_reached_at_its_edge_if_it_is_one() -> None:
    lawn = GreenArea(id="lawn", geometry=box(1000.0, 10.0, 1040.0, 30.0), category="park")
    park = replace(lawn, id="park", geometry=box(1000.0, 10.0, 1200.0, 110.0))
    assert kinds_of(lawn) == ()
    assert kinds_of(park) == ("park",)
    city = a_city(STREET, home("a", 500.0), park, shop(0.0))
    assert minutes(run(city), "a", "park") == pytest.approx(level(500.0 + 10.0), rel=0.02)


def test_things_are_of_their_kinds() -> None:
    assert kinds_of(replace(shop(0.0), category="office=lawyer")) == ("work",)
    assert kinds_of(replace(shop(0.0), category="healthcare=midwife")) == ("health",)
    assert kinds_of(replace(shop(0.0), category="amenity=bench")) == ()
    assert kinds_of(Stop(id="s", geometry=Point(0, 0), category="tram")) == ("transit",)
    assert kinds_of(replace(home("h", 0.0), use="hospital")) == ("health", "work")
    assert kinds_of(replace(home("h", 0.0), jobs=3.0)) == ("work",)


def test_edits_of_places_parks_and_ways_show_and_others_cost_nothing() -> None:
    city = a_city(STREET, home("a", 100.0), shop(1600.0))
    first = run(city)
    near = shop(200.0)
    change = change_between({near.id: None}, {near.id: near})
    after = run(city.with_change(change), Previous(first, change))
    assert measure(after, "food_15") > measure(first, "food_15")
    assert run(city, Previous(first, Change({}, {}))) is first
    again = run(city, Previous(after, change.inverse()))
    for mine, theirs in zip(again.measures, first.measures, strict=True):
        assert mine.value == theirs.value
        assert np.array_equal(mine.draws, theirs.draws)
    layer = first.layers[0].values
    assert isinstance(layer, Mapping)
    assert layer == {"a": 0.0}


def test_what_is_missing_is_said() -> None:
    assert Access().missing(a_city(STREET, shop(0.0))) == ("homes",)
    assert Access().missing(a_city(STREET, home("a", 0.0))) == ("places to go to",)
    with pytest.raises(CannotAssess, match="no ways to walk on"):
        run(a_city(home("a", 0.0), shop(5.0)))
    with pytest.raises(Superseded):
        Access().run(a_city(STREET, home("a", 0.0), shop(5.0)), {}, None, lambda: True)


def test_helsinki_is_a_city_of_short_walks() -> None:
    impact = run(read_scene(find_scene("helsinki")).city)
    assert measure(impact, "all_15") > 80.0
    assert measure(impact, "all_5") < measure(impact, "all_10") < measure(impact, "all_15")
    assert all(0.0 <= each.value <= 100.0 and np.isfinite(each.draws).all() for each in impact.measures)


def test_who_cannot_take_stairs_goes_round_or_does_not_get_there() -> None:
    steps = way("steps", (1000.0, 0.0), (1200.0, 0.0), category="steps")
    west, east = way("west", (0.0, 0.0), (1000.0, 0.0)), way("east", (1200.0, 0.0), (2000.0, 0.0))
    around = way("around", (1000.0, 0.0), (1000.0, 100.0), (1200.0, 100.0), (1200.0, 0.0))
    people, goal = home("a", 900.0, 10.0), shop(1300.0, 10.0)
    barred = run(a_city(west, steps, east, people, goal)).output
    open_to_all = run(a_city(west, steps, east, around, people, goal)).output
    assert isinstance(barred, Reach)
    assert isinstance(open_to_all, Reach)
    food = KINDS.index("food")
    assert np.isinf(barred.wheelchair[0, food])
    assert barred.minutes[0, food] < barred.older[0, food] < np.inf
    assert open_to_all.wheelchair[0, food] == pytest.approx(level(600.0) / 0.8, rel=0.05)


def test_cobbles_and_steep_ways_are_for_the_fit() -> None:
    people, goal = home("a", 100.0, 10.0), shop(500.0, 10.0)
    for changes, longer in (({"surface": "sett"}, 1.5), ({"incline_percent": 12.0}, np.inf), ({}, 1.0)):
        found = run(a_city(replace(STREET, **changes), people, goal)).output
        assert isinstance(found, Reach)
        food = KINDS.index("food")
        assert found.wheelchair[0, food] == pytest.approx(found.minutes[0, food] / 0.8 * longer, rel=0.05)


def test_people_cycle_on_quiet_streets_only_and_in_the_right_direction() -> None:
    lane = (Lane("car", 6.0),)
    ride = replace(STREET, category="residential", lanes=lane, modes=frozenset({"foot", "bicycle", "car"}))
    people, goal = home("a", 3.0, 10.0), shop(1999.0, 10.0)
    food = KINDS.index("food")
    for changes, minutes_by_bike in (
        ({}, 2000.0 / 250.0), ({"category": "primary"}, np.inf), ({"speed_kmh": 50.0}, np.inf),
        ({"bicycle_direction": "forward"}, 2000.0 / 250.0), ({"bicycle_direction": "backward"}, np.inf),
        ({"speed_kmh": 50.0, "lanes": (Lane("cycle", 1.5), *lane)}, 2000.0 / 250.0),
    ):  # fmt: skip
        found = run(a_city(replace(ride, **changes), people, goal)).output
        assert isinstance(found, Reach)
        assert found.by_bicycle[0, food] == pytest.approx(minutes_by_bike, abs=0.2)


def test_the_detour_is_the_way_over_the_crow_s() -> None:
    around = way("around", (0.0, 0.0), (0.0, 300.0), (400.0, 300.0), (400.0, 0.0))
    found = run(a_city(around, home("a", 0.0, 0.0), shop(400.0, 0.0)))
    assert measure(found, "detour") == pytest.approx(2.5, rel=0.03)
    straight = run(a_city(STREET, home("a", 100.0, 0.0), shop(500.0, 0.0)))
    assert measure(straight, "detour") == pytest.approx(1.0, rel=0.03)


def test_a_stop_counts_as_often_served_from_six_departures_an_hour() -> None:
    stops = (TimetableStop("s", "Market", 300.0, 5.0), TimetableStop("t", "End", 900.0, 5.0))
    for every_min, share in ((10, 100.0), (12, 0.0)):
        line = Course("1", "tram", (0, 1), (0.0, 3.0), tuple(float(m) for m in range(300, 1380, every_min)))
        facts = Facts(timetable=Timetable(stops, (line,), "2026-03-02", "gtfs"))
        city = replace(a_city(STREET, home("a", 100.0, 10.0), shop(500.0)), facts=facts)
        assert measure(run(city), "often") == pytest.approx(share)
    assert "often" not in {each.id for each in run(a_city(STREET, home("a", 100.0), shop(500.0))).measures}
