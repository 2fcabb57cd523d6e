"""A scene's frame for clients without a projection library."""

import numpy as np

from citiverse.city.change import Bounds
from citiverse.city.frame import Frame
from citiverse.geometry.arrays import FloatArray
from citiverse.session.messages import Json

_SAMPLES = 15  # along each side, for the fit; twice as many to check it


def lonlat_bounds(frame: Frame, bounds: Bounds) -> Bounds:
    """West, south, east, north in degrees around bounds in the scene's metres."""
    lonlat = frame.to_lonlat(_raster(bounds, _SAMPLES))
    (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
    return float(west), float(south), float(east), float(north)


def affine(frame: Frame, bounds: Bounds) -> Json:
    """Local metres as a polynomial of degrees: x - x0 = m·(a, b) + q·(a², a·b, b²), a and b counted from `lonlat`.

    Fitted by least squares over the bounds and a fifth around them; `max_error_m` is the largest error there.
    """
    west, south, east, north = bounds
    margin = 0.2 * max(east - west, north - south, 100.0)
    wide = (west - margin, south - margin, east + margin, north + margin)
    centre = np.array([[(west + east) / 2, (south + north) / 2]])
    lonlat = frame.to_lonlat(centre)[0]

    def terms(points: FloatArray) -> FloatArray:
        a, b = (frame.to_lonlat(points) - lonlat).T
        return np.column_stack([np.ones_like(a), a, b, a * a, a * b, b * b])

    points = _raster(wide, _SAMPLES)
    matrix = terms(points)
    scale = np.abs(matrix).max(axis=0)
    coefficients = np.linalg.lstsq(matrix / scale, points, rcond=None)[0] / scale[:, None]
    check = _raster(wide, 2 * _SAMPLES)
    error = np.hypot(*(terms(check) @ coefficients - check).T).max()
    return {
        "lonlat": lonlat.tolist(),
        "xy": coefficients[0].tolist(),
        "m": coefficients[1:3].T.tolist(),
        "q": coefficients[3:].T.tolist(),
        "max_error_m": float(error),
    }


def frame_json(frame: Frame, bounds: Bounds) -> Json:
    """The frame as the manifest tells it; `transform` is 4 x 4, column-major, local metres to EPSG:4978."""
    west, south, east, north = bounds
    matrix = frame.geocentric_matrix(((west + east) / 2, (south + north) / 2))
    return {
        "epsg": frame.epsg,
        "origin": list(frame.origin),
        "vertical": frame.vertical,
        "transform": matrix.T.ravel().tolist(),
        "affine": affine(frame, bounds),
    }


def _raster(bounds: Bounds, samples: int) -> FloatArray:
    west, south, east, north = bounds
    x, y = np.meshgrid(np.linspace(west, east, samples), np.linspace(south, north, samples))
    return np.column_stack([x.ravel(), y.ravel()])
