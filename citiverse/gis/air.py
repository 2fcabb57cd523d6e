"""Background air from rasters and from single places, as a raster over the scene."""

import re

import numpy as np
from scipy.spatial import cKDTree

from citiverse.city.background import Pollutant
from citiverse.city.change import Bounds
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.grid import Grid

CELL_M = 250.0
NEAREST = 8  # places that a cell goes by
MARGIN_M = 500.0
UNIT = "µg/m³"

_POLLUTANTS: tuple[tuple[Pollutant, str], ...] = (
    ("no2", r"no_?2\b|no2|nitrogen_?dioxide|stickstoffdioxid|dioxyde_d_azote|stikstofdioxide"),
    ("nox", r"nox"), ("pm25", r"pm_?2[._p]?5"), ("pm10", r"pm_?10"), ("o3", r"\bo3|_o3|ozon"),
    ("so2", r"so_?2"), ("ec", r"\bec\b|black_carbon|elemental_carbon|roet"),
)  # fmt: skip


def pollutant_in(text: str) -> Pollutant | None:
    """The pollutant that a word or a file's name says, or None."""
    low = text.lower()
    return next((each for each, pattern in _POLLUTANTS if re.search(pattern, low)), None)


def spread(points: FloatArray, bounds: Bounds) -> Grid:
    """Values of places, shape (n, 3) as x, y, value, on cells over the scene.

    Each cell is the mean of its nearest 8 places weighted by the inverse square of their distance (Shepard 1968).
    """
    grid = empty_over(bounds, CELL_M)
    centres = grid.centres()
    count = min(NEAREST, len(points))
    distance, order = cKDTree(points[:, :2]).query(centres, k=[*range(1, count + 1)])
    weight = 1.0 / np.maximum(distance, 1.0) ** 2
    values = (weight * points[:, 2][order]).sum(axis=1) / weight.sum(axis=1)
    return Grid(np.round(values, 4).reshape(grid.values.shape), grid.x0, grid.y0, grid.cell_m, UNIT)


def empty_over(bounds: Bounds, cell_m: float) -> Grid:
    """Cells without values over a scene and its margin."""
    west, south, east, north = bounds
    x0 = np.floor((west - MARGIN_M) / cell_m) * cell_m
    y0 = np.floor((south - MARGIN_M) / cell_m) * cell_m
    rows, columns = int(np.ceil((north + MARGIN_M - y0) / cell_m)), int(np.ceil((east + MARGIN_M - x0) / cell_m))
    return Grid(np.full((rows, columns), np.nan), float(x0), float(y0), cell_m, UNIT)
