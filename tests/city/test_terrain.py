"""The height of the ground, and how a city's revision tells it."""

from dataclasses import replace

import numpy as np
from shapely import Point

from citiverse.city.city import City, city_of
from citiverse.city.feature import Tree
from citiverse.city.frame import Frame
from citiverse.city.terrain import Terrain
from citiverse.geometry.grid import Grid


def a_city(terrain: Terrain) -> City:
    tree = Tree(id="osm:n1", geometry=Point(5, 5))
    return city_of([tree], name="a", frame=Frame(25832, (0.0, 0.0)), bounds=(0, 0, 10, 10), terrain=terrain)


def hill(top_m: float) -> Terrain:
    return Terrain(Grid(np.array([[0.0, 0.0], [0.0, top_m]]), 0.0, 0.0, 10.0, "m"))


def test_the_revision_of_a_city_tells_how_high_its_ground_is() -> None:
    states = [Terrain(), Terrain(None, 100.0), hill(5.0), hill(5.01), replace(hill(5.0), level_m=1.0)]
    assert len({a_city(terrain).fingerprint() for terrain in states}) == len(states)
    assert a_city(hill(5.0)).fingerprint() == a_city(hill(5.0)).fingerprint()


def test_flat_ground_at_nought_adds_nothing_to_the_revision() -> None:
    city = a_city(Terrain())
    assert int(city.fingerprint(), 16) == city.base.fingerprint
