"""A height model as it stands in its file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citiverse.geometry.arrays import FloatArray

LOWEST_M, HIGHEST_M = -450.0, 9000.0  # the shore of the Dead Sea, the top of Everest; anything beyond is a void

Heights = NDArray[np.floating[Any]]
Cut = Callable[[int, int, int, int], Heights]


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Heights at the centres of cells; row 0 is the southernmost.

    `x0`, `y0` are the centre of the south-west cell, `dx`, `dy` the sides of a cell, all in the units of `crs` (from
    `horizontal`). `cut` gives the heights of rows from, to, columns from, to (the ends not included), not a number
    where there is none, times `metres` for metres. `vertical` names the datum, "" where the file does not.
    """

    file: str
    rows: int
    columns: int
    x0: float
    y0: float
    dx: float
    dy: float
    crs: str
    cut: Cut
    vertical: str = ""
    metres: float = 1.0

    def heights(self, rows: tuple[int, int], columns: tuple[int, int]) -> FloatArray:
        """Heights in metres of some rows and columns; what can't be a height is not a number."""
        values = self.cut(*rows, *columns).astype(np.float64) * self.metres
        with np.errstate(invalid="ignore"):
            return np.where((values > LOWEST_M) & (values < HIGHEST_M), values, np.nan)


def cut_of(values: Heights) -> Cut:
    """What gives parts of heights that are all in memory, row 0 the southernmost."""

    def cut(low: int, high: int, left: int, right: int) -> Heights:
        return values[low:high, left:right]

    return cut
