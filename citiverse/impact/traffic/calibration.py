"""Trips brought into line with counts on streets.

Method: Spiess (1990), A gradient approach for the O-D matrix adjustment problem, Centre de recherche sur les
transports, publication 693: steps down the gradient of the squared differences, in proportion to the trips there are,
so that what nobody has counted stays as it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from citiverse.city.counts import TrafficCount
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.traffic.assignment import Ends, Streets
from citiverse.impact.traffic.demand import Demand

FARTHEST_COUNT_M = 25.0
FARTHEST_ASKEW_DEG = 60.0
ROUNDS = 12
LEAST_GAIN = 0.01  # of the squared differences in a round, to go on
MOST_FACTOR = 20.0  # trips between two places never grow or shrink by more
_SAME = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A count and the ways whose traffic it holds together, vehicles per day."""

    ways: IntArray
    per_day: float


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Factors on the trips of each pair, shape (pairs,); mean absolute differences before and after, as shares."""

    factors: FloatArray
    counts: int
    before: float
    after: float


def match(counts: Sequence[TrafficCount], streets: Streets) -> list[Counted]:
    """Counts of motor traffic on the street they belong to: the one they name, else the nearest; others are dropped."""
    network, ways = streets.network, streets.ways
    found: list[Counted] = []
    if not len(ways):
        return found
    pieces = np.unique(ways.piece)
    lines = np.array(network.lines, object)[pieces]
    tree = shapely.STRtree(lines)
    for count in counts:
        if count.of != "motor" or not np.isfinite(count.per_day) or count.per_day < 0.0:
            continue
        spot = shapely.Point(count.x_m, count.y_m)
        near = tree.query(spot, "dwithin", FARTHEST_COUNT_M)
        if not len(near):
            continue
        named = [each for each in near if _is_named(streets, int(pieces[each]), count.road)]
        chosen = np.array(named or near, np.int64)
        piece = pieces[chosen[np.argmin(shapely.distance(lines[chosen], spot))]]
        here = np.flatnonzero(ways.piece == piece)
        if count.heading_deg is not None:
            here = here[_askew_deg(streets, here, count.heading_deg) <= FARTHEST_ASKEW_DEG]
        if len(here):
            found.append(Counted(here, count.per_day))
    return found


def _is_named(streets: Streets, piece: int, name: str) -> bool:
    road = streets.network.roads[streets.network.road[piece]]
    return bool(name) and name.casefold() in {road.id.casefold(), road.name.casefold()}


def _askew_deg(streets: Streets, ways: IntArray, heading_deg: float) -> FloatArray:
    """Angle between each way and a heading clockwise from north."""
    step = streets.network.points[streets.ways.head[ways]] - streets.network.points[streets.ways.tail[ways]]
    bearing = np.degrees(np.arctan2(step[:, 0], step[:, 1]))
    return np.abs((bearing - heading_deg + 180.0) % 360.0 - 180.0)


def calibrated(
    streets: Streets,
    demand: Demand,
    ends: Ends,
    counted: Sequence[Counted],
    solve: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
) -> Calibration:
    """Trips whose flows come as near to the counts as the streets allow.

    `solve` takes trips per day of each pair and returns flows per day and minutes on all ways.
    """
    wanted = np.array([each.per_day for each in counted])
    origin, destination = ends.start[demand.origin], ends.end[demand.destination]
    volume, best = demand.volume.copy(), demand.volume.copy()
    least, before, after = np.inf, 0.0, 0.0
    for round_ in range(ROUNDS):
        flow, minutes = solve(volume)
        told = np.array([float(flow[each.ways].sum()) for each in counted])
        off = told - wanted
        squares = float((off**2).sum())
        share = float(np.abs(off).sum() / max(wanted.sum(), 1.0))
        if round_ == 0:
            before = after = share
        if squares >= least * (1.0 - LEAST_GAIN):
            if squares < least:
                best, after = volume, share
            break
        least, best, after = squares, volume, share
        uses = _uses(streets, origin, destination, minutes, counted)
        gradient = uses @ off
        change = -(uses * (volume * gradient)[:, None]).sum(axis=0)  # of the flows, per unit of the step
        bottom = float((change**2).sum())
        if bottom <= 0.0:
            break
        step = float((change * (wanted - told)).sum()) / bottom
        limit = 0.5 / max(float(np.abs(gradient).max()), 1e-30)
        volume = volume * (1.0 - np.clip(step, 0.0, limit) * gradient)
        volume = np.clip(volume, demand.volume / MOST_FACTOR, demand.volume * MOST_FACTOR)
    factors = np.divide(best, demand.volume, out=np.ones(len(best)), where=demand.volume > 0.0)
    return Calibration(factors, len(counted), before, after)


def _uses(
    streets: Streets, origin: IntArray, destination: IntArray, minutes: FloatArray, counted: Sequence[Counted]
) -> FloatArray:
    """1 where the quickest way of a pair leads over what was counted, shape (pairs, counts)."""
    links, nodes = streets.links, streets.links.nodes
    cost = np.maximum(minutes, _SAME)
    order = np.lexsort((cost, links.head, links.tail))
    first = np.ones(len(order), np.bool_)
    tail, head = links.tail[order], links.head[order]
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    graph = csr_array((cost[order][first], (tail[first], head[first])), shape=(nodes, nodes))
    starts, of_pair = np.unique(origin, return_inverse=True)
    from_start = dijkstra(graph, directed=True, indices=starts)
    whole = from_start[of_pair, destination]
    found = np.zeros((len(origin), len(counted)))
    for k, each in enumerate(counted):
        for way in each.ways:
            onwards = dijkstra(graph, directed=True, indices=links.head[way : way + 1])[0]
            with np.errstate(invalid="ignore"):
                over = from_start[of_pair, links.tail[way]] + cost[way] + onwards[destination]
                found[:, k] = np.maximum(found[:, k], over <= whole * (1.0 + 1e-9) + _SAME)
    found[~np.isfinite(whole)] = 0.0
    return found
