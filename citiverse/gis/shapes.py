"""What all readers need of areas."""

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.geometry.snapping import snapped

MIN_AREA_M2 = 0.05  # anything smaller is a slip of the hand
GRID_M = 0.001  # vertices are on whole millimetres

Area = Polygon | MultiPolygon


def polygonal(shape: BaseGeometry) -> Area | None:
    """The areas of a geometry without its lines and points, None where there is none."""
    if isinstance(shape, Polygon):
        return None if shape.is_empty else shape
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if isinstance(part, Polygon)]
    parts = [part for part in parts if part.area >= MIN_AREA_M2]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def within(area: Area, box: Polygon) -> Area | None:
    """The part of an area inside a rectangle, or None."""
    if box.contains(area):
        return area
    if not shapely.intersects(box, area):
        return None
    return polygonal(snapped(shapely.intersection(area, box), GRID_M))
