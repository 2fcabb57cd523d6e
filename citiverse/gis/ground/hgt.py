"""Tiles of SRTM and its kin: one degree each, named by their south-west corner ("N43E007.hgt").

SRTM Topography (NASA/USGS, version 2.1), section 2.1: big-endian 16 bit, rows from north, cell centres on whole arc
seconds with the edge in both neighbours, voids -32768, heights above the geoid EGM96.
"""

import re
from pathlib import Path

import numpy as np

from citiverse.gis.ground.raster import Raster, cut_of
from citiverse.gis.ground.zipped import open_member
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import Site

EGM96 = "EPSG:5773"
SIDES = (1201, 3601)  # 3 and 1 arc seconds
VOID = -32768
_NAME = re.compile(r"([NS])(\d{2})([EW])(\d{3})", re.IGNORECASE)


def is_hgt(head: bytes, name: str) -> bool:
    """Whether a file calls itself a tile; there is nothing in it to know it by."""
    return name.lower().endswith(".hgt")


def read_hgt(path: Path, site: Site) -> Raster:
    """A tile, zipped or not. Raises ImportRefused when name or size are not those of a tile."""
    name, content = open_member(path)
    with content:
        raw = content.read(2 * SIDES[-1] ** 2 + 1)
    corner = _NAME.match(name)
    if corner is None:
        raise ImportRefused(f"{path.name}: a tile's name says where it lies, as in N43E007.hgt; {name} does not.")
    south = int(corner[2]) * (1 if corner[1] in "Nn" else -1)
    west = int(corner[4]) * (1 if corner[3] in "Ee" else -1)
    if not (-90 <= south < 90 and -180 <= west < 180):
        raise ImportRefused(f"{path.name}: there is no place on Earth like {corner[0]}.")
    side = next((side for side in SIDES if len(raw) == 2 * side**2), None)
    if side is None:
        sizes = " or ".join(f"{2 * side**2:,}" for side in SIDES)
        raise ImportRefused(f"{path.name} should have {sizes} bytes, and is not that long. Please download it again.")
    heights = np.frombuffer(raw, dtype=">i2").reshape(side, side)[::-1]
    values = np.where(heights == VOID, np.nan, heights).astype(np.float32)
    step = 1.0 / (side - 1)
    return Raster(path.name, side, side, west, south, step, step, "EPSG:4326", cut_of(values), EGM96)
