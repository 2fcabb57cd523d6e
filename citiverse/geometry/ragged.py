"""Many polygons as a few arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.geometry.arrays import FloatArray, IntArray

MILLIMETRE = 0.001
POLYGON = 3  # type id of GEOS


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Polygons as rings of points, closing points left out; exteriors run counter-clockwise, holes clockwise.

    `points` (n, 2) metres; ring r holds points[ring_start[r]:ring_start[r + 1]] and polygon p the rings
    polygon_start[p]:polygon_start[p + 1], its exterior first. `owner[p]` is the place in the input that p came from.
    """

    points: FloatArray
    ring_start: IntArray
    polygon_start: IntArray
    owner: IntArray

    def __len__(self) -> int:
        """Number of polygons."""
        return len(self.owner)

    @property
    def ring_sizes(self) -> IntArray:
        """Number of points of each ring."""
        return np.diff(self.ring_start)

    @property
    def point_start(self) -> IntArray:
        """First point of each polygon, and the number of all points; shape (polygons + 1,)."""
        return self.ring_start[self.polygon_start]

    @property
    def following(self) -> IntArray:
        """For each point the next point of its ring."""
        result = np.arange(1, len(self.points) + 1)
        result[self.ring_start[1:] - 1] = self.ring_start[:-1]
        return result

    @property
    def ring_of_point(self) -> IntArray:
        """The ring of each point."""
        return np.repeat(np.arange(len(self.ring_start) - 1), self.ring_sizes)

    @property
    def polygon_of_ring(self) -> IntArray:
        """The polygon of each ring."""
        return np.repeat(np.arange(len(self)), np.diff(self.polygon_start))

    def chosen(self, polygons: IntArray) -> "Rings":
        """Some of the polygons, in the order given."""
        counts = np.diff(self.polygon_start)[polygons]
        rings = ranges(self.polygon_start[polygons], counts)
        sizes = self.ring_sizes[rings]
        points = self.points[ranges(self.ring_start[rings], sizes)]
        return Rings(points, starts(sizes), starts(counts), self.owner[polygons])


def rings_of(geometries: Sequence[BaseGeometry], *, snap_m: float = MILLIMETRE) -> Rings:
    """All polygons in `geometries` (polygons, multipolygons, collections; others are passed over), in their order.

    Points are snapped to multiples of `snap_m`; points that then repeat, and rings left with fewer than three, go.
    """
    parts, owner = np.asarray(geometries, dtype=object), np.arange(len(geometries))
    if (shapely.get_type_id(parts) != POLYGON).any():
        parts, owner = shapely.get_parts(parts, return_index=True)
        parts, again = shapely.get_parts(parts, return_index=True)  # multipolygons in collections
        owner = owner[again]
    keep = (shapely.get_type_id(parts) == POLYGON) & ~shapely.is_empty(parts)
    parts, owner = shapely.orient_polygons(parts[keep]), owner[keep]
    if not len(parts):
        none = np.zeros(0, dtype=np.int64)
        return Rings(np.zeros((0, 2)), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64), none)
    holes = shapely.get_num_interior_rings(parts)
    if holes.any():
        rings = shapely.get_rings(parts)
        points, ring = shapely.get_coordinates(rings, return_index=True)
        counts = holes.astype(np.int64) + 1
    else:
        points, ring = shapely.get_coordinates(parts, return_index=True)
        counts = np.ones(len(parts), dtype=np.int64)
    return _cleaned(points, starts(np.bincount(ring)), starts(counts), owner, snap_m)


def joined_rings(each: Sequence[Rings]) -> Rings:
    """All polygons of all `each`, one after the other; owners stay as they are."""
    return Rings(
        points=np.concatenate([rings.points for rings in each]).reshape(-1, 2),
        ring_start=starts(np.concatenate([rings.ring_sizes for rings in each])),
        polygon_start=starts(np.concatenate([np.diff(rings.polygon_start) for rings in each])),
        owner=np.concatenate([rings.owner for rings in each]),
    )


def _cleaned(
    points: FloatArray, ring_start: IntArray, polygon_start: IntArray, owner: IntArray, snap_m: float
) -> Rings:
    steps = np.rint(points / snap_m)
    ring = np.repeat(np.arange(len(ring_start) - 1), np.diff(ring_start))
    # A point goes when the next one of its closed ring is the same; of the closing point there is no next.
    keep = np.zeros(len(points), dtype=bool)
    keep[:-1] = (steps[1:] != steps[:-1]).any(axis=1)
    keep[ring_start[1:] - 1] = False
    sizes = np.bincount(ring[keep], minlength=len(ring_start) - 1)
    good_ring = sizes >= 3
    exterior = np.zeros(len(good_ring), dtype=bool)
    exterior[polygon_start[:-1]] = True
    polygon_of_ring = np.repeat(np.arange(len(owner)), np.diff(polygon_start))
    good_polygon = good_ring[polygon_start[:-1]]
    good_ring &= good_polygon[polygon_of_ring]
    keep &= good_ring[ring]
    return Rings(
        points=steps[keep] * snap_m,
        ring_start=starts(sizes[good_ring]),
        polygon_start=starts(np.bincount(polygon_of_ring[good_ring], minlength=len(owner))[good_polygon]),
        owner=owner[good_polygon],
    )


def starts(sizes: IntArray) -> IntArray:
    """Where ranges of these sizes start when one follows the other, and where the last one ends."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes, dtype=np.int64)])


def ranges(starts: IntArray, sizes: IntArray) -> IntArray:
    """The whole numbers start, start + 1 ... of every range, one range after the other."""
    total = int(sizes.sum())
    first = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    result: IntArray = first + np.arange(total)
    return result
