"""Models that others have written: found as Python entry points, checked before they run, watched while they do.

An entry point in the group `citiverse.models` names an object, or a class of one, that follows `ImpactModel`. What it
says of its inputs
and outputs (`about`) has to fit what the city and the other models hand over, in unit, space and time.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint

import numpy as np

from citiverse.city.city import City
from citiverse.impact.model import DRAWS, About, Cancelled, CannotAssess, Impact, ImpactModel, Previous, Superseded
from citiverse.impact.quantity import SPACES, TIMES, UNITS, Quantity, quantity

GROUP = "citiverse.models"
_ASKED = ("name", "title", "version", "needs", "sources", "limits", "about", "missing", "run")
_NO_GIVER_NEEDED = frozenset({
    "building", "road", "tree", "furniture", "turns", "terrain", "defaults", "counts", "timetable", "background",
    "weather",
})  # fmt: skip


class ModelRefused(ValueError):
    """A model that may not run; the sentence says why."""


def installed(points: Iterable[EntryPoint], ours: Iterable[str]) -> tuple[tuple[ImpactModel, ...], dict[str, str]]:
    """The models behind entry points that may run, and why others may not, by the entry point's name."""
    taken = set(ours)
    models: list[ImpactModel] = []
    refused: dict[str, str] = {}
    for point in sorted(points, key=lambda each: each.name):
        try:
            loaded = point.load()
            model = checked(loaded() if isinstance(loaded, type) else loaded, known=taken)
        except ModelRefused as reason:
            refused[point.name] = f"The model {point.name} was refused: {reason}."
        except Exception as error:  # noqa: BLE001 - whatever others' code raises must not stop ours
            refused[point.name] = f"The model {point.name} can't be loaded: {type(error).__name__}: {error}."
        else:
            taken.add(model.name)
            models.append(model)
    return tuple(models), refused


def checked(model: object, *, known: Iterable[str]) -> "Guarded":
    """A foreign model, made safe to run beside the models `known`. Raises ModelRefused."""
    lacking = [word for word in _ASKED if not hasattr(model, word)]
    if lacking:
        raise ModelRefused(f"it has no {lacking[0]}")
    there = frozenset(known)
    guarded = Guarded(model)  # type: ignore[arg-type]
    if not guarded.name or guarded.name in there:
        raise ModelRefused(f"there is a model named {guarded.name!r} already")
    unmet = [need for need in guarded.needs if need not in there]
    if unmet:
        raise ModelRefused(f"it needs the model {unmet[0]}, which is not there")
    if not isinstance(guarded.about, About):
        raise ModelRefused("its about is not a citiverse.impact.model.About")
    for wanted in guarded.about.takes:
        _check_input(wanted, guarded.needs)
    if not guarded.about.outputs:
        raise ModelRefused("it does not say what it finds (about.outputs)")
    for given in guarded.about.outputs:
        _check_output(given)
    return guarded


def _check_input(wanted: Quantity, needs: tuple[str, ...]) -> None:
    try:
        there = quantity(wanted.name)
    except LookupError as error:
        raise ModelRefused(f"it takes {wanted.name}, but {error}") from error
    for what in ("unit", "space", "time"):
        asked, given = getattr(wanted, what), getattr(there, what)
        if asked != given:
            raise ModelRefused(f"it takes {wanted.name} with the {what} {asked!r}, but here that is {given!r}")
    giver = wanted.name.partition(".")[0]
    if giver not in _NO_GIVER_NEEDED and giver not in needs:
        raise ModelRefused(f"it takes {wanted.name} without naming {giver} among its needs")


def _check_output(given: Quantity) -> None:
    for value, choices, what in (
        (given.unit, UNITS, "unit"),
        (given.space, SPACES, "space"),
        (given.time, TIMES, "time"),
    ):
        if value not in choices:
            raise ModelRefused(
                f"it finds {given.name} with the {what} {value!r}; known are {', '.join(sorted(choices))}"
            )


@dataclass(frozen=True, slots=True)
class Guarded:
    """A foreign model that can't do harm to others: what it raises is a refusal, what it finds is looked at."""

    model: ImpactModel

    @property
    def name(self) -> str:
        """Short name, as in --models."""
        return str(self.model.name)

    @property
    def title(self) -> str:
        """Name for people."""
        return str(self.model.title)

    @property
    def version(self) -> str:
        """Version of method and coefficients."""
        return str(self.model.version)

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the models it builds on."""
        return tuple(self.model.needs)

    @property
    def sources(self) -> tuple[str, ...]:
        """Citations of method and coefficients."""
        return tuple(self.model.sources)

    @property
    def limits(self) -> tuple[str, ...]:
        """What it does not know."""
        return tuple(self.model.limits)

    @property
    def about(self) -> About:
        """What it takes and finds."""
        return self.model.about

    def missing(self, city: City) -> tuple[str, ...]:
        """What this city lacks for the model."""
        try:
            return tuple(map(str, self.model.missing(city)))
        except Exception as error:  # noqa: BLE001 - see installed
            return (f"anything that it understands ({type(error).__name__}: {error})",)

    def run(self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled) -> Impact:
        """What the model finds. Raises CannotAssess where it fails or finds what it did not promise, and Superseded."""
        try:
            found = self.model.run(city, needs, previous, cancelled)
        except (CannotAssess, Superseded):
            raise
        except Exception as error:
            raise CannotAssess(f"{self.title} has failed: {type(error).__name__}: {error}") from error
        return self._looked_at(found)

    def _looked_at(self, found: object) -> Impact:
        if not isinstance(found, Impact):
            raise CannotAssess(f"{self.title} found no Impact but a {type(found).__name__}.")
        promised = {each.name.partition(".")[2] or each.name: each.unit for each in self.about.outputs}
        for measure in found.measures:
            if promised.get(measure.id) != measure.unit:
                raise CannotAssess(
                    f"{self.title} found {measure.id} in {measure.unit!r}, which is not among what it says it finds."
                )
            draws = np.asarray(measure.draws)
            if draws.shape != (DRAWS,) or not np.isfinite(draws).all() or not np.isfinite(measure.value):
                raise CannotAssess(f"{self.title} found no {DRAWS} finite draws of {measure.id}.")
        return dataclasses.replace(found, model=self.name)
