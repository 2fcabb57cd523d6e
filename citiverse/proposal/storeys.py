"""How high storeys and roofs are, and how many live and work in a building, where nobody has said."""

import math

from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.city.feature import Building, BuildingUse, RoofShape
from citiverse.proposal.ground import short_side_m

STOREY_M = 3.0  # the 3 m a level of OpenStreetMap's "Simple 3D Buildings"
_STOREY_M: dict[BuildingUse, float] = {"office": 3.6, "retail": 4.0, "commercial": 4.0, "industrial": 5.0}  # assumed
PITCH_DEG = 30.0  # assumed; usual for tiles
SKILLION_PITCH_DEG = 10.0  # assumed
LARGEST_ROOF_SHARE = 0.4  # of the whole height
HOME_SHARE: dict[BuildingUse, float] = {
    "residential": 1.0,
    "apartments": 1.0,
    "house": 1.0,
    "mixed": 0.7,
}  # fmt: skip    the rest of a mixed building, its ground floor, is shops or offices: assumed

# Floor area per full-time job: Homes & Communities Agency, Employment Density Guide, 3rd edition (November 2015):
# offices 12 (B1a, professional services), shops 15-20 (A1), light industry 47 (B1c); schools and others: assumed.
FLOOR_PER_JOB_M2: dict[BuildingUse, float] = {
    "office": 12.0, "retail": 17.5, "commercial": 17.5, "industrial": 47.0, "mixed": 17.5, "school": 60.0,
    "hospital": 40.0, "public": 30.0, "hotel": 60.0,
}  # fmt: skip
LEAST_HOME_M2, LEAST_JOB_M2 = 10.0, 2.0  # gross floor; less is a mistake
NET_SHARE = 0.85  # of the gross floor area is in use: same guide, net to gross 80-85 %


def storey_m(use: BuildingUse) -> float:
    """Usual height of a storey."""
    return _STOREY_M.get(use, STOREY_M)


def roof_rise_m(shape: RoofShape, footprint: BaseGeometry) -> float:
    """Usual height of a roof from its eaves to its top."""
    side = short_side_m(footprint)
    match shape:
        case "flat":
            return 0.0
        case "skillion":
            return side * math.tan(math.radians(SKILLION_PITCH_DEG))
        case "dome" | "round":
            return side / 2.0
        case _:
            return side / 2.0 * math.tan(math.radians(PITCH_DEG))


def floor_area_m2(building: Building) -> float:
    """Gross floor area: footprint times storeys."""
    return float(building.geometry.area) * building.levels


def usual_homes(city: City, use: BuildingUse, floor_m2: float) -> float:
    """Homes in so much floor, whole ones, and one at least in what is built for living."""
    share = HOME_SHARE.get(use, 0.0)
    return float(max(round(floor_m2 * share / city.defaults.floor_area_per_home_m2), 1)) if share else 0.0


def usual_jobs(use: BuildingUse, floor_m2: float) -> float:
    """Jobs on so much floor."""
    if use not in FLOOR_PER_JOB_M2:
        return 0.0
    return float(round(floor_m2 * NET_SHARE * (1.0 - HOME_SHARE.get(use, 0.0)) / FLOOR_PER_JOB_M2[use]))
