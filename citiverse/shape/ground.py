"""The ground as a plane cut up into pieces that fit each other without gap or overlap."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Bounds
from citiverse.city.feature import Feature, GreenArea, Paving, Rail, Road, Water
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.memory import Memory, remembered
from citiverse.geometry.ragged import MILLIMETRE, Rings, joined_rings
from citiverse.geometry.ribbon import offset, without_repeats
from citiverse.geometry.triangulate import triangulate
from citiverse.shape.decks import is_span
from citiverse.shape.junctions import Junction, Layout, Middle, Wedge, layout
from citiverse.shape.patches import WIDEST, Patch, patch_of, patches_of, stitched
from citiverse.shape.roadside import apron, apron_reach_m, may_have_median, may_run_beside, median, median_reach_m
from citiverse.shape.streets import (
    KERB_M,
    RANKS,
    WALKED,
    Strip,
    course,
    green_strips,
    head,
    kerbed,
    on_ground,
    rank,
    section,
    street,
    strips_of,
    stubs,
)
from citiverse.shape.tracks import beside_tram, lies_open, track_bed

Cover = Literal[
    "earth",
    "carriageway",
    "pavement",
    "cycleway",
    "parking",
    "square",
    "lawn",
    "bed",
    "wood",
    "pitch",
    "water",
    "track",
    "sand",
]
WATER_BELOW_M = 0.6
WIDEST_PATH_M = 12.0
"""Pedestrian streets are at most about as wide as this; how far from a square its ways are looked up."""
NOBODY = -1
CARS = frozenset({"car", "truck"})
BUS_LANES = frozenset({"busway", "bus_guideway", "service"})  # built for buses: asphalt without a car in sight

_OVER_SQUARES = frozenset({"footway", "path", "pedestrian"})
_WOODS = frozenset({"forest", "wood", "scrub", "orchard", "heath"})
_PITCHES = frozenset({"pitch", "playground", "track", "golf_course", "sports_centre"})
_SANDS = frozenset({"beach", "sand", "rock", "shingle"})


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A feature's wish for ground: of all claims on a place the one with the highest `priority` is granted.

    It looks as `looks_as` does, which is another feature for a path over a square.
    """

    area: BaseGeometry
    feature: Feature
    cover: Cover
    level_m: float
    priority: tuple[float, ...]
    bounds: Bounds
    looks_as: Feature


def _claim(area: BaseGeometry, feature: Feature, cover: Cover, level_m: float, priority: tuple[float, ...]) -> Claim:
    return Claim(area, feature, cover, level_m, priority, area.bounds, feature)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Pieces of ground: `rings` are their outlines, which share every vertex with their neighbours.

    For each polygon of `rings`: `owner`, the place of its feature among those given, or NOBODY; `look`, the same for
    the feature that it looks as; `cover`; `level_m`, how far it lies above the terrain. `triangles` (m, 3) fill them
    all, counter-clockwise.
    """

    rings: Rings
    owner: IntArray
    look: IntArray
    cover: list[Cover]
    level_m: FloatArray
    triangles: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Risers:
    """Upright faces where pieces of different level meet: kerbs, shores.

    Each goes from `points[start]` to `points[end]`, places in `points` (m, 2), seen from the lower side with its top at
    `top_m` and its foot at `foot_m` above the terrain; `above` and `below` are the polygons on its two sides.
    """

    points: FloatArray
    start: IntArray
    end: IntArray
    top_m: FloatArray
    foot_m: FloatArray
    above: IntArray
    below: IntArray


def ground(features: Sequence[Feature], box: Bounds, *, mesh_m: float | None, patch_m: float | None = None) -> Ground:
    """The ground of `box` cut up among `features`; along a net of `mesh_m` too, where terrain is to be followed.

    It is cut into patches of `patch_m` first, where that is given. They are kept: if one feature changes, only the
    patches that it lies in are made anew.
    """
    claims = sorted(claims_of(features), key=lambda claim: (claim.priority, claim.feature.id))
    w, s, e, n = np.array([claim.bounds for claim in claims]).reshape(-1, 4).T
    patches: list[Patch] = []
    granted: list[IntArray] = []
    if not claims:
        mesh_m, patch_m = mesh_m or patch_m, None
    for part in patches_of(box, patch_m):
        west, south, east, north = part
        near = np.flatnonzero((w < east) & (e > west) & (s < north) & (n > south))
        patch = _patch([claims[k] for k in near.tolist()], part, mesh_m)
        patches.append(patch)
        granted.append(np.append(near, -1)[patch.granted])
    rings = joined_rings([patch.rings for patch in patches])
    complete = rings if patch_m is None else stitched(rings, patch_m)
    if complete is rings:
        start = np.cumsum([0, *(len(patch.rings.points) for patch in patches)])
        triangles = np.concatenate([patch.triangles + at for patch, at in zip(patches, start[:-1], strict=True)])
    else:
        triangles, _ = triangulate(complete)
    all_claims: list[Claim | None] = [*claims, None]
    found = [all_claims[number] for number in np.concatenate(granted).tolist()]  # -1, nobody's claim, is the last
    place = {id(feature): i for i, feature in enumerate(features)}
    return Ground(
        rings=complete,
        owner=np.array([NOBODY if claim is None else place[id(claim.feature)] for claim in found], dtype=np.int64),
        look=np.array([NOBODY if claim is None else place[id(claim.looks_as)] for claim in found], dtype=np.int64),
        cover=["earth" if claim is None else claim.cover for claim in found],
        level_m=np.array([0.0 if claim is None else claim.level_m for claim in found]),
        triangles=triangles,
    )


_patches: Memory[tuple[tuple[int, ...], Bounds, float | None], tuple[Sequence[Claim], Patch]] = Memory(4096)


def _patch(claims: Sequence[Claim], box: Bounds, mesh_m: float | None) -> Patch:
    """The box cut up among `claims`, found again by their identity, which is quick."""
    key = tuple(map(id, claims)), box, mesh_m  # of claims that are kept along
    return _patches.get(key, lambda: (claims, patch_of([claim.area for claim in claims], box, mesh_m)))[1]


_claims: Memory[tuple[int, ...], tuple[tuple[Feature, ...], list[Claim]]] = Memory(8)


def claims_of(features: Sequence[Feature]) -> Sequence[Claim]:
    """What every feature wants of the ground."""
    kept = tuple(features)  # by identity: what is kept keeps its features
    return _claims.get(tuple(map(id, kept)), lambda: (kept, _claims_of(kept)))[1]


def _claims_of(features: Sequence[Feature]) -> list[Claim]:
    claims: list[Claim] = []
    roads = [feature for feature in features if isinstance(feature, Road)]
    streets = layout(roads)
    for feature in features:
        match feature:
            case Road():
                claims += _road_claims(feature, streets)
            case GreenArea() | Water() | Paving():
                claims += _area_claims(feature)
            case Rail():
                claims += _rail_claims(feature)
            case _:
                pass
    for junction in streets.junctions:
        claims += _corner_claims(junction)
    for middle in streets.middles:
        claims += _middle_claims(middle)
    squares = [feature for feature in features if isinstance(feature, Paving) and feature.category == "square"]
    return [*claims, *_aprons(roads), *_medians(roads), *_paths_over(squares, roads)]


def _medians(roads: Sequence[Road]) -> list[Claim]:
    """Ground between the two carriageways of a street, where nothing else is known of it."""
    halves = [road for road in roads if may_have_median(road)]
    if len(halves) < 2:
        return []
    lines = [road.geometry for road in halves]
    reach = [median_reach_m(road) for road in halves]
    pairs = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=reach)
    # Of carriageways that differ in breadth perhaps only one reaches the other.
    found = {(min(i, k), max(i, k)) for i, k in pairs.T.tolist() if i != k}
    claims: list[Claim] = []
    for i, k in sorted(found):
        claims += _median_claims(*sorted((halves[i], halves[k]), key=lambda road: road.id))
    return claims


_median_of: Memory[tuple[int, int], tuple[Road, Road, tuple[Claim, ...]]] = Memory(20_000)


def _median_claims(one: Road, other: Road) -> tuple[Claim, ...]:
    def make() -> tuple[Road, Road, tuple[Claim, ...]]:
        found = median(one, other)
        if found is None:
            return one, other, ()
        cover: Cover = "lawn" if found.grassy else "pavement"
        return one, other, (_claim(found.area, one, cover, 0.0, (_MEDIAN_OVER,)),)

    return _median_of.get((id(one), id(other)), make)[2]  # of roads that are kept along


def _paths_over(squares: Sequence[Paving], roads: Sequence[Road]) -> list[Claim]:
    """Ways to walk look as the squares that they lead over: there they are but lines on a map."""
    paths = [road for road in roads if road.category in _OVER_SQUARES and on_ground(road)]
    if not squares or not paths:
        return []
    pairs = shapely.STRtree([path.geometry for path in paths]).query(
        [square.geometry for square in squares], predicate="dwithin", distance=WIDEST_PATH_M / 2
    )
    claims: list[Claim] = []
    for i, k in pairs.T.tolist():
        claims += _path_over(squares[i], paths[k])
    return claims


_path_over_of: Memory[tuple[int, int], tuple[Paving, Road, tuple[Claim, ...]]] = Memory(20_000)


def _path_over(square: Paving, path: Road) -> tuple[Claim, ...]:
    def make() -> tuple[Paving, Road, tuple[Claim, ...]]:
        area = shapely.intersection(street(path).carriageway, square.geometry)
        if area.is_empty or area.area < 0.1:
            return square, path, ()
        # The larger square first, as with squares themselves: the smaller one is seen.
        over = (_flush_over(path), _order(path), 1.0, -float(square.geometry.area))
        return square, path, (replace(_claim(area, path, "square", 0.0, over), looks_as=square),)

    return _path_over_of.get((id(square), id(path)), make)[2]  # of features that are kept along


def _aprons(roads: Sequence[Road]) -> list[Claim]:
    """Pavement between streets and the paths that run along them as ways of their own, where nothing else lies."""
    paths = [way for way in roads if may_run_beside(way)]
    streets = [way for way in roads if kerbed(way) and on_ground(way)]
    if not paths or not streets:
        return []
    tree = shapely.STRtree([path.geometry for path in paths])
    lines = [street.geometry for street in streets]
    street, path = tree.query(lines, predicate="dwithin", distance=[apron_reach_m(street) for street in streets])
    claims: list[Claim] = []
    for k in np.unique(path).tolist():
        claims += _apron_claims(paths[k], tuple(streets[i] for i in np.sort(street[path == k]).tolist()))
    return claims


_apron_of: Memory[tuple[int, ...], tuple[Road, tuple[Road, ...], tuple[Claim, ...]]] = Memory(20_000)


def _apron_claims(path: Road, streets: tuple[Road, ...]) -> tuple[Claim, ...]:
    def make() -> tuple[Road, tuple[Road, ...], tuple[Claim, ...]]:
        area = apron(path, streets)
        found = () if area is None else (_claim(area, path, "pavement", 0.0, (_APRON_OVER,)),)
        return path, streets, found

    return _apron_of.get((id(path), *map(id, streets)), make)[2]  # of ways that are kept along


# Whose ground it is where ways overlap: paths lie under driveways, these under the pavements of streets (a driveway
# crosses a pavement, not the other way round), and carriageways between kerbs over everything.
_STUB_OVER, _APRON_OVER, _MEDIAN_OVER = 0.7, 0.5, 0.4
_ISLAND_OVER, _WALKED_OVER, _FLUSH_OVER, _SQUARE_OVER, _PAVEMENT_OVER, _CYCLED_OVER = 1.6, 1.7, 1.8, 1.9, 2.0, 2.2
_TRACK_OVER, _MIDDLE_OVER, _KERBED_OVER = 2.5, 2.9, 3.0


def _road_claims(road: Road, streets: Layout) -> tuple[Claim, ...]:
    if not on_ground(road):
        return _stub_claims(road)
    if not kerbed(road):
        return _flush_claims(road)
    taken = tuple((round(begin, 3), round(end, 3)) for begin, end in streets.kept_free(road))
    return _street_claims(road, tuple(end for end in (0, 1) if (road.id, end) in streets.open_ends), taken)


@remembered(50_000)
def _flush_claims(road: Road) -> tuple[Claim, ...]:
    return (_claim(street(road).carriageway, road, road_cover(road), 0.0, (_flush_over(road), _order(road))),)


def _order(road: Road) -> float:
    return rank(road) / len(RANKS)


@remembered(50_000)
def _street_claims(road: Road, heads: tuple[int, ...], taken: tuple[tuple[float, float], ...]) -> tuple[Claim, ...]:
    """Of a street between kerbs, with round heads at its open ends; junctions have `taken` stretches of its lanes."""
    order, cover, ground = _order(road), road_cover(road), street(road)
    pieces = [ground, *(head(road, end) for end in heads)]
    claims = [_claim(piece.carriageway, road, cover, -KERB_M, (_KERBED_OVER, order)) for piece in pieces]
    if ground.whole is not ground.carriageway:
        claims += [_claim(piece.whole, road, "pavement", 0.0, (_PAVEMENT_OVER, order)) for piece in pieces]
    if road.roundabout and shapely.is_closed(road.geometry):
        claims.append(_claim(Polygon(road.geometry), road, "lawn", 0.0, (_ISLAND_OVER,)))
    if cover == "carriageway":
        lanes = [strip for strip in strips_of(road) if strip.lane.kind in ("cycle", "parking")]
        claims += [
            _claim(
                area, road, "cycleway" if strip.lane.kind == "cycle" else "parking", -KERB_M, (_KERBED_OVER, order, 1.0)
            )
            for strip, area in _lengthwise(road, lanes, taken)
        ]
    inner = {id(strip): median for strip, median in green_strips(road)}
    for strip, area in _lengthwise(road, [strip for strip, _ in green_strips(road)], taken):
        over = _KERBED_OVER if inner[id(strip)] else _PAVEMENT_OVER
        claims.append(_claim(area, road, "bed" if strip.lane.kind == "planting" else "lawn", 0.0, (over, order, 1.0)))
    return tuple(claims)


@remembered(50_000)
def _stub_claims(road: Road) -> tuple[Claim, ...]:
    """The ends of a bridge: there it lies as low as the street that leads to it, or goes on from it."""
    if not is_span(road):
        return ()
    cover, over = road_cover(road), _KERBED_OVER if kerbed(road) else _flush_over(road)
    low = -KERB_M if kerbed(road) else 0.0
    claims: list[Claim] = []
    for stub in stubs(road):
        # Under everything that is on the map but plain ground: of a bridge that begins on another one nothing shows.
        claims.append(_claim(stub.carriageway, road, cover, low, (_STUB_OVER, over, _order(road))))
        claims.append(_claim(stub.whole, road, "pavement", 0.0, (_STUB_OVER, 0.0, _order(road))))
    return tuple(claims)


@remembered(20_000)
def _rail_claims(rail: Rail) -> tuple[Claim, ...]:
    if not lies_open(rail):
        return ()
    bed = _claim(track_bed(rail), rail, "track", 0.0, (_TRACK_OVER,))
    if rail.category != "tram":
        return (bed,)
    return bed, _claim(beside_tram(rail), rail, "pavement", 0.0, (_APRON_OVER,))


@remembered(20_000)
def _corner_claims(junction: Junction) -> tuple[Claim, ...]:
    return tuple(_corner_claim(wedge) for wedge in junction.wedges if on_ground(wedge.road))


@remembered(2_000)
def _middle_claims(middle: Middle) -> tuple[Claim, ...]:
    if not on_ground(middle.road):
        return ()
    return (_claim(middle.area, middle.road, road_cover(middle.road), -KERB_M, (_MIDDLE_OVER,)),)


def _flush_over(road: Road) -> float:
    if road.category == "cycleway":
        return _CYCLED_OVER
    if road.category == "pedestrian":
        return _SQUARE_OVER
    return _WALKED_OVER if road.category in WALKED else _FLUSH_OVER


def _corner_claim(wedge: Wedge) -> Claim:
    if wedge.part == "pavement":
        return _claim(wedge.area, wedge.road, "pavement", 0.0, (_PAVEMENT_OVER, _order(wedge.road)))
    return _claim(wedge.area, wedge.road, road_cover(wedge.road), -KERB_M, (_KERBED_OVER, _order(wedge.road)))


def _lengthwise(
    road: Road, strips: Sequence[Strip], taken: tuple[tuple[float, float], ...]
) -> list[tuple[Strip, BaseGeometry]]:
    """The ground of strips along a street outside of what junctions have `taken`, running lengths in metres."""
    line = course(road) if strips else None
    if line is None:
        return []
    ends = [0.0, *(value for pair in taken for value in pair), line.length_m]
    found: list[tuple[Strip, BaseGeometry]] = []
    for begin, end in zip(ends[::2], ends[1::2], strict=True):
        if end - begin < 1.0:
            continue
        part = without_repeats(line.stretch(begin, end))
        for strip in strips:
            edges = np.concatenate([offset(part, strip.left_m), offset(part, strip.right_m)[::-1]])
            area = Polygon(edges)
            if area.is_valid:  # not where a street turns more sharply than it is wide
                found.append((strip, area))
    return found


@remembered(50_000)
def road_cover(road: Road) -> Cover:
    """What a road is to those who use its middle."""
    if road.category == "pedestrian":
        return "square"
    inner = {lane.kind for lane in section(road).lanes}
    if road.category == "cycleway" or inner == {"cycle"}:
        return "cycleway"
    if road.category in WALKED:
        return "pavement"
    driven = road.modes & CARS or ("bus" in road.modes and road.category in BUS_LANES)
    return "carriageway" if driven else "square"  # a street closed to cars is for people, though a bus may pass


@remembered(50_000)
def _area_claims(feature: GreenArea | Water | Paving) -> tuple[Claim, ...]:
    # Of two areas the smaller one says more: a pond in a park, a lawn on a square, a pier in the sea.
    priority = (1.0, -float(feature.geometry.area))
    match feature:
        case Water():
            return (_claim(feature.geometry, feature, "water", -WATER_BELOW_M, priority),)
        case Paving():
            cover: Cover = "sand" if feature.category in _SANDS else "square"
            return (_claim(feature.geometry, feature, cover, 0.0, priority),)
        case GreenArea():
            return (_claim(feature.geometry, feature, green_cover(feature), 0.0, priority),)


def green_cover(feature: GreenArea) -> Cover:
    """What a green area looks like from above."""
    if feature.category in _WOODS:
        return "wood"
    if feature.category in _PITCHES:
        return "pitch"
    return "sand" if feature.category in _SANDS else "lawn"


def risers(pieces: Ground) -> Risers:
    """The steps between pieces of different level."""
    rings = pieces.rings
    if not np.ptp(pieces.level_m):
        rings = rings.chosen(np.zeros(0, dtype=np.int64))
    here, there = rings.points, rings.points[rings.following]
    polygon = np.repeat(rings.polygon_of_ring, rings.ring_sizes)
    whole = np.rint(np.concatenate([here, there]) / MILLIMETRE).astype(np.int64)
    low = whole.min(axis=0, initial=0)
    keys = (whole[:, 0] - low[0]) * WIDEST + whole[:, 1] - low[1]
    _, first, vertex = np.unique(keys, return_index=True, return_inverse=True)
    a, b = vertex.reshape(2, -1)
    many = int(vertex.max(initial=0)) + 1
    forth, back = a * many + b, b * many + a
    order = np.argsort(forth, kind="stable")
    place = np.clip(np.searchsorted(forth[order], back), 0, max(len(order) - 1, 0))
    other = order[place] if len(order) else order
    matched = forth[other] == back if len(order) else np.zeros(0, dtype=bool)
    level = pieces.level_m[polygon]
    step = np.flatnonzero(matched & (level > level[other] + 1e-6))
    # The higher piece lies to the left of its own edge, the lower one to its right, where the face looks.
    return Risers(
        points=np.concatenate([here, there])[first], start=a[step], end=b[step], top_m=level[step],
        foot_m=level[other[step]], above=polygon[step], below=polygon[other[step]],
    )  # fmt: skip
