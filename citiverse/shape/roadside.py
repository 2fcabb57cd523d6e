"""What lies beside carriageways: pavement up to paths of their own, the median between two of one street."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import Road
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.memory import remembered
from citiverse.shape.streets import kerbed, on_ground, section, street

APRON_M, SHORTEST_APRON_M = 4.5, 6.0
"""How far from a kerb a path is still part of its street, and how long it has to run beside it."""
LEAST_MEDIAN_M, GRASSY_MEDIAN_M, WIDEST_MEDIAN_M = 0.4, 2.5, 14.0
"""Breadth of what lies between two carriageways of a street: from a strip of stones to a lawn."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Median:
    """The ground between the lines of two carriageways of one street; `grassy` if it is broad."""

    area: BaseGeometry
    grassy: bool


def may_have_median(road: Road) -> bool:
    """Whether a road is one carriageway of perhaps two."""
    return road.direction != "both" and not road.roundabout and kerbed(road) and on_ground(road)


def median_reach_m(road: Road) -> float:
    """How far from the line of a road the other carriageway of its street lies at most, metres."""
    return WIDEST_MEDIAN_M + 2 * section(road).carriageway_m


def median(one: Road, other: Road) -> Median | None:
    """What lies between two roads, or None where they are not the two directions of one street side by side."""
    if (one.name, one.category) != (other.name, other.category):
        return None
    short, long = sorted((one, other), key=lambda road: (road.geometry.length, road.id))
    places = shapely.line_interpolate_point(short.geometry, [0.2, 0.4, 0.5, 0.6, 0.8], normalized=True)
    apart = shapely.distance(places, long.geometry)
    free = float(np.median(apart)) - (section(one).carriageway_m + section(other).carriageway_m) / 2
    alike = float(apart.max() - apart.min()) < 0.4 * float(np.median(apart))
    if not (alike and LEAST_MEDIAN_M <= free <= WIDEST_MEDIAN_M) or _same_way(short, long):
        return None
    # Within their distance of both lines: between them, and nowhere else.
    reach = float(np.median(apart))
    near, far = (shapely.buffer(road.geometry, reach, quad_segs=2, cap_style="flat") for road in (one, other))
    area: BaseGeometry = shapely.intersection(near, far)
    return None if area.is_empty else Median(area, free >= GRASSY_MEDIAN_M)


def _same_way(short: Road, long: Road) -> bool:
    """Whether traffic on both goes the same way, or nearly across."""
    at = shapely.line_locate_point(long.geometry, short.geometry.interpolate(0.5, normalized=True))
    runs = ((short, short.geometry.length / 2), (long, float(at)))
    ahead = [_heading(road, run) for road, run in runs]
    return float(ahead[0] @ ahead[1]) > -0.8


def _heading(road: Road, run: float) -> FloatArray:
    ends = shapely.line_interpolate_point(road.geometry, [max(run - 1.0, 0.0), min(run + 1.0, road.geometry.length)])
    start, end = shapely.get_coordinates(ends)
    size = max(float(np.hypot(*(end - start))), 1e-9)
    result: FloatArray = (end - start) / size * (1.0 if road.direction == "forward" else -1.0)
    return result
