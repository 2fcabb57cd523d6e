"""The card of a model: how it works, what it takes and how well that is known, where it holds, how it was tested."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from citiverse.city.city import City
from citiverse.city.feature import Basis
from citiverse.impact.model import About, ImpactModel, Validation
from citiverse.impact.quantity import Quantity, known, quantity


@dataclass(frozen=True, slots=True)
class CardInput:
    """An input and how the city at hand knows it: `basis` in a word, `features` by how many are known how."""

    name: str
    label: str
    unit: str
    space: str
    time: str
    basis: str
    features: Mapping[Basis, int]


@dataclass(frozen=True, slots=True)
class Card:
    """All that one should know of a model before one believes it."""

    name: str
    title: str
    version: str
    needs: tuple[str, ...]
    method: tuple[str, ...]
    inputs: tuple[CardInput, ...]
    outputs: tuple[Quantity, ...]
    valid: tuple[str, ...]
    does_not_know: tuple[str, ...]
    validation: tuple[Validation, ...]
    missing: tuple[str, ...]


def card(model: ImpactModel, city: City) -> Card:
    """The card of `model` for `city`."""
    inputs = []
    for name in model.about.inputs:
        what, how = quantity(name), known(city, name)
        inputs.append(CardInput(name, what.label, what.unit, what.space, what.time, how.basis, how.features))
    return Card(
        name=model.name,
        title=model.title,
        version=model.version,
        needs=model.needs,
        method=model.sources,
        inputs=tuple(inputs),
        outputs=model.about.outputs,
        valid=model.about.valid,
        does_not_know=model.limits,
        validation=model.about.validation,
        missing=model.missing(city),
    )


def about(name: str) -> About:
    """What data/cards.json says of a model of our own."""
    row = _cards()[name]
    return About(
        inputs=tuple(row["inputs"]),
        outputs=tuple(map(quantity, row["outputs"])),
        valid=tuple(row["valid"]),
        validation=tuple(Validation(**each) for each in row["validation"]),
    )


@cache
def _cards() -> Mapping[str, Any]:
    text = resources.files("citiverse.impact").joinpath("data/cards.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def page(cards: tuple[Card, ...]) -> str:
    """Cards as a page of Markdown."""
    return "\n".join(line for each in cards for line in _lines(each))


def _lines(shown: Card) -> list[str]:
    def several(title: str, sentences: tuple[str, ...]) -> list[str]:
        return [f"### {title}", "", *(f"- {each}" for each in sentences), ""] if sentences else []

    inputs = [f"| {each.label} | {each.unit or '-'} | {each.space} | {each.time} | {_basis(each)} |"
              for each in shown.inputs]  # fmt: skip
    return [
        f"## {shown.title}",
        "",
        f"`{shown.name}`, version {shown.version}" + (f"; builds on {', '.join(shown.needs)}" if shown.needs else ""),
        "",
        *several("Method and coefficients", shown.method),
        "### What it takes",
        "",
        "| input | unit | where | when | known |",
        "|---|---|---|---|---|",
        *inputs,
        "",
        *several("Where it holds", shown.valid),
        *several("What it does not know", shown.does_not_know),
        *several("How it was tested", tuple(f"{each.against}: {each.result}" for each in shown.validation)),
        *several("What this city lacks for it", shown.missing),
    ]


def _basis(shown: CardInput) -> str:
    counts = ", ".join(f"{count} {basis}" for basis, count in shown.features.items() if count)
    return f"{shown.basis} ({counts})" if counts else shown.basis
