"""Bridges, tunnels and steps: ways that leave the ground."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Point

from citiverse.city.feature import Feature, Rail, Road
from citiverse.city.terrain import Terrain
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.memory import remembered
from citiverse.geometry.ribbon import corner_normals, lengths, without_repeats
from citiverse.shape.streets import KERB_M, STUB_M, WALKED, Node, node_of, section

Way = Road | Rail

DECK_M = 0.8
STEP_M = 6.0
STEEPEST = 0.08
# Headroom and the deck's own thickness over what passes below: as main roads in Europe keep it, over railways with
# their wire, over paths. Our reading of usual built heights.
OVER_ROAD_M, OVER_RAIL_M, OVER_PATH_M = 5.0, 6.5, 3.5
NEAR_END = 0.2
"""Share of a bridge's length at both ends in which no bow makes room for what passes below."""
LEAST_OVER_GROUND_M = KERB_M + 0.04
"""How far a deck lies over flat ground at least, from STUB_M on: its carriageway a kerb lower is still in sight."""
APART_M = 0.015
"""How far the surfaces of decks lie apart that overlap."""
TRACK_HALF_M = 2.1
BESIDE_M = 1.2
"""Decks whose edges lie this close are one bridge, without a parapet between them."""
PIER_EVERY_M, PIER_FROM_M, PIER_M = 24.0, 3.0, 0.9
"""Distance of piers, the height over the ground from which a deck stands on them, and their thickness."""
PIER_CLEAR_M = 1.0
"""How far piers stay away from the edges of ways below."""
RISE_M = 0.17
"""Of a step, where the ground does not say otherwise (DIN 18065 gives 14 to 20 cm)."""
PORTAL_M = {"path": 2.8, "road": 4.7, "rail": 6.0}
"""Height of a tunnel's mouth."""


@dataclass(frozen=True, slots=True, eq=False)
class Deck:
    """A bridge's line with the height of its surface: `line` (n, 2) without repeats, `height` (n,) metres.

    It reaches from `left_m` to the left of its line to `right_m` to the right. `open_left` and `open_right`, shape
    (n - 1,), say along which pieces nothing stands beside it that is part of the same bridge.
    """

    line: FloatArray
    height: FloatArray
    left_m: float
    right_m: float
    open_left: FloatArray
    open_right: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Pier:
    """A wall under a deck: from corner to corner across it, (2, 2), and the height of its foot and top."""

    across: FloatArray
    foot_m: float
    top_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Portal:
    """The mouth of a tunnel: where it is (2,), the direction into it (2,), its width and height."""

    at: FloatArray
    into: FloatArray
    width_m: float
    height_m: float


@remembered(50_000)
def ends_of(way: Way) -> tuple[Node, Node]:
    """The first and last vertex of a way."""
    points = shapely.get_coordinates(way.geometry)
    return node_of(points[0]), node_of(points[-1])


def is_span(feature: Feature) -> bool:
    """Whether it is a way on a bridge that can be drawn."""
    if not isinstance(feature, Road | Rail):
        return False
    return feature.bridge and not feature.tunnel and feature.layer >= 0 and feature.geometry.length > 0.01


def breadth(way: Way) -> tuple[float, float]:
    """How far a way reaches to the left and right of its line, metres."""
    if isinstance(way, Rail):
        return TRACK_HALF_M, TRACK_HALF_M
    cross = section(way)
    return cross.carriageway_m / 2 + cross.left_m, cross.carriageway_m / 2 + cross.right_m


def deck(way: Way, near: Sequence[Feature], terrain: Terrain) -> Deck | None:
    """The deck of a bridge: from one end to the other, in a bow over ways that it crosses.

    Its ends lie on the ground, or at the height of the next bridge where the bridge goes on there: that is as high
    as what either of them crosses asks for and STEEPEST allows. None where its line has no length.
    """
    if way.geometry.length < 0.01:
        return None
    line = without_repeats(shapely.get_coordinates(shapely.segmentize(way.geometry, STEP_M)))
    if len(line) < 2:
        return None
    along = lengths(line)
    share = along / along[-1]
    ways = [other for other in near if isinstance(other, Road | Rail)]
    first, last = (_end_height(end, way, ways, terrain) for end in ends_of(way))
    straight = first + (last - first) * share
    bow = max((_missing(way, each, ways, first, last, terrain) for each in [way, *_beside(way, ways)]), default=0.0)
    arc = np.sin(np.pi * share)
    height = straight + min(max(bow, 0.0), STEEPEST * float(along[-1]) / np.pi) * arc
    from_end = np.minimum(along, along[-1] - along)
    height = np.maximum(height, terrain.heights(line) + LEAST_OVER_GROUND_M * np.minimum(from_end / STUB_M, 1.0))
    height += APART_M * sum(_order(each) < _order(way) for each in _overlapping(way, ways))
    left, right = breadth(way)
    sides = [_stands_open(line, side, way, ways) for side in (left, -right)]
    return Deck(line, height, left, right, *sides)


def _missing(way: Way, deck: Way, ways: Sequence[Way], first_m: float, last_m: float, terrain: Terrain) -> float:
    """By how much the middle of a straight deck of `way` lies too low for what passes under it, or under `deck`."""
    worst = 0.0
    for over, top_m in _crossed(deck, ways, terrain):
        found = float(shapely.line_locate_point(way.geometry, over, normalized=True))
        share = min(max(found, NEAR_END), 1.0 - NEAR_END)
        reach = min(found, 1.0 - found, NEAR_END) / NEAR_END  # the nearer to an end, the less can a bow do
        worst = max(worst, reach * (top_m - first_m - (last_m - first_m) * share) / float(np.sin(np.pi * share)))
    return worst


def _crossed(way: Way, ways: Sequence[Way], terrain: Terrain) -> list[tuple[Point, float]]:
    """Where other ways pass under a bridge, and how high its surface should be there."""
    below = [w for w in ways if _passes_under(w, way)]
    if not below:
        return []
    lines = np.array([other.geometry for other in below], dtype=object)
    found: list[tuple[Point, float]] = []
    for k in np.flatnonzero(shapely.crosses(lines, way.geometry)).tolist():
        at = shapely.get_coordinates(shapely.intersection(lines[k], way.geometry))[:1]
        if not (_walked(below[k]) and (_at_bank(way, Point(at[0])) or _hangs_low(below[k], ways))):
            found.append((Point(at[0]), float(terrain.heights(at)[0]) + _headroom(below[k])))
    return found


def _passes_under(other: Way, way: Way) -> bool:
    """Whether a way that crosses a bridge needs room under it: not in a tunnel or in a passage below the ground."""
    hidden = other.tunnel or (other.layer < 0 and _walked(other))
    return not hidden and other.layer < max(way.layer, 1) and other.id != way.id


def _walked(way: Way) -> bool:
    return isinstance(way, Road) and (way.category in WALKED or way.category == "cycleway")


def _at_bank(way: Way, point: Point) -> bool:
    """Whether a point lies near an end of a bridge: a path there runs along the bank, lower than the street above."""
    share = float(shapely.line_locate_point(way.geometry, point, normalized=True))
    return min(share, 1.0 - share) < NEAR_END


def _beside(way: Way, ways: Iterable[Way]) -> list[Way]:
    """Decks beside a deck over most of its length: parts of the same bridge, so of the same height."""
    found: list[Way] = []
    for other in _of_same_level(way, ways):
        reach = max(breadth(way)) + max(breadth(other)) + BESIDE_M
        quarters = shapely.line_interpolate_point(way.geometry, [0.25, 0.5, 0.75], normalized=True)
        if shapely.dwithin(quarters, other.geometry, reach).all():
            found.append(other)
    return found


def _overlapping(way: Way, ways: Iterable[Way]) -> list[Way]:
    """Decks of the same level of which a part lies in this deck."""
    return [
        other
        for other in _of_same_level(way, ways)
        if shapely.dwithin(way.geometry, other.geometry, max(breadth(way)) + max(breadth(other)))
        and not set(ends_of(way)) & set(ends_of(other))
    ]


def _of_same_level(way: Way, ways: Iterable[Way]) -> list[Way]:
    """Other bridges of the same level."""
    level = max(way.layer, 1)
    return [w for w in ways if w.bridge and w.id != way.id and max(w.layer, 1) == level and is_span(w)]


def _order(way: Way) -> tuple[int, str]:
    """Which of overlapping decks is seen: tracks and cycle paths lie on the decks of streets."""
    if isinstance(way, Rail):
        return 2, way.id
    return int(_walked(way)), way.id


def _hangs_low(other: Way, ways: Sequence[Way]) -> bool:
    """Whether a path under a bridge is itself one over nothing but water: a walkway just above that."""
    if not other.bridge:
        return False
    under = [way.geometry for way in ways if _passes_under(way, other)]
    return not under or not shapely.crosses(np.array(under, dtype=object), other.geometry).any()


def _headroom(other: Way) -> float:
    below = OVER_ROAD_M if other.bridge else 0.0  # which itself stands over something
    if isinstance(other, Rail):
        return below + OVER_RAIL_M
    return below + (OVER_PATH_M if _walked(other) else OVER_ROAD_M)


def _end_height(end: Node, way: Way, ways: Sequence[Way], terrain: Terrain) -> float:
    """How high a bridge is at one of its ends: on the ground, or where the next bridge goes on from it.

    That is on the line between the far ends of both, and higher as far as what they cross asks for it.
    """
    ground = float(terrain.heights(np.array([end]) / 1000.0)[0])
    meeting = [other for other in ways if other.id != way.id and end in ends_of(other)]
    if not meeting or not all(is_span(other) for other in meeting):
        return ground
    spans = [way, *meeting]
    far = np.array([ends_of(span)[1] if ends_of(span)[0] == end else ends_of(span)[0] for span in spans]) / 1000.0
    weight = np.array([1.0 / max(float(span.geometry.length), 0.1) for span in spans])
    level = max(ground, float((terrain.heights(far) * weight).sum() / weight.sum()))
    asked = max((top for span in spans for _, top in _crossed(span, ways, terrain)), default=level)
    rise = [STEEPEST * float(span.geometry.length) for span in spans if _comes_down(span, end, ways)]
    return level + max(0.0, min([asked - level, *rise]))


def _comes_down(span: Way, end: Node, ways: Sequence[Way]) -> bool:
    """Whether the other end of a bridge lies on the ground."""
    first, last = ends_of(span)
    other = last if end == first else first
    meeting = [way for way in ways if way.id != span.id and other in ends_of(way)]
    return not meeting or not all(is_span(way) for way in meeting)


def _stands_open(line: FloatArray, side_m: float, way: Way, ways: Iterable[Way]) -> FloatArray:
    """For each piece of a deck's edge whether no other deck of the same bridge lies beside it."""
    edge = line + (side_m + float(np.sign(side_m)) * BESIDE_M / 2) * corner_normals(line)
    middles = shapely.points((edge[1:] + edge[:-1]) / 2)
    result = np.ones(len(line) - 1, dtype=bool)
    for other in _of_same_level(way, ways):
        result &= ~shapely.dwithin(middles, other.geometry, max(breadth(other)) + BESIDE_M / 2)
    return result


def piers(found: Deck, way: Way, near: Iterable[Feature], terrain: Terrain) -> list[Pier]:
    """What a deck stands on: walls in even steps where it is high enough, none on a way below."""
    along = lengths(found.line)
    count = int(along[-1] // PIER_EVERY_M)
    run = (np.arange(count) + 1) * along[-1] / (count + 1)
    at = np.column_stack([np.interp(run, along, found.line[:, k]) for k in (0, 1)])
    top = np.interp(run, along, found.height) - DECK_M
    foot = terrain.heights(at)
    below = [other for other in near if isinstance(other, Road | Rail) and not (other.bridge or other.tunnel)]
    normals = corner_normals(found.line)
    result: list[Pier] = []
    for k in np.flatnonzero(top - foot > PIER_FROM_M - DECK_M).tolist():
        left = np.array([np.interp(run[k], along, normals[:, i]) for i in (0, 1)])
        across = np.array([at[k] + 0.7 * found.left_m * left, at[k] - 0.7 * found.right_m * left])
        wall = shapely.linestrings(across)
        if not any(shapely.dwithin(wall, other.geometry, max(breadth(other)) + PIER_CLEAR_M) for other in below):
            result.append(Pier(across, float(foot[k]) - 1.0, float(top[k])))
    return result


def open_ends(near: Iterable[Feature]) -> frozenset[Node]:
    """Where ways above the ground end."""
    ways = (way for way in near if isinstance(way, Road | Rail) and not way.tunnel and way.layer >= 0)
    return frozenset(end for way in ways for end in ends_of(way))


def portals(way: Way, outside: frozenset[Node]) -> list[Portal]:
    """The mouths of a tunnel: its ends at which a way goes on above the ground, of which the ends are `outside`."""
    if not way.tunnel or outside.isdisjoint(ends_of(way)) or way.geometry.length < 2.0:
        return []
    line = without_repeats(shapely.get_coordinates(way.geometry))
    if len(line) < 2:
        return []
    result: list[Portal] = []
    for end, at, inner in zip(ends_of(way), line[[0, -1]], line[[1, -2]], strict=True):
        if end in outside:
            into = (inner - at) / np.hypot(*(inner - at))
            kind = "rail" if isinstance(way, Rail) else "path" if way.category in WALKED | {"cycleway"} else "road"
            result.append(Portal(at, into, 0.6 + sum(breadth(way)), PORTAL_M[kind]))
    return result


def treads(line: FloatArray, terrain: Terrain) -> tuple[FloatArray, FloatArray]:
    """A flight of steps along `line` (n, 2): edges (m + 1, 2) of its treads, and the height of each tread (m,)."""
    along = lengths(line)
    low, high = terrain.heights(line[[0, -1]])
    count = max(1, min(round(abs(high - low) / RISE_M), int(along[-1] / 0.25)))
    run = np.linspace(0.0, along[-1], count + 1)
    edges = np.column_stack([np.interp(run, along, line[:, k]) for k in (0, 1)])
    ground = terrain.heights(edges)
    return edges, np.maximum(ground[:-1], ground[1:])
