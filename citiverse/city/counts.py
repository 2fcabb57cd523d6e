"""Traffic as somebody has counted it."""

from dataclasses import dataclass
from typing import Literal

Counted = Literal["motor", "bicycle", "foot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficCount:
    """What passes a place in an average day, both directions together unless `heading_deg` says which one.

    `of` is what was counted; `truck_share` that of heavy vehicles in motor traffic, None where not told. `x_m` and
    `y_m` are the scene's metres. `road` is the name or id of the street where the file tells it.
    """

    id: str
    x_m: float
    y_m: float
    of: Counted
    per_day: float
    truck_share: float | None = None
    heading_deg: float | None = None
    road: str = ""
    year: int | None = None
    source: str = ""
