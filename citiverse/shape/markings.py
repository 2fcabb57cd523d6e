"""Paint on carriageways: lane and stop lines, arrows, crossings, bicycles, bus lanes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from citiverse.city.feature import LaneKind, Mode, Road
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.memory import remembered
from citiverse.geometry.ribbon import offset
from citiverse.shape.junctions import Junction, Layout
from citiverse.shape.streets import RANKS, Course, Strip, course, rank, section, strips_of

DRIVEN: frozenset[LaneKind] = frozenset({"car", "bus"})
LINE_M, WIDE_LINE_M = 0.12, 0.25
DASH_M, GAP_M = 3.0, 4.5
CLEAR_M = 1.0
"""Free of lines along, between a junction and where they begin."""
STOP_M, GIVE_WAY_M = 0.4, 0.35
BEFORE_CROSSING_M = 1.0
"""From a stop line to the crossing that it keeps free."""
STRIPE_M = 0.5
ZEBRA_M = 3.0
SIGNAL_REACH_M = 12.0
"""How far beyond its trimmed arms a junction's signals stand."""
ARROW_BACK_M, ARROW_ROOM_M = 7.0, 16.0
SIGN_STEP_M = 60.0
TREAD_M, MOST_TREADS = 0.4, 60
PARKED_M = 5.7
"""Length of a place to park along the kerb (RASt 06)."""

_CENTRE_FROM = RANKS.index("tertiary_link")
_SOLID_FROM = RANKS.index("primary")
_GIVES_WAY_TO = RANKS.index("tertiary")


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Paint on a carriageway: straight strokes from `start` to `end`, shape (n, 2), each as wide as `width_m`.

    At its end a stroke is as wide as `tip_m` (n,), where that is given: none is the head of an arrow.
    """

    start: FloatArray
    end: FloatArray
    width_m: FloatArray
    tip_m: FloatArray


def _strokes(start: FloatArray, end: FloatArray, width_m: float, tip_m: float | None = None) -> Strokes:
    wide = np.full(len(start), width_m)
    return Strokes(start, end, wide, wide if tip_m is None else np.full(len(start), tip_m))


def lines(road: Road, kept_free: Iterable[tuple[float, float]], crossings: Iterable[float]) -> tuple[Strokes, ...]:
    """Lines along a road, bicycles and places to park, outside of what is `kept_free` and of its crossings.

    Running lengths, metres; `kept_free` has pairs of them, see `Layout.kept_free`.
    """
    free = [(begin - CLEAR_M, end + CLEAR_M) for begin, end in kept_free]
    free += [(at - ZEBRA_M / 2 - 0.3, at + ZEBRA_M / 2 + 0.3) for at in crossings]
    return _lines(road, tuple(sorted((round(a, 3), round(b, 3)) for a, b in free)))


@remembered(20_000)
def _lines(road: Road, kept_free: tuple[tuple[float, float], ...]) -> tuple[Strokes, ...]:
    line = course(road)
    if line is None:
        return ()
    found: list[Strokes] = []
    for left, right in pairwise(strips_of(road)):
        match _border(road, left, right):
            case ("dashed", width):
                runs = np.arange(GAP_M / 2, line.length_m - DASH_M, DASH_M + GAP_M)
                found.append(_along(line, left.right_m, runs, DASH_M, width, kept_free))
            case ("solid", width):
                found += _solid(line, left.right_m, width, kept_free)
            case _:
                pass
    for strip in strips_of(road):
        if strip.lane.kind == "parking" and 1.5 <= strip.lane.width_m <= 3.0:
            found.append(_bays(line, strip, kept_free))
        if strip.lane.kind == "cycle" and strip.lane.width_m >= 1.2:
            found += _signs(line, strip, kept_free, _BICYCLE, 0.07)
        if strip.lane.kind == "bus" and strip.lane.width_m >= 2.5:
            found += _signs(line, strip, kept_free, _BUS, 0.14)
        if strip.lane.kind == "car" and strip.lane.width_m >= 2.5 and "car" not in road.modes:
            found += _signs(line, strip, kept_free, *_sign_without_cars(road.modes))
    return tuple(strokes for strokes in found if len(strokes.start))


def _sign_without_cars(modes: frozenset[Mode]) -> tuple[FloatArray, float]:
    """Whose a lane for cars is where they may not go, else a cross; and the width of the sign's strokes, metres."""
    if "bicycle" in modes:
        return _BICYCLE, 0.07
    return (_BUS if "bus" in modes else _CROSS), 0.14


def _border(road: Road, left: Strip, right: Strip) -> tuple[str, float] | None:
    """How the line between two lanes is drawn."""
    kinds = {left.lane.kind, right.lane.kind}
    if kinds <= DRIVEN:
        if left.lane.kind != right.lane.kind:
            return "solid", WIDE_LINE_M  # a bus lane's edge
        if left.lane.direction == right.lane.direction:
            return "dashed", LINE_M
        if rank(road) < _CENTRE_FROM:
            return None  # quiet streets have no line in their middle
        driven = sum(strip.lane.kind in DRIVEN for strip in strips_of(road))
        return ("solid" if driven >= 4 or rank(road) >= _SOLID_FROM else "dashed"), LINE_M
    return ("solid", LINE_M) if "cycle" in kinds and kinds & DRIVEN else None


def _covered(runs: FloatArray, ends: FloatArray, kept_free: Iterable[tuple[float, float]]) -> FloatArray:
    """Which stretches from `runs` to `ends` lie clear of all that is kept free."""
    clear = np.ones(len(runs), dtype=bool)
    for begin, end in kept_free:
        clear &= (ends <= begin) | (runs >= end)
    result: FloatArray = clear
    return result


def _along(
    line: Course, left_m: float, runs: FloatArray, long_m: float, width_m: float,
    kept_free: Iterable[tuple[float, float]],
) -> Strokes:  # fmt: skip
    runs = runs[_covered(runs, runs + long_m, kept_free)]
    start, end = (_beside(line, left_m, each) for each in (runs, runs + long_m))
    return _strokes(start, end, width_m)


def _beside(line: Course, left_m: float, runs: FloatArray) -> FloatArray:
    """Points `left_m` to the left of a line at running lengths of the line itself, so that lanes keep step."""
    edge = offset(line.points, left_m)
    return np.column_stack([np.interp(runs, line.along, edge[:, k]) for k in (0, 1)])


def _solid(line: Course, left_m: float, width_m: float, kept_free: Sequence[tuple[float, float]]) -> Iterator[Strokes]:
    for begin, end in _gaps(line, kept_free):
        runs = np.concatenate([[begin], line.along[(line.along > begin) & (line.along < end)], [end]])
        points = _beside(line, left_m, runs)
        yield _strokes(points[:-1], points[1:], width_m)


def _gaps(line: Course, kept_free: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches of a line outside of what is kept free, longer than a dash."""
    found: list[tuple[float, float]] = []
    begin = 0.0
    for start, end in [*kept_free, (line.length_m, line.length_m)]:
        if start - begin > DASH_M:
            found.append((begin, start))
        begin = max(begin, end)
    return found


def _bays(line: Course, strip: Strip, kept_free: Sequence[tuple[float, float]]) -> Strokes:
    """Ticks between places to park along the kerb."""
    runs = np.arange(PARKED_M / 2, line.length_m, PARKED_M)
    runs = runs[_covered(runs, runs, kept_free)]
    return _strokes(_beside(line, strip.left_m, runs), _beside(line, strip.right_m, runs), LINE_M)


# A bicycle that stands on its rear wheel, 1 m wide and 1.7 m tall: start x, y and end x, y of its strokes.
def _bicycle() -> FloatArray:
    corners = np.radians(np.arange(7) * 60.0)
    wheel = np.column_stack([np.sin(corners), np.cos(corners)]) * 0.32
    rims = [np.column_stack([(wheel + at)[:-1], (wheel + at)[1:]]) for at in ((0.0, -0.55), (0.0, 0.55))]
    frame = np.array([
        [0.0, -0.55, 0.32, -0.3], [0.32, -0.3, 0.38, 0.3], [0.38, 0.3, 0.0, 0.0], [0.0, 0.0, 0.32, -0.3],
        [0.0, 0.0, 0.0, -0.55], [0.0, 0.55, 0.5, 0.36], [0.42, -0.42, 0.42, -0.18],
    ])  # fmt: skip
    return np.concatenate([*rims, frame])


_BICYCLE = _bicycle()


# The word BUS, 2.1 m wide and 2.4 m tall, as the letters on streets are drawn out for who drives towards them.
_BUS = np.array([
    [-1.05, -1.2, -1.05, 1.2], [-1.05, 1.2, -0.5, 0.65], [-0.5, 0.65, -1.05, 0.1], [-1.05, 0.1, -0.45, -0.55],
    [-0.45, -0.55, -1.05, -1.2], [-0.25, 1.2, -0.25, -1.2], [-0.25, -1.2, 0.25, -1.2], [0.25, -1.2, 0.25, 1.2],
    [1.05, 1.2, 0.5, 1.2], [0.5, 1.2, 0.5, 0.1], [0.5, 0.1, 1.05, 0.1], [1.05, 0.1, 1.05, -1.2],
    [1.05, -1.2, 0.5, -1.2],
])  # fmt: skip

_CROSS = np.array([[-0.7, -1.2, 0.7, 1.2], [0.7, -1.2, -0.7, 1.2]])


def _signs(
    line: Course, strip: Strip, kept_free: Sequence[tuple[float, float]], sign: FloatArray, width_m: float
) -> Iterator[Strokes]:
    """What a lane is for: a sign where it begins after a junction, then one every SIGN_STEP_M."""
    middle = (strip.left_m + strip.right_m) / 2
    for begin, end in _gaps(line, kept_free):
        if end - begin < 8.0:
            continue
        for run in np.arange(begin + 4.0, end - 2.0, SIGN_STEP_M):
            yield _placed(sign, line, float(run), middle, width_m, forward=strip.lane.direction != "backward")


@remembered(20_000)
def cycleway(road: Road) -> list[Strokes]:
    """Bicycles along a cycle path of its own."""
    line = course(road)
    if line is None or line.length_m < 12.0:
        return []
    runs = np.arange(6.0, line.length_m - 4.0, SIGN_STEP_M)
    return [_placed(_BICYCLE, line, float(run), 0.0, 0.07, forward=road.direction != "backward") for run in runs]


@remembered(20_000)
def step_edges(road: Road) -> list[Strokes]:
    """The edges of the treads of steps, for ground that says nothing of their rise."""
    line = course(road)
    if line is None:
        return []
    runs = np.linspace(0.0, line.length_m, max(2, min(round(line.length_m / TREAD_M), MOST_TREADS)) + 1)[1:-1]
    half = section(road).width_m / 2
    return [_strokes(_beside(line, half, runs), _beside(line, -half, runs), 0.06)]


def _placed(shape: FloatArray, line: Course, run: float, left_m: float, width_m: float, *, forward: bool) -> Strokes:
    """Strokes (n, 4) of a sign painted at `run` of a line, its top in the direction of travel."""
    ahead, left = _frame(line, run, forward)
    at = _beside(line, left_m, np.array([run]))[0]
    start, end = (at + shape[:, [k]] * -left + shape[:, [k + 1]] * ahead for k in (0, 2))
    return _strokes(start, end, width_m)


def _frame(line: Course, run: float, forward: bool) -> tuple[FloatArray, FloatArray]:
    """Unit vectors ahead and to the left for who travels `forward` along a line, or back."""
    k = int(np.clip(np.searchsorted(line.along, run, side="right") - 1, 0, len(line.along) - 2))
    ahead = line.points[k + 1] - line.points[k]
    ahead = ahead / np.hypot(*ahead) * (1.0 if forward else -1.0)
    return ahead, np.array([-ahead[1], ahead[0]])


@remembered(20_000)
def zebra(road: Road, run: float) -> list[Strokes]:
    """The stripes of a crossing of `road` at a running length, metres."""
    line = course(road)
    if line is None:
        return []
    begin, end = max(run - ZEBRA_M / 2, 0.0), min(run + ZEBRA_M / 2, line.length_m)
    half = section(road).carriageway_m / 2
    places = np.arange(-half + STRIPE_M, half - STRIPE_M / 2, 2 * STRIPE_M)
    if end - begin < ZEBRA_M / 2 or not len(places):
        return []
    ahead, left = _frame(line, (begin + end) / 2, forward=True)
    middle = line.at(np.array([(begin + end) / 2]))[0]
    reach = ahead * (end - begin) / 2
    return [_strokes(middle - reach + places[:, None] * left, middle + reach + places[:, None] * left, STRIPE_M)]


def approaches(layout: Layout, signals: FloatArray, crossings: dict[str, list[float]]) -> list[tuple[Road, Strokes]]:
    """Stop lines, lines to give way at and arrows before junctions; `signals` (n, 2) are where traffic lights stand.

    `crossings` has running lengths of crossings by the id of their road.
    """
    found: list[tuple[Road, Strokes]] = []
    for junction in layout.junctions:
        if len(junction.arms) > 2:
            near = tuple(tuple(sorted(crossings.get(arm.road.id, ()))) for arm in junction.arms)
            found += _approaches(junction, _lit(junction, signals), near)
    return found


def _lit(junction: Junction, signals: FloatArray) -> bool:
    reach = max(junction.trim_m) + SIGNAL_REACH_M
    return bool((np.hypot(*(signals - junction.at).T) < reach).any()) if len(signals) else False


@remembered(20_000)
def _approaches(
    junction: Junction, lit: bool, crossings: tuple[tuple[float, ...], ...]
) -> tuple[tuple[Road, Strokes], ...]:
    foremost = max(rank(arm.road) for arm in junction.arms)
    found: list[tuple[Road, Strokes]] = []
    for i, arm in enumerate(junction.arms):
        lesser = rank(arm.road) < foremost and foremost >= _GIVES_WAY_TO
        if not arm.road.bridge and arm.free_m >= 12.0 and (lit or lesser):
            found += [(arm.road, strokes) for strokes in _approach(junction, i, lit, crossings[i])]
    return tuple(found)


def _approach(junction: Junction, number: int, lit: bool, crossings: Iterable[float]) -> Iterator[Strokes]:
    arm, trim = junction.arms[number], junction.trim_m[number]
    line = course(arm.road)
    if line is None:
        return
    sign = 1.0 if arm.ahead else -1.0
    here = float(line.along[arm.vertex])
    # A line to stop at stands before the crossing, where there is one between it and the junction.
    before = [abs(at - here) for at in crossings if 0.0 <= sign * (at - here) <= trim + 8.0]
    back = max([trim + 0.5, *(at + ZEBRA_M / 2 + BEFORE_CROSSING_M for at in before)])
    if back + 2.0 > arm.free_m / 2:
        return
    incoming = [
        strip for strip in strips_of(arm.road)
        if strip.lane.kind in DRIVEN and strip.lane.direction == ("backward" if arm.ahead else "forward")
    ]  # fmt: skip
    if not incoming:
        return
    run = np.array([here + sign * back])
    edges = (max(strip.left_m for strip in incoming), min(strip.right_m for strip in incoming))
    left, right = (_beside(line, edge, run)[0] for edge in edges)
    if lit:
        yield _strokes(left[None], right[None], STOP_M)
    else:
        share = (np.arange(0.25, float(np.hypot(*(right - left))) - 0.25, 1.0) / np.hypot(*(right - left)))[:, None]
        step = (right - left) / np.hypot(*(right - left)) * 0.5
        yield _strokes(left + share * (right - left), left + share * (right - left) + step, GIVE_WAY_M)
    if lit and len(incoming) > 1 and arm.free_m / 2 > back + ARROW_ROOM_M:
        yield from _arrows(junction, number, incoming, line, here + sign * (back + ARROW_BACK_M))


_SHAFT = [[0.0, -1.5, 0.0, 0.3]]
_HEADS = {"ahead": [0.0, 0.3, 0.0, 1.5], "left": [-0.45, 0.75, -1.3, 0.75], "right": [0.45, 0.75, 1.3, 0.75]}
_BENDS = {"left": [[0.0, -0.1, -0.45, 0.75]], "right": [[0.0, -0.1, 0.45, 0.75]], "ahead": []}


def _arrows(junction: Junction, number: int, incoming: Sequence[Strip], line: Course, run: float) -> Iterator[Strokes]:
    """An arrow for each lane before a junction: to the sides from the outer lanes, where a street leads there."""
    arm = junction.arms[number]
    ways = _ways_on(junction, number)
    order = incoming[::-1] if arm.ahead else incoming  # from left to right for who arrives
    for k, strip in enumerate(order):
        wanted = {"left"} if k == 0 else {"ahead", "right"} if k == len(order) - 1 else {"ahead"}
        to = sorted(wanted & ways) or sorted(ways)
        shaft = np.array(_SHAFT + [bend for way in to for bend in _BENDS[way]])
        heads = np.array([_HEADS[way] for way in to])
        middle = (strip.left_m + strip.right_m) / 2
        yield _placed(shaft, line, run, middle, 0.15, forward=not arm.ahead)
        tips = _placed(heads, line, run, middle, 0.7, forward=not arm.ahead)
        yield Strokes(tips.start, tips.end, tips.width_m, np.zeros(len(tips.start)))


def _ways_on(junction: Junction, number: int) -> set[str]:
    """Where one can go on from an arm: "left", "ahead", "right"; only to where traffic may leave the junction."""
    angles = [_angle(junction, i) for i in range(len(junction.arms))]
    found: set[str] = set()
    for i, arm in enumerate(junction.arms):
        against = arm.road.direction == ("backward" if arm.ahead else "forward")
        if i == number or against or not arm.road.modes & {"car", "bus"}:
            continue
        turn = (angles[i] - angles[number]) % 360.0  # 180 is straight on; less is to the right of who arrives
        found.add("ahead" if abs(turn - 180.0) <= 50.0 else "right" if turn < 180.0 else "left")
    return found or {"ahead"}


def _angle(junction: Junction, number: int) -> float:
    arm = junction.arms[number]
    line = course(arm.road)
    if line is None:
        return 0.0
    x, y = line.points[arm.vertex + (1 if arm.ahead else -1)] - junction.at
    return float(np.degrees(np.arctan2(y, x)))


def run_of(road: Road, point: FloatArray) -> float:
    """The running length at which a road comes closest to a point (2,), metres."""
    line = course(road)
    if line is None:
        return 0.0
    return float(shapely.line_locate_point(shapely.linestrings(line.points), shapely.points(point)))
