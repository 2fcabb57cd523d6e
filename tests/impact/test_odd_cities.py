"""Cities that lack something, or whose data say nonsense: figures that are numbers, or a sentence that says why not."""

from dataclasses import replace

import numpy as np
import pytest
from shapely import LineString, Point, box

from citiverse.city.background import Background
from citiverse.city.change import change_between
from citiverse.city.city import City, city_of
from citiverse.city.counts import TrafficCount
from citiverse.city.defaults import Defaults
from citiverse.city.facts import NO_FACTS, Facts
from citiverse.city.feature import MODES, Building, Feature, Lane, Place, Road
from citiverse.city.frame import Frame
from citiverse.city.people import Population
from citiverse.city.timetable import Course, Timetable, TimetableStop
from citiverse.geometry.grid import Grid
from citiverse.impact.compare import compare
from citiverse.impact.models import OURS
from citiverse.impact.schedule import assess, in_order
from citiverse.impact.who import who


def road(id: str, *points: tuple[float, float]) -> Road:
    lanes = (Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"))
    return Road(id=id, geometry=LineString(points), category="primary", lanes=lanes, modes=frozenset(MODES))


ROADS = [road("a", (0, 100), (200, 100), (400, 100)), road("b", (200, 0), (200, 100), (200, 300))]
HOUSES = [
    Building(id=f"h{k}{y}", geometry=box(20 + 60 * k, y, 40 + 60 * k, y + 20), height_m=10.0, use="apartments",
             homes=100.0)
    for k in range(6) for y in (60, 120)
]  # fmt: skip
PLACES = [
    Place(id="f", geometry=Point(10, 90), category="amenity=fire_station"),
    Place(id="s", geometry=Point(300, 90), category="shop=supermarket"),
]
NAN, INF = float("nan"), float("inf")


def city(
    *features: Feature, facts: Facts = NO_FACTS, defaults: Defaults = Defaults()
) -> City:  # fmt: skip
    return city_of(
        features or [*ROADS, *HOUSES, *PLACES], name="odd", frame=Frame(32635, (385024.0, 6670848.0)),
        bounds=(0, 0, 400, 300), facts=facts, defaults=defaults,
    )  # fmt: skip


def people(*count: float) -> Facts:
    places = np.array([box(0, 0, 200, 300), box(200, 0, 400, 300)][: len(count)], dtype=object)
    return Facts(population=Population(places=places, people=np.array(count), source="p"))


def background(*row: float) -> Facts:
    return Facts(background=(Background("no2", Grid(np.array([row]), 0.0, 0.0, 200.0, "ug/m3"), "s"),))


def counts(*per_day: float) -> Facts:
    return Facts(
        counts=tuple(
            TrafficCount(id=str(n), x_m=100.0, y_m=100.0, of="motor", per_day=each) for n, each in enumerate(per_day)
        )
    )


def timetable(*courses: Course) -> Facts:
    stops = (TimetableStop("1", "a", 10.0, 100.0), TimetableStop("2", "b", 390.0, 100.0)) if courses else ()
    return Facts(timetable=Timetable(stops, courses, "2026-01-01", "g"))


ODD = {
    "one road": city(ROADS[0]),
    "one house": city(HOUSES[0]),
    "nobody at home": city(*ROADS, replace(HOUSES[0], use="garage", homes=0.0)),
    "standing traffic": city(*(replace(each, speed_kmh=0.0) for each in ROADS), *HOUSES, *PLACES),
    "islands": city(road("i", (50, 50), (60, 50)), road("j", (300, 250), (310, 250)), *HOUSES),
    "people who are no number": city(facts=people(NAN, -5.0)),
    "people everywhere": city(facts=people(1e9, 1e9)),
    "places without people": city(facts=people()),
    "a background without a number": city(facts=background(NAN, INF)),
    "a background with holes": city(facts=background(NAN, -3.0, 12.0)),
    "counts beyond belief": city(facts=counts(1e12, 0.0, NAN)),
    "an empty street counted": city(facts=counts(0.0)),
    "a timetable without stops": city(facts=timetable()),
    "lines that go nowhere": city(
        facts=timetable(Course("1", "bus", (0,), (0.0,), (400.0,)), Course("2", "bus", (0, 1), (0.0, 5.0), ()))
    ),
    "an absurd fleet": city(defaults=Defaults(country="ZZ", fleet_year=1800, car_share=1.0, truck_share=50.0)),
    "a fleet of the far future": city(defaults=Defaults(fleet_year=9999, car_share=0.0, truck_share=0.0)),
    "people below zero": city(defaults=Defaults(residents_per_home=-2.0, trips_per_person_per_day=-1.0)),
}


@pytest.mark.parametrize("name", ODD)
def test_figures_are_numbers_or_refused_with_a_sentence_even_with_every_street_closed(name: str) -> None:
    before = ODD[name]
    models = in_order(OURS)
    found = assess(before, models)
    roads = {each.id: each for each in before.all(Road)}
    after = before.with_change(
        change_between(roads, {id: replace(each, modes=frozenset()) for id, each in roads.items()})
    )
    then = assess(after, models, previous=found)
    for assessment in (found, then):
        assert assessment.impacts.keys() | assessment.refused.keys() == {model.name for model in models}
        assert all(sentence.endswith(".") for sentence in assessment.refused.values())
        for impact in assessment.impacts.values():
            for measure in impact.measures:
                assert np.isfinite([measure.value, *measure.draws]).all(), measure.id
            for layer in impact.layers:
                if not isinstance(layer.values, Grid):
                    assert np.isfinite(list(layer.values.values())).all(), layer.id
    for each in compare(found.impacts, then.impacts):
        assert each.low <= each.difference <= each.high
    for shift in who(before, found.impacts, then.impacts, after):
        assert shift.people >= 0.0
