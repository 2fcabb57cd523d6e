"""Height models made one, on square cells in the scene's frame."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from pyproj import CRS
from scipy.ndimage import distance_transform_edt, map_coordinates

from citiverse.city.change import Bounds
from citiverse.city.frame import Frame, FrameError, transform
from citiverse.city.terrain import Terrain
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.grid import Grid
from citiverse.gis.ground.between import around, between, heights_on, thinned, tin_side_m, without_outliers
from citiverse.gis.ground.raster import HIGHEST_M, LOWEST_M, Raster
from citiverse.gis.ground.surface import Ground, Spots, Tin
from citiverse.gis.refused import ImportRefused
from citiverse.gis.report import Tally

FINEST_M, COARSEST_M = 10.0, 30.0  # sides of the cells; buildings and roads follow no finer ground
MOST_CELLS = 4_000_000
MOST_CELLS_BETWEEN = 400_000  # where heights are worked out between places
FLAT_M = 0.1  # ground that rises by less is flat
MARGIN_M = 512.0  # beyond the scene, for what stands across its edge
EVENING = 60  # rounds in which a filled void takes the mean of its neighbours


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """The ground and how it is known: cells that were measured and cells that had to be filled; and its datum."""

    terrain: Terrain
    measured: int
    filled: int
    vertical: str


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """One file's heights: the side of its cells, and what gives heights at points, not a number where it has none."""

    file: str
    side_m: float
    heights: Callable[[FloatArray, float], FloatArray]
    vertical: str


def relief(
    rasters: Sequence[Raster], frame: Frame, bounds: Bounds, tally: Tally, ground: Sequence[Ground] = ()
) -> Relief | None:
    """The ground of a scene from height models, where several overlap from the finest.

    Where there is none, the ground goes through the places on which buildings stand. None where nobody knows a height.
    Raises ImportRefused when there are height models and none has a height in the scene.
    """
    layers = sorted(_layers(rasters, ground, frame, bounds), key=lambda layer: layer.side_m)
    feet = [each for each in ground if isinstance(each, Spots) and not each.measured]
    if not layers:
        return _on_feet(feet, bounds) if feet else None
    empty = _cells(bounds, layers[0].side_m)
    shape = empty.values.shape
    heights: FloatArray = np.full(shape[0] * shape[1], np.nan)
    points = empty.centres()
    inside = _inside(empty, bounds)
    vertical = ""
    for layer in layers:
        found = layer.heights(points, empty.cell_m)
        voids = int(np.isnan(found.reshape(shape)[inside]).sum())
        if np.isnan(found).all():
            tally.skipped("terrain", layer.file, "it has no height inside the scene")
            continue
        if voids and len(layers) == 1:
            tally.repaired("terrain", layer.file, f"{voids:,} cells without a height, filled from their neighbours")
        else:
            tally.built("terrain")
        vertical = vertical or layer.vertical
        if frame.vertical not in {"local", layer.vertical} and layer.vertical:
            tally.note("terrain", "repaired", layer.file, f"heights in {layer.vertical} taken for {frame.vertical}")
        heights = np.where(np.isnan(heights), found, heights)
    if np.isnan(heights).all():
        names = ", ".join(layer.file for layer in layers)
        raise ImportRefused(f"{names} holds no heights where the scene lies. Is it in the right place?")
    raw = heights.reshape(shape)
    gaps = int(np.isnan(raw[inside]).sum())
    return Relief(_terrain(raw, empty, bounds), raw[inside].size - gaps, gaps, vertical)


def _layers(rasters: Sequence[Raster], ground: Sequence[Ground], frame: Frame, bounds: Bounds) -> Iterator[_Layer]:
    for raster in rasters:
        side_m = _side_m(raster, frame, bounds)
        yield _Layer(raster.file, side_m, partial(_of_raster, raster, frame, side_m), raster.vertical)
    for each in ground:
        match each:
            case Tin():
                yield _Layer(each.file, tin_side_m(each), partial(_of_tin, each), each.vertical)
            case Spots() if each.measured:
                yield _Layer(each.file, _spacing_m(each.points), partial(_of_spots, each.points), each.vertical)


def _of_raster(raster: Raster, frame: Frame, side_m: float, points: FloatArray, cell_m: float) -> FloatArray:
    return _sampled(raster, _within(points, frame, raster), math.floor(cell_m / side_m))


def _of_tin(tin: Tin, points: FloatArray, _cell_m: float) -> FloatArray:
    return heights_on(tin, points)


def _of_spots(spots: FloatArray, points: FloatArray, cell_m: float) -> FloatArray:
    return between(thinned(spots, cell_m), points)


def _on_feet(feet: Sequence[Spots], bounds: Bounds) -> Relief | None:
    """Ground through the places on which buildings stand: an estimate, for who knows what lies between them."""
    spots = np.concatenate([each.points for each in feet])
    spots = spots[np.isfinite(spots).all(axis=1) & (spots[:, 2] > LOWEST_M) & (spots[:, 2] < HIGHEST_M)]
    if not len(spots):
        return None
    empty = _cells(bounds, FINEST_M, most=MOST_CELLS_BETWEEN)
    inside = _inside(empty, bounds)
    known = without_outliers(thinned(spots, empty.cell_m))
    vertical = next((each.vertical for each in feet if each.vertical), "")
    count = empty.values[inside].size
    if np.ptp(known[:, 2]) < FLAT_M:
        return Relief(Terrain(None, float(np.round(np.median(known[:, 2]), 2))), 0, count, vertical)
    raw = around(known, empty.centres(), empty.cell_m / 2).reshape(empty.values.shape)
    return Relief(_terrain(raw, empty, bounds), 0, count, vertical)


def _terrain(raw: FloatArray, empty: Grid, bounds: Bounds) -> Terrain:
    ground = np.round(_filled(raw), 2)
    level_m = float(np.round(np.median(ground[_inside(empty, bounds)]), 2))
    return Terrain(Grid(ground, empty.x0, empty.y0, empty.cell_m, "m"), level_m)


def _spacing_m(spots: FloatArray) -> float:
    """How far apart places are, if they were spread evenly."""
    width, height = np.ptp(spots[:, :2], axis=0)
    return float(math.sqrt(max(width * height, 1.0) / len(spots)))


def _cells(bounds: Bounds, side_m: float, most: int = MOST_CELLS) -> Grid:
    """A raster without values over the scene and its margin."""
    west, south, east, north = np.add(bounds, (-MARGIN_M, -MARGIN_M, MARGIN_M, MARGIN_M)).tolist()
    fewest_m = math.sqrt((east - west) * (north - south) / most)
    cell_m = float(math.ceil(max(min(max(side_m, FINEST_M), COARSEST_M), fewest_m)))
    x0, y0 = math.floor(west / cell_m) * cell_m, math.floor(south / cell_m) * cell_m
    shape = math.ceil((north - y0) / cell_m), math.ceil((east - x0) / cell_m)
    return Grid(np.broadcast_to(np.nan, shape), x0, y0, cell_m, "m")


def _inside(grid: Grid, bounds: Bounds) -> tuple[slice, slice]:
    """Rows and columns of the cells in the scene itself."""
    west, south, east, north = bounds
    return (
        slice(math.floor((south - grid.y0) / grid.cell_m), math.ceil((north - grid.y0) / grid.cell_m)),
        slice(math.floor((west - grid.x0) / grid.cell_m), math.ceil((east - grid.x0) / grid.cell_m)),
    )


def _within(points: FloatArray, frame: Frame, raster: Raster) -> FloatArray:
    """Row and column, as fractions, of local points in a raster; shape (2, n)."""
    try:
        x, y = transform(points + np.asarray(frame.origin), f"EPSG:{frame.epsg}", raster.crs).T
    except FrameError as error:
        raise ImportRefused(f"{raster.file}: {error}") from error
    if CRS.from_user_input(raster.crs).is_geographic:
        middle = raster.x0 + raster.dx * (raster.columns - 1) / 2
        x = middle + (x - middle + 180.0) % 360.0 - 180.0  # over the antimeridian
    return np.stack([(y - raster.y0) / raster.dy, (x - raster.x0) / raster.dx])


def _side_m(raster: Raster, frame: Frame, bounds: Bounds) -> float:
    """The shorter side of a cell in the middle of the scene, metres."""
    middle = np.array([(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2])
    steps = _within(middle + np.array([(0.0, 0.0), (10.0, 0.0), (0.0, 10.0)]), frame, raster)
    east, north = steps[:, 1] - steps[:, 0], steps[:, 2] - steps[:, 0]
    return 10.0 / max(math.hypot(*east), math.hypot(*north), 1e-9)


def _sampled(raster: Raster, at: FloatArray, fine: int) -> FloatArray:
    """Heights at rows and columns, shape (2, n), bilinear; of a raster `fine` times finer, means of its cells."""
    block = max(fine, 1)
    inside = (at[0] >= -0.75) & (at[0] <= raster.rows - 0.25) & (at[1] >= -0.75) & (at[1] <= raster.columns - 0.25)
    result = np.full(at.shape[1], np.nan)
    if not inside.any():
        return result
    at = at[:, inside]
    low = np.maximum(np.floor(at.min(axis=1)).astype(int) - block, 0)
    high = np.minimum(np.ceil(at.max(axis=1)).astype(int) + block + 1, (raster.rows, raster.columns))
    window = raster.heights((int(low[0]), int(high[0])), (int(low[1]), int(high[1])))
    window = _means(window, block)
    where = (at - low[:, None] - (block - 1) / 2) / block
    known = np.isfinite(window)
    weight = map_coordinates(known.astype(np.float64), where, order=1, mode="nearest")
    total = map_coordinates(np.where(known, window, 0.0), where, order=1, mode="nearest")
    result[inside] = np.where(weight >= 0.5, total / np.maximum(weight, 0.5), np.nan)
    return result


def _means(values: FloatArray, block: int) -> FloatArray:
    """Means of square blocks, of what they know; the last ones may be smaller."""
    if block == 1:
        return values
    known = np.isfinite(values)
    rows, columns = (np.arange(0, side, block) for side in values.shape)
    total = np.add.reduceat(np.add.reduceat(np.where(known, values, 0.0), rows, axis=0), columns, axis=1)
    count = np.add.reduceat(np.add.reduceat(known.astype(np.float64), rows, axis=0), columns, axis=1)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def _filled(values: FloatArray) -> FloatArray:
    """The same without voids: each begins as its nearest neighbour, and is then evened out."""
    void = np.isnan(values)
    if not void.any():
        return values
    nearest = distance_transform_edt(void, return_distances=False, return_indices=True)
    filled: FloatArray = values[tuple(nearest)]
    for _ in range(EVENING):
        wide = np.pad(filled, 1, mode="edge")
        mean = (wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]) / 4.0
        filled = np.where(void, mean, filled)
    return filled
