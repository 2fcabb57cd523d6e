"""What an impact model is, and what it finds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.grid import Grid
from citiverse.impact.quantity import Quantity

Better = Literal["lower", "higher"]
Quality = Literal["fast", "full"]
Cancelled = Callable[[], bool]

DRAWS = 64  # paired draws of every uncertain input; the same ones for every city, so that differences are paired


class Superseded(RuntimeError):
    """A newer edit has made this run useless."""


class CannotAssess(ValueError):
    """The city lacks what a model needs; the sentence says what."""


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One figure for a whole city.

    `draws`, shape (DRAWS,), are its values under the model's uncertain inputs: the k-th draw stands for the same
    inputs in every run, so that two cities are compared draw by draw. `label` is a plain noun phrase with the place
    of measurement; `unit` a SI or customary unit. A difference up to `floor` says nothing: it is the
    solver's own error, or too small to matter to anyone.
    """

    id: str
    label: str
    unit: str
    value: float
    draws: FloatArray
    better: Better
    floor: float = 0.0


@dataclass(frozen=True, slots=True)
class AtHome:
    """Which way is better for the people in a building, and the least difference that they would notice."""

    better: Better
    step: float


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A result painted on the scene: a value per feature id, or a Grid. `legend` runs from low to high.

    Where `at_home` is set, the values are those at buildings and matter to the people who live there.
    """

    id: str
    label: str
    unit: str
    values: Mapping[str, float] | Grid
    legend: tuple[tuple[float, str], ...]
    at_home: AtHome | None = None

    @property
    def on(self) -> Literal["feature", "grid"]:
        """What it is painted on."""
        return "grid" if isinstance(self.values, Grid) else "feature"


@dataclass(frozen=True, slots=True, eq=False)
class Impact:
    """What a model found. `output` is what models that need this one go on with, or what its next run reuses.

    `solver_error` is the solver's own (a relative gap, say), None where there is no iteration. Without `interval` the
    draws are provisional: spread as they were in the run before.
    """

    model: str
    version: str
    quality: Quality
    measures: tuple[Measure, ...]
    layers: tuple[Layer, ...]
    output: object = None
    solver_error: float | None = None
    notes: tuple[str, ...] = ()
    interval: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Previous:
    """An earlier run to reuse: what it found, and the change from its city to the one at hand."""

    impact: Impact
    change: Change


@dataclass(frozen=True, slots=True)
class Validation:
    """A test of a model: `against` what, with which `result`."""

    against: str
    result: str


@dataclass(frozen=True, slots=True)
class About:
    """What a model takes and finds, where it holds and how it was tested.

    `inputs` are names of quantities that it takes as they are here (see citiverse.impact.quantity), `takes` the same
    with the unit, space and time that a foreign model reckons with; `outputs` is what it finds, "name.measure".
    """

    inputs: tuple[str, ...] = ()
    outputs: tuple[Quantity, ...] = ()
    valid: tuple[str, ...] = ()
    validation: tuple[Validation, ...] = ()
    takes: tuple[Quantity, ...] = ()


class ImpactModel(Protocol):
    """A model of one effect of the city on people.

    `needs` names the models whose impacts it takes; `sources` cites method and coefficients (document, section,
    table); `limits` says in plain words what it does not know.
    """

    @property
    def name(self) -> str:
        """Short name, as in --models."""

    @property
    def title(self) -> str:
        """Name for people."""

    @property
    def version(self) -> str:
        """Version of method and coefficients."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the models it builds on."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Citations of method and coefficients."""

    @property
    def limits(self) -> tuple[str, ...]:
        """What it does not know, a sentence each."""

    @property
    def about(self) -> About:
        """What it takes and finds, where it holds and how it was tested."""

    def missing(self, city: City) -> tuple[str, ...]:
        """What this city lacks for the model, a noun phrase each; empty when it can run."""

    def run(self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled) -> Impact:
        """The impact on `city`; the same with or without `previous`, which only saves work.

        Raises CannotAssess when the city lacks what it needs, Superseded soon after `cancelled()` turns true.
        """


@runtime_checkable
class InSteps(Protocol):
    """A model that tells what it finds in steps, for those who do not want to wait for the last.

    Each is better than the one before: those of quality fast, then one of full, then the same with its interval. The
    last is what `run` returns.
    """

    def steps(
        self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled
    ) -> Iterator[Impact]:
        """As `run`, step by step."""
