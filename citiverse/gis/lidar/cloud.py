"""LAS and LAZ files (ASPRS, LAS 1.4 R15) as points in a scene's metres, some at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from scipy.ndimage import map_coordinates

from citiverse.city.change import Bounds
from citiverse.city.frame import Frame
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.axes import Placement, placement
from citiverse.gis.crs import local_metres
from citiverse.gis.ground.raster import HIGHEST_M, LOWEST_M
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import Site

if TYPE_CHECKING:
    from laspy import LasHeader, LasReader, ScaleAwarePointRecord

BATCH = 250_000  # points read at a time
STEP_M = (
    200.0  # between the places whose coordinates are worked out; those between them lie on a line, to the millimetre
)
MARGIN_M = 50.0  # beyond the scene
GROUND, BUILDING = 2, 6  # LAS 1.4 R15, table 17
HEAD_BYTES = 375
LEAST_RECORD, LEAST_LONG_RECORD = 54, 60  # bytes of the head of a variable length record
PACKED_MOST = 64  # points in a byte of LAZ, of whatever repetition
_PLANTS = (3, 4, 5)
_UNSORTED = (0, 1)
_NOISE = (7, 18)
_BROKEN = (ValueError, KeyError, IndexError, TypeError, OSError, RuntimeError, OverflowError, MemoryError, struct.error)

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Some points: x, y, z in the scene's metres, shape (n, 3), and what each was taken for, shape (n,).

    `roof`: sorted out as a building; `loose`: not sorted out, and the last echo; `leafy`: a plant, or what let part of
    the pulse through.
    """

    xyz: FloatArray
    ground: BoolArray
    roof: BoolArray
    loose: BoolArray
    leafy: BoolArray


@dataclass(frozen=True, slots=True)
class Cloud:
    """A file of points whose head has been looked at; `source` is the key that what comes of it names."""

    path: Path
    source: str
    crs: str
    place: Placement
    count: int

    def batches(self, frame: Frame, bounds: Bounds) -> Iterator[Points]:
        """Its points in and about the scene. Raises ImportRefused when the file breaks off."""
        west, south, east, north = np.add(bounds, (-MARGIN_M, -MARGIN_M, MARGIN_M, MARGIN_M)).tolist()
        with _opened(self.path) as reader:
            warp = _Warp(reader.header, self.place, frame, self.path.name)
            read = 0
            for batch in reader.chunk_iterator(BATCH):
                read += len(batch)
                points = _points(batch, warp, self.place.metres)
                x, y, z = points.xyz.T
                inside = (x >= west) & (x <= east) & (y >= south) & (y <= north) & (z > LOWEST_M) & (z < HIGHEST_M)
                inside &= ~np.isin(np.asarray(batch.classification), _NOISE)
                yield Points(
                    *(each[inside] for each in (points.xyz, points.ground, points.roof, points.loose, points.leafy))
                )
        if read < self.count:
            raise ImportRefused(
                f"{self.path.name} says that it holds {self.count:,} points and holds {read:,}. "
                f"Please download it again."
            )


def is_lidar(head: bytes, name: str) -> bool:
    """Whether the first bytes of a file are those of LAS or LAZ."""
    return head.startswith(b"LASF")


def read_lidar(path: Path, site: Site) -> Cloud:
    """A file of points, of which only the head is read. Raises ImportRefused when it is broken."""
    _check_head(path)
    with _opened(path) as reader:
        header = reader.header
        _check(header, path)
        said = site.system(_system(header, path.name, unread="?" if site.wanted.told else ""))
        corners = np.array([header.mins, header.maxs])
    return Cloud(path, site.source, said, placement(said, corners, path.name), int(header.point_count))


@contextmanager
def _opened(path: Path) -> Iterator[LasReader]:
    try:
        import laspy
    except ImportError as error:
        raise ImportRefused(
            f"{path.name} is a point cloud, which needs the extra lidar: pip install 'citiverse[lidar]'."
        ) from error
    try:
        with laspy.open(str(path)) as reader:
            yield reader
    except ImportRefused:
        raise
    except (laspy.LaspyException, *_BROKEN) as error:
        raise ImportRefused(f"{path.name} is damaged or incomplete ({error}). Please download it again.") from error


def _check_head(path: Path) -> None:
    """Refuse a head that leads beyond the file (LAS 1.4 R15, table 3), before anything is read by it."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES).ljust(HEAD_BYTES, b"\0")
    size = path.stat().st_size
    major, minor = head[24], head[25]
    if major != 1 or minor > 4:
        raise ImportRefused(f"{path.name} is LAS {major}.{minor}; 1.0 to 1.4 can be read.")
    head_size, begin, records = struct.unpack_from("<HII", head, 94)
    evlr_begin, evlr_records = struct.unpack_from("<QI", head, 235) if minor == 4 else (0, 0)
    fits = head_size <= begin <= size and records * LEAST_RECORD <= begin - head_size
    if not fits or (evlr_records and evlr_begin + evlr_records * LEAST_LONG_RECORD > size):
        raise ImportRefused(
            f"{path.name} is damaged or incomplete: its head tells of more than it holds. Please download it again."
        )


def _check(header: LasHeader, path: Path) -> None:
    if header.point_count == 0:
        raise ImportRefused(f"{path.name} holds no points.")
    numbers = [*header.scales, *header.offsets, *header.mins, *header.maxs]
    if not np.isfinite(numbers).all() or not (np.asarray(header.scales) > 0.0).all():
        raise ImportRefused(f"{path.name} has a scale, offset or extent that can't be; please download it again.")
    room = path.stat().st_size - int(header.offset_to_point_data)
    most = room * PACKED_MOST if header.are_points_compressed else room // int(header.point_format.size)
    if header.point_count > most:
        raise ImportRefused(
            f"{path.name} says that it holds {header.point_count:,} points, more than a file of its size can hold. "
            f"Please download it again."
        )


def _system(header: LasHeader, file: str, *, unread: str) -> str:
    """What a file says of its system, "" where it is silent; `unread` where that can't be read, if that is given."""
    try:
        found = header.parse_crs()
    except Exception as error:
        if unread:
            return unread
        raise ImportRefused(
            f"{file}: its coordinate system can't be read ({error}); please name it with --crs."
        ) from error
    return _short(found) if found is not None else ""


def _short(system: CRS) -> str:
    """ "EPSG:28992+5709", or all of it as text where it has no code."""
    code = system.to_epsg()
    codes = [code] if code else [part.to_epsg() for part in system.sub_crs_list]
    return f"EPSG:{'+'.join(map(str, codes))}" if codes and all(codes) else str(system.to_wkt())


def _points(batch: ScaleAwarePointRecord, warp: _Warp, metres: float) -> Points:
    xyz = np.column_stack([warp(np.column_stack([batch.x, batch.y])), np.asarray(batch.z) * metres])
    kind = np.asarray(batch.classification)
    number, of = np.asarray(batch.return_number), np.asarray(batch.number_of_returns)
    unsorted = np.isin(kind, _UNSORTED)
    return Points(
        xyz=xyz,
        ground=kind == GROUND,
        roof=kind == BUILDING,
        loose=unsorted & (number >= of),
        leafy=np.isin(kind, _PLANTS) | (unsorted & (of > 1) & (number < of)),
    )


class _Warp:
    """From a file's coordinates to the scene's, worked out on a lattice and read off between its places."""

    def __init__(self, header: LasHeader, place: Placement, frame: Frame, file: str) -> None:
        low, high = np.asarray(header.mins)[:2], np.asarray(header.maxs)[:2]
        unit = STEP_M if np.abs([*low, *high]).max() > 1000.0 else STEP_M / 111_320.0
        shape = np.clip(np.ceil((high - low) / unit).astype(int) + 1, 2, 2000)
        self.low, self.step = low, np.maximum((high - low) / (shape - 1), 1e-12)
        x, y = (low[axis] + np.arange(shape[axis]) * self.step[axis] for axis in (0, 1))
        lattice = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
        local = local_metres(place.xy(lattice), place.crs, frame, file)
        self.local = local.reshape(*shape, 2)

    def __call__(self, points: FloatArray) -> FloatArray:
        """Local metres of points, both of shape (n, 2)."""
        at = ((points - self.low) / self.step).T
        return np.stack(
            [map_coordinates(self.local[..., axis], at, order=1, mode="nearest") for axis in (0, 1)], axis=-1
        )
