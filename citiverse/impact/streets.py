"""Traffic on streets, as models hand it to each other."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from citiverse.city.city import City
from citiverse.city.feature import Road
from citiverse.geometry.arrays import FloatArray
from citiverse.impact.model import CannotAssess, Impact

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


def missing_streets(city: City) -> tuple[str, ...]:
    """What a city lacks for models of what cars bring with them."""
    return () if any("car" in road.modes for road in city.all(Road)) else ("streets for cars",)


def street_traffic(city: City, needs: Mapping[str, Impact], unknown: str) -> StreetTraffic:
    """What the traffic model found. Raises CannotAssess, saying what is `unknown` then, where there are no streets."""
    found = needs["traffic"].output
    if not isinstance(found, StreetTraffic) or not found.lines:
        raise CannotAssess(f"{city.title} has no streets with cars, so {unknown}.")
    return found


def in_tunnels(city: City, traffic: StreetTraffic) -> NDArray[np.bool_]:
    """Marks the pieces of street, shape (pieces,), whose noise and air stay in a tunnel."""
    roads = {id: city.get(id) for id in set(traffic.road_ids)}
    tunnels = {id for id, road in roads.items() if isinstance(road, Road) and road.tunnel}
    return np.array([id in tunnels for id in traffic.road_ids], dtype=np.bool_)
