"""Where people live, as somebody has counted them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citiverse.geometry.arrays import FloatArray

PlaceArray = NDArray[np.object_]  # of shapely Points, Polygons or MultiPolygons


@dataclass(frozen=True, slots=True, eq=False)
class AgeGroup:
    """How many of the people at each place are from `low` up to and with `high` years old (None: and older)."""

    low: int
    high: int | None
    people: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Residents by place, each an area (a cell of a grid, a district) or a point (an address).

    `places`, shape (n,), in the scene's metres; `people`, shape (n,), residents in the whole of each, not
    negative. Areas that reach beyond the scene are kept whole. `source` is the key of the city's source.
    """

    places: PlaceArray
    people: FloatArray
    source: str
    ages: tuple[AgeGroup, ...] = ()
    year: int | None = None

    @property
    def total(self) -> float:
        """All of them."""
        return float(self.people.sum())
