"""Footprint, height and roof of a solid that is given by its surfaces."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from citiverse.city.feature import Roof, RoofShape
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.cityjson.model import Face
from citiverse.gis.shapes import Area, polygonal

UPRIGHT = 0.05  # z of the unit normal below which a surface is a wall
LEVEL = 0.99  # z of the unit normal above which a roof is flat: 8 degrees
GROUND_M = 0.5  # surfaces this near to the lowest point are ground
OVERWHELMING = 0.8  # share of a roof's area that decides on its shape
GRID_M = 0.001


@dataclass(frozen=True, slots=True)
class Solid:
    """A body over its footprint: lowest and highest point above the vertical datum, and its roof."""

    footprint: Area | None
    low_m: float
    high_m: float
    roof: Roof


def solid(faces: Sequence[Face], points: FloatArray) -> Solid:
    """The body that surfaces enclose; `points` are the vertices in the scene's metres and height, shape (n, 3)."""
    normals = np.array([_normal(points[list(face.rings[0])]) for face in faces])
    used = points[np.unique(np.concatenate([list(ring) for face in faces for ring in face.rings]))]
    low_m, high_m = float(used[:, 2].min()), float(used[:, 2].max())
    lying = [i for i in range(len(faces)) if abs(normals[i, 2]) > UPRIGHT * np.linalg.norm(normals[i])]
    ground = [i for i in lying if faces[i].meaning == "GroundSurface"]
    roof = [i for i in lying if faces[i].meaning == "RoofSurface"]
    if not ground:
        ground = [i for i in lying if points[list(faces[i].rings[0]), 2].max() <= low_m + GROUND_M]
    if not roof:
        roof = [i for i in lying if points[list(faces[i].rings[0]), 2].min() > low_m + GROUND_M]
    footprint = _shadow([faces[i] for i in ground or lying], points)
    return Solid(footprint, low_m, high_m, _roof([faces[i] for i in roof], normals[roof], points))


def area(faces: Sequence[Face], points: FloatArray) -> Area | None:
    """The ground that surfaces cover, seen from above."""
    return _shadow(faces, points)


def _normal(ring: FloatArray) -> FloatArray:
    """Normal of a ring, as long as its area (Newell's method)."""
    after = np.roll(ring, -1, axis=0)
    total: FloatArray = np.cross(ring - ring[0], after - ring[0]).sum(axis=0) / 2.0
    return total


def _shadow(faces: Sequence[Face], points: FloatArray) -> Area | None:
    flat = []
    for face in faces:
        outer, *inner = (points[list(ring), :2] for ring in face.rings)
        flat.append(Polygon(outer, inner))
    shapes = np.array(flat, dtype=object)
    shapes = np.where(shapely.is_valid(shapes), shapes, shapely.make_valid(shapes))
    return polygonal(shapely.union_all(shapes, grid_size=GRID_M)) if len(shapes) else None


def _roof(faces: Sequence[Face], normals: FloatArray, points: FloatArray) -> Roof:
    """The nearest simple shape of a roof: by how its area is spread over the ways that it slopes."""
    if not faces:
        return Roof()
    areas = np.linalg.norm(normals, axis=1)
    upward = normals * np.sign(normals[:, 2:])
    steep = np.abs(normals[:, 2]) < LEVEL * np.maximum(areas, 1e-9)
    if areas[steep].sum() <= (1.0 - OVERWHELMING) * areas.sum():
        return Roof()
    azimuth = np.degrees(np.arctan2(upward[steep, 0], upward[steep, 1])) % 360.0
    weight = areas[steep]
    main = float(azimuth[weight.argmax()])
    quarter = np.round(((azimuth - main) % 360.0) / 90.0).astype(int) % 4
    share = np.bincount(quarter, weights=weight, minlength=4) / weight.sum()
    shape: RoofShape = "hipped"
    if share[0] >= OVERWHELMING:
        shape = "skillion"
    elif share[0] + share[2] >= OVERWHELMING:
        shape = "gabled"
    heights = [points[list(face.rings[0]), 2] for face, slopes in zip(faces, steep, strict=True) if slopes]
    eaves_m = _middle(np.array([each.min() for each in heights]), weight)
    ridge_m = _middle(np.array([each.max() for each in heights]), weight)
    return Roof(shape=shape, height_m=round(max(ridge_m - eaves_m, 0.0), 2), direction_deg=round(main, 1))


def _middle(values: FloatArray, weight: FloatArray) -> float:
    """Weighted median: half of the roof lies above it, half below."""
    order = np.argsort(values, kind="stable")
    return float(values[order][np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)])
