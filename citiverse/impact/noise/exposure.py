"""From sound energy at receivers to levels over day, evening and night, and to the people who live with them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from citiverse.city.feature import Building
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.grid import Grid
from citiverse.impact.doubt import demand_draws
from citiverse.impact.model import DRAWS, Measure
from citiverse.impact.noise.power import CLASSES, ROAD_CLASSES, assumptions, stream
from citiverse.impact.receivers import Receivers
from citiverse.impact.streets import PERIOD_HOURS, PERIODS

QUIETEST_DB = 20.0  # what falls below is not told apart
AUDIBLE_DB = 0.1  # our choice: well below what anyone hears, and the last digit that is shown
PENALTY_DB = (0.0, 5.0, 10.0)  # Directive 2002/49/EC, Annex I, 1
SEED = 2002_49
NIGHT = PERIODS.index("night")
SOUNDS = len(CLASSES) * len(PERIODS)  # that are added up apart, see power.stream


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """How streams and kinds of weather add up: shapes (cases, 2 weathers, SOUNDS) and the offsets in dB (cases,)."""

    lden: FloatArray
    lnight: FloatArray
    offset_db: FloatArray


@lru_cache(maxsize=1)
def likely() -> Weights:
    """The one case with every uncertain input at its expected value."""
    favourable = _favourable()[None]
    return _weights(np.ones((1, len(PERIODS), len(CLASSES))), favourable, np.zeros(1))


@lru_cache(maxsize=1)
def draws() -> Weights:
    """DRAWS cases of the uncertain inputs, the same for every city."""
    doubt = assumptions()["doubt"]
    rng = np.random.default_rng(SEED)
    factors = np.ones((DRAWS, len(PERIODS), len(CLASSES)))
    factors[:, :, :ROAD_CLASSES] *= demand_draws(doubt["flow"])[:, None, None]
    factors[:, :, 1] *= rng.lognormal(0.0, doubt["heavy_share"], (DRAWS, 1))
    factors[:, 1, :ROAD_CLASSES] *= rng.lognormal(0.0, doubt["evening_share"], (DRAWS, 1))
    factors[:, 2, :ROAD_CLASSES] *= rng.lognormal(0.0, doubt["night_share"], (DRAWS, 1))
    favourable = np.clip(_favourable() + rng.normal(0.0, doubt["favourable"], (DRAWS, 1)), 0.0, 1.0)
    offset_db = rng.normal(0.0, doubt["level_db"], DRAWS)
    factors[:, :, ROAD_CLASSES] *= rng.lognormal(0.0, doubt["trams"], (DRAWS, 1))
    return _weights(factors, favourable, offset_db)


def _favourable() -> FloatArray:
    weather = assumptions()["weather"]
    return np.array([weather[f"favourable_{period}"] for period in PERIODS], dtype=np.float64)


def _weights(factors: FloatArray, favourable: FloatArray, offset_db: FloatArray) -> Weights:
    """Weights of the cases: `factors` (cases, periods, classes) on flows, `favourable` (cases, periods)."""
    lden = np.zeros((len(factors), 2, SOUNDS))
    lnight = np.zeros_like(lden)
    for period, (hours, penalty) in enumerate(zip(PERIOD_HOURS, PENALTY_DB, strict=True)):
        share = hours / sum(PERIOD_HOURS) * 10.0 ** (penalty / 10.0)
        for each in range(len(CLASSES)):
            for weather, probability in enumerate((1.0 - favourable[:, period], favourable[:, period])):
                lden[:, weather, stream(period, each)] = share * probability * factors[:, period, each]
                if period == NIGHT:
                    lnight[:, weather, stream(period, each)] = probability * factors[:, period, each]
    return Weights(lden, lnight, offset_db)


def levels(energy: FloatArray, weights: FloatArray, offset_db: FloatArray) -> FloatArray:
    """Levels in dB(A), shape (cases, receivers), of `energy`, shape (receivers, 2, SOUNDS)."""
    total = np.zeros((len(weights), len(energy)))
    for weather in range(2):
        for each in range(SOUNDS):
            if weights[:, weather, each].any():
                total += weights[:, weather, each, None] * energy[None, :, weather, each]
    return np.maximum(10.0 * np.log10(np.maximum(total, 1e-12)) + offset_db[:, None], QUIETEST_DB)


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """Levels in dB(A) at each receiver and who lives there.

    `people`, shape (facade points,), are the residents each facade point stands for; `energy`, shape (receivers, 2,
    SOUNDS), is what the levels come from.
    """

    lden: FloatArray
    lnight: FloatArray
    people: FloatArray
    energy: FloatArray
    receivers: Receivers


def exposure(energy: FloatArray, receivers: Receivers, living: FloatArray) -> Exposure:
    """Levels by the likely inputs; those `living` in a building are shared out to its louder half of facade points.

    Directive 2002/49/EC, Annex II, 2.8 as amended by 2021/1226, for buildings whose flats are not known.
    """
    lden = levels(energy, likely().lden, likely().offset_db)[0]
    lnight = levels(energy, likely().lnight, likely().offset_db)[0]
    facade = lden[: receivers.facades]
    order = np.lexsort((-facade, receivers.building))
    building = receivers.building[order]
    first = np.searchsorted(building, building)
    count = np.searchsorted(building, building, side="right") - first
    louder = (count + 1) // 2
    people = np.zeros(receivers.facades)
    if len(order):
        people[order] = np.where(np.arange(len(order)) - first < louder, living[building] / louder, 0.0)
    return Exposure(lden, lnight, people, energy, receivers)


def measures(found: Exposure) -> tuple[Measure, ...]:
    """What the levels mean for the city, with the doubt about them."""
    weights = draws()
    facades = found.receivers.facades
    energy = found.energy
    lden = np.vstack([found.lden, levels(energy, weights.lden, weights.offset_db)])
    night = levels(energy[:facades], weights.lnight, weights.offset_db)
    lnight = np.vstack([found.lnight[:facades], night])
    hectares = found.receivers.cell_m**2 / 10_000.0
    return (
        _measure("residents_55", "Residents with more than 55 dB Lden in front of their facade", "people",
                 (lden[:, :facades] > 55.0) @ found.people),
        _measure("residents_65", "Residents with more than 65 dB Lden in front of their facade", "people",
                 (lden[:, :facades] > 65.0) @ found.people),
        _measure("residents_night_50", "Residents with more than 50 dB at night in front of their facade", "people",
                 (lnight > 50.0) @ found.people),
        _measure(
            "facade_median", "Median noise at the loudest facade of homes", "dB Lden", _median(lden, found), AUDIBLE_DB
        ),
        _measure("area_55", "Outdoor area with more than 55 dB Lden", "ha",
                 (lden[:, facades:] > 55.0).sum(axis=1) * hectares),
    )  # fmt: skip


def _measure(id: str, label: str, unit: str, values: FloatArray, floor: float = 0.0) -> Measure:
    """A measure from its likely value, first, and its draws."""
    return Measure(id=id, label=label, unit=unit, value=float(values[0]), draws=values[1:], better="lower", floor=floor)


def _median(lden: FloatArray, found: Exposure) -> FloatArray:
    """Median over buildings with residents (over all, where nobody lives) of the level at their loudest facade."""
    buildings, start = _by_building(found.receivers.building)
    if not len(buildings):
        return np.full(len(lden), QUIETEST_DB)
    loudest = np.maximum.reduceat(lden[:, : found.receivers.facades], start, axis=1)
    lived_in = np.add.reduceat(found.people, start) > 0.0
    return np.median(loudest[:, lived_in if lived_in.any() else slice(None)], axis=1)


def _by_building(building: IntArray) -> tuple[IntArray, IntArray]:
    """The buildings that facade points belong to, and where each one's points begin."""
    buildings, start = np.unique(building, return_index=True)
    return buildings, start


def facade_levels(found: Exposure, buildings: tuple[Building, ...]) -> dict[str, float]:
    """Lden at the loudest facade point of each building, by its id."""
    which, start = _by_building(found.receivers.building)
    if not len(which):
        return {}
    loudest = np.maximum.reduceat(found.lden[: found.receivers.facades], start)
    return {buildings[i].id: float(level) for i, level in zip(which, loudest, strict=True)}


def level_grid(found: Exposure) -> Grid:
    """Lden on the grid, not-a-number under buildings."""
    receivers = found.receivers
    values = np.full(receivers.rows * receivers.columns, np.nan)
    values[receivers.cell] = found.lden[receivers.facades :]
    west, south = receivers.corner
    return Grid(values.reshape(receivers.rows, receivers.columns), west, south, receivers.cell_m, "dB Lden")
