"""What proposals do to traffic in small hand-made towns."""

import hashlib
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from shapely import LineString, Point, box

from citiverse.city.change import NO_CHANGE, change_between
from citiverse.city.city import City, city_of
from citiverse.city.defaults import Defaults
from citiverse.city.feature import MODES, Building, Feature, Lane, Road, Tree
from citiverse.city.frame import Frame
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import find_scene
from citiverse.impact.compare import compare
from citiverse.impact.model import DRAWS, CannotAssess, Impact, Previous, Superseded
from citiverse.impact.models import traffic
from citiverse.impact.models.traffic import Traffic, TrafficFound
from citiverse.impact.streets import PERIOD_HOURS
from citiverse.impact.traffic.coefficients import coefficients
from citiverse.impact.traffic.demand import demand, frontage, furness

FRAME = Frame(32635, (385024.0, 6670848.0))
STEP_M = 200.0
BLOCKS = 4  # blocks along each side; streets run on for half a block beyond the last, to the scene's edge


def a_street(id: str, *points: tuple[float, float], category: str = "residential", speed_kmh: float = 30.0) -> Road:
    lanes = (Lane("footway", 2.0), Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"), Lane("footway", 2.0))
    return Road(
        id=id,
        geometry=LineString(points),
        category=category,
        lanes=lanes,
        modes=frozenset(MODES),
        speed_kmh=speed_kmh,
    )


def a_town(*more: Feature, without: frozenset[str] = frozenset()) -> City:
    """Streets in a grid, the middle ones main streets that leave the scene, and a house in each block."""
    features: list[Feature] = []
    side = STEP_M * (BLOCKS + 1)
    for k in range(BLOCKS + 1):
        at = STEP_M * (k + 0.5)
        middle = k == BLOCKS // 2
        category, speed_kmh = ("primary", 50.0) if middle else ("residential", 30.0)
        stops = [STEP_M * (m + 0.5) for m in range(BLOCKS + 1)]
        along = [0.0, *stops, side] if middle else stops
        features.append(a_street(f"east{k}", *((x, at) for x in along), category=category, speed_kmh=speed_kmh))
        features.append(a_street(f"north{k}", *((at, y) for y in along), category=category, speed_kmh=speed_kmh))
    for column in range(BLOCKS):
        for row in range(BLOCKS):
            x, y = STEP_M * (column + 1), STEP_M * (row + 1)
            features.append(
                Building(
                    id=f"house{column}{row}",
                    geometry=box(x - 60, y - 60, x + 60, y + 60),
                    height_m=15,
                    levels=5,
                    use="apartments",
                )
            )
    kept = [feature for feature in [*features, *more] if feature.id not in without]
    return city_of(kept, name="town", frame=FRAME, bounds=(0, 0, side, side), defaults=Defaults())


def assess(city: City, previous: Previous | None = None) -> Impact:
    return Traffic().run(city, {}, previous, lambda: False)


def flows(impact: Impact) -> dict[str, float]:
    values = impact.layers[0].values
    assert isinstance(values, dict)
    return values


def value(impact: Impact, id: str) -> float:
    return next(measure.value for measure in impact.measures if measure.id == id)


def changed(city: City, *features: Feature | None, gone: tuple[str, ...] = ()) -> City:
    after: dict[str, Feature | None] = {feature.id: feature for feature in features if feature}
    after |= dict.fromkeys(gone)
    return city.with_change(change_between({id: city.get(id) for id in after}, after))


def closed(city: City, *ids: str) -> City:
    return changed(city, *(replace(city.road(id), modes=frozenset({"foot", "bicycle"})) for id in ids))


def test_main_streets_carry_more_than_side_streets() -> None:
    flow = flows(assess(a_town()))
    assert min(flow["east2"], flow["north2"]) > 2 * max(flow[f"{way}{k}"] for way in ("east", "north") for k in (0, 4))


def test_as_many_leave_as_enter_and_the_town_is_symmetrical() -> None:
    flow = flows(assess(a_town()))
    assert flow["east2"] == pytest.approx(flow["north2"], rel=0.02)
    assert flow["east0"] == pytest.approx(flow["east4"], rel=0.05)


def test_a_closed_street_carries_no_cars_and_others_carry_them() -> None:
    town = a_town()
    before, after = assess(town), assess(closed(town, "east1"))
    found = after.output
    assert isinstance(found, TrafficFound)
    here = np.array([id == "east1" for id in found.road_ids])
    assert here.any()
    assert not found.light_per_h[here].any()
    assert not found.heavy_per_h[here].any()
    assert "east1" not in flows(after)
    assert value(after, "car_km") > value(before, "car_km")
    assert value(after, "cut_off") == 0


def test_pieces_of_street_stay_the_same_when_one_is_closed() -> None:
    town = a_town()
    before, after = assess(town).output, assess(closed(town, "east1")).output
    assert isinstance(before, TrafficFound)
    assert isinstance(after, TrafficFound)
    assert before.road_ids == after.road_ids
    assert before.lines == after.lines


def test_a_lower_limit_sends_through_traffic_elsewhere() -> None:
    town = a_town()
    slow = changed(town, replace(town.road("east2"), speed_kmh=10.0))
    before, after = assess(town), assess(slow)
    assert flows(after)["east2"] < 0.8 * flows(before)["east2"]
    assert value(after, "trip_minutes") > value(before, "trip_minutes")
    found = after.output
    assert isinstance(found, TrafficFound)
    assert found.light_kmh[[id == "east2" for id in found.road_ids]].max() <= 10.0


def test_a_new_house_brings_cars() -> None:
    town = a_town()
    tower = Building(id="new:1.1", geometry=box(330, 330, 370, 370), height_m=90, levels=30, use="apartments")
    before, after = assess(town), assess(changed(town, tower))
    assert value(after, "car_km") > value(before, "car_km")


def test_a_closed_gate_is_told_and_its_cars_come_in_elsewhere() -> None:
    town = a_town()
    before, after = assess(town), assess(closed(town, "east2"))
    assert value(before, "cut_off") == 0
    assert value(after, "cut_off") > 0
    assert flows(after)["north2"] > flows(before)["north2"]


def test_when_every_street_is_closed_all_trips_are_cut_off_and_nothing_is_nan() -> None:
    town = a_town()
    everything = [road.id for road in town.all(Road)]
    after = assess(closed(town, *everything))
    assert value(after, "car_km") == 0
    assert value(after, "cut_off") > 1000
    for measure in after.measures:
        assert np.isfinite(measure.draws).all()
    for indicator in compare({"traffic": assess(town)}, {"traffic": after}):
        assert math.isfinite(indicator.difference)


def test_a_street_closed_at_both_ends_of_a_block_is_an_island_whose_people_walk_to_the_next() -> None:
    town = a_town(a_street("court", (350, 350), (380, 350)))
    impact = assess(town)
    assert flows(impact)["court"] == 0
    assert value(impact, "cut_off") == 0


def test_trees_do_not_move_traffic() -> None:
    town = a_town()
    before = assess(town)
    planted = changed(town, Tree(id="new:2.1", geometry=Point(10, 10)))
    assert assess(planted, Previous(before, town.change_to(planted))) is before


@pytest.mark.parametrize("edit", ["close", "build", "none"])
def test_an_earlier_run_saves_work_and_changes_nothing(edit: str) -> None:
    town = a_town()
    tower = Building(id="new:1.1", geometry=box(330, 330, 370, 370), height_m=90, levels=30, use="office")
    after = {"close": closed(town, "east1"), "build": changed(town, tower), "none": town}[edit]
    change = town.change_to(after) if edit != "none" else NO_CHANGE
    fresh, reused = assess(after), assess(after, Previous(assess(town), change))
    assert flows(fresh) == flows(reused)
    for one, other in zip(fresh.measures, reused.measures, strict=True):
        assert one.value == other.value
        assert one.draws.tolist() == other.draws.tolist()


def test_a_large_network_is_told_in_steps_that_come_nearer(monkeypatch: pytest.MonkeyPatch) -> None:
    town = a_town()
    before, after = assess(town), closed(town, "east1")
    once = Previous(before, town.change_to(after))
    whole = assess(after, once)
    monkeypatch.setattr(traffic, "STEPS_FROM", 0)
    fast, full, last = Traffic().steps(after, {}, once, lambda: False)
    assert [(each.quality, each.interval) for each in (fast, full, last)] == [
        ("fast", False), ("full", False), ("full", True),
    ]  # fmt: skip
    assert fast.solver_error is not None
    assert last.solver_error is not None
    assert 1e-4 >= fast.solver_error >= last.solver_error
    assert flows(full) == flows(last) == flows(whole)
    for one, other in zip(whole.measures, last.measures, strict=True):
        assert one.value == other.value
        assert one.draws.tolist() == other.draws.tolist()


def test_what_moves_no_car_is_not_solved_again() -> None:
    town = a_town()
    before, after = assess(town), changed(town, replace(town.building("house00"), height_m=40.0))
    again = assess(after, Previous(before, town.change_to(after)))
    assert isinstance(before.output, TrafficFound)
    assert isinstance(again.output, TrafficFound)
    assert again.output.solved is not None
    assert before.output.solved is not None
    assert again.output.solved.usual is before.output.solved.usual
    assert [each.draws.tolist() for each in again.measures] == [each.draws.tolist() for each in before.measures]


def test_undo_restores_every_bit() -> None:
    town = a_town()
    edited = closed(town, "north1")
    undone = edited.with_change(edited.change_to(town))
    assert flows(assess(undone)) == flows(assess(town))


def test_periods_add_up_to_a_day() -> None:
    impact = assess(a_town())
    found = impact.output
    assert isinstance(found, TrafficFound)
    a_day = (found.light_per_h + found.heavy_per_h) @ np.array(PERIOD_HOURS)
    for id, flow in flows(impact).items():
        lengths = np.array([line.length for line in found.lines]) * [each == id for each in found.road_ids]
        assert a_day @ lengths / lengths.sum() == pytest.approx(flow, rel=1e-9)
    assert (found.light_per_h[:, 0] >= found.light_per_h[:, 2]).all()


def test_every_figure_has_draws_around_it() -> None:
    for measure in assess(a_town()).measures:
        assert measure.draws.shape == (DRAWS,)
        assert measure.draws.min() <= measure.value <= measure.draws.max()
        assert measure.better == "lower"


def test_a_town_without_houses_has_through_traffic_only() -> None:
    houses = frozenset(f"house{a}{b}" for a in range(BLOCKS) for b in range(BLOCKS))
    impact = assess(a_town(without=houses))
    assert value(impact, "car_km") > 0
    assert value(impact, "busy_residents") == 0


def test_a_town_without_streets_is_refused_in_a_sentence() -> None:
    lonely = city_of(
        [Building(id="a", geometry=box(0, 0, 9, 9), height_m=3)], name="nowhere", frame=FRAME, bounds=(0, 0, 99, 99)
    )
    assert Traffic().missing(lonely) == ("streets for cars",)
    with pytest.raises(CannotAssess, match="no streets for cars"):
        assess(lonely)


def test_a_single_dead_end_street_is_no_trouble() -> None:
    town = city_of(
        [
            a_street("a", (40, 50), (60, 50)),
            Building(id="b", geometry=box(40, 55, 50, 65), height_m=9, levels=3, use="house"),
        ],
        name="hamlet",
        frame=FRAME,
        bounds=(0, 0, 100, 100),
    )
    assert all(math.isfinite(measure.value) for measure in assess(town).measures)


def test_a_run_that_is_superseded_stops() -> None:
    with pytest.raises(Superseded):
        Traffic().run(a_town(), {}, None, lambda: True)


def test_furness_meets_both_margins_and_keeps_the_affinity() -> None:
    rng = np.random.default_rng(1)
    rows, columns, affinity = rng.uniform(1, 9, 5), rng.uniform(1, 9, 7), rng.uniform(0.1, 1, (5, 7))
    trips = furness(rows, columns, affinity)
    assert trips.sum(axis=1) == pytest.approx(rows, rel=1e-6)
    assert trips.sum(axis=0) == pytest.approx(columns * rows.sum() / columns.sum(), rel=2e-6)
    ratio = trips / affinity
    assert ratio / ratio[0] == pytest.approx(np.outer(ratio[:, 0] / ratio[0, 0], np.ones(7)))  # rank one


def test_furness_gives_nothing_to_those_without_a_partner() -> None:
    trips = furness(np.array([1.0, 2.0, 0.0]), np.array([3.0, 0.0]), np.array([[1.0, 1], [0, 1], [1, 1]]))
    assert trips.tolist() == [[1, 0], [0, 0], [0, 0]]


def test_trips_balance_at_the_edge_and_nobody_drives_in_and_out_by_one_gate() -> None:
    town = a_town()
    base = frontage(town, coefficients())
    trips = demand(town, base, coefficients())
    assert len(base.gates.points) == 4
    inward = (trips.origin >= trips.zones) & (trips.destination < trips.zones)
    outward = (trips.origin < trips.zones) & (trips.destination >= trips.zones)
    assert trips.volume[inward].sum() == pytest.approx(trips.volume[outward].sum())
    assert not (trips.through & (trips.origin == trips.destination)).any()
    assert trips.volume[trips.through].sum() == pytest.approx(base.through)


def digest(town: City) -> str:
    found = assess(town).output
    assert isinstance(found, TrafficFound)
    return hashlib.sha256(found.light_per_h.tobytes() + found.light_kmh.tobytes()).hexdigest()


def test_two_processes_find_the_same_bits() -> None:
    script = (
        f"import sys; sys.path.insert(0, {__file__!r}.rpartition('/')[0]);"
        "import test_traffic_model as it; print(it.digest(it.a_town()))"
    )
    there = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=300)
    assert there.stdout.strip() == digest(a_town())


def test_helsinki_moves_when_a_street_is_closed() -> None:
    city = read_scene(find_scene("helsinki")).city
    before = assess(city)
    street = [road.id for road in city.all(Road) if road.name == "Fabianinkatu" and "car" in road.modes]
    after = assess(closed(city, *street))
    assert before.solver_error is not None
    assert before.solver_error <= 1e-6
    assert value(before, "cut_off") == 0
    assert not set(street) & flows(after).keys()
    assert value(after, "car_km") > value(before, "car_km")
