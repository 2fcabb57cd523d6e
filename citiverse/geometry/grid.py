"""Values on a regular raster of square cells."""

from dataclasses import dataclass

import numpy as np

from citiverse.geometry.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A raster of one quantity in the scene's frame.

    `values` has shape (rows, columns); row 0 is the southernmost. `x0` and `y0` are the metres of the
    south-west corner of the south-west cell, `cell_m` the side of a cell, `unit` the unit of the values.
    Not-a-number marks a cell without a value.
    """

    values: FloatArray
    x0: float
    y0: float
    cell_m: float
    unit: str

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge in metres."""
        rows, columns = self.values.shape
        return self.x0, self.y0, self.x0 + columns * self.cell_m, self.y0 + rows * self.cell_m

    def centres(self) -> FloatArray:
        """Centres of all cells row by row from the south-west, shape (rows * columns, 2), metres."""
        rows, columns = self.values.shape
        x = self.x0 + (np.arange(columns) + 0.5) * self.cell_m
        y = self.y0 + (np.arange(rows) + 0.5) * self.cell_m
        return np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1).reshape(-1, 2)


def sample(grid: Grid, points: FloatArray, *, outside: float) -> FloatArray:
    """Values at `points`, shape (n, 2), metres in the scene's frame; bilinear between cell centres. Result (n,).

    Points off the raster take the nearest cell when less than half a cell away, else `outside`.
    """
    rows, columns = grid.values.shape
    u = (np.asarray(points, dtype=np.float64)[:, 0] - grid.x0) / grid.cell_m - 0.5
    v = (np.asarray(points, dtype=np.float64)[:, 1] - grid.y0) / grid.cell_m - 0.5
    inside = (u >= -1.0) & (u <= columns) & (v >= -1.0) & (v <= rows)
    u = np.clip(np.where(inside, u, 0.0), 0.0, columns - 1.0)
    v = np.clip(np.where(inside, v, 0.0), 0.0, rows - 1.0)
    left = np.minimum(u.astype(np.int64), max(columns - 2, 0))
    low = np.minimum(v.astype(np.int64), max(rows - 2, 0))
    right, high = np.minimum(left + 1, columns - 1), np.minimum(low + 1, rows - 1)
    s, t = u - left, v - low
    values = grid.values
    south = values[low, left] * (1 - s) + values[low, right] * s
    north = values[high, left] * (1 - s) + values[high, right] * s
    return np.where(inside, south * (1 - t) + north * t, outside)
