"""Cities written for other programs: CityJSON comes back as it went out, GeoJSON says what is known."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from citiverse.city.city import City, city_of
from citiverse.city.feature import Building, Feature, Roof
from citiverse.city.terrain import Terrain
from citiverse.geometry.grid import Grid
from citiverse.gis.cityjson.write import city_cityjson
from citiverse.gis.geojson import city_geojson
from citiverse.gis.read import Import, read_scene
from citiverse.gis.recipe import Recipe, SourceFile, find_scene
from tests.gis.conftest import Drawing

Read = Callable[..., Import]
ZURICH = "cities/zurich/zurich_subset_lod2.city.json"


@pytest.fixture(scope="session")
def helsinki() -> City:
    return read_scene(find_scene("helsinki")).city


def again(city: City, folder: Path) -> Import:
    """The city written and read."""
    (folder / "out.city.json").write_bytes(city_cityjson(city))
    return read_scene(Recipe(name="out", title="Out", sources=(SourceFile(path="out.city.json"),), folder=folder))


def assert_same(city: City, other: City) -> None:
    """The same ids and attributes, and every vertex within 1 cm."""
    before, after = ({each.id: each for each in one.features()} for one in (city, other))
    assert before.keys() == after.keys()
    assert {id: bare(each) for id, each in before.items()} == {id: bare(each) for id, each in after.items()}
    moved = shapely.transform(
        [after[id].geometry for id in before], lambda points: city.frame.to_local(other.frame.to_lonlat(points))
    )
    assert shapely.hausdorff_distance([each.geometry for each in before.values()], moved).max() < 0.01


def bare(feature: Feature) -> Feature:
    return replace(feature, source="", geometry=shapely.Point(0, 0))  # type: ignore[arg-type]


def test_a_city_of_every_kind_comes_back_as_it_went_out(helsinki: City, tmp_path: Path) -> None:
    found = again(helsinki, tmp_path)
    assert len({each.kind for each in helsinki.features()}) >= 10
    assert_same(helsinki, found.city)
    assert all(count.read == count.built for count in found.report.tally.kinds.values())


def test_cityjson_comes_back_with_the_ids_of_its_objects(
    read: Read, shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    path = shared_data(ZURICH)
    city = read(path).city
    found = again(city, tmp_path).city
    assert_same(city, found)
    written = json.loads((tmp_path / "out.city.json").read_text())["CityObjects"]
    assert set(written) <= set(json.loads(path.read_text())["CityObjects"])


def test_parts_hang_under_their_building(draw: Drawing, read: Read, tmp_path: Path) -> None:
    whole = draw.box(0, 0, 20, 10, building="yes")
    draw.box(0, 0, 10, 10, building__part="yes", height="10")
    draw.box(10, 0, 20, 10, building__part="yes", height="20", min_height="5")
    city = read(draw).city
    assert_same(city, again(city, tmp_path).city)
    objects = json.loads((tmp_path / "out.city.json").read_text())["CityObjects"]
    parent = objects[f"osm:w{whole}"]
    assert len(parent["children"]) == 2
    assert all(objects[id]["parents"] == [f"osm:w{whole}"] for id in parent["children"])


def test_a_block_is_closed_and_stands_on_the_lowest_ground(draw: Drawing, read: Read) -> None:
    yard = [draw.box(0, 0, 30, 30), draw.box(10, 10, 20, 20)]
    draw.relation([(yard[0], "outer"), (yard[1], "inner")], type="multipolygon", building="yes", height="12")
    flat = read(draw).city
    west, south, _, _ = flat.bounds
    slope = np.repeat(np.arange(100.0, 200.0)[None, :], 100, axis=0)
    hilly = replace(flat, terrain=Terrain(Grid(slope, west - 10.0, south - 10.0, 1.0, "m"), 100.0))
    lowest_m = 109.5 + next(hilly.all(Building)).geometry.bounds[0] - west
    document = json.loads(city_cityjson(hilly))
    (house,) = document["CityObjects"].values()
    solid = house["geometry"][1]
    assert (solid["type"], solid["lod"]) == ("Solid", "1.2")
    (shell,) = solid["boundaries"]
    edges = Counter((ring[i - 1], ring[i]) for face in shell for ring in face for i in range(len(ring)))
    assert max(edges.values()) == 1
    assert all(edges[b, a] == 1 for a, b in edges)
    heights = [document["vertices"][n][2] / 1000.0 for face in shell for ring in face for n in ring]
    assert min(heights) == pytest.approx(lowest_m, abs=0.002)
    assert max(heights) - min(heights) == pytest.approx(12.0, abs=0.002)
    points = np.array(document["vertices"], dtype=float) / 1000.0
    volume = 0.0
    for face in shell:
        for ring in face:
            corners = points[ring] - points[0]
            for i in range(1, len(ring) - 1):
                volume += float(np.dot(corners[0], np.cross(corners[i], corners[i + 1]))) / 6.0
    assert volume == pytest.approx(800.0 * 12.0, rel=0.01)  # positive: surfaces are seen from outside


def test_credits_licence_and_system_are_in_the_file(helsinki: City) -> None:
    metadata = json.loads(city_cityjson(helsinki))["metadata"]
    assert metadata["referenceSystem"] == "https://www.opengis.net/def/crs/EPSG/0/3879"
    assert "OpenStreetMap" in metadata["title"]
    assert "ODbL" in metadata["title"]
    assert "ODbL" in json.loads(city_geojson(helsinki))["credits"][0]["licence"]


def test_geojson_says_how_each_value_is_known(helsinki: City) -> None:
    document = json.loads(city_geojson(helsinki))
    assert document["type"] == "FeatureCollection"
    assert len(document["features"]) == len(helsinki)
    house = next(each for each in document["features"] if each["properties"]["kind"] == "building")
    assert set(house["properties"]["height"]) == {"value", "unit", "basis", "source"}
    lon, lat = shapely.get_coordinates(shapely.from_geojson(json.dumps(house["geometry"])))[0]
    assert (round(lon), round(lat)) == (25, 60)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "castle"}, {"height_m": "high"}, {"height_m": -3}, {"height_m": 1e9}, {"id": ""}, {"id": 7},
        {"roof": {"shape": "onion"}}, {"use": ["office"]}, {"estimated": "height_m"}, {"kind": "tree"},
    ],
    ids=str,
)  # fmt: skip
def test_an_object_that_someone_has_broken_is_left_out_with_a_reason(
    change: dict[str, object], helsinki: City, tmp_path: Path
) -> None:
    houses = list(helsinki.all(Building))[:2]
    document = json.loads(city_cityjson(city_of(houses, name="two", frame=helsinki.frame)))
    next(iter(document["CityObjects"].values()))["attributes"]["citiverse"].update(change)
    path = tmp_path / "out.city.json"
    path.write_text(json.dumps(document))
    found = read_scene(Recipe(name="out", title="Out", sources=(SourceFile(path=path.name),), folder=tmp_path))
    assert [each.id for each in found.city.features()] == [houses[1].id]
    assert sum(count.skipped for count in found.report.tally.kinds.values()) == 1


def test_edits_go_out_too(helsinki: City, tmp_path: Path) -> None:
    house = next(iter(helsinki.all(Building)))
    raised = replace(house, height_m=house.height_m + 7.0, roof=Roof("gabled", 3.0, 20.0), green_roof=True, homes=12.5)
    city = city_of([raised], name="one", frame=helsinki.frame)
    assert_same(city, again(city, tmp_path).city)


def test_an_independent_reader_takes_what_goes_out(helsinki: City) -> None:
    reader = pytest.importorskip("cityjson_lib", reason="no wheel of cityjson-lib for this machine")
    content = city_cityjson(helsinki)
    document = json.loads(content)
    model = reader.CityModel.parse_document_bytes(content)
    summary = model.summary()
    objects = document["CityObjects"]
    assert summary.cityobject_count == len(objects) >= len(helsinki)
    assert summary.geometry_count == sum(len(each["geometry"]) for each in objects.values())
    assert set(model.cityobject_ids()) == set(objects)
    for right, wrong in ((b'"Building"', b'"Castle"'), (b'"Solid"', b'"Blob"'), (b'"2.0"', b'"9.0"')):
        with pytest.raises(RuntimeError):
            reader.CityModel.parse_document_bytes(content.replace(right, wrong, 1))
