"""Trams: what wheels and rails make of roughness, where trams run, and how their sound spreads."""

from dataclasses import replace

import numpy as np
import pytest
from shapely import LineString, box

from citiverse.city.city import City, city_of
from citiverse.city.facts import NO_FACTS, Facts
from citiverse.city.feature import Building, Feature, Rail
from citiverse.city.frame import Frame
from citiverse.city.timetable import Course, Timetable, TimetableStop
from citiverse.impact.model import Impact, Previous
from citiverse.impact.models.noise import Noise, NoiseField
from citiverse.impact.noise.operator import build, pieces_of
from citiverse.impact.noise.power import assumptions
from citiverse.impact.noise.propagation import air_absorption
from citiverse.impact.noise.rail import track_energy, tram_power
from citiverse.impact.noise.site import ground_factors, surroundings
from citiverse.impact.noise.tracks import tracks_of
from citiverse.impact.receivers import Receivers
from tests.impact.street import BOUNDS, HOME, edited, facade, flows, go_on, street

TRACK = Rail(id="track", geometry=LineString([(0.0, 110.0), (200.0, 110.0), (400.0, 110.0)]), category="tram")
BRANCH = Rail(id="branch", geometry=LineString([(200.0, 110.0), (200.0, 300.0)]), category="tram")
USUAL = assumptions()["trams"]


def a_city(*features: Feature, facts: Facts = NO_FACTS) -> City:
    return city_of(
        [street(), *features], name="tiny", frame=Frame(32633, (0.0, 0.0)), bounds=BOUNDS, facts=facts
    )  # fmt: skip


def timetable(*departures: float, stops: tuple[tuple[float, float], ...] = ((5.0, 112.0), (199.0, 300.0))) -> Facts:
    places = tuple(TimetableStop(str(k), str(k), *place) for k, place in enumerate(stops))
    course = Course("1", "tram", tuple(range(len(stops))), tuple(2.0 * k for k in range(len(stops))), departures)
    bus = replace(course, line="2", mode="bus")
    return Facts(timetable=Timetable(places, (course, bus), "2026-01-01", "g"))


def run(city: City, previous: Previous | None = None, cars: float = 0.0) -> Impact:
    return Noise().run(city, {"traffic": flows(cars=cars, trucks=0.0, kmh=50.0)}, previous, go_on)


def test_rolling_at_72_km_per_hour_is_what_the_tables_say_at_a_wavelength_of_20_mm() -> None:
    """20 m/s: the thirds of 800, 1000 and 1250 Hz are wavelengths of 25, 20 and 16 mm; tables G-1 to G-3 by hand."""
    level = 10.0 * np.log10(tram_power(72.0, 8.0)[4])
    assert level == pytest.approx(108.69, abs=0.1)  # bands lie 0.2 % apart


def test_slow_trams_sound_as_at_30_km_per_hour_and_fast_ones_louder() -> None:
    assert np.array_equal(tram_power(10.0, 8.0), tram_power(30.0, 8.0))
    assert (tram_power(60.0, 8.0) > tram_power(30.0, 8.0)).all()
    assert np.allclose(tram_power(30.0, 12.0), 1.5 * tram_power(30.0, 8.0))
    assert np.allclose(track_energy(np.array([6.0, 0.0]), 36.0, 8.0)[0], 6.0 * tram_power(36.0, 8.0) / 36_000.0)
    assert not track_energy(np.array([0.0]), 36.0, 8.0).any()


def test_a_tram_passing_by_is_as_loud_as_people_measure() -> None:
    """At 7.5 m beside the track at 30 km/h: some 70 to 78 dB(A) (limit cases of tenders for new trams)."""
    weights = 10.0 ** (np.array([-26.2, -16.1, -8.6, -3.2, 0.0, 1.2, 1.0, -1.1]) / 10.0)
    power = 10.0 * np.log10((tram_power(30.0, 8.0) * weights).sum())
    assert 70.0 < power - 10.0 * np.log10(4.0 * 7.5 * 27.0) < 78.0  # half of the way round, over 27 m of tram


def test_without_a_timetable_all_tracks_have_the_usual_trams() -> None:
    metro = replace(TRACK, id="metro", category="subway")
    tracks = tracks_of(a_city(TRACK, BRANCH, metro), USUAL)
    assert [rail.id for rail in tracks.rails] == ["track", "branch"]
    assert np.array_equal(tracks.trams_per_h[0], [USUAL["day"], USUAL["evening"], USUAL["night"]])
    assert not tracks.timed


def test_trams_of_the_timetable_run_along_the_tracks() -> None:
    facts = timetable(*(8.0 * 60.0 + 10.0 * k for k in range(24)), 20.0 * 60.0, 24.5 * 60.0)
    tracks = tracks_of(a_city(TRACK, BRANCH, facts=facts), USUAL)
    assert tracks.timed
    assert tracks.trams_per_h[1] == pytest.approx([24.0 / 12.0, 1.0 / 4.0, 1.0 / 8.0])
    assert tracks.trams_per_h[0] == pytest.approx(0.5 * tracks.trams_per_h[1], rel=0.1)  # the western half alone


def test_a_line_that_comes_from_outside_enters_at_the_end_of_a_track() -> None:
    facts = timetable(480.0, stops=((-900.0, 110.0), (390.0, 112.0)))
    tracks = tracks_of(a_city(TRACK, facts=facts), USUAL)
    assert tracks.trams_per_h[0] == pytest.approx([1.0 / 12.0, 0.0, 0.0], rel=0.05)


def test_trams_that_never_come_leave_the_usual_ones() -> None:
    assert not tracks_of(a_city(TRACK, facts=timetable()), USUAL).timed
    assert tracks_of(a_city(), USUAL).trams_per_h.shape == (0, 3)


def test_wheels_and_rails_sound_to_the_side() -> None:
    """Beside a long track half of the energy of a source that sounds alike all around: the mean of sine squared."""
    city = a_city(Building(id="far", geometry=box(390.0, 290.0, 395.0, 295.0), height_m=3.0))
    around = surroundings(city, ground_factors(city))
    places = np.array([[0.0, 40.0, 0.0]])
    none = np.zeros(0, dtype=np.int64)
    receivers = Receivers(places, none, np.zeros(1, dtype=np.int64), 1, 1, 10.0, (0.0, 0.0))
    pieces = pieces_of([LineString([(-3000.0, 0.0), (3000.0, 0.0)])], city.terrain)

    def heard(*, track: bool) -> float:
        found = build(
            receivers, pieces, around, 0.0 * air_absorption(), reach_m=9000.0, kept=0.0, track=track, cancelled=go_on
        )
        return float(found.transfer[:, 0].sum())

    assert heard(track=True) / heard(track=False) == pytest.approx(0.01 + 0.99 * 0.5, rel=0.08)


def test_trams_are_heard_with_the_cars_and_not_out_of_a_tunnel() -> None:
    cars, trams, both = run(a_city(HOME), cars=300.0), run(a_city(HOME, TRACK)), run(a_city(HOME, TRACK), cars=300.0)
    assert facade(both) > max(facade(cars), facade(trams))
    together = 10.0 * np.log10(10.0 ** (facade(cars) / 10.0) + 10.0 ** (facade(trams) / 10.0))
    assert facade(both) == pytest.approx(together, abs=0.05)
    assert 50.0 < facade(trams) < 65.0
    assert facade(run(a_city(HOME, replace(TRACK, tunnel=True)))) == pytest.approx(20.0)
    assert any("Each track" in note for note in trams.notes)


def test_a_track_torn_up_gives_the_bits_of_a_full_run_and_undo_the_first_ones() -> None:
    city = a_city(HOME, TRACK, BRANCH)
    first = run(city, cars=100.0)
    after, change = edited(city, branch=None)
    there, full = run(after, Previous(first, change), cars=100.0), run(after, cars=100.0)
    back = run(city, Previous(there, change.inverse()), cars=100.0)
    for one, other in ((there, full), (back, first)):
        assert isinstance(one.output, NoiseField)
        assert isinstance(other.output, NoiseField)
        assert np.array_equal(one.output.found.lden, other.output.found.lden)
        assert np.array_equal(one.output.from_tracks.transfer, other.output.from_tracks.transfer)
