"""Build a road or a path."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import MODES, Building, Feature, Lane, Mode, Rail, Road, Water
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import Line, Name, Speed, Strips
from citiverse.proposal.ground import STREET_OVERLAP_M2, around, is_track, on_the_ground, small_things, whole_width
from citiverse.proposal.joining import joined_to
from citiverse.proposal.lanes import direction_of, lanes_of, modes_of, one_way
from citiverse.proposal.place import line_of, lonlat
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import metres, other_name_of, sentence, square_metres

RoadKind = Literal[
    "secondary", "tertiary", "residential", "living_street", "service", "pedestrian", "footway", "cycleway", "path",
]  # fmt: skip
SHORTEST_M = 4.0
LORRY_M = 4.5  # passes under what starts higher
BESIDE_M = 2.0  # a line this near to a road all along is that road

_TWO_WAY = (Lane("footway", 2.5), Lane("car", 3.25), Lane("car", 3.25), Lane("footway", 2.5))
_USUAL_LANES: dict[RoadKind, tuple[Lane, ...]] = {
    "secondary": (Lane("footway", 3.0), Lane("cycle", 2.0), *_TWO_WAY[1:3], Lane("cycle", 2.0), Lane("footway", 3.0)),
    "tertiary": _TWO_WAY,
    "residential": (Lane("footway", 2.0), Lane("car", 2.75), Lane("car", 2.75), Lane("footway", 2.0)),
    "living_street": (Lane("car", 5.5),),
    "service": (Lane("car", 4.0),),
    "pedestrian": (Lane("footway", 6.0),),
    "footway": (Lane("footway", 2.5),),
    "cycleway": (Lane("cycle", 3.0),),
    "path": (Lane("footway", 1.5),),
}  # assumed: usual widths of new streets
_USUAL_SPEED_KMH: dict[RoadKind, float] = {"secondary": 50.0, "tertiary": 40.0, "living_street": 20.0, "service": 20.0}
_WALKED: dict[RoadKind, frozenset[Mode]] = {
    "pedestrian": frozenset({"foot", "bicycle"}), "footway": frozenset({"foot"}),
    "cycleway": frozenset({"foot", "bicycle"}), "path": frozenset({"foot", "bicycle"}),
}  # fmt: skip
_WORDS: dict[RoadKind, str] = {
    "secondary": "main street", "tertiary": "street", "residential": "street", "living_street": "shared street",
    "service": "service road", "pedestrian": "pedestrian street", "footway": "footpath", "cycleway": "cycle path",
    "path": "path",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRoad(Verb):
    """Build a street or path along a line, joined to the roads it crosses and those its ends come near.

    A bridge joins only at its ends and passes over streets, tracks and water. Trees and furniture on its ground go.
    """

    group: ClassVar[Group] = "roads"

    verb: Literal["add_road"] = "add_road"
    line: Line
    kind: RoadKind = "residential"
    lanes: Strips | None = None
    speed_kmh: Speed | None = None
    name: Name | None = None
    bridge: bool = False

    def apply(self, city: City) -> Change:
        """The road, with vertices where it meets others. Raises EditRefused where something is in its way."""
        what = f"the {_WORDS[self.kind]}"
        drawn = line_of(city, self.line, what=what)
        if drawn.length < SHORTEST_M or not drawn.is_simple:
            fault = "crosses itself" if not drawn.is_simple else f"is only {metres(drawn.length)} long"
            raise EditRefused(f"The {_WORDS[self.kind]} {fault}.", field="line")
        roads = [road for road in around(city, drawn) if isinstance(road, Road) and _level(road)]
        self._refuse_repeats(city, drawn, roads)
        joined = joined_to(drawn, roads, only_ends=self.bridge)
        ids = fresh_ids(self, city)
        road = self._road(next(ids), city, joined.line)
        ground = whole_width(road)
        self._refuse_obstacles(city, ground)
        after: dict[str, Feature | None] = {each.id: each for each in joined.roads}
        if not self.bridge:
            after |= {thing.id: None for thing in small_things(city, ground)}
        after[road.id] = road
        return change_between({id: city.get(id) for id in after}, after)

    def describe(self, city: City) -> str:
        """Such as "Build a cycle path"."""
        named = f" named {self.name}" if self.name else ""
        return f"Build a {_WORDS[self.kind]}{' on a bridge' if self.bridge else ''}{named}"

    def _road(self, id: str, city: City, line: shapely.LineString) -> Road:
        drives_on = city.defaults.drives_on
        guessed = {"speed_kmh"} if self.speed_kmh is None else set()
        modes = _WALKED.get(self.kind, frozenset(MODES))
        if self.lanes is None:
            guessed |= {"lanes", "width_m"}
            lanes = one_way(_USUAL_LANES[self.kind], "both", drives_on)
        else:
            lanes = lanes_of(self.lanes, "both", drives_on)
            modes = modes_of(lanes, modes)
        direction = direction_of(lanes, "both")
        return Road(
            id=id,
            source=SOURCE,
            name=self.name or "",
            geometry=line,
            category=self.kind,
            lanes=lanes,
            modes=modes,
            direction=direction,
            speed_kmh=_USUAL_SPEED_KMH.get(self.kind, 30.0) if self.speed_kmh is None else self.speed_kmh,
            bridge=self.bridge,
            layer=1 if self.bridge else 0,
            estimated=frozenset(guessed),
        )

    def _refuse_repeats(self, city: City, drawn: shapely.LineString, roads: list[Road]) -> None:
        for road in roads:
            along = shapely.intersection(drawn, road.geometry.buffer(BESIDE_M, cap_style="flat"))
            if along.length > 0.9 * drawn.length:
                raise EditRefused(
                    f"{sentence(other_name_of(road))} runs there already.", at=lonlat(city, along), field="line"
                )

    def _refuse_obstacles(self, city: City, ground: BaseGeometry) -> None:
        for feature in around(city, ground):
            if not self._in_way(feature):
                continue
            taken = shapely.intersection(shapely.make_valid(feature.geometry), ground)
            if taken.area > STREET_OVERLAP_M2 or (isinstance(feature, Rail) and taken.length > 0.0):
                where = other_name_of(feature)
                amount = f"on {square_metres(taken.area)} of {where}" if taken.area else f"across {where}"
                advice = "" if isinstance(feature, Building) else "; build a bridge"
                meets = f"The {_WORDS[self.kind]} would run {amount}{advice}."
                raise EditRefused(meets, at=lonlat(city, taken), field="line")

    def _in_way(self, feature: Feature) -> bool:
        match feature:
            case Building():
                return feature.min_height_m < LORRY_M
            case Water():
                return not self.bridge
            case Rail():
                return not self.bridge and is_track(feature) and feature.category != "tram"
            case _:
                return False


def _level(road: Road) -> bool:
    """Whether a new road at ground level can join it."""
    return on_the_ground(road) and not road.bridge and road.layer == 0
