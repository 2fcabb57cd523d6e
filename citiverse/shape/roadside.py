"""Pavement between streets and the paths that run along them as ways of their own."""

from collections.abc import Sequence

import numpy as np
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


def apron(path: Road, roads: Sequence[Road]) -> BaseGeometry | None:
    """A path and the ground from it to the streets that it runs along, or None where it only crosses them."""
    beside = shapely.intersection(path.geometry, [_roadside(road) for road in roads])
    parts, road = shapely.get_parts(beside, return_index=True)
    length = shapely.length(parts)
    kept = length > SHORTEST_APRON_M
    parts, length = parts[kept], length[kept]
    if not len(parts):
        return None
    streets = np.array([each.geometry for each in roads], dtype=object)[road[kept]]
    middle = shapely.line_interpolate_point(parts, length / 2)
    nearest = shapely.get_coordinates(shapely.shortest_line(middle, streets)).reshape(-1, 2, 2)
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(parts, np.minimum(length, length / 2 + 0.5)))
    (x, y), (along_x, along_y) = nearest[:, 0].T, (ahead - nearest[:, 0]).T
    left = along_x * (nearest[:, 1, 1] - y) - along_y * (nearest[:, 1, 0] - x) > 0
    areas = shapely.buffer(parts, np.where(left, APRON_M, -APRON_M), single_sided=True, join_style="bevel")
    areas = areas[shapely.is_valid(areas) & ~shapely.is_empty(areas)]
    if not len(areas):
        return None
    # Together with the path itself: the middle of the path would only cut it in two.
    whole: BaseGeometry = shapely.union_all([*areas, street(path).carriageway])
    return whole
