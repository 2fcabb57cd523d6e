"""A layer of a file: shapes, and columns that say something of each."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from citiverse.city.change import Bounds
from citiverse.gis.crs import HALF_GLOBE_DEG

Shapes = NDArray[np.object_]  # of shapely geometries, None where a row has none
Column = Sequence[object]

_NUMBER = re.compile(r"\s*([-+]?\d[\d\s' ]*(?:[.,]\d+)?(?:[eE][-+]?\d{1,3})?)\s*([A-Za-z%'\"²/]*)\s*")
_LONGEST = 60  # characters; longer text is no number
FOOT_M = 0.3048
_UNITS = {"": 1.0, "m": 1.0, "ft": FOOT_M, "feet": FOOT_M, "'": FOOT_M, "cm": 0.01, "km": 1000.0, "%": 1.0, "km/h": 1.0}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One layer as it stands in its file, in the file's own coordinates `crs` ("" where the file does not say).

    `shapes` has shape (n,), x before y; every column has n values. `rows` are the numbers of the rows in the file.
    """

    file: str
    layer: str
    crs: str
    shapes: Shapes
    columns: Mapping[str, Column]
    rows: Sequence[int]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.shapes)

    def of(self, keep: NDArray[np.bool_]) -> "Table":
        """The rows to keep."""
        at = np.flatnonzero(keep).tolist()
        columns = {name: [column[i] for i in at] for name, column in self.columns.items()}
        return Table(self.file, self.layer, self.crs, self.shapes[keep], columns, [self.rows[i] for i in at])

    @property
    def dimension(self) -> int:
        """What most shapes are: 0 points, 1 lines, 2 areas; -1 without any."""
        found = shapely.get_dimensions(self.shapes)
        found = found[found >= 0]
        return 2 - int(np.bincount(found, minlength=3)[2::-1].argmax()) if len(found) else -1


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer and the bounds of all of it in its own coordinates, None where it is empty or nobody asked."""

    table: Table
    bounds: Bounds | None


def bounds_of(numbers: Iterable[float] | None) -> Bounds | None:
    """West, south, east, north, None where there are none."""
    found = [] if numbers is None else [float(each) for each in numbers]
    if len(found) != 4 or not all(map(math.isfinite, found)):
        return None
    return found[0], found[1], found[2], found[3]


def spans_the_globe(bounds: Bounds) -> bool:
    """Whether bounds are degrees and more than half of the globe lies in them: or both sides of the antimeridian."""
    west, south, east, north = bounds
    return east - west > HALF_GLOBE_DEG and max(abs(west), abs(east)) <= 360.0 and max(abs(south), abs(north)) <= 90.0


def text_of(value: object) -> str:
    """A value as text: "" for none; what is wrapped as {"value": ...} or {"primary": ...} is taken out."""
    match value:
        case None | "":
            return ""
        case float():
            return "" if math.isnan(value) else f"{value:g}" if value == int(value) else repr(value)
        case str():
            stripped = value.strip()
            return _inside(stripped) if stripped[:1] in ("{", "[") else stripped
        case {"value": inner} | {"primary": inner} | {"name": inner} | {"class": inner}:
            return text_of(inner)
        case [first, *_]:
            return text_of(first)
        case dict() | list():
            return ""
        case _:
            return str(value).strip()


def _inside(text: str) -> str:
    """What stands in a cell that holds JSON: drivers write nested columns so."""
    try:
        found = orjson.loads(text)
    except (orjson.JSONDecodeError, json.JSONDecodeError):
        return text
    return text_of(found)


def number_of(value: object) -> float | None:
    """A value as a finite number; lengths with a unit in metres; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value) if math.isfinite(value) else None
    text = text_of(value)
    match = _NUMBER.fullmatch(text) if 0 < len(text) <= _LONGEST else None
    if match is None or match[2].lower() not in _UNITS:
        return None
    digits = re.sub(r"[\s' ]", "", match[1]).replace(",", ".")
    found = float(digits) * _UNITS[match[2].lower()]
    return found if math.isfinite(found) else None
