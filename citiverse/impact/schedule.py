"""Which model runs when, and what it takes over from the run before."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from citiverse.city.city import City
from citiverse.impact.model import Cancelled, CannotAssess, Impact, ImpactModel, InSteps, Previous, Superseded


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """Impacts on one city by model name, and why other models could not run."""

    city: City
    impacts: Mapping[str, Impact]
    refused: Mapping[str, str]


def never() -> bool:
    """Go on: nothing supersedes this run."""
    return False


def in_order(models: Iterable[ImpactModel], names: Iterable[str] | None = None) -> tuple[ImpactModel, ...]:
    """The named models (all by default) and those they need, each after what it needs.

    Raises ValueError on an unknown name or on models that need each other in a circle.
    """
    table = {model.name: model for model in models}
    ordered: dict[str, ImpactModel] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name not in table:
            raise ValueError(f"There is no model named {name}; there are {', '.join(table)}.")
        if name in above:
            raise ValueError(f"The models {' and '.join(above)} need each other.")
        for need in table[name].needs:
            if need not in ordered:
                add(need, (*above, name))
        ordered.setdefault(name, table[name])

    for name in table if names is None else names:
        add(name, ())
    return tuple(ordered.values())


def assess(
    city: City,
    models: Iterable[ImpactModel],
    *,
    previous: Assessment | None = None,
    cancelled: Cancelled = never,
    found: Callable[[Impact], None] | None = None,
) -> Assessment:
    """Run `models` on `city`, each after what it needs, handing each impact to `found` as soon as it stands.

    A model that works in steps is heard at each; others build on the first of them that is full, and what it still has
    to say of its interval comes when all have run. `previous`, an assessment of a city with the same base, only saves
    work. A model that lacks something is refused with its sentence, and so are those that need it. Raises Superseded
    soon after `cancelled()` turns true.
    """
    impacts: dict[str, Impact] = {}
    refused: dict[str, str] = {}
    later: list[Iterator[Impact]] = []
    change = previous.city.change_to(city) if previous and previous.city.base is city.base else None

    def tell(impact: Impact) -> None:
        impacts[impact.model] = impact
        if found is not None:
            found(impact)

    for model in models:
        if cancelled():
            raise Superseded
        lacking = [need for need in model.needs if need not in impacts]
        if lacking:
            refused[model.name] = f"{model.title} builds on {lacking[0]}: {refused.get(lacking[0], 'it did not run.')}"
            continue
        earlier = previous.impacts.get(model.name) if previous else None
        reuse = Previous(earlier, change) if earlier is not None and change is not None else None
        try:
            steps = _steps(model, city, {need: impacts[need] for need in model.needs}, reuse, cancelled)
            for impact in steps:
                tell(impact)
                if impact.quality == "full":
                    later.append(steps)
                    break
        except CannotAssess as reason:
            refused[model.name] = str(reason)
    for steps in later:
        for impact in steps:
            tell(impact)
    return Assessment(city, impacts, refused)


def _steps(
    model: ImpactModel, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled
) -> Iterator[Impact]:
    if isinstance(model, InSteps):
        yield from model.steps(city, needs, previous, cancelled)
    else:
        yield model.run(city, needs, previous, cancelled)
