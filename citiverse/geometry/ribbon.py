"""Lines that have a width."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.ragged import starts

MITRE_LIMIT = 2.0
"""How much further than its distance a corner of an offset line may lie."""


def without_repeats(line: FloatArray, *, closer_m: float = 0.005) -> FloatArray:
    """`line`, shape (n, 2), without points that lie within `closer_m` of the one before."""
    if len(line) < 2:
        return line
    keep = np.ones(len(line), dtype=bool)
    last = 0
    for i in range(1, len(line)):
        if abs(line[i, 0] - line[last, 0]) + abs(line[i, 1] - line[last, 1]) > closer_m:
            last = i
        else:
            keep[i] = False
    return line[keep]


def corner_normals(line: FloatArray) -> FloatArray:
    """For each point of `line`, shape (n, 2) without repeats, the step that moves an offset line 1 m to the left."""
    run = np.diff(line, axis=0)
    run /= np.sqrt((run * run).sum(axis=1, keepdims=True))
    left = np.column_stack([-run[:, 1], run[:, 0]])
    closed = len(line) > 3 and bool((line[0] == line[-1]).all())
    before = np.vstack([left[-1:] if closed else left[:1], left])
    after = np.vstack([left, left[:1] if closed else left[-1:]])
    return _mitred(before, after)


def _mitred(before: FloatArray, after: FloatArray) -> FloatArray:
    """From the normals of the pieces before and after a corner to the step that keeps 1 m from both."""
    middle = before + after
    squared = (middle * middle).sum(axis=1, keepdims=True)
    # |middle| is 2 cos(half the turn); the corner lies at 1 / cos(half) along it, at most MITRE_LIMIT.
    reach = 2.0 / np.maximum(squared, 1e-9)
    length = reach * np.sqrt(squared)
    result: FloatArray = middle * reach * np.minimum(1.0, MITRE_LIMIT / np.maximum(length, 1e-9))
    return result


def offset(line: FloatArray, left_m: float) -> FloatArray:
    """`line`, shape (n, 2) without repeats, moved sideways; negative to the right. Same number of points."""
    return line + left_m * corner_normals(line)


def strip(line: FloatArray, left_m: float, right_m: float) -> tuple[FloatArray, IntArray]:
    """The band between two offsets of `line` (left_m > right_m): points (2n, 2) and triangles, counter-clockwise."""
    normals = corner_normals(line)
    points = np.concatenate([line + left_m * normals, line + right_m * normals])
    n = len(line)
    i = np.arange(n - 1)
    triangles = np.concatenate([np.column_stack([i, i + n, i + n + 1]), np.column_stack([i, i + n + 1, i + 1])])
    return points, triangles


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Many lines: `points` (n, 2), line i being points[start[i]:start[i + 1]]; `owner[i]` is where it came from."""

    points: FloatArray
    start: IntArray
    owner: IntArray


def lines_of(geometries: Iterable[BaseGeometry], *, closer_m: float = 0.005) -> Lines:
    """All line strings in `geometries` (empty ones too), without points that lie within `closer_m` of the one before.

    What is left with one point only is passed over.
    """
    parts, owner = shapely.get_parts(np.array(list(geometries), dtype=object), return_index=True)
    line = shapely.get_type_id(parts) == 1
    parts, owner = parts[line], owner[line]
    points, index = shapely.get_coordinates(parts, return_index=True)
    step = np.abs(np.diff(points, axis=0)).sum(axis=1)
    keep = np.ones(len(points), dtype=bool)
    keep[1:] = (step > closer_m) | (index[1:] != index[:-1])
    sizes = np.bincount(index[keep], minlength=len(parts))
    keep &= sizes[index] > 1
    good = sizes > 1
    return Lines(points[keep], starts(sizes[good]), owner[good].astype(np.int64))


def strips(lines: Lines, left_m: FloatArray, right_m: FloatArray) -> tuple[FloatArray, IntArray, IntArray]:
    """The bands between two offsets of each line, as `strip` makes them of one.

    `left_m` and `right_m` have one value for each line. Points (2n, 2), triangles (m, 3), line of each point (2n,).
    """
    sizes = np.diff(lines.start)
    line = np.repeat(np.arange(len(sizes)), sizes)
    normals = _all_normals(lines)
    n = len(lines.points)
    points = np.concatenate(
        [lines.points + left_m[line][:, None] * normals, lines.points + right_m[line][:, None] * normals]
    )
    inner = np.ones(n, dtype=bool)
    inner[lines.start[1:] - 1] = False
    i = np.flatnonzero(inner)
    triangles = np.concatenate([np.column_stack([i, i + n, i + n + 1]), np.column_stack([i, i + n + 1, i + 1])])
    return points, triangles, np.tile(line, 2)


def _all_normals(lines: Lines) -> FloatArray:
    """As `corner_normals`, of all lines."""
    if not len(lines.points):
        return np.zeros((0, 2))
    first, last = lines.start[:-1], lines.start[1:] - 1
    run = np.diff(lines.points, axis=0, append=lines.points[-1:])
    size = np.sqrt((run * run).sum(axis=1))
    run /= np.where(size > 0.0, size, 1.0)[:, None]
    after = np.column_stack([-run[:, 1], run[:, 0]])
    before = np.roll(after, 1, axis=0)
    closed = (lines.points[first] == lines.points[last]).all(axis=1)
    before[first] = np.where(closed[:, None], after[last - 1], after[first])
    after[last] = np.where(closed[:, None], after[first], after[last - 1])
    return _mitred(before, after)


def lengths(line: FloatArray) -> FloatArray:
    """Running length at each point, metres, shape (n,)."""
    steps = np.sqrt((np.diff(line, axis=0) ** 2).sum(axis=1))
    return np.concatenate([[0.0], np.cumsum(steps)])
