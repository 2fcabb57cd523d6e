"""A new line joined to the roads that it meets: both get a vertex at the same place."""

from dataclasses import dataclass, replace
from itertools import pairwise
from math import dist

import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import Road
from citiverse.proposal.between import Node, node
from citiverse.proposal.refusal import EditRefused

SNAP_M = 12.0  # from an end of a new line to the road that it is to join
SAME_VERTEX_M = 0.75  # a road's own vertex this near is the junction
LEAST_STEP_M = 0.3  # between a junction and a vertex that a person drew


@dataclass(frozen=True, slots=True)
class Joined:
    """The new line, and the roads to which it is joined with their new vertices."""

    line: LineString
    roads: tuple[Road, ...]


def joined_to(drawn: LineString, roads: list[Road], *, only_ends: bool) -> Joined:
    """`drawn` joined to `roads` where it crosses them and where its ends come near; with `only_ends`, only there.

    Raises EditRefused where nothing is left of it between the junctions.
    """
    ends: list[Node] = [(drawn.coords[0][0], drawn.coords[0][1]), (drawn.coords[-1][0], drawn.coords[-1][1])]
    stops: dict[str, list[Node]] = {}
    met: list[tuple[float, Node]] = []
    for number, end in enumerate(ends):
        close = [road for road in roads if road.geometry.distance(Point(end)) <= SNAP_M]
        if close:
            road = min(close, key=lambda each: each.geometry.distance(Point(end)))
            ends[number] = _junction(road.geometry, Point(end))
            stops.setdefault(road.id, []).append(ends[number])
    if ends[0] == ends[1] and len(drawn.coords) < 4:
        raise EditRefused("Both ends would join the same junction; draw a longer line.", field="line")
    line = LineString([ends[0], *drawn.coords[1:-1], ends[1]])
    for road in [] if only_ends else roads:
        for place in _crossings(line, road.geometry):
            stop = _junction(road.geometry, place)
            if min(dist(stop, end) for end in ends) > SAME_VERTEX_M:
                met.append((line.project(place), stop))
                stops.setdefault(road.id, []).append(stop)
    changed = [
        replace(road, geometry=_with_vertices(road.geometry, stops[road.id])) for road in roads if road.id in stops
    ]
    return Joined(_through(line, met), tuple(changed))


def _junction(line: LineString, place: Point) -> Node:
    """The road's vertex nearest to a place where there is one close by, else the nearest point on its line."""
    x, y = min(line.coords, key=lambda corner: dist(corner[:2], (place.x, place.y)))[:2]
    on_line = line.interpolate(line.project(place))
    return (x, y) if dist((x, y), (on_line.x, on_line.y)) <= SAME_VERTEX_M else node(on_line.x, on_line.y)


def _crossings(line: LineString, other: LineString) -> list[Point]:
    """Where two lines meet; of a shared stretch, its ends."""
    shared: BaseGeometry = line.intersection(other)
    return [Point(x, y) for x, y in shapely.get_coordinates(shared).tolist()]


def _with_vertices(line: LineString, stops: list[Node]) -> LineString:
    """The line with vertices at these places, which are on it; those that it has stay as they are."""
    corners: list[Node] = [(x, y) for x, y in shapely.get_coordinates(line).tolist()]
    for stop in dict.fromkeys(stops):
        if node(*stop) not in {node(*corner) for corner in corners}:
            gaps = [LineString(pair).distance(Point(stop)) for pair in pairwise(corners)]
            corners.insert(gaps.index(min(gaps)) + 1, stop)
    return LineString(corners)


def _through(line: LineString, met: list[tuple[float, Node]]) -> LineString:
    """The line led through the junctions that it meets, without vertices that all but coincide with them."""
    places = [along for along, _ in met]
    first, *middle, last = [(x, y) for x, y in shapely.get_coordinates(line).tolist()]
    drawn = [(line.project(Point(corner)), corner) for corner in middle]
    kept = [(along, corner) for along, corner in drawn if all(abs(along - place) > LEAST_STEP_M for place in places)]
    inner = [corner for _, corner in sorted([*kept, *dict.fromkeys(met)])]
    coordinates: list[Node] = [first]
    for corner in [*inner, last]:
        if node(*corner) != node(*coordinates[-1]):
            coordinates.append(corner)
    return LineString(coordinates)
