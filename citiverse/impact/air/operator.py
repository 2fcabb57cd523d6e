"""From emission on streets to what it adds at facades and outdoors: linear, and kept as long as nothing is rebuilt."""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.kernel import kernel, part
from citiverse.impact.air.canyon import LONGEST_CHUNK_M, Chunks, Heights
from citiverse.impact.air.coefficients import StreetTypes, street_types, tables
from citiverse.impact.model import Cancelled, Superseded

# RIVM briefrapport 2014-0127 (2015), SRM-1: scale, wind it is meant for, distances from the axis, decay far away.
SCALE = 0.62
REFERENCE_WIND_M_S = 5.0
NEAREST_M, NEAR_M, REACH_M = 3.5, 30.0, 60.0
FAR_POWER = -0.747
_CELL_M = REACH_M + LONGEST_CHUNK_M / 2.0  # no chunk within reach lies further than in the next cell
_ROWS_AT_ONCE = 1024
_STEP_M = 1.5  # along lines of sight
_FREE_M = 3.0  # in front of a receiver, where the raster of its own wall does not count


def dilution(distance_m: FloatArray, shares: FloatArray) -> FloatArray:
    """µg/m³ of one µg per metre and second on a long street, at 5 m/s of wind and without trees; shape (n,).

    RIVM briefrapport 2014-0127 (SRM-1); `shares`, shape (n, 4), are those of the types of street, and `distance_m`,
    shape (n,), is from the axis.
    """
    types = street_types()
    found = np.zeros(len(distance_m))
    coefficients = _coefficients(types)
    for i in range(len(found)):
        found[i] = _dilution(float(distance_m[i]), shares[i], coefficients)
    return found


def _coefficients(types: StreetTypes) -> FloatArray:
    return np.ascontiguousarray(np.column_stack([types.a, types.b, types.c, types.alpha, types.reach_m]))


@part
def _dilution(distance: float, shares: FloatArray, types: FloatArray) -> float:
    s = max(distance, NEAREST_M)
    found = 0.0
    for kind in range(len(types)):
        if shares[kind] > 0.0 and s <= types[kind, 4]:
            if s <= NEAR_M:
                found += shares[kind] * (types[kind, 0] * s * s + types[kind, 1] * s + types[kind, 2])
            else:
                found += shares[kind] * types[kind, 3] * s**FAR_POWER
    return SCALE * found


def build(
    points: FloatArray, chunks: Chunks, shares: FloatArray, trees: FloatArray, heights: Heights, pieces: int,
    cancelled: Cancelled,
) -> csr_array:  # fmt: skip
    """What each receiver gets of one µg per metre and second on each piece of street, shape (receivers, pieces).

    `points` (n, 2). SRM-1 is for long streets: of one that passes through, a chunk counts for its part of the angle
    under which the receiver sees what is within REACH_M, so that all chunks add up. Those behind buildings don't count.
    Raises Superseded.
    """
    cells, items, lattice = _lattice(chunks)
    coefficients = _coefficients(street_types())
    runs = range(0, len(points), _ROWS_AT_ONCE)

    def one(first: int) -> tuple[IntArray, IntArray, FloatArray]:
        if cancelled():
            raise Superseded
        some = np.ascontiguousarray(points[first : first + _ROWS_AT_ONCE, :2])
        row_start = np.zeros(len(some) + 1, dtype=np.int64)
        room = _count(some, cells, lattice)
        column, value = np.zeros(room, dtype=np.int64), np.zeros(room)
        reached(
            some, chunks.ends, shares, trees, cells, items, lattice, heights.values, heights.frame, coefficients,
            row_start, column, value,
        )  # fmt: skip
        return row_start, column[: row_start[-1]], value[: row_start[-1]]

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        done = [one(run) for run in runs[:1]]  # alone, for it may have to compile
        done += list(threads.map(one, runs[1:]))
    counts = [np.diff(row_start) for row_start, _, _ in done]
    row = np.repeat(np.arange(len(points)), np.concatenate(counts)) if counts else np.zeros(0, dtype=np.int64)
    chunk = np.concatenate([column for _, column, _ in done]) if done else np.zeros(0, dtype=np.int64)
    value = np.concatenate([value for _, _, value in done]) if done else np.zeros(0)
    return csr_array((value, (row, chunks.owner[chunk])), shape=(len(points), pieces))


def _lattice(chunks: Chunks) -> tuple[IntArray, IntArray, FloatArray]:
    """Chunks by the square cell that their middle lies in: starts, items, and the cells' frame."""
    if not len(chunks.ends):
        return np.zeros(2, dtype=np.int64), np.zeros(0, dtype=np.int64), np.array([0.0, 0.0, _CELL_M, 1.0, 1.0])
    middle = 0.5 * (chunks.ends[:, :2] + chunks.ends[:, 2:])
    west, south = middle.min(axis=0)
    column, row = ((middle - [west, south]) / _CELL_M).astype(np.int64).T
    columns, rows = int(column.max()) + 1, int(row.max()) + 1
    cell = row * columns + column
    items = np.argsort(cell, kind="stable").astype(np.int64)
    cells = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=rows * columns))]).astype(np.int64)
    return cells, items, np.array([west, south, _CELL_M, columns, rows], dtype=np.float64)


def _count(points: FloatArray, cells: IntArray, lattice: FloatArray) -> int:
    """Room for all chunks around all points."""
    west, south, side, columns, rows = lattice
    column = np.floor((points[:, 0] - west) / side).astype(np.int64)
    row = np.floor((points[:, 1] - south) / side).astype(np.int64)
    total = 0
    for i in (-1, 0, 1):
        inside = (row + i >= 0) & (row + i < rows)
        left = np.clip(column - 1, 0, int(columns))
        right = np.clip(column + 2, 0, int(columns))
        line = (row + i)[inside] * int(columns)
        total += int((cells[line + right[inside]] - cells[line + left[inside]]).sum())
    return total


@part
def _seen(x0: float, y0: float, x1: float, y1: float, values: NDArray[np.float32], frame: FloatArray) -> bool:
    """Whether no building stands between two places."""
    rows, columns = values.shape
    length = math.hypot(x1 - x0, y1 - y0)
    at = _FREE_M
    while at < length - _FREE_M:
        column = math.floor((x0 + at / length * (x1 - x0) - frame[0]) / frame[2])
        row = math.floor((y0 + at / length * (y1 - y0) - frame[1]) / frame[2])
        if 0 <= row < rows and 0 <= column < columns and values[row, column] > 0.0:
            return False
        at += _STEP_M
    return True


@kernel(
    "void(f8[:,::1], f8[:,::1], f8[:,::1], f8[::1], i8[::1], i8[::1], f8[::1], f4[:,::1], f8[::1], f8[:,::1],"
    " i8[::1], i8[::1], f8[::1])"
)
def reached(
    points: FloatArray, ends: FloatArray, shares: FloatArray, trees: FloatArray, cells: IntArray, items: IntArray,
    lattice: FloatArray, values: NDArray[np.float32], frame: FloatArray, types: FloatArray,
    row_start: IntArray, column: IntArray, value: FloatArray,
) -> None:  # fmt: skip
    """Rows of the operator, in the order of the lattice; see `build`."""
    columns, rows = int(lattice[3]), int(lattice[4])
    n = 0
    for p in range(len(points)):
        px, py = points[p, 0], points[p, 1]
        c = math.floor((px - lattice[0]) / lattice[2])
        r = math.floor((py - lattice[1]) / lattice[2])
        for row in range(max(r - 1, 0), min(r + 2, rows)):
            for cell in range(row * columns + max(c - 1, 0), row * columns + min(c + 2, columns)):
                for k in range(cells[cell], cells[cell + 1]):
                    i = items[k]
                    ax, ay = ends[i, 0] - px, ends[i, 1] - py
                    bx, by = ends[i, 2] - px, ends[i, 3] - py
                    dx, dy = bx - ax, by - ay
                    length = math.hypot(dx, dy)
                    off = abs(ax * by - ay * bx) / length
                    if off >= REACH_M:
                        continue
                    along = -(ax * dx + ay * dy) / length
                    half = math.sqrt(REACH_M * REACH_M - off * off)
                    low, high = max(along - half, 0.0), min(along + half, length)
                    if high <= low:
                        continue
                    # On the axis itself the angle stays that of the nearest receiver beside it.
                    away = max(off, NEAREST_M)
                    angle = math.atan((high - along) / away) - math.atan((low - along) / away)
                    share = angle / (2.0 * math.atan(half / away))
                    found = _dilution(off, shares[i], types) * trees[i] * share
                    t = 0.5 * (low + high) / length
                    if found > 0.0 and _seen(px, py, px + ax + t * dx, py + ay + t * dy, values, frame):
                        column[n] = i
                        value[n] = found
                        n += 1
        row_start[p + 1] = n


def conversion(nox: FloatArray, primary: FloatArray | float, ozone: FloatArray | float) -> FloatArray:
    """NO2 that a street adds, µg/m³, of the NOx it adds (RIVM briefrapport 2014-0127): exhaust and ozone make it."""
    rules = tables()["method"]["street"]["no2"]
    rest = nox * (1.0 - primary)
    return np.asarray(nox * primary + rules["b"] * ozone * rest / (rest + rules["k"]), dtype=np.float64)
