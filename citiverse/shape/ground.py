"""The ground as a plane cut up into pieces that fit each other without gap or overlap."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString, Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Bounds
from citiverse.city.feature import Feature, GreenArea, LaneKind, Paving, Rail, Road, Water
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.memory import Memory, remembered
from citiverse.geometry.ragged import MILLIMETRE, Rings, joined_rings, rings_of, starts
from citiverse.geometry.ribbon import lengths, offset, without_repeats
from citiverse.geometry.triangulate import triangulate
from citiverse.shape.decks import is_span
from citiverse.shape.junctions import Junction, Layout, Middle, Wedge, layout
from citiverse.shape.streets import (
    KERB_M,
    RANKS,
    WALKED,
    course,
    head,
    kerbed,
    on_ground,
    rank,
    section,
    street,
    strips_of,
    stubs,
)

Cover = Literal[
    "earth",
    "carriageway",
    "pavement",
    "cycleway",
    "parking",
    "square",
    "lawn",
    "wood",
    "pitch",
    "water",
    "track",
    "sand",
]
WATER_BELOW_M = 0.6
TRACK_BED_M, BED_M = 3.2, 4.2
_ON_BALLAST = frozenset({"rail", "narrow_gauge", "preserved"})
NOBODY = -1
CARS = frozenset({"car", "truck"})
APRON_M, SHORTEST_APRON_M = 4.5, 6.0
"""How far from a kerb a path is still part of its street, and how long it has to run beside it."""
_PATHS = frozenset({"footway", "path"})
BUS_LANES = frozenset({"busway", "bus_guideway", "service"})  # built for buses: asphalt without a car in sight
SMALLEST_PIECE_M2, THINNEST_M = 1e-3, 0.004
_WIDEST = 1 << 31  # more millimetres than a scene is high

_WOODS = frozenset({"forest", "wood", "scrub", "orchard", "heath"})
_PITCHES = frozenset({"pitch", "playground", "track", "golf_course", "sports_centre"})
_SANDS = frozenset({"beach", "sand", "rock", "shingle"})


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A feature's wish for ground: of all claims on a place the one with the highest `priority` is granted."""

    area: BaseGeometry
    feature: Feature
    cover: Cover
    level_m: float
    priority: tuple[float, ...]
    bounds: Bounds


def _claim(area: BaseGeometry, feature: Feature, cover: Cover, level_m: float, priority: tuple[float, ...]) -> Claim:
    return Claim(area, feature, cover, level_m, priority, area.bounds)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Pieces of ground: `rings` are their outlines, which share every vertex with their neighbours.

    For each polygon of `rings`: `owner`, the place of its feature among those given, or NOBODY; `cover`;
    `level_m`, how far it lies above the terrain. `triangles` (m, 3) fill them all, counter-clockwise.
    """

    rings: Rings
    owner: IntArray
    cover: list[Cover]
    level_m: FloatArray
    triangles: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A rectangle of ground cut up: outlines and triangles of its pieces, and the claim granted to each, or -1."""

    rings: Rings
    triangles: IntArray
    granted: IntArray


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
    for part in _patches_of(box, patch_m):
        west, south, east, north = part
        near = np.flatnonzero((w < east) & (e > west) & (s < north) & (n > south))
        patch = _patch([claims[k] for k in near.tolist()], part, mesh_m)
        patches.append(patch)
        granted.append(np.append(near, -1)[patch.granted])
    rings = joined_rings([patch.rings for patch in patches])
    stitched = rings if patch_m is None else _stitched(rings, patch_m)
    if stitched is rings:
        start = np.cumsum([0, *(len(patch.rings.points) for patch in patches)])
        triangles = np.concatenate([patch.triangles + at for patch, at in zip(patches, start[:-1], strict=True)])
    else:
        triangles, _ = triangulate(stitched)
    all_claims: list[Claim | None] = [*claims, None]
    found = [all_claims[number] for number in np.concatenate(granted).tolist()]  # -1, nobody's claim, is the last
    place = {id(feature): i for i, feature in enumerate(features)}
    return Ground(
        rings=stitched,
        owner=np.array([NOBODY if claim is None else place[id(claim.feature)] for claim in found], dtype=np.int64),
        cover=["earth" if claim is None else claim.cover for claim in found],
        level_m=np.array([0.0 if claim is None else claim.level_m for claim in found]),
        triangles=triangles,
    )


def _patches_of(box: Bounds, patch_m: float | None) -> list[Bounds]:
    """The box along the lines of a grid of `patch_m`, row by row."""
    if patch_m is None:
        return [box]
    west, south, east, north = box
    x = [west, *(np.arange(np.floor(west / patch_m) + 1, np.ceil(east / patch_m)) * patch_m).tolist(), east]
    y = [south, *(np.arange(np.floor(south / patch_m) + 1, np.ceil(north / patch_m)) * patch_m).tolist(), north]
    return [(w, s, e, n) for s, n in pairwise(y) for w, e in pairwise(x)]


def _stitched(rings: Rings, patch_m: float) -> Rings:
    """The same rings with the vertices of their neighbours beyond the lines between patches, where any are missing.

    That is where an outline only touches such a line: one patch has a vertex there and the other has none.
    """
    whole = np.rint(rings.points / MILLIMETRE).astype(np.int64)
    after = whole[rings.following]
    side = round(patch_m / MILLIMETRE)
    place: list[IntArray] = []
    added: list[IntArray] = []
    for k in (0, 1):
        on = whole[:, k] % side == 0
        low = int(whole[:, 1 - k].min(initial=0))
        key = whole[:, k] * _WIDEST + whole[:, 1 - k] - low
        known = np.unique(key[on])
        edge = np.flatnonzero(on & (whole[:, k] == after[:, k]))
        end = after[edge, k] * _WIDEST + after[edge, 1 - k] - low
        first = np.searchsorted(known, np.minimum(key[edge], end), side="right")
        last = np.searchsorted(known, np.maximum(key[edge], end), side="left")
        for i, begin, stop in zip(edge, first, last, strict=True) if (last > first).any() else ():
            between = known[begin:stop] if key[i] < key[rings.following[i]] else known[begin:stop][::-1]
            points = np.empty((len(between), 2), dtype=np.int64)
            points[:, k], points[:, 1 - k] = whole[i, k], between - whole[i, k] * _WIDEST + low
            place.append(np.full(len(between), i + 1))
            added.append(points)
    if not place:
        return rings
    at = np.concatenate(place)
    sizes = rings.ring_sizes + np.bincount(rings.ring_of_point[at - 1], minlength=len(rings.ring_sizes))
    complete = np.insert(whole.astype(np.float64), at, np.concatenate(added), axis=0) * MILLIMETRE
    return Rings(complete, starts(sizes), rings.polygon_start, rings.owner)


_patches: Memory[tuple[bytes, Bounds, float | None], Patch] = Memory(4096)
_patches_by_claim: Memory[tuple[tuple[int, ...], Bounds, float | None], tuple[Sequence[Claim], Patch]] = Memory(4096)


def _patch(claims: Sequence[Claim], box: Bounds, mesh_m: float | None) -> Patch:
    """The box cut up among `claims`, of which a later one counts more than those before it.

    Found again by the identity of its claims, which is quick, or by what they come to in the box.
    """
    key = tuple(map(id, claims)), box, mesh_m  # of claims that are kept along
    return _patches_by_claim.get(key, lambda: (claims, _patch_of(claims, box, mesh_m)))[1]


def _patch_of(claims: Sequence[Claim], box: Bounds, mesh_m: float | None) -> Patch:
    areas = shapely.clip_by_rect(np.array([claim.area for claim in claims], dtype=object), *box)
    digest = hashlib.blake2b(digest_size=16)
    for each in shapely.to_wkb(areas, byte_order=1).tolist():
        digest.update(each)
    return _patches.get((digest.digest(), box, mesh_m), lambda: _cut(areas, box, mesh_m))


def _cut(areas: NDArray[np.object_], box: Bounds, mesh_m: float | None) -> Patch:
    pieces = _pieces(areas, box, mesh_m)
    granted = _granted(pieces, areas)
    pieces, granted = _merged(pieces, _without_slivers(pieces, granted), mesh_m)
    rings = rings_of(pieces.tolist())
    triangles, _ = triangulate(rings)
    return Patch(rings, triangles, granted[rings.owner])


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
    return claims + _aprons(roads)


def _aprons(roads: Sequence[Road]) -> list[Claim]:
    """Pavement between streets and the paths that run along them as ways of their own, where nothing else lies."""
    paths = [way for way in roads if _runs_beside_streets(way)]
    streets = [way for way in roads if kerbed(way) and on_ground(way)]
    if not paths or not streets:
        return []
    tree = shapely.STRtree([path.geometry for path in paths])
    lines = [street.geometry for street in streets]
    pairs = tree.query(lines, predicate="dwithin", distance=[_apron_reach_m(street) for street in streets])
    claims: list[Claim] = []
    for i, k in pairs.T.tolist():
        claims += _apron_claims(streets[i], paths[k])
    return claims


_apron_of: Memory[tuple[int, int], tuple[Road, Road, tuple[Claim, ...]]] = Memory(20_000)


def _apron_claims(road: Road, path: Road) -> tuple[Claim, ...]:
    def make() -> tuple[Road, Road, tuple[Claim, ...]]:
        area = _apron(road, path)
        found = () if area is None else (_claim(area, path, "pavement", 0.0, (_APRON_OVER,)),)
        return road, path, found

    return _apron_of.get((id(road), id(path)), make)[2]  # of ways that are kept along


def _runs_beside_streets(way: Road) -> bool:
    return (way.category in _PATHS or way.category == "cycleway") and on_ground(way)


def _apron_reach_m(road: Road) -> float:
    return section(road).carriageway_m / 2 + APRON_M


@remembered(20_000)
def _roadside(road: Road) -> BaseGeometry:
    """The ground beside a road in which a path is part of its street."""
    near = shapely.buffer(road.geometry, _apron_reach_m(road), quad_segs=2, cap_style="flat")
    beside: BaseGeometry = shapely.difference(near, street(road).carriageway)
    shapely.prepare(beside)
    return beside


def _apron(road: Road, path: Road) -> BaseGeometry | None:
    """Ground from a path to the street that it runs along, or None where it only crosses it."""
    beside = shapely.get_parts(shapely.intersection(path.geometry, _roadside(road)))
    parts = beside[shapely.length(beside) > SHORTEST_APRON_M].tolist()
    areas: list[BaseGeometry] = []
    for part in parts:
        middle = part.interpolate(0.5, normalized=True)
        nearest = shapely.shortest_line(middle, road.geometry)
        (x, y), (u, v) = shapely.get_coordinates(nearest).tolist()
        ahead = part.interpolate(min(part.length, part.length / 2 + 0.5))
        left = (ahead.x - x) * (v - y) - (ahead.y - y) * (u - x) > 0
        area = shapely.buffer(part, APRON_M if left else -APRON_M, single_sided=True, join_style="bevel")
        areas += [area] if area.is_valid and not area.is_empty else []
    return shapely.union_all(areas) if areas else None


def lies_open(rail: Rail) -> bool:
    """Whether a track lies on the ground in sight, and has a length at all."""
    hidden = rail.tunnel or rail.bridge or rail.layer < 0 or rail.category == "subway"
    return not hidden and rail.geometry.length > 0.01


@remembered(50_000)
def track_bed(rail: Rail) -> BaseGeometry:
    """The ground that a track takes."""
    wide = BED_M if on_ballast(rail) else TRACK_BED_M
    return shapely.buffer(rail.geometry, wide / 2, quad_segs=2, cap_style="flat")


@remembered(20_000)
def _beside_tram(rail: Rail) -> BaseGeometry:
    """Ground along a tram's track, paved where nothing else is known of it."""
    return shapely.buffer(rail.geometry, APRON_M, quad_segs=2, cap_style="flat")


def on_ballast(rail: Rail) -> bool:
    """Whether a track lies on a bed of stones; others, above all those of trams, are paved."""
    return rail.category in _ON_BALLAST


Parts = tuple[BaseGeometry, BaseGeometry]
_split: Memory[tuple[int, Bounds | None, tuple[int, ...]], tuple[Road | Rail, Sequence[Claim], Parts]] = Memory(8192)


def sunk_and_level(ways: Sequence[Road | Rail], features: Sequence[Feature], *, within: Bounds | None) -> list[Parts]:
    """Of each way the parts on ground that lies a kerb lower, being carriageway, and all others; `within` a box."""
    sunk = [claim for claim in claims_of(features) if claim.level_m == -KERB_M]
    w, s, e, n = np.array([claim.bounds for claim in sunk]).reshape(-1, 4).T
    found: list[Parts] = []
    for way in ways:
        west, south, east, north = way.geometry.bounds
        near = [sunk[k] for k in np.flatnonzero((w <= east) & (e >= west) & (s <= north) & (n >= south)).tolist()]
        key = id(way), within, tuple(map(id, near))  # of a way and claims that are kept along
        found.append(_split.get(key, lambda way=way, near=near: (way, near, _parts(way, near, within)))[2])  # type: ignore[misc]
    return found


def _parts(way: Road | Rail, claims: Sequence[Claim], within: Bounds | None) -> Parts:
    shown = way.geometry if within is None else shapely.clip_by_rect(way.geometry, *within)
    sunk: list[LineString] = []
    level: list[LineString] = []
    tree = shapely.STRtree([claim.area for claim in claims])
    edges = shapely.boundary(tree.geometries)
    for line in shapely.get_parts(shown).tolist():
        if line.length < 0.01:
            continue
        cuts = shapely.intersection(line, edges[tree.query(line, predicate="intersects")])
        points = shapely.points(shapely.get_coordinates(cuts))
        runs = np.unique(np.round([0.0, *shapely.line_locate_point(line, points).tolist(), line.length], 3))
        pieces = [_stretch(line, begin, end) for begin, end in pairwise(runs.tolist())]
        middles = shapely.line_interpolate_point(line, (runs[1:] + runs[:-1]) / 2)
        low = np.isin(np.arange(len(pieces)), tree.query(middles, predicate="intersects")[0])
        sunk += [piece for piece, below in zip(pieces, low.tolist(), strict=True) if below]
        level += [piece for piece, below in zip(pieces, low.tolist(), strict=True) if not below]
    return MultiLineString(sunk), MultiLineString(level)


def _stretch(line: BaseGeometry, begin_m: float, end_m: float) -> LineString:
    points = shapely.get_coordinates(line)
    along = lengths(points)
    ends = np.column_stack([np.interp([begin_m, end_m], along, points[:, k]) for k in (0, 1)])
    inner = points[(along > begin_m) & (along < end_m)]
    return LineString(np.concatenate([ends[:1], inner, ends[1:]]))


# Whose ground it is where ways overlap: paths lie under driveways, these under the pavements of streets (a driveway
# crosses a pavement, not the other way round), and carriageways between kerbs over everything.
_STUB_OVER, _APRON_OVER = 0.7, 0.5
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
        claims += [
            _claim(area, road, "cycleway" if kind == "cycle" else "parking", -KERB_M, (_KERBED_OVER, order, 1.0))
            for kind, area in lane_areas(road, taken)
        ]
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
    return bed, _claim(_beside_tram(rail), rail, "pavement", 0.0, (_APRON_OVER,))


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


@remembered(50_000)
def lane_areas(road: Road, taken: tuple[tuple[float, float], ...]) -> tuple[tuple[LaneKind, BaseGeometry], ...]:
    """Cycle and parking lanes of a street outside of what junctions have `taken`, running lengths in metres."""
    strips = [strip for strip in strips_of(road) if strip.lane.kind in ("cycle", "parking")]
    line = course(road) if strips else None
    if line is None:
        return ()
    ends = [0.0, *(value for pair in taken for value in pair), line.length_m]
    found: list[tuple[LaneKind, BaseGeometry]] = []
    for begin, end in zip(ends[::2], ends[1::2], strict=True):
        if end - begin < 1.0:
            continue
        part = without_repeats(line.stretch(begin, end))
        for strip in strips:
            edges = np.concatenate([offset(part, strip.left_m), offset(part, strip.right_m)[::-1]])
            area = Polygon(edges)
            if area.is_valid:  # not where a street turns more sharply than it is wide
                found.append((strip.lane.kind, area))
    return tuple(found)


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


def _pieces(areas: NDArray[np.object_], box: Bounds, mesh_m: float | None) -> NDArray[np.object_]:
    """All pieces into which the borders of all areas cut the box."""
    lines: list[BaseGeometry] = [*shapely.boundary(areas), shapely.box(*box).boundary]
    if mesh_m is not None:
        lines.append(_net(box, mesh_m))
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=MILLIMETRE)
    pieces = shapely.get_parts(shapely.polygonize([noded]))
    kept: NDArray[np.object_] = pieces[shapely.area(pieces) > 0.0]
    return kept


def _without_slivers(pieces: NDArray[np.object_], granted: IntArray) -> IntArray:
    """What is granted, but slivers go to the piece beyond their longest edge: of another level they would be fins."""
    area = shapely.area(pieces)
    thin = (area < SMALLEST_PIECE_M2) | (area < THINNEST_M / 2 * shapely.length(pieces))
    if not thin.any() or thin.all():
        return granted
    result = granted.copy()
    result[thin] = granted[~thin][shapely.STRtree(pieces[~thin]).nearest(_middles_of_longest_edges(pieces[thin]))]
    return result


def _middles_of_longest_edges(pieces: NDArray[np.object_]) -> NDArray[np.object_]:
    points, piece = shapely.get_coordinates(pieces, return_index=True)
    size = np.hypot(*np.diff(points, axis=0).T)
    size[piece[1:] != piece[:-1]] = -1.0
    order = np.lexsort((size, piece[:-1]))
    longest = order[np.searchsorted(piece[:-1][order], np.arange(len(pieces)), side="right") - 1]
    middles = np.asarray(shapely.points((points[longest] + points[longest + 1]) / 2))
    return middles


def _merged(
    pieces: NDArray[np.object_], granted: IntArray, mesh_m: float | None
) -> tuple[NDArray[np.object_], IntArray]:
    """Neighbours under one claim become one piece, inside each mesh of the net; they keep all vertices."""
    key = granted[:, None]
    if mesh_m is not None:
        middle = shapely.get_coordinates(shapely.centroid(pieces))
        key = np.column_stack([granted, np.floor(middle / mesh_m).astype(np.int64)])
    _, group = np.unique(key, axis=0, return_inverse=True)
    order = np.argsort(group.reshape(-1), kind="stable")
    cuts = np.flatnonzero(np.diff(group.reshape(-1)[order])) + 1
    groups = np.split(order, cuts) if len(order) else []
    whole = np.array(
        [shapely.coverage_union_all(pieces[each]) if len(each) > 1 else pieces[each[0]] for each in groups],
        dtype=object,
    )
    return whole, np.array([granted[each[0]] for each in groups], dtype=np.int64)


def _net(box: Bounds, mesh_m: float) -> BaseGeometry:
    west, south, east, north = box
    columns = np.arange(np.floor(west / mesh_m) + 1, np.ceil(east / mesh_m)) * mesh_m
    rows = np.arange(np.floor(south / mesh_m) + 1, np.ceil(north / mesh_m)) * mesh_m
    upright = [((x, south), (x, north)) for x in columns.tolist()]
    level = [((west, y), (east, y)) for y in rows.tolist()]
    return shapely.MultiLineString(upright + level)


def _granted(pieces: NDArray[np.object_], areas: NDArray[np.object_]) -> IntArray:
    """The last of `areas` that holds each piece, or -1."""
    granted = np.full(len(pieces), -1, dtype=np.int64)
    if len(areas) and len(pieces):
        # A tree of points asked with areas, not the other way round: areas are prepared once and answer quickly.
        tree = shapely.STRtree(shapely.point_on_surface(pieces))
        area, piece = tree.query(areas, predicate="contains")
        np.maximum.at(granted, piece, area)
    return granted


def risers(pieces: Ground) -> Risers:
    """The steps between pieces of different level."""
    rings = pieces.rings
    here, there = rings.points, rings.points[rings.following]
    polygon = np.repeat(rings.polygon_of_ring, rings.ring_sizes)
    whole = np.rint(np.concatenate([here, there]) / MILLIMETRE).astype(np.int64)
    low = whole.min(axis=0, initial=0)
    keys = (whole[:, 0] - low[0]) * _WIDEST + whole[:, 1] - low[1]
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
