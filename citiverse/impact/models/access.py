"""Access on foot: who reaches the places of daily life within a quarter of an hour."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from citiverse.city.city import City
from citiverse.city.feature import Building, GreenArea, Place, Road, Stop
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.access.kinds import KINDS, kinds_of, label, places_of, table
from citiverse.impact.access.walking import Walks, minutes_to_nearest, walking_network, walks
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

WITHIN_MIN = (5.0, 10.0, 15.0)
SEED = 15
LEGEND = (
    (0.0, "#762a83"), (1.0, "#9970ab"), (2.0, "#c2a5cf"), (3.0, "#e7d4e8"), (4.0, "#d9f0d3"), (5.0, "#a6dba0"),
    (6.0, "#5aae61"), (7.0, "#1b7837"),
)  # fmt: skip
STEP = AtHome("higher", 0.5)
EDGE_M = 25.0  # between places where one looks for a way beside a park
_Area = shapely.Polygon | shapely.MultiPolygon
_MOST_MIN = 60.0  # longer walks are not told apart
_KINDS_THAT_MATTER = frozenset({Road.kind, Building.kind, GreenArea.kind, Place.kind, Stop.kind})


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Minutes from each building, shape (buildings, KINDS), infinite where none is reached; who lives there."""

    minutes: FloatArray
    people: FloatArray
    buildings: tuple[str, ...]


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
            "It is a healthy adult who walks; wheelchairs, prams and older legs take longer.",
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
        if previous is not None and previous.change.kinds.isdisjoint(_KINDS_THAT_MATTER):
            return previous.impact
        lacking = self.missing(city)
        if lacking:
            raise CannotAssess(f"{city.title} has no {lacking[0]}, so there are no walks to tell of.")
        found, known = _reach(city, cancelled)
        within = (found.minutes <= WITHIN_MIN[-1]).sum(axis=1)
        layer = dict(zip(found.buildings, within.astype(np.float64).tolist(), strict=True))
        return Impact(
            model=self.name,
            version=self.version,
            quality="full",
            measures=tuple(_measures(found)),
            layers=(
                Layer("access_kinds", "Kinds of daily places within 15 minutes' walk", "of 7", layer, LEGEND, STEP),
            ),
            output=found,
            notes=tuple(f"The map knows {count} places of the kind: {label(kind)}." for kind, count in known.items()),
        )


def _reach(city: City, cancelled: Cancelled) -> tuple[Reach, dict[str, int]]:
    """Minutes from every building, and how many places of each kind there are."""
    buildings = list(city.all(Building))
    others = [each for each in places_of(city) if not isinstance(each, Building) and kinds_of(each)]
    parks = [each.geometry for each in others if isinstance(each, GreenArea)]
    things = [*buildings, *(each for each in others if not isinstance(each, GreenArea))]
    edges = _edges(parks)
    graph = walks(city, walking_network(city), [*(each.geometry for each in things), *edges])
    kinds = [kinds_of(each) for each in things] + [("park",)] * len(edges)
    if cancelled():
        raise Superseded
    is_kind = {kind: np.array([kind in each for each in kinds], dtype=np.bool_) for kind in KINDS}
    minutes = np.full((len(buildings), len(KINDS)), np.inf)
    door = graph.door[: len(buildings)]
    for column, kind in enumerate(KINDS):
        places = graph.door[is_kind[kind]]
        places = places[places >= 0]
        if kind == "park":
            places = np.concatenate([places, _entrances(graph, parks)])
        nearest = minutes_to_nearest(graph.graph, places, most=_MOST_MIN)
        minutes[:, column] = np.where(door >= 0, nearest[door], np.inf)
    people = people_of(city, buildings).count
    known = {kind: int(marked.sum()) for kind, marked in is_kind.items()} | {"park": len(parks)}
    return Reach(minutes, people, tuple(building.id for building in buildings)), known


def _edges(parks: list[_Area]) -> list[shapely.Point]:
    """Places along the edges of parks, EDGE_M apart: from a way beside it one may step in anywhere."""
    found: list[shapely.Point] = []
    for park in parks:
        for ring in shapely.get_parts(shapely.boundary(park)):
            steps = max(int(ring.length / EDGE_M), 1)
            found += shapely.line_interpolate_point(ring, np.arange(steps) / steps, normalized=True).tolist()
    return found


def _entrances(graph: Walks, green: list[_Area]) -> IntArray:
    """Junctions in parks or at their edge."""
    if not green or not len(graph.points):
        return np.zeros(0, dtype=np.int64)
    tree = shapely.STRtree(np.asarray(shapely.points(graph.points), dtype=object))
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
    for limit in (WITHIN_MIN[-1], WITHIN_MIN[0]):
        for column, kind in enumerate(KINDS):
            yield _share(
                f"{kind}_{limit:.0f}", f"Residents within {limit:.0f} minutes' walk of {label(kind)}",
                found.minutes[:, column], found, limit,
            )  # fmt: skip


def _share(id: str, text: str, minutes: FloatArray, found: Reach, limit: float) -> Measure:
    per_person = 100.0 / float(found.people.sum())
    reached = (minutes[None, :] * _time_draws()[:, None] <= limit) @ found.people * per_person
    return Measure(
        id=id, label=text, unit="%", value=float(reached[0]), draws=reached[1:], better="higher", floor=per_person
    )
