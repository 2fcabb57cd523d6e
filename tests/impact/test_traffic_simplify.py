"""A network without dead ends and with chains joined has the equilibrium of the whole one."""

import numpy as np
import pytest

from citiverse.impact.traffic.equilibrium import equilibrium
from citiverse.impact.traffic.links import Links, Trips
from citiverse.impact.traffic.simplify import simplified


def network(nodes: int, ends: list[tuple[int, int]], capacity: list[float]) -> Links:
    tail, head = np.array(ends, np.int64).T
    ones = np.ones(len(ends), np.float64)
    free = ones + np.arange(len(ends), dtype=np.float64) * 0.1
    return Links(nodes, tail, head, np.array(capacity), free, 0.15 * ones, 4.0 * ones, 0.0 * ones)


def test_a_street_of_three_pieces_is_one() -> None:
    links = network(4, [(0, 1), (1, 2), (2, 3), (3, 2), (2, 1), (1, 0)], [10.0] * 6)
    small = simplified(links, np.array([0, 3]))
    assert (small.links.nodes, len(small.links)) == (2, 2)
    assert small.links.free_time.tolist() == pytest.approx([3.3, 4.2])
    assert small.link.tolist() == [0, 0, 0, 1, 1, 1]


def test_a_bottleneck_stays_on_its_own() -> None:
    links = network(4, [(0, 1), (1, 2), (2, 3)], [10.0, 5.0, 10.0])
    assert len(simplified(links, np.array([0, 3])).links) == 3


def test_dead_ends_and_closed_streets_are_left_out() -> None:
    links = network(5, [(0, 1), (1, 2), (1, 3), (3, 1), (3, 4), (4, 3), (0, 2)], [10.0] * 6 + [0.0])
    small = simplified(links, np.array([0, 2]))
    assert small.link.tolist() == [0, 0, -1, -1, -1, -1, -1]
    assert small.spread(np.array([7.0])).tolist() == [7, 7, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("seed", range(25))
def test_the_equilibrium_is_that_of_the_whole_network(seed: int) -> None:
    """Chains, rings, dead ends, parallel and one-way links at random."""
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(6, 40))
    ends = []
    for a in range(nodes - 1):
        ends += [(a, a + 1), (a + 1, a)] if rng.random() < 0.8 else [(a, a + 1)]
    ends += [tuple(rng.integers(0, nodes, 2).tolist()) for _ in range(int(rng.integers(0, 12)))]
    links = network(nodes, ends, rng.choice([5.0, 9.0], len(ends)).tolist())
    stay = rng.choice(nodes, 4, replace=False).astype(np.int64)
    origin, destination = (each.ravel() for each in np.meshgrid(stay, stay))
    trips = Trips(origin, destination, rng.uniform(0.0, 4.0, 16))
    small = simplified(links, stay)
    whole = equilibrium(links, trips, gap=1e-9)
    found = equilibrium(small.links, small.trips(trips), gap=1e-9)
    assert found.objective == pytest.approx(whole.objective, rel=1e-7)
    assert links.beckmann(small.spread(found.flow)) == pytest.approx(whole.objective, rel=1e-7)
    assert found.unserved_trips == pytest.approx(whole.unserved_trips)
    assert found.unserved.tolist() == whole.unserved.tolist()
