"""Where streets meet: how far each arm is trimmed, and the rounded corners between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import Road
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.memory import Memory
from citiverse.shape.streets import Course, Node, course, kerbed, rank, section

LONGEST_TRIM_M = 20.0
SHORTEST_TRIM_M = 0.5
AIM_M = 6.0
"""How far ahead an arm is looked along to tell its direction."""
STRAIGHT_DEG, MOST_REFLEX_DEG = 12.0, 300.0
PAVEMENT_LEFT_M = 1.2
"""Pavement that a rounded kerb leaves at a corner."""
CORNER_DEG = 18.0  # of turn to each segment of a rounded corner
MITRE_LIMIT = 2.5
TAPER = 4.0  # metres along a street to a metre by which it gets wider on a side
LONGEST_TAPER_M = 15.0
WIDER_M = 0.15
LONGEST_LINK_M = 32.0
"""How far apart the carriageways of one street lie at most, where another crosses both."""

# Radius of the kerb at a corner, metres, by the lesser of its two streets: our reading of usual corners in towns.
RADIUS_M = {"tertiary": 6.0, "secondary": 8.0, "primary": 8.0, "trunk": 12.0, "motorway": 15.0}
LEAST_RADIUS_M = 4.0

Part = Literal["carriageway", "pavement"]


@dataclass(frozen=True, slots=True)
class Arm:
    """A road seen from a junction at its `vertex`: `ahead` along its line or back, `free_m` to its next junction."""

    road: Road
    vertex: int
    ahead: bool
    free_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Wedge:
    """Ground between two arms of a junction that the band of neither covers; `road` is the one to own it."""

    area: BaseGeometry
    road: Road
    part: Part


@dataclass(frozen=True, slots=True, eq=False)
class Junction:
    """A meeting of streets: `at` (2,) metres, its arms counter-clockwise, how far each is trimmed, its corners."""

    at: FloatArray
    arms: tuple[Arm, ...]
    trim_m: tuple[float, ...]
    wedges: tuple[Wedge, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a junction takes of a road: from running length `begin_m` past `middle_m` to `end_m`."""

    begin_m: float
    middle_m: float
    end_m: float
    junction: Junction


@dataclass(frozen=True, slots=True, eq=False)
class Middle:
    """The ground between the short links of a crossing of dual carriageways; `road` is the one to own it."""

    area: Polygon
    road: Road


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How streets hang together.

    `taken` has for each road, by its id, what junctions take of it, in order. `open_ends` are the roads' ids and ends
    (0 first, 1 last) where no street goes on.
    """

    junctions: tuple[Junction, ...]
    taken: Mapping[str, tuple[Stretch, ...]]
    open_ends: frozenset[tuple[str, int]]
    middles: tuple[Middle, ...]

    def kept_free(self, road: Road) -> tuple[tuple[float, float], ...]:
        """The running lengths of a road between which it is part of a crossing or fork, metres."""
        taken = self.taken.get(road.id, ())
        return tuple((each.begin_m, each.end_m) for each in taken if len(each.junction.arms) > 2)


Visit = tuple[Road, Course, int]


_layouts: Memory[tuple[int, ...], tuple[tuple[Road, ...], Layout]] = Memory(256)
_junctions: Memory[tuple[tuple[int, int, bool, float], ...], Junction] = Memory(20_000)


def layout(roads: Sequence[Road]) -> Layout:
    """The layout of `roads`. Only those with kerbs make junctions: others join them at the kerb."""
    # By identity, which is safe as what is kept keeps its roads: to hash a hundred roads takes as long as all else.
    roads = tuple(roads)
    return _layouts.get(tuple(map(id, roads)), lambda: (roads, _layout(roads)))[1]


def _layout(roads: Sequence[Road]) -> Layout:
    streets = [(road, line) for road in roads if kerbed(road) and (line := course(road)) is not None]
    visits: dict[Node, list[Visit]] = {}
    for road, line in streets:
        for vertex, node in enumerate(line.nodes):
            visits.setdefault(node, []).append((road, line, vertex))
    meeting = {node: each for node, each in visits.items() if len(each) > 1}
    taken: dict[str, list[Stretch]] = {}
    found: list[Junction] = []
    for node in sorted(meeting):
        junction = _kept(_arms(meeting[node], meeting))
        reach = {
            (arm.road.id, arm.vertex, arm.ahead): trim for arm, trim in zip(junction.arms, junction.trim_m, strict=True)
        }
        for road, line, vertex in meeting[node]:
            along = float(line.along[vertex])
            back, forth = (reach.get((road.id, vertex, ahead), 0.0) for ahead in (False, True))
            taken.setdefault(road.id, []).append(Stretch(along - back, along, along + forth, junction))
        found.append(junction)
    ends = [(road.id, i, line.nodes[-i]) for road, line in streets for i in (0, 1)]
    return Layout(
        junctions=tuple(found),
        taken={id: tuple(sorted(each, key=lambda stretch: stretch.middle_m)) for id, each in taken.items()},
        open_ends=frozenset((id, i) for id, i, node in ends if node not in meeting),
        middles=_middles([road for road, _ in streets], taken),
    )


def _middles(streets: Sequence[Road], taken: Mapping[str, Sequence[Stretch]]) -> tuple[Middle, ...]:
    links: list[tuple[Road, LineString]] = []
    for road in streets:
        stretches = sorted(taken.get(road.id, ()), key=lambda stretch: stretch.middle_m)
        line = course(road)
        for one, other in pairwise(each for each in stretches if len(each.junction.arms) > 2):
            if line is not None and 1.0 < other.middle_m - one.middle_m <= LONGEST_LINK_M:
                links.append((road, LineString(line.stretch(one.middle_m, other.middle_m))))
    if len(links) < 4:
        return ()
    faces = shapely.get_parts(shapely.polygonize([line for _, line in links]))
    touching = shapely.STRtree([line for _, line in links])
    found: list[Middle] = []
    for face in faces.tolist():
        around = [links[k] for k in touching.query(face, predicate="covers").tolist()]
        # Three links make an island beside a lane that turns off; four are two pairs of carriageways.
        if len(around) == 4 and sum(road.direction != "both" for road, _ in around) >= 2:
            found.append(Middle(face, max((road for road, _ in around), key=lambda road: (rank(road), road.id))))
    return tuple(found)


def _arms(visits: Sequence[Visit], meeting: Mapping[Node, object]) -> tuple[Arm, ...]:
    arms: list[Arm] = []
    for road, line, vertex in sorted(visits, key=lambda visit: (visit[0].id, visit[2])):
        for ahead in (False, True):
            rest = range(vertex + 1, len(line.nodes)) if ahead else range(vertex - 1, -1, -1)
            if rest:
                stop = next((i for i in rest if line.nodes[i] in meeting), rest[-1])
                arms.append(Arm(road, vertex, ahead, abs(float(line.along[stop] - line.along[vertex]))))
    return tuple(arms)


@dataclass(frozen=True, slots=True)
class _Side:
    """An arm as it leaves the junction: its direction and how far its edges lie to the left and right of that."""

    x: float
    y: float
    angle: float
    half: float
    left: float
    right: float


def _kept(arms: tuple[Arm, ...]) -> Junction:
    key = tuple((id(arm.road), arm.vertex, arm.ahead, arm.free_m) for arm in arms)
    return _junctions.get(key, lambda: junction_of(arms))


def junction_of(arms: tuple[Arm, ...]) -> Junction:
    """The junction that `arms` make.

    Each is trimmed to where its edges have parted from its neighbours' and the kerb between them has got round the
    corner, at most by LONGEST_TRIM_M and by half the way to the next junction.
    """
    at = _line(arms[0]).points[arms[0].vertex]
    sides = [_side(arm) for arm in arms]
    order = sorted(range(len(arms)), key=lambda i: (sides[i].angle, arms[i].road.id, arms[i].vertex))
    arms, sides = tuple(arms[i] for i in order), [sides[i] for i in order]
    most = [min(LONGEST_TRIM_M, arm.free_m / 2) for arm in arms]
    trim = [0.0 if len(arms) < 3 else min(SHORTEST_TRIM_M, limit) for limit in most]
    wedges: list[Wedge] = []
    for i in range(len(arms)):
        j = (i + 1) % len(arms)
        if len(arms) > 1:
            _corner(at, arms, sides, (i, j), most, trim, wedges)
    return Junction(at, arms, tuple(trim), tuple(wedges))


def _line(arm: Arm) -> Course:
    found = course(arm.road)
    if found is None:
        raise ValueError(f"{arm.road.id} has no length.")
    return found


def _side(arm: Arm) -> _Side:
    line = _line(arm)
    start = float(line.along[arm.vertex])
    run = start + min(AIM_M, arm.free_m) * (1.0 if arm.ahead else -1.0)
    to = np.array([np.interp(run, line.along, line.points[:, k]) for k in (0, 1)]) - line.points[arm.vertex]
    size = float(np.hypot(*to))
    if size < 1e-6:  # a loop that comes back to where it started within its aim
        to = line.points[arm.vertex + (1 if arm.ahead else -1)] - line.points[arm.vertex]
        size = float(np.hypot(*to))
    cross = section(arm.road)
    half = cross.carriageway_m / 2
    left, right = (cross.left_m, cross.right_m) if arm.ahead else (cross.right_m, cross.left_m)
    x, y = float(to[0]) / size, float(to[1]) / size
    return _Side(x, y, float(np.arctan2(y, x)), half, half + left, half + right)


def _corner(
    at: FloatArray, arms: Sequence[Arm], sides: Sequence[_Side], pair: tuple[int, int], most: Sequence[float],
    trim: list[float], wedges: list[Wedge],
) -> None:  # fmt: skip
    """What lies between arm i and the next one, j, counter-clockwise: its wedges, and how far it trims the two."""
    i, j = pair
    a, b = sides[i], sides[j]
    turn = float(np.degrees((b.angle - a.angle) % (2 * np.pi)))
    lesser = min((arms[i].road, arms[j].road), key=lambda road: (rank(road), road.id))
    if abs(turn - 180.0) < STRAIGHT_DEG:
        wedges += _tapers(at, arms, sides, pair, most)
        if turn < 181.0:
            return
    if turn < 1.0 or turn > MOST_REFLEX_DEG:
        return
    u, v = _crossing(a, b, a.half, b.half)
    if turn > 180.0:
        wedges += [
            Wedge(_polygon(at, [(a, 0.0, inner), (a, *_mitre(a, b, inner, outer)), (b, 0.0, -outer)]), lesser, part)
            for inner, outer, part in _reflex(a, b)
        ]
        return
    radius = _radius(lesser, min(a.left - a.half, b.right - b.half))
    back = radius / float(np.tan(np.radians(turn) / 2))
    room = min(most[i] - u, most[j] - v)
    trim[i] = min(max(trim[i], u + back), most[i])
    trim[j] = min(max(trim[j], v + back), most[j])
    if room > 0.05:
        back = min(back, room)
        radius = back * float(np.tan(np.radians(turn) / 2))
        arc = [(a, x, y) for x, y in _arc(u + back, a.half + radius, radius, 180.0 - turn)]
        wedges.append(Wedge(_polygon(at, [(a, u + back, a.half), *arc, (b, v + back, -b.half)]), lesser, "carriageway"))


def _crossing(a: _Side, b: _Side, left: float, right: float) -> tuple[float, float]:
    """How far along a and b the line `left` of a and the one `right` of b meet."""
    sine = a.x * b.y - a.y * b.x
    dx, dy = b.y * right + a.y * left, -b.x * right - a.x * left  # from the start of a's edge to that of b's
    return (dx * b.y - dy * b.x) / sine, (dx * a.y - dy * a.x) / sine


def _reflex(a: _Side, b: _Side) -> list[tuple[float, float, Part]]:
    """Edges on the outside of a bend: of the carriageway and, where there is any, of the pavement."""
    found: list[tuple[float, float, Part]] = [(a.half, b.half, "carriageway")]
    if a.left > a.half and b.right > b.half:
        found.append((a.left, b.right, "pavement"))
    return found


def _mitre(a: _Side, b: _Side, left: float, right: float) -> tuple[float, float]:
    """The outer point of a bend, along a and to its left, not further out than MITRE_LIMIT of the wider arm."""
    u, _ = _crossing(a, b, left, right)
    return max(u, -MITRE_LIMIT * max(left, right)), left


def _radius(lesser: Road, pavement_m: float) -> float:
    wanted = max(LEAST_RADIUS_M, RADIUS_M.get(lesser.category.removesuffix("_link"), LEAST_RADIUS_M))
    if pavement_m < 0.05:  # pavements that are ways of their own would be cut off by a wide corner
        return LEAST_RADIUS_M
    return min(wanted, max(pavement_m - PAVEMENT_LEFT_M, 0.6) / (1.0 - float(np.sqrt(0.5))))


def _arc(along: float, aside: float, radius: float, turn_deg: float) -> list[tuple[float, float]]:
    """Points between the two ends of a kerb that goes round a corner, seen from an arm: along it and to its left."""
    steps = max(1, int(np.ceil(turn_deg / CORNER_DEG)))
    angles = np.radians(np.arange(1, steps) * (turn_deg / steps))
    return [(along - radius * float(np.sin(angle)), aside - radius * float(np.cos(angle))) for angle in angles]


def _polygon(at: FloatArray, points: Sequence[tuple[_Side, float, float]]) -> BaseGeometry:
    """The middle of a junction and points along an arm and to its left, as an area."""
    ring = [(at[0] + s.x * along - s.y * left, at[1] + s.y * along + s.x * left) for s, along, left in points]
    area = Polygon([(at[0], at[1]), *ring])
    return area if area.is_valid else area.convex_hull  # arms so steep that the edges of their corner cross


def _tapers(
    at: FloatArray, arms: Sequence[Arm], sides: Sequence[_Side], pair: tuple[int, int], most: Sequence[float]
) -> list[Wedge]:
    """Where a street goes on straight but wider: the narrow arm's edge runs out to the wide one's."""
    i, j = pair
    a, b = sides[i], sides[j]
    wider = b.half - a.half
    if abs(wider) < WIDER_M:
        return []
    narrow, arm, sign, half = (a, i, 1.0, a.half) if wider > 0 else (b, j, -1.0, b.half)
    long = min(TAPER * abs(wider), LONGEST_TAPER_M, 2 * most[arm])
    points = [(narrow, long, sign * half), (narrow, 0.0, sign * (half + abs(wider)))]
    return [Wedge(_polygon(at, points), arms[arm].road, "carriageway")]
