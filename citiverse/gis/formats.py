"""The formats that can be read, told by what is in a file rather than by its name."""

import bz2
import gzip
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from citiverse.gis.citygml.read import ENDINGS as GML_ENDINGS
from citiverse.gis.citygml.read import extent_of_citygml, is_citygml, read_citygml
from citiverse.gis.cityjson.model import ENDINGS as JSON_ENDINGS
from citiverse.gis.cityjson.model import is_cityjson
from citiverse.gis.cityjson.read import extent_of_cityjson, read_cityjson
from citiverse.gis.crs import Wanted
from citiverse.gis.epw import is_epw, read_epw
from citiverse.gis.ground.asc import is_asc, read_asc
from citiverse.gis.ground.geotiff import is_geotiff, read_geotiff
from citiverse.gis.ground.hgt import is_hgt, read_hgt
from citiverse.gis.ground.raster import Raster
from citiverse.gis.ground.zipped import ZIP, head_of_member
from citiverse.gis.gtfs import is_gtfs, read_gtfs
from citiverse.gis.lidar.cloud import Cloud, is_lidar, read_lidar
from citiverse.gis.osm.extent import extent_of_osm
from citiverse.gis.osm.read import read_osm
from citiverse.gis.packed import check_unpacking, members_of_folder, members_of_zip
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox, Reading, Site
from citiverse.gis.vector.files import is_vector
from citiverse.gis.vector.jsons import is_geojson
from citiverse.gis.vector.read import (
    extent_of_csv,
    extent_of_geojson,
    extent_of_vector,
    read_csv,
    read_geojson,
    read_vector,
)
from citiverse.gis.vector.rows import is_csv

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how to know it by first bytes and name (unpacked), where it lies in degrees, how to read it.

    `crs` is the coordinate system that the format prescribes, empty where each file has its own; `extent` is given what
    the recipe says of it, and is or gives None where a file has no say in how far the scene goes, as height models.
    """

    name: str
    title: str
    crs: str
    recognises: Callable[[bytes, str], bool]
    extent: Callable[[Path, Wanted], LonLatBox | None] | None
    read: Callable[[Path, Site], Reading | Raster | Cloud]


def _is_pbf(head: bytes) -> bool:
    return len(head) > 16 and head[:2] == b"\x00\x00" and b"OSMHeader" in head[:32]


def _is_osm_xml(head: bytes) -> bool:
    return b"<osm" in head and b"<osmChange" not in head


def _is_osm(head: bytes, name: str) -> bool:
    return _is_pbf(head) or _is_osm_xml(head)


FORMATS: tuple[Format, ...] = (
    Format("osm", "OpenStreetMap (.osm.pbf, .osm, .osm.gz, .osm.bz2)", "EPSG:4326", _is_osm, extent_of_osm, read_osm),
    Format(
        "citygml",
        "CityGML 1.0 and 2.0 (.gml, packed or not, or a folder)",
        "",
        is_citygml,
        extent_of_citygml,
        read_citygml,
    ),
    Format("cityjson", "CityJSON 1.0 to 2.0 and CityJSONSeq", "", is_cityjson, extent_of_cityjson, read_cityjson),
    Format("lidar", "LiDAR (.las, .laz)", "", is_lidar, None, read_lidar),
    Format("hgt", "SRTM tiles (.hgt, .hgt.zip)", "EPSG:4326", is_hgt, None, read_hgt),
    Format("asc", "Esri grids (.asc)", "", is_asc, None, read_asc),
    Format("geotiff", "GeoTIFF (.tif)", "", is_geotiff, None, read_geotiff),
    Format("geojson", "GeoJSON and JSON-FG", "", is_geojson, extent_of_geojson, read_geojson),
    Format("vector", "GeoPackage, SQLite, Shapefile, FlatGeobuf", "", is_vector, extent_of_vector, read_vector),
    Format("gtfs", "timetables as GTFS (.zip)", "EPSG:4326", is_gtfs, None, read_gtfs),
    Format("epw", "EnergyPlus weather (.epw)", "EPSG:4326", is_epw, None, read_epw),
    Format("csv", "tables with places (.csv)", "", is_csv, extent_of_csv, read_csv),
)


def format_of(path: Path, wanted: str = "") -> Format:
    """The format of a file. Raises ImportRefused when it can't be read or is none of those known."""
    head, name = head_of(path)
    for each in FORMATS:
        if each.recognises(head, name):
            if wanted and each.name != wanted:
                raise ImportRefused(f"{path.name} is {each.title}, not {wanted!r} as its recipe says.")
            return each
    if b"<osmChange" in head:
        raise ImportRefused(f"{path.name} is a change file of OpenStreetMap; an extract (.osm.pbf or .osm) is needed.")
    known = ", ".join(each.title for each in FORMATS)
    raise ImportRefused(f"{path.name} is in no format that can be read; these can: {known}.")


def head_of(path: Path) -> tuple[bytes, str]:
    """First bytes and name of a file, unpacked. Raises ImportRefused when there are none or they can't be read."""
    if path.is_dir():
        inside = members_of_folder(path, GML_ENDINGS)
        if not inside:
            raise ImportRefused(f"{path} is a folder without CityGML (.gml) in it; please name a file.")
        return head_of(inside[0])
    try:
        with path.open("rb") as file:
            raw = file.read(HEAD_BYTES)
            if raw.lstrip().startswith(b"{"):  # JSON, whose keys come in any order
                file.seek(max(HEAD_BYTES, path.stat().st_size - HEAD_BYTES))
                raw += file.read(HEAD_BYTES)
        if not raw:
            raise ImportRefused(f"{path.name} is empty (0 bytes). Please download it again.")
        if raw.startswith(b"\x1f\x8b"):
            check_unpacking(path)
            with gzip.open(path) as packed:
                return packed.read(HEAD_BYTES), path.name
        if raw.startswith(b"BZh"):
            check_unpacking(path)
            with bz2.open(path) as packed_too:
                return packed_too.read(HEAD_BYTES), path.name
        if raw.startswith(ZIP):
            return _head_in_zip(path)
    except FileNotFoundError as error:
        raise ImportRefused(f"There is no file {path}.") from error
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ImportRefused(f"{path.name} is damaged: it can't be unpacked. Please download it again.") from error
    except OSError as error:
        raise ImportRefused(f"{path} can't be read: {error.strerror or error}.") from error
    return raw, path.name


def _head_in_zip(path: Path) -> tuple[bytes, str]:
    """First bytes and name of what a ZIP file holds; of a thing of several files their names."""
    names = names_in(path)
    if _of_many_files(names):
        return b"names in a ZIP:" + "\n".join(names).encode()[:HEAD_BYTES], path.name
    inside_of_zip = members_of_zip(path, (*GML_ENDINGS, *JSON_ENDINGS))
    if inside_of_zip:
        with zipfile.ZipFile(path) as archive, archive.open(inside_of_zip[0]) as member:
            return member.read(HEAD_BYTES), inside_of_zip[0].filename
    name, head = head_of_member(path, HEAD_BYTES)
    return head, name


def names_in(path: Path) -> list[str]:
    """Names of the files in a ZIP file. Raises ImportRefused when it is damaged, or a name leads out of its folder."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [each.filename for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise ImportRefused(f"{path.name} is damaged: it can't be unpacked. Please download it again.") from error
    away = next((name for name in names if name.startswith("/") or ".." in Path(name.replace("\\", "/")).parts), None)
    if away is not None:
        raise ImportRefused(f"{path.name} holds {away!r}, a name that leads out of its folder; it is not read.")
    return names


def _of_many_files(names: list[str]) -> bool:
    """Whether a ZIP is one thing of several files: a timetable, or a Shapefile."""
    plain = {name.rsplit("/", 1)[-1].lower() for name in names}
    return "stop_times.txt" in plain or "stops.txt" in plain or any(name.endswith(".shp") for name in plain)
