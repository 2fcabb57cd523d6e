"""Features around a place."""

from collections.abc import Iterable

import numpy as np
import shapely

from citiverse.city.city import City
from citiverse.city.feature import Feature
from citiverse.geometry.arrays import FloatArray


def near(city: City, at: FloatArray, radius_m: float, kinds: Iterable[str]) -> list[tuple[float, Feature]]:
    """Features within a radius of a local position, shape (2,), the nearest first, with their distance in metres."""
    wanted = frozenset(kinds)
    x, y = float(at[0]), float(at[1])
    box = (x - radius_m, y - radius_m, x + radius_m, y + radius_m)
    found = city.near(box, (lambda feature: feature.kind in wanted) if wanted else None)
    if not found:
        return []
    distances = shapely.distance(shapely.Point(x, y), np.array([feature.geometry for feature in found], dtype=object))
    order = np.argsort(distances, kind="stable")
    return [(float(distances[k]), found[k]) for k in order if distances[k] <= radius_m]
