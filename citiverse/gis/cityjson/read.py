"""CityJSON files as readings."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from citiverse.geometry.arrays import FloatArray
from citiverse.gis.axes import placement, roomy
from citiverse.gis.cityjson.features import FeatureReader
from citiverse.gis.cityjson.model import Model, read_model
from citiverse.gis.crs import Wanted, lonlat_box
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox, Reading, Site


def extent_of_cityjson(path: Path, wanted: Wanted) -> LonLatBox:
    """West, south, east, north in degrees of all vertices."""
    model = _model(path)
    points = _points(model, path.name)
    place = placement(wanted.over(model.crs), points, path.name)
    return roomy(lonlat_box(place.xy(points), place.crs, path.name))


def _points(model: Model, file: str) -> FloatArray:
    """All vertices with finite numbers. Raises ImportRefused when there are none."""
    used = [each.points for each in model.objects.values() if len(each.points)]
    if not used:
        raise ImportRefused(f"{file} holds no vertices, so there is no city to make of it.")
    points: FloatArray = np.concatenate(list({id(each): each for each in used}.values()))[:, :2]
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise ImportRefused(f"{file} holds no vertex with finite numbers.")
    return points


@lru_cache(maxsize=1)
def _cached(path: Path, _size: int, _changed_ns: int) -> Model:
    return read_model(path)


def _model(path: Path) -> Model:
    """The model of a file; the last one is kept, as its extent is asked for before its features."""
    said = path.stat()
    return _cached(path, said.st_size, said.st_mtime_ns)


def read_cityjson(path: Path, site: Site) -> Reading:
    """Features of a file in the scene's metres. Raises ImportRefused when it is broken."""
    model = _model(path)
    _cached.cache_clear()
    said = site.system(model.crs)
    reader = FeatureReader(model, site, placement(said, _points(model, path.name), path.name), path.name, "cj")
    site.progress("Reading objects", 0.3)
    return Reading(list(reader.features()), site.defaults, said, reader.ground())
