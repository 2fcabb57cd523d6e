"""Response functions: how many fall ill of how much."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from citiverse.geometry.arrays import FloatArray

SIGMAS_95 = 1.959964  # half the width of a 95 % interval in standard deviations


@cache
def table() -> Mapping[str, Any]:
    """The numbers of the health model, from data/health.json, where each has its source."""
    text = resources.files("citiverse.impact").joinpath("data/health.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def disturbed(effect: str, level_db: FloatArray) -> FloatArray:
    """Share of people who are highly annoyed ("annoyance", of Lden) or sleep-disturbed ("sleep", of Lnight)."""
    row = table()[effect]
    level = np.clip(level_db, row["from_db"], row["to_db"])
    a, b, c = row["curve"]
    return np.asarray((a + b * level + c * level**2) / 100.0, dtype=np.float64)


def attributable(cases: float | FloatArray, relative_risk: float | FloatArray, steps: FloatArray) -> FloatArray:
    """Cases that would not be without the exposure, of all `cases` among people exposed to `steps`.

    `steps` counts in the amounts that `relative_risk` is per; log-linear, as in AirQ+ and the WHO guidelines.
    """
    return np.asarray(cases * (1.0 - np.asarray(relative_risk) ** -steps), dtype=np.float64)


def heart_fraction(
    level_db: FloatArray, people: FloatArray, relative_risk: float | FloatArray | None = None
) -> FloatArray:
    """Share of ischaemic heart disease that road noise causes, of Lden in `level_db`, shape (..., places).

    Directive 2002/49/EC, Annex III, formulas 1 and 10: the excess risk of all over itself plus one.
    """
    row = table()["heart"]
    risk = np.asarray(row["relative_risk"][0] if relative_risk is None else relative_risk)[..., None]
    steps = np.maximum(level_db - row["from_db"], 0.0) / row["per_db"]
    excess = (risk**steps - 1.0) @ people / people.sum()
    return np.asarray(excess / (excess + 1.0), dtype=np.float64)


def deaths_avoided(
    way: str, people: float, minutes_per_week: float | FloatArray, deaths: float, risk: float | FloatArray | None = None
) -> FloatArray:
    """Deaths a year that `people` are spared who walk or cycle so many minutes more a week (HEAT).

    `way` is walking or cycling, `deaths` those of one of them in a year. The risk falls in proportion to the minutes,
    down to a bound.
    """
    row = table()["moving"][way]
    less = 1.0 - np.asarray(row["relative_risk"][0] if risk is None else risk)
    share = np.clip(less * np.asarray(minutes_per_week) / row["per_minutes"], -row["most"], row["most"])
    return np.asarray(people * deaths * share, dtype=np.float64)


def risk_draws(effect: str, deviations: FloatArray) -> FloatArray:
    """Relative risks of an effect, the expected one first, then one per standard deviation from it."""
    row = table()["moving"][effect] if effect in table()["moving"] else table()[effect]
    middle, low, high = np.log(row["relative_risk"])
    spread = (high - low) / (2.0 * SIGMAS_95)
    return np.asarray(np.exp(np.concatenate([[middle], middle + spread * deviations])), dtype=np.float64)


def deaths_per_10_000(country: str) -> float:
    """Deaths by natural causes in a year, per 10,000 residents."""
    row = table()["baseline"]
    return float(row["deaths"].get(country, row["deaths"]["EU"]) * row["natural_share"])
