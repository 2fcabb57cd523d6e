"""Positions that people point at, in the scene's metres."""

from collections.abc import Sequence

import numpy as np
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.city.frame import FrameError
from citiverse.geometry.arrays import FloatArray
from citiverse.proposal.refusal import EditRefused, Lonlat
from citiverse.proposal.words import metres, sentence

EDGE_TOLERANCE_M = 1.0
SHORTEST_LINE_M, LONGEST_LINE_M = 1.0, 5000.0


def local(city: City, positions: Sequence[Lonlat], *, what: str, field: str) -> FloatArray:
    """Metres in the scene's frame, shape (n, 2), to the millimetre. Raises EditRefused outside the scene.

    `what` names the thing in the sentence ("the park"), `field` the edit's field.
    """
    try:
        xy = np.round(city.frame.to_local(np.array(positions, dtype=np.float64).reshape(-1, 2)), 3)
    except FrameError:
        raise EditRefused(f"{sentence(what)} lies outside {city.title}.", field=field) from None
    west, south, east, north = city.bounds
    beyond = np.maximum([west, south] - xy, xy - [east, north]).max(axis=1)
    far = float(beyond.max())
    if far > EDGE_TOLERANCE_M:
        lon, lat = positions[int(beyond.argmax())]
        raise EditRefused(f"{sentence(what)} reaches {metres(far)} outside {city.title}.", at=(lon, lat), field=field)
    return xy + 0.0


def point_of(city: City, at: Lonlat, *, what: str, field: str = "at") -> Point:
    """The point that `at` means. Raises EditRefused outside the scene."""
    return Point(local(city, [at], what=what, field=field)[0])


def line_of(city: City, line: Sequence[Lonlat], *, what: str, field: str = "line") -> LineString:
    """The line that a person drew, without repeated points. Raises EditRefused."""
    xy = local(city, line, what=what, field=field)
    kept = xy[np.append(True, np.abs(np.diff(xy, axis=0)).max(axis=1) > 0.0)]
    drawn = LineString(kept) if len(kept) > 1 else LineString()
    if drawn.length < SHORTEST_LINE_M:
        raise EditRefused(f"{sentence(what)} has no length.", at=line[0], field=field)
    if drawn.length > LONGEST_LINE_M:
        limit = metres(LONGEST_LINE_M)
        raise EditRefused(f"{sentence(what)} is {metres(drawn.length)} long; {limit} is the most.", field=field)
    return drawn


def lonlat(city: City, where: BaseGeometry) -> Lonlat:
    """Longitude and latitude of a point on `where`."""
    on = where if isinstance(where, Point) else where.representative_point()
    lon, lat = city.frame.to_lonlat(np.array([[on.x, on.y]]))[0]
    return round(float(lon), 7), round(float(lat), 7)
