"""Footprints as data really have them: each is built whole, or left out, and never spoils its tile."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon

from citiverse.city.feature import Building, Roof, RoofShape
from citiverse.city.terrain import Terrain
from citiverse.scene.build import build
from citiverse.scene.check import check_glb
from citiverse.scene.layers import buildings
from citiverse.scene.layers.table import LAYERS
from citiverse.scene.paint import Surface
from citiverse.scene.reading import Glb, read_glb
from citiverse.scene.tile import Drawing, encode
from citiverse.shape.buildings import shells
from tests.scene.town import house, town

LAYER = next(layer for layer in LAYERS if layer.name == "buildings")
SQUARE = [(0, 0), (40, 0), (40, 40), (0, 40)]
CASES: dict[str, Polygon | MultiPolygon] = {
    "two courtyards": Polygon(SQUARE, [[(5, 5), (5, 15), (15, 15), (15, 5)], [(20, 20), (20, 35), (35, 35), (35, 20)]]),
    "a courtyard that touches the wall": Polygon(SQUARE, [[(0, 20), (10, 25), (10, 15)]]),
    "two courtyards that touch": Polygon(SQUARE, [[(5, 5), (5, 20), (20, 20)], [(20, 20), (35, 20), (35, 35)]]),
    "several outlines": MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)]),
    "outlines that touch": MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(10, 10, 20, 20)]),
    "repeated and straight points": Polygon([(0, 0), (10, 0), (10, 0), (20, 0), (20, 20), (20, 20.0001), (0, 20)]),
    "a sliver": Polygon([(0, 0), (60, 0), (60, 0.04), (0, 0.04)]),
    "a spike": Polygon([(0, 0), (20, 0), (20, 20), (10.001, 20), (10, 60), (9.999, 20), (0, 20)]),
    "a star": Polygon([(20 + r * np.cos(a), 20 + r * np.sin(a))
                       for r, a in zip([20.0, 7.0] * 8, np.linspace(0, 2 * np.pi, 17)[:-1], strict=True)]),
    "a circle": shapely.Point(20, 20).buffer(18, quad_segs=32),
    "900 metres long": shapely.box(0, 0, 900, 12),
    "a comb": Polygon([(0, 0), (40, 0), *((x, y) for i in range(20) for x, y in
                                         ((40 - 2 * i, 30), (39 - 2 * i, 30), (39 - 2 * i, 5), (38 - 2 * i, 5)))][:-1]),
}  # fmt: skip
ROOFS: tuple[RoofShape, ...] = ("flat", "gabled", "hipped", "half-hipped", "pyramidal", "skillion", "gambrel",
                                "mansard", "round", "dome", "cone")  # fmt: skip


def drawn(*houses: Building) -> Glb:
    mesh = buildings.mesh_of(shells(houses, Terrain()), houses)
    assert mesh is not None
    content, features, _ = encode(LAYER, Drawing(houses, mesh), "plain")
    assert check_glb(content) == []
    assert len(features) == len(houses)
    return read_glb(content)


def covered_m2(glb: Glb) -> float:
    """Area from above of all that faces up."""
    _, primitive = next(glb.primitives())
    points = glb.positions()[:, [0, 2]] * [1, -1]
    a, b, c = (points[glb.accessor(primitive["indices"])[:, 0].reshape(-1, 3)[:, i].astype(int)] for i in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return float(doubled[doubled > 0].sum() / 2)


@pytest.mark.parametrize("shape", ROOFS)
@pytest.mark.parametrize("name", CASES)
def test_every_roof_over_every_footprint_covers_it_within_a_thousandth(name: str, shape: RoofShape) -> None:
    ground = shapely.affinity.translate(CASES[name], 30.0, 50.0)
    made = drawn(house("osm:w1", 0, 0, geometry=ground, height_m=12.0, roof=Roof(shape=shape, height_m=4.0)))
    assert covered_m2(made) == pytest.approx(ground.area, rel=1e-3, abs=0.03 * ground.length * 0.2)


def test_a_roof_taller_than_its_house_stays_within_its_height() -> None:
    made = drawn(house("osm:w1", 0, 0, geometry=shapely.box(10, 10, 30, 20), roof=Roof(shape="gabled", height_m=99.0)))
    assert made.positions()[:, 1].max() == pytest.approx(9.0, abs=0.01)


def test_a_roof_that_fits_nowhere_is_flat_and_counted() -> None:
    teeth = [(x, y) for i in range(80) for x, y in ((i, 0), (i + 0.5, 0), (i + 0.5, 9), (i + 1, 9))]
    comb = Polygon([*teeth, (80, 10), (0, 10)])  # of very many edges, and nowhere wide enough for a flat top
    odd = house("osm:w98", 0, 0, geometry=shapely.affinity.translate(comb, 20, 200), roof=Roof("hipped", 3.0))
    tile = build(town(odd)).by_key["buildings/0/0/0"]
    assert tile.flattened == ("osm:w98",)
    assert "osm:w98" in tile.features


def test_a_part_over_its_outline_hangs_where_it_says() -> None:
    ground, tower = house("osm:w1", 30, 30), house("osm:w2", 30, 30, min_height_m=9.0, height_m=30.0, part_of="osm:w1")
    heights = drawn(ground, tower).positions()[:, 1]
    assert heights.max() == pytest.approx(30.0, abs=0.01)
    assert drawn(tower).positions()[:, 1].min() == pytest.approx(9.0, abs=0.01)


def test_more_points_than_sixteen_bits_can_count_still_make_a_tile() -> None:
    many = [
        house(
            f"osm:w{i}", 0, 0, geometry=shapely.Point(30 + 12 * (i % 20), 30 + 12 * (i // 20)).buffer(5, quad_segs=16)
        )
        for i in range(400)
    ]
    made = drawn(*many)
    _, primitive = next(made.primitives())
    assert made.root["accessors"][primitive["attributes"]["POSITION"]]["count"] > 65_536
    assert made.root["accessors"][primitive["indices"]]["componentType"] == 5125


def test_a_wall_without_area_leaves_its_neighbours_alone() -> None:
    flat = house("osm:w96", 0, 0, geometry=Polygon([(50, 200), (60, 200), (70, 200)]))
    tiles = build(town(flat, house("osm:w97", 50, 200)))
    assert check_glb(tiles.by_key["buildings/0/0/0"].content) == []
    assert "osm:w97" in tiles.by_key["buildings/0/0/0"].features


@pytest.mark.parametrize(
    ("more", "wall", "roof"),
    [
        ({"use": "apartments"}, Surface.WALL, Surface.ROOF),
        ({"use": "retail"}, Surface.WALL_SHOP, Surface.ROOF),
        ({"use": "apartments", "material": "brick"}, Surface.WALL_BRICK, Surface.ROOF),
        ({"use": "industrial"}, Surface.WALL_HALL, Surface.ROOF),
        ({"use": "religious", "roof": Roof(shape="gabled", height_m=3.0)}, Surface.WALL_CHURCH, Surface.ROOF_TILES),
        (
            {"use": "house", "roof": Roof(shape="hipped", height_m=2.0, material="copper")},
            Surface.WALL,
            Surface.ROOF_METAL,
        ),
        ({"use": "house", "green_roof": True}, Surface.WALL, Surface.ROOF_GREEN),
        ({"use": "house", "solar": True}, Surface.WALL, Surface.ROOF_SOLAR),
        ({"use": "house", "solar": True, "green_roof": True}, Surface.WALL, Surface.ROOF_GREEN_SOLAR),
    ],
)
def test_walls_and_roofs_look_like_what_they_are(more: dict[str, object], wall: Surface, roof: Surface) -> None:
    made = drawn(replace(house("osm:w1", 30, 30), **more))  # type: ignore[arg-type]
    _, primitive = next(made.primitives())
    assert set(made.accessor(primitive["attributes"]["_SURFACE"])[:, 0].tolist()) == {int(wall), int(roof)}


def test_green_roofs_are_green_from_far_too() -> None:
    plain, green = (buildings.paint_of(house("osm:w1", 0, 0, green_roof=on)) for on in (None, True))
    assert plain[:4] == green[:4]
    assert green[5] > green[4]
    assert green[5] > green[6]
