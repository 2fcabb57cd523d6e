"""Where ways lie a kerb lower than the ground beside them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from shapely import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Bounds
from citiverse.city.feature import Feature, Rail, Road
from citiverse.geometry.memory import Memory
from citiverse.geometry.ribbon import lengths
from citiverse.shape.ground import Claim, claims_of
from citiverse.shape.streets import KERB_M

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
