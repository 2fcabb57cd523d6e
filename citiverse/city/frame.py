"""The scene's own metres, and the only place that knows degrees, EPSG codes and the vertical datum."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from citiverse.geometry.arrays import FloatArray

GEODETIC = 4979  # WGS 84, degrees and ellipsoidal metres
GEOCENTRIC = 4978  # WGS 84, metres from the centre of the Earth
UPS_NORTH, UPS_SOUTH = 5041, 5042  # Universal Polar Stereographic, for scenes beyond 84 N and 80 S


class FrameError(ValueError):
    """A coordinate system or position that the scene cannot use."""


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def transform(points: FloatArray, source: str, target: str) -> FloatArray:
    """`points`, shape (n, 2) or (n, 3), from one coordinate system to another (any pyproj name), x before y.

    Raises FrameError when a point has no image.
    """
    try:
        columns = _transformer(source, target).transform(*np.asarray(points, dtype=np.float64).T)
        result: FloatArray = np.stack(columns, axis=-1)
    except CRSError as error:
        raise FrameError(f"The coordinate system {source} or {target} is not known.") from error
    if not np.isfinite(result).all():
        raise FrameError(f"Some coordinates have no place in {target}: are they really in {source}?")
    return result


def utm_epsg(lon: float, lat: float) -> int:
    """EPSG code of the metric system for a scene at this place: UTM, or UPS beyond 84 N and 80 S."""
    if lat >= 84.0:
        return UPS_NORTH
    if lat < -80.0:
        return UPS_SOUTH
    zone = int(((lon + 180.0) % 360.0) // 6.0) + 1
    if 56.0 <= lat < 64.0 and 3.0 <= lon < 12.0:
        zone = 32  # south-west Norway
    return (32600 if lat >= 0.0 else 32700) + zone


@dataclass(frozen=True, slots=True)
class Frame:
    """Local metres of a scene: x east, y north, z up, counted from `origin` in the projected system `epsg`.

    The origin lies at or south-west of every feature, so that x and y are never negative. `vertical` names
    the datum of z (an EPSG code such as "EPSG:3900", or "local" when the data do not say).
    """

    epsg: int
    origin: tuple[float, float]
    vertical: str = "local"
    _name: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check that the system is projected and in metres."""
        try:
            crs = CRS.from_epsg(self.epsg)
        except CRSError as error:
            raise FrameError(f"EPSG:{self.epsg} is not a known coordinate system.") from error
        if not crs.is_projected or any(abs(axis.unit_conversion_factor - 1.0) > 1e-12 for axis in crs.axis_info[:2]):
            raise FrameError(f"EPSG:{self.epsg} is not a projected system in metres.")
        object.__setattr__(self, "_name", f"EPSG:{self.epsg}")

    def to_local(self, lonlat: FloatArray) -> FloatArray:
        """Local metres of WGS 84 positions, both of shape (n, 2). Raises FrameError off the projection."""
        projected = transform(lonlat, "EPSG:4326", self._name)
        return np.subtract(projected, self.origin)

    def to_lonlat(self, xy: FloatArray) -> FloatArray:
        """WGS 84 positions of local metres, both of shape (n, 2)."""
        return transform(np.asarray(xy, dtype=np.float64) + np.asarray(self.origin), self._name, "EPSG:4326")

    def geometry_to_local(self, geometry: BaseGeometry) -> BaseGeometry:
        """The same geometry in local metres; `geometry` in WGS 84, longitude first."""
        return shapely.transform(geometry, self.to_local)

    def geometry_to_lonlat(self, geometry: BaseGeometry) -> BaseGeometry:
        """The same geometry in WGS 84, longitude first."""
        return shapely.transform(geometry, self.to_lonlat)

    def to_geocentric(self, xyz: FloatArray) -> FloatArray:
        """Earth-centred metres (EPSG:4978) of local x, y, z, both of shape (n, 3); z is taken as ellipsoidal."""
        xyz = np.asarray(xyz, dtype=np.float64)
        lonlat = self.to_lonlat(xyz[:, :2])
        geodetic = np.column_stack([lonlat, xyz[:, 2]])
        return transform(geodetic, f"EPSG:{GEODETIC}", f"EPSG:{GEOCENTRIC}")

    def geocentric_matrix(self, centre: tuple[float, float]) -> FloatArray:
        """4 x 4 matrix (row-major, column vectors) from local metres to EPSG:4978, exact at `centre`.

        Derived by central differences, so the projection's convergence and scale are in it.
        """
        step = 100.0
        cx, cy = centre
        ways = [sign * step * axis for axis in np.eye(3) for sign in (1, -1)]
        probes = np.add([np.zeros(3), *ways], [cx, cy, 0.0])
        image = self.to_geocentric(probes)
        matrix = np.eye(4)
        for axis in range(3):
            matrix[:3, axis] = (image[1 + 2 * axis] - image[2 + 2 * axis]) / (2 * step)
        matrix[:3, 3] = image[0] - matrix[:3, :3] @ probes[0]
        return matrix


def frame_for(
    lonlat_bounds: tuple[float, float, float, float], epsg: int | None = None, vertical: str = "local"
) -> Frame:
    """A frame whose origin lies south-west of WGS 84 bounds (west, south, east, north), on whole 256 m of its system.

    A scene over the antimeridian has west > east. Raises FrameError for an unusable system or place.
    """
    west, south, east, north = lonlat_bounds
    span = (east - west) % 360.0 if east < west else east - west
    middle = (west + span / 2 + 180.0) % 360.0 - 180.0
    code = epsg or utm_epsg(middle, (south + north) / 2)
    probe = Frame(code, (0.0, 0.0), vertical)
    along = np.linspace(0.0, 1.0, 9)
    lon = (west + along * span + 180.0) % 360.0 - 180.0
    lat = south + along * (north - south)
    edge = np.concatenate(
        [np.column_stack([lon, np.full(9, s)]) for s in (south, north)]
        + [np.column_stack([np.full(9, m), lat]) for m in ((west + 180) % 360 - 180, (west + span + 180) % 360 - 180)]
    )
    low = np.floor(probe.to_local(edge).min(axis=0) / 256.0) * 256.0
    return Frame(code, (float(low[0]), float(low[1])), vertical)
