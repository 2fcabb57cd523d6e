"""Drivers find their equilibrium, on networks whose answer is known and on such that are broken."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse.geometry.arrays import FloatArray
from citiverse.impact.model import Superseded
from citiverse.impact.traffic import equilibrium as solver
from citiverse.impact.traffic.equilibrium import Equilibrium, TooLarge, equilibrium
from citiverse.impact.traffic.links import BadNetwork, Links, Trips


def network(
    *roads: tuple[int, int, float, float], b: float = 0.15, power: float = 4.0, first_through: int = 0
) -> Links:
    """Links of (tail, head, capacity, free time)."""
    table = np.array(roads, float).reshape(-1, 4)
    ends = table[:, :2].astype(np.int64)
    return Links(
        nodes=int(ends.max(initial=-1)) + 1,
        tail=ends[:, 0],
        head=ends[:, 1],
        capacity=table[:, 2],
        free_time=table[:, 3],
        b=np.full(len(table), b),
        power=np.full(len(table), power),
        fixed=np.zeros(len(table)),
        first_through=first_through,
    )


def trips(*pairs: tuple[int, int, float]) -> Trips:
    """Trips of (origin, destination, volume)."""
    table = np.array(pairs, float).reshape(-1, 3)
    return Trips(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2])


def braess(bridge_capacity: float) -> Links:
    """Braess (1968): 10 v, 50 + v, 50 + v, 10 + v over the bridge, 10 v."""
    return Links(
        nodes=4,
        tail=np.array([0, 0, 2, 2, 3]),
        head=np.array([2, 3, 1, 3, 1]),
        capacity=np.array([1.0, 1.0, 1.0, bridge_capacity, 1.0]),
        free_time=np.array([1e-8, 50.0, 50.0, 10.0, 1e-8]),
        b=np.array([1e9, 0.02, 0.02, 0.1, 1e9]),
        power=np.ones(5),
        fixed=np.zeros(5),
    )


def independent_gap(links: Links, demand: Trips, found: Equilibrium) -> float:
    """The relative gap by networkx."""
    graph = networkx.MultiDiGraph()
    graph.add_nodes_from(range(links.nodes))
    graph.add_weighted_edges_from(zip(links.tail.tolist(), links.head.tolist(), found.cost.tolist(), strict=True))
    least = 0.0
    for origin, destination, volume in zip(demand.origin, demand.destination, demand.volume, strict=True):
        if origin != destination and volume > 0:
            least += volume * networkx.dijkstra_path_length(graph, int(origin), int(destination))
    total = float(found.flow @ found.cost)
    return (total - least) / total if total else 0.0


def balance(links: Links, flow: FloatArray) -> FloatArray:
    """What comes in less what goes out, by node."""
    came, went = np.zeros(links.nodes), np.zeros(links.nodes)
    np.add.at(came, links.head, flow)
    np.add.at(went, links.tail, flow)
    return came - went


def test_a_new_bridge_makes_all_six_of_braess_later() -> None:
    with_bridge = equilibrium(braess(1.0), trips((0, 1, 6)), gap=1e-12)
    without = equilibrium(braess(0.0), trips((0, 1, 6)), gap=1e-12)
    assert with_bridge.flow == pytest.approx([4, 2, 2, 2, 4], abs=1e-6)
    assert with_bridge.vehicle_time == pytest.approx(6 * 92)
    assert without.flow == pytest.approx([3, 3, 3, 0, 3], abs=1e-6)
    assert without.vehicle_time == pytest.approx(6 * 83)


@pytest.mark.parametrize(("demand", "quick"), [(50.0, 50.0), (200.0, 150.0), (1000.0, 550.0)])
def test_two_parallel_roads_share_in_closed_form(demand: float, quick: float) -> None:
    # 10 (1 + v / 100) and 20 (1 + v / 200): equal at v1 = v2 + 100, and up to 100 drivers the first is quicker alone.
    roads = replace(network((0, 1, 100, 10), (0, 1, 200, 20), b=1, power=1))
    found = equilibrium(roads, trips((0, 1, demand)), gap=1e-12)
    assert found.flow == pytest.approx([quick, demand - quick], rel=1e-9)


@pytest.mark.parametrize("power", [0.3, 0.5, 1.0, 2.0, 4.0, 10.0, 16.8, 40.0])
def test_equal_parallel_roads_share_equally_whatever_the_power(power: float) -> None:
    roads = network((0, 1, 10, 1), (0, 1, 10, 1), (0, 1, 10, 1), (0, 1, 10, 1), power=power)
    found = equilibrium(roads, trips((0, 1, 100)), gap=1e-10)
    assert found.gap <= 1e-10
    assert found.flow == pytest.approx([25] * 4, rel=1e-3)


def test_a_toll_is_weighed_against_time() -> None:
    roads = replace(network((0, 1, 100, 10), (0, 1, 100, 10), b=1, power=1), fixed=np.array([0.0, 2.0]))
    found = equilibrium(roads, trips((0, 1, 100)), gap=1e-12)
    assert found.flow == pytest.approx([60, 40])
    assert found.cost == pytest.approx([16, 16])
    assert found.time == pytest.approx([16, 14])
    assert found.vehicle_time == pytest.approx(60 * 16 + 40 * 14)
    assert found.objective == pytest.approx(10 * 60 + 60**2 / 20 + 12 * 40 + 40**2 / 20)


def test_nobody_drives_through_a_zone() -> None:
    through_zone = ((0, 2, 9, 1), (2, 1, 9, 1))
    round_about = ((0, 3, 9, 5), (3, 1, 9, 5))
    open_ground = equilibrium(network(*through_zone, *round_about), trips((0, 1, 1)))
    zones = equilibrium(network(*through_zone, *round_about, first_through=3), trips((0, 1, 1)))
    assert open_ground.flow == pytest.approx([1, 1, 0, 0], abs=1e-3)
    assert zones.flow == pytest.approx([0, 0, 1, 1])


def test_trips_within_a_zone_and_without_a_way_stay_off_the_road() -> None:
    roads = network((0, 1, 10, 1), (2, 3, 10, 1))
    demand = trips((0, 0, 5), (0, 1, 3), (0, 3, 7), (2, 3, 0), (1, 0, 2))
    found = equilibrium(roads, demand)
    assert found.flow == pytest.approx([3, 0])
    assert found.unserved.tolist() == [False, False, True, False, True]
    assert found.unserved_trips == 9


def test_the_same_pair_twice_counts_twice() -> None:
    found = equilibrium(network((0, 1, 10, 1)), trips((0, 1, 3), (0, 1, 4)))
    assert found.flow == pytest.approx([7])


@pytest.mark.parametrize("demand", [trips(), trips((0, 1, 0)), trips((0, 0, 4)), trips((1, 0, 4))])
def test_a_city_where_nobody_drives_has_empty_roads(demand: Trips) -> None:
    found = equilibrium(network((0, 1, 10, 1)), demand)
    assert found.flow.tolist() == [0]
    assert found.gap == found.objective == found.vehicle_time == 0


def test_a_network_without_roads_serves_nobody() -> None:
    roads = replace(network(), nodes=3)
    assert equilibrium(roads, trips((0, 2, 4))).unserved_trips == 4


def test_a_road_without_capacity_is_closed_unless_it_needs_none() -> None:
    roads = replace(network((0, 1, 0, 1), (0, 1, 10, 5), (0, 1, 0, 9)), b=np.array([0.15, 0.15, 0.0]))
    found = equilibrium(roads, trips((0, 1, 50)), gap=1e-9)
    assert found.flow[0] == 0
    assert found.flow.sum() == pytest.approx(50)
    assert found.cost[1] == pytest.approx(found.cost[2])


def test_links_that_cost_nothing_make_no_circles() -> None:
    free = [(a, b, 10, 0) for a in range(4) for b in range(4) if a != b]
    found = equilibrium(network(*free, (3, 4, 10, 1), (2, 4, 10, 1)), trips((0, 4, 40), (1, 4, 3)), gap=1e-9)
    assert found.gap <= 1e-9
    assert found.flow[-2:] == pytest.approx([21.5, 21.5], rel=1e-3)


def test_power_zero_and_loops_are_harmless() -> None:
    roads = network((0, 0, 10, 1), (0, 1, 10, 2), b=1, power=0)
    found = equilibrium(roads, trips((0, 1, 3)))
    assert found.vehicle_time == pytest.approx(3 * 4)
    assert found.flow[0] == 0


def test_a_jam_beyond_all_numbers_stays_a_number() -> None:
    roads = network((0, 1, 1e-9, 1), (0, 1, 1e-9, 1), power=40)
    found = equilibrium(roads, trips((0, 1, 1e6)), max_iterations=20)
    assert np.isfinite(found.flow).all()
    assert found.flow.sum() == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("field", "value"),
    [("capacity", -1.0), ("free_time", np.nan), ("b", -0.1), ("power", np.inf), ("fixed", -9.0), ("head", 7)],
)
def test_numbers_that_no_road_has_are_refused(field: str, value: float) -> None:
    roads = network((0, 1, 10, 1))
    spoilt: dict[str, Any] = {field: np.array([value], getattr(roads, field).dtype)}
    with pytest.raises(BadNetwork, match=r"link"):
        replace(roads, **spoilt)


def test_negative_trips_are_refused() -> None:
    with pytest.raises(BadNetwork, match="not negative"):
        trips((0, 1, -1))


def test_a_run_ends_soon_after_it_is_cancelled() -> None:
    looks: Iterator[bool] = iter([False, False, True])
    with pytest.raises(Superseded):
        equilibrium(braess(1.0), trips((0, 1, 6)), gap=1e-12, cancelled=lambda: next(looks))


def test_a_network_too_large_for_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "MAX_ENTRIES", 3)
    with pytest.raises(TooLarge, match="1 zones on 4 nodes"):
        equilibrium(braess(1.0), trips((0, 1, 6)))


def test_many_blocks_of_origins_find_what_one_block_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    roads, demand = a_town(3, 60)
    whole = equilibrium(roads, demand, gap=1e-9)
    monkeypatch.setattr(solver, "BLOCK_ENTRIES", 1)
    assert equilibrium(roads, demand, gap=1e-9).flow.tolist() == whole.flow.tolist()


def a_town(seed: int, pairs: int) -> tuple[Links, Trips]:
    """A strongly connected town of 12 nodes with chance streets (parallel and free ones too) and chance trips."""
    rng = np.random.default_rng(seed)
    ring = [(k, (k + 1) % 12, rng.uniform(5, 50), rng.uniform(1, 9)) for k in range(12)]
    chords = [
        (*rng.integers(0, 12, 2).tolist(), rng.uniform(1, 50), rng.choice([0.0, 1.0, rng.uniform(1, 9)]))
        for _ in range(24)
    ]
    roads = network(*ring, *chords)
    roads = replace(roads, power=rng.choice([0.0, 1.0, 2.5, 4.0, 9.0], len(roads)))
    return roads, trips(*((*rng.integers(0, 12, 2).tolist(), rng.exponential(8.0)) for _ in range(pairs)))


@given(st.integers(0, 2**32), st.integers(1, 80))
def test_on_any_town_no_driver_has_a_cheaper_way(seed: int, pairs: int) -> None:
    roads, demand = a_town(seed, pairs)
    found = equilibrium(roads, demand, gap=1e-8)
    assert found.gap <= 1e-8
    assert independent_gap(roads, demand, found) <= 2e-8
    leaves = np.bincount(demand.destination, demand.volume, 12) - np.bincount(demand.origin, demand.volume, 12)
    assert balance(roads, found.flow) == pytest.approx(leaves, abs=1e-7)
    assert (found.flow >= 0).all()


@given(st.integers(0, 2**32), st.floats(1.01, 3))
def test_more_trips_never_lower_the_objective(seed: int, factor: float) -> None:
    roads, demand = a_town(seed, 20)
    more = replace(demand, volume=demand.volume * factor)
    assert equilibrium(roads, more).objective >= equilibrium(roads, demand).objective * (1 - 1e-6)
