"""The city that ships with CitiVERSE, as its recipe makes it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from citiverse.city.feature import Building, Road, Tree, Water, basis_of
from citiverse.gis.read import Import, import_city, read_scene
from citiverse.gis.recipe import Recipe, SourceFile, find_scene
from citiverse.gis.report import readable


@pytest.fixture(scope="module")
def helsinki() -> Import:
    return read_scene(find_scene("helsinki"))


def test_everything_read_is_built_repaired_or_skipped_with_a_reason(helsinki: Import) -> None:
    report = helsinki.report.to_json({"noise": (), "heat": ("weather",)})
    kinds, reasons = report["kinds"], report["reasons"]
    assert isinstance(kinds, dict)
    assert isinstance(reasons, list)
    for kind, count in kinds.items():
        assert count["read"] == count["built"] + count["repaired"] + count["skipped"]
        for outcome in ("repaired", "skipped"):
            told = sum(each["count"] for each in reasons if (each["kind"], each["outcome"]) == (kind, outcome))
            assert told == count[outcome], (kind, outcome)
    assert all(len(each["ids"]) == min(each["count"], 20) for each in reasons)
    assert report["models"] == {
        "noise": {"ready": True, "missing": []},
        "heat": {"ready": False, "missing": ["weather"]},
    }


def test_clipped_buildings_are_recovered(helsinki: Import) -> None:
    count = helsinki.report.tally.kinds["building"]
    assert count.read == 500
    assert count.built + count.repaired >= 470


def test_every_building_is_there_by_its_id_or_in_its_parts(helsinki: Import) -> None:
    buildings = list(helsinki.city.all(Building))
    assert len({building.part_of or building.id for building in buildings}) >= 470


def test_all_shapes_are_valid_and_in_the_frame(helsinki: Import) -> None:
    shapes = np.array([feature.geometry for feature in helsinki.city.features()], dtype=object)
    assert shapely.is_valid(shapes).all()
    assert not shapely.is_empty(shapes).any()
    assert np.isfinite(shapely.total_bounds(shapes)).all()
    assert shapely.get_coordinates(shapes).min() >= 0.0


def test_all_vertices_are_on_whole_millimetres(helsinki: Import) -> None:
    points = shapely.get_coordinates([feature.geometry for feature in helsinki.city.features()])
    assert np.abs(points - np.round(points, 3)).max() < 1e-9


def test_the_bay_is_sea_and_the_botanical_garden_beside_it_is_dry(helsinki: Import) -> None:
    seas = [water for water in helsinki.city.all(Water) if water.category == "sea"]
    assert len(seas) == 1
    garden, bay = helsinki.city.frame.to_local(np.array([[24.9460, 60.1750], [24.9440, 60.1777]]))
    assert not seas[0].geometry.intersects(shapely.Point(garden))
    assert seas[0].geometry.intersects(shapely.Point(bay))
    built = shapely.unary_union([each.geometry for each in helsinki.city.all(Building) if each.min_height_m == 0.0])
    assert seas[0].geometry.intersection(built).area < 0.01 * seas[0].geometry.area


def test_streets_form_one_network(helsinki: Import) -> None:
    roads = [road for road in helsinki.city.all(Road) if "car" in road.modes]
    root: dict[object, object] = {}

    def find(each: object) -> object:
        while root.setdefault(each, each) != each:
            each = root[each]
        return each

    for road in roads:
        for point in road.geometry.coords:
            root[find(point)] = find(road.id)
    size: dict[object, int] = {}
    for road in roads:
        size[find(road.id)] = size.get(find(road.id), 0) + 1
    assert max(size.values()) > 0.9 * len(roads)


def test_a_guess_says_so_and_a_tag_does_not(helsinki: Import) -> None:
    heights = helsinki.report.attributes["building.height"]
    buildings = list(helsinki.city.all(Building))
    assert sum(heights.values()) == len(buildings)
    assert heights["estimated"] == sum(basis_of(each, "height_m") == "estimated" for each in buildings)
    assert all(basis_of(tree, "height_m") == "estimated" for tree in helsinki.city.all(Tree) if tree.height_m == 8.0)


def test_heights_are_those_of_a_nordic_capital(helsinki: Import) -> None:
    heights = [each.height_m for each in helsinki.city.all(Building) if each.geometry.area > 400 and not each.part_of]
    assert 12.0 < np.median(heights) < 26.0
    assert max(heights) < 90.0


def test_reading_twice_gives_the_same_city(helsinki: Import) -> None:
    again = read_scene(find_scene("helsinki"))
    assert again.city.fingerprint() == helsinki.city.fingerprint()


def test_the_report_reads_as_text(helsinki: Import) -> None:
    text = readable(helsinki.report, {"noise": (), "heat": ("weather",)})
    assert "noise: ready" in text
    assert "heat: lacks weather" in text
    assert "helsinki.osm.pbf" in text


def test_the_credit_travels_with_the_city(helsinki: Import) -> None:
    assert [source.credit for source in helsinki.city.sources] == ["© OpenStreetMap contributors"]
    assert helsinki.city.sources[0].licence.startswith("ODbL")


def test_two_encodings_of_one_town_are_the_same_town(shared_data: Callable[[str], Path]) -> None:
    towns = [
        read_scene(Recipe(name="town", title="Town", sources=(SourceFile(path=path.name),), folder=path.parent))
        for path in (shared_data("cities/laferte/map.osm.gz"), shared_data("cities/laferte/map.osm.pbf"))
    ]
    assert towns[0].city.fingerprint() == towns[1].city.fingerprint()
    assert towns[0].report.tally.kinds == towns[1].report.tally.kinds


def test_an_imported_city_is_found_again_just_as_it_was(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    path = shared_data("cities/neukolln/neukolln.osm")
    first = import_city("neukolln", [path], data_dir=tmp_path)
    again = read_scene(find_scene("neukolln", tmp_path))
    assert again.city.fingerprint() == first.city.fingerprint()
    assert again.city.defaults.country == "DE"
    import_city("neukolln", [path], data_dir=tmp_path)
    assert sorted(each.name for each in (tmp_path / "scenes").rglob("*")) == [
        "neukolln",
        "neukolln.osm",
        "neukolln.toml",
    ]


@pytest.mark.parametrize(
    ("file", "buildings"),
    [
        ("geneva/geneva.osm.pbf", 11_700),
        ("munich/munchen.osm.pbf", 2_100),
        ("london/london.osm.pbf", 1_900),
        ("monaco/monaco.osm.pbf", 1_140),
        ("redon/redon.osm", 1_040),
        ("neukolln/neukolln.osm", 125),
    ],
)
def test_cities_all_over_europe_can_be_read(file: str, buildings: int, shared_data: Callable[[str], Path]) -> None:
    path = shared_data(f"cities/{file}")
    town = read_scene(Recipe(name="town", title="Town", sources=(SourceFile(path=path.name),), folder=path.parent))
    count = town.report.tally.kinds["building"]
    assert count.built + count.repaired >= buildings
    shapes = np.array([feature.geometry for feature in town.city.features()], dtype=object)
    assert shapely.is_valid(shapes).all()
    assert shapely.get_coordinates(shapes).min() >= 0.0
    assert town.city.defaults.country in {"CH", "DE", "GB", "MC", "FR", ""}
