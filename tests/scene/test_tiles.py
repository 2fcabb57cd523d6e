"""Tiles say what they show, and show what there is."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from citiverse.city.city import city_of
from citiverse.city.feature import Building
from citiverse.city.frame import Frame
from citiverse.scene.build import SceneDelta, build, layers_at, seen_at, tiles_of
from citiverse.scene.cell import Square, cell_of, squares_of
from citiverse.scene.check import check_glb, check_scene, check_tileset, check_twin
from citiverse.scene.executor import Processes
from citiverse.scene.glb import Column, write_glb
from citiverse.scene.layers.table import FAR, LAYERS
from citiverse.scene.paint import Surface
from citiverse.scene.reading import NotGlb, read_glb
from citiverse.scene.tile import Layer, Tile, encode, tile_of
from citiverse.scene.tileset import tileset
from tests.scene.town import FRAME, hills, house, town

ROOT = Path(__file__).parents[2]


def the(layer: str, x: int = 0, y: int = 0) -> Tile:
    return build(town()).by_key[f"{layer}/0/{x}/{y}"]


def surface(tile: Tile, kind: Surface) -> np.ndarray:
    """Feature ids of all vertices of one surface."""
    glb = read_glb(tile.content)
    _, primitive = next(glb.primitives())
    of = glb.accessor(primitive["attributes"]["_SURFACE"])[:, 0]
    slots = glb.accessor(primitive["attributes"]["_FEATURE_ID_0"])[:, 0]
    ids = [*tile.features, ""]
    return np.array([ids[slot] for slot in np.unique(slots[of == kind])])


def test_every_tile_of_the_town_is_faultless() -> None:
    nothing = city_of([], name="nothing", frame=FRAME, bounds=(0.0, 0.0, 200.0, 200.0))
    for city in (town(), town(terrain=hills()), nothing):
        tiles = build(city)
        files = {f"{key}.glb": tile.content for key, tile in tiles.by_key.items()}
        document = json.loads(json.dumps(tileset(city, tiles, lambda tile: f"{tile.key}.glb")))
        assert check_tileset(document, files.__getitem__) == []


def test_khronos_finds_no_error_and_no_warning(tmp_path: Path) -> None:
    modules = ROOT / "web_client" / "node_modules"
    if not (modules / "gltf-validator").is_dir():
        pytest.skip("gltf-validator is not installed: run `npm ci` in web_client")
    city = town(terrain=hills())
    files = []
    for tile in build(city).by_key.values():
        files.append(tmp_path / f"{tile.key.replace('/', '_')}.glb")
        files[-1].write_bytes(tile.content)
    for square in (Square(0, 0, 0), Square(1, 0, 0)):
        for layer in layers_at(square.z):
            files.append(tmp_path / f"plain_{layer.name}_{square.z}_{square.x}_{square.y}.glb")
            files[-1].write_bytes(encode(layer, layer.draw(cell_of(city, square)), "plain")[0])
    files += sorted((ROOT / "assets" / "models").glob("*.glb"))
    script = Path(__file__).with_name("validate.mjs")
    done = subprocess.run(["node", script, modules, *files], capture_output=True, text=True, check=True)
    bad = {file: report for file, report in json.loads(done.stdout).items() if report["errors"] or report["warnings"]}
    assert bad == {}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_a_compressed_tile_is_its_plain_twin(layer: Layer) -> None:
    cell = cell_of(town(), Square(0, 0, 0))
    drawing = layer.draw(cell)
    packed, _, _ = encode(layer, drawing)
    plain, _, _ = encode(layer, drawing, "plain")
    assert check_twin(packed, plain) == []
    assert len(packed) < len(plain)


def test_a_tile_tells_of_its_features() -> None:
    tile = the("buildings")
    table = read_glb(tile.content).table()
    assert table["id"] == list(tile.features) == ["osm:w10", "osm:w11", "osm:w12", "osm:w13"]
    assert set(table["kind"]) == {"building"}
    assert table["height"] == [9.0] * 4
    assert set(table["basis"]) == {"tagged"}
    assert set(table["source"]) == {"osm"}


def test_an_estimated_height_says_so() -> None:
    city = town(house("osm:w10", 30, 30, estimated=frozenset({"height_m"})))
    table = read_glb(build(city).by_key["buildings/0/0/0"].content).table()
    assert table["basis"] == ["estimated", "tagged", "tagged", "tagged"]


def test_a_house_on_the_border_of_leaves_is_whole_in_one() -> None:
    tiles = build(town())
    assert "osm:w13" in tiles.by_key["buildings/0/0/0"].features
    assert tiles.by_key["buildings/0/0/0"].box[3] == pytest.approx(260.0, abs=0.02)
    assert "buildings/0/1/0" not in tiles.by_key


def test_roads_green_and_water_can_be_told_apart() -> None:
    tile = the("ground")
    assert set(surface(tile, Surface.CARRIAGEWAY)) == {"osm:w1", "osm:w2"}
    assert set(surface(tile, Surface.LAWN)) == {"osm:w20"}
    assert set(surface(tile, Surface.WATER)) == {"osm:w21"}  # the pond, not the park it lies in
    assert set(surface(tile, Surface.SQUARE)) == {"osm:w22"}
    assert set(surface(tile, Surface.EARTH)) == {""}
    assert "osm:w2" in surface(tile, Surface.MARKING)


def test_what_lies_under_the_ground_is_not_shown() -> None:
    assert all("osm:w5" not in tile.features for tile in build(town()).by_key.values())


def test_a_bridge_stands_over_the_water_and_a_crossing_is_painted() -> None:
    tile = the("ground", 1, 0)
    assert "osm:w4" in surface(tile, Surface.MASONRY)
    assert "osm:n101" in surface(tile, Surface.MARKING)


def test_a_house_across_the_edge_of_the_scene_is_built() -> None:
    outside = house("osm:w95", 0, 0, geometry=shapely.box(480, 100, 600, 120))
    tiles = build(town(outside))
    assert tiles.by_key["buildings/0/2/0"].features == ("osm:w95",)
    assert "ground/0/2/0" not in tiles.by_key


def test_many_trees_are_instances_of_one_model() -> None:
    glb = read_glb(the("furniture").content)
    grown = [node for node, _ in glb.primitives() if "EXT_mesh_gpu_instancing" in node.get("extensions", {})]
    assert len(grown) == 1
    places = grown[0]["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]["TRANSLATION"]
    assert glb.root["accessors"][places]["count"] == 14


def test_a_leaf_costs_one_draw_for_each_layer_and_model() -> None:
    assert the("buildings").draws == the("ground").draws == 1
    assert the("furniture").draws == 2


def test_the_same_features_in_another_order_give_the_same_bytes() -> None:
    city = town()
    other = city_of(
        reversed(list(city.features())), name=city.name, frame=city.frame, bounds=city.bounds, terrain=city.terrain
    )
    assert build(other).hashes == build(city).hashes


def test_other_processes_build_the_same_bytes() -> None:
    done: list[tuple[int, int]] = []
    tiles = build(town(), executor=Processes(2), progress=lambda now, of: done.append((now, of)), near=(400.0, 400.0))
    assert tiles.hashes == build(town()).hashes
    assert done[-1] == (5, 5)


def test_quantised_walls_stand_within_a_centimetre() -> None:
    points = read_glb(the("buildings").content).positions()
    corner = np.array([30.0, 9.0, -40.0])  # y up: height second, north negative third
    assert np.abs(points - corner).max(axis=1).min() < 0.005


def test_a_building_of_900_m_still_fits_its_lattice() -> None:
    long = house("osm:w99", 0, 0, geometry=shapely.box(20, 440, 920, 460))
    city = town(long)
    tile = build(replace(city, bounds=(10.0, 10.0, 950.0, 480.0))).by_key["buildings/0/1/1"]
    points = read_glb(tile.content).positions()
    assert check_glb(tile.content) == []
    assert points[:, 0].max() == pytest.approx(920.0, abs=0.01)


def test_more_than_65535_vertices_get_wider_indices() -> None:
    round_tower = shapely.Point(100, 100).buffer(30, quad_segs=9000)
    tile = build(town(house("osm:w98", 0, 0, geometry=round_tower))).by_key["buildings/0/0/0"]
    glb = read_glb(tile.content)
    _, primitive = next(glb.primitives())
    assert glb.root["accessors"][primitive["indices"]]["componentType"] == 5125
    assert check_glb(tile.content) == []


def test_nothing_makes_no_tile() -> None:
    empty = city_of([], name="empty", frame=FRAME, bounds=(0.0, 0.0, 200.0, 200.0))
    tiles = build(empty)
    assert sorted(tiles.by_key) == ["far/1/0/0", "ground/0/0/0"]
    assert tile_of(LAYERS[1], cell_of(empty, Square(0, 0, 0))) is None


def test_a_far_tile_is_one_draw_without_small_things() -> None:
    tile = build(town()).by_key["far/1/0/0"]
    assert tile.draws == 1
    assert {"osm:w10", "osm:w1", "osm:w20", "osm:n3"} <= set(tile.features)
    assert "osm:n100" not in tile.features
    assert FAR.sees(house("osm:w97", 0, 0, geometry=shapely.box(0, 0, 3, 3)), 1) is None


def test_errors_grow_from_level_to_level() -> None:
    tiles = build(town())
    assert tiles.by_key["ground/0/0/0"].error_m == 0.0
    assert tiles.by_key["far/1/0/0"].error_m > 0.0


def test_the_root_leads_to_where_the_town_is_on_earth() -> None:
    city = town()
    root = tileset(city, build(city), lambda tile: tile.key)["root"]
    matrix = np.array(root["transform"]).reshape(4, 4).T
    for local in ([30.0, 40.0, 9.0], [480.0, 20.0, 0.0]):
        image = matrix @ np.array([*local, 1.0])
        truth = city.frame.to_geocentric(np.array([local]))[0]
        assert np.linalg.norm(image[:3] - truth) < 0.05


def test_a_wide_scene_bends_with_the_earth() -> None:
    """32 km across, where one plane would lie 20 m and more over the ground at its corners."""
    frame = Frame(epsg=25832, origin=(690_000.0, 5_320_000.0))
    homes = [house(f"osm:w{i}", 0, 0, geometry=shapely.box(x, y, x + 20, y + 20))
             for i, (x, y) in enumerate([(50, 50), (31_900, 50), (16_000, 16_000), (31_900, 31_900)])]  # fmt: skip
    city = city_of(homes, name="wide", frame=frame, bounds=(0.0, 0.0, 32_000.0, 32_000.0))
    cells = [cell_of(city, square, seen_at(0)) for square in squares_of(homes)]
    tiles = tiles_of([tile for cell in cells if (tile := tile_of(LAYERS[1], cell)) is not None])
    document = tileset(city, tiles, lambda tile: tile.key)
    assert check_tileset(document, lambda key: tiles.by_key[key].content) == []
    seen = 0

    def walk(node: dict[str, Any], above: np.ndarray) -> None:
        nonlocal seen
        matrix = above @ np.array(node["transform"]).reshape(4, 4).T if "transform" in node else above
        if node.get("content", {}).get("uri", "").startswith("buildings/"):
            seen += 1
            x, y, z = node["boundingVolume"]["box"][:3]
            truth = city.frame.to_geocentric(np.array([[x, y, z]]))[0]
            assert np.linalg.norm((matrix @ [x, y, z, 1.0])[:3] - truth) < 1.0
        for child in node.get("children", []):
            walk(child, matrix)

    walk(document["root"], np.eye(4))
    assert seen == 4


def test_the_frames_geocentric_metres_are_those_of_pyproj() -> None:
    city = town()
    to_earth = Transformer.from_crs("EPSG:4326", "EPSG:4978", always_xy=True)
    for local in ([30.0, 40.0, 9.0], [480.0, 20.0, 0.0]):
        lon, lat = city.frame.to_lonlat(np.array([local[:2]]))[0]
        truth = np.array(to_earth.transform(lon, lat, local[2]))
        assert np.linalg.norm(city.frame.to_geocentric(np.array([local]))[0] - truth) < 0.01


def test_a_scene_is_checked_against_itself_drawn_again() -> None:
    city = town(terrain=hills())
    tiles = build(city)
    assert check_scene(city, tiles) == []
    key = "buildings/0/0/0"
    other = build(town(house("osm:w95", 100, 200), terrain=hills())).by_key[key]
    assert any("other bytes" in fault for fault in check_scene(city, tiles.with_delta(SceneDelta({key: other}))))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b'"enumType":"kind"', b'"enumType":"kin_"', "names an enumeration that is not there"),
        (b'"id":"citiverse"', b'"id":"citi erse"', "no name that a schema may have"),
        (b'"name":"tagged"', b'"name":""      ', "lacks words"),
        (b'"propertyTable":0', b'"propertyTable":7', "a property table that is not there"),
    ],
)
def test_each_kind_of_fault_has_its_sentence(old: bytes, new: bytes, fault: str) -> None:
    content = the("buildings").content
    assert old in content
    assert any(fault in each for each in check_glb(content.replace(old, new)))


def test_faults_are_found() -> None:
    tile = the("buildings")
    assert check_glb(tile.content[:-4]) == [f"The file has {len(tile.content) - 4} bytes but says {len(tile.content)}."]
    text = tile.content.replace(b'"featureCount":4', b'"featureCount":3')
    assert check_glb(text) == ["featureCount is 3, but 4 features are named."]
    with pytest.raises(NotGlb):
        read_glb(b"not a model at all, just words")


def test_words_of_any_language_stand_in_the_table() -> None:
    names = ["Töölö", "", "東京"]
    part = encode(LAYERS[1], LAYERS[1].draw(cell_of(town(), Square(0, 0, 0))), "plain")
    assert part
    glb = read_glb(write_glb([], [Column("id", names)]))
    assert glb.table()["id"] == names


def test_a_building_that_is_a_line_is_left_out() -> None:
    flat = shapely.Polygon([(50, 200), (60, 200), (70, 200)])
    tile = build(town(house("osm:w96", 0, 0, geometry=flat))).by_key["buildings/0/0/0"]
    assert isinstance(flat, shapely.Polygon)
    assert check_glb(tile.content) == []
    assert Building.kind == "building"
