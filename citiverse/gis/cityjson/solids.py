"""Footprint, height and roof of a solid that is given by its surfaces."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from citiverse.city.feature import Roof, RoofShape
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.cityjson.model import Face, Ring
from citiverse.gis.shapes import MIN_AREA_M2, Area, polygonal

UPRIGHT = 0.05  # z of the unit normal below which a surface is a wall
LEVEL = 0.99  # z of the unit normal above which a roof is flat: 8 degrees
GROUND_M = 0.5  # surfaces this near to the lowest point are ground
OVERWHELMING = 0.8  # share of a roof's area that decides on its shape
GRID_M = 0.001


@dataclass(frozen=True, slots=True)
class Solid:
    """A body over its footprint: lowest and highest point above the vertical datum, and its roof.

    `mended` says that its outline crossed itself.
    """

    footprint: Area | None
    low_m: float
    high_m: float
    roof: Roof
    mended: bool = False


def solid(faces: Sequence[Face], points: FloatArray) -> Solid:
    """The body that surfaces enclose; `points` are the vertices in the scene's metres and height, shape (n, 3)."""
    normals, lowest, highest = _measured([face.rings[0] for face in faces], points)
    low_m, high_m = float(lowest.min()), float(highest.max())
    size = np.linalg.norm(normals, axis=1)
    crossed = (size < 1e-6) & (highest - lowest < GROUND_M)  # a figure of eight: what it covers cancels out
    lying = np.flatnonzero((np.abs(normals[:, 2]) > UPRIGHT * size) | crossed).tolist()
    ground = [i for i in lying if faces[i].meaning == "GroundSurface"]
    roof = [i for i in lying if faces[i].meaning == "RoofSurface"]
    if not ground:
        ground = [i for i in lying if highest[i] <= low_m + GROUND_M]
    if not roof:
        roof = [i for i in lying if lowest[i] > low_m + GROUND_M]
    footprint, mended = _shadow([faces[i] for i in ground or lying], points)
    return Solid(footprint, low_m, high_m, _roof(normals[roof], lowest[roof], highest[roof]), mended)


def triangles(faces: Sequence[Face], points: FloatArray) -> FloatArray:
    """Triangles of surfaces that are triangles, or convex, shape (n, 3, 3): corners with x, y, z."""
    corners = [
        (ring[0], ring[at], ring[at + 1]) for face in faces for ring in face.rings[:1] for at in range(1, len(ring) - 1)
    ]
    found: FloatArray = points[np.array(corners, dtype=np.int64).reshape(-1, 3)]
    return found


def area(faces: Sequence[Face], points: FloatArray) -> tuple[Area | None, bool]:
    """The ground that surfaces cover, seen from above, and whether an outline crossed itself."""
    return _shadow(faces, points)


def _measured(rings: Sequence[Ring], points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Normals of rings, as long as their area (Newell's method), shape (n, 3); lowest and highest z of each."""
    sizes = np.array([len(ring) for ring in rings])
    start = np.cumsum(sizes) - sizes
    here = points[[number for ring in rings for number in ring]]
    following = np.arange(1, len(here) + 1)
    following[start + sizes - 1] = start
    x, y, z = (here - np.repeat(here[start], sizes, axis=0)).T
    dx, dy, dz = x[following], y[following], z[following]
    twice = np.stack([y * dz - z * dy, z * dx - x * dz, x * dy - y * dx], axis=1)
    normals = np.add.reduceat(twice, start, axis=0) / 2.0
    return normals, np.minimum.reduceat(here[:, 2], start), np.maximum.reduceat(here[:, 2], start)


def _shadow(faces: Sequence[Face], points: FloatArray) -> tuple[Area | None, bool]:
    flat = []
    for face in faces:
        outer, *inner = (points[list(ring), :2] for ring in face.rings)
        flat.append(Polygon(outer, inner))
    if len(flat) == 1 and flat[0].is_valid and flat[0].area > MIN_AREA_M2:
        return flat[0], False
    shapes = np.array(flat, dtype=object)
    if not len(shapes):
        return None, False
    crossing = ~shapely.is_valid(shapes)
    shapes = np.where(crossing, shapely.make_valid(shapes), shapes)
    mended = bool((shapely.area(shapes[crossing]) > MIN_AREA_M2).any())
    return polygonal(shapely.union_all(shapes, grid_size=GRID_M)), mended


def _roof(normals: FloatArray, lowest: FloatArray, highest: FloatArray) -> Roof:
    """The nearest simple shape of a roof: by how its area is spread over the ways that it slopes."""
    if not len(normals):
        return Roof()
    areas = np.linalg.norm(normals, axis=1)
    upward = normals * np.sign(normals[:, 2:])
    steep = np.abs(normals[:, 2]) < LEVEL * np.maximum(areas, 1e-9)
    if areas[steep].sum() <= (1.0 - OVERWHELMING) * areas.sum():
        return Roof()
    azimuth = np.degrees(np.arctan2(upward[steep, 0], upward[steep, 1])) % 360.0
    weight = areas[steep]
    main = float(azimuth[weight.argmax()])
    shape = sloping_shape(azimuth, weight, main)
    eaves_m, ridge_m = _middle(lowest[steep], weight), _middle(highest[steep], weight)
    return Roof(shape=shape, height_m=round(max(ridge_m - eaves_m, 0.0), 2), direction_deg=round(main, 1))


def sloping_shape(azimuth_deg: FloatArray, weight: FloatArray, main_deg: float) -> RoofShape:
    """The shape of a roof that slopes, by how its area is spread over the four ways from its `main_deg`."""
    quarter = np.round(((azimuth_deg - main_deg) % 360.0) / 90.0).astype(int) % 4
    share = np.bincount(quarter, weights=weight, minlength=4) / weight.sum()
    if share[0] >= OVERWHELMING:
        return "skillion"
    return "gabled" if share[0] + share[2] >= OVERWHELMING else "hipped"


def _middle(values: FloatArray, weight: FloatArray) -> float:
    """Weighted median: half of the roof lies above it, half below."""
    order = np.argsort(values, kind="stable")
    return float(values[order][np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)])
