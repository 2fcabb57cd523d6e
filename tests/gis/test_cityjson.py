"""CityJSON of three versions and as a sequence, and what is wrong with some."""

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from citiverse.city.feature import Building, Paving, Tree, Water, basis_of
from citiverse.gis.read import Import, import_city, read_scene
from citiverse.gis.recipe import Recipe, SourceFile
from citiverse.gis.refused import ImportRefused

Read = Callable[..., Import]
EAST, NORTH = 691_000, 5_334_000  # Munich in EPSG:25832


def block(x: float, y: float, size: float, eaves: float, ridge: float) -> tuple[list[list[float]], list[object]]:
    """A house with a gabled roof along x: vertices, and a Solid of seven surfaces."""
    a, b, c, d = (x, y), (x + size, y), (x + size, y + size), (x, y + size)
    ends = ((x, y + size / 2), (x + size, y + size / 2))
    corners = [[*p, 500.0] for p in (a, b, c, d)] + [[*p, 500.0 + eaves] for p in (a, b, c, d)]
    vertices = corners + [[*p, 500.0 + ridge] for p in ends]
    ground, south, north = [3, 2, 1, 0], [4, 5, 9, 8], [6, 7, 8, 9]
    walls = [[0, 1, 5, 4], [1, 2, 6, 9, 5], [2, 3, 7, 6], [3, 0, 4, 8, 7]]
    return vertices, [[[ring] for ring in (ground, south, north, *walls)]]


def town(version: str | None = "2.0", **changes: object) -> dict[str, object]:
    vertices, solid = block(EAST, NORTH, 10, 6, 9)
    lake = [
        [EAST + 20, NORTH, 500],
        [EAST + 40, NORTH, 500],
        [EAST + 40, NORTH + 20, 500],
        [EAST + 20, NORTH + 20, 500],
    ]
    meanings = [0, 1, 1, 2, 2, 2, 2]
    surfaces = [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]
    lod: object = 2 if version == "1.0" else "2.2"
    house = {
        "type": "Building",
        "attributes": {"storeysAboveGround": 2, "function": "residential building", "yearOfConstruction": 1911},
        "geometry": [
            {
                "type": "Solid",
                "lod": lod,
                "boundaries": solid,
                "semantics": {"values": [meanings], "surfaces": surfaces},
            }
        ],
    }
    first = len(vertices)
    water = {
        "type": "WaterBody",
        "geometry": [{"type": "MultiSurface", "lod": lod, "boundaries": [[[first, first + 1, first + 2, first + 3]]]}],
    }
    square = {"type": "TransportSquare", "geometry": water["geometry"]}
    tree = {
        "type": "SolitaryVegetationObject",
        "attributes": {"height": 12.5, "species": "Tilia cordata"},
        "geometry": [{"type": "MultiPoint", "lod": lod, "boundaries": [0]}],
    }
    numbers = [[round((v - o) * 1000) for v, o in zip(p, (EAST, NORTH, 0), strict=True)] for p in vertices + lake]
    document: dict[str, object] = {
        "type": "CityJSON",
        "version": version,
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/25832"},
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [EAST, NORTH, 0]},
        "CityObjects": {"house": house, "lake": water, "square": square, "tree": tree, "odd": {"type": "+Antenna"}},
        "vertices": numbers,
    }
    return {key: value for key, value in {**document, **changes}.items() if value is not None}


def written(folder: Path, document: object) -> Path:
    path = folder / "town.city.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0", "2.0.1"])
def test_a_house_a_lake_a_square_and_a_tree(version: str, tmp_path: Path, read: Read) -> None:
    found = read(written(tmp_path, town(version)))
    house = found.city.building("cj:house")
    assert house.geometry.area == pytest.approx(100, rel=0.001)
    assert (house.height_m, house.levels, house.use, house.year) == (9.0, 2.0, "residential", 1911)
    assert (house.roof.shape, house.roof.height_m) == ("gabled", 3.0)
    assert basis_of(house, "height_m") == "measured"
    assert isinstance(found.city.feature("cj:lake"), Water)
    assert isinstance(found.city.feature("cj:square"), Paving)
    tree = found.city.feature("cj:tree")
    assert isinstance(tree, Tree)
    assert (tree.height_m, tree.genus) == (12.5, "Tilia")
    assert found.report.tally.kinds["other"].skipped == 1
    assert any("extension" in reason for _, _, reason in found.report.tally.reasons)


def test_coordinates_are_where_they_are_on_earth(tmp_path: Path, read: Read) -> None:
    city = read(written(tmp_path, town()), epsg=25832).city
    west, south, _, _ = city.building("cj:house").geometry.bounds
    assert (west + city.frame.origin[0], south + city.frame.origin[1]) == pytest.approx((EAST, NORTH), abs=0.002)


def test_a_sequence_is_read_line_by_line(tmp_path: Path, read: Read) -> None:
    whole = town()
    objects = whole["CityObjects"]
    assert isinstance(objects, dict)
    head = {**whole, "CityObjects": {}, "vertices": []}
    lines = [head] + [
        {"type": "CityJSONFeature", "id": id, "CityObjects": {id: each}, "vertices": whole["vertices"]}
        for id, each in objects.items()
    ]
    path = written(tmp_path, "\n".join(json.dumps(line) for line in lines))
    assert read(path).city.building("cj:house").height_m == 9.0


def test_parts_stand_on_the_ground_of_the_whole(tmp_path: Path, read: Read) -> None:
    document = town()
    objects = document["CityObjects"]
    assert isinstance(objects, dict)
    house = objects["house"]
    part = {**house, "type": "BuildingPart", "parents": ["whole"]}
    objects["house"] = part
    objects["whole"] = {"type": "Building", "children": ["house", "gone"], "attributes": {"name": "Whole"}}
    found = read(written(tmp_path, document))
    built = found.city.building("cj:house")
    assert (built.part_of, built.name, built.min_height_m) == ("cj:whole", "Whole", 0.0)
    assert found.city.get("cj:whole") is None


def broken(**geometry: object) -> dict[str, object]:
    document = town()
    objects = document["CityObjects"]
    assert isinstance(objects, dict)
    whole = objects["house"]
    objects["broken"] = {**whole, "geometry": [{**whole["geometry"][0], **geometry}]}
    return document


@pytest.mark.parametrize(
    ("geometry", "word"),
    [
        ({"boundaries": [[[[0, 1, 999]]]]}, "vertices that the file does not have"),
        ({"boundaries": [[[[0, 1, -1]]]]}, "vertices that the file does not have"),
        ({"boundaries": [[[[0, 1]]]]}, "less than three"),
        ({"boundaries": [[[[0, 1, "two"]]]]}, "less than three"),
        ({"boundaries": [[[0, 1, 2]]]}, "nested"),
        ({"boundaries": None}, "nested"),
        ({"boundaries": []}, "no surfaces"),
        ({"type": "Sphere"}, "Sphere"),
        ({"boundaries": [[[[0, 1, 0]]]]}, "ground"),
    ],
)
def test_an_object_that_breaks_the_rules_is_skipped_with_the_reason(
    geometry: dict[str, object], word: str, tmp_path: Path, read: Read
) -> None:
    found = read(written(tmp_path, broken(**geometry)))
    assert found.city.building("cj:house").height_m == 9.0
    assert found.city.get("cj:broken") is None
    reasons = {reason: ids for (_, outcome, reason), ids in found.report.tally.reasons.items() if outcome == "skipped"}
    assert [ids for reason, ids in reasons.items() if word in reason] == [["cj:broken"]]


@pytest.mark.parametrize(
    ("document", "word"),
    [
        (town(metadata=None), "--crs"),
        (town(metadata={"referenceSystem": "urn:ogc:def:crs:EPSG::999999"}), "not known"),
        (town(version="0.9"), "upgrade"),
        (town(version=None), "upgrade"),
        (town(version="3.0"), "upgrade"),
        (town(transform=None), "transform"),
        (town(transform={"scale": [0, 0, 0], "translate": [0, 0, 0]}), "transform"),
        (town(transform={"scale": [1, 1], "translate": [0, 0, 0]}), "transform"),
        (town(transform={"scale": [1, 1, 1]}), "without translate"),
        (town(vertices=[[1, 2], [3, 4]]), "triples"),
        (town(vertices=[["a", "b", "c"]]), "triples"),
        (town(vertices=[]), "no vertices"),
        (town(CityObjects=[]), "CityObjects"),
        (town(CityObjects={}), "no"),
        (json.dumps(town())[:-200], "JSON"),
        ('{"type": "CityJSON", "version": "2.0", "CityObjects": ' + "[" * 100_000, "JSON"),
        ('{"type": "FeatureCollection", "CityObjects": {}}', "CityJSON"),
    ],
)
def test_a_file_that_breaks_the_rules_is_refused(document: object, word: str, tmp_path: Path) -> None:
    path = written(tmp_path, document)
    with pytest.raises(ImportRefused) as refusal:
        import_city("town", [path], data_dir=tmp_path / "data")
    assert "town.city.json" in str(refusal.value)
    assert word in str(refusal.value)


def test_a_system_named_by_hand_wins(tmp_path: Path, read: Read) -> None:
    path = written(tmp_path, town(metadata=None))
    found = import_city("town", [path], data_dir=tmp_path / "data", crs="25832")
    assert found.city.building("cj:house").height_m == 9.0
    assert found.report.sources[0].crs == "EPSG:25832"


def test_feet_are_found_out(tmp_path: Path, read: Read) -> None:
    numbers = town()["vertices"]
    assert isinstance(numbers, list)
    tall = [[x, y, 500_000 + (z - 500_000) * 1000] for x, y, z in numbers]
    with pytest.raises(ImportRefused):
        read(written(tmp_path, town(vertices=tall)))


def with_objects(**objects: object) -> dict[str, object]:
    document = town()
    known = document["CityObjects"]
    assert isinstance(known, dict)
    known.update(objects)
    return document


def test_a_house_may_be_a_template(tmp_path: Path, read: Read) -> None:
    """Turned by a quarter, twice as large, and put further east."""
    vertices, solid = block(0, 0, 10, 6, 9)
    instance = {
        "type": "GeometryInstance",
        "template": 0,
        "boundaries": [0],
        "transformationMatrix": [0, -2, 0, 40, 2, 0, 0, 0, 0, 0, 2, -1000, 0, 0, 0, 1],
    }
    document = with_objects(copy={"type": "Building", "geometry": [instance]})
    document["geometry-templates"] = {
        "templates": [{"type": "Solid", "lod": "2", "boundaries": solid}],
        "vertices-templates": vertices,
    }
    found = read(written(tmp_path, document))
    copy, house = found.city.building("cj:copy"), found.city.building("cj:house")
    assert copy.geometry.area == pytest.approx(400, rel=0.01)
    assert (copy.height_m, copy.roof.shape) == (18.0, "gabled")
    assert copy.geometry.bounds[0] - house.geometry.bounds[0] == pytest.approx(20, abs=0.1)


def test_the_best_level_is_taken_or_the_one_that_is_asked_for(tmp_path: Path) -> None:
    document = town()
    objects = document["CityObjects"]
    assert isinstance(objects, dict)
    best = objects["house"]["geometry"][0]
    roofless = [[face for at, face in enumerate(best["boundaries"][0]) if at not in (1, 2)]]
    objects["house"]["geometry"] = [{"type": "Solid", "lod": "1.2", "boundaries": roofless}, best]
    path = written(tmp_path, document)
    for lod, shape in ((None, "gabled"), (1.2, "flat"), (2.2, "gabled"), (0.5, "flat")):
        sources = (SourceFile(path=path.name, lod=lod),)
        city = read_scene(Recipe(name="t", title="T", sources=sources, folder=tmp_path)).city
        assert city.building("cj:house").roof.shape == shape


def test_extensions_are_named_and_left_alone(tmp_path: Path, read: Read) -> None:
    document = {**with_objects(mast={"type": "+Mast"}), "extensions": {"Noise": {"url": "x", "version": "1.0"}}}
    reasons = [reason for _, _, reason in read(written(tmp_path, document)).report.tally.reasons]
    assert any("extension Noise" in reason for reason in reasons)
    assert any("+Mast belongs to an extension" in reason for reason in reasons)


def test_a_relief_becomes_the_ground_and_houses_stand_on_it(tmp_path: Path, read: Read) -> None:
    """A slope of 1 in 10 to the east under a house whose own feet say the same."""
    document = town()
    vertices, objects = document["vertices"], document["CityObjects"]
    assert isinstance(vertices, list)
    assert isinstance(objects, dict)
    first = len(vertices)
    vertices += [
        [x * 1000, y * 1000, (500 + x // 10) * 1000] for x, y in ((-700, -700), (700, -700), (700, 700), (-700, 700))
    ]
    triangles = [[[first, first + 1, first + 2]], [[first, first + 2, first + 3]]]
    objects["tin"] = {
        "type": "TINRelief",
        "geometry": [{"type": "CompositeSurface", "lod": "1", "boundaries": triangles}],
    }
    found = read(written(tmp_path, document), epsg=25832)
    x, y = np.subtract((EAST, NORTH), found.city.frame.origin)
    assert found.city.terrain.heights(np.array([(x, y), (x + 300, y + 200)])) == pytest.approx([500, 530], abs=0.05)
    assert found.report.tally.kinds["terrain"].read == 2  # the relief as an object, and its place in the ground
    assert found.report.attributes["ground.height"]["measured"] > 100


def test_without_a_relief_the_ground_is_where_houses_stand(tmp_path: Path, read: Read) -> None:
    city = read(written(tmp_path, town())).city
    assert city.terrain.flat
    assert city.terrain.level_m == 500.0


def test_a_footprint_alone_is_as_high_as_its_storeys(tmp_path: Path, read: Read) -> None:
    flat = {"type": "MultiSurface", "lod": "0", "boundaries": [[[3, 2, 1, 0]]]}
    told = {"type": "Building", "attributes": {"storeysAboveGround": 5}, "geometry": [flat]}
    house = read(written(tmp_path, with_objects(flat=told))).city.building("cj:flat")
    assert house.height_m > 12.0
    assert basis_of(house, "height_m") == "estimated"


def test_an_outline_that_crosses_itself_is_mended_and_told(tmp_path: Path, read: Read) -> None:
    bow = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 2, 1, 3]]]}
    found = read(written(tmp_path, with_objects(bow={"type": "Building", "geometry": [bow]})))
    assert found.city.building("cj:bow").geometry.is_valid
    assert found.report.tally.kinds["building"].repaired == 1


def test_of_a_sequence_the_first_of_two_with_one_id_counts(tmp_path: Path, read: Read) -> None:
    whole = town()
    objects = whole["CityObjects"]
    assert isinstance(objects, dict)
    feature = {"type": "CityJSONFeature", "CityObjects": {"house": objects["house"]}, "vertices": whole["vertices"]}
    lines = [{**whole, "CityObjects": {}, "vertices": []}, feature, feature]
    found = read(written(tmp_path, "\n".join(json.dumps(line) for line in lines)))
    count = found.report.tally.kinds["building"]
    assert (count.built, count.skipped) == (1, 1)


@pytest.mark.parametrize("ending", [".gz", ".zip"])
def test_packed_files_are_read_too(ending: str, tmp_path: Path, read: Read) -> None:
    text, path = json.dumps(town()), tmp_path / f"town.city.json{ending}"
    if ending == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("town.city.json", text)
    assert read(path).city.building("cj:house").height_m == 9.0


@pytest.mark.parametrize(
    ("file", "buildings"),
    [
        ("cities/delft/delft_3dfier_lod1_v1.0.city.json", 160),
        ("cities/delft/delft_3dfier_lod1_v2.0.city.json", 160),
        ("cities/delft/delft_3dbag_lod2.2.city.jsonl", 99),
        ("cities/zurich/zurich_subset_lod2.city.json", 49),
    ],
)
def test_real_models(file: str, buildings: int, shared_data: Callable[[str], Path], read: Read) -> None:
    city = read(shared_data(file)).city
    built = list(city.all(Building))
    assert len({each.part_of or each.id for each in built}) == buildings
    assert shapely.is_valid([feature.geometry for feature in city.features()]).all()
    assert all(0.3 < each.height_m < 120.0 for each in built)
