"""Traffic on streets, as models hand it to each other."""

from dataclasses import dataclass

from shapely import LineString

from citiverse.geometry.arrays import FloatArray

PERIODS = ("day", "evening", "night")
PERIOD_HOURS = (12.0, 4.0, 8.0)  # Directive 2002/49/EC, Annex I: 7-19, 19-23, 23-7 by default


@dataclass(frozen=True, slots=True, eq=False)
class StreetTraffic:
    """Motor traffic on pieces of street, both directions together.

    `lines` are the pieces (metres in the scene's frame) and `road_ids` the roads they belong to. The arrays have shape
    (pieces, 3) for PERIODS: vehicles per hour, light (cars, vans) and heavy (trucks, buses), and speeds in km/h.
    `gradient_percent`, shape (pieces,), is along the line.
    """

    road_ids: tuple[str, ...]
    lines: tuple[LineString, ...]
    light_per_h: FloatArray
    heavy_per_h: FloatArray
    light_kmh: FloatArray
    heavy_kmh: FloatArray
    surfaces: tuple[str, ...]
    gradient_percent: FloatArray
