"""Access on foot: who reaches the places of daily life within a quarter of an hour."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from citiverse.city.city import City
from citiverse.city.feature import Building, GreenArea, Place, Road, Stop
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.access.cycling import minutes_by_bicycle, quiet_rides, stress
from citiverse.impact.access.kinds import KINDS, kinds_of, label, places_of, table
from citiverse.impact.access.walking import (
    LEVEL_KMH,
    Doors,
    Walker,
    doors_of,
    minutes_to_nearest,
    same_to_walk,
    walked,
    walkers,
    walking_network,
)
from citiverse.impact.card import about
from citiverse.impact.model import (
    DRAWS,
    About,
    AtHome,
    Cancelled,
    CannotAssess,
    Impact,
    Layer,
    Measure,
    Previous,
    Superseded,
)
from citiverse.impact.residents import people_of

_Area = shapely.Polygon | shapely.MultiPolygon
WITHIN_MIN = (5.0, 10.0, 15.0)
SEED = 15
LEGEND = (
    (0.0, "#762a83"), (1.0, "#9970ab"), (2.0, "#c2a5cf"), (3.0, "#e7d4e8"), (4.0, "#d9f0d3"), (5.0, "#a6dba0"),
    (6.0, "#5aae61"), (7.0, "#1b7837"),
)  # fmt: skip
LEGEND_STRESS = ((1.0, "#1a9850"), (2.0, "#a6d96a"), (3.0, "#fdae61"), (4.0, "#d73027"))
STEP = AtHome("higher", 0.5)
EDGE_M = 25.0  # between places where one looks for a way beside a park
LEAST_STRAIGHT_MIN = 1.0  # nearer places have no detour to speak of
_MOST_MIN = 60.0  # longer walks are not told apart
_KINDS_THAT_MATTER = frozenset({Road.kind, Building.kind, GreenArea.kind, Place.kind, Stop.kind})


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Minutes from each building, shape (buildings, KINDS), infinite where none is reached; who lives there.

    `minutes` are those of a healthy adult, `older` and `wheelchair` of others, `by_bicycle` of rides on quiet streets,
    `straight` of a walk as the crow flies; `often`, shape (buildings,), those to a stop with many departures. `known`
    counts the places of each kind, `ground` is what the next run takes over.
    """

    minutes: FloatArray
    people: FloatArray
    buildings: tuple[str, ...]
    older: FloatArray
    wheelchair: FloatArray
    by_bicycle: FloatArray
    straight: FloatArray
    often: FloatArray | None
    known: Mapping[str, int]
    ground: "_Ground"


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What a walk hangs on: doors on ways, the `kinds` of the things they belong to, and green that counts as parks.

    The first things are the buildings, the last ones `edges` of parks and stops that are often served.
    """

    doors: Doors
    kinds: tuple[tuple[str, ...], ...]
    parks: tuple[_Area, ...]
    edges: tuple[shapely.Point, ...]
    middles: FloatArray
    is_kind: Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Access:
    """Shares of residents near places of seven kinds."""

    name: str = "access"
    title: str = "Walks to daily places"
    needs: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Version of method and coefficients."""
        return f"1, {table()['version']}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Citations of method and coefficients."""
        return (
            table()["kinds"]["source"],
            table()["walk"]["source"],
            table()["doubt"]["source"],
            "Dijkstra (1959), Numerische Mathematik 1, 269-271: from all places of a kind at once, as in scipy",
        )

    @property
    def limits(self) -> tuple[str, ...]:
        """What the model does not know."""
        return (
            "Places beyond the edge of the scene don't count, so homes near the edge seem further from things.",
            "Places are those of the map; whether they are open, full or affordable is not known.",
            "Waiting at crossings counts nothing; people walk straight from their door to the nearest way.",
            "A healthy adult walks where nothing else is said; one older walker and one wheelchair stand for many.",
            "Kerbs, lifts and doors are not known: a step-free way is one without stairs and steep slopes on the map.",
            "Cycling is told on quiet streets alone, level and without waiting.",
            "Work means that there is some, not that there is a fitting job.",
            "Residents are estimated from homes or floor area where they have not been counted.",
        )

    @property
    def about(self) -> About:
        """What it takes and finds, where it holds and how it was tested."""
        return about(self.name)

    def missing(self, city: City) -> tuple[str, ...]:
        """What the city lacks for the model."""
        lacking = {
            "ways to walk on": not any("foot" in road.modes for road in city.all(Road)),
            "homes": not people_of(city, list(city.all(Building))).count.any(),
            "places to go to": not any(kinds_of(feature) for feature in places_of(city)),
        }
        return tuple(what for what, is_missing in lacking.items() if is_missing)

    def run(self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled) -> Impact:
        """Minutes to the nearest place of every kind. The same with and without `previous`."""
        before = previous.impact.output if previous is not None else None
        if previous is not None and previous.change.kinds.isdisjoint(_KINDS_THAT_MATTER):
            return previous.impact
        found = _reach(city, before if isinstance(before, Reach) else None, cancelled)
        within = (found.minutes <= WITHIN_MIN[-1]).sum(axis=1)
        layer = dict(zip(found.buildings, within.astype(np.float64).tolist(), strict=True))
        return Impact(
            model=self.name,
            version=self.version,
            quality="full",
            measures=tuple(_measures(found)),
            layers=(
                Layer("access_kinds", "Kinds of daily places within 15 minutes' walk", "of 7", layer, LEGEND, STEP),
                Layer(
                    "access_cycling_stress", "Stress of cycling, 1 low to 4 high", "1", _stresses(city), LEGEND_STRESS
                ),
            ),
            output=found,
            notes=tuple(
                f"The map knows {count} places of the kind: {label(kind)}." for kind, count in found.known.items()
            ),
        )


def _stresses(city: City) -> dict[str, float]:
    return {road.id: float(stress(road)) for road in city.all(Road) if "bicycle" in road.modes}


def _reach(city: City, before: Reach | None, cancelled: Cancelled) -> Reach:
    """Minutes from every building. `before`, of a city not far from this one, only saves work."""
    buildings = list(city.all(Building))
    people = people_of(city, buildings).count
    ground = _ground(city, buildings, before.ground if before is not None else None)
    parks, doors, is_kind = ground.parks, ground.doors, ground.is_kind
    known = {kind: int(marked.sum()) for kind, marked in is_kind.items()} | {"park": len(parks)}
    for is_missing, what in (
        (not doors.network.roads, "ways to walk on"), (not people.any(), "homes"),
        (not any(known.values()), "places to go to"),
    ):  # fmt: skip
        if is_missing:
            raise CannotAssess(f"{city.title} has no {what}, so there are no walks to tell of.")
    if cancelled():
        raise Superseded
    homes, rides = ground.middles[: len(buildings)], quiet_rides(city)
    by_bicycle = np.full((len(buildings), len(KINDS)), np.inf)
    for column, kind in enumerate(KINDS):
        by_bicycle[:, column] = minutes_by_bicycle(rides, homes, ground.middles[is_kind[kind]])
    ids = tuple(building.id for building in buildings)
    if before is not None and ground is before.ground:
        return replace(before, people=people, buildings=ids, by_bicycle=by_bicycle)
    entrances = _entrances(doors.network.points, parks)
    minutes = [_by(walker, city, doors, len(buildings), is_kind, entrances) for walker in walkers()]
    straight = np.full((len(buildings), len(KINDS)), np.inf)
    for column, kind in enumerate(KINDS):
        places = ground.middles[is_kind[kind]]
        if len(places) and len(homes):
            straight[:, column] = np.asarray(cKDTree(places).query(homes)[0]) / (LEVEL_KMH * 1000.0 / 60.0)
    often = None
    if city.facts.timetable is not None:
        graph = walked(city, doors, walkers()[0])
        served = doors.door[len(ground.kinds) :]
        nearest = minutes_to_nearest(graph.graph, served[served >= 0], most=_MOST_MIN)
        door = doors.door[: len(buildings)]
        often = np.where(door >= 0, nearest[door], np.inf)
    return Reach(minutes[0], people, ids, minutes[1], minutes[2], by_bicycle, straight, often, known, ground)


def _ground(city: City, buildings: list[Building], before: _Ground | None) -> _Ground:
    """Doors of all things that matter; `before` itself where nothing has changed in what it holds."""
    roads = [road for road in city.all(Road) if "foot" in road.modes]
    kinds_of_buildings = [kinds_of(each) for each in buildings]
    others = [(each, kinds_of(each)) for each in places_of(city) if not isinstance(each, Building)]
    parks = tuple(each.geometry for each, kinds in others if kinds and isinstance(each, GreenArea))
    places = [(each.geometry, kinds) for each, kinds in others if kinds and not isinstance(each, GreenArea)]
    if before is not None and parks == before.parks:
        edges, stops = before.edges, before.doors.things[len(before.kinds) :]
    else:
        edges, stops = tuple(_edges(parks)), tuple(_often_served(city))
    network = before.doors.network if before and same_to_walk(before.doors.network, roads) else walking_network(city)
    things = [*(each.geometry for each in buildings), *(each for each, _ in places), *edges, *stops]
    doors = doors_of(network, things, before.doors if before is not None else None)
    kinds = (*kinds_of_buildings, *(each for _, each in places), *(("park",) for _ in edges))
    if before is not None and doors is before.doors and kinds == before.kinds:
        return before
    middles = shapely.get_coordinates(shapely.centroid(np.array(things, object))).reshape(-1, 2)
    is_kind = {kind: np.zeros(len(things), np.bool_) for kind in KINDS}
    for k, each in enumerate(kinds):
        for kind in each:
            is_kind[kind][k] = True
    return _Ground(doors, kinds, parks, edges, middles, is_kind)


def _by(
    walker: Walker, city: City, doors: Doors, buildings: int, is_kind: Mapping[str, NDArray[np.bool_]],
    entrances: IntArray,
) -> FloatArray:  # fmt: skip
    """Minutes of `walker` from the first things, which are buildings, to the nearest place of each kind."""
    graph = walked(city, doors, walker)
    minutes = np.full((buildings, len(KINDS)), np.inf)
    door = graph.door[:buildings]
    for column, kind in enumerate(KINDS):
        places = graph.door[is_kind[kind]]
        places = places[places >= 0]
        if kind == "park":
            places = np.concatenate([places, entrances])
        nearest = minutes_to_nearest(graph.graph, places, most=_MOST_MIN)
        minutes[:, column] = np.where(door >= 0, nearest[door], np.inf)
    return minutes


def _often_served(city: City) -> list[shapely.Point]:
    """Stops of the timetable with departures often enough through the day."""
    timetable, rules = city.facts.timetable, table()["transit"]
    if timetable is None:
        return []
    hours = slice(rules["from_h"], rules["to_h"])
    per_h = timetable.departures[:, hours].sum(axis=1) / (rules["to_h"] - rules["from_h"])
    often = per_h >= rules["departures_per_h"]
    return [shapely.Point(stop.x_m, stop.y_m) for stop, yes in zip(timetable.stops, often, strict=True) if yes]


def _edges(parks: Iterable[_Area]) -> list[shapely.Point]:
    """Places along the edges of parks, EDGE_M apart: from a way beside it one may step in anywhere."""
    found: list[shapely.Point] = []
    for park in parks:
        for ring in shapely.get_parts(shapely.boundary(park)):
            steps = max(int(ring.length / EDGE_M), 1)
            found += shapely.line_interpolate_point(ring, np.arange(steps) / steps, normalized=True).tolist()
    return found


def _entrances(points: FloatArray, green: Sequence[_Area]) -> IntArray:
    """Junctions in parks or at their edge."""
    if not green or not len(points):
        return np.zeros(0, dtype=np.int64)
    tree = shapely.STRtree(np.asarray(shapely.points(points), dtype=object))
    hits = tree.query(green, "dwithin", float(table()["kinds"]["park_entrance_m"]))[1]
    return np.unique(hits).astype(np.int64)


@lru_cache(maxsize=1)
def _time_draws() -> FloatArray:
    """Factors on the time of walks, the expected one first, shape (1 + DRAWS,)."""
    drawn = np.random.default_rng(SEED).lognormal(0.0, table()["doubt"]["time"], DRAWS)
    return np.concatenate([[1.0], drawn])


def _measures(found: Reach) -> Iterator[Measure]:
    farthest = found.minutes.max(axis=1)
    for limit in reversed(WITHIN_MIN):
        yield _share(
            f"all_{limit:.0f}", f"Residents within {limit:.0f} minutes' walk of all seven kinds of places", farthest,
            found, limit,
        )  # fmt: skip
    for id, words, minutes in (
        ("older", "an older walker's walk", found.older),
        ("wheelchair", "a step-free way for a wheelchair", found.wheelchair),
        ("bicycle", "a ride on quiet streets", found.by_bicycle),
    ):
        yield _share(
            f"all_15_{id}", f"Residents within 15 minutes of all seven kinds of places by {words}", minutes.max(axis=1),
            found, WITHIN_MIN[-1],
        )  # fmt: skip
    yield _detour(found)
    if found.often is not None:
        rules = table()["transit"]
        yield _share(
            "often", f"Residents within {rules['within_min']:.0f} minutes' walk of a stop with a departure every ten",
            found.often, found, rules["within_min"],
        )  # fmt: skip
    for limit in (WITHIN_MIN[-1], WITHIN_MIN[0]):
        for column, kind in enumerate(KINDS):
            yield _share(
                f"{kind}_{limit:.0f}", f"Residents within {limit:.0f} minutes' walk of {label(kind)}",
                found.minutes[:, column], found, limit,
            )  # fmt: skip


def _detour(found: Reach) -> Measure:
    """How much longer walks are than the crow flies: the mean over residents and kinds of places they can reach."""
    counts = np.isfinite(found.minutes) & np.isfinite(found.straight) & (found.straight >= LEAST_STRAIGHT_MIN)
    weight = counts * found.people[:, None]
    total = float(weight.sum())
    value = 1.0
    if total > 0.0:
        walked_min = np.where(counts, found.minutes, 0.0)
        value = float((walked_min * weight).sum() / (np.where(counts, found.straight, 0.0) * weight).sum())
    return Measure(
        id="detour", label="Length of walks to daily places, times the straight line", unit="1", value=value,
        draws=np.full(DRAWS, value), better="lower", floor=0.005,
    )  # fmt: skip


def _share(id: str, text: str, minutes: FloatArray, found: Reach, limit: float) -> Measure:
    order = np.argsort(minutes, kind="stable")
    so_far = np.concatenate([[0.0], np.cumsum(found.people[order])])
    reached = 100.0 * so_far[np.searchsorted(minutes[order], limit / _time_draws(), side="right")] / so_far[-1]
    return Measure(
        id=id,
        label=text,
        unit="%",
        value=float(reached[0]),
        draws=reached[1:],
        better="higher",
        floor=100.0 / float(so_far[-1]),
    )
