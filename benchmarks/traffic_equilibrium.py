"""Our user equilibrium beside AequilibraE's bi-conjugate Frank-Wolfe, or a plain Frank-Wolfe where that is missing.

    python benchmarks/traffic_equilibrium.py [--gap 1e-4] [--net F_net.tntp --trips F_trips.tntp]

Without files: those of the networks under CITIVERSE_SHARED, and a made-up one of 933 nodes and 387 zones. One core
each; compiling, reading and AequilibraE's progress bar are not counted. The anchor comes with the extra `benchmark`.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from citiverse.geometry.arrays import FloatArray
from citiverse.impact.traffic.equilibrium import equilibrium, warm
from citiverse.impact.traffic.links import Links, Trips
from citiverse.impact.traffic.tntp import read_network, read_trips

Solve = Callable[[Links, Trips, float], tuple[FloatArray, int]]

SHARED = Path(os.environ.get("CITIVERSE_SHARED", Path(__file__).parents[2] / "shared"))
NETWORKS = ("SiouxFalls", "Anaheim", "Barcelona")
PATIENCE_S = 120.0  # for the plain Frank-Wolfe
MAX_ROUNDS = 5000


def a_city(
    rows: int = 21, columns: int = 26, zones: int = 387, pairs: int = 240, load: float = 3e5
) -> tuple[Links, Trips]:
    """A made-up city: a grid with faster streets every seven blocks, zones on connectors, gravity trips."""
    rng = np.random.default_rng(1)
    count = rows * columns
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
    place = grid + rng.uniform(-0.3, 0.3, (count, 2))
    node = np.arange(count).reshape(rows, columns)
    east = np.column_stack(
        [node[:, :-1].ravel(), node[:, 1:].ravel(), np.repeat(np.arange(rows), columns - 1) % 7 == 3]
    )
    north = np.column_stack([node[:-1].ravel(), node[1:].ravel(), np.tile(np.arange(columns), rows - 1) % 7 == 3])
    first, second, fast = np.concatenate([east, north]).T
    far = np.tile(np.hypot(*(place[first] - place[second]).T), 2)
    fast = np.tile(fast, 2) > 0
    zone, door = np.arange(zones), rng.choice(count, zones)
    links = Links(
        nodes=zones + count,
        tail=np.concatenate([first + zones, second + zones, zone, door + zones]),
        head=np.concatenate([second + zones, first + zones, door + zones, zone]),
        capacity=np.concatenate(
            [np.where(fast, 4000.0, rng.choice([800.0, 1500.0], len(far))), np.full(2 * zones, 1e5)]
        ),
        free_time=np.concatenate([far * np.where(fast, 0.6, 1.5), np.full(2 * zones, 0.5)]),
        b=np.concatenate([np.full(len(far), 0.15), np.zeros(2 * zones)]),
        power=np.full(len(far) + 2 * zones, 4.0),
        fixed=np.zeros(len(far) + 2 * zones),
        first_through=zones,
    )
    origin, destination = np.repeat(zone, pairs), rng.integers(0, zones, zones * pairs)
    away = np.hypot(*(place[door[origin]] - place[door[destination]]).T)
    volume = np.exp(-away / (rows / 5)) * rng.lognormal(0.0, 1.0, len(origin))
    return links, Trips(origin, destination, volume * (load / volume.sum()))


def networks(options: argparse.Namespace) -> Iterator[tuple[str, Links, Trips]]:
    """Name, links and trips of each network to solve."""
    files = [(options.net, options.trips)] if options.net else []
    if not files:
        folder = SHARED / "data/validation/tntp"
        files = [(folder / name / f"{name}_net.tntp", folder / name / f"{name}_trips.tntp") for name in NETWORKS]
    for net, trips in files:
        if net.exists():
            network = read_network(net)
            yield (
                net.stem.removesuffix("_net"),
                network.links(toll_weight=0, length_weight=0),
                read_trips(trips, network.zones),
            )
    if not options.net:
        yield "made-up city", *a_city()


def relative_gap(links: Links, trips: Trips, flow: FloatArray) -> float:
    """(total cost - cost by the cheapest ways) / total cost, by scipy's Dijkstra on a graph of our own."""
    cost = links.cost(flow)
    labels = cheapest(links, cost, np.unique(trips.origin))[0]
    row = np.searchsorted(np.unique(trips.origin), trips.origin)
    away = labels[row, trips.destination]
    counts = np.isfinite(away) & (trips.origin != trips.destination)
    total = float(flow @ cost)
    return (total - float(trips.volume[counts] @ away[counts])) / total


def cheapest(links: Links, cost: FloatArray, origins: np.ndarray) -> tuple[FloatArray, np.ndarray, np.ndarray]:
    """Costs, predecessors (both origins x nodes) and the link of each pair of nodes; zones are not passed."""
    best = np.lexsort((cost, links.head, links.tail))
    ends = links.tail[best] * links.nodes + links.head[best]
    best = best[np.concatenate([[True], ends[1:] != ends[:-1]])]
    costs = np.maximum(cost[best], 1e-12)
    labels = np.empty((len(origins), links.nodes))
    before = np.empty((len(origins), links.nodes), np.int32)
    if links.first_through == 0:
        graph = csr_array((costs, (links.tail[best], links.head[best])), shape=(links.nodes, links.nodes))
        labels, before = dijkstra(graph, indices=origins, return_predecessors=True)
        return labels, before, best
    for k, origin in enumerate(origins):
        usable = (links.tail[best] >= links.first_through) | (links.tail[best] == origin)
        graph = csr_array(
            (costs[usable], (links.tail[best][usable], links.head[best][usable])), shape=(links.nodes, links.nodes)
        )
        labels[k], before[k] = dijkstra(graph, indices=origin, return_predecessors=True)
    return labels, before, best


def ours(links: Links, trips: Trips, gap: float) -> tuple[FloatArray, int]:
    """Algorithm B of the package."""
    found = equilibrium(links, trips, gap=gap)
    return found.flow, found.iterations


def frank_wolfe(links: Links, trips: Trips, gap: float) -> tuple[FloatArray, int]:
    """Frank & Wolfe (1956) with an exact step, in numpy and scipy; gives up after a while."""
    origins, row = np.unique(trips.origin, return_inverse=True)
    begin = perf_counter()
    flow = np.zeros(len(links))
    for rounds in range(MAX_ROUNDS):
        cost = links.cost(flow)
        labels, before, best = cheapest(links, cost, origins)
        link_of = dict(zip((links.tail[best] * links.nodes + links.head[best]).tolist(), best.tolist(), strict=True))
        target = np.zeros(len(links))
        for k in range(len(origins)):
            need = np.bincount(trips.destination[row == k], trips.volume[row == k], links.nodes)
            need[origins[k]] = 0.0
            for node in np.argsort(-labels[k]):
                if need[node] > 0.0 and before[k, node] >= 0:
                    target[link_of[int(before[k, node]) * links.nodes + int(node)]] += need[node]
                    need[before[k, node]] += need[node] * (before[k, node] != origins[k])
        total = float(flow @ cost)
        if rounds and ((total - float(target @ cost)) <= gap * total or perf_counter() - begin > PATIENCE_S):
            return flow, rounds
        low, high = 0.0, 1.0
        for _ in range(50 if rounds else 0):
            step = (low + high) / 2.0
            uphill = float(links.cost(flow + step * (target - flow)) @ (target - flow)) > 0
            low, high = (low, step) if uphill else (step, high)
        flow = flow + (high if rounds else 1.0) * (target - flow)
    return flow, MAX_ROUNDS


def aequilibrae_bfw() -> Solve | None:
    """Bi-conjugate Frank-Wolfe of AequilibraE on one core, where it is installed."""
    try:
        import pandas as pd
        from aequilibrae.matrix import AequilibraeMatrix
        from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass
        from aequilibrae.utils.python_signal import PythonSignal
    except ImportError:
        return None
    PythonSignal.emit = lambda self, value: None  # its progress bar costs more than the work

    def solve(links: Links, trips: Trips, gap: float) -> tuple[FloatArray, int]:
        zones = int(max(trips.origin.max(), trips.destination.max())) + 1
        matrix = AequilibraeMatrix()
        matrix.create_empty(zones=zones, matrix_names=["cars"], memory_only=True)
        matrix.index = np.arange(1, zones + 1)
        matrix.matrix["cars"][:, :] = 0.0
        np.add.at(matrix.matrix["cars"], (trips.origin, trips.destination), trips.volume)
        matrix.computational_view(["cars"])
        table = pd.DataFrame(
            {
                "link_id": np.arange(1, len(links) + 1), "a_node": links.tail + 1, "b_node": links.head + 1,
                "direction": 1, "free_flow_time": np.maximum(links.free_time, 1e-9), "capacity": links.capacity,
                "b": links.b, "power": np.where(links.b > 0, links.power, 1.0), "id": np.arange(1, len(links) + 1),
            }
        )  # fmt: skip
        graph = Graph()
        graph.network = table
        graph.mode = "c"
        graph.prepare_graph(np.arange(1, zones + 1))
        graph.set_graph("free_flow_time")
        graph.set_blocked_centroid_flows(links.first_through > 0)
        run = TrafficAssignment()
        run.set_classes([TrafficClass("cars", graph, matrix)])
        run.set_vdf("BPR")
        run.set_vdf_parameters({"alpha": "b", "beta": "power"})
        run.set_capacity_field("capacity")
        run.set_time_field("free_flow_time")
        run.set_algorithm("bfw")
        run.set_cores(1)
        run.max_iter = MAX_ROUNDS
        run.rgap_target = gap
        run.execute(log_specification=False)
        result = run.results()
        return result["PCE_AB"].reindex(table["link_id"]).fillna(0.0).to_numpy(), len(run.report())

    return solve


def timed(solve: Solve, links: Links, trips: Trips, gap: float) -> tuple[float, float, float, float, int]:
    """Wall and processor seconds, the gap by an independent yardstick, the objective and the rounds."""
    wall, busy = perf_counter(), process_time()
    flow, rounds = solve(links, trips, gap)
    wall, busy = perf_counter() - wall, process_time() - busy
    return wall, busy, relative_gap(links, trips, flow), links.beckmann(flow), rounds


def main() -> None:
    """Print a line for each network and solver, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--net", type=Path)
    parser.add_argument("--trips", type=Path)
    options = parser.parse_args()
    if (options.net is None) != (options.trips is None):
        parser.error("--net and --trips go together")
    anchor = aequilibrae_bfw()
    name, other = ("AequilibraE bfw", anchor) if anchor else ("Frank-Wolfe in numpy", frank_wolfe)
    if anchor is None:
        print("AequilibraE is not installed; a plain Frank-Wolfe stands in for it.", file=sys.stderr)
    warm()
    print(f"{'network':16} {'solver':22} {'seconds':>9} {'cpu':>9} {'gap':>9} {'objective':>20} {'rounds':>6}")
    for network, links, trips in networks(options):
        rows = [("ours", timed(ours, links, trips, options.gap)), (name, timed(other, links, trips, options.gap))]
        for solver, (wall, busy, gap, objective, rounds) in rows:
            print(f"{network:16} {solver:22} {wall:9.4f} {busy:9.4f} {gap:9.1e} {objective:20.4f} {rounds:6}")
        (_, mine), (_, theirs) = rows
        print(f"{network:16} {'ratio':22} {theirs[0] / mine[0]:9.1f} {theirs[1] / mine[1]:9.1f}")


if __name__ == "__main__":
    main()
