"""Health: response functions against published worked examples, and what they make of a street."""

from dataclasses import replace

import numpy as np
import pytest
from shapely import LineString, box

from citiverse.city.city import City, city_of
from citiverse.city.defaults import Defaults
from citiverse.city.feature import Building, Feature, Lane, Road
from citiverse.city.frame import Frame
from citiverse.impact.compare import compare
from citiverse.impact.health.response import attributable, deaths_avoided, disturbed, heart_fraction, risk_draws, table
from citiverse.impact.model import CannotAssess, Impact
from citiverse.impact.models import MODELS
from citiverse.impact.models.air import Air
from citiverse.impact.models.health import Health
from citiverse.impact.models.noise import Noise
from citiverse.impact.schedule import in_order
from citiverse.impact.streets import StreetTraffic

LINE = LineString([(0.0, 100.0), (400.0, 100.0)])
ROAD = Road(id="street", geometry=LINE, category="primary", lanes=(Lane("car", 6.0),), modes=frozenset({"car"}))
HOMES = Building(
    id="homes", geometry=box(20.0, 110.0, 380.0, 124.0), height_m=18.0, levels=6.0, use="apartments", homes=1000.0
)


def a_city(*features: Feature) -> City:
    return city_of(
        [ROAD, *features], name="tiny", frame=Frame(32633, (0.0, 0.0)), bounds=(0.0, 0.0, 400.0, 300.0),
        defaults=Defaults(country="DE"),
    )  # fmt: skip


def traffic(cars: float) -> Impact:
    ones = np.ones((1, 3))
    streets = StreetTraffic(
        road_ids=("street",), lines=(LINE,), light_per_h=cars * ones, heavy_per_h=0.05 * cars * ones,
        light_kmh=40.0 * ones, heavy_kmh=40.0 * ones, surfaces=("asphalt",), gradient_percent=np.zeros(1),
    )  # fmt: skip
    return Impact("traffic", "1", "full", (), (), streets)


def go_on() -> bool:
    return False


def run(city: City, cars: float = 800.0) -> Impact:
    flows = {"traffic": traffic(cars)}
    noise, air = Noise().run(city, flows, None, go_on), Air().run(city, flows, None, go_on)
    needs = {**flows, "noise": noise, "air": air}
    return Health().run(city, needs, None, go_on)


def measure(impact: Impact, id: str) -> float:
    return next(each.value for each in impact.measures if each.id == id)


def test_attributable_cases_are_those_of_airq_plus() -> None:
    """WHO AirQ+ on chronic obstructive disease, as healthiar checks itself against: 3502 (1353 to 5474) cases."""
    steps = np.array([(8.85 - 5.0) / 10.0])
    cases = [float(attributable(30_747.0, risk, steps)[0]) for risk in (1.369, 1.124, 1.664)]
    assert [round(each) for each in cases] == [3502, 1353, 5474]


def test_the_annoyed_are_those_of_a_published_example() -> None:
    """Road noise by bands of 5 dB in a whole country, a worked example of healthiar: 174,232 highly annoyed."""
    level = np.array([57.5, 62.5, 67.5, 72.5, 77.5])
    people = np.array([387_500, 286_000, 191_800, 72_200, 7_700])
    assert float(disturbed("annoyance", level) @ people) == pytest.approx(174_232, abs=1.0)


def test_sleep_is_disturbed_by_the_directive_s_curve() -> None:
    # 19.4312 - 0.9336 * 55 + 0.0126 * 55 squared
    assert disturbed("sleep", np.array([55.0]))[0] == pytest.approx(0.061982, abs=1e-6)


def test_heart_disease_follows_the_directive_s_formulas() -> None:
    people = np.array([300.0, 700.0])
    # Three in ten at 63 dB: an excess risk of 0.3 * 0.08.
    assert heart_fraction(np.array([63.0, 40.0]), people) == pytest.approx(0.024 / 1.024)
    assert heart_fraction(np.array([53.0, 40.0]), people) == pytest.approx(0.0)
    assert heart_fraction(np.array([[63.0, 63.0]] * 2), people, np.array([1.08, 1.16])) == pytest.approx(
        [0.08 / 1.08, 0.16 / 1.16]
    )


@pytest.mark.parametrize("effect", ["annoyance", "sleep"])
def test_more_noise_never_disturbs_fewer(effect: str) -> None:
    found = disturbed(effect, np.arange(0.0, 100.0, 0.5))
    assert (np.diff(found) >= -1e-12).all()
    assert (found >= 0.0).all()
    assert (found <= 1.0).all()


def test_risks_are_drawn_from_their_published_intervals() -> None:
    for effect in ("heart", "pm25", "no2"):
        middle, low, high = table()[effect]["relative_risk"]
        drawn = risk_draws(effect, np.array([-1.959964, 0.0, 1.959964]))
        assert drawn[0] == pytest.approx(middle)
        assert drawn[3] / drawn[1] == pytest.approx(high / low)


def test_fewer_cars_mean_fewer_ill_and_the_intervals_know_it() -> None:
    city = a_city(HOMES)
    busy, calm = run(city, 1200.0), run(city, 300.0)
    for more, fewer in zip(busy.measures, calm.measures, strict=True):
        assert more.value > fewer.value > 0.0
    told = {each.id: each for each in compare({"health": busy}, {"health": calm})}
    assert told["annoyed"].verdict == "better"
    assert told["annoyed"].high < 0.0
    # A fraction of a death a year in a district of this size is no clear change.
    told = {each.id: each for each in compare({"health": busy}, {"health": run(city, 900.0)})}
    assert told["deaths_pm25"].difference < 0.0
    assert told["deaths_pm25"].verdict == "no clear change"


def test_figures_are_of_a_believable_size() -> None:
    impact = run(a_city(HOMES))
    assert 500.0 < measure(impact, "annoyed") < 4000.0
    assert 100.0 < measure(impact, "sleep_disturbed") < 1500.0
    assert 0.0 < measure(impact, "heart_disease") < 15.0
    assert 0.0 < measure(impact, "deaths_pm25") < 5.0
    assert all(np.isfinite([each.value, *each.draws]).all() for each in impact.measures)


def test_particles_and_no2_are_never_added() -> None:
    impact = run(a_city(HOMES))
    single = [measure(impact, "deaths_pm25"), measure(impact, "deaths_no2")]
    others = [each.value for each in impact.measures if not each.id.startswith("deaths_")]
    assert not any(each == pytest.approx(sum(single)) for each in others)
    assert any("must not be added" in each for each in impact.notes)


def test_it_is_silent_on_few_people() -> None:
    few = a_city(replace(HOMES, homes=50.0))
    assert Health().missing(few) == ("homes for 1,000 residents",)
    assert Health().missing(a_city(HOMES)) == ()
    with pytest.raises(CannotAssess, match="districts only"):
        run(few)


def test_the_same_city_has_the_same_figures() -> None:
    for one, other in zip(run(a_city(HOMES)).measures, run(a_city(HOMES)).measures, strict=True):
        assert one.value == other.value
        assert np.array_equal(one.draws, other.draws)


def test_it_runs_after_what_it_needs() -> None:
    names = [model.name for model in in_order(MODELS, ["health"])]
    assert names == ["traffic", "noise", "air", "health"]


def test_heat_is_that_of_the_published_case() -> None:
    """A bike-share scheme (PMC7441747, table 3): 3.843 minutes a day, 96,142 users, 126 and 211 deaths per 100,000.

    Its 1 and 5 deaths a year are net of air pollution and crashes; without those, and half of the trips being new in
    the first, the bare formula gives 1.6 to 1.7 and 5.4 to 5.6.
    """
    low, high = (
        float(deaths_avoided("cycling", 96_142 * new, 3.843 * 7.0, rate / 100_000.0, 0.899))
        for new, rate in ((0.5, 126.47), (1.0, 210.79))
    )
    assert low == pytest.approx(1.65, abs=0.05)
    assert high == pytest.approx(5.51, abs=0.05)


def test_moving_more_spares_more_up_to_a_bound_and_less_costs() -> None:
    found = deaths_avoided("walking", 1000.0, np.array([-168.0, 0.0, 84.0, 168.0, 1e6]), 0.01)
    assert found.tolist() == pytest.approx([-1.1, 0.0, 0.55, 1.1, 3.0])
