"""Weather files of EnergyPlus (.epw): a typical year, hour by hour.

Fields and the numbers that mark a missing value: EnergyPlus, Auxiliary Programs, "EnergyPlus Weather File (EPW) Data
Dictionary".
"""

import math
from pathlib import Path

import numpy as np

from citiverse.city.facts import Facts
from citiverse.city.weather import Weather
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import Reading, Site

LARGEST_BYTES = 20_000_000
HOURS = (8760, 8784)
FAR_KM = 100.0
# name -> column, and the value from which on it is missing
_COLUMNS = {
    "temperature_c": (6, 99.9), "dew_point_c": (7, 99.9), "humidity_percent": (8, 999.0), "pressure_pa": (9, 999999.0),
    "infrared_wm2": (12, 9999.0), "global_wm2": (13, 9999.0), "direct_wm2": (14, 9999.0), "diffuse_wm2": (15, 9999.0),
    "wind_from_deg": (20, 999.0), "wind_ms": (21, 999.0), "cloud_share": (22, 99.0),
}  # fmt: skip
_SANE = {"temperature_c": (-70.0, 70.0), "wind_ms": (0.0, 100.0), "pressure_pa": (31000.0, 120000.0)}


def is_epw(head: bytes, name: str) -> bool:
    """Whether the first bytes of a file are those of a weather file."""
    return head.lstrip(b"\xef\xbb\xbf").startswith(b"LOCATION,")


def read_epw(path: Path, site: Site) -> Reading:
    """The weather of a file. Raises ImportRefused when it is broken."""
    if path.stat().st_size > LARGEST_BYTES:
        raise ImportRefused(f"{path.name} is larger than {LARGEST_BYTES / 1e6:.0f} MB: no weather file of one year is.")
    lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").splitlines()
    place, lon, lat, zone_h, elevation_m = _location(lines[0], path.name)
    rows = [line.split(",") for line in lines[8:] if line.strip()]
    if len(rows) not in HOURS:
        raise ImportRefused(f"{path.name} has {len(rows):,} hours; a year has 8,760. Is it complete?")
    narrow = next((n for n, row in enumerate(rows, 9) if len(row) < 23), None)
    if narrow is not None:
        raise ImportRefused(f"{path.name}: line {narrow} has fewer than 23 values.")
    values = {name: _column(rows, at, missing, name, path.name) for name, (at, missing) in _COLUMNS.items()}
    clock = [_column(rows, at, math.inf, "date", path.name).astype(np.int64) for at in (1, 2, 3)]
    unknown = [name for name in ("temperature_c", "wind_ms") if np.isnan(values[name]).all()]
    if unknown:
        raise ImportRefused(f"{path.name} does not know {' and '.join(unknown)} in any hour.")
    away_km = _distance_km(lon, lat, site)
    if away_km > FAR_KM:
        site.tally.repaired("weather", place, f"its station is {away_km:,.0f} km from the scene")
    else:
        site.tally.built("weather")
    weather = Weather(
        place=place, lon=lon, lat=lat, elevation_m=elevation_m, zone_h=zone_h,
        month=clock[0], day=clock[1], hour=(clock[2] - 1) % 24,
        **{name: each for name, each in values.items() if name != "cloud_share"},
        cloud_share=values["cloud_share"] / 10.0,
        source=site.source,
    )  # fmt: skip
    return Reading([], site.defaults, "EPSG:4326", facts=Facts(weather=weather))


def _location(line: str, file: str) -> tuple[str, float, float, float, float]:
    """Name, longitude, latitude, hours ahead of UTC, height."""
    said = [each.strip() for each in line.split(",")]
    try:
        lat, lon, zone_h, elevation_m = (float(each) for each in said[6:10])
    except ValueError as error:
        raise ImportRefused(f"{file}: its first line should say latitude, longitude, zone and height.") from error
    if not (abs(lat) <= 90.0 and abs(lon) <= 180.0 and abs(zone_h) <= 14.0 and math.isfinite(elevation_m)):
        raise ImportRefused(f"{file}: {lat:g}, {lon:g} in its first line is no place on Earth.")
    return said[1] or file, lon, lat, zone_h, elevation_m


def _column(rows: list[list[str]], at: int, missing: float, name: str, file: str) -> FloatArray:
    try:
        values = np.array([float(row[at]) for row in rows])
    except ValueError as error:
        raise ImportRefused(f"{file}: {name} holds something that is not a number.") from error
    low, high = _SANE.get(name, (-math.inf, math.inf))
    return np.where((values >= missing) | (values < low) | (values > high), np.nan, values)


def _distance_km(lon: float, lat: float, site: Site) -> float:
    west, south, east, north = site.cut
    middle = west + ((east - west) % 360.0) / 2, (south + north) / 2
    a, b = math.radians(lat), math.radians(middle[1])
    turn = math.radians(lon - middle[0])
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(turn)
    return 6371.0 * math.acos(min(1.0, max(-1.0, cosine)))
