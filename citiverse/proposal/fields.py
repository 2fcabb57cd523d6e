"""What the fields of edits are: positions, lines, areas, ids, with the bounds and gestures of each.

Bounds stand in the annotations, where FastAPI (OpenAPI), the reader of files and the client's forms find them.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le, Len

from citiverse.city.feature import Direction, LaneKind

GestureName = Literal["road", "building", "green", "trees", "thing", "position", "points", "line", "area", "between"]

MOST_RINGS = 50
MOST_RING_POINTS = 2000
MOST_LINE_POINTS = 1000
MOST_TREES = 2000


@dataclass(frozen=True, slots=True)
class Gesture:
    """How a person fills a field by pointing at the city."""

    name: GestureName


@dataclass(frozen=True, slots=True)
class Unit:
    """Unit of a number."""

    text: str


Position = tuple[Annotated[float, Ge(-180), Le(180)], Annotated[float, Ge(-90), Le(90)]]
Ring = Annotated[tuple[Position, ...], Len(4, MOST_RING_POINTS)]

At = Annotated[Position, Gesture("position")]
Points = Annotated[tuple[Position, ...], Len(1, MOST_TREES), Gesture("points")]
Line = Annotated[tuple[Position, ...], Len(2, MOST_LINE_POINTS), Gesture("line")]
Area = Annotated[tuple[Ring, ...], Len(1, MOST_RINGS), Gesture("area")]
Between = Annotated[tuple[Position, Position], Gesture("between")]

RoadId = Annotated[str, Len(1, 200), Gesture("road")]
BuildingId = Annotated[str, Len(1, 200), Gesture("building")]
GreenId = Annotated[str, Len(1, 200), Gesture("green")]
ThingId = Annotated[str, Len(1, 200), Gesture("thing")]
TreeIds = Annotated[tuple[Annotated[str, Len(1, 200)], ...], Len(1, MOST_TREES), Gesture("trees")]

LaneWidth = Annotated[float, Ge(0.3), Le(15), Unit("m")]
MOST_LANES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One strip of a street's cross-section; without a direction, vehicles use it as the road's own direction says."""

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "allow_inf_nan": False}

    kind: LaneKind
    width_m: LaneWidth
    direction: Direction | None = None


Strips = Annotated[tuple[Strip, ...], Len(1, MOST_LANES)]

Levels = Annotated[int, Ge(1), Le(120)]
BuildingHeight = Annotated[float, Ge(2), Le(500), Unit("m")]
Homes = Annotated[float, Ge(0), Le(20000)]
Jobs = Annotated[float, Ge(0), Le(50000)]
Speed = Annotated[float, Ge(5), Le(130), Unit("km/h")]
Heading = Annotated[float, Ge(0), Le(360), Unit("°")]
Name = Annotated[str, Len(1, 120)]
