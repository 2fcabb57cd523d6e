"""Waiting at traffic lights: once for a junction, less at a crossing, and enough to make some drive another way."""

import numpy as np
import pytest
from shapely import LineString, Point

from citiverse.city.city import City, city_of
from citiverse.city.feature import MODES, Furniture, Lane, Road
from citiverse.city.frame import Frame
from citiverse.impact.traffic.assignment import streets_in
from citiverse.impact.traffic.coefficients import coefficients
from citiverse.impact.traffic.signals import waits_min
from citiverse.shape.network import ways_of

RULES = coefficients().signals


def a_street(id: str, *points: tuple[float, float]) -> Road:
    lanes = (Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"))
    return Road(
        id=id, geometry=LineString(points), category="residential", lanes=lanes, modes=frozenset(MODES), speed_kmh=30.0
    )


def lights(id: str, x: float, y: float) -> Furniture:
    return Furniture(id=id, geometry=Point(x, y), category="traffic_signals")


def a_cross(*signals: Furniture) -> City:
    """Two carriageways 20 m apart that a street crosses."""
    streets = [
        a_street("north", (0, -200), (0, 0), (0, 20), (0, 200)),
        a_street("east", (-300, 0), (0, 0), (300, 0)),
        a_street("west", (-300, 20), (0, 20), (300, 20)),
    ]
    return city_of([*streets, *signals], name="cross", frame=Frame(32635, (385024.0, 6670848.0)))


def waits_s(city: City, *, of: str, after: tuple[float, float], to: tuple[float, float]) -> float:
    streets = streets_in(city, coefficients())
    network, ways = streets.network, streets.ways
    for way in range(len(ways)):
        ends = network.points[[ways.tail[way], ways.head[way]]]
        if network.roads[network.road[ways.piece[way]]].id == of and np.allclose(ends, [after, to]):
            return float(streets.links.fixed[way]) * 60.0
    raise AssertionError(of)


def test_no_lights_no_wait() -> None:
    assert not streets_in(a_cross(), coefficients()).links.fixed.any()


def test_one_waits_once_for_a_junction_of_two_carriageways() -> None:
    town = a_cross(lights("a", 0, 0), lights("b", 0, 20), lights("c", 8, 0))
    assert waits_s(town, of="north", after=(0, -200), to=(0, 0)) == pytest.approx(RULES.junction_s)
    assert waits_s(town, of="north", after=(0, 0), to=(0, 20)) == 0.0
    assert waits_s(town, of="north", after=(0, 20), to=(0, 200)) == 0.0
    assert RULES.junction_s == pytest.approx(80.0 * 0.5**2 / 2.0)  # Webster (1958), without traffic


def test_at_a_crossing_between_junctions_both_directions_wait_a_little() -> None:
    town = a_cross(lights("zebra", 151, 1))
    there, back = (
        waits_s(town, of="east", after=a, to=b) for a, b in (((0, 0), (300, 0)), ((300, 0), (0, 0)))
    )  # fmt: skip
    assert there == back == pytest.approx(RULES.crossing_s)
    assert 0.0 < RULES.crossing_s < RULES.junction_s


def test_lights_in_a_park_and_a_town_without_streets_are_no_trouble() -> None:
    assert not streets_in(a_cross(lights("far", 150, 120)), coefficients()).links.fixed.any()
    network = streets_in(a_cross(), coefficients()).network
    nothing = streets_in(city_of([lights("a", 0, 0)], name="none", frame=Frame(32635, (0.0, 0.0))), coefficients())
    assert len(nothing.links) == 0
    assert not waits_min(network, ways_of(network, "car"), np.zeros((0, 2)), RULES).any()
