"""A city's streets and a day's trips brought together: how many drive where, and how fast, hour by hour."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from citiverse.city.city import City
from citiverse.city.feature import Furniture, Road
from citiverse.city.turns import Turn
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.model import Cancelled
from citiverse.impact.traffic.coefficients import Coefficients
from citiverse.impact.traffic.demand import Demand, Flags, Frontage, car_network, junction_keys, largest_island, reached
from citiverse.impact.traffic.equilibrium import Equilibrium, approached
from citiverse.impact.traffic.links import Links, Trips
from citiverse.impact.traffic.signals import waits_min
from citiverse.impact.traffic.simplify import Simplified, simplified
from citiverse.impact.traffic.turning import banned_pairs, with_bans
from citiverse.shape.network import RoadNetwork, Ways, car_lanes, ways_of

SLOWEST_KMH = 5.0  # no street is signed slower than walking
SMALL_ISLAND = 10  # junctions; who lives on a smaller piece cut off from the rest walks to the next street
NEAR_M = 25.0  # two junctions nearer than that are as good as each other
_STREETS = frozenset({
    "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "road",
})  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """The ways that cars may take, as links in minutes and vehicles per hour.

    One node more than the network has, without any link: where gates lead that have been closed. `banned`, shape
    (bans, 2), are pairs of ways of which the second must not follow the first.
    """

    network: RoadNetwork
    ways: Ways
    links: Links
    length_km: FloatArray
    banned: IntArray

    @property
    def nowhere(self) -> int:
        """The node that no link touches."""
        return self.ways.nodes


def streets_in(city: City, table: Coefficients) -> Streets:
    """The streets of a city that cars may use, with its traffic lights."""
    network = car_network(city)
    lights = [each.geometry for each in city.all(Furniture) if each.category == "traffic_signals"]
    return streets_of(network, ways_of(network, "car"), table, shapely.get_coordinates(lights), city.facts.turns)


def streets_of(
    network: RoadNetwork, ways: Ways, table: Coefficients, signals: FloatArray, turns: Sequence[Turn] = ()
) -> Streets:
    """Links with capacity by lanes and category, free speed by the speed limit, and waits at `signals`, shape (n, 2).

    Waits count for those who choose a way, but not as time on the street: its speed is that between the lights.
    """
    road = network.road[ways.piece]
    lanes = np.array([car_lanes(each) for each in network.roads]).reshape(-1, 2)
    capacity = np.array([table.street(each.category).capacity_per_h for each in network.roads])
    speed_kmh = np.array([max(each.speed_kmh, SLOWEST_KMH) for each in network.roads])
    length_km = network.length_m[ways.piece] / 1000.0
    count = len(ways)
    links = Links(
        nodes=ways.nodes + 1,
        tail=ways.tail,
        head=ways.head,
        capacity=capacity[road] * lanes[road, np.where(ways.forward, 0, 1)],
        free_time=60.0 * length_km / speed_kmh[road],
        b=np.full(count, table.b),
        power=np.full(count, table.power),
        fixed=waits_min(network, ways, signals, table.signals),
    )
    return Streets(network, ways, links, length_km, banned_pairs(network, ways, turns))


def _access(streets: Streets, base: Frontage) -> Flags:
    """Junctions where trips may begin: in the main network, or a large part that edits have cut off from it."""
    ways = streets.ways
    islands = ways.islands()
    large = (np.bincount(islands)[islands] >= SMALL_ISLAND) & np.isin(junction_keys(streets.network.points), base.main)
    usable = large | largest_island(ways)
    elsewhere = usable.copy()
    elsewhere[ways.head[streets.banned[:, 0]]] = False  # who turns out of a door may turn either way
    usable = elsewhere if elsewhere.any() else usable
    on_a_street = usable & (_capacity_out(streets, _has_houses) > 0)
    return on_a_street if on_a_street.any() else usable


def _has_houses(road: Road) -> bool:
    return road.category in _STREETS and not (road.tunnel or road.bridge)


def _capacity_out(streets: Streets, chosen: Callable[[Road], bool]) -> FloatArray:
    """Capacity of the links that leave each node by a chosen street, vehicles per hour."""
    network, ways = streets.network, streets.ways
    counts = np.array([chosen(road) for road in network.roads], np.float64)[network.road[ways.piece]]
    capacity: FloatArray = np.bincount(ways.tail, streets.links.capacity * counts, ways.nodes).astype(np.float64)
    return capacity


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Where the demand's points lie on the streets: nodes at which trips from and to them begin and end.

    Trips whose gate cars can no longer reach use the nearest that they can; `moved_start` and `moved_end` mark it.
    """

    start: IntArray
    end: IntArray
    moved_start: Flags
    moved_end: Flags


def ends_on(streets: Streets, demand: Demand, base: Frontage, peak_share: float) -> Ends:
    """Trips of a zone begin and end at the nearest junction that can take its cars, those of a gate at the gate.

    A zone looks the further the more of a junction's capacity its trips at peak would fill.
    """
    count = len(demand.points)
    node = np.full(count, streets.nowhere, np.int64)
    moved = np.zeros(count, np.bool_)
    if not len(streets.ways):
        moved[demand.zones :] = True
        return Ends(node, node, moved, moved)
    points = streets.network.points
    access = np.flatnonzero(_access(streets, base))
    room = np.maximum(_capacity_out(streets, _has_houses)[access], 1.0)
    peak = peak_share * np.bincount(demand.origin, demand.volume, count)
    for zone in range(demand.zones):
        away_m = np.hypot(*(points[access] - demand.points[zone]).T)
        node[zone] = access[np.argmin((away_m + NEAR_M) * (1.0 + peak[zone] / room))]
    node[demand.zones :] = _junctions_at(streets, demand.points[demand.zones :])
    into, out_of = reached(streets.ways, largest_island(streets.ways))
    start, moved_start = _open_gates(demand, node, np.append(into, False), base.gates.enter > 0)
    end, moved_end = _open_gates(demand, node, np.append(out_of, False), base.gates.leave > 0)
    return Ends(start, end, moved_start, moved_end)


def _junctions_at(streets: Streets, places: FloatArray) -> IntArray:
    """The node with a way at each place, or nowhere."""
    touched = np.unique(np.concatenate([streets.ways.tail, streets.ways.head]))
    keys = junction_keys(streets.network.points[touched])
    order = np.argsort(keys)
    wanted = junction_keys(places)
    found = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    return np.where(keys[order][found] == wanted, touched[order][found], streets.nowhere)


def _open_gates(demand: Demand, node: IntArray, connected: Flags, used: Flags) -> tuple[IntArray, Flags]:
    """Nodes with those of closed gates replaced by the nearest open one's, and which were."""
    result, moved = node.copy(), np.zeros(len(node), np.bool_)
    gates = np.arange(demand.zones, len(node))[used]
    is_open = connected[node[gates]]
    for gate in gates[~is_open]:
        moved[gate] = True
        result[gate] = len(connected) - 1
        if is_open.any():
            away = demand.points[gates[is_open]] - demand.points[gate]
            result[gate] = node[gates[is_open][np.argmin((away**2).sum(axis=1))]]
    return result, moved


def between(streets: Streets, ends: Ends) -> Simplified:
    """The streets as far as they lead from one end of trips to another, with their bans on turning."""
    stay = np.concatenate([ends.start, ends.end])
    return simplified(with_bans(streets.links, streets.banned, stay), stay)


def hour(
    streets: Streets, small: Simplified, demand: Demand, ends: Ends, share: float, *, gaps: Sequence[float],
    cancelled: Cancelled,
) -> Iterator[Equilibrium]:  # fmt: skip
    """The equilibrium of an hour with `share` of the day's trips, in minutes, as it comes nearer: see `approached`.

    `small` is what `between` makes.
    """
    trips = Trips(ends.start[demand.origin], ends.end[demand.destination], demand.volume * share)
    for found in approached(small.links, small.trips(trips), gaps, cancelled=cancelled, apart=demand.through):
        flow = small.spread(found.flow)[: len(streets.links)]
        yield replace(
            found, flow=flow, time=streets.links.time(flow), cost=streets.links.cost(flow),
            told_apart=small.spread(found.told_apart)[: len(streets.links)],
        )  # fmt: skip


def cut_off(demand: Demand, ends: Ends, found: Equilibrium) -> FloatArray:
    """Trips per day of each pair whose way into or out of the area is closed, or which find no way at all."""
    moved = ends.moved_start[demand.origin] | ends.moved_end[demand.destination]
    return np.where(moved | found.unserved, demand.volume, 0.0)
