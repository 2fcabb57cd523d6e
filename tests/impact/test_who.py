"""Gains and losses are told of groups, never of a handful."""

import numpy as np
import pytest
from shapely import box

from citiverse.city.change import change_between
from citiverse.city.city import City, city_of
from citiverse.city.facts import NO_FACTS, Facts
from citiverse.city.feature import Building
from citiverse.city.frame import Frame
from citiverse.city.people import AgeGroup, Population
from citiverse.impact.model import AtHome, Impact, Layer
from citiverse.impact.who import EVERYBODY, Shift, who

HOUSES = [
    Building(id=id, geometry=box(x, 0, x + 10, 10), height_m=9.0, use="apartments", levels=3.0, homes=10.0)
    for id, x in (("a", 0.0), ("b", 20.0), ("c", 120.0))
]


def a_city(facts: Facts = NO_FACTS) -> City:
    return city_of(HOUSES, name="row", frame=Frame(32635, (0.0, 0.0)), bounds=(0, 0, 200, 100), facts=facts)


def counted() -> Facts:
    ages = (AgeGroup(0, 17, np.array([8.0, 3.0])), AgeGroup(65, None, np.array([0.0, 4.0])))
    places = np.array([box(0, 0, 100, 100), box(100, 0, 200, 100)], dtype=object)
    return Facts(population=Population(places=places, people=np.array([40.0, 12.0]), source="p", ages=ages))


def impact(**levels: float) -> dict[str, Impact]:
    layer = Layer("noise", "Noise", "dB Lden", levels, ((0.0, "#fff"),), AtHome("lower", 1.0))
    return {"noise": Impact("noise", "1", "full", (), (layer,))}


def by_group(found: tuple[Shift, ...]) -> dict[str, tuple[float | None, float | None]]:
    return {each.group: (each.better, each.worse) for each in found}


def test_those_whose_home_gets_quieter_gain_and_what_nobody_hears_does_not_count() -> None:
    found = by_group(who(a_city(), impact(a=60, b=60, c=60), impact(a=57, b=60.5, c=64)))
    assert found == {EVERYBODY: (21.0, 21.0)}


def test_groups_are_told_where_people_are_counted_but_none_of_fewer_than_five() -> None:
    found = by_group(who(a_city(counted()), impact(a=60, b=60, c=60), impact(a=57, b=57, c=64)))
    assert set(found) == {EVERYBODY, "0 to 17"}  # four people of 65 and older are too few
    assert found[EVERYBODY] == pytest.approx((40.0, 12.0))
    assert found["0 to 17"][0] == pytest.approx(8.0)
    assert found["0 to 17"][1] is None


def test_homes_that_come_or_go_neither_gain_nor_lose() -> None:
    city = a_city()
    after = city.with_change(change_between({"c": HOUSES[2]}, {"c": None}))
    found = by_group(who(city, impact(a=60, b=60, c=60), impact(a=57, b=60), after))
    assert found == {EVERYBODY: (21.0, 0.0)}
