"""People live where they were counted, and are estimated where they were not."""

from dataclasses import replace

import numpy as np
import pytest
from shapely import Point, box

from citiverse.city.background import Background
from citiverse.city.change import change_between
from citiverse.city.city import City, city_of
from citiverse.city.facts import NO_FACTS, Facts
from citiverse.city.feature import Building
from citiverse.city.frame import Frame
from citiverse.city.people import AgeGroup, Population
from citiverse.geometry.grid import Grid
from citiverse.impact.air.exposure import behind_of
from citiverse.impact.residents import people_of, residents


def house(id: str, x: float, homes: float | None = 4.0) -> Building:
    return Building(id=id, geometry=box(x, 0, x + 10, 10), height_m=9.0, use="apartments", levels=3.0, homes=homes)


HOUSES = [house("a", 0.0, 4.0), house("b", 20.0, 12.0), house("c", 120.0, None)]


def population(*places: object, people: list[float], young: list[float] | None = None) -> Facts:
    ages = () if young is None else (AgeGroup(0, 17, np.array(young)),)
    where = np.array(places, dtype=object)
    return Facts(population=Population(places=where, people=np.array(people), source="p", ages=ages))


def a_city(facts: Facts = NO_FACTS) -> City:
    return city_of(HOUSES, name="row", frame=Frame(32635, (0.0, 0.0)), bounds=(0, 0, 200, 100), facts=facts)


def test_without_a_count_people_are_estimated_by_homes() -> None:
    found = people_of(a_city(), HOUSES)
    assert not found.counted
    assert found.count.tolist() == [residents(each, a_city().defaults) for each in HOUSES]


def test_a_cells_people_are_shared_out_by_homes() -> None:
    facts = population(box(0, 0, 100, 100), box(100, 0, 200, 100), people=[80.0, 7.0], young=[16.0, 0.0])
    found = people_of(a_city(facts), HOUSES)
    assert found.counted
    assert found.count.tolist() == pytest.approx([20.0, 60.0, 7.0])
    assert found.groups == ("0 to 17",)
    assert found.by_group[:, 0].tolist() == pytest.approx([4.0, 12.0, 0.0])


def test_of_a_cell_that_reaches_beyond_the_scene_only_a_share_counts() -> None:
    facts = population(box(-100, 0, 100, 100), people=[80.0])
    assert people_of(a_city(facts), HOUSES).count.sum() == pytest.approx(40.0)


def test_addresses_belong_to_the_nearest_building() -> None:
    facts = population(Point(31, 5), Point(180, 90), people=[9.0, 5.0])
    assert people_of(a_city(facts), HOUSES).count.tolist() == pytest.approx([0.0, 9.0, 0.0])


def test_not_a_number_is_nobody() -> None:
    facts = population(box(0, 0, 100, 100), box(100, 0, 200, 100), people=[np.nan, 7.0])
    assert people_of(a_city(facts), HOUSES).count.tolist() == pytest.approx([0.0, 0.0, 7.0])


def test_more_floors_bring_more_people_and_new_houses_are_estimated() -> None:
    city = a_city(population(box(0, 0, 100, 100), box(100, 0, 200, 100), people=[80.0, 7.0]))
    taller, new = replace(HOUSES[2], levels=6.0), house("new:1.0", 60.0)
    city = city.with_change(change_between({"c": HOUSES[2]}, {"c": taller, "new:1.0": new}))
    found = people_of(city, [*city.all(Building)])
    assert found.count.tolist() == pytest.approx([20.0, 60.0, 14.0, residents(new, city.defaults)])


def test_maps_of_the_background_count_where_they_say_something() -> None:
    values = np.array([[10.0, np.nan], [-5.0, 1e9]])
    facts = Facts(background=(Background("no2", Grid(values, 0.0, 0.0, 100.0, "ug/m3"), "cams"),))
    city = a_city(facts)
    usual = behind_of(a_city(), np.zeros((1, 3))).ug_m3[0]
    found = behind_of(city, np.array([[40.0, 40.0, 0.0], [190.0, 140.0, 0.0], [900.0, 40.0, 0.0]]))
    assert found.given == ("no2",)
    assert found.ug_m3[0].tolist() == pytest.approx([10.0, *usual[1:]])
    assert found.ug_m3[1, 0] == pytest.approx(10.0)
    assert found.ug_m3[2].tolist() == pytest.approx(usual.tolist())
