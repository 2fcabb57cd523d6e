"""Sound power of road traffic (CNOSSOS-EU, Directive 2002/49/EC, Annex II, 2.2)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from citiverse.geometry.arrays import FloatArray

Version = Literal["2015", "2021"]
Junction = Literal["none", "crossing", "roundabout"]

BANDS_HZ = (63, 125, 250, 500, 1000, 2000, 4000, 8000)
CATEGORIES = ("1", "2", "3", "4a", "4b")  # light, medium heavy, heavy, mopeds, motorcycles: table 2.2.a
CURRENT: Version = "2021"

REFERENCE_SPEED_KMH = 70.0  # 2.2.3
SLOWEST_KMH = 20.0  # 2.2.3: slower traffic has the power it would have at 20 km/h
REFERENCE_TEMPERATURE_C = 20.0  # 2.2.3
TEMPERATURE_DB_PER_K = np.array([0.08, 0.04, 0.04, 0.0, 0.0])  # 2.2.4, under eq. 2.2.10
STUDDED_SPEEDS_KMH = (50.0, 90.0)  # eq. 2.2.6
STEEPEST_PERCENT = 12.0  # eqs. 2.2.13 to 2.2.15
JUNCTION_REACH_M = 100.0  # eqs. 2.2.17 and 2.2.18


class UnknownSurface(ValueError):
    """A road surface that the table of coefficients lacks."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Correction by a road surface: `alpha_db`, shape (5, 8), and its dependence on speed `beta_db`, shape (5,)."""

    name: str
    alpha_db: FloatArray
    beta_db: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """Tables F-1 to F-4 of one version of the directive; vehicles' arrays have shape (5, 8), junctions' (5,)."""

    version: Version
    source: str
    rolling: FloatArray
    rolling_speed: FloatArray
    propulsion: FloatArray
    propulsion_speed: FloatArray
    studded: FloatArray
    studded_speed: FloatArray
    junction_rolling: Mapping[Junction, FloatArray]
    junction_propulsion: Mapping[Junction, FloatArray]
    surfaces: Mapping[str, Surface]

    def surface(self, key: str) -> Surface:
        """The surface of this key. Raises UnknownSurface."""
        if key not in self.surfaces:
            raise UnknownSurface(
                f"The road surface {key} is not in the {self.version} table ({', '.join(self.surfaces)})."
            )
        return self.surfaces[key]


@lru_cache(maxsize=4)
def coefficients(version: Version = CURRENT) -> Coefficients:
    """The directive's coefficients as of 2015 (2015/996) or 2021 (as amended by 2021/1226)."""
    text = resources.files("citiverse.impact").joinpath("data/cnossos_road.json").read_text(encoding="utf-8")
    table = json.loads(text)["versions"][version]
    vehicles = [table["vehicles"][category] for category in CATEGORIES]

    def spectrum(key: str) -> FloatArray:
        return np.array([vehicle[key] for vehicle in vehicles], dtype=np.float64)

    def at_junctions(key: str) -> dict[Junction, FloatArray]:
        kinds: tuple[Junction, Junction] = ("crossing", "roundabout")
        return {kind: np.array([vehicle[key][kind] for vehicle in vehicles], dtype=np.float64) for kind in kinds}

    return Coefficients(
        version=version,
        source=table["source"],
        rolling=spectrum("AR"),
        rolling_speed=spectrum("BR"),
        propulsion=spectrum("AP"),
        propulsion_speed=spectrum("BP"),
        studded=np.array(vehicles[0]["studded_a"], dtype=np.float64),
        studded_speed=np.array(vehicles[0]["studded_b"], dtype=np.float64),
        junction_rolling=at_junctions("CR"),
        junction_propulsion=at_junctions("CP"),
        surfaces={key: _surface(entry) for key, entry in table["surfaces"].items()},
    )


def _surface(entry: Mapping[str, Any]) -> Surface:
    neutral = {"alpha": [0.0] * len(BANDS_HZ), "beta": 0.0}
    rows = [entry.get(category, neutral) for category in CATEGORIES]
    return Surface(
        entry["name"],
        np.array([row["alpha"] for row in rows], dtype=np.float64),
        np.array([row["beta"] for row in rows], dtype=np.float64),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """What of a road bears on the sound of its vehicles.

    `gradient_percent` is positive uphill in the direction of traffic. `studded_share` of light vehicles drive on
    studded tyres during `studded_months` of the year. A junction matters within 100 m.
    """

    surface: str = "DEF"
    temperature_c: float = REFERENCE_TEMPERATURE_C
    gradient_percent: float = 0.0
    studded_share: float = 0.0
    studded_months: float = 0.0
    junction: Junction = "none"
    junction_distance_m: float = JUNCTION_REACH_M


def vehicle_power(speed_kmh: ArrayLike, road: Road, table: Coefficients) -> FloatArray:
    """Sound power of one vehicle of each category in dB re 1 pW per octave band, eqs. 2.2.2 to 2.2.20.

    `speed_kmh` has shape (..., 5), the result (..., 5, 8). Raises UnknownSurface.
    """
    speed = np.maximum(np.asarray(speed_kmh, dtype=np.float64), SLOWEST_KMH)[..., None]
    relative = speed / REFERENCE_SPEED_KMH
    surface = table.surface(road.surface)

    rolling = table.rolling + table.rolling_speed * np.log10(relative)
    rolling = rolling + surface.alpha_db + surface.beta_db[:, None] * np.log10(relative)  # eq. 2.2.19
    rolling = rolling + (TEMPERATURE_DB_PER_K * (REFERENCE_TEMPERATURE_C - road.temperature_c))[:, None]  # eq. 2.2.10
    rolling[..., 0, :] += _studded(speed[..., 0, :], road, table)

    propulsion = table.propulsion + table.propulsion_speed * (relative - 1.0)
    propulsion = propulsion + np.minimum(surface.alpha_db, 0.0)  # eq. 2.2.20
    propulsion = propulsion + gradient_gain(speed[..., 0], road.gradient_percent)[..., None]

    if road.junction != "none":
        nearness = max(1.0 - abs(road.junction_distance_m) / JUNCTION_REACH_M, 0.0)
        rolling = rolling + (table.junction_rolling[road.junction] * nearness)[:, None]  # eq. 2.2.17
        propulsion = propulsion + (table.junction_propulsion[road.junction] * nearness)[:, None]  # eq. 2.2.18

    power = 10.0 * np.log10(10.0 ** (rolling / 10.0) + 10.0 ** (propulsion / 10.0))
    power[..., 3:, :] = propulsion[..., 3:, :]  # eq. 2.2.3: of two-wheelers only the engine counts
    return power


def _studded(speed_kmh: FloatArray, road: Road, table: Coefficients) -> FloatArray:
    """Eqs. 2.2.6 to 2.2.8 for light vehicles; `speed_kmh` has shape (..., 1)."""
    yearly_share = road.studded_share * road.studded_months / 12.0
    within = np.clip(speed_kmh, *STUDDED_SPEEDS_KMH) / REFERENCE_SPEED_KMH
    louder = table.studded + table.studded_speed * np.log10(within)
    gain: FloatArray = 10.0 * np.log10((1.0 - yearly_share) + yearly_share * 10.0 ** (louder / 10.0))
    return gain


def gradient_gain(speed_kmh: FloatArray, gradient_percent: float) -> FloatArray:
    """How much louder engines are uphill and brakes downhill, dB, eqs. 2.2.13 to 2.2.16. Shapes (..., 5)."""
    up = min(max(gradient_percent, 0.0), STEEPEST_PERCENT)
    down = min(max(-gradient_percent, 0.0), STEEPEST_PERCENT)
    v = np.asarray(speed_kmh, dtype=np.float64)
    gain = np.zeros_like(v)
    gain[..., 0] = max(down - 6.0, 0.0) + max(up - 2.0, 0.0) / 1.5 * v[..., 0] / 100.0
    gain[..., 1] = max(down - 4.0, 0.0) / 0.7 * (v[..., 1] - 20.0) / 100.0 + up * v[..., 1] / 100.0
    gain[..., 2] = max(down - 4.0, 0.0) / 0.5 * (v[..., 2] - 10.0) / 100.0 + up / 0.8 * v[..., 2] / 100.0
    return gain


def line_energy(
    vehicles_per_h: ArrayLike, speed_kmh: ArrayLike, road: Road, table: Coefficients | None = None
) -> FloatArray:
    """Sound power of a stream of traffic per metre of road in pW/m per octave band, eq. 2.2.1.

    Both inputs have shape (..., 5), the result (..., 8); no traffic has no power. Raises UnknownSurface.
    """
    speed = np.maximum(np.asarray(speed_kmh, dtype=np.float64), SLOWEST_KMH)
    per_vehicle = 10.0 ** (vehicle_power(speed, road, table or coefficients()) / 10.0)
    density_per_m = np.asarray(vehicles_per_h, dtype=np.float64) / (1000.0 * speed)
    energy: FloatArray = (per_vehicle * density_per_m[..., None]).sum(axis=-2)
    return energy


def line_level(
    vehicles_per_h: ArrayLike, speed_kmh: ArrayLike, road: Road, table: Coefficients | None = None
) -> FloatArray:
    """Sound power of a stream of traffic in dB re 1 pW per metre and octave band; -inf without traffic."""
    with np.errstate(divide="ignore"):
        level: FloatArray = 10.0 * np.log10(line_energy(vehicles_per_h, speed_kmh, road, table))
    return level
