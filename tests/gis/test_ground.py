"""Height models: a hill is where it is, at the height it has, whatever file it comes in."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from citiverse.city.terrain import Terrain
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.ground.between import around
from citiverse.gis.ground.zipped import LARGEST_BYTES
from citiverse.gis.read import Import, import_city, read_scene
from citiverse.gis.recipe import Recipe, SourceFile
from citiverse.gis.refused import ImportRefused
from tests.gis.conftest import LAT, LON, Drawing

SIDE = 1201


def height_at(lon: NDArray[np.floating], lat: NDArray[np.floating]) -> FloatArray:
    """A slope of 1 m in 0.001 degrees to the north and 2 m to the east."""
    return np.asarray(500.0 + 1000.0 * (lat - LAT) + 2000.0 * (lon - LON), dtype=np.float64)


def tile(change: Callable[[FloatArray], None] | None = None) -> bytes:
    """N48E011 of that slope, metres in whole numbers."""
    lat, lon = np.linspace(49.0, 48.0, SIDE), np.linspace(11.0, 12.0, SIDE)
    heights = np.round(height_at(lon[None, :], lat[:, None]))
    if change:
        change(heights)
    return heights.astype(">i2").tobytes()


def asc(cell: float = 0.0005, rows: int = 40, columns: int = 40, header: str = "") -> str:
    """The slope as text, in degrees."""
    west, south = LON - 5 * cell, LAT - 5 * cell
    lat = south + (np.arange(rows)[::-1] + 0.5) * cell
    lon = west + (np.arange(columns) + 0.5) * cell
    lines = [" ".join(f"{value:.3f}" for value in row) for row in height_at(lon[None, :], lat[:, None])]
    top = f"ncols {columns}\nnrows {rows}\nxllcorner {west}\nyllcorner {south}\ncellsize {cell}\nNODATA_value -9999\n"
    return (header or top) + "\n".join(lines) + "\n"


def zipped(name: str, content: bytes | str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def hill(draw: Drawing, tmp_path: Path) -> Callable[..., Import]:
    """A town with one house and height models of the given names and contents."""

    def made(files: dict[str, bytes | str], **recipe: object) -> Import:
        draw.box(100, 100, 110, 110, building="yes")
        (tmp_path / "town.osm").write_text(draw.text())
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        crs = {name: "EPSG:4326" if ".asc" in name else "" for name in files}
        sources = [SourceFile(path="town.osm"), *(SourceFile(path=name, crs=crs[name]) for name in files)]
        return read_scene(Recipe(name="town", title="Town", sources=tuple(sources), folder=tmp_path, **recipe))  # type: ignore[arg-type]

    return made


def errors_m(found: Import) -> FloatArray:
    """How far the ground is off the slope at points all over the scene."""
    west, south, east, north = found.city.bounds
    x, y = np.meshgrid(np.linspace(west, east, 15), np.linspace(south, north, 15))
    points = np.column_stack([x.ravel(), y.ravel()])
    lon, lat = found.city.frame.to_lonlat(points).T
    return np.abs(found.city.terrain.heights(points) - height_at(lon, lat))


@pytest.mark.parametrize(
    "files",
    [
        {"N48E011.hgt": tile()},
        {"anything.zip": zipped("folder/N48E011.hgt", tile())},
        {"hill.asc": asc()},
        {"hill.asc.zip": zipped("hill.asc", asc())},
        {"coarse.hgt.zip": zipped("n48e011.HGT", tile()), "fine.asc": asc()},
    ],
    ids=lambda files: ",".join(files),
)
def test_the_ground_is_as_high_as_the_file_says(files: dict[str, bytes | str], hill: Callable[..., Import]) -> None:
    found = hill(files)
    assert errors_m(found).max() < (0.1 if "asc" in str(list(files)) else 1.0)  # tiles hold whole metres
    assert found.report.tally.kinds["terrain"].built == len(files)
    assert found.report.attributes["ground.height"]["measured"] > 100


def test_the_datum_of_a_tile_is_kept_and_one_that_is_said_wins(hill: Callable[..., Import]) -> None:
    assert hill({"N48E011.hgt": tile()}).city.frame.vertical == "EPSG:5773"
    said = hill({"N48E011.hgt": tile()}, vertical="EPSG:7837")
    assert said.city.frame.vertical == "EPSG:7837"
    assert "EPSG:5773 taken for EPSG:7837" in str(list(said.report.tally.reasons))


def test_voids_are_filled_from_around_and_told(hill: Callable[..., Import]) -> None:
    def hole(heights: FloatArray) -> None:
        row, column = round((49.0 - LAT) * 1200) - 2, round((LON - 11.0) * 1200) + 3
        heights[row - 1 : row + 2, column - 1 : column + 2] = -32768

    found = hill({"N48E011.hgt": tile(hole)})
    assert errors_m(found).max() < 5.0
    assert found.report.tally.kinds["terrain"].repaired == 1
    assert found.report.attributes["ground.height"]["estimated"] > 0


def test_tiles_side_by_side_make_one_ground(hill: Callable[..., Import]) -> None:
    text = asc().splitlines()
    values = np.array([line.split() for line in text[6:]])
    files: dict[str, bytes | str] = {}
    for at, part in enumerate(np.split(values, [15], axis=1)):
        west = LON - 0.0025 + at * 15 * 0.0005
        head = [f"ncols {part.shape[1]}", text[1], f"xllcorner {west}", *text[3:6]]
        files[f"{at}.asc"] = "\n".join([*head, *(" ".join(row) for row in part)])
    assert errors_m(hill(files)).max() < 0.6  # half a cell of slope at the seam


def test_a_fine_grid_is_averaged_rather_than_picked_from(hill: Callable[..., Import]) -> None:
    rng = np.random.default_rng(1)
    text = asc(cell=0.00001, rows=600, columns=700).splitlines()
    noisy = np.array([line.split() for line in text[6:]], dtype=float) + rng.normal(0.0, 2.0, (600, 700))
    found = hill({"fine.asc": "\n".join([*text[:6], *(" ".join(f"{v:.2f}" for v in row) for row in noisy)])})
    points = np.array([[300.0, 300.0], [400.0, 400.0], [450.0, 350.0]])
    lon, lat = found.city.frame.to_lonlat(points).T
    assert np.abs(found.city.terrain.heights(points) - height_at(lon, lat)).max() < 1.0


@pytest.mark.parametrize("compression", [None, "deflate", "lzw"])
@pytest.mark.parametrize("tiled", [False, True])
def test_a_geotiff_is_read_by_its_keys(compression: str | None, tiled: bool, hill: Callable[..., Import]) -> None:
    assert errors_m(hill({"hill.tif": geotiff(compression=compression, tiled=tiled)})).max() < 0.1


def test_heights_in_feet_become_metres(hill: Callable[..., Import]) -> None:
    assert errors_m(hill({"hill.tif": geotiff(feet=True)})).max() < 0.1


def geotiff(*, compression: str | None = None, tiled: bool = False, feet: bool = False, bands: int = 1) -> bytes:
    """The slope as GeoTIFF in EPSG:4326, with its place in the keys."""
    tifffile = pytest.importorskip("tifffile", reason="needs the extra gis")
    cell, rows, columns = 0.0002, 100, 120
    west, north = LON - 0.003, LAT + 0.015
    lat, lon = north - (np.arange(rows) + 0.5) * cell, west + (np.arange(columns) + 0.5) * cell
    values = height_at(lon[None, :], lat[:, None]) / (0.3048 if feet else 1.0)
    keys = [1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326] + ([4099, 0, 1, 9002] if feet else [])
    tags = [
        (33550, "d", 3, (cell, cell, 0.0), True),
        (33922, "d", 6, (0.0, 0.0, 0.0, west, north, 0.0), True),
        (34735, "H", 4 + len(keys), (1, 1, 0, len(keys) // 4, *keys), True),
        (42113, "s", 0, "-9999", True),
    ]
    out = io.BytesIO()
    shape = {"tile": (64, 64)} if tiled else {"rowsperstrip": 7}
    picture = np.repeat(values[:, :, None], bands, axis=2) if bands > 1 else values
    tifffile.imwrite(
        out, picture.astype(np.float32), compression=compression, extratags=tags, metadata=None, **shape,
        **({"photometric": "rgb"} if bands > 1 else {}),
    )  # fmt: skip
    return out.getvalue()


HEADER = "ncols 40\nnrows 40\nxllcorner 11.4\nyllcorner 48.0\ncellsize 0.01\n"
FAULTY: dict[str, tuple[str, Callable[[], bytes | str], str]] = {
    "a tile of the wrong size": ("N48E011.hgt", lambda: tile()[:-2], "bytes"),
    "a tile without a place in its name": ("munich.hgt", tile, "N43E007"),
    "a tile beyond the pole": ("N99E011.hgt", tile, "place on Earth"),
    "a tile of elsewhere": ("S34W072.hgt", tile, "right place"),
    "a ZIP of nothing": ("a.zip", lambda: zipped("readme.txt", "hello"), "one height model"),
    "a ZIP that stops": ("a.hgt.zip", lambda: zipped("N48E011.hgt", tile())[:-200], "damaged"),
    "a ZIP bomb": ("a.zip", lambda: zipped("N48E011.hgt", bytes(LARGEST_BYTES + 10)), "unpack"),
    "a ZIP with a name that leads out": ("a.zip", lambda: zipped("../../N48E011.hgt", tile()), "leads out"),
    "a grid of too few heights": ("a.asc", lambda: HEADER + "1 2 3\n", "fewer"),
    "a grid that claims a billion cells": (
        "a.asc",
        lambda: HEADER.replace("ncols 40", "ncols 1000000000") + "1 2\n",
        "fewer",
    ),
    "a grid of words": ("a.asc", lambda: HEADER + "high low " * 1000, "not a number"),
    "a grid of too many heights": ("a.asc", lambda: HEADER + "1 " * 1700, "holds 1,700"),
    "a grid without rows": ("a.asc", lambda: "ncols 40\ncellsize 1\n1 2 3\n", "nrows"),
    "a grid of cells of no size": ("a.asc", lambda: HEADER.replace("0.01", "0") + "1 " * 1600, "above zero"),
    "a grid without a corner": ("a.asc", lambda: HEADER.replace("xll", "xur") + "1 " * 1600, "xllcorner"),
    "a picture": ("a.tif", lambda: geotiff(bands=3), "picture"),
    "a GeoTIFF that stops": ("a.tif", lambda: geotiff()[:3000], "a.tif"),
    "a TIFF of rubbish": ("a.tif", lambda: b"II*\x00" + b"rubbish" * 100, "a.tif"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_height_model_is_refused_in_a_sentence(name: str, hill: Callable[..., Import]) -> None:
    file, content, words = FAULTY[name]
    with pytest.raises(ImportRefused, match="(?s)" + words) as refusal:
        hill({file: content()})
    assert file in str(refusal.value)
    assert str(refusal.value).endswith((".", "?"))


def test_a_grid_without_coordinates_names_the_option(draw: Drawing, tmp_path: Path) -> None:
    draw.box(100, 100, 110, 110, building="yes")
    town, grid = tmp_path / "town.osm", tmp_path / "hill.asc"
    town.write_text(draw.text())
    grid.write_text(asc())
    with pytest.raises(ImportRefused, match="--crs"):
        import_city("town", [town, grid], data_dir=tmp_path / "data")
    grid.with_suffix(".prj").write_text('GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
                                        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]')  # fmt: skip
    found = import_city("town", [town, grid], data_dir=tmp_path / "data")
    assert errors_m(found).max() < 0.1


def test_the_ground_alone_is_no_city(tmp_path: Path) -> None:
    path = tmp_path / "N48E011.hgt"
    path.write_bytes(tile())
    with pytest.raises(ImportRefused, match="with buildings"):
        import_city("town", [path], data_dir=tmp_path / "data")


def test_a_town_without_a_height_model_is_flat(draw: Drawing, read: Callable[..., Import]) -> None:
    draw.box(100, 100, 110, 110, building="yes")
    assert read(draw).city.terrain == Terrain() or read(draw).city.terrain.flat


def test_ground_between_known_places_goes_on_beyond_them_without_a_step() -> None:
    rng = np.random.default_rng(3)
    spots = np.column_stack([rng.uniform(0, 1000, (40, 2)), np.zeros(40)])
    spots[:, 2] = 0.1 * spots[:, 0] + 0.05 * spots[:, 1]
    line = np.column_stack([np.linspace(-500, 1500, 4001), np.full(4001, 430.0)])
    heights = around(spots, line, near_m=0.0)
    inside = (line[:, 0] > 150) & (line[:, 0] < 850)
    assert np.allclose(heights[inside], 0.1 * line[inside, 0] + 0.05 * 430.0)
    assert np.abs(np.diff(heights)).max() < 0.2
    assert spots[:, 2].min() <= heights.min() <= heights.max() <= spots[:, 2].max()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_places_make_ground_too(count: int) -> None:
    spots = np.array([[0.0, 0.0, 5.0], [100.0, 0.0, 9.0], [200.0, 0.0, 7.0]])[:count]
    heights = around(spots, np.array([[-50.0, 3.0], [90.0, 40.0], [500.0, 0.0]]), near_m=20.0)
    assert np.isfinite(heights).all()
    assert heights[0] == 5.0
