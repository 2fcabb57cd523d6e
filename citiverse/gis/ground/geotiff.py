"""GeoTIFF (OGC 19-008r4) with one band of heights; only the tiles or strips that a scene needs are unpacked."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from citiverse.geometry.arrays import FloatArray
from citiverse.gis.axes import check_place
from citiverse.gis.crs import horizontal
from citiverse.gis.ground.raster import Cut, Raster
from citiverse.gis.ground.zipped import open_member
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import Site

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

_HEADS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_USER_DEFINED = 32767
_POINTS = 2  # GTRasterTypeGeoKey: heights stand at the corners that the file counts by, not in the middle of cells
_METRES = {9002: 0.3048, 9003: 1200.0 / 3937.0}  # EPSG's foot and US survey foot
_BROKEN = (ValueError, KeyError, IndexError, TypeError, OSError, RuntimeError, OverflowError, MemoryError, struct.error)


def is_geotiff(head: bytes, name: str) -> bool:
    """Whether the first bytes of a file are those of TIFF or BigTIFF."""
    return head.startswith(_HEADS)


def read_geotiff(path: Path, site: Site) -> Raster:
    """A height model. Raises ImportRefused when it is broken, no height model, or the extra is not installed."""
    _, content = open_member(path)
    with _opened(content, path.name) as file:
        page = _page(file, path.name)
        tags: Mapping[str, object] = page.geotiff_tags or {}
        west, north, dx, dy = _place(tags, path.name)
        rows, columns = page.imagelength, page.imagewidth
        shift = 0.0 if _code(tags, "GTRasterTypeGeoKey") == _POINTS else 0.5
        void = page.nodata if "GDAL_NODATA" in page.tags else None
        vertical = _code(tags, "VerticalCSTypeGeoKey", "VerticalGeoKey")
        return Raster(
            file=path.name,
            rows=rows,
            columns=columns,
            x0=west + shift * dx,
            y0=north - (rows - 1 + shift) * dy,
            dx=dx,
            dy=dy,
            crs=_placed(site.system(_crs(tags)), west + columns * dx / 2, north - rows * dy / 2, path.name),
            cut=_cut(path, rows, void),
            vertical=f"EPSG:{vertical}" if vertical else "",
            metres=_METRES.get(_code(tags, "VerticalUnitsGeoKey") or 0, 1.0),
        )


@contextmanager
def _opened(content: BinaryIO, file: str) -> Iterator[TiffFile]:
    try:
        from tifffile import TiffFile
    except ImportError as error:
        content.close()
        raise ImportRefused(
            f"{file} is a GeoTIFF, which needs the extra gis: pip install 'citiverse[gis]'. Heights as .hgt or .asc do "
            f"not."
        ) from error
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    try:
        with content, TiffFile(content) as tiff:
            yield tiff
    except ImportRefused:
        raise
    except _BROKEN as error:
        why = f" ({error})" if " " in str(error) else ""
        raise ImportRefused(f"{file} is damaged or incomplete{why}. Please download it again.") from error


def _page(file: TiffFile, name: str) -> TiffPage:
    page = file.pages.first
    if page.samplesperpixel != 1 or page.dtype is None or page.dtype.kind not in "iuf" or page.imagedepth != 1:
        raise ImportRefused(f"{name} is a picture, not a height model: it has no single band of numbers.")
    if page.imagelength < 1 or page.imagewidth < 1:
        raise ImportRefused(f"{name} has no cells.")
    return page


def _code(tags: Mapping[str, object], *names: str) -> int | None:
    for name in names:
        value = tags.get(name)
        if isinstance(value, int) and value not in (0, _USER_DEFINED):
            return int(value)
    return None


def _placed(said: str, x: float, y: float, file: str) -> str:
    """The horizontal system of a raster with its middle at x, y."""
    crs = horizontal(said, file)
    check_place(crs, np.array([x, y]), file)
    return crs


def _crs(tags: Mapping[str, object]) -> str:
    code = _code(tags, "ProjectedCSTypeGeoKey", "ProjectedCRSGeoKey")
    if code is None and "ProjectedCSTypeGeoKey" not in tags:
        code = _code(tags, "GeographicTypeGeoKey", "GeodeticCRSGeoKey")
    return f"EPSG:{code}" if code else ""


def _place(tags: Mapping[str, object], file: str) -> tuple[float, float, float, float]:
    """West and north edge and the sides of a cell."""
    matrix, scale, tie = tags.get("ModelTransformation"), tags.get("ModelPixelScale"), tags.get("ModelTiepoint")
    if matrix is not None:
        m = np.asarray(matrix, dtype=np.float64).reshape(4, 4)
        if m[0, 1] != 0.0 or m[1, 0] != 0.0:
            raise ImportRefused(f"{file} is turned against its coordinates; `gdalwarp` makes a straight one of it.")
        west, north, dx, dy = m[0, 3], m[1, 3], m[0, 0], -m[1, 1]
    elif scale is not None and tie is not None:
        dx, dy = np.asarray(scale, dtype=np.float64)[:2]
        column, row, _, x, y, _ = np.asarray(tie, dtype=np.float64).ravel()[:6]
        west, north = x - column * dx, y + row * dy
    else:
        raise ImportRefused(f"{file} is a TIFF that does not say where it lies, so no GeoTIFF.")
    if not np.isfinite([west, north, dx, dy]).all() or dx <= 0.0 or dy <= 0.0:
        raise ImportRefused(f"{file} says of its cells that they are {dx:g} x {dy:g}; both should be above zero.")
    return float(west), float(north), float(dx), float(dy)


def _cut(path: Path, rows: int, void: float | None) -> Cut:
    def cut(low: int, high: int, left: int, right: int) -> FloatArray:
        _, content = open_member(path)
        with _opened(content, path.name) as file:
            values = _window(file.pages.first, rows - high, rows - low, left, right)
        if void is not None:
            values[values == void] = np.nan
        return values[::-1]

    return cut


def _window(page: TiffPage, top: int, bottom: int, left: int, right: int) -> FloatArray:
    """Values of some rows, counted from north, and columns."""
    wide, tall = (page.tilewidth, page.tilelength) if page.is_tiled else (page.imagewidth, page.rowsperstrip)
    tall = min(tall, page.imagelength)
    across = -(-page.imagewidth // wide)
    segments = [
        row * across + column
        for row in range(top // tall, -(-bottom // tall))
        for column in range(left // wide, -(-right // wide))
    ]
    values = np.full((bottom - top, right - left), np.nan)
    offsets, counts = [page.dataoffsets[i] for i in segments], [page.databytecounts[i] for i in segments]
    for raw, index in page.parent.filehandle.read_segments(offsets, counts, segments):
        block, (_, _, y, x, _), _ = page.decode(raw, index)
        if block is None:
            continue
        flat = block[0, : page.imagelength - y, : page.imagewidth - x, 0]
        y0, y1, x0, x1 = max(y, top), min(y + flat.shape[0], bottom), max(x, left), min(x + flat.shape[1], right)
        values[y0 - top : y1 - top, x0 - left : x1 - left] = flat[y0 - y : y1 - y, x0 - x : x1 - x]
    return values
