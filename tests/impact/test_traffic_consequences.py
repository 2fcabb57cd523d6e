"""What traffic means for people: crashes, engines, buses, those who change to another way, those who only pass."""

from dataclasses import replace

import numpy as np
import pytest
from shapely import LineString, Point, box

from citiverse.city.change import change_between
from citiverse.city.city import City, city_of
from citiverse.city.facts import NO_FACTS, Facts
from citiverse.city.feature import MODES, Building, Feature, Lane, Place, Road
from citiverse.city.frame import Frame
from citiverse.city.timetable import Course, Timetable, TimetableStop
from citiverse.impact.model import Impact, Previous
from citiverse.impact.models.traffic import Traffic
from citiverse.impact.traffic.coefficients import coefficients
from citiverse.impact.traffic.consequences import fewer_cars, injury_crashes
from citiverse.impact.traffic.equilibrium import equilibrium
from citiverse.impact.traffic.links import Links, Trips

TWO_WAY = (Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"))


def a_street(id: str, *points: tuple[float, float], category: str = "residential", speed_kmh: float = 30.0) -> Road:
    return Road(
        id=id, geometry=LineString(points), category=category, lanes=TWO_WAY, modes=frozenset(MODES),
        speed_kmh=speed_kmh,
    )  # fmt: skip


def a_town(*more: Feature, facts: Facts = NO_FACTS) -> City:
    """A main street from edge to edge, a side street around its middle part, houses beside both."""
    houses = [
        Building(id=f"h{k}{row}", geometry=box(220 + 40 * k, y, 240 + 40 * k, y + 20), height_m=12.0, use="apartments",
                 levels=4.0, homes=20.0)
        for k in range(8) for row, y in (("s", 115.0), ("n", 240.0))
    ]  # fmt: skip
    streets = [
        a_street("west", (0, 100), (200, 100), category="primary", speed_kmh=50.0),
        a_street("middle", (200, 100), (600, 100), category="primary", speed_kmh=50.0),
        a_street("east", (600, 100), (800, 100), category="primary", speed_kmh=50.0),
        a_street("side", (200, 100), (200, 230), (600, 230), (600, 100)),
    ]
    return city_of(
        [*streets, *houses, *more], name="town", frame=Frame(32635, (385024.0, 6670848.0)), bounds=(0, 0, 800, 400),
        facts=facts,
    )  # fmt: skip


def run(city: City, previous: Previous | None = None) -> Impact:
    return Traffic().run(city, {}, previous, lambda: False)


def values(impact: Impact) -> dict[str, float]:
    return {each.id: each.value for each in impact.measures}


def closed(city: City, id: str) -> City:
    road = city.road(id)
    shut = replace(road, modes=road.modes - {"car", "truck", "bus"})
    return city.with_change(change_between({id: road}, {id: shut}))


def test_through_traffic_spills_to_the_side_street_when_the_main_one_is_shut() -> None:
    before, after = run(a_town()), run(closed(a_town(), "middle"))
    assert values(after)["through_local_km"] > values(before)["through_local_km"] + 500.0
    layer = next(each for each in after.layers if each.id == "traffic_through").values
    assert isinstance(layer, dict)
    assert layer["side"] > 1000.0
    assert layer["middle" if "middle" in layer else "west"] >= 0.0
    assert layer["west"] <= next(e for e in after.layers if e.id == "traffic_flow").values["west"]  # type: ignore[index]


@pytest.mark.parametrize("seed", range(5))
def test_flows_told_apart_add_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tail = np.repeat(np.arange(8), 3)
    head = rng.integers(0, 8, 24)
    links = Links(8, tail, head, np.full(24, 5.0), rng.uniform(1, 3, 24), np.full(24, 0.15), np.full(24, 4.0),
                  np.zeros(24))  # fmt: skip
    trips = Trips(rng.integers(0, 8, 40), rng.integers(0, 8, 40), rng.uniform(0, 3, 40))
    some = rng.random(40) < 0.5
    one, other, both = (equilibrium(links, trips, apart=which) for which in (some, ~some, some | ~some))
    assert one.told_apart + other.told_apart == pytest.approx(both.flow, abs=1e-6)
    assert both.told_apart == pytest.approx(both.flow, abs=1e-6)
    assert (one.told_apart >= 0.0).all()


def test_slower_and_less_traffic_brings_fewer_crashes() -> None:
    table, km = coefficients(), np.array([1e6, 2e6])
    local = np.array([1.0, 0.0])
    usual, draws = injury_crashes(km, np.array([30.0, 40.0]), local, table)
    rules = table.crashes
    assert usual == pytest.approx(rules.per_million_km_local + 2.0 * rules.per_million_km_main)
    slower, slower_draws = injury_crashes(km, np.array([24.0, 32.0]), local, table)
    assert slower == pytest.approx(usual * 0.8**rules.speed_power)
    assert injury_crashes(2.0 * km, np.array([30.0, 40.0]), local, table)[0] == pytest.approx(2.0 * usual)
    assert np.percentile(slower_draws - draws, 95) < 0.0
    assert injury_crashes(0.0 * km, np.array([30.0, 40.0]), local, table)[0] == 0.0


def test_nobody_changes_when_driving_takes_as_long_and_fewer_drive_the_longer_it_takes() -> None:
    table = coefficients()
    assert fewer_cars(0.4, 0.0, table)[0] == pytest.approx(0.0)
    shares = [fewer_cars(0.4, minutes, table)[0] for minutes in (-5.0, 0.0, 5.0, 50.0, 1e6)]
    assert (np.diff(shares) < 0.0).all()
    assert shares[-1] == pytest.approx(-0.4)
    # The pivot-point logit by hand: V falls by 0.025 a minute.
    odds = 0.4 / 0.6 * np.exp(-0.025 * 5.0)
    assert shares[2] == pytest.approx(odds / (1.0 + odds) - 0.4)
    assert fewer_cars(1.0, 5.0, table)[0] == 0.0


def test_a_proposal_that_slows_cars_moves_trips_and_the_city_itself_none() -> None:
    town = a_town()
    before = run(town)
    slow = closed(town, "middle")
    assert values(before)["mode_shift"] == 0.0
    after = values(run(slow))["mode_shift"]
    assert after < 0.0
    again = run(slow, Previous(before, town.change_to(slow)))
    assert values(again)["mode_shift"] == after


def test_an_engine_takes_the_way_that_is_open() -> None:
    station = Place(id="s", geometry=Point(20, 90), category="amenity=fire_station")
    before, after = run(a_town(station)), run(closed(a_town(station), "middle"))
    assert "fire_minutes" not in values(run(a_town()))
    assert "ambulance_minutes" not in values(before)
    assert values(after)["fire_minutes"] > values(before)["fire_minutes"] > 0.2
    layer = next(each for each in before.layers if each.id == "traffic_fire_minutes").values
    assert isinstance(layer, dict)
    # To the house at (230, 125): 180 m and more at 50 km/h, then some 15 m on foot.
    assert 0.2 < layer["h0s"] < 1.5


def test_buses_lose_time_among_cars_and_none_on_their_own_lane() -> None:
    stops = tuple(TimetableStop(str(k), str(k), x, 102.0) for k, x in enumerate((10.0, 205.0, 595.0, 790.0)))
    departures = tuple(float(m) for m in range(0, 1440, 10))
    line = Course("1", "bus", (0, 1, 2, 3), (0.0, 1.0, 2.0, 3.0), departures)
    facts = Facts(timetable=Timetable(stops, (line,), "2026-03-02", "gtfs"))
    town = a_town(facts=facts)
    shared = values(run(town))["bus_delay"]
    assert shared > 0.0
    change = {}
    for id in ("west", "middle", "east"):
        road = town.road(id)
        change[id] = replace(road, lanes=(Lane("bus", 3.0), *road.lanes))
    own = town.with_change(change_between({id: town.road(id) for id in change}, change))
    assert values(run(own))["bus_delay"] == 0.0
    assert "bus_delay" not in values(run(a_town()))
