"""Areas of closed ways and multipolygon relations, also where some of their nodes or members are missing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.geometry.arrays import FloatArray
from citiverse.gis.osm.elements import Elements, Relation, Way
from citiverse.gis.shapes import MIN_AREA_M2, Area, polygonal

GAP_SHARE = 0.6  # a ring is given up when the straight line that closes it is longer than this share of it

TOO_FEW = "too few of its nodes are in the file"


@dataclass(frozen=True, slots=True)
class Shape:
    """An area, or None with the reason why there is none; `repair` says what was done to it."""

    area: Area | None
    repair: str = ""
    reason: str = ""


def area_of_way(way: Way) -> Shape:
    """The area inside a closed way."""
    points = way.points
    if not way.closed:
        closed = _closed(points)
        if closed is None:
            return Shape(None, reason=TOO_FEW if way.missing or len(points) < 3 else "its outline is open")
        return valid(Polygon(closed), "its outline is cut open; closed straight across the gap")
    if len(np.unique(points, axis=0)) < 3:
        return Shape(None, reason=TOO_FEW if way.missing else "it has less than 3 corners")
    repair = "nodes are missing in the file; closed straight across the gap" if way.missing else ""
    return valid(Polygon(points), repair)


def areas_of_ways(ways: Sequence[Way]) -> list[Shape]:
    """`area_of_way` of many at once."""
    shapes: list[Shape | None] = [None] * len(ways)
    whole = [i for i, way in enumerate(ways) if way.closed and not way.missing and len(way.points) >= 4]
    if whole:
        points = [ways[i].points for i in whole]
        owner = np.repeat(np.arange(len(whole)), [len(each) for each in points])
        rings = shapely.linearrings(np.concatenate(points), indices=owner)
        polygons = np.array(shapely.polygons(np.asarray(rings)), dtype=object)
        good = np.asarray(shapely.is_valid(polygons) & (shapely.area(polygons) >= MIN_AREA_M2))
        for i, polygon, fine in zip(whole, polygons, good, strict=True):
            if fine:
                shapes[i] = Shape(polygon)
    return [shape or area_of_way(way) for shape, way in zip(shapes, ways, strict=True)]


def area_of_relation(relation: Relation, elements: Elements) -> Shape:
    """The area of a multipolygon: outer rings less the inner ones, by the even-odd rule as OpenStreetMap has it."""
    members = [member for member in relation.members if member.type == "w"]
    ways = [elements.ways[member.id] for member in members if member.id in elements.ways]
    ways = list({way.id: way for way in ways}.values())
    lines = [run for way in ways for run in _runs(way) if len(run) > 1]
    if not lines:
        return Shape(None, reason="none of its members is in the file")
    clipped = len(ways) < len({member.id for member in members}) or any(way.missing for way in ways)
    rings, chains = _linked(lines)
    if chains:
        rings += [closed for chain in chains if (closed := _closed(chain)) is not None]
        if not rings:
            return Shape(None, reason="too little of its outline is in the file" if clipped else "its outline has gaps")
    repair = "" if not chains else "members are missing in the file; closed straight across the gap"
    if chains and not clipped:
        repair = "its outline has gaps; closed straight across them"
    return _even_odd(rings, repair)


def valid(area: BaseGeometry, repair: str = "") -> Shape:
    """A valid area without slivers, or the reason why none remains."""
    if not area.is_valid:
        fixed = polygonal(shapely.make_valid(area, method="structure", keep_collapsed=False))
        return _sized(fixed, repair or "its outline crosses or touches itself; made valid")
    return _sized(polygonal(area), repair)


def _sized(area: Area | None, repair: str) -> Shape:
    if area is None or area.area < MIN_AREA_M2:
        return Shape(None, reason="it has next to no area")
    return Shape(area, repair)


def _runs(way: Way) -> tuple[FloatArray, ...]:
    """Stretches of a way; where a closed way misses nodes, the last stretch goes on into the first."""
    if way.closed and len(way.runs) > 1 and np.array_equal(way.runs[0][0], way.runs[-1][-1]):
        return (np.concatenate([way.runs[-1], way.runs[0][1:]]), *way.runs[1:-1])
    return way.runs


def _linked(lines: list[FloatArray]) -> tuple[list[FloatArray], list[FloatArray]]:
    """Lines joined end to end: rings, and chains that do not close.

    Where more than two ends meet, the faces that the lines enclose are taken as rings instead.
    """
    ends: dict[tuple[float, float], int] = {}
    for line in lines:
        if tuple(line[0]) != tuple(line[-1]):
            for end in (tuple(line[0]), tuple(line[-1])):
                ends[end] = ends.get(end, 0) + 1
    if any(count > 2 for count in ends.values()):
        return _faces(lines)
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings([LineString(line) for line in lines])))
    found = [shapely.get_coordinates(line) for line in merged]
    return [line for line in found if _is_ring(line)], [line for line in found if not _is_ring(line)]


def _is_ring(line: FloatArray) -> bool:
    return len(line) > 3 and np.array_equal(line[0], line[-1])


def _faces(lines: list[FloatArray]) -> tuple[list[FloatArray], list[FloatArray]]:
    noded = shapely.unary_union([LineString(line) for line in lines])
    faces = shapely.get_parts(shapely.polygonize([noded]))
    segments = np.concatenate([np.hstack([line[:-1], line[1:]]) for line in lines])
    inside = [face for face in faces if _crossings(segments, face.representative_point().coords[0]) % 2]
    if not inside:
        return [], []
    parts = shapely.get_parts(shapely.unary_union(inside))
    return [shapely.get_coordinates(ring) for part in parts for ring in (part.exterior, *part.interiors)], []


def _crossings(segments: FloatArray, point: tuple[float, ...]) -> int:
    """How often a ray from `point` to the east meets segments of shape (n, 4)."""
    x, y = point[:2]
    x0, y0, x1, y1 = segments.T
    spans = (y0 > y) != (y1 > y)
    at = x0[spans] + (y - y0[spans]) / (y1[spans] - y0[spans]) * (x1[spans] - x0[spans])
    return int((at > x).sum())


def _closed(chain: FloatArray) -> FloatArray | None:
    """A chain closed by a straight line, where that line is not most of what would be the outline."""
    if len(chain) < 3:
        return None
    gap = float(np.hypot(*(chain[-1] - chain[0])))
    length = float(np.hypot(*np.diff(chain, axis=0).T).sum())
    return None if gap > GAP_SHARE * (gap + length) else np.vstack([chain, chain[:1]])


def _even_odd(rings: list[FloatArray], repair: str) -> Shape:
    """Outer and inner rings told apart by nesting; rings that share an edge are joined."""
    polygons: list[Area] = [Polygon(ring) for ring in rings]
    if not all(polygon.is_valid for polygon in polygons):
        fixed = [valid(polygon) for polygon in polygons]
        polygons = [shape.area for shape in fixed if shape.area is not None]
        repair = repair or "its outline crosses or touches itself; made valid"
    if not polygons:
        return Shape(None, reason="it has no area")
    together: BaseGeometry = polygons[0]
    for polygon in polygons[1:]:
        together = shapely.symmetric_difference(together, polygon)
    return valid(together, repair)
