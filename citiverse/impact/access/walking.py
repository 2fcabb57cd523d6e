"""The ways people walk, with the doors of homes and places on them, and how long the nearest place takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.city.feature import Road
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.access.kinds import table
from citiverse.shape.network import RoadNetwork, network_of, ways_of

_LEAST_MIN = 1e-9  # so that no way takes no time at all
LEVEL_KMH = 6.0 * float(np.exp(-3.5 * 0.05))


def tobler_kmh(slope: FloatArray) -> FloatArray:
    """Walking speed on a slope (rise over run, uphill positive): Tobler (1993), NCGIA technical report 93-1."""
    found: FloatArray = 6.0 * np.exp(-3.5 * np.abs(slope + 0.05))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """A graph of minutes, seen from where one arrives: the entry (i, j) is how long it takes from j to i.

    Nodes are junctions at `points` first, then the doors of the things it was made for: thing t is node `door[t]`, -1
    for those too far off any way.
    """

    graph: csr_array
    points: FloatArray
    door: IntArray


def walking_network(city: City) -> RoadNetwork:
    """All that people may walk on."""
    return network_of(road for road in city.all(Road) if "foot" in road.modes)


@dataclass(frozen=True, slots=True)
class Walker:
    """Someone on foot or wheels.

    `pace` is relative to a healthy adult's, `stairs` how many times longer than a level way they take (infinite: they
    bar the way), `steepest` the slope (rise over run) that they can take, `rough` the factor on cobbles, gravel, earth.
    """

    name: str
    words: str
    pace: float
    stairs: float
    steepest: float
    rough: float


@cache
def walkers() -> tuple[Walker, ...]:
    """Those whose walks are told: a healthy adult first."""
    return tuple(
        Walker(
            name, row["words"], row["pace"], row["stairs"] or math.inf, row["steepest"] or math.inf, row["rough"]
        )
        for name, row in table()["walk"]["walkers"].items()
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Doors:
    """Where `things` meet the ways of a network; see Walks. `cut` are pieces between junctions and doors.

    `line`, `along` and `off_m`, shape (things,), are the nearest piece of street, -1 where none is near enough, how
    far along it a door is (0 to 1), and how far off it is.
    """

    network: RoadNetwork
    things: tuple[BaseGeometry, ...]
    line: IntArray
    along: FloatArray
    off_m: FloatArray
    cut: tuple[IntArray, IntArray, IntArray, FloatArray]
    door: IntArray


def walks(city: City, network: RoadNetwork, things: Sequence[BaseGeometry]) -> Walks:
    """The ways of `network` for a healthy adult, with doors for `things`; see `doors_of`."""
    return walked(city, doors_of(network, things), walkers()[0])


def same_to_walk(network: RoadNetwork, roads: Sequence[Road]) -> bool:
    """Whether `network` is also that of `roads`, as far as those who walk may tell."""
    return len(roads) == len(network.roads) and all(
        a is b or _to_walk(a) == _to_walk(b) for a, b in zip(network.roads, roads, strict=True)
    )


def _to_walk(road: Road) -> tuple[object, ...]:
    return road.geometry, road.category, road.surface, road.incline_percent, road.bridge, road.tunnel


def doors_of(network: RoadNetwork, things: Sequence[BaseGeometry], before: Doors | None = None) -> Doors:
    """Doors for `things`: on the nearest way that leads somewhere, stairs only if need be, abreast of the middle.

    `before` are doors on the same network, maybe of other things, which only saves work.
    """
    known = {id(thing): k for k, thing in enumerate(before.things)} if before and before.network is network else {}
    at = np.array([known.get(id(thing), -1) for thing in things], np.int64)
    if before is not None and len(at) == len(before.things) and (at == np.arange(len(at))).all():
        return before
    ways = ways_of(network, "foot")
    pieces = np.unique(ways.piece)
    pieces = pieces[_leads_somewhere(network, pieces, table()["walk"]["least_island"])]
    line, along, off_m = np.full(len(at), -1, np.int64), np.zeros(len(at)), np.full(len(at), np.inf)
    if before is not None:
        old = at >= 0
        line[old], along[old], off_m[old] = (each[at[old]] for each in (before.line, before.along, before.off_m))
    new = np.flatnonzero(at < 0)
    line[new], along[new], off_m[new] = _nearest(network, pieces, [things[k] for k in new.tolist()])
    near = np.flatnonzero(line >= 0)
    nodes = len(network.points)
    door = np.full(len(things), -1, dtype=np.int64)
    door[near] = nodes + len(near) + np.arange(len(near))
    cut = _cut(network, pieces, line[near], along[near], nodes + np.arange(len(near)))
    return Doors(network, tuple(things), line, along, off_m, cut, door)


def walked(city: City, doors: Doors, walker: Walker) -> Walks:
    """The ways between doors in the minutes that they take `walker`."""
    network = doors.network
    tail, head, piece, share = doors.cut
    up, down = _minutes(city, network, walker)
    near = doors.door >= 0
    off = doors.off_m[near] / 1000.0 / (LEVEL_KMH * walker.pace) * 60.0
    at = doors.door[near]
    on_way = at - len(at)
    # From head to tail takes what walking against the line takes, and so on: entries are seen from the arrival.
    row = np.concatenate([head, tail, on_way, at])
    column = np.concatenate([tail, head, at, on_way])
    # An end of a piece has no length, whether or not one may walk on it.
    part = share > 0.0
    ways = [np.multiply(share, each[piece], out=np.zeros(len(share)), where=part) for each in (up, down)]
    minutes = np.concatenate([*ways, off, off])
    open_to = np.isfinite(minutes)
    nodes = len(network.points) + 2 * len(on_way)
    graph = shortest_edges(row[open_to], column[open_to], minutes[open_to], nodes)
    return Walks(graph, network.points, doors.door)


def shortest_edges(row: IntArray, column: IntArray, minutes: FloatArray, nodes: int) -> csr_array:
    """A sparse matrix that keeps the shortest of edges between the same nodes."""
    order = np.lexsort((minutes, column, row))
    row, column, minutes = row[order], column[order], np.maximum(minutes[order], _LEAST_MIN)
    first = np.ones(len(row), dtype=np.bool_)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return csr_array((minutes[first], (row[first], column[first])), shape=(nodes, nodes))


def minutes_to_nearest(graph: csr_array, places: IntArray, *, most: float = np.inf) -> FloatArray:
    """Minutes from every node to the nearest of `places`, infinite beyond `most`; see Walks for the graph."""
    if not len(places):
        return np.full(graph.shape[0], np.inf)
    found: FloatArray = dijkstra(graph, directed=True, indices=np.unique(places), limit=most, min_only=True)
    return found


def _leads_somewhere(network: RoadNetwork, pieces: IntArray, least: float) -> NDArray[np.bool_]:
    """Marks the pieces of parts of the network that are not tiny beside its largest part."""
    start, end = network.start[pieces], network.end[pieces]
    shape = (len(network.points), len(network.points))
    part = connected_components(csr_array((np.ones(len(pieces)), (start, end)), shape=shape), directed=False)[1]
    length = np.bincount(part, np.bincount(start, network.length_m[pieces], len(network.points)))
    return np.asarray(length[part[start]] >= least * length.max(initial=0.0), dtype=np.bool_)


def _nearest(
    network: RoadNetwork, pieces: IntArray, things: Sequence[BaseGeometry]
) -> tuple[IntArray, FloatArray, FloatArray]:
    """The nearest piece of each thing, -1 where none is near enough, where along it, and how far off; see Doors."""
    is_stairs = _stairs(network)[pieces]
    pieces = pieces if is_stairs.all() else pieces[~is_stairs]
    found, along, off_m = np.full(len(things), -1, np.int64), np.zeros(len(things)), np.full(len(things), np.inf)
    if not len(pieces) or not things:
        return found, along, off_m
    lines = np.asarray(network.lines, dtype=object)[pieces]
    (thing, line), distance = STRtree(lines).query_nearest(
        np.asarray(things, dtype=object),
        max_distance=table()["walk"]["farthest_off_street_m"],
        return_distance=True,
        all_matches=False,
    )
    found[thing], off_m[thing] = pieces[line], distance
    middle = shapely.centroid(np.asarray(things, dtype=object)[thing])
    along[thing] = shapely.line_locate_point(lines[line], middle, normalized=True)
    return found, along, off_m


def _cut(
    network: RoadNetwork, pieces: IntArray, piece: IntArray, along: FloatArray, node: IntArray
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Pieces cut at the spots `along` (0 to 1) where `node` lies: tail, head, piece and share of its length."""
    which = np.concatenate([pieces, piece, pieces])
    at = np.concatenate([np.zeros(len(pieces)), along, np.ones(len(pieces))])
    stop = np.concatenate([network.start[pieces], node, network.end[pieces]])
    rank = np.repeat([0, 1, 2], [len(pieces), len(piece), len(pieces)])
    order = np.lexsort((stop, at, rank, which))
    which, at, stop = which[order], at[order], stop[order]
    follows = which[1:] == which[:-1]
    return stop[:-1][follows], stop[1:][follows], which[:-1][follows], np.diff(at)[follows]


def _stairs(network: RoadNetwork) -> NDArray[np.bool_]:
    return np.array([road.category == "steps" for road in network.roads], dtype=np.bool_)[network.road]


def _minutes(city: City, network: RoadNetwork, walker: Walker) -> tuple[FloatArray, FloatArray]:
    """Minutes that each piece takes `walker` along its line and against it, infinite where the way is barred."""
    rules = table()["walk"]
    slope = np.zeros(len(network))
    if not city.terrain.flat:
        height = city.terrain.heights(network.points)
        slope = (height[network.end] - height[network.start]) / network.length_m
        level = np.array([road.bridge or road.tunnel for road in network.roads], dtype=np.bool_)
        slope[level[network.road]] = 0.0
        slope = np.clip(slope, -rules["steepest"], rules["steepest"])
    stairs = _stairs(network)
    tagged = np.array([np.nan if road.incline_percent is None else road.incline_percent for road in network.roads])
    known = tagged[network.road] / 100.0
    steep = np.abs(np.where(np.isnan(known), slope, known)) > walker.steepest
    slope[stairs] = 0.0
    bumpy = np.array([road.surface in rules["rough_surfaces"] for road in network.roads], np.bool_)[network.road]
    longer = np.where(stairs, walker.stairs, np.where(bumpy, walker.rough, 1.0))
    longer[steep & ~stairs] = np.inf
    hours = network.length_m / 1000.0 * longer / walker.pace
    return 60.0 * hours / tobler_kmh(slope), 60.0 * hours / tobler_kmh(-slope)
