"""Road noise in tiny cities: what an edit does to it, and that work saved is work done."""

from dataclasses import replace

import numpy as np
import pytest
from shapely import LineString, Polygon, box

from citiverse.city.change import Change
from citiverse.city.city import City, city_of
from citiverse.city.feature import Barrier, Building, Feature, GreenArea, Lane
from citiverse.city.frame import Frame
from citiverse.city.terrain import Terrain
from citiverse.geometry.grid import Grid
from citiverse.impact.model import CannotAssess, Impact, Previous, Superseded
from citiverse.impact.models.noise import Noise, NoiseField
from tests.impact.street import BOUNDS, HOME, NO_TRAFFIC, edited, facade, flows, go_on, measure, outdoors, street
from tests.impact.street import same as the_same


def a_city(*features: Feature, terrain: Terrain | None = None) -> City:
    return city_of(
        [street(), *features], name="tiny", frame=Frame(32633, (0.0, 0.0)), bounds=BOUNDS,
        terrain=terrain,
    )  # fmt: skip


def traffic(*lines: LineString, cars: float = 800.0, speed: float = 50.0, surface: str = "asphalt") -> Impact:
    return flows(*lines, cars=cars, trucks=0.05 * cars, kmh=speed, periods=(1.0, 0.5, 0.1), surface=surface)


def run(city: City, flows: Impact, previous: Previous | None = None) -> Impact:
    return Noise().run(city, {"traffic": flows}, previous, go_on)


def same(one: Impact, other: Impact) -> None:
    """The same to the last bit, operator included."""
    assert isinstance(one.output, NoiseField)
    assert isinstance(other.output, NoiseField)
    for mine, theirs in (
        (one.output.operator, other.output.operator),
        (one.output.from_tracks, other.output.from_tracks),
    ):
        assert np.array_equal(mine.transfer, theirs.transfer)
        assert np.array_equal(mine.row_piece, theirs.row_piece)
    the_same(one, other)


def test_twice_the_cars_are_three_decibels_more() -> None:
    city = a_city(HOME)
    assert facade(run(city, traffic(cars=1600.0))) - facade(run(city, traffic(cars=800.0))) == pytest.approx(
        3.01, abs=0.01
    )


def test_levels_beside_a_main_street_are_those_people_measure() -> None:
    """800 cars an hour at 50 km/h, 30 m away: rules of thumb and noise maps say 62 to 70 dB Lden."""
    assert 62.0 < facade(run(a_city(HOME), traffic())) < 70.0


def test_a_long_straight_street_falls_by_three_decibels_per_doubling_over_hard_ground() -> None:
    line = LineString([(-3000.0, 0.0), (3000.0, 0.0)])
    homes = [replace(HOME, id=f"{d}", geometry=box(0.0, d + 2.0, 8.0, d + 8.0)) for d in (20.0, 40.0)]
    square = GreenArea(id="none", geometry=box(-1.0, -1.0, 0.0, 0.0), category="park")
    levels = [facade(run(a_city(home, square), traffic(line)), home.id) for home in homes]
    assert levels[0] - levels[1] == pytest.approx(3.0, abs=1.0)


def test_a_wall_stops_noise_and_a_hedge_does_not() -> None:
    line = LineString([(0.0, 120.0), (400.0, 120.0)])
    wall = Barrier(id="barrier", geometry=line, category="noise_barrier", height_m=4.0)
    bare, walled, hedged = (
        facade(run(a_city(HOME, *more), traffic())) for more in ((), (wall,), (replace(wall, category="hedge"),))
    )
    assert walled < bare - 5.0
    assert hedged == bare


def test_a_house_in_between_is_quieter_behind_and_never_louder_elsewhere() -> None:
    row = replace(HOME, id="row", geometry=box(100.0, 112.0, 300.0, 120.0), height_m=12.0)
    before, after = run(a_city(HOME), traffic()), run(a_city(HOME, row), traffic())
    assert facade(after) < facade(before) - 5.0
    change = outdoors(after).values - outdoors(before).values
    # Screening only ever helps; in front of the house its walls throw some of the sound back, twice at a corner.
    assert np.nanmax(change) < 10.0 * np.log10(1.0 + 2.0 * 0.8)
    assert np.nanmax(change[13:18, 12:28]) < -3.0


def test_houses_across_the_street_throw_sound_back_but_never_more_than_they_get() -> None:
    home = replace(HOME, geometry=box(195.0, 110.0, 205.0, 120.0))
    alone = facade(run(a_city(home), traffic()))
    gains = []
    for front_m in (8.0, 14.0, 40.0):  # from the middle of the street to the opposite row
        row = Building(id="row", geometry=box(50.0, 90.0 - front_m, 350.0, 100.0 - front_m), height_m=15.0)
        gains.append(facade(run(a_city(home, row), traffic())) - alone)
    assert 10.0 * np.log10(1.8) > gains[0] > gains[1] > 0.4  # a mirror of 0.8 next to the source would give 2.6 dB
    assert gains[2] == 0.0  # further from the facade than reflections are looked for


def test_a_facade_does_not_hear_itself() -> None:
    deep, thin = (Building(id="home", geometry=box(150.0, 110.0, 250.0, y), height_m=15.0) for y in (120.0, 110.6))
    assert facade(run(a_city(deep), traffic())) == pytest.approx(facade(run(a_city(thin), traffic())), abs=0.1)


def test_a_low_wall_does_not_throw_back_what_passes_over_it() -> None:
    home = replace(HOME, geometry=box(195.0, 110.0, 205.0, 120.0))
    line = LineString([(50.0, 90.0), (350.0, 90.0)])
    low, high = (Barrier(id="w", geometry=line, category="wall", height_m=height) for height in (0.4, 8.0))
    none, with_low, with_high = (facade(run(a_city(home, *more), traffic())) for more in ((), (low,), (high,)))
    assert with_low == pytest.approx(none, abs=0.05)
    assert with_high > none + 0.5


def test_soft_ground_is_quieter_than_asphalt() -> None:
    home = replace(HOME, geometry=box(190.0, 240.0, 210.0, 250.0))
    park = GreenArea(id="park", geometry=box(0.0, 103.0, 400.0, 300.0), category="grass")
    assert facade(run(a_city(home, park), traffic())) < facade(run(a_city(home), traffic())) - 0.5


def test_fewer_and_slower_cars_on_a_smoother_street_are_never_louder() -> None:
    city = a_city(HOME)
    calm = facade(run(city, traffic(speed=30.0)))
    assert calm < facade(run(city, traffic(speed=50.0)))
    assert facade(run(city, traffic(cars=100.0, speed=30.0))) < calm
    assert facade(run(city, traffic(speed=30.0, surface="sett"))) > calm + 3.0
    assert facade(run(city, traffic(surface="low_noise_asphalt"))) < facade(run(city, traffic())) - 1.5


def test_two_sides_of_a_street_are_alike() -> None:
    other = replace(HOME, id="other", geometry=box(190.0, 60.0, 210.0, 70.0))
    impact = run(a_city(HOME, other), traffic())
    assert facade(impact) == pytest.approx(facade(impact, "other"), abs=0.05)


def test_a_tunnel_is_silent() -> None:
    city = a_city(HOME)
    buried, _ = edited(city, street=street(tunnel=True))
    assert facade(run(buried, traffic())) < 25.0 < facade(run(city, traffic()))


def test_a_hill_in_between_screens() -> None:
    heights = np.zeros((30, 40))
    heights[11:13, :] = 12.0
    hill = Terrain(Grid(heights, 0.0, 0.0, 10.0, "m"))
    assert facade(run(a_city(HOME, terrain=hill), traffic())) < facade(run(a_city(HOME), traffic())) - 5.0


def test_a_road_under_a_house_still_sounds() -> None:
    """A passage through a building has no walls to stop what is inside."""
    bridge_house = replace(HOME, id="over", geometry=box(150.0, 90.0, 250.0, 112.0), height_m=20.0)
    assert facade(run(a_city(HOME, bridge_house), traffic())) > 45.0


def test_overlapping_parts_screen_like_their_outline() -> None:
    tall = replace(HOME, id="tall", geometry=box(100.0, 112.0, 300.0, 120.0), height_m=12.0)
    low = replace(HOME, id="low", geometry=box(100.0, 113.0, 300.0, 119.0), height_m=6.0)
    assert facade(run(a_city(HOME, tall, low), traffic())) == facade(run(a_city(HOME, tall), traffic()))


def test_residents_are_counted_at_the_louder_half_of_their_facades() -> None:
    impact = run(a_city(HOME), traffic())
    people = 20.0 * 10.0 * 3.0 / 85.0 * 2.1
    assert isinstance(impact.output, NoiseField)
    assert impact.output.found.people.sum() == pytest.approx(people)
    assert measure(impact, "residents_55") == pytest.approx(people)
    assert measure(run(a_city(HOME), traffic(cars=1.0)), "residents_55") == 0.0


def test_doubt_is_paired_and_holds_the_value() -> None:
    impact, quieter = run(a_city(HOME), traffic()), run(a_city(HOME), traffic(cars=400.0))
    before, after = (next(m for m in each.measures if m.id == "facade_median") for each in (impact, quieter))
    low, high = np.percentile(before.draws, [5, 95])
    assert low < before.value < high
    assert 2.0 < high - low < 12.0
    assert np.ptp(after.draws - before.draws) < 0.5


def test_a_change_of_traffic_alone_reuses_every_path() -> None:
    city = a_city(HOME)
    first = run(city, traffic())
    second = run(city, traffic(cars=200.0), Previous(first, Change({}, {})))
    assert isinstance(second.output, NoiseField)
    assert second.output.operator.computed == 0
    same(second, run(city, traffic(cars=200.0)))


BLOCKS = [
    replace(HOME, id=f"b{i}{j}", geometry=box(60.0 * i + 10, 115.0 + 45 * j, 60.0 * i + 50, 145.0 + 45 * j))
    for i in range(6)
    for j in range(3)
]
PIECES = tuple(LineString([(50.0 * i, 100.0), (50.0 * i + 50.0, 100.0)]) for i in range(8))
L_SHAPE = Polygon([(130, 160), (180, 160), (180, 170), (140, 170), (140, 200), (130, 200)])


@pytest.mark.parametrize(
    "edit",
    [
        {"b21": replace(BLOCKS[7], height_m=30.0)},
        {"b21": None},
        {"new": replace(HOME, id="new", geometry=box(20.0, 60.0, 60.0, 80.0), height_m=25.0)},
        {"b21": replace(BLOCKS[7], geometry=L_SHAPE)},
        {"wall": Barrier(id="wall", geometry=LineString([(0, 105), (200, 107)]), category="wall", height_m=3.0)},
        {"park": GreenArea(id="park", geometry=box(0.0, 0.0, 180.0, 95.0), category="grass")},
        {"street": street(lanes=(Lane("car", 3.5), Lane("car", 3.5), Lane("cycle", 2.0)))},
        {"b00": replace(BLOCKS[0], use="office"), "b51": None},
    ],
)
def test_an_edit_gives_the_bits_of_a_full_run(edit: dict[str, Feature | None]) -> None:
    city = a_city(*BLOCKS)
    first = run(city, traffic(*PIECES))
    after, change = edited(city, **edit)
    saved, full = run(after, traffic(*PIECES), Previous(first, change)), run(after, traffic(*PIECES))
    same(saved, full)
    assert isinstance(saved.output, NoiseField)
    assert isinstance(full.output, NoiseField)
    assert saved.output.operator.computed <= full.output.operator.computed


def test_a_house_is_moved_for_a_fraction_of_the_work() -> None:
    city = a_city(*BLOCKS)
    first = run(city, traffic(*PIECES))
    after, change = edited(city, b51=None)
    saved = run(after, traffic(*PIECES), Previous(first, change))
    assert isinstance(saved.output, NoiseField)
    assert saved.output.operator.computed < len(saved.output.operator.row_piece) / 4


def test_an_edit_on_hills_gives_the_bits_of_a_full_run() -> None:
    rng = np.random.default_rng(7)
    hills = Terrain(Grid(rng.uniform(0.0, 20.0, (30, 40)), 0.0, 0.0, 10.0, "m"))
    city = a_city(*BLOCKS, terrain=hills)
    first = run(city, traffic(*PIECES))
    after, change = edited(city, b11=replace(BLOCKS[4], height_m=3.0))
    same(run(after, traffic(*PIECES), Previous(first, change)), run(after, traffic(*PIECES)))


def test_a_street_cut_in_two_gives_the_bits_of_a_full_run() -> None:
    city = a_city(*BLOCKS)
    first = run(city, traffic(*PIECES))
    cut = (*PIECES[:3], *PIECES[4:], LineString([(150.0, 100.0), (170.0, 100.0)]))
    same(run(city, traffic(*cut), Previous(first, Change({}, {}))), run(city, traffic(*cut)))


def test_undo_gives_back_the_first_bits() -> None:
    city = a_city(*BLOCKS)
    first = run(city, traffic(*PIECES))
    after, change = edited(city, b21=None)
    there = run(after, traffic(*PIECES), Previous(first, change))
    same(run(city, traffic(*PIECES), Previous(there, change.inverse())), first)


def test_no_level_is_ever_lost() -> None:
    """Houses on steep random ground, walls that touch, receivers close to edges: every level is a number."""
    rng = np.random.default_rng(3)
    hills = Terrain(Grid(rng.uniform(0.0, 60.0, (30, 40)), 0.0, 0.0, 10.0, "m"))
    houses = [
        replace(HOME, id=f"h{i}", geometry=box(x, y, x + w, y + w), height_m=h)
        for i, (x, y, w, h) in enumerate(
            zip(
                rng.uniform(0, 380, 60),
                rng.uniform(0, 280, 60),
                rng.uniform(3, 40, 60),
                rng.uniform(1, 60, 60),
                strict=True,
            )
        )
    ]
    for terrain in (None, hills):
        impact = run(a_city(*houses, terrain=terrain), traffic(*PIECES))
        assert isinstance(impact.output, NoiseField)
        assert np.isfinite(impact.output.operator.transfer).all()
        assert (impact.output.operator.transfer >= 0.0).all()
        assert all(np.isfinite(each.draws).all() for each in impact.measures)


def test_a_city_without_cars_says_so() -> None:
    city = city_of([HOME], name="tiny", frame=Frame(32633, (0.0, 0.0)))
    assert Noise().missing(city) == ("streets for cars",)
    with pytest.raises(CannotAssess, match="no streets with cars"):
        run(city, NO_TRAFFIC)


def test_a_city_without_houses_has_a_map_all_the_same() -> None:
    impact = run(a_city(), traffic())
    assert np.isfinite(outdoors(impact).values).all()
    assert impact.layers[0].values == {}
    assert measure(impact, "residents_55") == 0.0


def test_a_newer_edit_stops_the_run() -> None:
    with pytest.raises(Superseded):
        Noise().run(a_city(HOME), {"traffic": traffic()}, None, lambda: True)
