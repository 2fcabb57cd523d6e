"""What a change means for people in wheelchairs: footways that go, paths too steep, ways that only steps are left of.

A way that rises more than 1 in 20 counts as a ramp, and a ramp may rise 1 in 12 at most: 2010 ADA Standards for
Accessible Design, sections 405 and 405.2.
"""

from collections.abc import Iterator

import numpy as np
import shapely
from shapely import LineString, Point

from citiverse.city.city import City
from citiverse.city.feature import Road
from citiverse.city.terrain import Terrain
from citiverse.proposal.between import nodes
from citiverse.proposal.ground import is_motor_road, on_the_ground
from citiverse.proposal.place import lonlat
from citiverse.proposal.situation import EditWarning, Situation
from citiverse.proposal.words import other_name_of, sentence

RAMP, STEEPEST = 1.0 / 20.0, 1.0 / 12.0
STRETCH_M = 10.0  # over which a slope is told: heights of the ground are no finer
EDGE_M = 20.0  # ways that come so near to the edge of the scene lead on outside it
WAYS_AROUND = 80  # streets and paths among which another way is looked for


def footway_lost(now: Situation) -> Iterator[EditWarning]:
    """Streets with traffic that had a footway and have none."""
    for road in now.set:
        old = now.old(road) or (now.before.get(road.part_of) if isinstance(road, Road) else None)
        if not isinstance(road, Road) or not isinstance(old, Road) or not is_motor_road(road):
            continue
        if _has_footway(old) and not _has_footway(road):
            detail = f"{sentence(other_name_of(road))} would have no footway any more."
            at = lonlat(now.before, road.geometry)
            yield EditWarning("footway_lost", detail, at, {"name": other_name_of(road)})


def path_too_steep(now: Situation) -> Iterator[EditWarning]:
    """New ways that are steeper than a ramp."""
    for road in now.set:
        is_new = isinstance(road, Road) and now.old(road) is None and now.before.get(road.part_of) is None
        if isinstance(road, Road) and is_new and _for_wheels(road) and on_the_ground(road) and not road.bridge:
            slope, where = steepest(road.geometry, now.after.terrain)
            if slope > RAMP:
                steep = f"{sentence(other_name_of(road))} would rise {100 * slope:.0f} %"
                most = "12" if slope > STEEPEST else "20"
                detail = f"{steep} here; for wheelchairs 1 in {most} ({100 / int(most):.0f} %) is the most"
                end = "." if slope > STEEPEST else " without being built as a ramp."
                of = {"name": other_name_of(road), "value": f"{100 * slope:.0f}", "limit": f"{100 / int(most):.0f}"}
                yield EditWarning("path_too_steep", detail + end, lonlat(now.before, where), of)


def steps_only(now: Situation) -> Iterator[EditWarning]:
    """Ways that go, where only steps or nothing is left to get from one end to the other."""
    for line in now.lost(_for_wheels):
        if not isinstance(line, LineString):
            continue
        here, there = (_ways_at(now.after, end) for end in (nodes(line)[0], nodes(line)[-1]))
        if here and there and (_cut_off(now.after, here, there) or _cut_off(now.after, there, here)):
            ends = f"{other_name_of(here[0])} to {other_name_of(there[0])}"
            detail = f"Without steps there would be no way left from {ends} near here."
            of = {"name": other_name_of(here[0]), "other": other_name_of(there[0])}
            yield EditWarning("steps_only", detail, lonlat(now.before, line), of)


def steepest(line: LineString, terrain: Terrain) -> tuple[float, Point]:
    """The largest slope along a line, as rise over run, and where it is."""
    middle = line.interpolate(0.5, normalized=True)
    if terrain.flat or line.length < 1.0:
        return 0.0, middle
    count = max(int(np.ceil(line.length / STRETCH_M)), 1)
    marks = np.linspace(0.0, line.length, count + 1)
    heights = terrain.heights(shapely.get_coordinates(shapely.line_interpolate_point(line, marks)))
    slopes = np.abs(np.diff(heights)) / np.diff(marks)
    worst = int(slopes.argmax())
    return float(slopes[worst]), line.interpolate(float(marks[worst] + marks[worst + 1]) / 2.0)


def _has_footway(road: Road) -> bool:
    return any(lane.kind == "footway" for lane in road.lanes)


def _for_wheels(road: Road) -> bool:
    return "foot" in road.modes and road.category != "steps"


def _ways_at(city: City, end: tuple[float, float]) -> list[Road]:
    near = city.near(Point(end).buffer(0.5))
    return [each for each in near if isinstance(each, Road) and _for_wheels(each) and end in nodes(each.geometry)]


def _cut_off(city: City, ours: list[Road], theirs: list[Road]) -> bool:
    """Whether no way without steps leads from our roads to theirs, nor anywhere else.

    Where there are many ways around, or one leads out of the scene, nobody is cut off.
    """
    inner = shapely.box(*city.bounds).buffer(-EDGE_M)
    wanted = {road.id for road in theirs}
    found = {road.id for road in ours}
    waiting = list(ours)
    while waiting:
        road = waiting.pop(0)
        if found & wanted or len(found) > WAYS_AROUND or not shapely.covers(inner, road.geometry):
            return False
        own = set(nodes(road.geometry))
        near = [each for each in city.near(road.geometry) if isinstance(each, Road) and _for_wheels(each)]
        for other in near:
            if other.id not in found and not own.isdisjoint(nodes(other.geometry)):
                found.add(other.id)
                waiting.append(other)
    return True
