"""Trees of woods that nobody has mapped one by one."""

import numpy as np
import pytest
import shapely

from citiverse.city.feature import GreenArea, Lane, Road
from citiverse.shape.woods import APART_M, MOST_SCRUB_M2, clear_of, growth, is_grown, within

NONE = np.zeros((0, 2))


def wood(box: tuple[float, float, float, float], category: str = "forest") -> GreenArea:
    return GreenArea(id="w", geometry=shapely.box(*box), category=category)


def test_a_wood_is_full_of_trees_that_stand_apart() -> None:
    found = growth(wood((0, 0, 320, 320)))
    assert len(found.at) == pytest.approx((320 / APART_M) ** 2, rel=0.02)
    gaps = np.linalg.norm(found.at[:, None] - found.at[None, :], axis=2) + 100.0 * np.eye(len(found.at))
    assert gaps.min() > 4.0
    assert found.height_m.min() >= 8.0
    assert len(np.unique(found.height_m)) > 100


def test_a_wood_keeps_its_trees_when_its_edge_moves() -> None:
    small, large = growth(wood((50, 50, 200, 200))), growth(wood((0, 0, 320, 320)))
    assert {tuple(at) for at in small.at.tolist()} <= {tuple(at) for at in large.at.tolist()}


def test_the_boxes_of_a_wood_hold_each_of_its_trees_once() -> None:
    found = growth(wood((0, 0, 320, 320)))
    parts = [within(found, (x, y, x + 160.0, y + 160.0)) for x in (0.0, 160.0) for y in (0.0, 160.0)]
    assert sum(len(part.at) for part in parts) == len(found.at)


def test_no_tree_grows_on_a_road_or_where_another_is_mapped() -> None:
    found = growth(wood((0, 0, 320, 320)))
    line = shapely.LineString([(0, 160), (320, 160)])
    road = Road(id="r", geometry=line, category="residential", lanes=(Lane("car", 6.0),), modes=frozenset({"car"}))
    left = clear_of(found, [road], NONE)
    assert 0 < len(left.at) < len(found.at)
    assert (np.abs(left.at[:, 1] - 160) > 5.0).all()
    assert len(clear_of(found, [], found.at[:7] + 1.0).at) == len(found.at) - 7


def test_lawns_and_open_hillsides_are_not_grown_over() -> None:
    side = MOST_SCRUB_M2**0.5
    assert not is_grown(wood((0, 0, 50, 50), "grass"))
    assert is_grown(wood((0, 0, side, side), "scrub"))
    assert not is_grown(wood((0, 0, side + 1, side), "scrub"))
    assert growth(wood((0, 0, side, side), "scrub")).bushes
