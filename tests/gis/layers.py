"""Little layers in metres of UTM zone 32, written in the formats that cities use."""

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.gis.read import Import, read_scene
from citiverse.gis.recipe import Recipe, SourceFile

UTM = "EPSG:32632"
X, Y = 690_000.0, 5_330_000.0  # in Munich
BOX = (11.5500, 48.0930, 11.5562, 48.0980)  # about 450 m around it, west, south, east, north

Rows = Sequence[tuple[BaseGeometry | None, Mapping[str, object]]]


def box(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A rectangle in metres from the corner of the town."""
    return shapely.box(X + west, Y + south, X + east, Y + north)


def line(*points: tuple[float, float]) -> BaseGeometry:
    """A line in metres from the corner of the town."""
    return shapely.LineString([(X + x, Y + y) for x, y in points])


def point(x: float, y: float) -> BaseGeometry:
    """A point in metres from the corner of the town."""
    return shapely.Point(X + x, Y + y)


def write(path: Path, rows: Rows, *, layer: str = "", crs: str | None = UTM, append: bool = False) -> Path:
    """Write rows as a layer by GDAL; the ending of the name tells the format."""
    names = list(dict.fromkeys(name for _, values in rows for name in values))
    columns = []
    for name in names:
        cells = [values.get(name) for _, values in rows]
        text = any(isinstance(cell, str) for cell in cells)
        columns.append(np.array(cells, dtype=object if text else None))
    kinds = {shape.geom_type for shape, _ in rows if shape is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL warns of a layer without a system, which is what is wanted
        pyogrio.raw.write(
            str(path),
            geometry=shapely.to_wkb(np.array([shape for shape, _ in rows], dtype=object)),
            field_data=columns,
            fields=names,
            layer=layer or path.stem,
            crs=crs,
            geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
            promote_to_multi=False,
            append=append,
        )
    return path


def write_json(path: Path, rows: Rows, *, crs: str = UTM, said: bool = True, **more: object) -> Path:
    """Write rows as GeoJSON in a system that it names, or keeps to itself."""
    features = [
        {
            "type": "Feature",
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
            "properties": dict(values),
        }
        for shape, values in rows
    ]
    head: dict[str, object] = {"type": "FeatureCollection", **more}
    if said:
        head["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs.removeprefix('EPSG:')}"}}
    path.write_text(json.dumps({**head, "features": features}))
    return path


def read_sources(folder: Path, *sources: SourceFile, **recipe: object) -> Import:
    """The scene of a few files in a folder."""
    return read_scene(Recipe(name="town", title="Town", sources=sources, folder=folder, **recipe))  # type: ignore[arg-type]


def houses(count: int = 4, **values: object) -> Rows:
    """A row of houses, 10 m wide and 20 m apart."""
    return [(box(20 * n, 0, 20 * n + 10, 10), {"id": f"h{n}", **values}) for n in range(count)]
