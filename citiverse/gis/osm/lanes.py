"""The cross-section of a street from its tags, kerb to kerb and wall to wall."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from citiverse.city.feature import Direction, Lane, LaneKind
from citiverse.gis.osm.access import direction
from citiverse.gis.osm.elements import Tags
from citiverse.gis.osm.tags import NO, metres, whole

Side = Literal["left", "right"]

# Widths of one lane for motor traffic by class. Streets: RASt 06 (FGSV, Richtlinien fuer die Anlage von Stadtstrassen),
# 3.25 m on main streets with buses, carriageways of 5.50 m for two cars and vans to meet; motorways: RAA (FGSV), 3.75 m
# and 3.50 m. Widths off the street network are our reading of usual built widths.
LANE_M: Mapping[str, float] = {
    "motorway": 3.75, "trunk": 3.5, "motorway_link": 3.75, "trunk_link": 3.5, "primary": 3.25, "primary_link": 3.25,
    "secondary": 3.25, "secondary_link": 3.25, "tertiary": 3.0, "tertiary_link": 3.0, "unclassified": 2.75,
    "residential": 2.75, "living_street": 2.25, "service": 2.5, "busway": 3.25, "bus_guideway": 3.0, "road": 2.75,
    "track": 3.0,
}  # fmt: skip
# Where a country's own rule differs: DMRB CD 127 (Great Britain, 3.65 m), Manual for Streets (5.5 m carriageway),
# ICTAAL (France, motorways 3.50 m).
_LANE_BY_COUNTRY_M: Mapping[tuple[str, str], float] = {
    ("GB", "motorway"): 3.65, ("GB", "trunk"): 3.65, ("GB", "primary"): 3.65, ("FR", "motorway"): 3.5,
    ("FR", "motorway_link"): 3.5,
}  # fmt: skip
SINGLE_LANE_M = 3.5  # a lane without another beside it: room to pass a bicycle (RASt 06)
CYCLE_LANE_M = 1.6  # RASt 06 and ERA 2010: 1.50 m advisory lane, 1.85 m lane with its line
CYCLE_TRACK_M = 2.0  # ERA 2010: one-way track
SIDEWALK_M = 2.5  # RASt 06: two people meet
VERGE_M = 1.5
PARKING_M = {"parallel": 2.0, "diagonal": 4.6, "perpendicular": 5.0}  # RASt 06: depth from the kerb
# Ways that are one strip: our reading of usual built widths.
PATH_M: Mapping[str, float] = {
    "footway": 2.0, "path": 1.5, "steps": 2.0, "cycleway": 2.5, "pedestrian": 6.0, "bridleway": 2.0, "corridor": 2.0,
}  # fmt: skip
CAR_LANE_MIN_M, CAR_LANE_MAX_M = 1.8, 7.5  # outside of these a width tag does not speak of the lanes

# One lane each way unless tagged; classes that usually have another number, two-way and one-way.
_USUAL_LANES: Mapping[str, tuple[int, int]] = {
    "motorway": (4, 2), "trunk": (2, 2), "service": (1, 1), "living_street": (1, 1), "track": (1, 1), "busway": (2, 1),
}  # fmt: skip
_WITH_SIDEWALK = frozenset({"primary", "secondary", "tertiary", "unclassified", "residential"})
_SIDES: tuple[Side, Side] = ("left", "right")


@dataclass(frozen=True, slots=True)
class CrossSection:
    """Lanes from left to right; which of "lanes" and "width_m" were guessed."""

    lanes: tuple[Lane, ...]
    estimated: frozenset[str]


def cross_section(tags: Tags, *, country: str, drives_on: str, sidewalks_apart: bool) -> CrossSection:
    """The cross-section of a road; `sidewalks_apart` says that its sidewalks are on the map as ways of their own."""
    category = tags.get("highway", "")
    if category in PATH_M:
        return _path(tags, category)
    going = direction(tags)
    left_direction: Direction = going if going != "both" else "backward" if drives_on != "left" else "forward"
    right_direction: Direction = going if going != "both" else "forward" if drives_on != "left" else "backward"
    motor = _motor_lanes(tags, category, going, left_direction, right_direction, country)
    lanes = (
        *_outer(tags, "left", left_direction, category, sidewalks_apart),
        *_kerbside(tags, "left", left_direction, drives_on),
        *motor,
        *reversed(_kerbside(tags, "right", right_direction, drives_on)),
        *reversed(_outer(tags, "right", right_direction, category, sidewalks_apart)),
    )
    counted = whole(tags.get("lanes")) or whole(tags.get("lanes:forward")) or whole(tags.get("lanes:backward"))
    estimated = set() if counted else {"lanes"}
    width_m = metres(tags.get("width:carriageway", tags.get("width")))
    fitted = _fitted(lanes, width_m) if width_m is not None else None
    if fitted is None:
        estimated.add("width_m")
    return CrossSection(fitted or lanes, frozenset(estimated))


def _path(tags: Tags, category: str) -> CrossSection:
    width_m = metres(tags.get("width"))
    good = width_m is not None and 0.3 <= width_m <= 60.0
    total_m = width_m if width_m is not None and good else PATH_M[category]
    shared = tags.get("bicycle") == "designated" and category in {"path", "footway"}
    cycle = category == "cycleway" or shared
    estimated = frozenset() if good else frozenset({"width_m"})
    if cycle and tags.get("segregated") == "yes":
        half_m = round(total_m / 2, 3)
        return CrossSection((Lane("cycle", half_m, direction(tags)), Lane("footway", half_m)), estimated)
    kind: LaneKind = "cycle" if category == "cycleway" else "footway"
    return CrossSection((Lane(kind, round(total_m, 3), direction(tags)),), estimated)


def _motor_lanes(
    tags: Tags, category: str, going: Direction, left: Direction, right: Direction, country: str
) -> tuple[Lane, ...]:
    """Bus and car lanes, those of the left side's direction first."""
    width_m = _LANE_BY_COUNTRY_M.get((country, category), LANE_M.get(category, 2.75))
    two_way, one_way = _USUAL_LANES.get(category, (2, 1))
    total = whole(tags.get("lanes")) or (two_way if going == "both" else one_way)
    total = min(total, 16)
    if going != "both":
        buses = min(_bus_lanes(tags, ""), total)
        kerb = "busway:left" not in tags  # the kerb that buses stop at
        cars = [Lane("car", width_m, going)] * (total - buses)
        if total == 1 and not buses:
            cars = [Lane("car", max(width_m, SINGLE_LANE_M) if category in _WITH_SIDEWALK else width_m, going)]
        bus = [Lane("bus", 3.25, going)] * buses
        against = _contraflow_bus(tags, going)
        return (*against, *cars, *bus) if kerb else (*bus, *cars, *against)
    if total == 1 and "lanes:forward" not in tags:
        single_m = {"service": 3.0, "track": 3.0, "living_street": 2 * LANE_M["living_street"]}
        return (Lane("car", single_m.get(category, SINGLE_LANE_M), "both"),)
    middle = whole(tags.get("lanes:both_ways")) or 0
    forward = whole(tags.get("lanes:forward"))
    backward = whole(tags.get("lanes:backward"))
    if forward is None:
        forward = max(total - middle - backward, 0) if backward is not None else (total - middle + 1) // 2
    if backward is None:
        backward = max(total - middle - forward, 0)
    counts: dict[Direction, int] = {"forward": min(forward, 8), "backward": min(backward, 8)}
    buses_to: dict[Direction, int] = {
        "forward": min(_bus_lanes(tags, ":forward"), counts["forward"]),
        "backward": min(_bus_lanes(tags, ":backward"), counts["backward"]),
    }
    return (
        *[Lane("bus", 3.25, left)] * buses_to[left],
        *[Lane("car", width_m, left)] * (counts[left] - buses_to[left]),
        *[Lane("car", width_m, "both")] * min(middle, 2),
        *[Lane("car", width_m, right)] * (counts[right] - buses_to[right]),
        *[Lane("bus", 3.25, right)] * buses_to[right],
    )


def _bus_lanes(tags: Tags, way: str) -> int:
    """Lanes for buses in a direction: ":forward", ":backward", or "" on a one-way street."""
    for kind in ("bus", "psv"):
        count = whole(tags.get(f"lanes:{kind}{way}"))
        if count is not None:
            return count
        each = tags.get(f"{kind}:lanes{way}", "").split("|")
        if "designated" in each:
            return each.count("designated")
    if way:
        both = whole(tags.get("lanes:psv")) or whole(tags.get("lanes:bus")) or 0
        sides = tags.get("busway:both") == "lane" or tags.get("busway") == "lane"
        side = tags.get("busway:right" if way == ":forward" else "busway:left") == "lane"
        return math.ceil(both / 2) if both else int(sides or side)
    return int("lane" in {tags.get(key) for key in ("busway", "busway:right", "busway:left", "busway:both")})


def _contraflow_bus(tags: Tags, going: Direction) -> tuple[Lane, ...]:
    opposite = "opposite_lane" in {tags.get(key) for key in ("busway", "busway:left", "busway:right")}
    return (Lane("bus", 3.25, "backward" if going == "forward" else "forward"),) if opposite else ()


def _of_side(tags: Tags, key: str, side: Side) -> str:
    return tags.get(f"{key}:{side}", tags.get(f"{key}:both", ""))


def _cycleway(tags: Tags, side: Side, drives_on: str) -> str:
    value = _of_side(tags, "cycleway", side)
    if value or "cycleway" not in tags:
        return value
    plain = tags["cycleway"]
    one_way = direction(tags) != "both"
    kerb = drives_on if direction(tags) != "backward" else ("left" if drives_on != "left" else "right")
    if plain.startswith("opposite"):
        return "" if side == kerb else plain.removeprefix("opposite_")
    return plain if not one_way or side == kerb else ""


def _cycle_direction(tags: Tags, side: Side, going: Direction) -> Direction:
    one_way = tags.get(f"cycleway:{side}:oneway", tags.get("cycleway:both:oneway", ""))
    if one_way in NO:
        return "both"
    against = one_way == "-1" or tags.get("cycleway", "").startswith("opposite")
    against = against or _of_side(tags, "cycleway", side).startswith("opposite")
    if direction(tags) != "both" and against:
        return "backward" if going == "forward" else "forward"
    return going


def _kerbside(tags: Tags, side: Side, going: Direction, drives_on: str) -> list[Lane]:
    """From the kerb inwards: cycle track, parking, cycle lane. The track is above the kerb and comes first."""
    lanes = []
    cycleway = _cycleway(tags, side, drives_on).removeprefix("opposite_")
    width_m = metres(tags.get(f"cycleway:{side}:width", tags.get("cycleway:both:width", tags.get("cycleway:width"))))
    if cycleway == "track":
        lanes.append(Lane("cycle", width_m or CYCLE_TRACK_M, _cycle_direction(tags, side, going)))
    parking_m = _parking_m(tags, side)
    if parking_m:
        lanes.append(Lane("parking", parking_m, going))
    if cycleway in {"lane", "shoulder"}:
        lanes.append(Lane("cycle", width_m or CYCLE_LANE_M, _cycle_direction(tags, side, going)))
    return lanes


def _parking_m(tags: Tags, side: Side) -> float:
    """Width of the strip for parked cars on one side, 0 without."""
    where = _of_side(tags, "parking", side)
    if where in {"lane", "street_side", "on_kerb", "half_on_kerb", "shoulder", "yes"}:
        orientation = tags.get(f"parking:{side}:orientation", tags.get("parking:both:orientation", "parallel"))
        width_m = metres(tags.get(f"parking:{side}:width", tags.get("parking:both:width")))
        usual_m = PARKING_M.get(orientation, PARKING_M["parallel"])
        return width_m or (usual_m / 2 if where == "half_on_kerb" else usual_m)
    older = _of_side(tags, "parking:lane", side)
    return PARKING_M.get("parallel" if older in {"marked", "yes"} else older, 0.0)


def _outer(tags: Tags, side: Side, going: Direction, category: str, sidewalks_apart: bool) -> list[Lane]:
    """From the wall inwards: footway and verge."""
    lanes = []
    if _has_sidewalk(tags, side, category, sidewalks_apart):
        width = tags.get(f"sidewalk:{side}:width", tags.get("sidewalk:both:width", tags.get("sidewalk:width")))
        width_m = metres(width)
        lanes.append(Lane("footway", width_m if width_m and width_m < 20.0 else SIDEWALK_M))
    if tags.get("verge") in {"both", side, "yes"} or _of_side(tags, "verge", side) == "yes":
        lanes.append(Lane("verge", VERGE_M))
    return lanes


def _has_sidewalk(tags: Tags, side: Side, category: str, sidewalks_apart: bool) -> bool:
    own = _of_side(tags, "sidewalk", side)
    if own:
        return own not in NO and own != "separate"
    value = tags.get("sidewalk", "")
    if value:
        return value in {"both", "yes", side}
    if any(f"sidewalk:{each}" in tags for each in _SIDES):
        return False
    return category in _WITH_SIDEWALK and not sidewalks_apart and "motorroad" not in tags


def _fitted(lanes: tuple[Lane, ...], width_m: float) -> tuple[Lane, ...] | None:
    """Lanes whose carriageway is as wide as tagged; None where that can't be what the tag means."""
    motor = [lane for lane in lanes if lane.kind in {"car", "bus"}]
    others_m = sum(lane.width_m for lane in lanes if lane.kind == "parking" or _is_cycle_lane(lane))
    if not motor:
        return None
    for beside_m in (others_m, 0.0):  # a width often leaves parked cars and cycle lanes out
        each_m = (width_m - beside_m) / len(motor)
        if CAR_LANE_MIN_M <= each_m <= CAR_LANE_MAX_M:
            return tuple(
                Lane(lane.kind, round(each_m, 3), lane.direction) if lane.kind in {"car", "bus"} else lane
                for lane in lanes
            )
    return None


def _is_cycle_lane(lane: Lane) -> bool:
    return lane.kind == "cycle" and lane.width_m < CYCLE_TRACK_M
