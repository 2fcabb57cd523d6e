"""Layers of the formats that GDAL reads: GeoPackage, SQLite, Shapefile, FlatGeobuf. Needs the extra gis."""

from __future__ import annotations

import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import shapely

from citiverse.gis.crs import Wanted, box_in, horizontal
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox
from citiverse.gis.vector.table import Layer, Table, bounds_of, spans_the_globe

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
LARGEST_BYTES = 2_000_000_000  # of a zipped Shapefile, unpacked
MOST_ROWS = 2_000_000  # of one layer in the scene
FILTERED_FROM = 200_000  # rows of a layer from which GDAL looks for those in the scene: it drops rows without a shape
SAMPLE = 50  # rows that tell what a layer holds
_AS_IT_IS = Wanted()
_DRIVERS = ("GPKG", "SQLite", "ESRI Shapefile", "FlatGeobuf")


def is_vector(head: bytes, name: str) -> bool:
    """Whether the first bytes of a file are those of a format that GDAL reads layers of."""
    return head.startswith((b"SQLite format 3\x00", b"\x00\x00\x27\x0a", b"fgb\x03fgb")) or is_shapefile_zip(head)


def is_shapefile_zip(head: bytes) -> bool:
    """Whether the names in a ZIP file, as `head_of` tells them, are those of a Shapefile."""
    return head.startswith(b"names in a ZIP:") and b".shp" in head.lower()


def layers_in(path: Path, within: LonLatBox | None, wanted: Wanted = _AS_IT_IS) -> Iterator[Layer]:
    """The layers of a file that have shapes, with what lies in a box in degrees. Raises ImportRefused.

    Without a box, a few rows of each come, and the bounds of all.
    """
    gdal = _gdal(path.name)
    with _unpacked(path) as file, _in_a_sentence(path.name), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for layer, kind in gdal.list_layers(file).tolist():
            if kind:  # else it is a table without shapes
                yield _layer(gdal, path.name, file, layer, within, wanted)


def _gdal(file: str) -> ModuleType:
    try:
        import pyogrio
    except ImportError as error:
        raise ImportRefused(
            f"{file} is in a format that needs the extra gis: pip install 'citiverse[gis]'. GeoJSON does not."
        ) from error
    module: ModuleType = pyogrio
    return module


@contextmanager
def _in_a_sentence(file: str) -> Iterator[None]:
    """What GDAL says of a file that it can't read, as a refusal."""
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        if isinstance(error, ImportRefused):
            raise
        why = " ".join(str(error).split())[:200].rstrip(".")
        raise ImportRefused(f"{file} can't be read: {why}. Is it complete? Please download it again.") from error


def _layer(gdal: ModuleType, file: str, path: Path, layer: str, within: LonLatBox | None, wanted: Wanted) -> Layer:
    """The rows of a layer that meet a box; without a box a few of them, and the bounds of all.

    All of them come where the bounds go round the globe, as they do over the antimeridian.
    """
    info = gdal.read_info(path, layer=layer, force_total_bounds=within is None)
    if info["driver"] not in _DRIVERS:
        raise ImportRefused(f"{file} is {info['driver']}, which is not read.")
    crs = info["crs"] or ""
    huge = info["features"] < 0 or info["features"] > MOST_ROWS
    bounds = bounds_of(info["total_bounds"]) if within is None and info["features"] != 0 else None
    few = within is None and (bounds is None or not spans_the_globe(bounds))  # else it takes all of them to tell more
    most = SAMPLE if few else MOST_ROWS + 1 if huge else None  # GDAL's binding makes room for so many
    large = info["features"] < 0 or info["features"] > FILTERED_FROM
    said = wanted.over(crs)
    box = box_in(horizontal(said, file), within) if within is not None and said and large else None
    _, fids, shapes, values = gdal.raw.read(
        path, layer=layer, bbox=box, force_2d=True, return_fids=True, max_features=most, datetime_as_string=True
    )
    if len(fids) > MOST_ROWS:
        raise ImportRefused(f"{file}: {layer} has over {MOST_ROWS:,} rows in the scene; please cut it with --bbox.")
    columns = {str(name): column.tolist() for name, column in zip(info["fields"], values, strict=True)}
    found = np.array(shapely.from_wkb(shapes, on_invalid="ignore"), dtype=object).reshape(-1)
    return Layer(Table(file, layer, crs, found, columns, fids.tolist()), bounds)


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The file that GDAL is given: of a ZIP the Shapefile in it, in a folder that goes again."""
    if not zipfile.is_zipfile(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="citiverse-") as folder:
        yield _shapefile_in(path, Path(folder))


def _shapefile_in(path: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if each.filename.lower().endswith(SHAPEFILE_PARTS)]
            shapes = sorted(each.filename for each in members if each.filename.lower().endswith(".shp"))
            if len(shapes) != 1:
                raise ImportRefused(
                    f"{path.name} should hold one Shapefile, and holds {len(shapes)}; please unpack it."
                )
            stem = shapes[0][:-4]
            members = [each for each in members if each.filename[: len(stem) + 1] == f"{stem}."]
            if sum(each.file_size for each in members) > LARGEST_BYTES:
                raise ImportRefused(
                    f"{path.name} would unpack to more than {LARGEST_BYTES / 1e9:.0f} GB; please cut it."
                )
            if any(each.flag_bits & 1 for each in members):
                raise ImportRefused(f"{path.name} is locked by a password; please unpack it.")
            for each in members:
                left = LARGEST_BYTES
                with archive.open(each) as packed, (folder / f"layer{each.filename[-4:].lower()}").open("wb") as out:
                    while chunk := packed.read(1 << 20):
                        left -= len(chunk)
                        if left < 0:
                            raise ImportRefused(f"{path.name} unpacks to more than it says; it is not read.")
                        out.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise ImportRefused(f"{path.name} is damaged: it can't be unpacked. Please download it again.") from error
    named = folder / f"{Path(stem).name}.shp"
    for part in list(folder.glob("layer.*")):
        part.rename(named.with_suffix(part.suffix))
    return named
