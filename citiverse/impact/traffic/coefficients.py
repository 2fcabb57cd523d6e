"""The numbers of the traffic model, from data/traffic.json, where each has its source."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_LINK = "_link"


@dataclass(frozen=True, slots=True)
class StreetClass:
    """A category of streets: `heavy` by day, evening and night is relative to the scene's share of heavy vehicles."""

    capacity_per_h: float
    gate_per_lane: float
    heavy: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashes:
    """Crashes with injuries per million vehicle-km at a speed, and how they grow with it; spreads of both."""

    per_million_km_main: float
    per_million_km_local: float
    main_speed_kmh: float
    local_speed_kmh: float
    spread: float
    speed_power: float
    speed_spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChoice:
    """How much dearer a minute more makes a trip by car, and the spread of that."""

    per_minute: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """The program of all traffic lights: green shares of a cycle."""

    cycle_s: float
    green_at_junctions: float
    green_at_crossings: float

    @property
    def junction_s(self) -> float:
        """Mean wait at a junction."""
        return self.cycle_s * (1.0 - self.green_at_junctions) ** 2 / 2.0

    @property
    def crossing_s(self) -> float:
        """Mean wait at a crossing between junctions."""
        return self.cycle_s * (1.0 - self.green_at_crossings) ** 2 / 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficients:
    """All of them; `sources` cites where they come from."""

    version: str
    sources: tuple[str, ...]
    streets: dict[str, StreetClass]
    links_gate_share: float
    b: float
    power: float
    day_share: float
    evening_share: float
    night_share: float
    peak_hour_share: float
    peak_hours: float
    trips_per_100_m2: dict[str, float]
    trips_per_job: float
    decay_per_min: float
    walked_below_m: float
    detour: float
    speed_kmh: float
    mean_car_trip_km: float
    least_through_share: float
    doubt: float
    busy_per_day: float
    busy_reach_m: float
    crashes: Crashes
    mode_choice: ModeChoice
    bus_peaks_h: tuple[float, float]
    signals: Signals

    def street(self, category: str) -> StreetClass:
        """The class of an OpenStreetMap highway value; slip roads are like their road."""
        return self.streets.get(category.removesuffix(_LINK), self.streets["other"])

    def gate_per_lane(self, category: str) -> float:
        """Vehicles per lane and day where such a street leaves the scene."""
        share = self.links_gate_share if category.endswith(_LINK) else 1.0
        return self.street(category).gate_per_lane * share


@cache
def coefficients() -> Coefficients:
    """Read the coefficients that ship with the package."""
    table = json.loads(resources.files("citiverse.impact").joinpath("data/traffic.json").read_text(encoding="utf-8"))
    streets, hours, buildings = table["streets"], table["hours"], table["buildings"]
    gravity, busy = table["gravity"], table["busy_street"]
    return Coefficients(
        version=table["version"],
        sources=tuple(part["source"] for part in table.values() if isinstance(part, dict)),
        streets={
            name: StreetClass(float(row["capacity_per_h"]), float(row["gate_per_lane"]), tuple(row["heavy"]))
            for name, row in streets["categories"].items()
        },
        links_gate_share=streets["links_gate_share"],
        b=table["delay"]["b"],
        power=table["delay"]["power"],
        day_share=hours["day_share"],
        evening_share=hours["evening_share"],
        night_share=hours["night_share"],
        peak_hour_share=hours["peak_hour_share"],
        peak_hours=hours["peak_hours"],
        trips_per_100_m2=buildings["trips_per_100_m2"],
        trips_per_job=buildings["trips_per_job"],
        decay_per_min=gravity["decay_per_min"],
        walked_below_m=gravity["walked_below_m"],
        detour=gravity["detour"],
        speed_kmh=gravity["speed_kmh"],
        mean_car_trip_km=gravity["mean_car_trip_km"],
        least_through_share=gravity["least_through_share"],
        doubt=table["doubt"]["demand"],
        busy_per_day=busy["vehicles_per_day"],
        busy_reach_m=busy["reach_m"],
        crashes=Crashes(**_numbers(table["crashes"])),
        mode_choice=ModeChoice(**_numbers(table["mode_choice"])),
        bus_peaks_h=tuple(table["buses"]["peaks_begin_h"]),
        signals=Signals(**_numbers(table["signals"])),
    )


def _numbers(part: Mapping[str, float | str]) -> dict[str, float]:
    return {name: float(value) for name, value in part.items() if name != "source"}
