"""Areas that people draw, checked."""

import re
from collections.abc import Sequence

import shapely
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.geometry.snapping import snapped
from citiverse.proposal.fields import MOST_RING_POINTS
from citiverse.proposal.place import local, lonlat
from citiverse.proposal.refusal import EditRefused, Lonlat
from citiverse.proposal.words import sentence, square_metres

SLIVER_M2 = 0.5  # what is smaller than this after cutting is dropped

Ringed = Polygon | MultiPolygon


def polygon_of(
    city: City, rings: Sequence[Sequence[Lonlat]], *, what: str, field: str, least_m2: float, most_m2: float
) -> Polygon:
    """The polygon of GeoJSON coordinates in the scene's metres. Raises EditRefused with what is wrong with it.

    Rings that are not closed are closed; shells come out counter-clockwise.
    """
    if sum(map(len, rings)) > 2 * MOST_RING_POINTS:
        raise EditRefused(f"The outline has over {2 * MOST_RING_POINTS:,} points; draw it simpler.", field=field)
    shell, *holes = [local(city, ring, what=what, field=field) for ring in rings]
    drawn = Polygon(shell, holes)
    if not drawn.is_valid:
        raise _invalid(city, drawn, field)
    _check_size(drawn.area, what, field, least_m2, most_m2)
    return shapely.orient_polygons(drawn)


def _invalid(city: City, drawn: Polygon, field: str) -> EditRefused:
    reason = str(shapely.is_valid_reason(drawn))
    found = re.search(r"\[(\S+) (\S+)\]", reason)
    at = lonlat(city, Point(float(found[1]), float(found[2]))) if found else None
    if "Too few points" in reason or drawn.convex_hull.area < SLIVER_M2:
        return EditRefused("The outline encloses no ground.", at=at, field=field)
    if "Hole" in reason or "holes" in reason:
        return EditRefused("A hole lies outside the outline, or within another hole.", at=at, field=field)
    return EditRefused("The outline crosses or touches itself.", at=at, field=field)


def _check_size(area_m2: float, what: str, field: str, least_m2: float, most_m2: float) -> None:
    size = square_metres(area_m2)
    if area_m2 < least_m2:
        raise EditRefused(
            f"{sentence(what)} would be only {size}; {square_metres(least_m2)} is the least.", field=field
        )
    if area_m2 > most_m2:
        raise EditRefused(f"{sentence(what)} would be {size}; {square_metres(most_m2)} is the most here.", field=field)


def scene_area_m2(city: City) -> float:
    """Area of the scene's bounds."""
    west, south, east, north = city.bounds
    return (east - west) * (north - south)


def ringed(shape: BaseGeometry) -> Ringed | None:
    """The areas in a geometry, cleaned and to the millimetre, without slivers; None where nothing is left."""
    found = shapely.get_parts(snapped(shape, 0.001))
    parts = [part for part in found if isinstance(part, Polygon) and part.area > SLIVER_M2]
    if not parts:
        return None
    oriented = [shapely.orient_polygons(part) for part in parts]
    return oriented[0] if len(oriented) == 1 else MultiPolygon(oriented)


def without(shape: BaseGeometry, taken: BaseGeometry) -> Ringed | None:
    """`shape` without `taken`; None where nothing worth keeping is left."""
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    return ringed(valid.difference(taken))
