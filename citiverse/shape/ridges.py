"""Roofs over outlines with wings and courtyards: every edge's slope, where its straight skeleton says it ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely
from shapely import Polygon

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.ragged import Rings, rings_of, starts
from citiverse.geometry.skeleton import straight_skeleton
from citiverse.geometry.triangulate import triangulate

STRAIGHT_M = 0.015
"""Corners that stick out less are taken as straight."""
WIDEST_GABLE_M = 25.0
Break = tuple[float, float]
"""Share of the way in, share of the height."""


@dataclass(slots=True, eq=False)
class Slopes:
    """A roof as plane faces: `points` (x, y, distance from the eaves' edge), `faces` as numbers of points with the
    edge of the outline that each rises from, `gables` the tops of walls that rise over the eaves, by edge: shares of
    the edge and distances. `edges` (k, 2, 2) are the outline's edges, `of_ring` how many each ring has.
    """

    points: list[tuple[float, float, float]]
    faces: dict[int, list[int]]
    edges: FloatArray
    of_ring: list[int]
    gables: dict[int, list[tuple[float, float]]] = field(default_factory=dict)

    @property
    def deepest_m(self) -> float:
        """Distance of the ridge from the eaves."""
        used = {number for face in self.faces.values() for number in face}
        return max(self.points[number][2] for number in used)


def slopes_over(footprint: Polygon) -> Slopes | None:
    """Slopes from every edge of an oriented footprint; None where there is no skeleton of it."""
    corners = [straightened(np.asarray(ring.coords)[:-1, :2]) for ring in (footprint.exterior, *footprint.interiors)]
    if any(len(ring) < 3 for ring in corners):
        return None
    skeleton = straight_skeleton(corners)
    if skeleton is None:
        return None
    edges = np.concatenate([np.stack([ring, np.roll(ring, -1, axis=0)], axis=1) for ring in corners])
    points = [(x, y, d) for x, y, d in skeleton.points.tolist()]
    faces = {edge: list(face) for edge, face in enumerate(skeleton.faces)}
    return Slopes(points, faces, edges, [len(ring) for ring in corners])


def straightened(ring: FloatArray) -> FloatArray:
    """The ring without corners that stick out less than STRAIGHT_M."""
    kept = shapely.get_coordinates(shapely.simplify(shapely.linearrings(ring), STRAIGHT_M))[:-1]
    if len(kept) > 3:  # simplifying never takes the point it begins with
        (ax, ay), (bx, by), (px, py) = kept[-1], kept[1], kept[0]
        away = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
        if abs(away) < STRAIGHT_M * float(np.hypot(bx - ax, by - ay)):
            kept = kept[1:]
    return kept


def with_gables(slopes: Slopes, *, clipped: float = 0.0) -> Slopes:
    """Walls up to the ridge at the ends of wings, or up to this share below it and a small slope above (half-hipped).

    An end is an edge of the exterior whose slope is a triangle at the end of a ridge.
    """
    first = slopes.of_ring[0]
    for edge in range(first):
        end = _end_of_ridge(slopes, edge, first)
        if end is not None:
            _raise_gable(slopes, edge, *end, clipped=clipped)
    return slopes


def _end_of_ridge(slopes: Slopes, edge: int, count: int) -> tuple[int, int, tuple[float, float, float], float] | None:
    """The edges on both sides, the point where the ridge would meet the wall, and that point's share of the edge."""
    face, before, after = slopes.faces[edge], (edge - 1) % count, (edge + 1) % count
    if len(face) != 3 or not {before, after} <= slopes.faces.keys():
        return None
    top, left, right = face[2], slopes.faces[before], slopes.faces[after]
    ridge = left[3 % len(left)], right[-2]  # where the ridge goes on from the top, seen from both slopes
    if left[2] != top or right[-1] != top or ridge[0] != ridge[1] or ridge[0] in face:
        return None
    (ax, ay), (bx, by) = slopes.edges[edge]
    (nx, ny, level), (mx, my, _) = _plane(slopes, before), _plane(slopes, after)
    along = (ny - my, mx - nx)  # of the line where both slopes are as high
    x, y, deep = slopes.points[top]
    turn = along[0] * (by - ay) - along[1] * (bx - ax)
    if abs(turn) < 0.2 * float(np.hypot(*along) * np.hypot(bx - ax, by - ay)):
        return None
    step = ((ax - x) * (by - ay) - (ay - y) * (bx - ax)) / turn
    px, py = x + step * along[0], y + step * along[1]
    long = float(np.hypot(bx - ax, by - ay))
    share = ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / long**2
    rise = nx * px + ny * py - level
    if long > WIDEST_GABLE_M or not 0.15 < share < 0.85 or not 0.5 * deep < rise < 1.2 * deep:
        return None
    return before, after, (px, py, rise), share


def _plane(slopes: Slopes, edge: int) -> tuple[float, float, float]:
    """Normal inwards and its product with the edge: distance = nx x + ny y - level."""
    (ax, ay), (bx, by) = slopes.edges[edge]
    long = float(np.hypot(bx - ax, by - ay))
    nx, ny = -(by - ay) / long, (bx - ax) / long
    return nx, ny, nx * ax + ny * ay


def _raise_gable(
    slopes: Slopes,
    edge: int,
    before: int,
    after: int,
    meeting: tuple[float, float, float],
    share: float,
    *,
    clipped: float,
) -> None:
    start, end, top = slopes.faces[edge]
    if clipped == 0.0:
        slopes.points[top] = meeting
        slopes.gables[edge] = [(share, meeting[2])]
        del slopes.faces[edge]
        return
    up = 1.0 - clipped
    left, right = len(slopes.points), len(slopes.points) + 1
    for number in (start, end):
        slopes.points.append(_between(slopes.points[number], meeting, up))
    slopes.points[top] = _between(meeting, slopes.points[top], clipped)
    slopes.faces[edge] = [left, right, top]
    slopes.faces[before].insert(2, left)
    slopes.faces[after].append(right)
    slopes.gables[edge] = [(share * up, meeting[2] * up), (1.0 - (1.0 - share) * up, meeting[2] * up)]


def _between(a: tuple[float, float, float], b: tuple[float, float, float], share: float) -> tuple[float, float, float]:
    x, y, z = (p + (q - p) * share for p, q in zip(a, b, strict=True))
    return x, y, z


def surface(slopes: Slopes, rise_m: float, profile: Sequence[Break]) -> tuple[FloatArray, IntArray]:
    """Points (n, 3), z counted from the eaves, and triangles of a roof whose slopes are bent along a profile."""
    deepest = slopes.deepest_m
    faces = [(edge, np.array([slopes.points[number] for number in face])) for edge, face in slopes.faces.items()]
    if len(profile) > 2:
        faces = [piece for edge, face in faces for piece in _bent(slopes, edge, face, deepest, profile)]
    sizes = np.array([len(face) for _, face in faces])
    points = np.concatenate([face for _, face in faces])
    count = len(faces)
    triangles, _ = triangulate(Rings(points[:, :2], starts(sizes), np.arange(count + 1), np.arange(count)))
    points[:, 2] = _height(points[:, 2], deepest, rise_m, profile)
    return points, triangles


def _bent(
    slopes: Slopes, edge: int, face: FloatArray, deepest: float, profile: Sequence[Break]
) -> list[tuple[int, FloatArray]]:
    """A face cut where the profile has a bend."""
    a, (nx, ny, _) = slopes.edges[edge, 0], _plane(slopes, edge)
    turn = np.array([[ny, -nx], [nx, ny]])  # rows: along the edge, inwards
    flat = Polygon(np.column_stack([(face[:, :2] - a) @ turn[0], face[:, 2]]))
    left, low, right, high = flat.bounds
    found = []
    for (start, _), (end, _) in pairwise(profile):
        if start * deepest >= high or end * deepest <= low:
            continue
        for part in shapely.get_parts(shapely.clip_by_rect(flat, left - 1, start * deepest, right + 1, end * deepest)):
            rings = rings_of([part], snap_m=1e-5)
            if len(rings):
                along, deep = rings.points[: rings.ring_start[1]].T
                found.append((edge, np.column_stack([a + np.outer(along, turn[0]) + np.outer(deep, turn[1]), deep])))
    return found


def _height(deep: FloatArray, deepest: float, rise_m: float, profile: Sequence[Break]) -> FloatArray:
    share, height = np.array(profile).T
    result: FloatArray = rise_m * np.interp(np.maximum(deep, 0.0) / deepest, share, height)
    return result


def wall_tops(footprint: Polygon, slopes: Slopes, rise_m: float, profile: Sequence[Break]) -> tuple[FloatArray, ...]:
    """The rings of an oriented footprint (k, 3) with the height of each point over the eaves, gables among them."""
    found: list[FloatArray] = []
    first = 0
    for ring, count in zip((footprint.exterior, *footprint.interiors), slopes.of_ring, strict=True):
        points = np.asarray(ring.coords)[:-1, :2]
        found.append(_tops(points, slopes, range(first, first + count), rise_m, profile))
        first += count
    return tuple(found)


def _tops(points: FloatArray, slopes: Slopes, edges: range, rise_m: float, profile: Sequence[Break]) -> FloatArray:
    if not any(edge in slopes.gables for edge in edges):
        return np.column_stack([points, np.zeros(len(points))])
    deepest = slopes.deepest_m
    bends = [share * deepest for share, _ in profile[1:-1]]
    corner = [int(np.abs(points - slopes.edges[edge, 0]).sum(axis=1).argmin()) for edge in edges]
    rows: list[FloatArray] = []
    for edge, here, there in zip(edges, corner, [*corner[1:], corner[0]], strict=True):
        count = (there - here) % len(points) or len(points)
        own = points[(here + np.arange(count)) % len(points)]
        gable = slopes.gables.get(edge)
        if gable is None:
            rows.append(np.column_stack([own, np.zeros(count)]))
            continue
        a, b = slopes.edges[edge]
        shares = (own - a) @ (b - a) / ((b - a) @ (b - a))
        line = [(0.0, 0.0), *gable, (1.0, 0.0)]
        tops = [s for s, _ in gable]
        tops += [s + (t - s) * (bend - d) / (e - d) for (s, d), (t, e) in pairwise(line) for bend in bends
                 if min(d, e) < bend < max(d, e)]  # fmt: skip
        every = [*((float(s), tuple(p)) for s, p in zip(shares, own.tolist(), strict=True)),
                 *((s, tuple((a + (b - a) * s).tolist())) for s in tops)]  # fmt: skip
        every.sort(key=lambda each: each[0])
        deep = np.interp([s for s, _ in every], [s for s, _ in line], [d for _, d in line])
        height = _height(deep, deepest, rise_m, profile)
        height[0] = 0.0
        rows.append(np.column_stack([np.array([p for _, p in every]), height]))
    return np.concatenate(rows)
