"""Layers of the ground: points whose height is known, and contour lines."""

import numpy as np
import shapely

from citiverse.geometry.arrays import FloatArray
from citiverse.gis.ground.raster import HIGHEST_M, LOWEST_M
from citiverse.gis.ground.surface import Spots
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import Site
from citiverse.gis.vector.things import Rows


def spots_of(rows: Rows, site: Site) -> tuple[Spots, ...]:
    """The vertices of all rows at the heights that a column says, if any lie near the scene.

    Rows without a height are counted as skipped.
    Raises ImportRefused when no column says heights.
    """
    table = rows.table
    if "height" not in rows.columns:
        known = ", ".join(table.columns) or "none"
        raise ImportRefused(
            f"{table.file}: no column of {table.layer} says a height (there are: {known[:300]}); "
            f"--column height=NAME names it."
        )
    found: list[FloatArray] = []
    for row, (id, shape) in enumerate(zip(rows.ids(), table.shapes.tolist(), strict=True)):
        height_m = rows.number("height", row)
        if shape is None or shape.is_empty:
            site.tally.skipped("terrain", id, "it has no place")
        elif height_m is None or not LOWEST_M < height_m < HIGHEST_M:
            site.tally.skipped("terrain", id, "no height of the ground is said")
        else:
            xy = shapely.get_coordinates(shape)
            found.append(np.column_stack([xy, np.full(len(xy), height_m)]))
    if not found:
        site.tally.skipped("terrain", f"{table.file}:{table.layer}", "it has no height inside the scene")
        return ()
    return (Spots(table.file, np.concatenate(found), measured=True),)
