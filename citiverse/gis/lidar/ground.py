"""The ground among points that nobody has sorted."""

import numpy as np
from scipy.ndimage import distance_transform_edt, grey_opening

from citiverse.geometry.arrays import FloatArray

CELL_M = 2.0
WIDEST_M = 40.0  # a house that is wider than this keeps a plateau in its middle
STEP_M, STEEPEST = 0.5, 0.3  # how far above what lies lowest around the ground may be, and more on slopes
MOST_CELLS = 16_000_000


def ground_among(xyz: FloatArray) -> FloatArray:
    """Those of points, shape (n, 3), that lie on the ground: a simple form of the progressive filter of Zhang et al.
    (2003), "A progressive morphological filter for removing nonground measurements from airborne LIDAR data", IEEE
    Transactions on Geoscience and Remote Sensing 41(4): the lowest surface is opened with wider and wider windows,
    and what falls by more than a slope could is not ground.
    """
    if not len(xyz):
        return xyz
    low, high = xyz[:, :2].min(axis=0), xyz[:, :2].max(axis=0)
    cell_m = max(CELL_M, float(np.sqrt(np.prod(high - low) / MOST_CELLS)))
    column, row = np.floor((xyz[:, :2] - low) / cell_m).astype(np.int64).T
    surface = np.full((int(row.max()) + 1, int(column.max()) + 1), np.inf)
    np.minimum.at(surface, (row, column), xyz[:, 2])
    void = ~np.isfinite(surface)
    if void.any():
        nearest = distance_transform_edt(void, return_distances=False, return_indices=True)
        surface = surface[tuple(nearest)]
    side, before = 3, surface
    while side * cell_m <= WIDEST_M:
        opened = grey_opening(before, size=(side, side), mode="nearest")
        limit = STEP_M + STEEPEST * side * cell_m / 4
        before = np.where(before - opened > limit, opened, before)
        side = 2 * side - 1
    kept: FloatArray = xyz[xyz[:, 2] - before[row, column] <= STEP_M]
    return kept
