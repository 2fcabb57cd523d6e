"""What the traffic on each piece of street emits over a year."""

import numpy as np

from citiverse.geometry.arrays import FloatArray
from citiverse.impact.air.coefficients import EMITTED, Factors
from citiverse.impact.streets import PERIOD_HOURS, StreetTraffic

KINDS = ("light_exhaust", "heavy_exhaust", "light_wear", "heavy_wear")
_UG_M_S = 1e6 / 1000.0 / 3600.0  # micrograms per metre and second of one gram per kilometre and hour


def emissions(traffic: StreetTraffic, factors: Factors) -> FloatArray:
    """Annual means in µg per metre and second, shape (pieces, KINDS, EMITTED); NOx counts as NO2.

    Every day is taken for the day of the traffic model.
    """
    hours = np.array(PERIOD_HOURS) / sum(PERIOD_HOURS)
    found = np.zeros((len(traffic.lines), len(KINDS), len(EMITTED)))
    streams = {
        "light": (traffic.light_per_h, traffic.light_kmh, (factors.light_exhaust, factors.light_wear)),
        "heavy": (traffic.heavy_per_h, traffic.heavy_kmh, (factors.heavy_exhaust, factors.heavy_wear)),
    }
    for name, (flow, kmh, (exhaust, wear)) in streams.items():
        for what, table in (("exhaust", exhaust), ("wear", wear)):
            kind = KINDS.index(f"{name}_{what}")
            for pollutant in range(len(EMITTED)):
                rate = np.interp(kmh, factors.speeds_kmh, table[pollutant])
                found[:, kind, pollutant] = (flow * rate) @ hours * _UG_M_S
    return found
