"""User equilibrium: nobody could drive a cheaper way (Wardrop 1952, first principle)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.model import Superseded
from citiverse.impact.traffic import bushes
from citiverse.impact.traffic.bushes import Nodes, Starts
from citiverse.impact.traffic.links import BadNetwork, Flags, Links, Trips

BLOCK_ENTRIES = 1_000_000  # bush entries worked on between two looks at `cancelled`
MAX_ENTRIES = 400_000_000  # 12 bytes each; a network of 75,000 links and 3,300 zones has 110 million
_SWEEPS = 30  # at most, between two searches for better links
_SETTLED = 0.2  # the bushes are balanced when their own excess is below this share of the network's
_STALLED = 60  # rounds without a better gap after which rounding is all that is left


class TooLarge(BadNetwork):
    """A network that would not fit into memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Equilibrium:
    """Flows at which every used way of a pair costs the same and no other way costs less.

    `flow`, `time` and `cost`, shape (links,), in the units of the network; `gap` is (total cost - cost if all took
    today's cheapest ways) / total cost; `objective` is Beckmann's; `vehicle_time` is flow times travel time, without
    fixed costs. `unserved`, shape (pairs,), marks pairs of the given trips that no way connects. `told_apart`, shape
    (links,), is the share of `flow` by the trips that were to be told apart, which take the used ways of their origin
    in the same proportions as all others.
    """

    flow: FloatArray
    time: FloatArray
    cost: FloatArray
    gap: float
    objective: float
    iterations: int
    vehicle_time: float
    unserved: Flags
    unserved_trips: float
    told_apart: FloatArray


@dataclass(slots=True, eq=False)
class _Block:
    """Some origins with their trips (sorted, by origin) and bushes."""

    origins: Nodes
    first_pair: Starts
    destination: Nodes
    volume: FloatArray
    origin_volume: FloatArray
    apart: FloatArray
    starts: Starts
    links: Nodes
    flows: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Network:
    """Open links sorted by tail, as the kernels take them; `order` are their places among the given links."""

    nodes: int
    first_through: int
    order: IntArray
    first_out: Starts
    tail: Nodes
    head: Nodes
    curves: FloatArray


def _starts(sorted_keys: Nodes, size: int) -> Starts:
    return np.searchsorted(sorted_keys, np.arange(size + 1)).astype(np.int64)


def _prepared(links: Links) -> _Network:
    usable = np.flatnonzero(~links.closed & (links.tail != links.head))
    order = usable[np.argsort(links.tail[usable], kind="stable")]
    tail, head = links.tail[order].astype(np.int32), links.head[order].astype(np.int32)
    congestible = links.congestible[order]
    curves = np.zeros((len(order), 4))
    curves[:, 0] = (links.base_time + links.fixed)[order]
    curves[:, 1] = np.where(congestible, (links.free_time * links.b)[order], 0.0)
    curves[:, 2] = np.divide(1.0, links.capacity[order], out=np.zeros(len(order)), where=congestible)
    curves[:, 3] = links.power[order]
    return _Network(
        links.nodes, links.first_through, order, _starts(tail, links.nodes), tail, head, curves
    )  # fmt: skip


def _blocks(trips: Trips, nodes: int, apart: Flags | None) -> list[_Block]:
    """Trips between different nodes, summed by pair, in blocks of origins; of each the volume of those `apart`."""
    counts = (trips.origin != trips.destination) & (trips.volume > 0)
    keys, index = np.unique(trips.origin[counts] * nodes + trips.destination[counts], return_inverse=True)
    volume: FloatArray = np.bincount(index, weights=trips.volume[counts], minlength=len(keys)).astype(np.float64)
    marked = np.zeros(len(trips.volume)) if apart is None else trips.volume * apart
    told: FloatArray = np.bincount(index, weights=marked[counts], minlength=len(keys)).astype(np.float64)
    origins, first = np.unique(keys // nodes, return_index=True)
    first = np.append(first, len(keys)).astype(np.int64)
    each = max(1, BLOCK_ENTRIES // max(nodes, 1))
    blocks = []
    for begin in range(0, len(origins), each):
        pairs = first[begin : begin + each + 1]
        part = slice(pairs[0], pairs[-1])
        inside = pairs - pairs[0]
        blocks.append(
            _Block(
                origins=origins[begin : begin + each].astype(np.int32),
                first_pair=inside,
                destination=(keys[part] % nodes).astype(np.int32),
                volume=volume[part].copy(),
                origin_volume=np.add.reduceat(volume[part], inside[:-1]),
                apart=told[part],
                starts=np.zeros(1, np.int64),
                links=np.zeros(0, np.int32),
                flows=np.zeros(0),
            )
        )
    return blocks


def _plant(network: _Network, blocks: list[_Block], state: FloatArray, cancelled: Callable[[], bool]) -> None:
    for block in blocks:
        _stop_if(cancelled)
        block.starts, block.links, block.flows = bushes.plant(
            block.origins, block.first_pair, block.destination, block.volume, network.first_through,
            network.first_out, network.tail, network.head, network.curves, state,
        )  # fmt: skip


def _settle(network: _Network, blocks: list[_Block], state: FloatArray) -> None:
    """Recount all flows from the bushes, so that rounding never piles up."""
    state[:, 0] = 0.0
    for block in blocks:
        bushes.settle(
            block.origins, block.first_pair, block.destination, block.volume,
            block.starts, block.links, block.flows, network.nodes, network.tail, network.head, state,
        )  # fmt: skip
    bushes.price_all(network.curves, state)


def _regrow(network: _Network, blocks: list[_Block], state: FloatArray, cancelled: Callable[[], bool]) -> float:
    least = 0.0
    cost = state[:, 1].copy()
    for block in blocks:
        _stop_if(cancelled)
        block.starts, block.links, block.flows, part = bushes.regrow(
            block.origins, block.first_pair, block.destination, block.volume, block.starts, block.links, block.flows,
            network.first_through, network.first_out, network.tail, network.head, cost,
        )  # fmt: skip
        least += part
    return least


def _sweep(
    network: _Network,
    blocks: list[_Block],
    state: FloatArray,
    small_cost: float,
    small_excess: float,
    cancelled: Callable[[], bool],
) -> float:
    excess = 0.0
    for block in blocks:
        _stop_if(cancelled)
        excess += bushes.sweep(
            block.origins, block.starts, block.links, block.flows, block.origin_volume, network.nodes,
            network.tail, network.head, network.curves, state, small_cost, small_excess,
        )  # fmt: skip
    return excess


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Superseded


def _never() -> bool:
    return False


def equilibrium(
    links: Links,
    trips: Trips,
    *,
    gap: float = 1e-6,
    max_iterations: int = 2000,
    cancelled: Callable[[], bool] = _never,
    apart: Flags | None = None,
) -> Equilibrium:
    """Assign `trips` to `links` until the relative gap is at most `gap`; `apart` marks pairs to tell the flow of.

    It also goes on until Beckmann's objective is within `gap` (relative) of its minimum, which total cost - cheapest
    cost bounds. Trips within a node are ignored, those that no way connects are marked. The same input gives the same
    bits. Returns the best it has after `max_iterations` or when rounding stops progress: look at the result's gap.
    Raises TooLarge, and Superseded soon after `cancelled()` turns true.
    """
    *_, found = approached(links, trips, (gap,), max_iterations=max_iterations, cancelled=cancelled, apart=apart)
    return found


def approached(
    links: Links,
    trips: Trips,
    gaps: Sequence[float],
    *,
    max_iterations: int = 2000,
    cancelled: Callable[[], bool] = _never,
    apart: Flags | None = None,
) -> Iterator[Equilibrium]:
    """As `equilibrium` with the last and smallest of `gaps`, with what there is on the way: one result for each gap."""
    network = _prepared(links)
    blocks = _blocks(trips, links.nodes, apart)
    zones = sum(len(block.origins) for block in blocks)
    if zones * links.nodes > MAX_ENTRIES:
        raise TooLarge(f"{zones} zones on {links.nodes} nodes are more than fits in memory.")
    state = np.zeros((len(network.order), 3))
    bushes.price_all(network.curves, state)
    _plant(network, blocks, state, cancelled)
    volume = sum(float(block.origin_volume.sum()) for block in blocks)

    gap, told = gaps[-1], 0
    iterations, stalled, best = 0, 0, np.inf
    while True:
        _settle(network, blocks, state)
        least = _regrow(network, blocks, state, cancelled)
        total = bushes.total_cost(state)
        excess = max(total - least, 0.0)
        reached = excess / total if total > 0 else 0.0
        flow = np.zeros(len(links))
        flow[network.order] = state[:, 0]
        objective = links.beckmann(flow)
        stalled = 0 if reached < 0.9 * best else stalled + 1
        best = min(best, reached)
        done = excess <= gap * min(total, objective) or iterations >= max_iterations or stalled > _STALLED
        due = len(gaps) if done else sum(excess <= each * min(total, objective) for each in gaps)
        if due > told:
            found = _found(links, trips, network, blocks, flow, reached, objective, iterations, apart)
            yield from repeat(found, due - told)
            told = due
        if done:
            return
        iterations += 1
        aim = max(_SETTLED * excess, 0.1 * gap * total)
        for _ in range(_SWEEPS):
            if _sweep(network, blocks, state, 0.01 * aim / volume, 0.1 * aim / volume, cancelled) <= aim:
                break


def _found(
    links: Links, trips: Trips, network: _Network, blocks: list[_Block], flow: FloatArray, gap: float, objective: float,
    iterations: int, apart: Flags | None,
) -> Equilibrium:  # fmt: skip
    time = links.time(flow)
    unserved = _unserved(links, trips, blocks)
    return Equilibrium(
        flow=flow,
        time=time,
        cost=time + links.fixed,
        gap=gap,
        objective=objective,
        iterations=iterations,
        vehicle_time=float(np.sum(flow * time)),
        unserved=unserved,
        unserved_trips=float(trips.volume[unserved].sum()),
        told_apart=np.zeros(len(links)) if apart is None else _told_apart(network, blocks, len(links)),
    )


def _told_apart(network: _Network, blocks: list[_Block], links: int) -> FloatArray:
    """Flow of the trips to tell apart: loaded on the final bushes, whose splits stay."""
    state = np.zeros((len(network.order), 3))
    for block in blocks:
        volume = np.where(block.volume > 0.0, block.apart, 0.0)
        bushes.settle(
            block.origins, block.first_pair, block.destination, volume,
            block.starts, block.links, block.flows.copy(), network.nodes, network.tail, network.head, state,
        )  # fmt: skip
    flow = np.zeros(links)
    flow[network.order] = state[:, 0]
    return flow


def _unserved(links: Links, trips: Trips, blocks: list[_Block]) -> Flags:
    """Trips of pairs that planting found no way for (their volume is now 0)."""
    keys = [np.zeros(0, np.int64)]
    for block in blocks:
        lost = np.flatnonzero(block.volume == 0.0)
        origin = block.origins[np.searchsorted(block.first_pair, lost, side="right") - 1].astype(np.int64)
        keys.append(origin * links.nodes + block.destination[lost])
    return np.isin(trips.origin * links.nodes + trips.destination, np.concatenate(keys)) & (trips.volume > 0)


def warm() -> None:
    """Compile the kernels, or load them from the cache, by solving two parallel links."""
    two = np.ones(2)
    pair = Links(2, np.zeros(2, np.int64), np.ones(2, np.int64), two, two, two, two, np.zeros(2))
    equilibrium(pair, Trips(np.zeros(1, np.int64), np.ones(1, np.int64), np.ones(1)))
