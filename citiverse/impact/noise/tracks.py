"""Tracks of trams, and how many trams an hour run on each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from citiverse.city.city import City
from citiverse.city.feature import Rail
from citiverse.city.timetable import Timetable
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.streets import PERIOD_HOURS, PERIODS

TRAMS = frozenset({"tram", "light_rail"})
STOP_TO_TRACK_M = 40.0
DETOUR_TO_TRACK = 3.0  # a metre from a stop to a track counts as that many along it, so that the nearer track is taken
LONGEST_STEP_M = 20.0  # between places of a track where trams may stop
SAME_POINT_M = 0.05
_STARTS_H = (7.0, 19.0, 23.0)  # Directive 2002/49/EC, Annex I


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Tracks that trams run on; `trams_per_h`, shape (tracks, 3), is for PERIODS; `timed` whether by a timetable."""

    rails: tuple[Rail, ...]
    trams_per_h: FloatArray
    timed: bool


def tracks_of(city: City, usual_per_h: Mapping[str, float]) -> Tracks:
    """Tracks of a city with the trams of its timetable, or where it has none as many as `usual_per_h` for PERIODS."""
    rails = tuple(each for each in city.all(Rail) if each.category in TRAMS and each.geometry.length > 0.0)
    timetable = city.facts.timetable
    if rails and timetable is not None:
        trams = _by_timetable(rails, timetable)
        if trams.any():
            return Tracks(rails, trams, timed=True)
    usual = np.array([usual_per_h[period] for period in PERIODS], dtype=np.float64)
    return Tracks(rails, np.tile(usual, (len(rails), 1)), timed=False)


def _by_timetable(rails: Sequence[Rail], timetable: Timetable) -> FloatArray:
    """Trams an hour on each track: from stop to stop on the shortest way along the tracks."""
    lines = shapely.segmentize([each.geometry for each in rails], LONGEST_STEP_M)
    xy, rail = shapely.get_coordinates(lines, return_index=True)
    _, first, node = np.unique(np.rint(xy / SAME_POINT_M), axis=0, return_index=True, return_inverse=True)
    node = node.reshape(-1)
    same = rail[1:] == rail[:-1]
    tail, head, owner = node[:-1][same], node[1:][same], rail[:-1][same]
    length = np.maximum(np.hypot(*(xy[1:] - xy[:-1]).T)[same], SAME_POINT_M)
    runs = _runs(timetable)
    stops = sorted({stop for pair in runs for stop in pair})
    link_stop, link_node, link_m = _at_stops(timetable, stops, xy[first], np.bincount(np.append(tail, head)))
    count = len(first) + len(stops)
    graph = csr_array(
        (np.concatenate([length, link_m]),
         (np.concatenate([tail, len(first) + link_stop]), np.concatenate([head, link_node]))),
        shape=(count, count),
    )  # fmt: skip
    edge = {pair: k for k, pair in enumerate(zip(tail.tolist(), head.tolist(), strict=True))}
    edge |= {(b, a): k for (a, b), k in edge.items()}
    passing = np.zeros((len(tail), len(PERIODS)))
    place = {stop: len(first) + k for k, stop in enumerate(stops)}
    for start in sorted({pair[0] for pair in runs}):
        origins = np.array([place[start]])
        before = dijkstra(graph, directed=False, indices=origins, return_predecessors=True)[1][0].astype(np.int64)
        for (origin, target), trips in runs.items():
            if origin == start:
                for k in _way(before, place[target], len(first), edge):
                    passing[k] += trips
    metres = np.bincount(owner, length, minlength=len(rails))
    trams = np.column_stack([np.bincount(owner, length * each, minlength=len(rails)) for each in passing.T])
    per_h: FloatArray = trams / metres[:, None] / np.array(PERIOD_HOURS)
    return per_h


def _runs(timetable: Timetable) -> dict[tuple[int, int], FloatArray]:
    """Trams a day from one stop to the next by period, shape (3,) each."""
    runs: dict[tuple[int, int], FloatArray] = {}
    for course in timetable.courses:
        if course.mode == "tram" and len(course.departures):
            for k, pair in enumerate(zip(course.stops[:-1], course.stops[1:], strict=True)):
                hour = (course.minutes[k] + np.array(course.departures)) / 60.0 % 24.0
                period = (np.searchsorted(_STARTS_H, hour, side="right") - 1) % len(PERIODS)
                trips = np.bincount(period, minlength=len(PERIODS)).astype(np.float64)
                runs[pair] = runs.get(pair, np.zeros(len(PERIODS))) + trips
    return runs


def _at_stops(
    timetable: Timetable, stops: Sequence[int], nodes: FloatArray, degree: IntArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Links from stops (their place in `stops`) to nodes of the tracks and their metres.

    A stop with no track beside it lies beyond the tracks that are known: its trams enter at one of their ends.
    """
    ends = np.flatnonzero(degree == 1)
    tree = cKDTree(nodes)
    stop, node, metres = [], [], []
    for k, each in enumerate(stops):
        here = np.array([timetable.stops[each].x_m, timetable.stops[each].y_m])
        beside = np.array(sorted(tree.query_ball_point(here, STOP_TO_TRACK_M)), dtype=np.int64)
        found = beside if len(beside) else ends
        away = np.hypot(*(nodes[found] - here).T)
        stop.append(np.full(len(found), k))
        node.append(found)
        metres.append(np.maximum(away * DETOUR_TO_TRACK, SAME_POINT_M))
    none = np.zeros(0, dtype=np.int64)
    return np.concatenate([none, *stop]), np.concatenate([none, *node]), np.concatenate([np.zeros(0), *metres])


def _way(before: IntArray, target: int, nodes: int, edge: Mapping[tuple[int, int], int]) -> list[int]:
    """Edges of the tracks on the way to `target`; none where there is no way, or only one by way of a third stop."""
    found, at = [], target
    while before[at] >= 0:
        at, last = int(before[at]), at
        if at < nodes and last < nodes:
            found.append(edge[at, last])
        elif at >= nodes and before[at] >= 0:
            return []
    return found
