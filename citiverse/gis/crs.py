"""Coordinate systems of files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from citiverse.city.frame import Frame, FrameError, transform
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.refused import ImportRefused

if TYPE_CHECKING:
    from citiverse.gis.site import LonLatBox

HALF_GLOBE_DEG = 180.0


def horizontal(said: str, file: str) -> str:
    """The name of the horizontal part of a coordinate system such as "EPSG:7415" or "7415".

    Raises ImportRefused when nothing is said, naming --crs, or when the system is not known.
    """
    if not said:
        raise ImportRefused(
            f"{file} does not say which coordinate system its numbers are in; please name it, for example "
            f"--crs EPSG:25832."
        )
    try:
        system = CRS.from_user_input(int(said) if said.isdecimal() else said)
    except CRSError as error:
        raise ImportRefused(f"{file}: the coordinate system {said!r} is not known; --crs names another.") from error
    flat = next((part for part in system.sub_crs_list if not part.is_vertical), system)
    if flat.is_geocentric or not (flat.is_projected or flat.is_geographic):
        raise ImportRefused(f"{file}: {said} is not a system of maps; --crs names another.")
    code = flat.to_epsg()
    return f"EPSG:{code}" if code else flat.to_wkt()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What people say of a file's coordinates: `told` goes before what it says, `assumed` counts where it is silent."""

    told: str = ""
    assumed: str = ""

    def over(self, own: str) -> str:
        """The system that counts for a file that says `own` of itself, "" where it is silent."""
        return self.told or own or self.assumed

    def remark(self, own: str) -> str:
        """What the report says where file and people disagree, else ""."""
        if self.told and (said := own or self.assumed) and not _same(said, self.told):
            return f"{named(self.told)} counts, as was said; the file says {named(said)}"
        if not self.told and own and self.assumed and not _same(own, self.assumed):
            return (
                f"{named(own)} counts, as the file says, before {named(self.assumed)}; were the file wrong, "
                f"--crs FILE={named(self.assumed)} would go before it"
            )
        return ""


def named(crs: str) -> str:
    """A coordinate system by its code, or by the name in its text."""
    name = re.match(r'[A-Z]+\["([^"]+)"', crs)
    return name[1] if name else crs


def _same(one: str, other: str) -> bool:
    try:
        return horizontal(one, "") == horizontal(other, "")
    except ImportRefused:
        return False


def local_metres(points: FloatArray, crs: str, frame: Frame, file: str) -> FloatArray:
    """The scene's metres of `points`, shape (n, 2), x before y, in the system `crs` (from `horizontal`)."""
    try:
        local: FloatArray = np.round(transform(points, crs, f"EPSG:{frame.epsg}") - np.asarray(frame.origin), 3)
    except FrameError as error:
        raise ImportRefused(f"{file}: {error}") from error
    return local


def lonlat_box(points: FloatArray, crs: str, file: str) -> LonLatBox:
    """West, south, east, north in degrees around `points`, shape (n, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    along = np.linspace(0.0, 1.0, 9)[:, None] * (high - low) + low
    edge = np.concatenate(
        [np.column_stack(np.broadcast_arrays(along[:, 0], y)) for y in (low[1], high[1])]
        + [np.column_stack(np.broadcast_arrays(x, along[:, 1])) for x in (low[0], high[0])]
    )
    try:
        return box_around(transform(edge, crs, "EPSG:4326"))
    except FrameError as error:
        raise ImportRefused(f"{file}: {error}") from error


def box_around(lonlat: FloatArray) -> LonLatBox:
    """West, south, east, north of positions of shape (n, 2): over the antimeridian where they lie on both its sides."""
    lon, lat = lonlat.T
    if lon.max() - lon.min() > HALF_GLOBE_DEG:
        lon = lon % 360.0
    return _rolled(float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))


def box_around_boxes(boxes: Iterable[LonLatBox]) -> LonLatBox:
    """The box in degrees that holds all of some, at least one."""
    corners = [(lon, lat) for w, s, e, n in boxes for lon, lat in ((w, s), (e, n))]
    return box_around(np.array(corners))


def _rolled(west: float, south: float, east: float, north: float) -> LonLatBox:
    """The same with longitudes from -180 to 180."""
    whole = east - west >= 360.0
    return (west, south, east, north) if whole else (_in_turn(west), south, _in_turn(east), north)


def _in_turn(lon: float) -> float:
    return lon if -180.0 <= lon <= 180.0 else (lon + 180.0) % 360.0 - 180.0


def box_in(crs: str, box: LonLatBox) -> tuple[float, float, float, float] | None:
    """West, south, east, north in the system `crs` around a box in degrees; None where it has none.

    A box over the antimeridian has none in systems in degrees.
    """
    west, south, east, north = box
    span = (east - west) % 360.0 if east < west else east - west
    if east < west and CRS.from_user_input(crs).is_geographic:
        return None
    share = np.linspace(0.0, 1.0, 17)
    lon, lat = west + share * span, south + share * (north - south)
    sides = ((lon, south), (lon, north), (west, lat), (west + span, lat))
    edge = np.concatenate([np.column_stack(np.broadcast_arrays(x, y)) for x, y in sides])
    try:
        x, y = transform(edge, "EPSG:4326", crs).T
    except FrameError:
        return None
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())
