"""The models of trees and things in the street."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from citiverse.city.feature import GreenArea, Tree
from citiverse.city.terrain import Terrain
from citiverse.resources import assets
from citiverse.scene.cell import Cell, Square
from citiverse.scene.layers import far, furniture
from citiverse.scene.models import model
from citiverse.scene.paint import Surface

NAMES = sorted(Path(file).stem for file in (assets() / "models").glob("*.glb"))
TREES = {*furniture._BY_GENUS.values(), *furniture._UNKNOWN, "bush", "conifer"}


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_small_stands_on_the_ground_and_has_normals(name: str) -> None:
    made = model(name)
    assert len(made.triangles) <= 350
    assert made.points[:, 1].min() == pytest.approx(0.0, abs=0.12)  # where they are sunk into it
    assert np.linalg.norm(made.normals, axis=1) == pytest.approx(1.0, abs=0.02)
    assert made.triangles.max() == len(made.points) - 1
    corners = made.points[made.triangles]
    assert (np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) > 0).all()


def test_everything_that_stands_in_a_street_has_its_model() -> None:
    assert TREES | set(furniture._THINGS.values()) <= set(NAMES)


@pytest.mark.parametrize("name", sorted(TREES - {"bush"}))
def test_a_tree_has_a_stem_below_and_leaves_above(name: str) -> None:
    made = model(name)
    leaves = made.surface == int(Surface.FOLIAGE)
    assert made.points[leaves][:, 1].mean() > made.points[~leaves][:, 1].mean()
    assert made.points[~leaves][:, 1].min() < 0.01


def tree(id: str, x: float, *, genus: str = "", leaf: str = "", height_m: float = 9.0) -> Tree:
    return Tree(id=id, geometry=shapely.Point(x, 10.0), genus=genus, leaf=leaf, height_m=height_m)  # type: ignore[arg-type]


def test_trees_look_like_what_is_known_of_them() -> None:
    kinds = ["Betula", "Platanus", "Salix", "Prunus", "Populus", "Phoenix", "Picea", "Pinus", "Tilia"]
    assert [furniture.tree_model(tree("t", 1.0, genus=genus)) for genus in kinds] == [
        "birch", "plane", "willow", "cherry", "column", "palm", "conifer", "pine", "linden",
    ]  # fmt: skip
    assert furniture.tree_model(tree("t", 1.0, leaf="needleleaved")) == "conifer"
    assert furniture.tree_model(tree("t", 1.0, height_m=2.0)) == "bush"


def test_unknown_trees_are_alike_in_an_avenue_and_differ_over_a_city() -> None:
    assert len({furniture.tree_model(tree(f"t{i}", 10.0 * i)) for i in range(12)}) == 1
    assert len({furniture.tree_model(tree(f"t{i}", 130.0 * i)) for i in range(40)}) == 3


def test_a_wood_is_drawn_with_trees_near_by_and_from_far_and_a_lawn_is_not() -> None:
    terrain, box = Terrain(), (0.0, 0.0, 512.0, 512.0)
    wood = GreenArea(id="w", geometry=shapely.box(0, 0, 200, 200), category="wood")
    lawn = GreenArea(id="a", geometry=shapely.box(200, 0, 250, 200), category="grass")
    near = furniture.draw(Cell(Square(0, 0, 0), (lawn, wood), terrain, box))
    (grove,) = near.groves
    assert (grove.model.name, set(grove.slot.tolist())) == ("thicket", {1})
    assert 120 < len(grove.slot) < 180
    with_wood, without = (
        far.draw(Cell(Square(1, 0, 0), some, terrain, box)).mesh
        for some in ((lawn, wood), (lawn, replace(wood, category="grass")))
    )
    assert with_wood is not None
    assert without is not None
    assert len(with_wood.triangles) - len(without.triangles) == 12 * len(grove.slot)
