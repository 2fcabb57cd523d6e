"""Trees among the points that are leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.ndimage import gaussian_filter, maximum_filter
from scipy.spatial import cKDTree
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from citiverse.geometry.arrays import FloatArray, IntArray

CELL_M = 1.0
LEAST_M, MOST_M = 3.0, 50.0  # height of a tree; lower is a hedge, higher no leaf of this country
APART_M = 5.0  # between the tops of two trees
LEAST_M2, MOST_M2 = 4.0, 700.0  # of a crown
FROM_HOUSES_M = 1.0  # what lies so near is a roof's edge
WIDEST_M = 15.0  # from the top of a tree to its outermost leaf
BLOCK = 1000  # cells of a square that is looked at in one go
EDGE = 20


@dataclass(frozen=True, slots=True)
class Crown:
    """A tree: where its top is, how high above the ground, and how wide its crown."""

    x: float
    y: float
    height_m: float
    crown_m: float


def crowns(canopy: FloatArray, houses: Sequence[BaseGeometry]) -> list[Crown]:
    """Trees of a canopy, shape (n, 3): x, y and metres above the ground of the highest leaf of each square metre.

    A tree is where the canopy, smoothed, is higher than all around; its crown is the part of the canopy that is nearest
    to it. Leaves on houses are none.
    """
    canopy = canopy[(canopy[:, 2] >= LEAST_M) & (canopy[:, 2] <= MOST_M)]
    if len(houses) and len(canopy):
        around = shapely.buffer(np.array(houses, dtype=object), FROM_HOUSES_M, quad_segs=2)
        on_houses, _ = STRtree(around).query(shapely.points(canopy[:, :2]), predicate="intersects")
        canopy = np.delete(canopy, np.unique(on_houses), axis=0)
    if not len(canopy):
        return []
    cells = np.floor(canopy[:, :2] / CELL_M).astype(np.int64)
    found: list[Crown] = []
    for block in np.unique(cells // BLOCK, axis=0).tolist():
        low = np.array(block) * BLOCK - EDGE
        inside = ((cells >= low) & (cells < low + BLOCK + 2 * EDGE)).all(axis=1)
        found += _in_block(canopy[inside, 2], cells[inside] - low, low)
    return found


def _in_block(heights: FloatArray, cells: IntArray, low: IntArray) -> list[Crown]:
    side = BLOCK + 2 * EDGE
    grid = np.zeros((side, side))
    grid[cells[:, 1], cells[:, 0]] = heights
    # Single leaves between gaps: a square metre without a point takes what its neighbours have.
    filled = np.where(grid > 0.0, grid, maximum_filter(grid, size=3) * 0.8)
    smooth = gaussian_filter(filled, sigma=1.0)
    reach = int(APART_M / CELL_M)
    peaks = (smooth == maximum_filter(smooth, size=reach)) & (smooth >= LEAST_M * 0.6) & (grid > 0.0)
    rows, columns = np.nonzero(peaks)
    if not len(rows):
        return []
    own = _nearest_peak(grid, rows, columns)
    area = np.bincount(own[own >= 0], minlength=len(rows)) * CELL_M**2
    top = np.zeros(len(rows))
    np.maximum.at(top, own[own >= 0], grid[own >= 0])
    trees = []
    for n, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        if not (EDGE <= row < EDGE + BLOCK and EDGE <= column < EDGE + BLOCK and LEAST_M2 <= area[n] <= MOST_M2):
            continue
        x, y = (low + (column, row) + 0.5) * CELL_M
        crown_m = 2.0 * float(np.sqrt(area[n] / np.pi))
        trees.append(Crown(float(x), float(y), round(float(top[n]), 1), round(crown_m, 1)))
    return trees


def _nearest_peak(grid: FloatArray, rows: IntArray, columns: IntArray) -> IntArray:
    """The number of the tree that each leaf is nearest to, -1 where there is none."""
    peaks = np.column_stack([rows, columns])
    leaves = np.argwhere(grid > 0.0)
    distance, nearest = map(np.asarray, cKDTree(peaks).query(leaves, distance_upper_bound=WIDEST_M))
    own = np.full(grid.shape, -1, dtype=np.int64)
    known = np.isfinite(distance)
    own[tuple(leaves[known].T)] = nearest[known]
    return own
