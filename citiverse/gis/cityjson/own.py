"""What CitiVERSE knows of a feature beyond CityJSON: it goes out and comes back as the attribute "citiverse"."""

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import FEATURE_TYPES, Building, Feature, Road
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.cityjson.model import Faulty, Object, faces, level_of_detail

NAME = "citiverse"
MOST = 1e6  # no number that a feature says of itself is larger
LONGEST = 10_000  # characters
_APART = ("id", "source", "geometry", "body")  # these stand in the object itself, or with its city
_KINDS = {each.kind: each for each in FEATURE_TYPES}


def told(feature: Feature) -> dict[str, object]:
    """Id, kind and all that differs from the usual, as JSON values."""
    values: dict[str, object] = {"id": feature.id, "kind": feature.kind}
    for each in fields(feature):
        value = getattr(feature, each.name)
        if each.name not in _APART and not (each.default is not MISSING and value == each.default):
            values[each.name] = _plain(value)
    return values


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value


def is_own(each: Object) -> bool:
    """Whether an object has been written from a feature."""
    return isinstance(each.attributes.get(NAME), dict)


def own_kind(each: Object) -> str:
    """The kind of feature that an object was written from, or ""."""
    said = each.attributes.get(NAME)
    kind = str(said.get("kind")) if isinstance(said, Mapping) else ""
    return kind if kind in _KINDS else ""


def restored(each: Object, points: FloatArray, source: str) -> Feature:
    """The feature that an object was written from; `points` are its vertices in the scene's metres.

    Raises Faulty when someone has changed it into something that no feature can be.
    """
    said = each.attributes[NAME]
    kind = _KINDS.get(str(said.get("kind"))) if isinstance(said, Mapping) else None
    if kind is None or not isinstance(said, Mapping):
        raise Faulty("its attribute citiverse names no kind of feature")
    hints = get_type_hints(kind)
    try:
        values = {
            field.name: _value(said[field.name], hints[field.name])
            for field in fields(kind)
            if field.name in said and field.name not in _APART
        }
        id = _value(said.get("id"), str)
        shape = _geometry(each, points)
        made: Feature = kind(id=id, source=source, geometry=shape, **values)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise Faulty(f"its attribute citiverse does not fit: {error}") from error
    _check(made)
    return made


def _check(feature: Feature) -> None:
    if not isinstance(feature.geometry, _SHAPES[feature.kind]) or not feature.geometry.is_valid or not feature.id:
        raise Faulty("its geometry is not that of its kind")
    match feature:
        case Building() if not 0.0 <= feature.min_height_m < feature.height_m < 1000.0:
            raise Faulty(f"its height would be {feature.height_m:g} m; are these metres?")
        case Road() if not feature.lanes or any(lane.width_m <= 0.0 for lane in feature.lanes):
            raise Faulty("it is a road without lanes")


_AREA = (Polygon, MultiPolygon)
_SHAPES: Mapping[str, tuple[type[BaseGeometry], ...]] = {
    "road": (LineString,), "rail": (LineString,), "barrier": (LineString,), "building": _AREA, "green": _AREA,
    "water": _AREA, "paving": _AREA, "tree": (Point,), "furniture": (Point,), "place": (Point,), "stop": (Point,),
}  # fmt: skip


@cache
def _hints(kind: type) -> Mapping[str, object]:
    return get_type_hints(kind)


def _value(value: object, hint: object) -> object:
    """A JSON value as the type that a field has. Raises ValueError."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        if value in inner:
            return value
    elif origin in (Union, types.UnionType):
        return None if value is None else _value(value, next(each for each in inner if each is not type(None)))
    elif origin in (tuple, frozenset) and isinstance(value, list) and len(value) <= LONGEST:
        return origin(_value(each, inner[0]) for each in value)
    elif isinstance(hint, type) and is_dataclass(hint) and isinstance(value, dict):
        known: tuple[Field[object], ...] = fields(hint)
        return hint(
            **{each.name: _value(value[each.name], _hints(hint)[each.name]) for each in known if each.name in value}
        )
    elif hint is bool or isinstance(value, bool):
        if isinstance(value, bool) and hint is bool:
            return value
    elif hint is float and isinstance(value, int | float) and math.isfinite(value) and abs(value) <= MOST:
        return float(value)
    elif (hint is int and isinstance(value, int) and abs(value) <= MOST) or (
        hint is str and isinstance(value, str) and len(value) <= LONGEST
    ):
        return value
    raise ValueError(f"{str(value)[:40]!r} is not what belongs there")


def _geometry(each: Object, points: FloatArray) -> BaseGeometry:
    """The geometry of level 0: surfaces, a line or a point."""
    flat = next((geometry for geometry in each.geometries if level_of_detail(geometry) < 1.0), None)
    if flat is None:
        raise Faulty("it has no geometry of level 0")
    match flat.get("type"), flat.get("boundaries"):
        case "MultiSurface", _:
            parts = [_polygon([points[list(ring), :2] for ring in face.rings]) for face in faces(flat, points)]
            return parts[0] if len(parts) == 1 else MultiPolygon(parts)
        case "MultiLineString", [list(numbers)]:
            return LineString(_taken(points, numbers))
        case "MultiPoint", [int(number)]:
            return Point(_taken(points, [number])[0])
    raise Faulty("its geometry of level 0 is none that can be read")


def _polygon(rings: list[FloatArray]) -> Polygon:
    return Polygon(rings[0], rings[1:])


def _taken(points: FloatArray, numbers: list[object]) -> FloatArray:
    good = [n for n in numbers if isinstance(n, int) and 0 <= n < len(points)]
    if len(good) < len(numbers) or not np.isfinite(points[good]).all():
        raise Faulty("it counts on vertices that the file does not have")
    return points[good, :2]


def lies_in(feature: Feature, box: Polygon) -> bool:
    """Whether a feature belongs to a scene of this rectangle."""
    return bool(shapely.intersects(box, feature.geometry))
