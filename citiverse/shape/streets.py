"""Streets as surfaces: carriageway, pavements, markings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import Lane, LaneKind, Road
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.ribbon import lengths, offset, without_repeats

KERB_M = 0.12
"""How far a carriageway lies below its pavements."""
BESIDE: frozenset[LaneKind] = frozenset({"footway", "verge", "planting"})
_DRIVEN: frozenset[LaneKind] = frozenset({"car", "bus"})
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

LINE_M = 0.12
DASH_M, GAP_M = 3.0, 4.5
CLEAR_M = 2.0  # of markings, beyond the edge of a crossing street
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


def rank(road: Road) -> int:
    """Where the road stands in RANKS; an unknown category stands with service roads."""
    return RANKS.index(road.category) if road.category in RANKS else RANKS.index("service")


def on_ground(road: Road) -> bool:
    """Whether the road lies on the ground, not in a tunnel or on a bridge, and has a length at all."""
    return not (road.tunnel or road.bridge or road.layer < 0) and road.geometry.length > 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Street:
    """Ground that a road takes: its carriageway, and all of it with pavements (the same where it has none)."""

    carriageway: BaseGeometry
    whole: BaseGeometry


@lru_cache(maxsize=50_000)
def street(road: Road) -> Street:
    """The ground of a road, round at its ends so that streets which meet leave no gap."""
    cross = section(road)
    inner = _band(road.geometry, cross.carriageway_m / 2)
    if cross.left_m + cross.right_m < 0.05:
        return Street(inner, inner)
    shift = (cross.left_m - cross.right_m) / 2
    line = without_repeats(shapely.get_coordinates(road.geometry))
    middle = road.geometry if abs(shift) < 0.05 or len(line) < 2 else LineString(offset(line, shift))
    return Street(inner, _band(middle, cross.width_m / 2))


def _band(line: BaseGeometry, half_m: float) -> BaseGeometry:
    return shapely.buffer(line, half_m, quad_segs=ROUNDNESS, join_style="mitre", mitre_limit=2.0)


Node = tuple[int, int]


def node_of(point: Iterable[float]) -> Node:
    """A vertex as whole millimetres: roads that share it meet there."""
    x, y = point
    return round(x * 1000), round(y * 1000)


def junctions(roads: Sequence[Road]) -> dict[Node, float]:
    """Where three or more arms of driven roads meet, and the half width of the widest, metres."""
    arms: dict[Node, int] = {}
    reach: dict[Node, float] = {}
    for road in roads:
        if road.category in WALKED or road.category == "cycleway":
            continue
        half = section(road).carriageway_m / 2
        points = shapely.get_coordinates(road.geometry)
        last = len(points) - 1
        for i, point in enumerate(points.tolist()):
            node = node_of(point)
            arms[node] = arms.get(node, 0) + (1 if i in (0, last) else 2)
            reach[node] = max(reach.get(node, 0.0), half)
    return {node: reach[node] for node, count in arms.items() if count >= 3}


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Paint on a carriageway: straight strokes from `start` to `end`, shape (n, 2), each as wide as `width_m`."""

    start: FloatArray
    end: FloatArray
    width_m: float


def lane_lines(road: Road, at: Mapping[Node, float]) -> list[Strokes]:
    """Dashes between the lanes of a road, none where it crosses a junction of `at` (node: half width)."""
    course = _course(road)
    if course is None:
        return []
    along = course.along
    begin = np.arange(GAP_M / 2, along[-1] - DASH_M, DASH_M + GAP_M)
    for node, run in zip(course.nodes, along.tolist(), strict=True):
        if node in at:
            reach = at[node] + CLEAR_M
            begin = begin[(begin + DASH_M <= run - reach) | (begin >= run + reach)]
    if not len(begin):
        return []
    # Running lengths are those of the road's own line, so that dashes of its lanes lie side by side.
    ends = [
        [np.column_stack([np.interp(run, along, edge[:, k]) for k in (0, 1)]) for run in (begin, begin + DASH_M)]
        for edge in course.borders
    ]
    return [Strokes(start, end, LINE_M) for start, end in ends]


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """A road's line as nodes with running lengths, and the lines between its driven lanes, each (n, 2)."""

    nodes: tuple[Node, ...]
    along: FloatArray
    borders: tuple[FloatArray, ...]


@lru_cache(maxsize=50_000)
def _course(road: Road) -> _Course | None:
    borders = _borders(section(road))
    line = without_repeats(shapely.get_coordinates(road.geometry)) if borders else np.zeros((0, 2))
    if len(line) < 2:
        return None
    return _Course(tuple(map(node_of, line.tolist())), lengths(line), tuple(offset(line, place) for place in borders))


def _borders(cross: Section) -> list[float]:
    """Metres to the left of the line at which two driven lanes meet."""
    found: list[float] = []
    place = cross.carriageway_m / 2
    for lane, after in pairwise(cross.lanes):
        place -= lane.width_m
        if lane.kind in _DRIVEN and after.kind in _DRIVEN:
            found.append(place)
    return found


STRIPE_M = 0.5
ZEBRA_M = 3.0


def zebra(road: Road, at: FloatArray) -> list[Strokes]:
    """The stripes of a crossing of `road` at the point `at`, shape (2,)."""
    line = road.geometry
    run = float(shapely.line_locate_point(line, shapely.points(at)))
    ends = shapely.line_interpolate_point(line, [max(run - ZEBRA_M / 2, 0.0), min(run + ZEBRA_M / 2, line.length)])
    first, last = shapely.get_coordinates(ends)
    size = float(np.hypot(*(last - first)))
    half = section(road).carriageway_m / 2
    places = np.arange(-half + STRIPE_M, half - STRIPE_M / 2, 2 * STRIPE_M)[:, None]
    if size < ZEBRA_M / 2 or not len(places):
        return []
    left = np.array([first[1] - last[1], last[0] - first[0]]) / size
    return [Strokes(first + places * left, last + places * left, STRIPE_M)]
