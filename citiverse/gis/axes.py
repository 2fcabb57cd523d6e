"""Which of a file's numbers is east, which is north, and what a unit of its heights is."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pyproj import CRS, Transformer

from citiverse.geometry.arrays import FloatArray
from citiverse.gis.crs import horizontal
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox

LEAST_DEG = 1e-5  # a metre
MARGIN_DEG = 10.0  # data go on beyond the area that a coordinate system is meant for
_NORTHWARD = frozenset({"north", "south"})


@dataclass(frozen=True, slots=True)
class Placement:
    """How the numbers of a file become places: x before y in `crs` (from `horizontal`).

    `swapped` says that the file has y before x, `corrected` that this is not what it says of itself. `metres` is a
    unit of its heights, `vertical` their datum ("EPSG:7837", or "" where nobody says).
    """

    crs: str
    swapped: bool = False
    corrected: bool = False
    metres: float = 1.0
    vertical: str = ""

    def xy(self, points: FloatArray) -> FloatArray:
        """The first two columns of `points`, x before y; shape (n, 2)."""
        return points[:, 1::-1] if self.swapped else points[:, :2]


def placement(said: str, points: FloatArray, file: str, *, by_authority: bool = False) -> Placement:
    """Where `points`, shape (n, 2 or 3) as they stand in the file, lie in the system it is `said` to be in.

    x comes before y, or with `by_authority` the order is that of the system's definition; the other order is taken
    where only that one leads to the area that the system is for. Raises ImportRefused when neither does.
    """
    crs = horizontal(said, file)
    metres, vertical = _height_of(said)
    told = by_authority and CRS.from_user_input(crs).axis_info[0].direction in _NORTHWARD
    points = points[np.isfinite(points[:, :2]).all(axis=1), :2]
    if not len(points):
        return Placement(crs, told, False, metres, vertical)
    middle = np.median(points, axis=0)
    for margin_deg in (0.0, MARGIN_DEG):
        for swapped in (told, not told):
            if _fits(middle[::-1] if swapped else middle, crs, margin_deg):
                return Placement(crs, swapped, swapped != told, metres, vertical)
    raise _elsewhere(crs, middle, file)


def check_place(crs: str, middle: FloatArray, file: str) -> None:
    """Check that a place, x and y, lies where a system is for. Raises ImportRefused."""
    if np.isfinite(middle).all() and not _fits(middle, crs, MARGIN_DEG):
        raise _elsewhere(crs, middle, file)


def _elsewhere(crs: str, place: FloatArray, file: str) -> ImportRefused:
    system = CRS.from_user_input(crs)
    area = system.area_of_use
    meant = f", which is for {re.split('[:;,]', area.name)[0].rstrip('.')}" if area else ""
    shown = ", ".join(f"{each:.0f}" if 1e3 <= abs(each) < 1e9 else f"{each:.6g}" for each in place.tolist())
    return ImportRefused(
        f"{file}: coordinates such as {shown} have no place in {system.name}{meant}; please name the system that they "
        f"are in with --crs (of one file among several: --crs FILE=EPSG)."
    )


def roomy(box: LonLatBox) -> LonLatBox:
    """A box in degrees with room around what has no width or height."""
    west, south, east, north = box
    wide, tall = east - west < LEAST_DEG, north - south < LEAST_DEG
    return (
        west - LEAST_DEG * wide, max(south - LEAST_DEG * tall, -90.0),
        east + LEAST_DEG * wide, min(north + LEAST_DEG * tall, 90.0),
    )  # fmt: skip


@lru_cache(maxsize=32)
def _to_degrees(crs: str) -> Transformer:
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def _fits(xy: FloatArray, crs: str, margin_deg: float) -> bool:
    """Whether a place lies in the area that a system is for, or not far beyond."""
    lon, lat = _to_degrees(crs).transform(float(xy[0]), float(xy[1]))
    if not (np.isfinite(lon) and np.isfinite(lat) and abs(lat) <= 90.0 and abs(lon) <= 360.0):
        return False
    area = CRS.from_user_input(crs).area_of_use
    if area is None:
        return True
    width = (area.east - area.west) % 360.0 or 360.0
    east_of = (lon - (area.west - margin_deg)) % 360.0
    return bool(east_of <= width + 2 * margin_deg and area.south - margin_deg <= lat <= area.north + margin_deg)


def _height_of(said: str) -> tuple[float, str]:
    """Metres of a unit of height, and the datum; of a map in feet without a datum the heights are in feet too."""
    system = CRS.from_user_input(int(said) if said.isdecimal() else said)
    upright = next((part for part in system.sub_crs_list if part.is_vertical), None)
    if upright is not None:
        code = upright.to_epsg()
        return float(upright.axis_info[0].unit_conversion_factor), f"EPSG:{code}" if code else ""
    if len(system.axis_info) == 3:
        return float(system.axis_info[2].unit_conversion_factor), ""
    return (float(system.axis_info[0].unit_conversion_factor) if system.is_projected else 1.0), ""
