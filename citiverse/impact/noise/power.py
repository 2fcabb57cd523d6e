"""The sound power of streets and tracks from the traffic on them."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.noise.emission import BANDS_HZ, Road, coefficients, line_energy
from citiverse.impact.noise.propagation import STREAMS, SingleArray
from citiverse.impact.noise.rail import track_energy
from citiverse.impact.noise.tracks import Tracks
from citiverse.impact.streets import PERIODS, StreetTraffic

A_WEIGHTING_DB = np.array([-26.2, -16.1, -8.6, -3.2, 0.0, 1.2, 1.0, -1.1])  # IEC 61672-1, table 3
CLASSES = ("light", "heavy", "tram")
ROAD_CLASSES = len(CLASSES) - 1
TRACK_STREAMS = 4  # one for each period; the last one stays empty, for processors add four at a time


@lru_cache(maxsize=1)
def assumptions() -> Mapping[str, Any]:
    """What the noise of a whole city assumes beyond the directive's tables."""
    text = resources.files("citiverse.impact").joinpath("data/cnossos_city.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def stream(period: int, vehicles: int) -> int:
    """Where a class of vehicles in a period stands among the sounds that receivers get: roads' first, then trams'."""
    if vehicles == ROAD_CLASSES:
        return ROAD_CLASSES * len(PERIODS) + period
    return ROAD_CLASSES * period + vehicles


def track_power(tracks: Tracks) -> SingleArray:
    """A-weighted sound power per metre in pW of each track, shape (tracks, 8 bands, TRACK_STREAMS); none in tunnels."""
    rules = assumptions()["trams"]
    energy = np.zeros((len(tracks.rails), len(BANDS_HZ), TRACK_STREAMS))
    loud = np.array([not rail.tunnel for rail in tracks.rails], dtype=np.float64)
    by_track = track_energy(tracks.trams_per_h * loud[:, None], float(rules["speed_kmh"]), float(rules["axles"]))
    energy[:, :, : len(PERIODS)] = (by_track * 10.0 ** (A_WEIGHTING_DB / 10.0)).transpose(0, 2, 1)
    return np.ascontiguousarray(energy, dtype=np.float32)


def street_power(traffic: StreetTraffic, temperature_c: float, silent: NDArray[np.bool_]) -> SingleArray:
    """A-weighted sound power per metre in pW, shape (pieces, 8 bands, STREAMS); see `stream`.

    Both directions together: half of the vehicles drive uphill. Pieces marked in `silent`, shape (pieces,), have none.
    """
    count = len(traffic.lines)
    energy = np.zeros((count, len(BANDS_HZ), STREAMS))
    steepness = np.rint(np.abs(traffic.gradient_percent)).astype(np.int64)
    surfaces = np.array([_surface(name) for name in traffic.surfaces], dtype=object)
    kinds = sorted({(str(surface), int(percent)) for surface, percent in zip(surfaces, steepness, strict=True)})
    for surface, percent in kinds:
        chosen = np.flatnonzero((surfaces == surface) & (steepness == percent))
        for sign in (1.0, -1.0) if percent else (1.0,):
            road = Road(surface=surface, temperature_c=temperature_c, gradient_percent=sign * percent)
            energy[chosen] += _streams(traffic, chosen, road) * (0.5 if percent else 1.0)
    energy *= 10.0 ** (A_WEIGHTING_DB / 10.0)[:, None]
    energy[silent] = 0.0
    return np.ascontiguousarray(energy, dtype=np.float32)


def _surface(name: str) -> str:
    return str(assumptions()["surfaces"].get(name, "DEF"))


def _streams(traffic: StreetTraffic, chosen: IntArray, road: Road) -> FloatArray:
    """Sound power of all streams on some pieces, shape (pieces, 8, STREAMS)."""
    medium = float(assumptions()["traffic"]["medium_share_of_heavy"])
    energy = np.zeros((len(chosen), len(BANDS_HZ), STREAMS))
    for period in range(len(PERIODS)):
        vehicles = np.zeros((ROAD_CLASSES, len(chosen), 5))
        speeds = np.zeros((ROAD_CLASSES, len(chosen), 5))
        vehicles[0, :, 0] = traffic.light_per_h[chosen, period]
        speeds[0] = traffic.light_kmh[chosen, period, None]
        vehicles[1, :, 1] = medium * traffic.heavy_per_h[chosen, period]
        vehicles[1, :, 2] = (1.0 - medium) * traffic.heavy_per_h[chosen, period]
        speeds[1] = traffic.heavy_kmh[chosen, period, None]
        for each in range(ROAD_CLASSES):
            energy[:, :, stream(period, each)] = line_energy(vehicles[each], speeds[each], road, coefficients())
    return energy
