"""The air that comes to a city from elsewhere."""

from dataclasses import dataclass
from typing import Literal

from citiverse.geometry.grid import Grid

Pollutant = Literal["no2", "nox", "pm25", "pm10", "o3", "so2", "ec"]
POLLUTANTS: tuple[Pollutant, ...] = ("no2", "nox", "pm25", "pm10", "o3", "so2", "ec")


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Annual mean of one pollutant without the city's own streets, a raster in ug/m3 over the whole scene."""

    pollutant: Pollutant
    grid: Grid
    source: str
    year: int | None = None
