"""Streets as surfaces: their cross-section, carriageway and pavements."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import Lane, LaneKind, Road
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.memory import remembered
from citiverse.geometry.ribbon import lengths, offset, without_repeats

KERB_M = 0.12
"""How far a carriageway lies below its pavements."""
STUB_M = 4.0
"""How far a way still lies on the ground when it has begun to be a bridge."""
BESIDE: frozenset[LaneKind] = frozenset({"footway", "verge", "planting"})
# Roads without a kerb: driven or walked on level with what is beside them.
FLUSH = frozenset(
    {"service", "living_street", "pedestrian", "track", "footway", "path", "cycleway", "bridleway", "steps"}
)
WALKED = frozenset({"footway", "path", "pedestrian", "steps", "bridleway", "corridor", "platform"})
# From the least to the most important, where two carriageways overlap the later one is seen.
RANKS = (
    "steps", "path", "bridleway", "footway", "cycleway", "pedestrian", "track", "service", "living_street", "road",
    "unclassified", "residential", "tertiary_link", "tertiary", "secondary_link", "secondary", "primary_link",
    "primary", "trunk_link", "trunk", "motorway_link", "motorway",
)  # fmt: skip

ROUNDNESS = 3
"""Segments to a quarter circle where streets end and bend."""


@dataclass(frozen=True, slots=True)
class Section:
    """A street's cross-section: metres from the line to the edges of the carriageway and of all of it.

    The line is the middle of the carriageway, as it is drawn in OpenStreetMap; left and right along the line.
    """

    carriageway_m: float
    left_m: float
    right_m: float
    lanes: tuple[Lane, ...]

    @property
    def width_m(self) -> float:
        """From one outer edge to the other."""
        return self.carriageway_m + self.left_m + self.right_m


@remembered(50_000)
def section(road: Road) -> Section:
    """The cross-section of a road; a way without lanes is a path of 2 m."""
    on_road = [i for i, lane in enumerate(road.lanes) if lane.kind not in BESIDE]
    if not on_road:
        return Section(max(road.width_m, 0.5) if road.lanes else 2.0, 0.0, 0.0, road.lanes)
    first, last = on_road[0], on_road[-1] + 1
    inner = road.lanes[first:last]
    return Section(
        carriageway_m=max(sum(lane.width_m for lane in inner), 0.5),
        left_m=sum(lane.width_m for lane in road.lanes[:first]),
        right_m=sum(lane.width_m for lane in road.lanes[last:]),
        lanes=inner,
    )


_RANK = {category: place for place, category in enumerate(RANKS)}


def rank(road: Road) -> int:
    """Where the road stands in RANKS; an unknown category stands with service roads."""
    return _RANK.get(road.category, _RANK["service"])


def on_ground(road: Road) -> bool:
    """Whether the road lies on the ground, not in a tunnel or on a bridge, and has a length at all.

    Streets below others lie in a cutting, in sight; paths there are inside of buildings or stations.
    """
    below = road.layer < -1 or (road.layer < 0 and road.category in WALKED)
    return not (road.tunnel or road.bridge or below) and road.geometry.length > 0.01


def kerbed(road: Road) -> bool:
    """Whether the road is a street between kerbs; a bridge goes on as one."""
    return road.category not in FLUSH and road.category not in WALKED and not road.tunnel


Node = tuple[int, int]


def node_of(point: Iterable[float]) -> Node:
    """A vertex as whole millimetres: roads that share it meet there."""
    x, y = point
    return round(x * 1000), round(y * 1000)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A road's line without repeats: `points` (n, 2) metres, `nodes` (n) and running lengths `along` (n,), metres."""

    points: FloatArray
    nodes: tuple[Node, ...]
    along: FloatArray

    @property
    def length_m(self) -> float:
        """From one end to the other."""
        return float(self.along[-1])

    def at(self, run: FloatArray) -> FloatArray:
        """Points at running lengths `run` (n,), shape (n, 2)."""
        return np.column_stack([np.interp(run, self.along, self.points[:, k]) for k in (0, 1)])

    def stretch(self, begin_m: float, end_m: float) -> FloatArray:
        """The line between two running lengths, shape (n, 2)."""
        inside = (self.along > begin_m + 0.01) & (self.along < end_m - 0.01)
        ends = self.at(np.array([begin_m, end_m]))
        return np.concatenate([ends[:1], self.points[inside], ends[1:]])


@remembered(50_000)
def course(road: Road) -> Course | None:
    """The course of a road; None where its line has no length."""
    line = without_repeats(shapely.get_coordinates(road.geometry))
    if len(line) < 2:
        return None
    return Course(line, tuple(map(node_of, line.tolist())), lengths(line))


@dataclass(frozen=True, slots=True, eq=False)
class Street:
    """Ground that a road takes: its carriageway, and all of it with pavements (the same where it has none)."""

    carriageway: BaseGeometry
    whole: BaseGeometry


@remembered(50_000)
def street(road: Road) -> Street:
    """The ground of a road. Streets with kerbs end straight, as junctions see to the rest; others end round."""
    cross = section(road)
    cap: Cap = "flat" if kerbed(road) else "round"
    inner = _band(road.geometry, cross.carriageway_m / 2, cap)
    if cross.left_m + cross.right_m < 0.05:
        return Street(inner, inner)
    shift = (cross.left_m - cross.right_m) / 2
    line = course(road)
    middle = road.geometry if abs(shift) < 0.05 or line is None else LineString(offset(line.points, shift))
    return Street(inner, _band(middle, cross.width_m / 2, cap))


@remembered(20_000)
def stubs(road: Road) -> tuple[Street, ...]:
    """The ground that a bridge takes at its two ends, where it leaves the ground."""
    line = course(road)
    if line is None:
        return ()
    cross = section(road)
    shift = (cross.left_m - cross.right_m) / 2
    ends = [
        line.stretch(0.0, min(STUB_M, line.length_m)),
        line.stretch(max(line.length_m - STUB_M, 0.0), line.length_m),
    ]
    return tuple(
        Street(
            _band(LineString(end), cross.carriageway_m / 2, "flat"),
            _band(LineString(offset(without_repeats(end), shift)), cross.width_m / 2, "flat"),
        )
        for end in ends
    )


@remembered(50_000)
def head(road: Road, end: int) -> Street:
    """The round head of a street that goes nowhere at its first (0) or last (1) vertex."""
    cross = section(road)
    point = shapely.get_point(road.geometry, -end)
    inner = shapely.buffer(point, cross.carriageway_m / 2, quad_segs=ROUNDNESS)
    beside = min(cross.left_m, cross.right_m)
    whole = inner if beside < 0.05 else shapely.buffer(point, cross.carriageway_m / 2 + beside, quad_segs=ROUNDNESS)
    return Street(inner, whole)


Cap = Literal["flat", "round"]


def _band(line: BaseGeometry, half_m: float, cap: Cap) -> BaseGeometry:
    return shapely.buffer(line, half_m, quad_segs=ROUNDNESS, cap_style=cap, join_style="mitre", mitre_limit=2.0)


@dataclass(frozen=True, slots=True)
class Strip:
    """A lane's place in the cross-section: metres to the left of the line at which it begins and ends."""

    lane: Lane
    left_m: float
    right_m: float


@remembered(50_000)
def strips_of(road: Road) -> tuple[Strip, ...]:
    """The lanes of the carriageway from left to right."""
    cross = section(road)
    return _strips(cross.lanes, cross.carriageway_m / 2)


@remembered(50_000)
def green_strips(road: Road) -> tuple[tuple[Strip, bool], ...]:
    """Verges and planted strips of a street, and whether they lie in its carriageway as a median does."""
    cross = section(road)
    half = cross.carriageway_m / 2
    strips = _strips(road.lanes, half + cross.left_m)
    return tuple(
        (strip, max(strip.left_m, -strip.right_m) < half + 0.01)
        for strip in strips
        if strip.lane.kind in ("verge", "planting")
    )


def _strips(lanes: Iterable[Lane], left_m: float) -> tuple[Strip, ...]:
    found: list[Strip] = []
    for lane in lanes:
        found.append(Strip(lane, left_m, left_m - lane.width_m))
        left_m -= lane.width_m
    return tuple(found)
