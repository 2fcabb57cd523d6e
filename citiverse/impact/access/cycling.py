"""Rides on streets where most people dare to cycle."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from citiverse.city.city import City
from citiverse.city.feature import Road
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.access.kinds import table
from citiverse.impact.access.walking import minutes_to_nearest, shortest_edges
from citiverse.shape.network import car_lanes, network_of, ways_of

CALM, QUIET, BUSY, HARSH = 1, 2, 3, 4
_MAIN = frozenset({"motorway", "trunk", "primary", "secondary"})


def stress(road: Road) -> int:
    """How much traffic a cyclist has to bear on a road, from 1 (children) to 4; see the table's source."""
    if "car" not in road.modes or road.category in {"cycleway", "living_street"}:
        return CALM
    if any(lane.kind == "cycle" for lane in road.lanes):
        return QUIET if road.speed_kmh <= 50.0 else BUSY
    main = road.category.removesuffix("_link") in _MAIN
    if road.speed_kmh <= 30.0 and sum(car_lanes(road)) <= 2.0 and not main:
        return QUIET
    return BUSY if road.speed_kmh <= 50.0 and not main else HARSH


@dataclass(frozen=True, slots=True, eq=False)
class Rides:
    """Quiet streets as a graph of minutes, seen from where one arrives; `points` of its junctions."""

    graph: csr_array
    points: FloatArray
    used: IntArray


def quiet_rides(city: City) -> Rides:
    """Junctions and minutes on the streets that are quiet enough."""
    rules = table()["cycle"]
    roads = (road for road in city.all(Road) if "bicycle" in road.modes and stress(road) <= rules["quiet_up_to"])
    network = network_of(roads)
    ways = ways_of(network, "bicycle")
    minutes = network.length_m[ways.piece] / (rules["kmh"] * 1000.0 / 60.0)
    graph = shortest_edges(ways.head, ways.tail, minutes, len(network.points))
    return Rides(graph, network.points, np.unique(np.concatenate([ways.tail, ways.head])))


def minutes_by_bicycle(rides: Rides, homes: FloatArray, places: FloatArray) -> FloatArray:
    """Minutes from each of `homes` to the nearest of `places`, shapes (n, 2), infinite where no quiet way leads."""
    rules = table()["cycle"]
    found = np.full(len(homes), np.inf)
    if not len(rides.used) or not len(places) or not len(homes):
        return found
    tree = cKDTree(rides.points[rides.used])
    off_home, at_home = (np.asarray(each) for each in tree.query(homes))
    off_place, at_place = (np.asarray(each) for each in tree.query(places))
    near = off_place <= rules["farthest_off_street_m"]
    minutes = minutes_to_nearest(rides.graph, rides.used[at_place[near]])
    here = off_home <= rules["farthest_off_street_m"]
    found[here] = minutes[rides.used[at_home[here]]] + off_home[here] / 1000.0 / rules["kmh"] * 60.0
    return found
