"""Which part of the Earth an OpenStreetMap file covers."""

from pathlib import Path

import numpy as np

from citiverse.gis.crs import HALF_GLOBE_DEG, Wanted, box_around
from citiverse.gis.osm.elements import header_box, read_elements
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox, quiet

TAIL = 0.5  # percent of the buildings at each edge that may be strays
MARGIN = 0.10  # of the width, to keep what lies just beyond the rest


def extent_of_osm(path: Path, _wanted: Wanted) -> LonLatBox:
    """West, south, east, north in degrees: what the file says it covers, else what its buildings cover.

    Extracts by relation or by way carry single buildings from afar; those are left out. Raises ImportRefused when the
    file is damaged or holds no buildings.
    """
    said = header_box(path)
    if said is not None and said[2] - said[0] <= HALF_GLOBE_DEG:
        return said
    elements = read_elements(path, None, quiet)
    corners = [run for way in elements.ways.values() if "building" in way.tags for run in way.runs if len(run)]
    if not corners:
        raise ImportRefused(f"{path.name} holds no buildings, so there is no city to make of it.")
    if np.ptp(np.concatenate(corners)[:, 0]) > HALF_GLOBE_DEG:  # on both sides of the antimeridian
        corners = [np.column_stack([run[:, 0] % 360.0, run[:, 1]]) for run in corners]
    middles = np.array([run.mean(axis=0) for run in corners])
    low, high = np.percentile(middles, [TAIL, 100.0 - TAIL], axis=0)
    points = np.concatenate(corners)
    margin = (high - low) * MARGIN + np.median([np.ptp(run, axis=0) for run in corners], axis=0)
    west, south = np.maximum(points.min(axis=0), low - margin)
    east, north = np.minimum(points.max(axis=0), high + margin)
    if east - west > HALF_GLOBE_DEG:
        raise ImportRefused(f"{path.name} spans more than half the globe; please name a part of it with --bbox.")
    if not (west < east and south < north):
        raise ImportRefused(f"{path.name} holds no buildings with a size, so there is no city to make of it.")
    return box_around(np.array([(west, south), (east, north)]))
