"""Streets meet where their lines share a vertex, and nowhere else."""

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from citiverse.city.feature import MODES, Direction, Lane, Road
from citiverse.shape.network import RoadNetwork, car_lanes, network_of, ways_of


def a_road(
    id: str, *points: tuple[float, float], direction: Direction = "both", modes: frozenset[str] = frozenset(MODES)
) -> Road:
    return Road(
        id=id,
        geometry=LineString(points),
        category="residential",
        lanes=(Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward")),
        modes=modes,  # type: ignore[arg-type]
        direction=direction,
        bicycle_direction="both",
    )


def pieces(network: RoadNetwork) -> set[tuple[str, tuple[float, ...], tuple[float, ...]]]:
    return {
        (network.roads[r].id, tuple(network.points[a]), tuple(network.points[b]))
        for r, a, b in zip(network.road, network.start, network.end, strict=True)
    }


def test_a_crossing_with_a_common_vertex_is_a_junction() -> None:
    network = network_of([a_road("a", (0, 5), (5, 5), (10, 5)), a_road("b", (5, 0), (5, 5), (5, 10))])
    assert pieces(network) == {
        ("a", (0, 5), (5, 5)),
        ("a", (5, 5), (10, 5)),
        ("b", (5, 0), (5, 5)),
        ("b", (5, 5), (5, 10)),
    }
    assert network.length_m.tolist() == [5, 5, 5, 5]


def test_a_bridge_without_a_common_vertex_is_no_junction() -> None:
    network = network_of([a_road("a", (0, 5), (10, 5)), a_road("b", (5, 0), (5, 10))])
    assert len(network) == 2
    assert len(network.points) == 4


def test_vertices_closer_than_a_millimetre_are_the_same() -> None:
    network = network_of([a_road("a", (0, 0), (10, 0)), a_road("b", (10.0004, 0), (20, 0))])
    assert len(network.points) == 3


def test_bends_are_no_junctions_and_lines_keep_them() -> None:
    network = network_of([a_road("a", (0, 0), (3, 4), (6, 0)), a_road("b", (6, 0), (6, 9))])
    assert len(network) == 2
    assert network.length_m.tolist() == [10, 9]
    assert network.lines[0].equals(LineString([(0, 0), (3, 4), (6, 0)]))


def test_a_road_that_meets_itself_is_cut_there() -> None:
    eight = a_road("a", (0, 0), (5, 5), (10, 10), (10, 0), (5, 5), (0, 10))
    assert len(network_of([eight])) == 3


def test_repeated_vertices_are_no_junction() -> None:
    assert len(network_of([a_road("a", (0, 0), (5, 0), (5, 0), (9, 0))])) == 1


def test_a_ring_is_one_piece_from_its_node_to_itself() -> None:
    network = network_of([a_road("a", (0, 0), (9, 0), (9, 9), (0, 0))])
    assert network.start.tolist() == network.end.tolist()


@pytest.mark.parametrize(
    ("direction", "ways"), [("both", {(0, 1), (1, 0)}), ("forward", {(0, 1)}), ("backward", {(1, 0)})]
)
def test_cars_keep_to_the_direction_and_people_on_foot_do_not(direction: Direction, ways: set[tuple[int, int]]) -> None:
    network = network_of([a_road("a", (0, 0), (9, 0), direction=direction)])
    cars, feet, bicycles = (ways_of(network, mode) for mode in ("car", "foot", "bicycle"))
    assert set(zip(cars.tail.tolist(), cars.head.tolist(), strict=True)) == ways
    assert len(feet) == len(bicycles) == 2


def test_a_street_closed_to_cars_has_no_way_for_them() -> None:
    network = network_of([a_road("a", (0, 0), (9, 0), modes=frozenset({"foot", "bicycle"}))])
    assert len(ways_of(network, "car")) == 0
    assert len(ways_of(network, "foot")) == 2


def test_no_roads_make_an_empty_network() -> None:
    network = network_of([])
    assert len(network) == len(network.points) == len(network.lines) == 0
    assert len(ways_of(network, "car").islands()) == 0


@pytest.mark.parametrize(
    ("lanes", "direction", "expected"),
    [
        ("fb", "both", (1, 1)),
        ("ffb", "both", (2, 1)),
        ("ff", "forward", (2, 0)),
        ("fb", "backward", (0, 2)),
        ("2", "both", (0.5, 0.5)),
        ("", "both", (0.5, 0.5)),
        ("", "forward", (1, 0)),
    ],
)
def test_lanes_count_in_their_direction(lanes: str, direction: Direction, expected: tuple[float, float]) -> None:
    kinds: dict[str, Direction] = {"f": "forward", "b": "backward", "2": "both"}
    road = Road(
        id="a",
        geometry=LineString([(0, 0), (1, 0)]),
        category="primary",
        lanes=(Lane("footway", 2.0), *(Lane("car", 3.0, kinds[each]) for each in lanes), Lane("bus", 3.0, "forward")),
        modes=frozenset(MODES),
        direction=direction,
    )
    assert car_lanes(road) == expected


@given(st.integers(0, 2**32), st.integers(1, 25))
def test_islands_and_lengths_are_those_of_networkx(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    roads = []
    for k in range(count):
        line = rng.integers(0, 5, (int(rng.integers(2, 6)), 2)).astype(float)
        if (line == line[0]).all():
            line[-1] += 1.0
        roads.append(a_road(str(k), *map(tuple, line), direction=rng.choice(["both", "forward", "backward"])))
    network = network_of(roads)
    assert network.length_m.sum() == pytest.approx(sum(road.geometry.length for road in roads))
    for piece, a, b, length_m in zip(network.lines, network.start, network.end, network.length_m, strict=True):
        assert piece.coords[0] == tuple(network.points[a])
        assert piece.coords[-1] == tuple(network.points[b])
        assert piece.length == pytest.approx(length_m)
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(len(network.points)))
    ways = ways_of(network, "car")
    graph.add_edges_from(zip(ways.tail.tolist(), ways.head.tolist(), strict=True))
    islands = ways.islands()
    expected = {frozenset(part) for part in networkx.strongly_connected_components(graph)}
    assert {frozenset(np.flatnonzero(islands == k).tolist()) for k in set(islands.tolist())} == expected


def test_the_order_of_roads_does_not_move_junctions() -> None:
    roads = [a_road("a", (0, 0), (5, 5), (9, 0)), a_road("b", (5, 5), (5, 9)), a_road("c", (9, 0), (5, 9))]
    assert network_of(roads).points.tolist() == network_of(roads[::-1]).points.tolist()
