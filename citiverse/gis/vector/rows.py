"""Tables as text (.csv, .tsv) with a place in each row: coordinates, WKT, or the code of a grid's cell."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from citiverse.gis.refused import ImportRefused
from citiverse.gis.vector.names import plain
from citiverse.gis.vector.table import Layer, Shapes, Table, bounds_of, number_of

LARGEST_BYTES = 400_000_000
_PAIRS = (  # columns with x and y, and the system that goes with the names
    ("lon lng longitude long", "lat latitude", "EPSG:4326"),
    ("e_koord", "n_koord", "EPSG:2056"),
    ("x_mp_100m x_mp_1km x_mp_10km", "y_mp_100m y_mp_1km y_mp_10km", "EPSG:3035"),
    ("x x_coord coord_x xcoord x_m point_x easting east e ost rechtswert",
     "y y_coord coord_y ycoord y_m point_y northing north n nord hochwert", ""),
)  # fmt: skip
_SHAPES = ("wkt", "geom", "the_geom", "geometry", "geometrie", "geo_shape", "shape")
# Codes of cells of the European grid (INSPIRE, D2.8.I.2): CRS3035RES100mN2689100E4337000, 1kmN2689E4337.
_CELL = re.compile(r"(?:CRS(\d{4,5})RES)?(\d+)(k?m)N(\d+)E(\d+)", re.IGNORECASE)
_HEAD = re.compile(rb"[^\x00-\x08\x0e-\x1f]+")
_DELIMITERS = ";\t,|"


def is_csv(head: bytes, name: str) -> bool:
    """Whether a file is a table as text, by its name and a first line with delimiters."""
    first = head.split(b"\n", 1)[0]
    named = name.lower().rsplit(".", 1)[-1] in {"csv", "tsv", "txt"}
    return named and bool(_HEAD.fullmatch(first)) and any(each.encode() in first for each in _DELIMITERS)


def layers_in(path: Path) -> list[Layer]:
    """The table of a file. Raises ImportRefused when it has no places."""
    if path.stat().st_size > LARGEST_BYTES:
        raise ImportRefused(f"{path.name} is larger than {LARGEST_BYTES / 1e6:.0f} MB; please cut it.")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        lines = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter) if any(line)]
    except csv.Error as error:
        raise ImportRefused(f"{path.name} is no table that can be read: {error}.") from error
    if len(lines) < 2:
        raise ImportRefused(f"{path.name} has no rows under its header.")
    header, body = [each.strip() for each in lines[0]], lines[1:]
    uneven = next((n for n, line in enumerate(body, 2) if len(line) > len(header)), None)
    if uneven is not None:
        raise ImportRefused(f"{path.name}: row {uneven} has more cells than the header.")
    columns = {
        name or f"column{at}": [line[at] if at < len(line) else "" for line in body] for at, name in enumerate(header)
    }
    shapes, crs = _places(columns, path.name)
    table = Table(path.name, path.stem, crs, shapes, columns, range(2, len(body) + 2))
    return [Layer(table, bounds_of(shapely.total_bounds(shapes)))]


def _places(columns: dict[str, list[str]], file: str) -> tuple[Shapes, str]:
    """The shape of each row, and the system of coordinates that its column's name tells."""
    by_name = {plain(name): name for name in columns}
    for values in columns.values():
        if _CELL.fullmatch(values[0].strip()):
            return _cells(values)
    for x_names, y_names, crs in _PAIRS:
        x = next((by_name[each] for each in x_names.split() if each in by_name), None)
        y = next((by_name[each] for each in y_names.split() if each in by_name), None)
        if x is not None and y is not None:
            return _points(columns[x], columns[y]), crs
    for each in _SHAPES:
        if each in by_name:
            return _from_wkt(columns[by_name[each]])
    raise ImportRefused(
        f"{file} has no columns with places; wanted are lon and lat, x and y, a geometry as WKT, or the codes of cells."
    )


def _points(xs: Sequence[str], ys: Sequence[str]) -> Shapes:
    """Points, None where a coordinate is no number."""
    pairs = [(number_of(x), number_of(y)) for x, y in zip(xs, ys, strict=True)]
    return np.array([None if x is None or y is None else shapely.Point(x, y) for x, y in pairs], dtype=object)


def _cells(codes: Sequence[str]) -> tuple[Shapes, str]:
    """Squares of the European grid."""
    shapes: list[object] = []
    crs = "EPSG:3035"
    for code in codes:
        match = _CELL.fullmatch(code.strip())
        if match is None:
            shapes.append(None)
            continue
        side = int(match[2]) * (1000 if match[3].lower() == "km" else 1)
        unit = 1 if match[1] else side
        crs = f"EPSG:{match[1]}" if match[1] else crs
        x, y = int(match[5]) * unit, int(match[4]) * unit
        shapes.append(shapely.box(x, y, x + side, y + side))
    return np.array(shapes, dtype=object), crs


def _from_wkt(texts: Sequence[str]) -> tuple[Shapes, str]:
    """Geometries as WKT, or as EWKT that names the system."""
    crs = ""
    bare = []
    for text in texts:
        srid, _, rest = text.strip().partition(";") if text.strip().upper().startswith("SRID=") else ("", "", text)
        crs = f"EPSG:{srid[5:]}" if srid[5:].isdecimal() else crs
        bare.append(rest.strip() or None)
    found = np.array(shapely.from_wkt(bare, on_invalid="ignore"), dtype=object).reshape(-1)
    return shapely.force_2d(found), crs
