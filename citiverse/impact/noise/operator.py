"""From the sound power of roads to the noise at receivers: a linear operator that outlives a change of traffic."""

import itertools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from citiverse.city.change import Bounds
from citiverse.city.terrain import Terrain
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.ragged import ranges, starts
from citiverse.impact.model import Cancelled, Superseded
from citiverse.impact.noise.propagation import (
    BANDS,
    REFLECTOR_REACH_M,
    SingleArray,
    received,
    transfer_rows,
    within_reach,
)
from citiverse.impact.noise.site import Surroundings
from citiverse.impact.receivers import Receivers

T = TypeVar("T")

LONGEST_PIECE_M = 100.0
_ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Pieces of road or track that sound, none longer than LONGEST_PIECE_M; `owner` is the street each one belongs to.

    `vertices` (n, 4) are x, y, ground height and metres along the piece; piece p has start[p]:start[p + 1].
    """

    vertices: FloatArray
    start: IntArray
    boxes: FloatArray
    keys: tuple[bytes, ...]
    owner: IntArray


def pieces_of(lines: Sequence[LineString], terrain: Terrain) -> Pieces:
    """Streets cut into pieces, in the order of `lines`."""
    counts = np.ceil(shapely.length(np.asarray(lines, dtype=object)) / LONGEST_PIECE_M).astype(np.int64).clip(1)
    cut: list[BaseGeometry] = []
    for line, count in zip(lines, counts, strict=True):
        cut += [line] if count == 1 else [substring(line, i / count, (i + 1) / count, True) for i in range(count)]
    xy, of_piece = shapely.get_coordinates(cut, return_index=True)
    start = np.searchsorted(of_piece, np.arange(len(cut) + 1)).astype(np.int64)
    steps = np.zeros(len(xy))
    steps[1:] = np.hypot(*np.diff(xy, axis=0).T)
    along = np.zeros(len(xy))
    for first, last in itertools.pairwise(start):
        along[first + 1 : last] = np.cumsum(steps[first + 1 : last])
    return Pieces(
        vertices=np.ascontiguousarray(np.column_stack([xy, terrain.heights(xy), along])),
        start=start,
        boxes=np.ascontiguousarray(shapely.bounds(np.asarray(cut, dtype=object)).reshape(-1, 4)),
        keys=tuple(xy[first:last].tobytes() for first, last in itertools.pairwise(start)),
        owner=np.repeat(np.arange(len(lines)), counts),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """What of the sound power of each piece reaches each receiver.

    Row r has the entries row_start[r]:row_start[r + 1], each with its piece and 16 shares: eight octave bands in
    homogeneous weather, then in favourable. `computed` is how many entries had to be computed for it.
    """

    receivers: FloatArray
    pieces: Pieces
    row_start: IntArray
    row_piece: IntArray
    transfer: SingleArray
    computed: int


def build(
    receivers: Receivers,
    pieces: Pieces,
    around: Surroundings,
    air: FloatArray,
    *,
    reach_m: float,
    kept: float,
    track: bool,
    cancelled: Cancelled,
    old: Operator | None = None,
    dirty: Sequence[Bounds] = (),
) -> Operator:
    """The operator for these surroundings, the same with or without an `old` one; paths are shorter than `reach_m`.

    Walls keep the share `kept` of the sound that they reflect; the pieces are of a `track`, else of roads. From `old`,
    entries are taken over where no path meets a `dirty` box. Raises Superseded.
    """
    same = old is not None and old.pieces.keys == pieces.keys
    if old is not None and same and not dirty and np.array_equal(receivers.points, old.receivers):
        return replace(old, pieces=pieces, computed=0)
    places = np.full(len(receivers.points), -1) if old is None else _same_places(receivers.points, old.receivers)
    row_start, row_piece = _reach(receivers.points, pieces, reach_m, old if same else None, places)
    transfer = np.empty((len(row_piece), 2 * BANDS), dtype=np.float32)
    site = around.site
    known = old or Operator(
        np.zeros((0, 3)), pieces, np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64), transfer[:0], 0
    )
    place = {key: i for i, key in enumerate(known.pieces.keys)}
    old_piece = np.array([place.get(key, -1) for key in pieces.keys], dtype=np.int64)
    boxes = np.array(dirty, dtype=np.float64).reshape(-1, 4)
    wide = boxes + REFLECTOR_REACH_M * np.array([-1.0, -1.0, 1.0, 1.0])

    def compute(first: int, last: int) -> int:
        return transfer_rows(
            first, last, receivers.points, row_start, row_piece, pieces.vertices, pieces.start,
            len(around.footprints), air, site.walls, site.owner, site.cells, site.items, site.lattice,
            site.ground, site.ground_frame, site.terrain, site.terrain_frame,
            places, old_piece, known.row_start, known.row_piece, known.transfer, len(known.pieces.keys),
            pieces.boxes, boxes, wide, reach_m + LONGEST_PIECE_M if same else 0.0, kept, track, transfer,
        )  # fmt: skip

    computed = sum(_in_chunks(compute, len(receivers.points), cancelled))
    return Operator(receivers.points, pieces, row_start, row_piece, transfer, computed)


def apply(operator: Operator, power: SingleArray) -> FloatArray:
    """Energy at each receiver, shape (receivers, 2 weathers, streams).

    `power`, shape (lines, 8 bands, streams), is the sound power per metre of the lines that were cut into pieces.
    """
    by_piece = power[operator.pieces.owner]
    streams = power.shape[2]
    energy = np.zeros((len(operator.receivers), 2 * streams))

    def add_up(first: int, last: int) -> None:
        received(first, last, operator.row_start, operator.row_piece, operator.transfer, by_piece, energy)

    _in_chunks(add_up, len(operator.receivers), lambda: False, rows_at_once=512)
    return energy.reshape(-1, 2, streams)


def _reach(
    points: FloatArray, pieces: Pieces, reach_m: float, old: Operator | None, places: IntArray
) -> tuple[IntArray, IntArray]:
    """Starts of rows and the pieces within reach of each receiver, in order.

    `old` has the same reach and pieces, and `places` are the receivers' places there, or -1.
    """
    known = places >= 0 if old is not None else np.zeros(len(points), dtype=np.bool_)
    counts = np.zeros(len(points), dtype=np.int64)
    if old is not None:
        counts[known] = np.diff(old.row_start)[places[known]]
    start, found = _search(np.ascontiguousarray(points[~known]), pieces, reach_m)
    counts[~known] = np.diff(start)
    row_start = starts(counts)
    row_piece = np.zeros(row_start[-1], dtype=np.int64)
    row_piece[ranges(row_start[:-1][~known], counts[~known])] = found
    if old is not None:
        theirs = old.row_piece[ranges(old.row_start[places[known]], counts[known])]
        row_piece[ranges(row_start[:-1][known], counts[known])] = theirs
    return row_start, row_piece


def _search(points: FloatArray, pieces: Pieces, reach_m: float) -> tuple[IntArray, IntArray]:
    row_start = np.zeros(len(points) + 1, dtype=np.int64)
    found = np.zeros(0, dtype=np.int64)
    total = within_reach(points, pieces.vertices, pieces.start, pieces.boxes, reach_m, row_start, found)
    if total:
        found = np.zeros(total, dtype=np.int64)
        within_reach(points, pieces.vertices, pieces.start, pieces.boxes, reach_m, row_start, found)
    return row_start, found


def _same_places(points: FloatArray, old: FloatArray) -> IntArray:
    """For each point the index of the same point in `old`, or -1."""
    if not len(old):
        return np.full(len(points), -1, dtype=np.int64)
    keys = old[:, 0] + 1j * old[:, 1]  # complex numbers are sorted by both parts
    order = np.argsort(keys)
    wanted = points[:, 0] + 1j * points[:, 1]
    place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    found = order[place]
    return np.where((old[found] == points).all(axis=1), found, -1).astype(np.int64)


def _in_chunks(
    work: Callable[[int, int], T], rows: int, cancelled: Cancelled, *, rows_at_once: int = _ROWS_AT_ONCE
) -> list[T]:
    """Do `work` on runs of rows, several at a time: it releases the GIL. Raises Superseded."""

    def one(first: int) -> T:
        if cancelled():
            raise Superseded
        return work(first, min(first + rows_at_once, rows))

    runs = range(0, rows, rows_at_once)
    first = [one(run) for run in runs[:1]]  # alone, for it may have to compile
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        return first + list(threads.map(one, runs[1:]))
