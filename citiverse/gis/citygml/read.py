"""CityGML files as readings: one file, packed or not, or a ZIP or folder of tiles."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from citiverse.city.feature import Feature
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.axes import Placement, placement, roomy
from citiverse.gis.citygml.model import model_of
from citiverse.gis.citygml.scan import scanned
from citiverse.gis.cityjson.features import FeatureReader
from citiverse.gis.cityjson.model import Model
from citiverse.gis.crs import Wanted, box_around_boxes, lonlat_box
from citiverse.gis.ground.surface import Ground
from citiverse.gis.packed import parts_of
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox, Reading, Site

ENDINGS = (".gml", ".citygml", ".xml")

Tile = tuple[str, Model]


def is_citygml(head: bytes, name: str) -> bool:
    """Whether the first bytes of a file are those of CityGML, of whatever version."""
    plain = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"")  # UTF-8 or UTF-16
    return plain.startswith(b"<") and (b"/citygml/" in plain or b"CityModel" in plain)


def extent_of_citygml(path: Path, wanted: Wanted) -> LonLatBox:
    """West, south, east, north in degrees of all vertices."""
    boxes = []
    for name, model in _tiles(path, wanted):
        points = _points(model)
        if len(points):
            place = _placed(model, points, wanted, name)
            boxes.append(lonlat_box(place.xy(points), place.crs, name))
    if not boxes:
        raise ImportRefused(f"{path.name} holds no vertex with finite numbers, so there is no city to make of it.")
    return roomy(box_around_boxes(boxes))


def read_citygml(path: Path, site: Site) -> Reading:
    """Features in the scene's metres. Raises ImportRefused when a file is broken."""
    tiles = _tiles(path, site.wanted)
    _cached.cache_clear()
    features: list[Feature] = []
    seen: set[str] = set()
    ground: list[Ground] = []
    systems: dict[str, None] = {}
    for at, (name, model) in enumerate(tiles):
        site.progress(f"Reading {name}", 0.2 + 0.6 * at / len(tiles))
        points = _points(model)
        if not len(points):
            continue
        reader = FeatureReader(model, site, _placed(model, points, site.wanted, name), name, "gml")
        reader.leave_out(seen & model.objects.keys(), "another of the files holds it too, under the same id")
        features += reader.features()
        seen |= model.objects.keys()
        ground += reader.ground()
        systems[site.system(model.crs)] = None
    return Reading(features, site.defaults, ", ".join(systems), tuple(ground))


def _placed(model: Model, points: FloatArray, wanted: Wanted, file: str) -> Placement:
    return placement(wanted.over(model.crs), points, file, by_authority=model.by_authority and not wanted.told)


def _points(model: Model) -> FloatArray:
    points = next((each.points for each in model.objects.values()), np.zeros((0, 3)))
    return points[np.isfinite(points).all(axis=1)]


def _tiles(path: Path, wanted: Wanted) -> tuple[Tile, ...]:
    """All files of a source; those of the last one are kept, as their extent is asked for before their features."""
    return _cached(path, tuple(_stamps(path)), bool(wanted.told))


def _stamps(path: Path) -> Iterator[tuple[str, int, int]]:
    for each in sorted(path.rglob("*")) if path.is_dir() else [path]:
        said = each.stat()
        yield str(each), said.st_size, said.st_mtime_ns


@lru_cache(maxsize=1)
def _cached(path: Path, _stamps: tuple[tuple[str, int, int], ...], crs_known: bool) -> tuple[Tile, ...]:
    tiles = []
    for name, chunks in parts_of(path, ENDINGS):
        tiles.append((name, model_of(scanned(chunks, name), name, crs_known=crs_known)))
    return tuple(tiles)
