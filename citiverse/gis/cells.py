"""Rasters that are not of heights: people a cell, background air."""

import re

import numpy as np
import shapely

from citiverse.city.background import Background
from citiverse.city.facts import Facts
from citiverse.city.frame import FrameError, transform
from citiverse.city.people import Population
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.grid import Grid
from citiverse.gis.air import CELL_M, UNIT, empty_over, pollutant_in, spread
from citiverse.gis.crs import box_in, local_metres
from citiverse.gis.ground.raster import Raster
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import Site

MOST_CELLS = 4_000_000
RASTER_ROLES = ("population", "background")


def raster_role(name: str) -> str:
    """What a raster of this name plainly holds beside heights: "population", "background", or ""."""
    if re.search(r"(^|[^a-z])(ghs_?pop|pop|population|einwohner|worldpop)([^a-z]|$)", name.lower()):
        return "population"
    return (
        "background" if re.search(r"(^|[^a-z])(no2|nox|pm_?2[._]?5|pm_?10|o3|so2)([^a-z0-9]|$)", name.lower()) else ""
    )


def facts_of_raster(raster: Raster, site: Site) -> Facts:
    """What a raster tells as people or background air. Raises ImportRefused."""
    return _people(raster, site) if site.role == "population" else _air(raster, site)


def _window(raster: Raster, site: Site) -> tuple[FloatArray, int, int]:
    """Values in and around the scene, the lowest row first, and the row and column they begin at."""
    west, south, east, north = site.cut
    box = box_in(raster.crs, (west, south, east, north))
    if box is None:
        raise ImportRefused(f"{raster.file} is in degrees, and the scene lies over the antimeridian.")
    left = max(int(np.floor((box[0] - raster.x0) / raster.dx - 0.5)), 0)
    low = max(int(np.floor((box[1] - raster.y0) / raster.dy - 0.5)), 0)
    right = min(int(np.ceil((box[2] - raster.x0) / raster.dx + 0.5)) + 1, raster.columns)
    high = min(int(np.ceil((box[3] - raster.y0) / raster.dy + 0.5)) + 1, raster.rows)
    if right <= left or high <= low:
        raise ImportRefused(f"{raster.file} holds nothing where the scene lies. Is it in the right place?")
    if (right - left) * (high - low) > MOST_CELLS:
        raise ImportRefused(f"{raster.file} has more than {MOST_CELLS:,} cells in the scene; please make it coarser.")
    values = raster.cut(low, high, left, right).astype(np.float64)
    return values, low, left


def _people(raster: Raster, site: Site) -> Facts:
    values, low, left = _window(raster, site)
    unknown = ~np.isfinite(values) | (values < 0.0)
    rows, columns = np.nonzero(~unknown & (values > 0.0))
    x = raster.x0 + (left + columns) * raster.dx
    y = raster.y0 + (low + rows) * raster.dy
    half = np.array([raster.dx, raster.dy]) / 2
    corners = np.stack([np.column_stack([x, y]) + half * sign for sign in ((-1, -1), (1, -1), (1, 1), (-1, 1))], axis=1)
    local = local_metres(corners.reshape(-1, 2), raster.crs, site.frame, raster.file).reshape(-1, 4, 2)
    cells = np.array(shapely.polygons(local), dtype=object).reshape(-1)
    inside = np.asarray(shapely.intersects(site.box, cells), dtype=bool)
    if not inside.any():
        raise ImportRefused(f"{raster.file} counts nobody where the scene lies. Is it in the right place?")
    site.tally.built("population", int(inside.sum()))
    people = values[rows, columns][inside]
    return Facts(population=Population(cells[inside], people, site.source))


def _air(raster: Raster, site: Site) -> Facts:
    which = pollutant_in(raster.file)
    if which is None:
        raise ImportRefused(
            f"{raster.file} does not say in its name which pollutant it holds; please call it no2.tif or alike."
        )
    values, low, left = _window(raster, site)
    good = np.isfinite(values) & (values >= 0.0) & (values < 2000.0)
    if not good.any():
        raise ImportRefused(f"{raster.file} holds no annual means where the scene lies.")
    grid = empty_over(site.bounds, CELL_M)
    try:
        x, y = transform(grid.centres() + np.asarray(site.frame.origin), f"EPSG:{site.frame.epsg}", raster.crs).T
    except FrameError as error:
        raise ImportRefused(f"{raster.file}: {error}") from error
    row = np.round((y - raster.y0) / raster.dy).astype(np.int64) - low
    column = np.round((x - raster.x0) / raster.dx).astype(np.int64) - left
    there = (row >= 0) & (row < values.shape[0]) & (column >= 0) & (column < values.shape[1])
    found = np.full(len(x), np.nan)
    found[there] = np.where(good, values, np.nan)[row[there], column[there]]
    known = np.isfinite(found)
    if not known.any():
        raise ImportRefused(f"{raster.file} holds no annual means where the scene lies.")
    site.tally.built("background", int(good.sum()))
    if not known.all():
        filled = spread(np.column_stack([grid.centres()[known], found[known]]), site.bounds)
        found = np.where(known, found, filled.values.ravel())
    whole = Grid(np.round(found, 4).reshape(grid.values.shape), grid.x0, grid.y0, grid.cell_m, UNIT)
    return Facts(background=(Background(which, whole, site.source),))
