"""Sound power of trams (CNOSSOS-EU, Directive 2002/49/EC, Annex II, 2.3): what wheels and rails make of roughness."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from citiverse.geometry.arrays import FloatArray
from citiverse.impact.noise.emission import BANDS_HZ

LEAST_KMH = 30.0  # 2.3.2: slower trams and light metros sound as they would at this speed
_THIRDS_HZ = 10.0 ** ((17.0 + np.arange(24)) / 10.0)  # 50 Hz to 10 kHz
_WAVELENGTHS_M = 10.0 ** ((3.0 - np.arange(35)) / 10.0)  # 2 m to 0.8 mm


@cache
def rail_table() -> Mapping[str, Any]:
    """The spectra of appendix G that trams take, and their source."""
    text = resources.files("citiverse.impact").joinpath("data/cnossos_rail.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


def tram_power(speed_kmh: float, axles: float) -> FloatArray:
    """Sound power of the rolling of one tram in pW per octave band, 0.5 m over the rails; eqs. 2.3.7 to 2.3.9."""
    wheel, rail, contact, by_wheel, by_track = (
        np.array(rail_table()[name]["values"], dtype=np.float64)
        for name in ("wheel_roughness", "rail_roughness", "contact_filter", "wheel_transfer", "track_transfer")
    )
    total = (10.0 ** (wheel / 10.0) + 10.0 ** (rail / 10.0)) * 10.0 ** (contact / 10.0)
    # Eq. 2.3.7 and the text after it: energy between the two bands of wavelength that a band of frequency lies between.
    heard_hz = max(speed_kmh, LEAST_KMH) / 3.6 / _WAVELENGTHS_M
    roughness = np.interp(np.log(_THIRDS_HZ), np.log(heard_hz), total)
    thirds = roughness * (10.0 ** (by_wheel / 10.0) + 10.0 ** (by_track / 10.0)) * axles
    octaves: FloatArray = thirds.reshape(len(BANDS_HZ), 3).sum(axis=1)
    return octaves


def track_energy(trams_per_h: FloatArray, speed_kmh: float, axles: float) -> FloatArray:
    """Sound power of a track per metre in pW, eq. 2.3.2: shape (..., 8) for `trams_per_h` of shape (...)."""
    energy: FloatArray = np.asarray(trams_per_h)[..., None] * tram_power(speed_kmh, axles) / (1000.0 * speed_kmh)
    return energy
