"""What may be built where: zones of a plan with their rules, and parcels."""

from dataclasses import dataclass
from typing import Literal

from shapely import MultiPolygon, Polygon

ZoneUse = Literal[
    "residential", "mixed", "commercial", "industrial", "public", "green", "agricultural", "transport", "water",
    "special", "",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """An area of a plan; a rule that is None is not set there.

    `max_height_m` is from the ground to the top; `max_coverage` the share of a parcel that buildings may cover (in
    Germany GRZ), `max_floor_ratio` the gross floor area over the area of the parcel (GFZ), `min_green_share` the
    share of a parcel that stays unsealed. `said` is the use in the plan's own words.
    """

    id: str
    geometry: Polygon | MultiPolygon
    use: ZoneUse = ""
    said: str = ""
    name: str = ""
    max_height_m: float | None = None
    max_levels: float | None = None
    max_coverage: float | None = None
    max_floor_ratio: float | None = None
    min_green_share: float | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A piece of land of the cadastre; `public` says whether it is the public's, None where not told."""

    id: str
    geometry: Polygon | MultiPolygon
    number: str = ""
    use: str = ""
    public: bool | None = None
    source: str = ""
