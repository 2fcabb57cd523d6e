"""Pavement between streets and the paths that run along them as ways of their own."""

import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import Road
from citiverse.geometry.memory import remembered
from citiverse.shape.streets import on_ground, section, street

APRON_M, SHORTEST_APRON_M = 4.5, 6.0
"""How far from a kerb a path is still part of its street, and how long it has to run beside it."""
_PATHS = frozenset({"footway", "path", "cycleway"})


def may_run_beside(way: Road) -> bool:
    """Whether a way is a path of the kind that runs along streets."""
    return way.category in _PATHS and on_ground(way)


def apron_reach_m(road: Road) -> float:
    """How far from the line of a road a path along it lies at most, metres."""
    return section(road).carriageway_m / 2 + APRON_M


@remembered(20_000)
def _roadside(road: Road) -> BaseGeometry:
    """The ground beside a road in which a path is part of its street."""
    near = shapely.buffer(road.geometry, apron_reach_m(road), quad_segs=2, cap_style="flat")
    beside: BaseGeometry = shapely.difference(near, street(road).carriageway)
    shapely.prepare(beside)
    return beside


def apron(road: Road, path: Road) -> BaseGeometry | None:
    """Ground from a path to the street that it runs along, or None where it only crosses it."""
    beside = shapely.get_parts(shapely.intersection(path.geometry, _roadside(road)))
    parts = beside[shapely.length(beside) > SHORTEST_APRON_M].tolist()
    areas: list[BaseGeometry] = []
    for part in parts:
        middle = part.interpolate(0.5, normalized=True)
        nearest = shapely.shortest_line(middle, road.geometry)
        (x, y), (u, v) = shapely.get_coordinates(nearest).tolist()
        ahead = part.interpolate(min(part.length, part.length / 2 + 0.5))
        left = (ahead.x - x) * (v - y) - (ahead.y - y) * (u - x) > 0
        area = shapely.buffer(part, APRON_M if left else -APRON_M, single_sided=True, join_style="bevel")
        areas += [area] if area.is_valid and not area.is_empty else []
    return shapely.union_all(areas) if areas else None
