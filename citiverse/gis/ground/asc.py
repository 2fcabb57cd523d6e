"""Grids as text, of Esri ("ncols 4 nrows 6 xllcorner ... cellsize ...", rows from north)."""

import math
import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from citiverse.geometry.arrays import FloatArray
from citiverse.gis.axes import check_place
from citiverse.gis.crs import horizontal
from citiverse.gis.ground.raster import Raster, cut_of
from citiverse.gis.ground.zipped import LARGEST_BYTES, open_member
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import Site

_HEADER = re.compile(rb"\s*([A-Za-z_]+)[ \t]+([-+.,\deE]+|nan)[ \t]*\r?\n")
_NEEDED = ("ncols", "nrows")


def is_asc(head: bytes, name: str) -> bool:
    """Whether the first bytes of a file are those of a grid."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:5].lower() in {b"ncols", b"nrows"}


def read_asc(path: Path, site: Site) -> Raster:
    """A grid, zipped or not. Raises ImportRefused when it is broken or nobody says where it lies."""
    _, content = open_member(path)
    with content:
        raw = content.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        raise ImportRefused(f"{path.name} is larger than {LARGEST_BYTES / 1e6:.0f} MB; please cut it into tiles.")
    header, begin = _header(raw.removeprefix(b"\xef\xbb\xbf"), path.name)
    rows, columns = int(header["nrows"]), int(header["ncols"])
    dx, dy = header.get("dx", header.get("cellsize", 0.0)), header.get("dy", header.get("cellsize", 0.0))
    if rows < 1 or columns < 1 or not (dx > 0.0 and dy > 0.0):
        raise ImportRefused(f"{path.name}: its header should give rows, columns and the size of a cell above zero.")
    x0 = _south_west(header, "x", path.name, dx)
    y0 = _south_west(header, "y", path.name, dy)
    values = _values(raw.removeprefix(b"\xef\xbb\xbf")[begin:], rows, columns, path.name)
    values[values == header.get("nodata_value", -9999.0)] = np.nan
    crs = horizontal(site.system(crs_beside(path)), path.name)
    check_place(crs, np.array([x0 + dx * (columns - 1) / 2, y0 + dy * (rows - 1) / 2]), path.name)
    return Raster(path.name, rows, columns, x0, y0, dx, dy, crs, cut_of(values.reshape(rows, columns)[::-1]))


def crs_beside(path: Path) -> str:
    """The coordinate system of the .prj file beside a file, as WKT, or ""."""
    beside = path.with_suffix(".prj")
    try:
        return beside.read_text(encoding="utf-8").strip() if beside.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{beside.name} can't be read; please name the system with --crs.") from error


def _header(raw: bytes, file: str) -> tuple[Mapping[str, float], int]:
    found: dict[str, float] = {}
    at = 0
    while match := _HEADER.match(raw, at):
        try:
            found[match[1].decode().lower()] = float(match[2].replace(b",", b"."))
        except ValueError as error:
            raise ImportRefused(f"{file}: {match[0].decode().strip()!r} in its header has no number.") from error
        at = match.end()
    if not all(math.isfinite(value) for key, value in found.items() if key != "nodata_value"):
        raise ImportRefused(f"{file}: its header should hold finite numbers.")
    missing = [key for key in _NEEDED if key not in found]
    if missing:
        raise ImportRefused(f"{file}: its header does not say {' and '.join(missing)}.")
    return found, at


def _south_west(header: Mapping[str, float], axis: str, file: str, step: float) -> float:
    if f"{axis}llcenter" in header:
        return header[f"{axis}llcenter"]
    if f"{axis}llcorner" not in header:
        raise ImportRefused(f"{file}: its header does not say {axis}llcorner or {axis}llcenter.")
    return header[f"{axis}llcorner"] + step / 2


def _values(body: bytes, rows: int, columns: int, file: str) -> FloatArray:
    if 2 * rows * columns - 1 > len(body):  # a digit and a space each
        raise ImportRefused(f"{file} says {rows:,} x {columns:,} cells and holds fewer. Please download it again.")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            values = np.fromstring(body.replace(b",", b".").decode("ascii"), sep=" ")
        except (DeprecationWarning, ValueError) as error:
            raise ImportRefused(f"{file} holds something among its heights that is not a number.") from error
    if len(values) != rows * columns:
        raise ImportRefused(f"{file} says {rows:,} x {columns:,} cells and holds {len(values):,} heights.")
    return values
