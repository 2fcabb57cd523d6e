"""The shape of a roof from the points on it."""

import numpy as np

from citiverse.city.feature import Roof
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.cityjson.solids import OVERWHELMING, sloping_shape

CELL_M = 1.0
FLATTEST = 0.14  # 8 degrees; what slopes less is flat
STEEPEST = 2.7  # 70 degrees; what slopes more is a wall
EVEN_M = 0.3  # how much two steps in a row may differ on one plane
FEWEST = 6  # square metres that are needed to tell a slope
EAVES_SHARE = 0.05


def roof_of(points: FloatArray, top_m: float, height_m: float) -> Roof:
    """The nearest simple shape of a roof with these points, shape (n, 3), that ends at `top_m`."""
    heights = _heights(points)
    slope = _slopes(heights)
    known = np.isfinite(slope).all(axis=-1)
    steep = np.hypot(slope[..., 0], slope[..., 1])
    sloping = known & (steep >= FLATTEST) & (steep <= STEEPEST)
    if known.sum() < FEWEST or sloping.sum() <= (1.0 - OVERWHELMING) * 2 * known.sum():
        return Roof()
    down_x, down_y = -slope[sloping, 0], -slope[sloping, 1]
    azimuth = np.degrees(np.arctan2(down_x, down_y)) % 360.0
    main = _commonest(azimuth)
    shape = sloping_shape(azimuth, np.ones(len(azimuth)), main)
    eaves_m = float(np.quantile(heights[np.isfinite(heights)], EAVES_SHARE))
    rise_m = min(max(top_m - eaves_m, 0.0), height_m)
    return Roof(shape=shape, height_m=round(rise_m, 2), direction_deg=round(main, 1))


def _heights(points: FloatArray) -> FloatArray:
    """The median height in each square metre; not a number where there is no point."""
    cells = np.floor((points[:, :2] - points[:, :2].min(axis=0)) / CELL_M).astype(np.int64)
    rows, columns = (cells.max(axis=0) + 1)[::-1].tolist()
    number = cells[:, 1] * columns + cells[:, 0]
    order = np.lexsort((points[:, 2], number))
    number, z = number[order], points[order, 2]
    first = np.flatnonzero(np.r_[True, np.diff(number) != 0])
    count = np.diff(np.r_[first, len(number)])
    grid = np.full(rows * columns, np.nan)
    grid[number[first]] = z[first + count // 2]
    return grid.reshape(rows, columns)


def _slopes(heights: FloatArray) -> FloatArray:
    """Rise to the east and to the north of each cell whose neighbours on both sides lie on one plane with it."""
    wide = np.pad(heights, 1, constant_values=np.nan)
    here = wide[1:-1, 1:-1]
    found = []
    for before, after in ((wide[1:-1, :-2], wide[1:-1, 2:]), (wide[:-2, 1:-1], wide[2:, 1:-1])):
        first, second = here - before, after - here
        with np.errstate(invalid="ignore"):
            even = np.abs(first - second) <= EVEN_M
        found.append(np.where(even, (first + second) / 2.0 / CELL_M, np.nan))
    return np.stack(found, axis=-1)


def _commonest(azimuth_deg: FloatArray) -> float:
    """The direction in which most slopes face: the middle of those in the fullest 20 degrees."""
    turned = (azimuth_deg[:, None] - azimuth_deg[None, :: max(1, len(azimuth_deg) // 200)] + 180.0) % 360.0 - 180.0
    near = np.abs(turned) <= 10.0
    best = int(near.sum(axis=0).argmax())
    middle = azimuth_deg[:: max(1, len(azimuth_deg) // 200)][best]
    return float((middle + np.median(turned[near[:, best], best])) % 360.0)
