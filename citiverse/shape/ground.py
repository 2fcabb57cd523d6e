"""The ground as a plane cut up into pieces that fit each other without gap or overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Bounds
from citiverse.city.feature import Feature, GreenArea, Paving, Rail, Road, Water
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.ragged import MILLIMETRE, Rings, rings_of
from citiverse.shape.streets import FLUSH, KERB_M, RANKS, WALKED, on_ground, rank, section, street

Cover = Literal[
    "earth", "carriageway", "pavement", "cycleway", "square", "lawn", "wood", "pitch", "water", "track", "sand"
]
WATER_BELOW_M = 0.6
TRACK_BED_M = 2.6
NOBODY = -1
CARS = frozenset({"car", "truck"})
BUS_LANES = frozenset({"busway", "bus_guideway", "service"})  # built for buses: asphalt without a car in sight
SMALLEST_PIECE_M2 = 1e-4
_WIDEST = 1 << 31  # more millimetres than a scene is high

_WOODS = frozenset({"forest", "wood", "scrub", "orchard", "heath"})
_PITCHES = frozenset({"pitch", "playground", "track", "golf_course", "sports_centre"})
_SANDS = frozenset({"beach", "sand", "rock", "shingle"})


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A feature's wish for ground: of all claims on a place the one with the highest `priority` is granted."""

    area: BaseGeometry
    owner: int
    cover: Cover
    level_m: float
    priority: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Pieces of ground: `rings` are their outlines, which share every vertex with their neighbours.

    For each polygon of `rings`: `owner`, the place of its feature among those given, or NOBODY; `cover`;
    `level_m`, how far it lies above the terrain.
    """

    rings: Rings
    owner: IntArray
    cover: list[Cover]
    level_m: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Risers:
    """Upright faces where pieces of different level meet: kerbs, shores.

    Each goes from `start` to `end`, shape (n, 2), seen from the lower side with its top at `top_m` and its foot at
    `foot_m` above the terrain; `above` and `below` are the polygons on its two sides.
    """

    start: FloatArray
    end: FloatArray
    top_m: FloatArray
    foot_m: FloatArray
    above: IntArray
    below: IntArray


def ground(features: Sequence[Feature], box: Bounds, *, mesh_m: float | None) -> Ground:
    """The ground of `box` cut up among `features`; along a net of `mesh_m` too, where terrain is to be followed."""
    claims = clipped(claims_of(features), box)
    pieces = _pieces(claims, box, mesh_m)
    pieces, granted = _merged(pieces, _granted(pieces, claims), mesh_m)
    rings = rings_of(pieces.tolist())
    chosen = granted[rings.owner]
    all_claims: list[Claim | None] = [*claims, None]
    found = [all_claims[number] for number in chosen]  # -1, nobody's claim, is the last
    return Ground(
        rings=rings,
        owner=np.array([NOBODY if claim is None else claim.owner for claim in found], dtype=np.int64),
        cover=["earth" if claim is None else claim.cover for claim in found],
        level_m=np.array([0.0 if claim is None else claim.level_m for claim in found]),
    )


def claims_of(features: Sequence[Feature]) -> list[Claim]:
    """What every feature wants of the ground."""
    claims: list[Claim] = []
    for i, feature in enumerate(features):
        match feature:
            case Road() if on_ground(feature):
                claims += _road_claims(i, feature)
            case GreenArea() | Water() | Paving():
                claims.append(_area_claim(i, feature))
            case Rail() if not (feature.tunnel or feature.bridge or feature.layer < 0 or feature.category == "subway"):
                bed = feature.geometry.buffer(TRACK_BED_M / 2, quad_segs=2, cap_style="flat")
                claims.append(Claim(bed, i, "track", -KERB_M, (2.5,)))
            case _:
                pass
    return claims


def _road_claims(i: int, road: Road) -> list[Claim]:
    level = 0.0 if road.category in FLUSH else -KERB_M
    ground = street(road)
    claims = [Claim(ground.carriageway, i, road_cover(road), level, (3.0, rank(road) / len(RANKS)))]
    if ground.whole is not ground.carriageway:
        claims.append(Claim(ground.whole, i, "pavement", 0.0, (2.0, rank(road) / len(RANKS))))
    return claims


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


def _area_claim(i: int, feature: GreenArea | Water | Paving) -> Claim:
    # Of two areas the smaller one says more: a pond in a park, a lawn on a square, a pier in the sea.
    priority = (1.0, -float(feature.geometry.area))
    match feature:
        case Water():
            return Claim(feature.geometry, i, "water", -WATER_BELOW_M, priority)
        case Paving():
            cover: Cover = "sand" if feature.category in _SANDS else "square"
            return Claim(feature.geometry, i, cover, 0.0, priority)
        case GreenArea():
            return Claim(feature.geometry, i, green_cover(feature), 0.0, priority)


def green_cover(feature: GreenArea) -> Cover:
    """What a green area looks like from above."""
    if feature.category in _WOODS:
        return "wood"
    if feature.category in _PITCHES:
        return "pitch"
    return "sand" if feature.category in _SANDS else "lawn"


def clipped(claims: Sequence[Claim], box: Bounds) -> list[Claim]:
    """The claims inside `box`, in whole millimetres, the one to be granted first coming last."""
    if not claims:
        return []
    order = sorted(range(len(claims)), key=lambda i: (claims[i].priority, claims[i].owner))
    areas = np.array([claims[i].area for i in order], dtype=object)
    areas = shapely.clip_by_rect(areas, *box)
    keep = np.flatnonzero(shapely.area(areas) > 0.01)
    return [
        Claim(area, claim.owner, claim.cover, claim.level_m, claim.priority)
        for area, claim in zip(areas[keep], (claims[order[k]] for k in keep), strict=True)
    ]


def _pieces(claims: Sequence[Claim], box: Bounds, mesh_m: float | None) -> NDArray[np.object_]:
    """All pieces into which the borders of all claims cut the box."""
    lines: list[BaseGeometry] = [claim.area.boundary for claim in claims]
    lines.append(shapely.box(*box).boundary)
    if mesh_m is not None:
        lines.append(_net(box, mesh_m))
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=MILLIMETRE)
    pieces = shapely.get_parts(shapely.polygonize([noded]))
    kept: NDArray[np.object_] = pieces[shapely.area(pieces) > SMALLEST_PIECE_M2]
    return kept


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


def _granted(pieces: NDArray[np.object_], claims: Sequence[Claim]) -> IntArray:
    """The claim that gets each piece, or -1: claims stand in the order of their priority."""
    granted = np.full(len(pieces), -1, dtype=np.int64)
    if claims and len(pieces):
        # A tree of points asked with areas, not the other way round: areas are prepared once and answer quickly.
        tree = shapely.STRtree(shapely.point_on_surface(pieces))
        claim, piece = tree.query([claim.area for claim in claims], predicate="contains")
        np.maximum.at(granted, piece, claim)
    return granted


def risers(pieces: Ground) -> Risers:
    """The steps between pieces of different level."""
    rings = pieces.rings
    here, there = rings.points, rings.points[rings.following]
    polygon = np.repeat(rings.polygon_of_ring, rings.ring_sizes)
    whole = np.rint(np.concatenate([here, there]) / MILLIMETRE).astype(np.int64)
    low = whole.min(axis=0, initial=0)
    _, vertex = np.unique((whole[:, 0] - low[0]) * _WIDEST + whole[:, 1] - low[1], return_inverse=True)
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
        start=here[step], end=there[step], top_m=level[step], foot_m=level[other[step]], above=polygon[step],
        below=polygon[other[step]],
    )  # fmt: skip
