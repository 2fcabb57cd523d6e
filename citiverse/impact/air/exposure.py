"""From what streets add to the air at facades to the people who breathe it."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.ndimage import distance_transform_edt

from citiverse.city.city import City
from citiverse.city.feature import Building
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.grid import Grid, sample
from citiverse.impact.air.coefficients import EMITTED, POLLUTANTS, background, tables
from citiverse.impact.air.emission import KINDS
from citiverse.impact.air.operator import REFERENCE_WIND_M_S, conversion
from citiverse.impact.doubt import demand_draws
from citiverse.impact.model import DRAWS, Measure
from citiverse.impact.receivers import Receivers

SEED = 2024_2881


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """Factors on the uncertain inputs, shape (cases,) or, for kinds of emission and pollutants, (cases, n)."""

    kinds: FloatArray
    wind: FloatArray
    background: FloatArray
    primary: FloatArray


@lru_cache(maxsize=1)
def likely() -> Doubt:
    """The one case with every input at its expected value."""
    return Doubt(np.ones((1, len(KINDS))), np.ones(1), np.ones((1, len(POLLUTANTS))), np.ones(1))


@lru_cache(maxsize=1)
def draws() -> Doubt:
    """DRAWS cases, the same for every city."""
    spread = tables()["method"]["doubt"]
    rng = np.random.default_rng(SEED)
    light, heavy, wear, wind, primary = (
        rng.lognormal(0.0, spread[name], DRAWS) for name in ("light", "heavy", "wear", "wind", "primary_no2")
    )
    flow = demand_draws(spread["flow"])
    behind = rng.lognormal(0.0, spread["background"], (DRAWS, len(POLLUTANTS)))
    return Doubt(np.column_stack([light, heavy, wear, wear]) * flow[:, None], wind, behind, primary)


@dataclass(frozen=True, slots=True, eq=False)
class Behind:
    """The air that comes from elsewhere: annual means in µg/m³ at receivers.

    `ug_m3` has shape (receivers, POLLUTANTS) and `o3` (receivers,); `wind` is in m/s at 10 m. `given` names what maps
    of the background tell, `guessed` the country that the rest is guessed for.
    """

    ug_m3: FloatArray
    o3: FloatArray
    wind: float
    given: tuple[str, ...]
    guessed: str

    @property
    def mean(self) -> FloatArray:
        """Mean over the receivers of each of POLLUTANTS."""
        return np.asarray(self.ug_m3.mean(axis=0) if len(self.ug_m3) else np.zeros(len(POLLUTANTS)), np.float64)

    def first(self, count: int) -> "Behind":
        """At the first receivers only."""
        return replace(self, ug_m3=self.ug_m3[:count], o3=self.o3[:count])


MOST_UG_M3 = 1000.0  # no annual mean of outdoor air is more: such cells, and those without a value, count for nothing


def behind_of(city: City, points: FloatArray) -> Behind:
    """The city's background at `points`: on the map the nearest cell with a value, off it what its country has."""
    usual = background(city.defaults)
    values = {"no2": usual.no2, "pm25": usual.pm25, "pm10": usual.pm10, "o3": usual.o3}
    found = {name: np.full(len(points), value) for name, value in values.items()}
    given = []
    for each in city.facts.background:
        if each.pollutant in found and len(points):
            here = sample(_filled(each.grid), points[:, :2], outside=np.nan)
            sound = np.isfinite(here) & (here >= 0.0) & (here <= MOST_UG_M3)
            found[each.pollutant] = np.where(sound, here, found[each.pollutant])
            if sound.any():
                given.append(each.pollutant)
    return Behind(
        np.column_stack([found[name] for name in POLLUTANTS]), found["o3"], usual.wind, tuple(given), usual.guessed
    )


def _filled(grid: Grid) -> Grid:
    """The raster with cells that hold no sound value given that of the nearest one that does."""
    sound = np.isfinite(grid.values) & (grid.values >= 0.0) & (grid.values <= MOST_UG_M3)
    if not sound.any():
        return replace(grid, values=np.full(grid.values.shape, np.nan))
    row, column = distance_transform_edt(~sound, return_distances=False, return_indices=True)
    return replace(grid, values=grid.values[row, column])


def concentrations(added: FloatArray, around: Behind, doubt: Doubt) -> FloatArray:
    """Annual means in µg/m³, shape (cases, receivers, POLLUTANTS).

    `added`, shape (receivers, KINDS, EMITTED), is what streets add at 5 m/s of wind.
    """
    strength = (REFERENCE_WIND_M_S / around.wind) / doubt.wind
    factors = doubt.kinds * strength[:, None]
    by_street = np.zeros((len(factors), len(added), len(EMITTED)))
    for kind in range(len(KINDS)):  # in this order on every machine, which BLAS does not promise
        by_street += factors[:, kind, None, None] * added[None, :, kind]
    behind = doubt.background[:, None, :] * around.ug_m3
    primary = np.minimum(doubt.primary * tables()["places"]["primary_no2"]["share"], 1.0)[:, None]
    by_street[:, :, 0] = conversion(by_street[:, :, EMITTED.index("nox")], primary, around.o3)
    found: FloatArray = by_street + behind
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """Annual means at receivers, facades first, and the people each facade point stands for.

    `at`, shape (receivers, POLLUTANTS), holds the expected values; `drawn`, shape (DRAWS, facade points, POLLUTANTS),
    those at facades under doubt.
    """

    at: FloatArray
    drawn: FloatArray
    people: FloatArray
    receivers: Receivers
    around: Behind


def exposure(added: FloatArray, receivers: Receivers, living: FloatArray, around: Behind) -> Exposure:
    """Concentrations, and those `living` in each building shared out evenly to its facade points."""
    count = np.bincount(receivers.building, minlength=len(living))
    people = living[receivers.building] / count[receivers.building] if len(receivers.building) else np.zeros(0)
    return Exposure(
        at=concentrations(added, around, likely())[0],
        drawn=concentrations(added[: receivers.facades], around.first(receivers.facades), draws()),
        people=people,
        receivers=receivers,
        around=around,
    )


def street_share(found: Exposure) -> FloatArray:
    """What streets add at facades, shape (1 + DRAWS, facade points, POLLUTANTS): as expected, then under doubt."""
    facades = found.receivers.facades
    behind = np.vstack([np.ones(len(POLLUTANTS)), draws().background])[:, None, :] * found.around.ug_m3[:facades]
    values = np.concatenate([found.at[None, :facades], found.drawn])
    return np.asarray(values - behind, dtype=np.float64)


def measures(found: Exposure) -> tuple[Measure, ...]:
    """What the air means for residents."""
    facades = found.receivers.facades
    values = np.concatenate([found.at[None, :facades], found.drawn])
    total = found.people.sum()
    drawn_background = np.vstack([found.around.mean, draws().background * found.around.mean])
    mean = (values * found.people[:, None]).sum(axis=1) / total if total > 0 else drawn_background
    limits, least = tables()["method"]["limits"], tables()["method"]["least_difference"]
    names = {"no2": "NO2", "pm25": "PM2.5", "pm10": "PM10"}
    made = [
        _measure(f"{each}_mean", f"Mean {names[each]} at homes", "µg/m³", mean[:, POLLUTANTS.index(each)], least[each])
        for each in ("no2", "pm25")
    ]
    for rule, label in (("eu", "the EU limit of 2030"), ("who", "the WHO guideline")):
        for each in POLLUTANTS:
            limit = float(limits[rule][each])
            above = (values[:, :, POLLUTANTS.index(each)] > limit) @ found.people
            made.append(
                _measure(
                    f"{each}_above_{rule}",
                    f"Residents with more {names[each]} at their facade than {label} ({limit:.0f} µg/m³)",
                    "people",
                    above,
                    least["people"],
                )
            )
    return tuple(made)


def _measure(id: str, label: str, unit: str, values: FloatArray, floor: float) -> Measure:
    """A measure from its expected value, first, and its draws."""
    return Measure(id=id, label=label, unit=unit, value=float(values[0]), draws=values[1:], better="lower", floor=floor)


def worst_facades(found: Exposure, buildings: tuple[Building, ...], pollutant: str) -> dict[str, float]:
    """The highest annual mean among the facade points of each building, by its id."""
    which, start = np.unique(found.receivers.building, return_index=True)
    if not len(which):
        return {}
    highest = np.maximum.reduceat(found.at[: found.receivers.facades, POLLUTANTS.index(pollutant)], start)
    return {buildings[i].id: float(value) for i, value in zip(which, highest, strict=True)}


def outdoors(found: Exposure, pollutant: str) -> Grid:
    """Annual means on the grid, not-a-number under buildings."""
    receivers = found.receivers
    values = np.full(receivers.rows * receivers.columns, np.nan)
    values[receivers.cell] = found.at[receivers.facades :, POLLUTANTS.index(pollutant)]
    west, south = receivers.corner
    return Grid(values.reshape(receivers.rows, receivers.columns), west, south, receivers.cell_m, "µg/m³")
