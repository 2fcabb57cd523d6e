"""A proposal beside the city as it is, figure by figure, with its doubt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from citiverse.impact.model import Better, Impact, Measure

Verdict = Literal["better", "worse", "no clear change"]

LOW, HIGH = 5.0, 95.0  # percentiles: nine of ten draws lie between


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure of the city as it is and of the proposal; nine of ten differences lie from `low` to `high`."""

    model: str
    id: str
    label: str
    unit: str
    baseline: float
    proposal: float
    difference: float
    low: float
    high: float
    better: Better
    verdict: Verdict


def verdict(low: float, high: float, better: Better, floor: float = 0.0) -> Verdict:
    """What an interval of differences says; one that holds zero, or stays within the solver's error, says nothing."""
    if low > floor:
        return "worse" if better == "lower" else "better"
    if high < -floor:
        return "better" if better == "lower" else "worse"
    return "no clear change"


def indicator(model: str, before: Measure, after: Measure) -> Indicator:
    """Two values of one measure, compared draw by draw."""
    low, high = np.percentile(after.draws - before.draws, [LOW, HIGH])
    difference = after.value - before.value
    return Indicator(
        model=model,
        id=after.id,
        label=after.label,
        unit=after.unit,
        baseline=before.value,
        proposal=after.value,
        difference=difference,
        low=min(float(low), difference),
        high=max(float(high), difference),
        better=after.better,
        verdict=verdict(float(low), float(high), after.better, max(before.floor, after.floor)),
    )


def compare(baseline: Mapping[str, Impact], proposal: Mapping[str, Impact]) -> tuple[Indicator, ...]:
    """Every measure that both have, in the order of the proposal's impacts."""
    found: list[Indicator] = []
    for name, impact in proposal.items():
        before = {measure.id: measure for measure in baseline[name].measures} if name in baseline else {}
        found += [indicator(name, before[m.id], m) for m in impact.measures if m.id in before]
    return tuple(found)
