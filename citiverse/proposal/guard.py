"""What a person should know before an edit stands: a table of rules, each with its reason.

Warnings never stop an edit; what makes no sense at all is refused by the verb itself.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median

import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, Furniture, GreenArea, Rail, Road, Stop, Tree, Water
from citiverse.proposal.between import nodes
from citiverse.proposal.ground import around, is_track, lanes_under, on_the_ground, track_bed
from citiverse.proposal.place import lonlat
from citiverse.proposal.plan_rules import beyond_plan, denser_than_plan, less_green_than_plan, taller_than_plan
from citiverse.proposal.refusal import Lonlat
from citiverse.proposal.situation import EditWarning, Rule, Situation
from citiverse.proposal.storeys import floor_area_m2, usual_homes
from citiverse.proposal.wheelchair import footway_lost, path_too_steep, steps_only
from citiverse.proposal.words import count, listing, metres, name_of, other_name_of, sentence, square_metres

MOST_PLACES = 3  # that one rule names
MOST_LINES = 6  # of buses that one warning names
FIRE_HOSE_M = 45.0  # Approved Document B (England), volume 1, B5: a pumping appliance within 45 m of a dwelling
FIRE_ROAD_WIDTH_M = 3.5  # Finnish practice for rescue roads (pelastustie)
DELIVERY_M = 50.0  # as far as one carries a parcel or a washing machine: assumed
STOP_REACH_M = 30.0  # from a stop to the street its buses use
FACADE_GAP_M = 8.0  # Finnish decree 848/2017 on fire safety, section 29: nearer buildings need fire walls
TOUCHING_M = 0.3
TALLER_TIMES, NEIGHBOURS_M, FEWEST_NEIGHBOURS = 2.0, 60.0, 3
WHEELCHAIR_M = 1.5  # clear width of a footway at its narrowest: EN 17210 and most national rules
TREE_PIT_M = 1.0
GRASS_TRACK = frozenset({"grass", "meadow", "flowerbed"})  # grows between rails
STANDS_ASIDE = frozenset({"crossing", "traffic_signals", "bollard"})  # furniture that people pass
ISLAND_ROADS = 25  # a group of more streets than this counts as the network
SCENE_EDGE_M = 20.0  # streets that reach the edge of the scene lead on outside it


def warnings(city: City, change: Change) -> tuple[EditWarning, ...]:
    """What to know about a change to `city`, by the rules in their order."""
    situation = Situation(city, city.with_change(change), change)
    return tuple(warning for rule in RULES for warning in islice(rule(situation), MOST_PLACES))


def bus_line_cut(now: Situation) -> Iterator[EditWarning]:
    """Streets that buses can no longer use: at a stop, and where a line runs through without stopping."""
    lost = now.lost(_carries_buses)
    told: set[str] = set()
    for line in lost:
        for stop in now.after.near(line.buffer(STOP_REACH_M)):
            if isinstance(stop, Stop) and stop.category == "bus" and stop.geometry.distance(line) <= STOP_REACH_M:
                calls = f" (line {', '.join(stop.lines)})" if stop.lines else ""
                detail = f"Buses can no longer reach the stop {other_name_of(stop)}{calls}."
                of = {"name": other_name_of(stop), "lines": ", ".join(stop.lines), "form": "lines" if calls else ""}
                told.update(stop.lines)
                yield EditWarning("bus_line_cut", detail, lonlat(now.before, stop.geometry), of)
    roads = [old for old in now.change.before.values() if isinstance(old, Road) and _carries_buses(old)] if lost else []
    for road in roads:
        gone = [line for line in lost if road.geometry.buffer(0.1).covers(line)]
        root = (road.part_of or road.id).split(".")[0]
        served = {route.line for route in now.before.facts.routes if root in route.roads} - told
        if gone and served:
            told |= served
            lines, more, name = sorted(served)[:MOST_LINES], len(served) - MOST_LINES, other_name_of(road)
            named = listing([*lines, f"{more} more"] if more > 0 else lines)
            runs = f"Line {named} runs" if len(served) == 1 else f"Lines {named} run"
            of = {"name": name, "lines": ", ".join(lines) + (" …" if more > 0 else ""), "form": "through"}
            at = lonlat(now.before, gone[0].interpolate(0.5, normalized=True))
            yield EditWarning("bus_line_cut", f"{runs} along {name}, which buses can no longer use.", at, of)


def tram_line_cut(now: Situation) -> Iterator[EditWarning]:
    """Something new on a track."""
    for feature in now.set:
        if isinstance(feature, GreenArea | Water) and now.old(feature) is None and feature.category not in GRASS_TRACK:
            for track in around(now.after, feature.geometry):
                if isinstance(track, Rail) and is_track(track) and _meets(track_bed(track), feature.geometry):
                    detail = f"{sentence(other_name_of(track))} runs through it."
                    at = _within(now, track.geometry, feature.geometry)
                    yield EditWarning("tram_line_cut", detail, at, {"name": other_name_of(track)})


def no_fire_access(now: Situation) -> Iterator[EditWarning]:
    """Buildings that a fire engine no longer reaches."""
    for building in _buildings_losing(now, now.lost(_carries_fire_engine), FIRE_HOSE_M, _carries_fire_engine):
        where = f"within {FIRE_HOSE_M:.0f} m of {other_name_of(building)}"
        detail = f"No road wide enough for a fire engine is {where} any more."
        of = {"name": other_name_of(building), "limit": f"{FIRE_HOSE_M:.0f}"}
        yield EditWarning("no_fire_access", detail, lonlat(now.before, building.geometry), of)


def no_delivery_access(now: Situation) -> Iterator[EditWarning]:
    """Buildings to which deliveries must be carried far."""
    for building in _buildings_losing(now, now.lost(_carries_lorries), DELIVERY_M, _carries_lorries):
        detail = f"Lorries can no longer stop within {DELIVERY_M:.0f} m of {other_name_of(building)}."
        of = {"name": other_name_of(building), "limit": f"{DELIVERY_M:.0f}"}
        yield EditWarning("no_delivery_access", detail, lonlat(now.before, building.geometry), of)


def street_cut_off(now: Situation) -> Iterator[EditWarning]:
    """Streets that no car can reach any more."""
    reached: set[str] = set()
    told: set[str] = set()
    for line in now.lost(_carries_cars):
        for road in _car_roads_meeting(now.after, line):
            if road.id in reached or road.id in told:
                continue
            group, whole = _group(now.after, road, reached)
            if not whole:
                reached |= group
            elif not _group(now.before, road, set())[1]:
                told |= group
                detail = f"{sentence(other_name_of(road))} can no longer be reached by car."
                at = lonlat(now.before, road.geometry)
                yield EditWarning("street_cut_off", detail, at, {"name": other_name_of(road)})


def street_not_joined(now: Situation) -> Iterator[EditWarning]:
    """New streets and paths that lead nowhere."""
    for road in now.set:
        if isinstance(road, Road) and now.old(road) is None and not road.part_of:
            ends = {nodes(road.geometry)[0], nodes(road.geometry)[-1]}
            near = [each for each in now.after.near(road.geometry) if isinstance(each, Road) and each.id != road.id]
            if not any(ends & set(nodes(each.geometry)) for each in near):
                detail = f"{sentence(name_of(road))} would join no other road at its ends."
                yield EditWarning(
                    "street_not_joined", detail, lonlat(now.before, road.geometry), {"name": name_of(road)}
                )


def facade_too_near(now: Situation) -> Iterator[EditWarning]:
    """New walls close to old windows."""
    for building in now.set:
        if isinstance(building, Building) and _grows(now.old(building), building):
            for other in now.after.near(building.geometry.buffer(FACADE_GAP_M)):
                gap_m = building.geometry.distance(other.geometry) if isinstance(other, Building) else FACADE_GAP_M
                own = other.id == building.id or (isinstance(other, Building) and _same_outline(building, other))
                if TOUCHING_M < gap_m < FACADE_GAP_M and not own:
                    detail = (
                        f"Only {metres(gap_m)} to {other_name_of(other)}; under {FACADE_GAP_M:.0f} m needs fire walls."
                    )
                    of = {"name": other_name_of(other), "value": metres(gap_m), "limit": f"{FACADE_GAP_M:.0f}"}
                    yield EditWarning("facade_too_near", detail, lonlat(now.before, other.geometry), of)


def much_taller(now: Situation) -> Iterator[EditWarning]:
    """Buildings over twice as high as those around."""
    for building in now.set:
        if isinstance(building, Building) and _rises(now.old(building), building):
            near = now.before.near(building.geometry.buffer(NEIGHBOURS_M))
            heights = [each.height_m for each in near if isinstance(each, Building) and each.id != building.id]
            if len(heights) >= FEWEST_NEIGHBOURS and building.height_m > TALLER_TIMES * median(heights):
                usual = metres(median(heights))
                detail = f"With {metres(building.height_m)} it would be over twice as high as its neighbours ({usual})."
                of = {"value": metres(building.height_m), "limit": usual}
                yield EditWarning("much_taller", detail, lonlat(now.before, building.geometry), of)


def homes_lost(now: Situation) -> Iterator[EditWarning]:
    """Homes in buildings that go."""
    gone = [old for old in now.removed if isinstance(old, Building)]
    homes = sum(_homes(now.before, building) for building in gone)
    if homes >= 1.0:
        detail = f"About {count(round(homes), 'home')} would be lost."
        yield EditWarning("homes_lost", detail, lonlat(now.before, gone[0].geometry), {"value": f"{homes:.0f}"})


def trees_felled(now: Situation) -> Iterator[EditWarning]:
    """Trees that go."""
    trees = [old for old in now.removed if isinstance(old, Tree)]
    if trees:
        detail = f"{count(len(trees), 'tree')} must be felled."
        yield EditWarning("trees_felled", detail, lonlat(now.before, trees[0].geometry), {"value": f"{len(trees)}"})


def green_lost(now: Situation) -> Iterator[EditWarning]:
    """Green ground that is built over or given up."""
    new = [shape.geometry for shape in now.set if isinstance(shape, Building | GreenArea)]
    built = shapely.union_all([f.geometry for f in now.set if isinstance(f, Building) and now.old(f) is None])
    greens = [f for f in now.before.near(built) if isinstance(f, GreenArea)] if new and not built.is_empty else []
    for green in greens:
        lost_m2 = shapely.make_valid(green.geometry).intersection(built).area
        if lost_m2 >= 1.0:
            detail = f"{square_metres(lost_m2)} of {other_name_of(green)} would be built over."
            of = {"name": other_name_of(green), "value": square_metres(lost_m2)}
            yield EditWarning("green_lost", detail, _within(now, green.geometry, built), of)


def footway_too_narrow(now: Situation) -> Iterator[EditWarning]:
    """Footways that a wheelchair can no longer pass."""
    for feature in now.set:
        if isinstance(feature, Road) and feature.lanes != _lanes_before(now, feature):
            widths = [lane.width_m for lane in feature.lanes if lane.kind == "footway"]
            if widths and max(widths) < WHEELCHAIR_M:
                wide = f"{max(widths):.1f} m wide; a wheelchair needs {WHEELCHAIR_M} m"
                detail = f"The footway of {other_name_of(feature)} would be {wide}."
                of = {"name": other_name_of(feature), "value": f"{max(widths):.1f}", "limit": f"{WHEELCHAIR_M}"}
                yield EditWarning("footway_too_narrow", detail, lonlat(now.before, feature.geometry), of)
    new = [f for f in now.set if isinstance(f, Tree | Furniture) and now.old(f) is None]
    things = [f for f in new if isinstance(f, Tree) or f.category not in STANDS_ASIDE]
    if things:
        yield from _standing_in_footways(now, things)


RULES: tuple[Rule, ...] = (
    bus_line_cut,
    tram_line_cut,
    no_fire_access,
    no_delivery_access,
    street_cut_off,
    street_not_joined,
    facade_too_near,
    much_taller,
    homes_lost,
    trees_felled,
    green_lost,
    footway_too_narrow,
    footway_lost,
    path_too_steep,
    steps_only,
    taller_than_plan,
    denser_than_plan,
    less_green_than_plan,
    beyond_plan,
)


def _meets(one: BaseGeometry, other: BaseGeometry) -> bool:
    return bool(shapely.intersects(one, other))


def _within(now: Situation, shape: BaseGeometry, where: BaseGeometry) -> Lonlat:
    common = shapely.make_valid(shape).intersection(where)
    return lonlat(now.before, common if not common.is_empty else where)


def _carries_fire_engine(road: Road) -> bool:
    return on_the_ground(road) and road.category != "steps" and road.width_m >= FIRE_ROAD_WIDTH_M


def _carries_lorries(road: Road) -> bool:
    return on_the_ground(road) and "truck" in road.modes


def _carries_buses(road: Road) -> bool:
    return "bus" in road.modes


def _carries_cars(road: Road) -> bool:
    return "car" in road.modes


def _buildings_losing(
    now: Situation, taken: list[BaseGeometry], reach_m: float, serves: Callable[[Road], bool]
) -> Iterator[Building]:
    """Buildings within reach of `taken` that a road served before and none serves now."""
    seen: set[str] = set()
    for line in taken:
        for building in now.after.near(line.buffer(reach_m)):
            if isinstance(building, Building) and building.id not in seen:
                seen.add(building.id)
                if not _served(now.after, building, reach_m, serves) and _served(now.before, building, reach_m, serves):
                    yield building


def _served(city: City, building: Building, reach_m: float, serves: Callable[[Road], bool]) -> bool:
    shape = building.geometry
    near = city.near(shape.buffer(reach_m))
    return any(isinstance(f, Road) and serves(f) and f.geometry.distance(shape) <= reach_m for f in near)


def _car_roads_meeting(city: City, line: BaseGeometry) -> list[Road]:
    near = city.near(line.buffer(0.5))
    return [f for f in near if isinstance(f, Road) and "car" in f.modes and f.geometry.distance(line) < 0.05]


def _group(city: City, start: Road, reached: set[str]) -> tuple[set[str], bool]:
    """Ids of car roads that hang together with `start`, and whether that is all of them.

    It is not when they reach the edge of the scene or the roads `reached` before, or grow beyond ISLAND_ROADS.
    """
    west, south, east, north = city.bounds
    inner = shapely.box(west, south, east, north).buffer(-SCENE_EDGE_M)
    found = {start.id}
    waiting = [start]
    while waiting:
        road = waiting.pop()
        if len(found) > ISLAND_ROADS or road.id in reached or not shapely.covers(inner, road.geometry):
            return found, False
        own = set(nodes(road.geometry))
        for other in city.near(road.geometry):
            if isinstance(other, Road) and "car" in other.modes and other.id not in found:
                if own.isdisjoint(nodes(other.geometry)):
                    continue
                found.add(other.id)
                waiting.append(other)
    return found, True


def _grows(old: Feature | None, new: Building) -> bool:
    return not isinstance(old, Building) or not shapely.covers(old.geometry, new.geometry)


def _rises(old: Feature | None, new: Building) -> bool:
    return not isinstance(old, Building) or new.height_m > old.height_m


def _same_outline(one: Building, other: Building) -> bool:
    return bool(one.part_of) and one.part_of == other.part_of


def _homes(city: City, building: Building) -> float:
    if building.homes is not None:
        return building.homes
    return usual_homes(city, building.use, floor_area_m2(building))


def _lanes_before(now: Situation, road: Road) -> object:
    old = now.old(road) or now.before.get(road.part_of)
    return old.lanes if isinstance(old, Road) else None


def _standing_in_footways(now: Situation, things: list[Tree | Furniture]) -> Iterator[EditWarning]:
    where = shapely.get_coordinates([thing.geometry for thing in things])
    for road in around(now.after, shapely.MultiPoint(where)):
        if not isinstance(road, Road) or not on_the_ground(road):
            continue
        width_m = max(
            (lane.width_m for lane in road.lanes if lane.kind == "footway"), default=TREE_PIT_M + WHEELCHAIR_M
        )
        if width_m - TREE_PIT_M < WHEELCHAIR_M:
            for thing, lane in zip(things, lanes_under(road, where), strict=True):
                if lane == "footway":
                    detail = f"It leaves less than {WHEELCHAIR_M} m of the footway of {other_name_of(road)}."
                    of = {"name": other_name_of(road), "limit": f"{WHEELCHAIR_M}", "form": "left"}
                    yield EditWarning("footway_too_narrow", detail, lonlat(now.before, thing.geometry), of)
