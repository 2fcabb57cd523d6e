"""Reading layers: what each holds, where it lies, which of its columns says what."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from citiverse.city.facts import Facts
from citiverse.city.feature import Feature
from citiverse.gis.axes import check_place
from citiverse.gis.beside import joined
from citiverse.gis.crs import (
    Wanted,
    box_around,
    box_around_boxes,
    box_in,
    horizontal,
    local_metres,
    lonlat_box,
)
from citiverse.gis.ground.surface import Ground
from citiverse.gis.refused import ImportRefused
from citiverse.gis.report import LayerLine
from citiverse.gis.site import LonLatBox, Reading, Site
from citiverse.gis.vector import files, jsons, rows
from citiverse.gis.vector.beside import facts_of
from citiverse.gis.vector.heights import spots_of
from citiverse.gis.vector.names import FIELDS, guessed, plain
from citiverse.gis.vector.roles import BESIDE, GROUND, ROLES, THINGS, Role, role_of
from citiverse.gis.vector.table import Layer, Table, spans_the_globe
from citiverse.gis.vector.things import Rows, features_of

WORDS: Mapping[str, Role] = {
    "buildings": "building", "roads": "road", "trees": "tree", "rails": "rail", "barriers": "barrier",
    "stops": "stop", "places": "place", "zone": "zones", "parcel": "parcels", "count": "counts",
    "people": "population", "landuse": "land", "air": "background", "dem": "heights", "contours": "heights",
    **{role: role for role in ROLES},
}  # fmt: skip
_OUT_OF_DEGREES = (
    "has coordinates that are no degrees, and says no other system; please name it, for example --crs EPSG:25832"
)


def read_vector(path: Path, site: Site) -> Reading:
    """The layers of a file that GDAL reads."""
    return _read(files.layers_in(path, _wide(site), site.wanted), path, site)


def read_geojson(path: Path, site: Site) -> Reading:
    """The features of a GeoJSON or JSON-FG file."""
    return _read(jsons.layers_in(path), path, site)


def read_csv(path: Path, site: Site) -> Reading:
    """The rows of a table as text."""
    return _read(rows.layers_in(path), path, site)


def extent_of_vector(path: Path, wanted: Wanted) -> LonLatBox | None:
    """West, south, east, north in degrees of the layers that hold things of a city; None where none does."""
    return _extent(files.layers_in(path, None), path, wanted)


def extent_of_geojson(path: Path, wanted: Wanted) -> LonLatBox | None:
    """The same of a GeoJSON or JSON-FG file."""
    return _extent(jsons.layers_in(path), path, wanted)


def extent_of_csv(path: Path, wanted: Wanted) -> LonLatBox | None:
    """The same of a table as text."""
    return _extent(rows.layers_in(path), path, wanted)


def _wide(site: Site) -> LonLatBox:
    """The scene's box in degrees and a little more, so that grids' cells at its edge come along."""
    west, south, east, north = site.cut
    return west - 0.02, max(south - 0.02, -90.0), east + 0.02, min(north + 0.02, 90.0)


def _extent(layers: Iterable[Layer], path: Path, wanted: Wanted) -> LonLatBox | None:
    boxes = []
    for layer in layers:
        role = role_of(layer.table)
        if role in THINGS and role != "land" and layer.bounds is not None:
            system = _system(layer.table, layer.bounds, wanted)
            if spans_the_globe(layer.bounds):
                points = shapely.get_coordinates(layer.table.shapes)
                boxes.append(box_around(points[np.isfinite(points).all(axis=1)]))
            else:
                boxes.append(lonlat_box(np.array(layer.bounds).reshape(2, 2), system, path.name))
    return box_around_boxes(boxes) if boxes else None


def _system(table: Table, bounds: Iterable[float], wanted: Wanted) -> str:
    """The system of a layer's coordinates. Raises ImportRefused naming --crs."""
    own = table.crs
    west, south, east, north = bounds
    if own == jsons.DEGREES and (max(abs(west), abs(east)) > 360.0 or max(abs(south), abs(north)) > 90.0):
        own = ""
        if not wanted.over(own) or horizontal(wanted.over(own), table.file) == jsons.DEGREES:
            swapped = max(abs(west), abs(east)) <= 90.0 and max(abs(south), abs(north)) <= 180.0
            hint = "; or are longitude and latitude swapped?" if swapped else "."
            raise ImportRefused(f"{table.file} {_OUT_OF_DEGREES}{hint}")
    crs = horizontal(wanted.over(own), table.file)
    if wanted.told:
        check_place(crs, np.array([(west + east) / 2, (south + north) / 2]), table.file)
    return crs


def _read(layers: Iterable[Layer], path: Path, site: Site) -> Reading:
    wanted = WORDS.get(site.role) if site.role else None
    if site.role and wanted is None:
        raise ImportRefused(f"{path.name} can't be read as {site.role!r}; known are {', '.join(WORDS)}.")
    features: list[Feature] = []
    facts: list[Facts] = []
    lines: list[LayerLine] = []
    ground: list[Ground] = []
    systems: list[str] = []
    seen: list[str] = []
    outlines = False
    for layer in layers:
        table = layer.table
        seen.append(table.layer)
        if site.layer and table.layer != site.layer:
            continue
        role = wanted or role_of(table)
        if not len(table):
            site.tally.skipped("layer", f"{path.name}:{table.layer}", "it is empty, or holds nothing near the scene")
            continue
        if role is None:
            what = "nothing tells what it holds; as=... in its [[source]], or buildings=FILE, says it"
            site.tally.skipped("layer", f"{path.name}:{table.layer}", what)
            continue
        parts = role == "building" and "part" in plain(table.layer).split("_")
        if parts and outlines:
            site.tally.skipped("layer", f"{path.name}:{table.layer}", "parts of the buildings in another layer")
            continue
        outlines |= role == "building"
        columns = _columns(role, table, site)
        site.progress(f"Reading {table.layer}", 0.5)
        local, crs = _localized(table, site)
        found = Rows(local, role, columns)
        systems.append(crs)
        lines.append(LayerLine(table.layer, role, len(local), dict(columns)))
        if role == GROUND:
            ground += spots_of(found, site)
        elif role in BESIDE:
            facts.append(facts_of(found, site))
        else:
            features += features_of(found, site)
    if site.layer and site.layer not in seen:
        raise ImportRefused(f"{path.name} has no layer {site.layer!r}; there are: {', '.join(seen) or 'none'}.")
    crs = next(iter(systems), site.wanted.over(""))
    return Reading(features, site.defaults, crs, tuple(ground), facts=joined(facts, site.tally), layers=tuple(lines))


def _columns(role: Role, table: Table, site: Site) -> dict[str, str]:
    """Which column says what: as the recipe has it, else by usual names."""
    found = guessed(role, table.columns)
    for field, column in site.columns.items():
        if field not in FIELDS[role]:
            if any(field in fields for fields in FIELDS.values()):
                continue  # said for another layer or file
            known = ", ".join(FIELDS[role])
            raise ImportRefused(f"{table.file}: {field!r} is nothing that a {role} has; known are {known}.")
        if column in table.columns:
            found = {other: name for other, name in found.items() if name != column}
            found[field] = column
    return {field: found[field] for field in FIELDS[role] if field in found}


def _localized(table: Table, site: Site) -> tuple[Table, str]:
    """The rows near the scene with shapes in its metres; those without a shape stay to be counted."""
    points, owner = shapely.get_coordinates(table.shapes, return_index=True)
    broken = np.unique(owner[~np.isfinite(points).all(axis=1)])
    shapes = table.shapes.copy()
    shapes[broken] = None
    bounds = shapely.total_bounds(shapes)
    if not np.isfinite(bounds).all():
        return replace(table, shapes=shapes), horizontal(site.wanted.over(table.crs), table.file)
    crs = _system(table, bounds.tolist(), site.wanted)
    site.system(table.crs)
    box = box_in(crs, _wide(site))
    if box is not None:
        each = shapely.bounds(shapes)
        near = ~((each[:, 0] > box[2]) | (each[:, 2] < box[0]) | (each[:, 1] > box[3]) | (each[:, 3] < box[1]))
        if not (near & np.isfinite(each[:, 0])).any() and _fits_swapped(each, box):
            raise ImportRefused(
                f"{table.file}: {table.layer} lies in the scene only with its axes swapped; please write x before y "
                f"(longitude before latitude)."
            )
        table, shapes = table.of(near), shapes[near]
    moved = shapely.transform(shapes, lambda xy: local_metres(xy, crs, site.frame, table.file) if len(xy) else xy)
    return replace(table, shapes=moved), crs


def _fits_swapped(bounds: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", box: tuple[float, ...]) -> bool:
    inside = (bounds[:, 1] <= box[2]) & (bounds[:, 3] >= box[0]) & (bounds[:, 0] <= box[3]) & (bounds[:, 2] >= box[1])
    return bool(inside.any())
