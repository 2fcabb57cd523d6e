"""Counts on streets bring the trips into line."""

from dataclasses import replace

import numpy as np
import pytest
from shapely import LineString, box

from citiverse.city.change import change_between
from citiverse.city.city import City, city_of
from citiverse.city.counts import TrafficCount
from citiverse.city.facts import Facts
from citiverse.city.feature import MODES, Building, Lane, Road
from citiverse.city.frame import Frame
from citiverse.impact.model import Impact, Previous
from citiverse.impact.models.traffic import Traffic, TrafficFound
from citiverse.impact.traffic.assignment import streets_of
from citiverse.impact.traffic.calibration import match
from citiverse.impact.traffic.coefficients import coefficients
from citiverse.impact.traffic.demand import car_network
from citiverse.shape.network import ways_of


def a_street(id: str, *points: tuple[float, float], main: bool = False) -> Road:
    lanes = (Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"))
    return Road(
        id=id, name=id.upper(), geometry=LineString(points), category="primary" if main else "residential", lanes=lanes,
        modes=frozenset(MODES), speed_kmh=50.0 if main else 30.0,
    )  # fmt: skip


def a_town(*counts: TrafficCount) -> City:
    """Two main streets that cross and leave the scene, a residential street between them, houses."""
    streets = [
        a_street("east", (0, 300), (300, 300), (500, 300), (800, 300), main=True),
        a_street("north", (300, 0), (300, 300), (300, 500), (300, 800), main=True),
        a_street("side", (500, 300), (500, 500), (300, 500)),
    ]
    houses = [
        Building(id=f"h{k}", geometry=box(x, y, x + 40, y + 40), height_m=15.0, use="apartments", levels=5.0)
        for k, (x, y) in enumerate([(330, 330), (420, 430), (520, 420), (100, 320), (320, 620), (620, 320)])
    ]
    return city_of(
        [*streets, *houses], name="town", frame=Frame(32635, (385024.0, 6670848.0)), bounds=(0, 0, 800, 800),
        facts=Facts(counts=counts),
    )  # fmt: skip


def run(city: City, previous: Previous | None = None) -> Impact:
    return Traffic().run(city, {}, previous, lambda: False)


def flow(impact: Impact, id: str, x: float, y: float) -> float:
    """Vehicles a day on the piece of a street nearest to a place."""
    found = impact.output
    assert isinstance(found, TrafficFound)
    away = [
        line.distance(LineString([(x, y), (x, y + 0.1)])) if road == id else np.inf
        for road, line in zip(found.road_ids, found.lines, strict=True)
    ]
    per_h = (found.light_per_h + found.heavy_per_h)[int(np.argmin(away))]
    return float(per_h @ [12.0, 4.0, 8.0])


def test_flows_come_near_to_the_counts_and_the_note_says_so() -> None:
    plain = run(a_town())
    wanted = {(100.0, 300.0): 1.6 * flow(plain, "east", 100, 300), (500.0, 400.0): 0.5 * flow(plain, "side", 500, 400)}
    counts = [TrafficCount(id=str(k), x_m=x, y_m=y, of="motor", per_day=n) for k, ((x, y), n) in
              enumerate(wanted.items())]  # fmt: skip
    found = run(a_town(*counts))
    assert flow(found, "east", 100, 300) == pytest.approx(wanted[100.0, 300.0], rel=0.1)
    assert flow(found, "side", 500, 400) == pytest.approx(wanted[500.0, 400.0], rel=0.35)
    assert "2 counts of motor traffic" in found.notes[0]


def test_counts_that_agree_change_nothing() -> None:
    plain = run(a_town())
    count = TrafficCount(id="a", x_m=100.0, y_m=300.0, of="motor", per_day=flow(plain, "east", 100, 300))
    found = run(a_town(count))
    assert flow(found, "north", 300, 100) == pytest.approx(flow(plain, "north", 300, 100), rel=0.01)


def test_a_proposal_keeps_what_counts_have_taught() -> None:
    count = TrafficCount(id="a", x_m=100.0, y_m=300.0, of="motor", per_day=20_000.0)
    town = a_town(count)
    before = run(town)
    side = town.road("side")
    shut = town.with_change(change_between({"side": side}, {"side": replace(side, modes=frozenset({"foot"}))}))
    cold, reused = run(shut), run(shut, Previous(before, town.change_to(shut)))
    assert [each.value for each in cold.measures] == [each.value for each in reused.measures]
    assert flow(cold, "east", 100, 300) == pytest.approx(flow(before, "east", 100, 300), rel=0.1)


def test_counts_are_matched_by_place_name_and_heading() -> None:
    town = a_town()
    network = car_network(town)
    streets = streets_of(network, ways_of(network, "car"), coefficients(), np.zeros((0, 2)))
    here = TrafficCount(id="a", x_m=100.0, y_m=310.0, of="motor", per_day=100.0)
    both, eastward, named, far, bicycles, nobody = (
        match([each], streets)
        for each in (
            here, replace(here, heading_deg=90.0), replace(here, x_m=305.0, y_m=305.0, road="North"),
            replace(here, y_m=400.0), replace(here, of="bicycle"), replace(here, per_day=float("nan")),
        )
    )  # fmt: skip
    assert len(both[0].ways) == 2
    assert len(eastward[0].ways) == 1
    assert streets.ways.forward[eastward[0].ways[0]]
    assert network.roads[network.road[streets.ways.piece[named[0].ways[0]]]].id == "north"
    assert far == bicycles == nobody == []
