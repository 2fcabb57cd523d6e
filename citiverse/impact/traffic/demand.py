"""Who drives from where to where on a day: from buildings, and through the gates where streets leave the scene."""

import math
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components
from shapely import Point

from citiverse.city.change import Bounds
from citiverse.city.city import City
from citiverse.city.feature import Building, Road
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.residents import floor_area_m2, people_of
from citiverse.impact.traffic.coefficients import Coefficients
from citiverse.shape.network import RoadNetwork, Ways, car_lanes, network_of, ways_of

Flags = NDArray[np.bool_]

GATE_REACH_M = 30.0  # a street that ends this near the scene's edge goes on beyond it
SAME_GATE_M = 60.0  # carriageways this near each other are one gate: nobody drives in by one and out by the other
MOST_GATE_LANES = 2.0  # in each direction; what there is beyond them are lanes for turning
ZONE_M = 150.0  # buildings of a cell this wide start from one junction
MOST_ZONES = 250
GATE = -(1 << 40)  # stands for the column of a zone in the name of a gate
FURNESS_ERROR = 1e-6
FURNESS_ROUNDS = 1000
_MAIN_STREETS = frozenset({"motorway", "trunk", "primary", "secondary", "tertiary"})
_LOCAL_STREETS = frozenset({"unclassified", "residential", "living_street", "road"})
_PER_MM = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class Gates:
    """Where streets leave the scene; arrays of shape (gates,). `enter` and `leave` are vehicles per day."""

    points: FloatArray
    enter: FloatArray
    leave: FloatArray
    group: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Frontage:
    """What the unedited city lays down for all its proposals.

    `main` are the keys of junctions that can all be reached from each other. Of the trips by car that buildings would
    make for themselves, streets and car parks let the share `eased` happen; `through` trips per day pass the scene.
    """

    gates: Gates
    main: IntArray
    eased: float
    through: float
    usable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Car trips per day between `points`, shape (places, 2): the zones' centres, then the gates from `zones` on.

    `keys` names the places in the same way in all states of a city.
    """

    points: FloatArray
    zones: int
    origin: IntArray
    destination: IntArray
    volume: FloatArray
    keys: tuple[tuple[int, int], ...]

    @property
    def pairs(self) -> tuple[tuple[tuple[int, int], tuple[int, int]], ...]:
        """Names of where each pair's trips begin and end."""
        names = self.keys
        return tuple((names[a], names[b]) for a, b in zip(self.origin.tolist(), self.destination.tolist(), strict=True))

    @property
    def through(self) -> Flags:
        """Trips that neither begin nor end in the scene."""
        return (self.origin >= self.zones) & (self.destination >= self.zones)


def junction_keys(points: FloatArray) -> IntArray:
    """A number for each place, to the millimetre."""
    snapped = np.round(points * _PER_MM).astype(np.int64)
    keys: IntArray = (snapped[:, 0] << 31) + snapped[:, 1]
    return keys


def largest_island(ways: Ways) -> Flags:
    """Nodes of the largest set that can all be reached from each other."""
    if not len(ways):
        return np.zeros(ways.nodes, np.bool_)
    islands = ways.islands()
    sizes = np.bincount(islands[ways.tail], minlength=int(islands.max()) + 1)
    main: Flags = islands == int(np.argmax(sizes))
    return main


def car_network(city: City) -> RoadNetwork:
    """The network of streets that cars may use, or might before edits; footways that meet them make no junctions."""
    return network_of(road for road in city.all(Road) if "car" in road.modes or _had_cars(city, road))


def _had_cars(city: City, road: Road) -> bool:
    """Whether cars might use the unedited street of which `road` is a state or a piece."""
    unedited = city.base.features.get(road.id)
    while unedited is None and road.part_of:
        unedited = city.base.features.get(road.part_of)
        whole = city.get(road.part_of)
        if not isinstance(whole, Road) or whole.id == road.id:
            break
        road = whole
    return isinstance(unedited, Road) and "car" in unedited.modes


def frontage(city: City, table: Coefficients) -> Frontage:
    """Gates and main streets of the city as it is without edits."""
    unedited = replace(city, overlay={})
    network = car_network(unedited)
    ways = ways_of(network, "car")
    main = largest_island(ways)
    gates = _gates(network, ways, main, city.bounds, table)
    buildings = list(unedited.all(Building))
    wanted = float(trips_of(unedited, buildings, table).sum()) * (1.0 - inside_share(city.bounds, gates, table))
    room = float(gates.enter.sum()) * (1.0 - table.least_through_share)
    eased = min(1.0, room / wanted) if wanted > 0 and room > 0 else 1.0
    return Frontage(
        gates=gates,
        main=np.sort(junction_keys(network.points[main])),
        eased=eased,
        through=float(gates.enter.sum()) - wanted * eased,
        usable=len(ways) > 0,
    )


def inside_share(bounds: Bounds, gates: Gates, table: Coefficients) -> float:
    """Share of buildings' trips that stay inside: of car trips, those shorter than the scene's radius."""
    if not len(gates.points):
        return 1.0
    west, south, east, north = bounds
    radius_km = math.sqrt(max(east - west, 0.0) * max(north - south, 0.0) / math.pi) / 1000.0
    return 1.0 - math.exp(-radius_km / table.mean_car_trip_km)


def reached(ways: Ways, main: Flags) -> tuple[Flags, Flags]:
    """Nodes from which the main streets can be reached, and nodes that can be reached from them."""
    seed = int(np.argmax(main))
    found = []
    for tail, head in ((ways.head, ways.tail), (ways.tail, ways.head)):
        graph = csr_array((np.ones(len(ways), np.int8), (tail, head)), shape=(ways.nodes, ways.nodes))
        reached = np.zeros(ways.nodes, np.bool_)
        reached[breadth_first_order(graph, seed, return_predecessors=False)] = True
        found.append(reached)
    return found[0], found[1]


def _gates(network: RoadNetwork, ways: Ways, main: Flags, bounds: Bounds, table: Coefficients) -> Gates:
    """Ends of streets: main ones anywhere (the data end there), lesser ones near the edge of the scene."""
    if not main.any():
        none = np.zeros(0)
        return Gates(np.zeros((0, 2)), none, none, np.zeros(0, np.int64))
    pairs = np.unique(np.sort(np.column_stack([ways.tail, ways.head]), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    neighbours = np.bincount(pairs.ravel(), minlength=ways.nodes)
    category = np.array([road.category.removesuffix("_link") for road in network.roads])
    road = network.road[ways.piece]
    per_lane = np.array([table.gate_per_lane(each.category) for each in network.roads])
    lanes = np.array([car_lanes(each) for each in network.roads])[road, np.where(ways.forward, 0, 1)]
    volume = per_lane[road] * np.minimum(lanes, MOST_GATE_LANES)
    is_main, is_local = (np.isin(category, list(names))[road] for names in (_MAIN_STREETS, _LOCAL_STREETS))
    west, south, east, north = bounds
    x, y = network.points.T
    to_edge = np.min([x - west, east - x, y - south, north - y], axis=0)
    reaches_main, from_main = reached(ways, main)

    enter, leave = np.zeros(ways.nodes), np.zeros(ways.nodes)
    for node, flow, connected in ((ways.tail, enter, reaches_main), (ways.head, leave, from_main)):
        gate = (neighbours[node] == 1) & connected[node] & (is_main | (is_local & (to_edge[node] <= GATE_REACH_M)))
        np.maximum.at(flow, node[gate], volume[gate])
    if enter.any() and leave.any():  # as many drive in as drive out
        both = (enter.sum() + leave.sum()) / 2.0
        enter, leave = enter * (both / enter.sum()), leave * (both / leave.sum())
    nodes = np.flatnonzero(enter + leave)
    if not len(nodes):
        return Gates(np.zeros((0, 2)), np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
    points = network.points[nodes]
    spots = [Point(*point) for point in points]
    near = shapely.STRtree(spots).query(spots, "dwithin", SAME_GATE_M)
    graph = csr_array((np.ones(near.shape[1], np.int8), (near[0], near[1])), shape=(len(nodes), len(nodes)))
    group = connected_components(graph, directed=False)[1].astype(np.int64)
    return Gates(points, enter[nodes], leave[nodes], group)


def trips_of(city: City, buildings: list[Building], table: Coefficients) -> FloatArray:
    """Car trips per day that begin at each building; as many end there."""
    people = people_of(city, buildings).count * city.defaults.trips_per_person_per_day
    others = np.array([_visits(building, table) for building in buildings])
    trips: FloatArray = (people + others).reshape(-1) * city.defaults.car_share / 2.0
    return trips


def _visits(building: Building, table: Coefficients) -> float:
    """Trips to and from a building per day, residents' apart."""
    if building.jobs is not None:
        return max(building.jobs, 0.0) * table.trips_per_job
    return floor_area_m2(building) / 100.0 * table.trips_per_100_m2.get(building.use, 0.0)


def zone_width_m(bounds: Bounds) -> float:
    """Width of a zone's cell, so that a large scene has no more than MOST_ZONES."""
    west, south, east, north = bounds
    return max(ZONE_M, math.sqrt(max(east - west, 1.0) * max(north - south, 1.0) / MOST_ZONES))


def zones(city: City, table: Coefficients) -> tuple[FloatArray, FloatArray, IntArray]:
    """Centres, shape (zones, 2), car trips per day that begin there, and column and row, of cells with buildings."""
    buildings = list(city.all(Building))
    trips = trips_of(city, buildings, table)
    if not trips.any():
        return np.zeros((0, 2)), np.zeros(0), np.zeros((0, 2), np.int64)
    busy = trips > 0
    trips = trips[busy]
    geometry = np.array([building.geometry for building in buildings], object)[busy]
    centre = shapely.get_coordinates(shapely.centroid(geometry))
    cell = np.floor(centre / zone_width_m(city.bounds)).astype(np.int64)
    cells, zone = np.unique(cell, axis=0, return_inverse=True)
    total: FloatArray = np.bincount(zone, trips).astype(np.float64)
    x, y = (np.bincount(zone, trips * centre[:, k]) / total for k in (0, 1))
    return np.column_stack([x, y]), total, cells


def furness(rows: FloatArray, columns: FloatArray, affinity: FloatArray) -> FloatArray:
    """The doubly constrained gravity model: T = A O B D f, its balancing factors by iteration.

    Furness (1965), as in Ortuzar & Willumsen, Modelling Transport, 5.3.3; to a relative error of 1e-6. `columns` are
    scaled to the sum of `rows`; what has no partner gets no trips.
    """
    reachable_rows, reachable_columns = affinity @ columns > 0, rows @ affinity > 0
    rows, columns = rows * reachable_rows, columns * reachable_columns
    if rows.sum() <= 0 or columns.sum() <= 0:
        return np.zeros_like(affinity)
    columns = columns * (rows.sum() / columns.sum())
    b = np.where(columns > 0, 1.0, 0.0)
    a = np.zeros(len(rows))
    for _ in range(FURNESS_ROUNDS):
        a = np.divide(1.0, affinity @ (b * columns), out=np.zeros(len(rows)), where=rows > 0)
        pull = (a * rows) @ affinity
        error = np.abs(b * pull - 1.0)[columns > 0].max()
        b = np.divide(1.0, pull, out=np.zeros(len(columns)), where=columns > 0)
        if error <= FURNESS_ERROR:
            break
    return (a * rows)[:, None] * affinity * (b * columns)[None, :]


def demand(city: City, base: Frontage, table: Coefficients, *, buildings: float = 1.0, gates: float = 1.0) -> Demand:
    """Car trips per day. `buildings` and `gates` scale what starts there, to see how much the results hang on it.

    Buildings' trips that do not stay inside, those of new buildings too, go through the gates in proportion to their
    streets. Beside them go the trips that pass the scene.
    """
    centres, trips, cells = zones(city, table)
    trips = trips * base.eased
    door = base.gates
    points = np.concatenate([centres, door.points])
    inside = inside_share(city.bounds, door, table)

    away_m = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    minutes = away_m * table.detour / (table.speed_kmh * 1000.0 / 60.0)
    affinity = np.exp(-table.decay_per_min * minutes)
    by_car = affinity * -np.expm1(-away_m / table.walked_below_m)
    z = len(centres)
    crossing = by_car[z:, z:] * (door.group[:, None] != door.group[None, :])
    matrix = np.zeros((len(points), len(points)))
    matrix[:z, :z] = furness(trips * inside, trips * inside, by_car[:z, :z])
    matrix[:z, z:] = furness(trips * (1.0 - inside), door.leave, affinity[:z, z:])
    matrix[z:, :z] = furness(door.enter * _share(trips.sum() * (1.0 - inside), door.enter), trips, affinity[z:, :z])
    matrix[z:, z:] = furness(door.enter * _share(base.through, door.enter), door.leave, crossing)
    origin, destination = np.nonzero(matrix)
    keys = (*((x, y) for x, y in cells.tolist()), *((GATE, k) for k in range(len(door.points))))
    volume = matrix[origin, destination]
    return Demand(points, z, origin.astype(np.int64), destination.astype(np.int64), volume, keys)


def _share(total: float, parts: FloatArray) -> float:
    whole = float(parts.sum())
    return total / whole if whole > 0 else 0.0
