"""What streets look like to the air: walls on either side, and trees."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, STRtree

from citiverse.city.city import City
from citiverse.city.feature import Building, Tree
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.kernel import kernel, part
from citiverse.geometry.ragged import Rings, rings_of
from citiverse.impact.air.coefficients import tables

CELL_M = 2.0  # of the raster of heights, as long as that makes no more than MOST_CELLS
MOST_CELLS = 2e7
LONGEST_CHUNK_M = 20.0
STEP_M = 5.0  # between places along a street where one looks to its sides
LOOK_M = 90.0  # to the sides
LOWEST_WALL_M = 3.0  # what is lower is no wall
_MARGIN_M = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Heights:
    """Heights of buildings on a raster, 0 outdoors; `frame` is the west and south edge and the side of a cell."""

    values: NDArray[np.float32]
    frame: FloatArray
    buildings: tuple[Building, ...]
    footprints: Rings


def heights_of(city: City) -> Heights:
    """The raster of a city's buildings; a cell holds the height of the highest one over its middle."""
    buildings = tuple(city.all(Building))
    footprints = rings_of([building.geometry for building in buildings])
    west, south, east, north = city.bounds
    width, depth = east - west + 2.0 * _MARGIN_M, north - south + 2.0 * _MARGIN_M
    cell = max(CELL_M, math.sqrt(width * depth / MOST_CELLS))
    frame = np.array([west - _MARGIN_M, south - _MARGIN_M, cell])
    columns, rows = math.ceil(width / cell), math.ceil(depth / cell)
    values = np.zeros((rows, columns), dtype=np.float32)
    if len(footprints):
        tall = np.array([building.height_m for building in buildings], dtype=np.float64)[footprints.owner]
        fill(footprints.points, footprints.ring_start, footprints.polygon_start, tall, frame, values)
    return Heights(values, frame, buildings, footprints)


@kernel("void(f8[:,::1], i8[::1], i8[::1], f8[::1], f8[::1], f4[:,::1])")
def fill(
    points: FloatArray, ring_start: IntArray, polygon_start: IntArray, tall: FloatArray, frame: FloatArray,
    values: NDArray[np.float32],
) -> None:  # fmt: skip
    """Raise cells whose middle lies in a polygon to its height, row by row, by the even-odd rule."""
    rows, columns = values.shape
    cell = frame[2]
    for polygon in range(len(polygon_start) - 1):
        first_point, last_point = ring_start[polygon_start[polygon]], ring_start[polygon_start[polygon + 1]]
        low, high = math.inf, -math.inf
        for i in range(first_point, last_point):
            low, high = min(low, points[i, 1]), max(high, points[i, 1])
        row0 = max(math.floor((low - frame[1]) / cell), 0)
        row1 = min(math.floor((high - frame[1]) / cell), rows - 1)
        crossings = np.empty(last_point - first_point)
        for row in range(row0, row1 + 1):
            y = frame[1] + (row + 0.5) * cell
            n = 0
            for ring in range(polygon_start[polygon], polygon_start[polygon + 1]):
                first, last = ring_start[ring], ring_start[ring + 1]
                for i in range(first, last):
                    j = i + 1 if i + 1 < last else first
                    if (points[i, 1] <= y) != (points[j, 1] <= y):
                        t = (y - points[i, 1]) / (points[j, 1] - points[i, 1])
                        crossings[n] = points[i, 0] + t * (points[j, 0] - points[i, 0])
                        n += 1
            ordered = np.sort(crossings[:n])
            for k in range(0, n - 1, 2):
                column0 = max(math.ceil((ordered[k] - frame[0]) / cell - 0.5), 0)
                column1 = min(math.floor((ordered[k + 1] - frame[0]) / cell - 0.5), columns - 1)
                for column in range(column0, column1 + 1):
                    values[row, column] = max(values[row, column], tall[polygon])


@dataclass(frozen=True, slots=True, eq=False)
class Chunks:
    """Straight bits of street, none longer than LONGEST_CHUNK_M: x, y of both ends (n, 4) and the piece they are of."""

    ends: FloatArray
    owner: IntArray


def chunks_of(lines: Sequence[LineString]) -> Chunks:
    """Lines cut at their vertices and into equal parts between."""
    xy, line = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    same = line[1:] == line[:-1]
    start, end, owner = xy[:-1][same], xy[1:][same], line[1:][same]
    length = np.hypot(*(end - start).T)
    parts = np.ceil(length / LONGEST_CHUNK_M).astype(np.int64)
    which = np.repeat(np.arange(len(parts)), parts)
    place = np.arange(len(which)) - np.repeat(np.cumsum(parts) - parts, parts)
    step = (end - start)[which] / parts[which, None]
    begin = start[which] + place[:, None] * step
    return Chunks(np.ascontiguousarray(np.hstack([begin, begin + step])), owner[which].astype(np.int64))


def shares_of_types(chunks: Chunks, heights: Heights) -> FloatArray:
    """Shares of each chunk that are like each of TYPES, shape (chunks, 4).

    A side is walled where a building stands nearer to the axis than three times its height; with walls on both sides
    the canyon is narrow where they are nearer, on average, than one and a half times (RIVM briefrapport 2014-0127).
    """
    rules = tables()["method"]["street"]
    shares = np.zeros((len(chunks.ends), 4))
    if len(chunks.ends):
        look(chunks.ends, heights.values, heights.frame, rules["canyon_below"], rules["narrow_below"], shares)
    return shares


@part
def _wall(
    x: float, y: float, dx: float, dy: float, values: NDArray[np.float32], frame: FloatArray, below: float
) -> float:
    """Distance over height of the nearest wall in a direction; infinite without one."""
    rows, columns = values.shape
    distance = 2.0
    while distance < LOOK_M:
        column = math.floor((x + distance * dx - frame[0]) / frame[2])
        row = math.floor((y + distance * dy - frame[1]) / frame[2])
        if 0 <= row < rows and 0 <= column < columns and values[row, column] >= LOWEST_WALL_M:
            ratio = distance / values[row, column]
            return ratio if ratio < below else math.inf
        distance += 1.0
    return math.inf


@kernel("void(f8[:,::1], f4[:,::1], f8[::1], f8, f8, f8[:,::1])")
def look(
    ends: FloatArray, values: NDArray[np.float32], frame: FloatArray, canyon_below: float, narrow_below: float,
    shares: FloatArray,
) -> None:  # fmt: skip
    """Look to both sides every STEP_M along each chunk; see `shares_of_types`."""
    for chunk in range(len(ends)):
        x0, y0 = ends[chunk, 0], ends[chunk, 1]
        dx, dy = ends[chunk, 2] - x0, ends[chunk, 3] - y0
        length = math.hypot(dx, dy)
        looks = max(int(length / STEP_M + 0.5), 1)
        for k in range(looks):
            t = (k + 0.5) / looks
            x, y = x0 + t * dx, y0 + t * dy
            left = _wall(x, y, -dy / length, dx / length, values, frame, canyon_below)
            right = _wall(x, y, dy / length, -dx / length, values, frame, canyon_below)
            if math.isinf(left) and math.isinf(right):
                kind = 0
            elif math.isinf(left) or math.isinf(right):
                kind = 1
            elif 0.5 * (left + right) >= narrow_below:
                kind = 2
            else:
                kind = 3
            shares[chunk, kind] += 1.0 / looks


def tree_factors(chunks: Chunks, city: City) -> FloatArray:
    """How much more of the emission stays under trees, shape (chunks,); from 1 without trees to 1.5 under a roof."""
    rules = tables()["method"]["street"]["trees"]
    trees = list(city.all(Tree))
    if not trees or not len(chunks.ends):
        return np.ones(len(chunks.ends))
    beside = float(rules["beside_m"])
    lines = np.asarray(shapely.linestrings(chunks.ends.reshape(-1, 2, 2)), dtype=object)
    chunk, tree = STRtree([each.geometry for each in trees]).query(lines, "dwithin", beside)
    crown = np.array([0.25 * math.pi * each.crown_m**2 for each in trees])
    # Within reach of a short chunk stand trees along more of the street than the chunk itself.
    length = shapely.length(lines) + 2.0 * beside
    rows = np.bincount(chunk, minlength=len(lines)) * rules["row_gap_m"] / length
    cover = np.bincount(chunk, crown[tree], len(lines)) / (length * 2.0 * beside)
    return np.asarray(
        1.0 + rules["rows"] * np.minimum(rows, 1.0) + rules["crowns"] * np.minimum(cover / rules["span"], 1.0),
        dtype=np.float64,
    )
