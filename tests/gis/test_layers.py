"""Layers with columns: what each is taken for, which column says what, and what of a file can't be used."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from citiverse.city.feature import Barrier, Building, GreenArea, Rail, Road, Tree, Water
from citiverse.gis.read import given, import_city
from citiverse.gis.recipe import SourceFile, read_recipe
from citiverse.gis.refused import ImportRefused
from tests.gis.layers import BOX, UTM, X, Y, box, houses, line, point, read_sources, write, write_json

TOWN = SourceFile(path="buildings.gpkg")


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder with houses of known height, which say where the scene is."""
    write(tmp_path / "buildings.gpkg", houses(height=9.0))
    return tmp_path


@pytest.mark.parametrize("name", ["buildings.gpkg", "buildings.shp", "buildings.fgb", "buildings.sqlite"])
def test_a_house_is_the_same_from_every_format(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, houses(height=9.0, use="office", year_built=1955, name="Hütte"))
    found = read_sources(tmp_path, SourceFile(path=name))
    house = found.city.building("gis:h1")
    assert (house.height_m, house.use, house.year, house.name) == (9.0, "office", 1955, "Hütte")
    assert "height_m" not in house.estimated
    assert shapely.area(house.geometry) == pytest.approx(100.0, rel=1e-3)
    assert found.report.tally.kinds["building"].built == 4
    ((layer,),) = [each.layers for each in found.report.sources]
    assert (layer.role, layer.columns["height"]) == ("building", "height")


def test_geojson_needs_no_gdal_and_says_its_system(tmp_path: Path) -> None:
    write_json(tmp_path / "a.geojson", houses(height="12,5 m", building="yes"))
    found = read_sources(tmp_path, SourceFile(path="a.geojson"))
    assert found.city.building("gis:h0").height_m == 12.5
    assert found.report.sources[0].crs == UTM


def test_json_fg_is_read_by_its_feature_types_in_its_own_system(tmp_path: Path) -> None:
    place = json.loads(shapely.to_geojson(box(0, 0, 10, 10)))
    features = [
        {"type": "Feature", "id": "b1", "featureType": "Building", "geometry": None, "place": place,
         "properties": {"height": 7}},
        {"type": "Feature", "id": "t1", "featureType": "Tree", "geometry": None, "properties": {"height": 5},
         "place": json.loads(shapely.to_geojson(point(5, 20)))},
    ]  # fmt: skip
    head = {"type": "FeatureCollection", "coordRefSys": "http://www.opengis.net/def/crs/EPSG/0/32632"}
    (tmp_path / "a.json").write_text(json.dumps({**head, "features": features}))
    city = read_sources(tmp_path, SourceFile(path="a.json"), bbox=BOX).city
    assert city.building("gis:b1").height_m == 7.0
    assert city.one("gis:t1", Tree).height_m == 5.0


def test_a_zipped_shapefile_is_read(tmp_path: Path) -> None:
    write(tmp_path / "buildings.shp", houses(height=9.0))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for part in tmp_path.glob("buildings.*"):
            archive.write(part, f"data/{part.name}")
    assert read_sources(tmp_path, SourceFile(path="b.zip")).city.building("gis:h3").height_m == 9.0


def test_several_layers_make_one_city(tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    write(path, houses(NB_ETAGES=3, USAGE1="Résidentiel"), layer="batiment")
    street = {"NATURE": "Route à 1 chaussée", "IMPORTANCE": "5", "NB_VOIES": 2, "SENS": "Sens direct"}
    write(path, [(line((0, -5), (100, -5)), street)], layer="troncon_de_route", append=True)
    write(path, [(box(0, 20, 40, 60), {"NATURE": "Forêt fermée"})], layer="zone_de_vegetation", append=True)
    write(path, [(box(50, 20, 90, 60), {"NATURE": "Plan d'eau"})], layer="surface_hydrographique", append=True)
    write(path, [(point(5, 70), {"ESPECE": "Tilia cordata", "HAUTEUR": 11.0})], layer="arbres", append=True)
    write(path, [(line((0, 80), (90, 80)), {"NATURE": "Tramway"})], layer="troncon_de_voie_ferree", append=True)
    write(path, [(line((0, 90), (90, 90)), {"NATURE": "Haie"})], layer="haies", append=True)
    write(path, [(box(0, -30, 20, -20), {"x": 1})], layer="unheard_of", append=True)
    found = read_sources(tmp_path, SourceFile(path="city.gpkg"))
    city = found.city
    houses_found, (road,) = list(city.all(Building)), list(city.all(Road))
    assert {house.use for house in houses_found} == {"residential"}
    assert {house.levels for house in houses_found} == {3.0}
    assert (road.category, road.direction, sum(lane.kind == "car" for lane in road.lanes)) == (
        "residential",
        "forward",
        2,
    )
    assert [each.category for each in city.all(GreenArea)] == ["forest"]
    assert [each.category for each in city.all(Water)] == ["lake"]
    assert [(each.genus, each.height_m) for each in city.all(Tree)] == [("Tilia", 11.0)]
    assert [each.category for each in city.all(Rail)] == ["tram"]
    assert [each.category for each in city.all(Barrier)] == ["hedge"]
    assert any("unheard_of" in ids[0] for (kind, _, _), ids in found.report.tally.reasons.items() if kind == "layer")


def test_the_recipe_says_what_a_layer_holds_and_which_column_says_what(tmp_path: Path) -> None:
    write(tmp_path / "x.gpkg", houses(Wert=14.0, height=3.0), layer="ebene_7")
    source = SourceFile(path="x.gpkg", role="buildings", layer="ebene_7", columns={"height": "Wert"})
    assert read_sources(tmp_path, source, bbox=BOX).city.building("gis:h0").height_m == 14.0


def test_land_use_becomes_ground_of_each_kind(town: Path) -> None:
    rows = [(box(0, y, 30, y + 10), {"class": word}) for y, word in ((20, "park"), (40, "lake"), (60, "parking lot"))]
    write(town / "land_use.gpkg", [*rows, (box(0, 80, 30, 90), {"class": "residential"})])
    found = read_sources(town, TOWN, SourceFile(path="land_use.gpkg"), bbox=BOX)
    assert sorted(each.kind for each in found.city.features()) == ["building"] * 4 + ["green", "paving", "water"]
    assert found.report.tally.kinds["land"].skipped == 1


def test_feet_are_metres_in_the_end(tmp_path: Path) -> None:
    write(tmp_path / "buildings.gpkg", [*houses(2, HEIGHT_FT=100.0)])
    write(tmp_path / "more_buildings.gpkg", [(box(100, 0, 110, 10), {"height": "40 ft", "id": "ft"})])
    city = read_sources(tmp_path, TOWN, SourceFile(path="more_buildings.gpkg")).city
    assert city.building("gis:h0").height_m == pytest.approx(30.48)
    assert city.building("gis:ft").height_m == pytest.approx(12.192, abs=0.01)


def test_a_system_in_feet_is_as_good_as_one_in_metres(tmp_path: Path) -> None:
    corner = shapely.box(6_045_000.0, 2_115_000.0, 6_045_060.0, 2_115_060.0)  # NAD83 / California zone 3 (ftUS)
    write(tmp_path / "buildings.gpkg", [(corner, {"height": 9.0, "id": "sf"})], crs="EPSG:2227")
    house = read_sources(tmp_path, TOWN).city.building("gis:sf")
    assert shapely.area(house.geometry) == pytest.approx((60 * 1200 / 3937) ** 2, rel=2e-3)


def test_mixed_geometries_are_told_apart_and_counted(tmp_path: Path) -> None:
    rows = [
        *houses(2, height=9.0),
        (line((0, 50), (9, 50)), {"id": "l"}),
        (point(5, 60), {"id": "p"}),
        (None, {"id": "n"}),
    ]
    write(tmp_path / "buildings.gpkg", rows)
    found = read_sources(tmp_path, TOWN)
    count = found.report.tally.kinds["building"]
    assert (count.read, count.built, count.skipped) == (5, 2, 3)
    reasons = {reason for (kind, outcome, reason) in found.report.tally.reasons if outcome == "skipped"}
    assert reasons == {"it is a line, not an area", "it is a point, not an area", "it has no shape that can be read"}


def test_an_area_that_crosses_itself_is_repaired_and_said(town: Path) -> None:
    bow = shapely.Polygon([(690_000, 5_330_020), (690_020, 5_330_040), (690_020, 5_330_020), (690_000, 5_330_040)])
    write(town / "parks.gpkg", [(bow, {"id": "bow"})])
    found = read_sources(town, TOWN, SourceFile(path="parks.gpkg"))
    assert found.report.tally.kinds["green"].repaired == 1


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (houses(height=float("nan")), ()),
        (houses(height=-5.0), ("building.height",)),
        (houses(height=99999.0), ("building.height",)),
    ],
)
def test_heights_that_can_not_be_are_estimated(rows: object, words: tuple[str, ...], tmp_path: Path) -> None:
    write(tmp_path / "buildings.gpkg", rows)  # type: ignore[arg-type]
    found = read_sources(tmp_path, TOWN)
    assert all("height_m" in house.estimated for house in found.city.all(Building))
    assert found.report.tally.kinds["building"].repaired == (4 if words else 0)


def test_without_a_system_the_file_is_refused_by_naming_crs(tmp_path: Path) -> None:
    write(tmp_path / "buildings.shp", houses(height=9.0), crs=None)
    with pytest.raises(ImportRefused, match=r"buildings\.shp.*--crs"):
        read_sources(tmp_path, SourceFile(path="buildings.shp"))
    assert read_sources(tmp_path, SourceFile(path="buildings.shp", crs=UTM)).city.building("gis:h0").height_m == 9.0


def test_geojson_in_metres_that_says_nothing_is_refused_by_naming_crs(tmp_path: Path) -> None:
    write_json(tmp_path / "buildings.geojson", houses(height=9.0), said=False)
    with pytest.raises(ImportRefused, match=r"buildings\.geojson.*--crs"):
        read_sources(tmp_path, SourceFile(path="buildings.geojson"))
    assert len(read_sources(tmp_path, SourceFile(path="buildings.geojson", crs=UTM)).city) == 4


def test_swapped_axes_beside_a_city_in_place_are_noticed(town: Path) -> None:
    swapped = [(shapely.Point(48.094, 11.561), {"species": "Acer"})]
    write_json(town / "trees.geojson", swapped, said=False)
    with pytest.raises(ImportRefused, match=r"trees\.geojson.*swapped"):
        read_sources(town, TOWN, SourceFile(path="trees.geojson"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"type": "FeatureCollection"', "valid JSON"),
        ('{"type": "FeatureCollection", "features": 3}', "FeatureCollection"),
        ('{"type": "FeatureCollection", "features": [7]}', "feature 0"),
        ('{"type": "FeatureCollection", "features": []}', "lies"),
        ('{"type": "FeatureCollection", "crs": {"properties": {"name": "moon"}}, "features": []}', "moon"),
    ],
)  # fmt: skip
def test_bad_geojson_is_refused_in_a_sentence(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "bad.geojson").write_text(text)
    with pytest.raises(ImportRefused, match=words):
        read_sources(tmp_path, SourceFile(path="bad.geojson"))


@pytest.mark.parametrize("name", ["buildings.gpkg", "buildings.fgb", "buildings.shp"])
def test_half_a_file_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, houses(40, height=9.0))
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 3])
    with pytest.raises(ImportRefused, match=name):
        read_sources(tmp_path, SourceFile(path=name))


def test_columns_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "buildings.gpkg", houses(height=9.0))
    with pytest.raises(ImportRefused, match="colour_of_the_cat"):
        read_sources(tmp_path, SourceFile(path="buildings.gpkg", columns={"colour_of_the_cat": "height"}))
    with pytest.raises(ImportRefused, match="HAUTEUR"):
        read_sources(tmp_path, SourceFile(path="buildings.gpkg", columns={"height": "HAUTEUR"}))
    with pytest.raises(ImportRefused, match="cellar"):
        read_sources(tmp_path, SourceFile(path="buildings.gpkg", layer="cellar"))


def test_ids_are_the_owners_or_file_and_row(tmp_path: Path) -> None:
    write(tmp_path / "buildings.gpkg", [(box(0, 0, 9, 9), {"id": "same"}), (box(20, 0, 29, 9), {"id": "same"})])
    ids = [each.id for each in read_sources(tmp_path, TOWN).city.features()]
    assert ids == ["gis:buildings.1", "gis:buildings.2"]


def test_an_import_keeps_what_the_person_said_in_the_recipe(tmp_path: Path) -> None:
    write(tmp_path / "x.shp", houses(Wert=14.0), layer="x")
    made = import_city(
        "town", [given(f"buildings={tmp_path / 'x.shp'}")], data_dir=tmp_path / "data", columns={"height": "Wert"},
        bbox=BOX,
    )  # fmt: skip
    recipe = read_recipe(tmp_path / "data" / "scenes" / "town.toml")
    assert (recipe.sources[0].role, dict(recipe.sources[0].columns)) == ("buildings", {"height": "Wert"})
    assert read_sources(recipe.folder, *recipe.sources, bbox=recipe.bbox).city.building("gis:h0").height_m == 14.0
    assert len(made.city) == 4


def test_the_dutch_base_map_becomes_a_city(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("cities/delft/bgt")
    names = ("bgt_pand.sqlite", "bgt_wegdeel.sqlite", "bgt_begroeidterreindeel.sqlite", "bgt_waterdeel.sqlite")
    found = read_sources(folder, *(SourceFile(path=name) for name in names))
    kinds = found.report.tally.kinds
    assert (kinds["building"].built, kinds["green"].built, kinds["water"].built) == (160, 126, 3)
    assert kinds["paving"].read == 151


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(12.0, 48.0, 32632), (15.6, 78.22, 32633), (15.6, 84.5, 5041), (-180.0, -16.9, 32760)],
    ids=["between two zones", "Svalbard", "near the pole", "on the antimeridian"],
)
@pytest.mark.parametrize("file", ["buildings.geojson", "buildings.gpkg"])
def test_layers_in_degrees_are_read_in_awkward_places(
    lon: float, lat: float, epsg: int, file: str, tmp_path: Path
) -> None:
    def east(by: float) -> float:
        return (lon + by + 180.0) % 360.0 - 180.0

    rows: list[tuple[shapely.Geometry, dict[str, object]]] = []
    for n in range(-31, 30):  # more than the rows that tell what a layer holds
        corners = [(0.0, 0.0), (0.0003, 0.0), (0.0003, 0.0003), (0.0, 0.0003)]
        ring = [(east(0.0005 * n + x), lat + y) for x, y in corners]
        rows.append((shapely.Polygon(ring), {"height": 9.0, "id": f"h{n}"}))
    if file.endswith("gpkg"):
        write(tmp_path / file, rows, layer="buildings", crs="EPSG:4326")  # type: ignore[arg-type]
    else:
        write_json(tmp_path / file, rows, said=False)  # type: ignore[arg-type]
    city = read_sources(tmp_path, SourceFile(path=file)).city
    areas = [each.geometry.area for each in city.features()]
    assert (city.frame.epsg, len(areas)) == (epsg, 61)
    assert max(areas) == pytest.approx(min(areas), rel=0.01)


def slope(east: float, north: float) -> float:
    """Ground that rises by 5 m in 100 m to the east and falls by 2 m to the north."""
    return 500.0 + 0.05 * east - 0.02 * north


@pytest.mark.parametrize("file", ["dem.geojson", "hoehenlinien.gpkg", "spot_heights.csv", "terrain.geojson"])
def test_points_and_lines_of_known_height_are_the_ground(file: str, tmp_path: Path) -> None:
    write(tmp_path / "buildings.gpkg", houses(height=9.0), layer="buildings")
    along = range(-200, 301, 20)
    if "linien" in file:
        rows = [
            (line((east, -200.0), (east + 200.0, 300.0)), {"hoehe": slope(east, -200.0)})
            for east in range(-400, 301, 20)
        ]
        write(tmp_path / file, rows, layer="hoehenlinien")
    elif file.endswith("csv"):
        lines = [f"{X + east},{Y + north},{slope(east, north)}" for east in along for north in along]
        (tmp_path / file).write_text("\n".join(["x,y,z", *lines]))
    else:
        write_json(tmp_path / file, [(point(e, n), {"elevation": slope(e, n)}) for e in along for n in along])
    role = "heights" if file.startswith("terrain") else ""
    crs = UTM if file.endswith("csv") else ""
    found = read_sources(tmp_path, SourceFile(path="buildings.gpkg"), SourceFile(path=file, role=role, crs=crs))
    (x, y), *_ = found.city.building("gis:h1").geometry.centroid.coords
    assert float(found.city.terrain.heights(np.array([[x, y]]))[0]) == pytest.approx(slope(25.0, 5.0), abs=0.3)
    assert found.report.attributes["ground.height"]["measured"] > 0
    assert found.report.tally.kinds["terrain"].built == 1


def test_heights_of_elsewhere_are_told_and_change_nothing(tmp_path: Path) -> None:
    write(tmp_path / "buildings.gpkg", houses(height=9.0), layer="buildings")
    write_json(tmp_path / "dem.geojson", [(point(90_000.0 + n, n), {"elevation": 3.0}) for n in range(9)])
    found = read_sources(tmp_path, SourceFile(path="buildings.gpkg"), SourceFile(path="dem.geojson"))
    assert len(found.city) == 4
    assert "no height inside the scene" in str(list(found.report.tally.reasons))
