"""Health: what noise and air do to the people of a district, per 10,000 of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np

from citiverse.city.city import City
from citiverse.city.feature import Building, Road
from citiverse.geometry.arrays import FloatArray
from citiverse.impact.air.coefficients import POLLUTANTS
from citiverse.impact.air.exposure import Exposure as AirExposure
from citiverse.impact.air.exposure import street_share
from citiverse.impact.card import about
from citiverse.impact.health.response import (
    attributable,
    deaths_avoided,
    deaths_per_10_000,
    disturbed,
    heart_fraction,
    risk_draws,
    table,
)
from citiverse.impact.model import DRAWS, About, Cancelled, CannotAssess, Impact, Measure, Previous
from citiverse.impact.noise.exposure import Exposure as NoiseExposure
from citiverse.impact.noise.exposure import draws as noise_draws
from citiverse.impact.noise.exposure import levels
from citiverse.impact.residents import people_of

SEED = 2020_367
_PEOPLE = 10_000.0


@runtime_checkable
class Exposed(Protocol):
    """What noise and air leave behind: who is exposed to how much."""

    @property
    def found(self) -> object:
        """Levels or concentrations, and the people in front of whose homes they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Doubts:
    """Standard deviations and factors of each draw, shape (DRAWS,) for each effect."""

    risk: Mapping[str, FloatArray]
    curve: FloatArray
    baseline: FloatArray


@lru_cache(maxsize=1)
def doubts() -> Doubts:
    """The same draws for every city."""
    rng = np.random.default_rng(SEED)
    spread = table()["doubt"]
    risk = {effect: rng.standard_normal(DRAWS) for effect in ("heart", "pm25", "no2", "walking", "cycling")}
    factors = np.exp(rng.standard_normal((2, DRAWS)) * [[spread["curve"]], [spread["baseline"]]])
    curve, baseline = np.hstack([np.ones((2, 1)), factors])
    return Doubts(risk, curve, baseline)


@dataclass(frozen=True, slots=True)
class Health:
    """People annoyed, disturbed in their sleep or ill by what streets do."""

    name: str = "health"
    title: str = "Health"
    needs: tuple[str, ...] = ("traffic", "noise", "air")

    @property
    def version(self) -> str:
        """Version of method and response functions."""
        return f"1, {table()['version']}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Citations of method and response functions."""
        return tuple(part["source"] for part in table().values() if isinstance(part, dict))

    @property
    def limits(self) -> tuple[str, ...]:
        """What the model does not know."""
        return (
            "It tells of a whole district over years, never of a house or of who falls ill.",
            "Age, wealth and health of the residents are not known; deaths and illness are those of their country.",
            "Deaths by PM2.5 and by NO2 overlap and must not be added up.",
            "Only what the streets of the scene add to the air counts, not what blows in from elsewhere.",
            "People are taken to be at home; heat and crashes are left out, and of walking and cycling only the trips "
            "are told that leave the car, or come to it, because driving takes longer or shorter.",
            "Everything that noise and air leave out is left out here as well.",
        )

    @property
    def about(self) -> About:
        """What it takes and finds, where it holds and how it was tested."""
        return about(self.name)

    def missing(self, city: City) -> tuple[str, ...]:
        """What the city lacks for the model."""
        few: bool = people_of(city, list(city.all(Building))).count.sum() < _least_people()
        lacking = {
            "streets for cars": not any("car" in road.modes for road in city.all(Road)),
            f"homes for {_least_people():,.0f} residents": few,
        }
        return tuple(what for what, is_missing in lacking.items() if is_missing)

    def run(self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled) -> Impact:
        """What noise and air mean for health. It reuses nothing, for it takes no time."""
        noise, air = needs["noise"].output, needs["air"].output
        heard = noise.found if isinstance(noise, Exposed) else None
        breathed = air.found if isinstance(air, Exposed) else None
        if not isinstance(heard, NoiseExposure) or not isinstance(breathed, AirExposure):
            raise CannotAssess(f"{city.title} has no levels of noise and air, so there is nothing to tell of health.")
        if min(heard.people.sum(), breathed.people.sum()) < _least_people():
            raise CannotAssess(
                f"{city.title} has fewer than {_least_people():,.0f} residents; health is told for districts only."
            )
        return Impact(
            model=self.name,
            version=self.version,
            quality="full",
            measures=(
                *_by_noise(heard),
                *_by_air(breathed, city.defaults.country),
                *_by_moving(needs["traffic"], breathed.people),
            ),
            layers=(),
            notes=("Deaths by PM2.5 and by NO2 overlap: they must not be added up.",),
        )


def _least_people() -> float:
    return float(table()["scale"]["least_people"])


def _by_noise(heard: NoiseExposure) -> tuple[Measure, ...]:
    facades, people = heard.receivers.facades, heard.people
    weights = noise_draws()
    energy = heard.energy[:facades]
    lden = np.vstack([heard.lden[:facades], levels(energy, weights.lden, weights.offset_db)])
    lnight = np.vstack([heard.lnight[:facades], levels(energy, weights.lnight, weights.offset_db)])
    doubt = doubts()
    share = _PEOPLE / people.sum()
    heart = heart_fraction(lden, people, risk_draws("heart", doubt.risk["heart"]))
    cases = heart * table()["baseline"]["heart_cases"] * doubt.baseline
    return (
        _measure("annoyed", "Residents highly annoyed by road noise", "per 10,000",
                 np.minimum(disturbed("annoyance", lden) @ people * doubt.curve * share, _PEOPLE), people),
        _measure("sleep_disturbed", "Residents whose sleep road noise disturbs highly", "per 10,000",
                 np.minimum(disturbed("sleep", lnight) @ people * doubt.curve * share, _PEOPLE), people),
        _measure("heart_disease", "New cases of ischaemic heart disease by road noise", "per 10,000 and year", cases,
                 people),
    )  # fmt: skip


def _by_air(breathed: AirExposure, country: str) -> tuple[Measure, ...]:
    doubt = doubts()
    added = street_share(breathed)
    share = 1.0 / breathed.people.sum()
    found = []
    for effect, words in (("pm25", "PM2.5"), ("no2", "NO2")):
        risk = risk_draws(effect, doubt.risk[effect])[:, None]
        steps = added[:, :, POLLUTANTS.index(effect)] / table()[effect]["per_ug_m3"]
        deaths = attributable(deaths_per_10_000(country), risk, steps) @ breathed.people * share * doubt.baseline
        found.append(
            _measure(f"deaths_{effect}", f"Deaths by {words} that streets add", "per 10,000 and year", deaths,
                     breathed.people)
        )  # fmt: skip
    return tuple(found)


def _by_moving(traffic: Impact, people: FloatArray) -> tuple[Measure, ...]:
    """Deaths that those are spared, or not, who leave the car to walk and cycle, or take it instead."""
    moved = next((each for each in traffic.measures if each.id == "mode_shift"), None)
    if moved is None:
        return ()
    rules, risk = table()["moving"], doubts().risk
    trips = -np.concatenate([[moved.value], moved.draws])  # a day, that leave the car
    spared = np.zeros(1 + DRAWS)
    for way in ("walking", "cycling"):
        minutes = trips * rules[way]["share"] * rules[way]["trip_minutes"] * 7.0 / people.sum()
        deaths = rules["deaths_per_10_000"] / _PEOPLE
        spared += deaths_avoided(way, float(people.sum()), minutes, deaths, risk_draws(way, risk[way]))
    per_10_000 = -spared * _PEOPLE / people.sum()
    return (
        _measure("deaths_moving", "Deaths by less walking and cycling (fewer: below zero)", "per 10,000 and year",
                 per_10_000, people),
    )  # fmt: skip


def _measure(id: str, label: str, unit: str, values: FloatArray, people: FloatArray) -> Measure:
    """A measure from its expected value, first, and its draws; less than a tenth of a case is no difference."""
    floor = table()["scale"]["least_cases"] * _PEOPLE / float(people.sum())
    return Measure(id=id, label=label, unit=unit, value=float(values[0]), draws=values[1:], better="lower", floor=floor)
