"""What traffic means for people in the streets: crashes, engines on their way, passengers in buses, ways changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from citiverse.city.city import City
from citiverse.city.feature import Building, Place, Road
from citiverse.city.timetable import Timetable
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.model import DRAWS
from citiverse.impact.traffic.coefficients import Coefficients
from citiverse.impact.traffic.links import HUGE
from citiverse.shape.network import RoadNetwork, Ways, ways_of

SEED = 1034
_LEAST_MIN = 1e-9
_PLACES = {"fire": ("amenity=fire_station",), "ambulance": ("emergency=ambulance_station", "amenity=hospital")}
OFF_STREET_KMH = 5.0  # on foot from the street to the door
FARTHEST_OFF_M = 150.0
SPOTS_TRIED = 8
SPOT_EVERY_M = 25.0


def injury_crashes(
    km_per_year: FloatArray, speed_kmh: FloatArray, local: FloatArray, table: Coefficients
) -> tuple[float, FloatArray]:
    """Crashes with injuries a year, and their draws (DRAWS,).

    `km_per_year` are vehicle-km on pieces of street, `speed_kmh` the mean speed and `local` 1 for residential streets,
    shapes (pieces,). A rate by kind of street at a reference speed, times the power of the speed (Elvik 2009).
    """
    rules = table.crashes
    doubts = _crash_draws(rules.spread, rules.speed_spread)
    relative = np.maximum(speed_kmh, 5.0) / np.where(local > 0.0, rules.local_speed_kmh, rules.main_speed_kmh)
    rate = np.where(local > 0.0, rules.per_million_km_local, rules.per_million_km_main) / 1e6
    exponents = rules.speed_power + np.concatenate([[0.0], doubts[1]])
    found = np.array([float((km_per_year * rate * relative**power).sum()) for power in exponents])
    return float(found[0]), found[1:] * doubts[0]


@lru_cache(maxsize=2)
def _crash_draws(spread: float, speed_spread: float) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(SEED)
    return rng.lognormal(0.0, spread, DRAWS), rng.normal(0.0, speed_spread, DRAWS)


@dataclass(frozen=True, slots=True, eq=False)
class Engines:
    """Minutes that fire engines or ambulances take to each building from their nearest station, infinite if none."""

    buildings: tuple[str, ...]
    minutes: FloatArray
    stations: int


def engine_minutes(
    city: City, network: RoadNetwork, ways: Ways, minutes: FloatArray, kind: str, buildings: Sequence[Building]
) -> Engines:
    """Minutes to all buildings in the traffic of the peak, in `minutes` for each way; the last bit is on foot.

    Engines take the ways of cars and of buses, in the direction of traffic; what a closed street lets through nobody
    has said, so it lets nothing through. `kind` is fire or ambulance.
    """
    ids = tuple(each.id for each in buildings)
    stations = [each.geometry for each in city.all(Place) if each.category in _PLACES[kind]]
    if not stations or not buildings:
        return Engines(ids, np.full(len(buildings), np.inf), len(stations))
    lanes = ways_of(network, "bus")
    tail, head = np.concatenate([ways.tail, lanes.tail]), np.concatenate([ways.head, lanes.head])
    cost = np.maximum(np.concatenate([np.minimum(minutes, HUGE), _free_minutes(network, lanes)]), _LEAST_MIN)
    if not len(tail):
        return Engines(ids, np.full(len(buildings), np.inf), len(stations))
    nodes = len(network.points)
    graph = csr_array(_entries(*_quickest(tail, head, cost)), shape=(nodes, nodes))
    spots = np.unique(np.concatenate([tail, head]))
    from_station = spots[cKDTree(network.points[spots]).query(shapely.get_coordinates(stations))[1]]
    reached = dijkstra(graph, directed=True, indices=np.unique(from_station), min_only=True)
    along = np.full((2, len(network)), np.inf)
    forward = np.concatenate([ways.forward, lanes.forward])
    np.minimum.at(along, (np.where(forward, 0, 1), np.concatenate([ways.piece, lanes.piece])), cost)
    return Engines(ids, _to_doors(network, reached, along, buildings), len(stations))


def _entries(tail: IntArray, head: IntArray, cost: FloatArray) -> tuple[FloatArray, tuple[IntArray, IntArray]]:
    return cost, (tail, head)


def _quickest(tail: IntArray, head: IntArray, cost: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Of ways between the same junctions only the quickest, none without any time."""
    order = np.lexsort((cost, head, tail))
    tail, head, cost = tail[order], head[order], np.maximum(cost[order], _LEAST_MIN)
    first = np.ones(len(tail), np.bool_)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    return tail[first], head[first], cost[first]


def _free_minutes(network: RoadNetwork, ways: Ways) -> FloatArray:
    speed = np.array([max(road.speed_kmh, 5.0) for road in network.roads]).reshape(-1)
    road = network.road[ways.piece]
    return np.asarray(network.length_m[ways.piece] / (speed[road] * 1000.0 / 60.0), np.float64)


def _to_doors(
    network: RoadNetwork, reached: FloatArray, along: FloatArray, buildings: Sequence[Building]
) -> FloatArray:
    """Engines stop in the street where the door is reached soonest, of the spots near the building.

    `reached` are minutes to junctions; `along`, shape (2, pieces), from start to end of each piece and back.
    """
    used = np.flatnonzero(np.isfinite(along).any(axis=0))
    lines = shapely.segmentize(np.array(network.lines, object)[used], SPOT_EVERY_M)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T) * (np.diff(line, prepend=-1) == 0)
    run = np.cumsum(step)
    first = np.searchsorted(line, np.arange(len(used)))
    share = np.clip((run - run[first[line]]) / network.length_m[used[line]], 0.0, 1.0)
    piece = used[line]
    with np.errstate(invalid="ignore"):
        on = reached[network.start[piece]] + np.where(share > 0.0, share * along[0, piece], 0.0)
        back = reached[network.end[piece]] + np.where(share < 1.0, (1.0 - share) * along[1, piece], 0.0)
    here = np.append(np.minimum(on, back), np.inf)
    shapes = np.array([each.geometry for each in buildings], object)
    away_m, near = cKDTree(xy).query(
        shapely.get_coordinates(shapely.centroid(shapes)), k=SPOTS_TRIED, distance_upper_bound=FARTHEST_OFF_M
    )
    off_m = np.maximum(away_m - np.sqrt(shapely.area(shapes))[:, None] / 2.0, 0.0)
    return np.asarray((here[near] + off_m / (OFF_STREET_KMH * 1000.0 / 60.0)).min(axis=1), np.float64)


def fewer_cars(car_share: float, more_minutes: float, table: Coefficients) -> tuple[float, FloatArray]:
    """Change of the share of trips by car as these take `more_minutes`, and its draws: a pivot-point logit.

    Ortuzar & Willumsen, Modelling Transport, 4th ed. (2011), 12.5: the share moves with the change of cost alone.
    """
    rules = table.mode_choice
    sensitivity = _choice_draws(rules.per_minute, rules.spread)

    def moved(per_minute: FloatArray) -> FloatArray:
        gain = np.expm1(np.clip(-per_minute * more_minutes, -50.0, 50.0))
        return np.asarray(car_share * (1.0 - car_share) * gain / (1.0 + car_share * gain) + 0.0, np.float64)  # not -0

    if not 0.0 < car_share < 1.0:
        return 0.0, np.zeros(DRAWS)
    return float(moved(np.array([rules.per_minute]))[0]), moved(sensitivity)


@lru_cache(maxsize=2)
def _choice_draws(per_minute: float, spread: float) -> FloatArray:
    rng = np.random.default_rng(SEED + 1)
    return rng.lognormal(np.log(per_minute), spread, DRAWS)


def bus_delay_h(
    network: RoadNetwork, ways: Ways, delay: FloatArray, timetable: Timetable, hours: tuple[float, float]
) -> float:
    """Hours a day that all buses of the timetable lose in traffic on lanes that they share with cars.

    `delay`, shape (ways,), are the minutes over an empty street at peak; buses are taken to follow the quickest way
    between stops. `hours` is when the peak begins in the morning and in the afternoon, each lasting one hour.
    """
    nodes = len(network.points)
    own_lane = np.array([any(lane.kind == "bus" for lane in road.lanes) for road in network.roads], np.bool_)
    usable = np.array(["bus" in road.modes for road in network.roads], np.bool_)[network.road[ways.piece]]
    if not usable.any():
        return 0.0
    free = np.maximum(_free_minutes(network, ways)[usable], _LEAST_MIN)
    tail, head = ways.tail[usable], ways.head[usable]
    lost = np.where(own_lane[network.road[ways.piece]], 0.0, np.minimum(delay, HUGE))[usable]
    lost_on = dict(zip(zip(tail.tolist(), head.tolist(), strict=True), lost.tolist(), strict=True))
    tail, head, free = _quickest(tail, head, free)
    graph = csr_array((free, (tail, head)), shape=(nodes, nodes))
    spots = np.unique(np.concatenate([tail, head]))
    if not timetable.stops:
        return 0.0
    places = np.array([[stop.x_m, stop.y_m] for stop in timetable.stops])
    found = cKDTree(network.points[spots]).query(places, distance_upper_bound=FARTHEST_OFF_M)
    away_m, nearest = (np.asarray(each) for each in found)
    at = {stop: int(spots[nearest[stop]]) for stop in np.flatnonzero(np.isfinite(away_m)).tolist()}
    return _lost_by_courses(timetable, at, graph, lost_on, hours) / 60.0


def _lost_by_courses(
    timetable: Timetable,
    at: dict[int, int],
    graph: csr_array,
    minutes_lost: dict[tuple[int, int], float],
    hours: tuple[float, float],
) -> float:
    """Minutes lost by all departures in the hours of the peak, stop by stop."""
    legs: dict[tuple[int, int], float] = {}
    for course in timetable.courses:
        if course.mode not in {"bus", "trolleybus"}:
            continue
        departures = np.array(course.departures)
        for here, there, after in zip(course.stops, course.stops[1:], course.minutes, strict=False):
            if here in at and there in at and at[here] != at[there]:
                hour = (departures + after) / 60.0 % 24.0
                count = float(sum(((hour >= begin) & (hour < begin + 1.0)).sum() for begin in hours))
                legs[at[here], at[there]] = legs.get((at[here], at[there]), 0.0) + count
    wanted = {leg: count for leg, count in legs.items() if count}
    origins = sorted({here for here, _ in wanted})
    if not origins:
        return 0.0
    _, before = dijkstra(graph, directed=True, indices=origins, return_predecessors=True)
    total = 0.0
    for (here, there), count in sorted(wanted.items()):
        row, node = before[origins.index(here)], there
        while node != here and row[node] >= 0:
            total += count * minutes_lost[int(row[node]), node]
            node = int(row[node])
    return total


def on_local_streets(roads: Sequence[Road]) -> FloatArray:
    """1 for residential streets, 0 for others."""
    return np.array([road.category in {"residential", "living_street"} for road in roads], np.float64)
