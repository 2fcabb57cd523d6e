"""Trees at points, in rows, over areas."""

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
import shapely

from citiverse.city.city import City
from citiverse.city.feature import Tree
from citiverse.proposal.edit import EditRefused, parse_edit

Here = Callable[..., list[list[float]]]
Block = Callable[..., list[list[list[float]]]]


def planted(city: City, **edit: object) -> list[Tree]:
    change = parse_edit({"verb": "plant_trees"} | edit).apply(city)
    return [tree for tree in change.after.values() if isinstance(tree, Tree)]


def refusal(city: City, **edit: object) -> str:
    with pytest.raises(EditRefused) as refused:
        planted(city, **edit)
    return str(refused.value)


def test_a_tree_stands_where_it_was_put(town: City, here: Here) -> None:
    (tree,) = planted(town, points=here((50, 300)), genus="Pinus sylvestris", height_m=9)
    assert tree.geometry.distance(shapely.Point(50, 300)) < 0.002
    assert (tree.height_m, tree.leaf) == (9.0, "needleleaved")
    assert tree.estimated == {"crown_m"}


def test_a_footway_holds_a_tree_and_a_carriageway_does_not(town: City, here: Here) -> None:
    assert len(planted(town, points=here((50, 104.5)))) == 1
    assert refusal(town, points=here((50, 97.5))) == "A tree can't stand on the carriageway of Main Street."


def test_a_tree_over_a_tunnel_is_fine(town: City, here: Here) -> None:
    assert len(planted(town, points=here((50, 200)))) == 1


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((130, 130), "Forum"),
        ((460, 350), "sea"),
        ((200, 50), "Line 3"),
        ((60.4, 400), "already"),
        ((900, 9), "outside"),
    ],
)
def test_refusals_name_what_is_in_the_way(town: City, here: Here, place: tuple[float, float], words: str) -> None:
    assert words in refusal(town, points=here((20, 300), place))


def test_two_trees_in_one_spot_are_refused(town: City, here: Here) -> None:
    assert "already stands" in refusal(town, points=here((50, 300), (50.2, 300)))


def test_planting_twice_is_refused(town: City, here: Here, block: Block) -> None:
    for edit in ({"points": here((50, 300))}, {"line": here((10, 300), (90, 300)), "spacing_m": 8}):
        once = town.with_change(parse_edit({"verb": "plant_trees"} | edit).apply(town))
        assert refusal(once, **edit)


def test_a_row_is_even_and_leaves_out_the_street_it_crosses(town: City, here: Here) -> None:
    trees = planted(town, line=here((40, 300), (40, 60)), spacing_m=10)
    heights = [tree.geometry.y for tree in trees]
    assert len(heights) == 24
    assert all(abs(y - 100) > 3.2 for y in heights)
    assert {round(a - b, 1) for a, b in pairwise(heights)} == {10.0, 20.0}


def test_an_area_keeps_its_paths_clear(town: City, block: Block) -> None:
    trees = planted(town, area=block(180, 210, 218, 290), per_ha=1000)
    assert len(trees) > 200
    assert all(abs(tree.geometry.x - 200) >= 1.0 for tree in trees)


@pytest.mark.parametrize("per_ha", [20, 100, 400])
def test_an_area_gets_as_many_trees_as_told(town: City, block: Block, per_ha: float) -> None:
    trees = planted(town, area=block(0, 310, 90, 500), per_ha=per_ha)
    assert len(trees) == pytest.approx(per_ha * 1.71, rel=0.15)
    spots = [tree.geometry for tree in trees]
    nearest = min(spots[0].distance(other) for other in spots[1:])
    assert nearest == pytest.approx(math.sqrt(2 / math.sqrt(3) * 1e4 / per_ha), rel=0.05)


def test_a_tiny_area_gets_one_tree(town: City, block: Block) -> None:
    assert len(planted(town, area=block(20, 300, 22, 302), per_ha=10)) == 1


def test_too_many_trees_are_refused(town: City, here: Here, block: Block) -> None:
    assert "at most" in refusal(
        town, line=here((0, 301), *[(500 * (n % 2), 301 + n) for n in range(1, 10)]), spacing_m=2
    )
    assert "most" in refusal(town, area=block(0, 210, 500, 500), per_ha=1200)


def test_descriptions(town: City, here: Here, block: Block) -> None:
    def said(**edit: object) -> str:
        return parse_edit({"verb": "plant_trees"} | edit).describe(town)

    assert said(points=here((1, 1))) == "Plant 1 tree"
    assert said(line=here((1, 1), (9, 1)), spacing_m=8, genus="Tilia") == "Plant a row of Tilia trees, one every 8.0 m"
    assert said(area=block(0, 0, 9, 9), per_ha=50) == "Plant trees over an area, 50 to the hectare"
