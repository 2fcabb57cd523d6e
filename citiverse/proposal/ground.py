"""What stands and lies on a piece of ground."""

from collections.abc import Iterable, Iterator

import numpy as np
import shapely
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, Furniture, LaneKind, Mode, Place, Rail, Road, Stop, Tree, Water
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.words import name_of, sentence

TRAFFIC_LANES: frozenset[LaneKind] = frozenset({"car", "bus", "tram", "cycle"})
CARRIAGEWAY_LANES: frozenset[LaneKind] = TRAFFIC_LANES | {"parking"}
PATHS = frozenset({"footway", "path", "cycleway", "track", "bridleway", "steps"})
MOTOR_MODES: frozenset[Mode] = frozenset({"car", "truck", "bus"})
WIDEST_STREET_M = 60.0
TRACK_HALF_WIDTH_M = 1.6  # half of a tram's clearance, about 3.2 m a track
SURFACE_RAILS = frozenset({"tram", "light_rail", "rail", "narrow_gauge"})
OVERLAP_M2 = 1.0  # outlines that were digitised apart may overlap by this much
STREET_OVERLAP_M2 = 3.0  # widths of streets are often estimated


def around(city: City, shape: BaseGeometry) -> list[Feature]:
    """Features near a shape, with the streets whose centre line is beside it but whose width may reach it."""
    west, south, east, north = shape.bounds
    wide = WIDEST_STREET_M / 2.0
    return city.near((west - wide, south - wide, east + wide, north + wide))


def on_the_ground(feature: Feature) -> bool:
    """Whether a road or track runs at the surface or above, so that it is in the way; anything else always does."""
    return not (isinstance(feature, Road | Rail) and (feature.tunnel or feature.layer < 0))


def is_motor_road(road: Road) -> bool:
    """Whether motor traffic runs on it."""
    return bool(road.modes & MOTOR_MODES)


def motor_pieces(pieces: Iterable[Road], why: str = "") -> list[Road]:
    """Those of a road's pieces on which motor traffic runs. Raises EditRefused where it runs on none."""
    pieces = list(pieces)
    if found := [piece for piece in pieces if is_motor_road(piece)]:
        return found
    raise EditRefused(f"{sentence(name_of(pieces[0]))} carries no motor traffic{why}.", field="road")


def traffic_strips(road: Road, kinds: frozenset[LaneKind] = CARRIAGEWAY_LANES) -> list[tuple[float, float]]:
    """Right and left edge of each lane of these kinds, metres left of the road's line."""
    strips: list[tuple[float, float]] = []
    left = road.width_m / 2.0
    for lane in road.lanes:
        if lane.kind in kinds:
            strips.append((left - lane.width_m, left))
        left -= lane.width_m
    return strips


def carriageway(road: Road) -> BaseGeometry | None:
    """The ground between the outer edges of the lanes for vehicles; None for a path."""
    strips = traffic_strips(road)
    if not strips:
        return None
    right, left = min(strips)[0], max(strips)[1]
    centre: BaseGeometry = road.geometry
    if abs(left + right) > 0.2:
        moved = shapely.offset_curve(centre, (left + right) / 2.0)
        centre = centre if moved.is_empty else moved
    return shapely.buffer(centre, (left - right) / 2.0, cap_style="flat")


def whole_width(road: Road) -> BaseGeometry:
    """The ground that all lanes of a road take."""
    return shapely.buffer(road.geometry, max(road.width_m, 0.5) / 2.0, cap_style="flat")


def track_bed(rail: Rail) -> BaseGeometry:
    """The ground that trains or trams need."""
    return shapely.buffer(rail.geometry, TRACK_HALF_WIDTH_M, cap_style="flat")


def is_track(feature: Feature) -> bool:
    """Whether it is a track with its rails at the surface."""
    return isinstance(feature, Rail) and on_the_ground(feature) and feature.category in SURFACE_RAILS


def dots_at(points: FloatArray) -> list[Point]:
    """Points as shapes; `points` has shape (n, 2)."""
    return [Point(x, y) for x, y in points.tolist()]


def overlap(feature: Feature, area: BaseGeometry) -> BaseGeometry:
    """What the feature takes of `area`, maybe nothing; streets by their carriageway, tracks by their bed."""
    shape: BaseGeometry | None
    match feature:
        case Road():
            shape = carriageway(feature) if on_the_ground(feature) else None
        case Rail():
            shape = track_bed(feature) if is_track(feature) else None
        case _:
            shape = feature.geometry
    if shape is None or not shapely.intersects(shape, area):
        return Polygon()
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    return shapely.intersection(valid, area)


def small_things(city: City, area: BaseGeometry) -> list[Feature]:
    """Trees, furniture, stops and the like that stand within `area`."""
    return [
        feature
        for feature in city.near(area)
        if isinstance(feature, Tree | Furniture) and shapely.covers(area, feature.geometry)
    ]


def shops_in(city: City, building: Building) -> list[Place]:
    """Places that are in a building."""
    return [f for f in city.near(building.geometry) if isinstance(f, Place) and f.geometry.within(building.geometry)]


def lanes_under(road: Road, points: FloatArray) -> list[LaneKind | None]:
    """The kind of lane under each of `points`, shape (n, 2); None beside the road."""
    line = road.geometry
    dots = dots_at(points)
    if road.width_m <= 0.0 or line.length == 0.0:
        return [None] * len(points)
    along = np.clip(shapely.line_locate_point(line, dots), 1e-3, line.length - 1e-3)
    before = shapely.get_coordinates(shapely.line_interpolate_point(line, along - 1e-3))
    after = shapely.get_coordinates(shapely.line_interpolate_point(line, along + 1e-3))
    heading = after - before
    side = np.sign(heading[:, 0] * (points[:, 1] - before[:, 1]) - heading[:, 1] * (points[:, 0] - before[:, 0]))
    offset = side * shapely.distance(line, dots)
    edges = road.width_m / 2.0 - np.cumsum([0.0, *(lane.width_m for lane in road.lanes)])
    lane: IntArray = np.searchsorted(-edges, -offset, side="right") - 1
    return [road.lanes[n].kind if 0 <= n < len(road.lanes) else None for n in lane.tolist()]


def in_the_way(city: City, points: FloatArray) -> list[Feature | None]:
    """What keeps a tree or another fixed thing from standing at each of `points`, shape (n, 2).

    Buildings, water, lanes with traffic, steps and tracks. Tunnels and what is under the ground are no obstacle.
    """
    dots = dots_at(points)
    blockers: list[Feature | None] = [None] * len(points)
    for feature in around(city, shapely.MultiPoint(dots)):
        for n in _standing_on(feature, points, dots):
            blockers[n] = blockers[n] or feature
    return blockers


def _standing_on(feature: Feature, points: FloatArray, dots: list[Point]) -> Iterator[int]:
    match feature:
        case Building() | Water():
            yield from np.flatnonzero(shapely.intersects(feature.geometry, dots)).tolist()
        case Rail() if is_track(feature):
            yield from np.flatnonzero(shapely.distance(feature.geometry, dots) < TRACK_HALF_WIDTH_M).tolist()
        case Road() if on_the_ground(feature):
            close = np.flatnonzero(shapely.distance(feature.geometry, dots) < feature.width_m / 2.0)
            if len(close):
                under = lanes_under(feature, points[close])
                stairs = feature.category == "steps"
                yield from (int(n) for n, lane in zip(close, under, strict=True) if stairs or lane in TRAFFIC_LANES)
        case _:
            return


def short_side_m(shape: BaseGeometry) -> float:
    """Length of the shorter side of the smallest rectangle around a shape."""
    rectangle = shapely.minimum_rotated_rectangle(shape)
    if not isinstance(rectangle, Polygon):
        return 0.0
    corners = shapely.get_coordinates(rectangle)[:3]
    return float(np.hypot(*np.diff(corners, axis=0).T).min())


def is_stop_near(feature: Feature, where: BaseGeometry, category: str, within_m: float) -> bool:
    """Whether it is a stop of this category within reach."""
    return isinstance(feature, Stop) and feature.category == category and feature.geometry.distance(where) <= within_m
