"""The numbers of the air model, from data/air*.json, where each has its source."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from citiverse.city.defaults import Defaults
from citiverse.geometry.arrays import FloatArray

POLLUTANTS = ("no2", "pm25", "pm10")
EMITTED = ("nox", "pm25", "pm10")
TYPES = ("open", "one_sided", "wide_canyon", "narrow_canyon")
_UNKNOWN = "EU"
_MIDDLE_OF_YEAR = 0.5
_CLASSES = ("3", "4", "5", "6abc", "6d")  # of the Tier 2 factors


@dataclass(frozen=True, slots=True)
class StreetTypes:
    """Coefficients of the dilution on streets, shape (types,) in the order of TYPES."""

    a: FloatArray
    b: FloatArray
    c: FloatArray
    alpha: FloatArray
    reach_m: FloatArray


@dataclass(frozen=True, slots=True)
class Background:
    """Annual means over the roofs, µg/m³, and wind at 10 m, m/s; `guessed` names the country they are guessed for."""

    no2: float
    pm25: float
    pm10: float
    o3: float
    wind: float
    guessed: str


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """What a mean vehicle emits, g/km: rows are EMITTED, columns `speeds_kmh`."""

    speeds_kmh: FloatArray
    light_exhaust: FloatArray
    light_wear: FloatArray
    heavy_exhaust: FloatArray
    heavy_wear: FloatArray


@cache
def tables() -> Mapping[str, Any]:
    """All coefficients as they stand in the files."""
    folder = resources.files("citiverse.impact").joinpath("data")
    names = {"method": "air.json", "exhaust": "air_exhaust.json", "places": "air_places.json"}
    return {key: json.loads(folder.joinpath(name).read_text(encoding="utf-8")) for key, name in names.items()}


@cache
def street_types() -> StreetTypes:
    """The four kinds of street of SRM-1."""
    rows = [tables()["method"]["street"]["types"][each] for each in TYPES]
    return StreetTypes(*(np.array([float(row[key]) for row in rows]) for key in ("a", "b", "c", "alpha", "reach_m")))


def background(defaults: Defaults) -> Background:
    """Background of the scene's country."""
    known = tables()["places"]["background"]["countries"]
    country = defaults.country if defaults.country in known else _UNKNOWN
    row = known[country]
    return Background(
        float(row["no2"]), float(row["pm25"]), float(row["pm10"]), float(row["o3"]), float(row["wind"]), country
    )


def fleet(defaults: Defaults) -> dict[str, float]:
    """Shares of vehicle-kilometres by class ("car_diesel_5"); light ones add up to 1, and so do trucks."""
    rules = tables()["places"]["fleet"]
    country = rules["countries"].get(defaults.country, rules["countries"][_UNKNOWN])
    electric = country["electric"] + rules["electric_gain_per_year"] * (defaults.fleet_year - rules["electric_year"])
    electric = min(max(electric, 0.0), 1.0)
    burning = (1.0 - electric) / (country["petrol"] + country["diesel"])
    age = rules["distance_weight"] * country["age"]
    vans = rules["vans_in_light"]
    shares = {"car_electric": (1.0 - vans) * electric, "van_electric": vans * rules["electric_van_share"] * electric}
    groups = {
        "car_petrol": ("light", (1.0 - vans) * country["petrol"] * burning, age),
        "car_diesel": ("light", (1.0 - vans) * country["diesel"] * burning, age),
        "van_diesel": ("light", vans - shares["van_electric"], age),
        "truck": ("heavy", 1.0, age * rules["truck_age_to_car_age"]),
    }
    for group, (kind, share, mean_age) in groups.items():
        for name, part in _by_class(rules["from"][kind], defaults.fleet_year, mean_age).items():
            shares[f"{group}_{name}"] = share * part
    return shares


def _by_class(since: Mapping[str, float], year: int, mean_age: float) -> dict[str, float]:
    """Shares of classes; those registered `x` years ago drive exp(-x / mean_age) of what new ones do."""
    now = year + _MIDDLE_OF_YEAR
    oldest, names = 1.0, ("3", *since)
    older = [math.exp(-max(now - start, 0.0) / mean_age) for start in since.values()]
    shares = np.diff([0.0, *older, oldest])
    return dict(zip(names, shares.tolist(), strict=True))


def factors(defaults: Defaults) -> Factors:
    """Emission of the mean light and heavy vehicle of the scene's country and year."""
    table = tables()["exhaust"]
    speeds = np.array(table["speeds_kmh"], dtype=np.float64)
    exhaust = {"light": np.zeros((len(EMITTED), len(speeds))), "heavy": np.zeros((len(EMITTED), len(speeds)))}
    for name, share in fleet(defaults).items():
        if not name.endswith("_electric"):
            nox, particles = exhaust_curve(name)
            exhaust["heavy" if name.startswith("truck") else "light"] += share * np.array([nox, particles, particles])
    vans = tables()["places"]["fleet"]["vans_in_light"]
    light = (1.0 - vans) * _wear("car", speeds) + vans * _wear("van", speeds)
    return Factors(speeds, exhaust["light"], light, exhaust["heavy"], _truck_wear(speeds))


@cache
def exhaust_curve(name: str) -> tuple[FloatArray, FloatArray]:
    """NOx and particles in g/km over speed of one class, such as "van_diesel_5"."""
    table = tables()["exhaust"]
    curves = table["curves"]
    group, _, euro = name.rpartition("_")
    if name in curves:
        row = curves[name]
        return np.array(row["nox"]), _particles(row["pm"])
    if euro == "6dtemp":
        return exhaust_curve(f"{group}_6abc")
    known = "5" if group == "car_petrol" else "6abc"
    tier_2 = table["tier_2_nox"][group]
    ratio = tier_2[_CLASSES.index(euro)] / tier_2[_CLASSES.index(known)]
    nox, particles = exhaust_curve(f"{group}_{known}")
    rules = table["particles_without_curve"]
    if group == "van_diesel" and euro in ("3", "4"):
        particles = rules["van_to_car"] * exhaust_curve(f"car_diesel_{euro}")[1]
    elif group == "truck" and euro in ("3", "4", "5"):
        particles = np.full_like(particles, rules["truck_3_g_km"] * (1.0 if euro == "3" else rules["truck_4_and_5"]))
    return ratio * nox, particles


def _particles(row: list[float] | str) -> FloatArray:
    return exhaust_curve(row)[1] if isinstance(row, str) else np.array(row)


def _wear(vehicle: str, speeds: FloatArray) -> FloatArray:
    """Wear of tyres, brakes and road in g/km, shape (EMITTED, speeds); a car's or van's."""
    table = tables()["exhaust"]["wear"]
    return _split(table[vehicle]["tyre"], table[vehicle]["brake"], table[vehicle]["road"], speeds)


def _truck_wear(speeds: FloatArray) -> FloatArray:
    """EMEP/EEA 1.A.3.b.vi: trucks by their axles and load, from what cars wear."""
    table = tables()["exhaust"]["wear"]
    tyre = 0.5 * table["truck_axles"] * (1.41 + 1.38 * table["truck_load"]) * table["car"]["tyre"]
    brake = 1.956 * (1.0 + 0.79 * table["truck_load"]) * table["car"]["brake"]
    return _split(tyre, brake, table["road_truck"], speeds)


def _split(tyre: float, brake: float, road: float, speeds: FloatArray) -> FloatArray:
    """EMEP/EEA 1.A.3.b.vi, correction for speed: more wear in slow traffic, for it brakes and turns more."""
    table = tables()["exhaust"]["wear"]
    tyre_by_speed = tyre * np.clip(1.78 - 0.00974 * speeds, 0.902, 1.39)
    brake_by_speed = brake * np.clip(2.75 - 0.0270 * speeds, 0.185, 1.67)
    sizes = [
        tyre_by_speed * table[size]["tyre"] + brake_by_speed * table[size]["brake"] + road * table[size]["road"]
        for size in ("pm25", "pm10")
    ]
    return np.array([np.zeros_like(speeds), *sizes])
