"""How many people live in a building, where nobody has counted them."""

from citiverse.city.defaults import Defaults
from citiverse.city.feature import Building

# Share of the floor that is homes; the half of mixed buildings is our own default.
HOMES_SHARE = {"residential": 1.0, "apartments": 1.0, "house": 1.0, "mixed": 0.5}


def floor_area_m2(building: Building) -> float:
    """Gross floor area: footprint times levels."""
    return float(building.geometry.area) * max(building.levels, 0.0)


def residents(building: Building, defaults: Defaults) -> float:
    """People who live in a building: its homes if known, else its floor by the scene's floor area of a home."""
    homes = building.homes
    if homes is None:
        homes = floor_area_m2(building) * HOMES_SHARE.get(building.use, 0.0) / defaults.floor_area_per_home_m2
    return max(homes, 0.0) * defaults.residents_per_home
