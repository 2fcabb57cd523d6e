"""The height of the ground."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from citiverse.city.fingerprint import value_print
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.grid import Grid, sample


@dataclass(frozen=True, eq=False)
class Terrain:
    """Ground heights in metres above the frame's vertical datum; without a `grid` the ground is flat at `level_m`."""

    grid: Grid | None = None
    level_m: float = 0.0

    @property
    def flat(self) -> bool:
        """Whether the ground has one height everywhere."""
        return self.grid is None

    @cached_property
    def fingerprint(self) -> int:
        """128-bit hash of the heights, 0 where the ground is flat at 0."""
        return value_print(self) if self.grid is not None or self.level_m else 0

    def heights(self, points: FloatArray) -> FloatArray:
        """Ground height at `points`, shape (n, 2), metres in the scene's frame. Result (n,)."""
        if self.grid is None:
            return np.full(len(points), self.level_m)
        return sample(self.grid, points, outside=self.level_m)
