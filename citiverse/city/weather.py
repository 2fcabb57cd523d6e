"""The weather of a typical year, hour by hour."""

from dataclasses import dataclass

from citiverse.geometry.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Weather:
    """Hourly weather at one station; every array has shape (hours,), 8,760 of them in a usual year.

    `month`, `day` and `hour` (0 to 23, where the hour begins) are local standard time, `zone_h` hours ahead of UTC.
    Irradiance is the mean over the hour in W/m2: `global_wm2` on the horizontal, `direct_wm2` on a plane that
    faces the sun, `diffuse_wm2` from the sky on the horizontal, `infrared_wm2` from the sky. `wind_from_deg` is
    clockwise from north. Not-a-number marks what the file does not know.
    """

    place: str
    lon: float
    lat: float
    elevation_m: float
    zone_h: float
    month: IntArray
    day: IntArray
    hour: IntArray
    temperature_c: FloatArray
    dew_point_c: FloatArray
    humidity_percent: FloatArray
    pressure_pa: FloatArray
    wind_ms: FloatArray
    wind_from_deg: FloatArray
    global_wm2: FloatArray
    direct_wm2: FloatArray
    diffuse_wm2: FloatArray
    infrared_wm2: FloatArray
    cloud_share: FloatArray
    source: str
