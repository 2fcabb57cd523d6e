"""The cross-section of a street, and who may use it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from citiverse.city.city import City
from citiverse.city.feature import Building, Direction, Lane, LaneKind, Mode, Road
from citiverse.proposal.fields import Strip
from citiverse.proposal.ground import MOTOR_MODES, on_the_ground

DRIVEN: frozenset[LaneKind] = frozenset({"car", "bus"})
NARROWEST_CAR_LANE_M = 2.5


def one_way(lanes: Sequence[Lane], direction: Direction, drives_on: str) -> tuple[Lane, ...]:
    """The lanes with those for motor traffic in a new direction; for both, each side of the street gets its own."""
    driven = [n for n, lane in enumerate(lanes) if lane.kind in DRIVEN]
    ways: dict[int, Direction] = dict.fromkeys(driven, direction)
    if direction == "both" and len(driven) > 1:
        left: Direction = "backward" if drives_on == "right" else "forward"
        right: Direction = "forward" if drives_on == "right" else "backward"
        ways = {n: left if k < len(driven) // 2 else right for k, n in enumerate(driven)}
    return tuple(replace(lane, direction=ways[n]) if n in ways else lane for n, lane in enumerate(lanes))


def lanes_of(strips: Iterable[Strip], direction: Direction, drives_on: str) -> tuple[Lane, ...]:
    """Lanes as a person has drawn them; those without a direction get the road's."""
    told = [(Lane(strip.kind, strip.width_m, strip.direction or "both"), strip.direction) for strip in strips]
    usual = one_way([lane for lane, _ in told], direction, drives_on)
    return tuple(lane if given else fallback for (lane, given), fallback in zip(told, usual, strict=True))


def direction_of(lanes: Iterable[Lane], before: Direction) -> Direction:
    """The direction of motor traffic that lanes allow."""
    ways = {lane.direction for lane in lanes if lane.kind in DRIVEN}
    if not ways:
        return before
    return next(iter(ways)) if len(ways) == 1 else "both"


def modes_of(lanes: Iterable[Lane], before: frozenset[Mode]) -> frozenset[Mode]:
    """Who may use a street with these lanes: motor traffic needs a lane, a new kind of lane opens the street to it.

    Bicycles stay where they were allowed, and people on foot everywhere.
    """
    kinds = {lane.kind for lane in lanes}
    modes: set[Mode] = {"foot"}
    if "bicycle" in before:
        modes.add("bicycle")
    if "car" in kinds:
        modes |= (before & MOTOR_MODES) or MOTOR_MODES
    if "bus" in kinds:
        modes.add("bus")
    if "cycle" in kinds:
        modes.add("bicycle")
    return frozenset(modes)


def room_m(city: City, road: Road) -> float:
    """How wide the road may be before it meets a building: twice the distance to the nearest one beside it."""
    line = road.geometry
    near = city.near(line.buffer(30.0))
    beside = [f.geometry.distance(line) for f in near if isinstance(f, Building) and f.min_height_m < 3.0]
    free = [gap for gap in beside if gap > 0.0]
    return 2.0 * min(free, default=30.0) if on_the_ground(road) else 60.0
