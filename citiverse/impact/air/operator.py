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
from citiverse.impact.air.coefficients import TYPES, StreetTypes, street_types, tables
from citiverse.impact.model import Cancelled, Superseded

# RIVM briefrapport 2014-0127 (2015), SRM-1: scale, wind it is meant for, distances from the axis, decay far away.
SCALE = 0.62
REFERENCE_WIND_M_S = 5.0
NEAREST_M, NEAR_M, REACH_M = 3.5, 30.0, 60.0
FAR_POWER = -0.747
# Further on, open roads are Gaussian line sources under winds that blow from everywhere alike: User's guide for the
# ISC2 dispersion models, volume II, EPA-450/4-92-008b (1992), sector average of the long-term model, with the vertical
# spread of Briggs for towns in neutral air, 0.14 r (1 + 0.0003 r)^-1/2 m; in strength it joins SRM-1 at REACH_M.
FAR_REACH_M = 250.0
BRIGGS_URBAN_PER_M = 0.0003
_OPEN = TYPES.index("open")
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
    Open chunks count up to FAR_REACH_M, buildings or not: from there their air comes over the roofs. Raises Superseded.
    """
    near = _lattice(chunks, np.arange(len(chunks.ends)), _CELL_M)
    far = _lattice(chunks, np.flatnonzero(shares[:, _OPEN] > 0.0), FAR_REACH_M)
    coefficients, strength = _coefficients(street_types()), far_strength()
    runs = range(0, len(points), _ROWS_AT_ONCE)

    def one(first: int) -> tuple[IntArray, IntArray, FloatArray]:
        if cancelled():
            raise Superseded
        some = np.ascontiguousarray(points[first : first + _ROWS_AT_ONCE, :2])
        row_start = np.zeros(len(some) + 1, dtype=np.int64)
        room = _count(some, near) + _count(some, far)
        column, value = np.zeros(room, dtype=np.int64), np.zeros(room)
        reached(
            some, chunks.ends, chunks.owner, shares, trees, *near, *far, strength, heights.values, heights.frame,
            coefficients, np.zeros(pieces), row_start, column, value,
        )  # fmt: skip
        return row_start, column[: row_start[-1]].copy(), value[: row_start[-1]].copy()

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        done = [one(run) for run in runs[:1]]  # alone, for it may have to compile
        done += list(threads.map(one, runs[1:]))
    counts = np.concatenate([np.zeros(1, dtype=np.int64), *(np.diff(row_start) for row_start, _, _ in done)])
    column = np.concatenate([np.zeros(0, dtype=np.int64), *(each for _, each, _ in done)])
    value = np.concatenate([np.zeros(0), *(each for _, _, each in done)])
    return csr_array((value, column, np.cumsum(counts)), shape=(len(points), pieces))


def far_strength() -> float:
    """What makes a long open road add at REACH_M what SRM-1 tells there; per metre of road times sqrt(1 + br) / r²."""
    step = 0.1
    along = np.arange(0.5 * step, math.sqrt(FAR_REACH_M**2 - REACH_M**2), step)
    away = np.hypot(along, REACH_M)
    spread = 2.0 * step * float((np.sqrt(1.0 + BRIGGS_URBAN_PER_M * away) / away**2).sum())
    return float(dilution(np.array([REACH_M]), np.eye(len(TYPES))[[_OPEN]])[0]) / spread


_Lattice = tuple[IntArray, IntArray, FloatArray]


def _lattice(chunks: Chunks, some: IntArray, cell_m: float) -> _Lattice:
    """Some of the chunks by the square cell that their middle lies in: starts, items, and the cells' frame."""
    if not len(some):
        return np.zeros(2, dtype=np.int64), np.zeros(0, dtype=np.int64), np.array([0.0, 0.0, cell_m, 1.0, 1.0])
    middle = 0.5 * (chunks.ends[some, :2] + chunks.ends[some, 2:])
    west, south = middle.min(axis=0)
    column, row = ((middle - [west, south]) / cell_m).astype(np.int64).T
    columns, rows = int(column.max()) + 1, int(row.max()) + 1
    cell = row * columns + column
    items = some[np.argsort(cell, kind="stable")].astype(np.int64)
    cells = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=rows * columns))]).astype(np.int64)
    return cells, items, np.array([west, south, cell_m, columns, rows], dtype=np.float64)


def _count(points: FloatArray, lattice: _Lattice) -> int:
    """Room for all chunks around all points."""
    cells, _, (west, south, side, columns, rows) = lattice
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


@part
def _beside(ends: FloatArray, px: float, py: float, shares: FloatArray, tree: float, types: FloatArray) -> float:
    """What a chunk adds within REACH_M by SRM-1, as its part of the angle of a long street; see `build`."""
    ax, ay = ends[0] - px, ends[1] - py
    bx, by = ends[2] - px, ends[3] - py
    dx, dy = bx - ax, by - ay
    length = math.hypot(dx, dy)
    off = abs(ax * by - ay * bx) / length
    if off >= REACH_M:
        return 0.0
    along = -(ax * dx + ay * dy) / length
    half = math.sqrt(REACH_M * REACH_M - off * off)
    low, high = max(along - half, 0.0), min(along + half, length)
    if high <= low:
        return 0.0
    # On the axis itself the angle stays that of the nearest receiver beside it.
    away = max(off, NEAREST_M)
    angle = math.atan((high - along) / away) - math.atan((low - along) / away)
    return _dilution(off, shares, types) * tree * angle / (2.0 * math.atan(half / away))


@part
def _further(ends: FloatArray, px: float, py: float, strength: float) -> float:
    """What an open chunk adds beyond REACH_M. One that leads past within REACH_M is all told by SRM-1."""
    ax, ay = ends[0] - px, ends[1] - py
    dx, dy = ends[2] - ends[0], ends[3] - ends[1]
    mx, my = ax + 0.5 * dx, ay + 0.5 * dy
    squared = mx * mx + my * my
    if squared >= FAR_REACH_M * FAR_REACH_M:
        return 0.0
    length_squared = dx * dx + dy * dy
    cross = ax * dy - ay * dx
    if cross * cross < REACH_M * REACH_M * length_squared:
        return 0.0
    found: float = strength * math.sqrt(length_squared * (1.0 + BRIGGS_URBAN_PER_M * math.sqrt(squared))) / squared
    return found


@kernel(
    "void(f8[:,::1], f8[:,::1], i8[::1], f8[:,::1], f8[::1], i8[::1], i8[::1], f8[::1], i8[::1], i8[::1], f8[::1], f8,"
    " f4[:,::1], f8[::1], f8[:,::1], f8[::1], i8[::1], i8[::1], f8[::1])"
)
def reached(
    points: FloatArray, ends: FloatArray, owner: IntArray, shares: FloatArray, trees: FloatArray,
    cells: IntArray, items: IntArray, lattice: FloatArray,
    far_cells: IntArray, far_items: IntArray, far_lattice: FloatArray, strength: float,
    values: NDArray[np.float32], frame: FloatArray, types: FloatArray, total: FloatArray,
    row_start: IntArray, column: IntArray, value: FloatArray,
) -> None:  # fmt: skip
    """Rows of the operator, pieces in the order in which they are met; see `build`. `total` is room for all pieces."""
    n = 0
    for p in range(len(points)):
        px, py = points[p, 0], points[p, 1]
        first = n
        for which in range(2):
            start, chunks, grid = (cells, items, lattice) if which == 0 else (far_cells, far_items, far_lattice)
            columns, rows = int(grid[3]), int(grid[4])
            c = math.floor((px - grid[0]) / grid[2])
            r = math.floor((py - grid[1]) / grid[2])
            for row in range(max(r - 1, 0), min(r + 2, rows)):
                left, right = min(max(c - 1, 0), columns), max(min(c + 2, columns), 0)
                for k in range(start[row * columns + left], start[row * columns + right] if right > left else 0):
                    i = chunks[k]
                    mx, my = 0.5 * (ends[i, 0] + ends[i, 2]) - px, 0.5 * (ends[i, 1] + ends[i, 3]) - py
                    if which == 0:
                        if mx * mx + my * my > _CELL_M * _CELL_M:
                            continue
                        found = _beside(ends[i], px, py, shares[i], trees[i], types)
                        if found > 0.0 and not _seen(px, py, px + mx, py + my, values, frame):
                            found = 0.0
                    else:
                        found = shares[i, _OPEN] * _further(ends[i], px, py, strength)
                    if found > 0.0:
                        if total[owner[i]] == 0.0:
                            column[n] = owner[i]
                            n += 1
                        total[owner[i]] += found
        for k in range(first, n):
            value[k] = total[column[k]]
            total[column[k]] = 0.0
        row_start[p + 1] = n


def conversion(nox: FloatArray, primary: FloatArray | float, ozone: FloatArray | float) -> FloatArray:
    """NO2 that a street adds, µg/m³, of the NOx it adds (RIVM briefrapport 2014-0127): exhaust and ozone make it."""
    rules = tables()["method"]["street"]["no2"]
    rest = nox * (1.0 - primary)
    return np.asarray(nox * primary + rules["b"] * ozone * rest / (rest + rules["k"]), dtype=np.float64)
