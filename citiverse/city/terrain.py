"""The height of the ground."""

from dataclasses import dataclass

import numpy as np

from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.grid import Grid, sample


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """Ground heights in metres above the frame's vertical datum; without a `grid` the ground is flat at `level_m`."""

    grid: Grid | None = None
    level_m: float = 0.0

    @property
    def flat(self) -> bool:
        """Whether the ground has one height everywhere."""
        return self.grid is None

    def heights(self, points: FloatArray) -> FloatArray:
        """Ground height at `points`, shape (n, 2), metres in the scene's frame. Result (n,)."""
        if self.grid is None:
            return np.full(len(points), self.level_m)
        return sample(self.grid, points, outside=self.level_m)
