"""Changed features: found by place, and summed up, as if they were all looked at."""

import pickle
from dataclasses import replace

import numpy as np
from shapely import Point

from citiverse.city.change import Change
from citiverse.city.city import City, city_of
from citiverse.city.feature import Feature, Tree
from citiverse.city.frame import Frame

FRAME = Frame(32635, (380000.0, 6670000.0))


def a_wood(trees: int) -> City:
    rng = np.random.default_rng(3)
    spots = rng.uniform(0.0, 1000.0, (trees, 2)).round(3).tolist()
    planted = [Tree(id=f"t{n}", geometry=Point(x, y)) for n, (x, y) in enumerate(spots)]
    return city_of(planted, name="wood", frame=FRAME, bounds=(0.0, 0.0, 1000.0, 1000.0))


def edited(city: City, rounds: int, ask: int) -> City:
    """The city after trees are felled, moved, planted and put back; its fingerprint asked for now and then."""
    rng = np.random.default_rng(5)
    for n in range(rounds):
        before: dict[str, Feature | None] = {}
        after: dict[str, Feature | None] = {}
        for k in range(3):
            id = f"t{rng.integers(300)}" if k else f"n{n % 400}"
            before[id] = city.get(id)
            x, y = rng.uniform(0.0, 1000.0, 2).round(3).tolist()
            moved = Tree(id=id, geometry=Point(x, y))
            after[id] = [None, moved, city.base.features.get(id)][int(rng.integers(3))]
        kept = {id: new for id, new in after.items() if new != before[id]}
        city = city.with_change(Change({id: before[id] for id in kept}, kept))
        if n % ask == 0:
            city.fingerprint()
    return city


def test_what_is_near_is_found_after_many_changes() -> None:
    city = edited(a_wood(300), 500, ask=10_000)
    plain = replace(city, overlay=dict(city.overlay))
    fresh = list(city.all(Tree))
    assert len(city.overlay) > 300
    for x in (0.0, 250.0, 600.0):
        box = (x, x, x + 300.0, x + 200.0)
        inside = [f for f in fresh if x <= f.geometry.x <= x + 300.0 and x <= f.geometry.y <= x + 200.0]
        assert {f.id for f in inside}
        assert sorted(f.id for f in city.near(box)) == sorted(f.id for f in inside)
        assert city.near(box) == plain.near(box)


def test_the_fingerprint_is_that_of_the_features_however_it_was_summed() -> None:
    cities = [edited(a_wood(300), 300, ask=ask) for ask in (1, 7, 10_000)]
    anew = city_of(cities[0].features(), name="wood", frame=FRAME, bounds=cities[0].bounds)
    assert {city.fingerprint() for city in cities} == {anew.fingerprint()}
    assert replace(cities[0], overlay={}).fingerprint() == a_wood(300).fingerprint()


def test_a_changed_city_can_be_sent_to_another_process() -> None:
    city = edited(a_wood(300), 400, ask=50)
    other = pickle.loads(pickle.dumps(city.overlay))
    assert other == city.overlay
    assert replace(city, overlay=other).near(city.bounds) == city.near(city.bounds)
