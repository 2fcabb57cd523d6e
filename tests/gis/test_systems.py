"""What people say of coordinates counts alike for every format."""

from collections.abc import Callable
from pathlib import Path

import laspy
import numpy as np
import orjson
import pytest
import tifffile

from citiverse.gis.page import report_page
from citiverse.gis.read import Import, import_city
from citiverse.gis.recipe import read_recipe
from citiverse.gis.refused import ImportRefused
from citiverse.gis.report import readable
from tests.gis import gml, layers
from tests.gis.layers import X, Y

TRUE, WRONG = "EPSG:25832", "EPSG:25833"
AS_TEXT = f"{WRONG.removeprefix('EPSG:')}"


def _cityjson(path: Path) -> None:
    corners = [(X + x, Y + y, z) for z in (500, 510) for x, y in ((0, 0), (20, 0), (20, 20), (0, 20))]
    faces = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
    path.write_bytes(orjson.dumps({
        "type": "CityJSON", "version": "2.0", "transform": {"scale": [1, 1, 1], "translate": [0, 0, 0]},
        "metadata": {"referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{AS_TEXT}"},
        "CityObjects": {
            "h": {"type": "Building", "geometry": [{"type": "Solid", "lod": "1.2", "boundaries": [faces]}]},
        },
        "vertices": corners,
    }))  # fmt: skip


def _citygml(path: Path) -> None:
    path.write_text(gml.model(gml.PLAIN, srs=f"urn:ogc:def:crs:EPSG::{AS_TEXT}"))


def _geopackage(path: Path) -> None:
    layers.write(path, layers.houses(height=9.0), layer="buildings", crs=WRONG)


def _geojson(path: Path) -> None:
    layers.write_json(path, layers.houses(height=9.0), crs=WRONG)


def _table(path: Path) -> None:
    rows = [f'"SRID={AS_TEXT};{layers.box(east, 0, east + 10, 10).wkt}",9' for east in (0, 20, 40)]
    path.write_text("\n".join(["geom,height", *rows]))


def _grid(path: Path) -> None:
    rows = "\n".join(" ".join(["510"] * 60) for _ in range(60))
    path.write_text(f"ncols 60\nnrows 60\nxllcorner {X - 200}\nyllcorner {Y - 200}\ncellsize 10\n{rows}\n")
    path.with_suffix(".prj").write_text(WRONG)


def _geotiff(path: Path) -> None:
    keys = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, int(AS_TEXT))
    tags = [
        (33550, "d", 3, (10.0, 10.0, 0.0), True), (33922, "d", 6, (0.0, 0.0, 0.0, X - 200, Y + 400, 0.0), True),
        (34735, "H", len(keys), keys, True),
    ]  # fmt: skip
    tifffile.imwrite(path, np.full((60, 60), 510.0, dtype=np.float32), extratags=tags)


def _cloud(path: Path) -> None:
    from pyproj import CRS

    head = laspy.LasHeader(point_format=6, version="1.4")
    head.add_crs(CRS(WRONG))
    las = laspy.LasData(head)
    x, y = (each.ravel() for each in np.meshgrid(X + np.arange(-50.0, 90.0), Y + np.arange(-50.0, 60.0)))
    las.x, las.y, las.z, las.classification = x, y, np.full(len(x), 510.0), np.full(len(x), 2)
    las.write(str(path))


FILES: dict[str, Callable[[Path], None]] = {
    "town.city.json": _cityjson, "town.gml": _citygml, "buildings.gpkg": _geopackage, "buildings.geojson": _geojson,
    "buildings.csv": _table, "hill.asc": _grid, "hill.tif": _geotiff, "hill.las": _cloud,
}  # fmt: skip
ALONE = [name for name in FILES if not name.startswith("hill")]


@pytest.fixture
def bring(tmp_path: Path) -> Callable[..., Import]:
    """A file that says the wrong system, with a town in OpenStreetMap beside it where it holds the ground alone."""

    def brought(name: str, *crs: str, beside: str = "") -> Import:
        (tmp_path / "files").mkdir(exist_ok=True)
        FILES[name](tmp_path / "files" / name)
        files = [tmp_path / "files" / name]
        if beside:
            layers.write(tmp_path / "files" / beside, layers.houses(height=9.0), layer="buildings", crs=None)
            files.insert(0, tmp_path / "files" / beside)
        return import_city("town", files, data_dir=tmp_path / "data", crs=crs)

    return brought


def middle(found: Import) -> tuple[float, float]:
    west, south, east, north = found.box
    return (west + east) / 2, (south + north) / 2


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("said", [TRUE, TRUE.removeprefix("EPSG:"), "FILE=EPSG:25832"])
def test_of_one_file_what_people_say_goes_before_what_it_says(
    name: str, said: str, bring: Callable[..., Import], tmp_path: Path
) -> None:
    found = bring(name, said.replace("FILE", name))
    assert middle(found) == pytest.approx((11.55, 48.09), abs=0.05)
    (source,) = found.report.sources
    assert source.remarks == (f"{TRUE} counts, as was said; the file says {WRONG}",)
    assert source.remarks[0] in readable(found.report)
    assert source.remarks[0] in report_page(found.report, {}, ())
    assert read_recipe(tmp_path / "data" / "scenes" / "town.toml").sources[0].crs == TRUE


@pytest.mark.parametrize("name", ALONE)
def test_what_a_file_says_counts_where_nobody_says_otherwise(name: str, bring: Callable[..., Import]) -> None:
    found = bring(name)
    assert middle(found)[0] == pytest.approx(17.55, abs=0.05)
    assert found.report.sources[0].remarks == ()


@pytest.mark.parametrize("name", FILES)
def test_of_several_files_it_is_for_those_that_do_not_say(name: str, bring: Callable[..., Import]) -> None:
    """A grid's .prj is what the grid says of itself, too."""
    found = bring(name, TRUE, f"{name}={TRUE}", beside="silent.shp")
    assert middle(found) == pytest.approx((11.55, 48.09), abs=0.05)
    assert f"the file says {WRONG}" in str(found.report.sources[1].remarks)
    if name != "hill.las":  # points of elsewhere change nothing
        with pytest.raises(ImportRefused, match=r"km wide|no heights where"):  # 450 km away
            bring(name, TRUE, beside="silent.shp")


def test_a_file_that_disagrees_with_what_is_said_of_others_is_told(tmp_path: Path) -> None:
    """Here the two systems differ by less than a metre."""
    silent = layers.write(tmp_path / "silent.shp", layers.houses(height=9.0), layer="buildings", crs=None)
    said = layers.write(tmp_path / "trees.gpkg", [(layers.point(5, 30), {"height": 9.0})], layer="trees")
    found = import_city("town", [silent, said], data_dir=tmp_path / "data", crs=TRUE)
    (remark,) = found.report.sources[1].remarks
    assert remark.startswith(f"{layers.UTM} counts, as the file says, before {TRUE}")
    assert f"--crs FILE={TRUE} would go before it" in remark


@pytest.mark.parametrize("name", ALONE)
def test_a_system_in_which_a_file_has_no_place_is_refused(name: str, bring: Callable[..., Import]) -> None:
    with pytest.raises(ImportRefused, match=r"--crs FILE=EPSG") as refusal:
        bring(name, "EPSG:28992")
    assert name in str(refusal.value)


@pytest.mark.parametrize(
    ("crs", "words"),
    [
        (("nowhere.gml=EPSG:25832",), "none of the files"),
        (("EPSG:25832", "EPSG:25833"), "at once"),
        (("EPSG:1",), "not known"),
        (("town.gml=4978",), "not a system of maps"),
    ],
)
def test_a_word_on_systems_that_makes_no_sense_is_refused(
    crs: tuple[str, ...], words: str, bring: Callable[..., Import]
) -> None:
    with pytest.raises(ImportRefused, match=words):
        bring("town.gml", *crs)


def test_what_is_in_degrees_by_definition_takes_no_other_system(tmp_path: Path) -> None:
    town = tmp_path / "town.osm"
    town.write_text('<osm version="0.6"></osm>')
    for said in (TRUE, f"town.osm={TRUE}"):
        with pytest.raises(ImportRefused, match="always EPSG:4326"):
            import_city("town", [town], data_dir=tmp_path, crs=said)
