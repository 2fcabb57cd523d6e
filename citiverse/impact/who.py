"""Who gains and who loses by a proposal: residents whose home becomes better or worse, all of them and by age."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from citiverse.city.city import City
from citiverse.city.feature import Building
from citiverse.impact.model import AtHome, Impact, Layer
from citiverse.impact.residents import People, people_of

LEAST_PEOPLE = 5.0  # smaller groups are not told, so that nobody is recognised
EVERYBODY = "all residents"


@dataclass(frozen=True, slots=True)
class Shift:
    """People of a group for whom something changes by more than they would notice.

    Numbers below LEAST_PEOPLE are None; `people` is the whole group.
    """

    model: str
    layer: str
    label: str
    group: str
    people: float
    better: float | None
    worse: float | None


def who(
    city: City, baseline: Mapping[str, Impact], proposal: Mapping[str, Impact], after: City | None = None
) -> tuple[Shift, ...]:
    """Gains and losses at the homes that `city` and the proposal `after` have both.

    By group only where somebody has counted the people of the city; without a count all residents are estimated, and
    there are no groups.
    """
    homes = [each for each in city.all(Building) if after is None or isinstance(after.get(each.id), Building)]
    people = people_of(city, homes)
    found: list[Shift] = []
    for name, impact in proposal.items():
        before = {layer.id: layer for layer in baseline[name].layers} if name in baseline else {}
        for layer in impact.layers:
            if layer.at_home is not None and layer.id in before:
                found += _shifts(name, before[layer.id], layer, layer.at_home, homes, people)
    return tuple(found)


def _shifts(
    model: str, before: Layer, after: Layer, rule: AtHome, homes: list[Building], people: People
) -> list[Shift]:
    if not isinstance(before.values, Mapping) or not isinstance(after.values, Mapping):
        return []
    was = np.array([before.values.get(each.id, np.nan) for each in homes])
    is_now = np.array([after.values.get(each.id, np.nan) for each in homes])
    gain = (is_now - was) * (1.0 if rule.better == "higher" else -1.0)
    better, worse = gain > rule.step, gain < -rule.step  # not-a-number is neither
    groups = [(EVERYBODY, people.count)]
    if people.counted:
        groups += [(name, people.by_group[:, i]) for i, name in enumerate(people.groups)]
    return [
        Shift(
            model, after.id, after.label, name, float(count.sum()),
            _told(float(count[better].sum())), _told(float(count[worse].sum())),
        )
        for name, count in groups
        if count.sum() >= LEAST_PEOPLE
    ]  # fmt: skip


def _told(people: float) -> float | None:
    """The number, unless it is of so few that one might know them; nobody at all may be told."""
    return None if 0.0 < people < LEAST_PEOPLE else people
