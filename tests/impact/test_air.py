"""Air along streets in tiny cities, against formulas, published examples and limit cases."""

from dataclasses import replace

import numpy as np
import pytest
from shapely import LineString, Point, Polygon, box

from citiverse.city.change import Change
from citiverse.city.city import City, city_of
from citiverse.city.defaults import Defaults
from citiverse.city.feature import Building, Feature, Tree
from citiverse.city.frame import Frame
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import find_scene
from citiverse.impact.air.canyon import CELL_M, MOST_CELLS, chunks_of, heights_of, shares_of_types, tree_factors
from citiverse.impact.air.coefficients import background, exhaust_curve, factors, fleet
from citiverse.impact.air.operator import build, conversion, dilution
from citiverse.impact.compare import compare
from citiverse.impact.model import CannotAssess, Impact, Previous, Superseded
from citiverse.impact.models.air import Air, AirField
from citiverse.impact.models.traffic import Traffic
from tests.impact.street import BOUNDS, LINE, NO_TRAFFIC, edited, facade, flows, go_on, measure, outdoors, same, street
from tests.impact.street import HOME as LOW_HOME

HOME = replace(LOW_HOME, geometry=box(190.0, 112.0, 210.0, 122.0), height_m=18.0, levels=6.0)
NORTH = Building(id="north", geometry=box(0.0, 110.0, 400.0, 122.0), height_m=18.0, levels=6.0, use="apartments")
SOUTH = Building(id="south", geometry=box(0.0, 78.0, 400.0, 90.0), height_m=18.0, levels=6.0, use="apartments")


def a_city(*features: Feature, defaults: Defaults | None = None) -> City:
    return city_of(
        [street(), *features], name="tiny", frame=Frame(32633, (0.0, 0.0)), bounds=BOUNDS,
        defaults=defaults or Defaults(country="DE"),
    )  # fmt: skip


def traffic(*lines: LineString, cars: float = 1000.0, trucks: float = 50.0, kmh: float = 40.0) -> Impact:
    return flows(*lines, cars=cars, trucks=trucks, kmh=kmh)


def run(city: City, flows: Impact | None = None, previous: Previous | None = None) -> Impact:
    return Air().run(city, {"traffic": flows or traffic()}, previous, go_on)


def test_dilution_is_that_of_the_four_kinds_of_street() -> None:
    kinds = np.eye(4)
    at_10_m = dilution(np.full(4, 10.0), kinds)
    assert at_10_m == pytest.approx(0.62 * np.array([0.179, 0.304, 0.2175, 0.3308]), rel=1e-12)
    at_40_m = dilution(np.full(4, 40.0), kinds)
    assert at_40_m == pytest.approx(0.62 * 40.0**-0.747 * np.array([0.799, 0.0, 0.856, 0.0]), rel=1e-12)
    assert (dilution(np.full(4, 61.0), kinds) == 0.0).all()
    assert dilution(np.zeros(4), kinds) == pytest.approx(dilution(np.full(4, 3.5), kinds))


def test_ozone_turns_part_of_the_nitrogen_monoxide() -> None:
    # 100 µg/m³ of NOx, 5 % of it NO2, and 40 of ozone: 5 + 0.6 * 40 * 95 / 195.
    assert conversion(np.array([100.0]), 0.05, 40.0)[0] == pytest.approx(16.6923, abs=1e-4)
    assert conversion(np.zeros(1), 0.05, 40.0)[0] == 0.0


def test_a_long_street_adds_what_the_method_says_however_it_is_cut() -> None:
    city = a_city()
    long = LineString([(-3000.0, 0.0), (3000.0, 0.0)])
    halves = (LineString([(-3000.0, 0.0), (7.0, 0.0)]), LineString([(7.0, 0.0), (3000.0, 0.0)]))
    points = np.array([[0.0, 12.0], [0.0, 25.0], [3.0, -12.0]])
    whole, cut = (
        build(points, chunks, shares_of_types(chunks, heights_of(city)), np.ones(len(chunks.ends)), heights_of(city),
              len(lines), go_on)
        for lines in ((long,), halves)
        for chunks in [chunks_of(lines)]
    )  # fmt: skip
    open_road = np.tile([1.0, 0.0, 0.0, 0.0], (3, 1))
    assert whole.sum(axis=1) == pytest.approx(dilution(np.array([12.0, 25.0, 12.0]), open_road), rel=1e-9)
    assert cut.sum(axis=1) == pytest.approx(whole.sum(axis=1), rel=1e-9)


def along(city: City, *away_m: float) -> list[float]:
    """What a long straight street along the x axis adds at points beside its middle."""
    chunks, heights = chunks_of([LineString([(-3000.0, 0.0), (3000.0, 0.0)])]), heights_of(city)
    points = np.array([[0.0, y] for y in away_m])
    shares = shares_of_types(chunks, heights)
    found = build(points, chunks, shares, np.ones(len(chunks.ends)), heights, 1, go_on)
    return [float(each) for each in found.sum(axis=1)]


def test_an_open_road_thins_out_beyond_60_m_like_a_line_of_smoke() -> None:
    """An endless line source, spread as Briggs has it, falls a little slower than with the distance."""
    near, join, twice, far, nothing = along(a_city(), 59.9, 60.1, 120.0, 200.0, 251.0)
    assert join == pytest.approx(near, rel=0.01)
    assert join == pytest.approx(dilution(np.array([60.0]), np.array([[1.0, 0.0, 0.0, 0.0]]))[0], rel=0.01)
    assert join / 3.0 < twice < join / 1.9  # of an endless line half; here it ends 250 m away
    assert twice > far > nothing == 0.0


def test_what_leaves_a_canyon_is_not_told_further_on() -> None:
    walls = [replace(NORTH, id=f"{y}", geometry=box(-3000.0, y, 3000.0, y + 10.0)) for y in (10.0, -20.0)]
    city = replace(a_city(*walls), bounds=(-3100.0, -300.0, 3100.0, 300.0))
    assert along(city, 100.0) == [0.0]


def test_walls_make_canyons() -> None:
    chunks = chunks_of([LineString([(100.0, 100.0), (300.0, 100.0)])])

    def shares(*buildings: Building) -> list[float]:
        return [float(each) for each in shares_of_types(chunks, heights_of(a_city(*buildings))).mean(axis=0).round(6)]

    assert shares() == [1.0, 0.0, 0.0, 0.0]
    assert shares(NORTH) == [0.0, 1.0, 0.0, 0.0]
    assert shares(NORTH, SOUTH) == [0.0, 0.0, 0.0, 1.0]  # 10 m from the axis, 18 m high
    low = (replace(NORTH, height_m=5.0), replace(SOUTH, height_m=5.0))
    assert shares(*low) == [0.0, 0.0, 1.0, 0.0]
    assert shares(replace(NORTH, height_m=3.0)) == [1.0, 0.0, 0.0, 0.0]
    half = replace(NORTH, geometry=box(0.0, 110.0, 200.0, 122.0))
    assert shares(half) == [0.5, 0.5, 0.0, 0.0]


def test_a_courtyard_is_outdoors() -> None:
    ring = replace(NORTH, geometry=Polygon(box(100, 100, 160, 160).exterior, [box(115, 115, 145, 145).exterior]))
    heights = heights_of(a_city(ring))
    west, south, cell = heights.frame
    assert heights.values[int((130 - south) / cell), int((130 - west) / cell)] == 0.0
    assert heights.values[int((105 - south) / cell), int((130 - west) / cell)] == 18.0
    assert heights.values.astype(bool).sum() * cell**2 == pytest.approx(60.0**2 - 30.0**2, rel=0.05)


def test_a_large_region_has_coarser_heights() -> None:
    region = replace(a_city(NORTH), bounds=(0.0, 0.0, 40_000.0, 40_000.0))
    heights = heights_of(region)
    assert heights.values.size <= 1.01 * MOST_CELLS
    assert heights.frame[2] > CELL_M
    assert heights.values.max() == 18.0


def test_trees_keep_air_in_the_street() -> None:
    chunks = chunks_of([LINE])
    rows = [Tree(id=f"t{x}", geometry=Point(x, 105.0), crown_m=6.0) for x in range(0, 400, 10)]
    roof = [Tree(id=f"r{x}-{y}", geometry=Point(x, y), crown_m=10.0) for x in range(0, 400, 8) for y in (92, 100, 108)]
    bare, avenue, under = (tree_factors(chunks, a_city(*trees)) for trees in ([], rows, roof))
    assert (bare == 1.0).all()
    assert (avenue[3:-3] >= 1.2).all()
    assert (avenue < 1.5).all()
    assert under[3:-3] == pytest.approx(1.5)
    assert facade(run(a_city(NORTH, SOUTH, *rows)), "north") > facade(run(a_city(NORTH, SOUTH)), "north")


def test_a_fleet_is_whole_and_grows_cleaner() -> None:
    for year in (1985, 2010, 2025, 2060):
        shares = fleet(Defaults(country="FI", fleet_year=year))
        assert min(shares.values()) >= 0.0
        assert sum(value for key, value in shares.items() if not key.startswith("truck")) == pytest.approx(1.0)
        assert sum(value for key, value in shares.items() if key.startswith("truck")) == pytest.approx(1.0)
    old, new = (factors(Defaults(country="FI", fleet_year=year)) for year in (2012, 2030))
    assert (new.light_exhaust < old.light_exhaust).all()
    assert (new.heavy_exhaust < old.heavy_exhaust).all()
    assert np.array_equal(new.light_wear, old.light_wear)


def test_exhaust_is_near_the_guidebook_s_simpler_factors() -> None:
    """EMEP/EEA guidebook 2023 (update 2025), 1.A.3.b.i-iv, tables 3-17 and 3-19: means over all driving."""
    for name, expected in (("car_diesel_4", 0.599), ("car_diesel_5", 0.562), ("car_petrol_4", 0.064)):
        assert exhaust_curve(name)[0][2:9].mean() == pytest.approx(expected, rel=0.6)


def test_wear_of_heavy_vehicles_is_that_of_a_published_example() -> None:
    """gtfs2emis, emi_europe_emep_wear(): PM10 and PM2.5 of half a bus with two axles at 30 km/h, half loaded."""
    found = factors(Defaults()).heavy_wear[:, 2]
    axles = 2.5 / 2.0
    assert found[2] == pytest.approx(2.0 * (0.00936999 * axles + 0.01674622 + 0.019), rel=1e-5)
    assert found[1] == pytest.approx(2.0 * (0.006558993 * axles + 0.006664313 + 0.01026), rel=1e-5)


def test_streets_without_cars_leave_the_background() -> None:
    impact = run(a_city(HOME), traffic(cars=0.0, trucks=0.0))
    assert measure(impact, "no2_mean") == pytest.approx(background(Defaults(country="DE")).no2)
    assert np.nanmax(outdoors(impact).values) == pytest.approx(16.0)


def test_more_cars_never_clear_the_air() -> None:
    means = [measure(run(a_city(HOME), traffic(cars=cars)), "no2_mean") for cars in (0.0, 10.0, 500.0, 1000.0, 4000.0)]
    assert means == sorted(means)
    assert means[-1] > means[0] + 1.0


def test_an_electric_fleet_still_wears_tyres_and_brakes() -> None:
    city = a_city(HOME, defaults=Defaults(country="NO", fleet_year=2090))
    behind = background(city.defaults)
    assert measure(run(city), "pm25_mean") > behind.pm25
    assert measure(run(city), "no2_mean") - behind.no2 < 0.5 * (measure(run(a_city(HOME)), "no2_mean") - 16.0)


def test_a_canyon_is_worse_than_an_open_road_and_a_yard_is_spared() -> None:
    canyon, alone = run(a_city(NORTH, SOUTH)), run(a_city(NORTH))
    assert facade(canyon, "north") > facade(alone, "north")
    yard = replace(HOME, id="yard", geometry=box(190.0, 140.0, 210.0, 150.0))
    assert facade(run(a_city(NORTH, SOUTH, yard)), "yard") == pytest.approx(16.0)


def test_a_kerbside_on_a_busy_street_is_believable() -> None:
    """20,000 vehicles a day between houses: reports of European cities tell some 5 to 30 µg/m³ over the roofs."""
    added = facade(run(a_city(NORTH, SOUTH), traffic(cars=790.0, trucks=40.0, kmh=30.0)), "north") - 16.0
    assert 2.0 < added < 20.0


def test_saved_work_gives_the_bits_of_a_full_run() -> None:
    city = a_city(NORTH, SOUTH, HOME)
    first = run(city)
    same(run(city, traffic(cars=333.0), Previous(first, Change({}, {}))), run(city, traffic(cars=333.0)))
    lower, change = edited(city, north=replace(NORTH, height_m=4.0))
    there = run(lower, None, Previous(first, change))
    same(there, run(lower))
    same(run(city, None, Previous(there, change.inverse())), first)
    tree = Tree(id="tree", geometry=Point(200.0, 105.0))
    planted, change = edited(city, tree=tree)
    same(run(planted, None, Previous(first, change)), run(planted))
    cut = traffic(LineString([(0.0, 100.0), (150.0, 100.0)]), LineString([(150.0, 100.0), (400.0, 100.0)]))
    same(run(city, cut, Previous(first, Change({}, {}))), run(city, cut))


def test_a_change_of_traffic_reuses_the_operator() -> None:
    city = a_city(NORTH)
    first = run(city)
    after = run(city, traffic(cars=2.0), Previous(first, Change({}, {})))
    assert isinstance(first.output, AirField)
    assert isinstance(after.output, AirField)
    assert after.output.operator is first.output.operator


def test_nobody_and_nothing_is_no_trouble() -> None:
    impact = run(a_city())
    assert all(np.isfinite([each.value, *each.draws]).all() for each in impact.measures)
    assert np.isfinite(outdoors(impact).values).all()
    assert impact.layers[0].values == {}
    city = city_of([HOME], name="tiny", frame=Frame(32633, (0.0, 0.0)))
    assert Air().missing(city) == ("streets for cars",)
    with pytest.raises(CannotAssess, match="no streets with cars"):
        run(city, NO_TRAFFIC)
    with pytest.raises(Superseded):
        Air().run(a_city(HOME), {"traffic": traffic()}, None, lambda: True)


def test_helsinki_is_believable() -> None:
    city = read_scene(find_scene("helsinki")).city
    impact = run(city, Traffic().run(city, {}, None, go_on))
    assert isinstance(impact.output, AirField)
    found = impact.output.found
    added = (found.at - found.around.ug_m3)[: found.receivers.facades]
    assert (added >= -1e-9).all()
    worst = np.percentile(added, 99, axis=0)
    assert 2.0 < worst[0] < 20.0
    assert 0.2 < worst[1] < 5.0
    assert worst[1] < worst[2]


def test_a_difference_nobody_could_measure_is_none() -> None:
    city = a_city(NORTH)
    before, after = run(city, traffic(cars=1000.0)), run(city, traffic(cars=1001.0))
    found = {each.id: each.verdict for each in compare({"air": before}, {"air": after})}
    assert found["no2_mean"] == found["pm25_mean"] == "no clear change"
    much = {each.id: each.verdict for each in compare({"air": before}, {"air": run(city, traffic(cars=3000.0))})}
    assert much["no2_mean"] == much["pm25_mean"] == "worse"
