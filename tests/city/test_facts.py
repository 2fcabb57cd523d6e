"""What a city carries beside its features: it stays through edits and shows in the revision."""

from dataclasses import replace

import numpy as np
import shapely

from citiverse.city.background import Background
from citiverse.city.change import Change
from citiverse.city.city import City, city_of
from citiverse.city.counts import TrafficCount
from citiverse.city.facts import NO_FACTS, Facts
from citiverse.city.feature import Tree
from citiverse.city.frame import Frame
from citiverse.city.people import Population
from citiverse.city.plan import Parcel, Zone
from citiverse.city.timetable import Course, Timetable, TimetableStop
from citiverse.geometry.grid import Grid

TREE = Tree(id="osm:n1", geometry=shapely.Point(5, 5))


def people(count: float) -> Population:
    places = np.array([shapely.box(0, 0, 100, 100), shapely.Point(150, 50)], dtype=object)
    return Population(places, np.array([count, 3.0]), "grid")


def town(facts: Facts = NO_FACTS) -> City:
    return city_of([TREE], name="town", frame=Frame(32632, (0.0, 0.0)), facts=facts)


def test_a_change_keeps_what_is_known_of_people_and_plan() -> None:
    facts = Facts(population=people(12.0), zones=(Zone(id="z1", geometry=shapely.box(0, 0, 9, 9)),))
    after = town(facts).with_change(Change({TREE.id: TREE}, {TREE.id: None}))
    assert after.facts is facts


def test_the_revision_of_a_city_without_facts_is_that_of_its_features() -> None:
    assert town().fingerprint() == town(Facts()).fingerprint()
    assert int(town().fingerprint(), 16) == town().base.fingerprint


def test_every_fact_shows_in_the_revision() -> None:
    grid = Grid(np.full((2, 2), 11.0), 0.0, 0.0, 100.0, "ug/m3")
    stop = TimetableStop("1", "Square", 5.0, 5.0)
    known = [
        NO_FACTS,
        Facts(population=people(12.0)),
        Facts(population=people(13.0)),
        Facts(counts=(TrafficCount(id="c", x_m=1.0, y_m=1.0, of="motor", per_day=900.0),)),
        Facts(background=(Background("no2", grid, "air"),)),
        Facts(background=(Background("no2", replace(grid, values=grid.values + 1.0), "air"),)),
        Facts(zones=(Zone(id="z", geometry=shapely.box(0, 0, 9, 9), max_height_m=12.0),)),
        Facts(zones=(Zone(id="z", geometry=shapely.box(0, 0, 9, 9), max_height_m=15.0),)),
        Facts(parcels=(Parcel(id="z", geometry=shapely.box(0, 0, 9, 9)),)),
        Facts(timetable=Timetable((stop,), (), "2025-03-04", "gtfs")),
    ]
    prints = [town(facts).fingerprint() for facts in known]
    assert len(set(prints)) == len(known)
    assert town(Facts(population=people(12.0))).fingerprint() == prints[1]


def test_zones_and_parcels_are_found_by_the_ground_they_share() -> None:
    west, east = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
    facts = Facts(
        zones=(Zone(id="w", geometry=west), Zone(id="e", geometry=east)), parcels=(Parcel(id="p", geometry=east),)
    )
    assert [zone.id for zone in facts.zones_on(shapely.box(8, 1, 12, 2))] == ["w", "e"]
    assert [zone.id for zone in facts.zones_on(shapely.box(5, 5, 10, 9))] == ["w"]
    assert [parcel.id for parcel in facts.parcels_on(shapely.Point(15, 5))] == ["p"]
    assert NO_FACTS.zones_on(west) == []


def test_departures_are_told_for_every_stop_in_the_hour_they_leave_it() -> None:
    stops = tuple(TimetableStop(str(n), f"Stop {n}", 0.0, 0.0) for n in range(3))
    course = Course("4", "tram", (0, 1, 2), (0.0, 10.0, 75.0), (7 * 60.0, 7 * 60.0 + 55.0, 23 * 60.0 + 55.0))
    timetable = Timetable(stops, (course,), "2025-03-04", "gtfs")
    assert np.flatnonzero(timetable.departures[0]).tolist() == [7, 23]
    assert timetable.departures[0, 7] == 2.0
    assert np.flatnonzero(timetable.departures[1]).tolist() == [0, 7, 8]
    assert timetable.departures[2].sum() == 0.0
    assert timetable.lines_at(2) == ("4",)
