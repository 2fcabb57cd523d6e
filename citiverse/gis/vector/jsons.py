"""GeoJSON (RFC 7946, and older with a "crs") and JSON-FG (OGC 21-045), read without GDAL."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import orjson
import shapely

from citiverse.gis.refused import ImportRefused
from citiverse.gis.vector.table import Layer, Table, bounds_of

LARGEST_BYTES = 400_000_000
_HEAD = re.compile(rb'"type"\s*:\s*"Feature(Collection)?"')
_EPSG = re.compile(r"EPSG(?::|/)(?:[\d.]*(?::|/))?(\d{3,6})\b")
DEGREES = "EPSG:4326"

Json = Mapping[str, object]


def is_geojson(head: bytes, name: str) -> bool:
    """Whether the first or last bytes of a file are those of features as JSON."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and bool(_HEAD.search(head)) and b"CityJSON" not in head


def layers_in(path: Path) -> Iterator[Layer]:
    """The features of a file, by their JSON-FG type where they have one. Raises ImportRefused."""
    if path.stat().st_size > LARGEST_BYTES:
        raise ImportRefused(
            f"{path.name} is larger than {LARGEST_BYTES / 1e6:.0f} MB; please convert it to GeoPackage or FlatGeobuf."
        )
    try:
        document = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise ImportRefused(f"{path.name} is no valid JSON ({error}). Please download it again.") from error
    features = _features(document, path.name)
    types: dict[str, list[tuple[int, Json]]] = {}
    whole = document.get("featureType", "") if isinstance(document, dict) else ""
    for row, feature in enumerate(features):
        types.setdefault(_type(feature, whole), []).append((row, feature))
    crs = _crs(document, path.name)
    for name, rows in types.items():
        yield _layer(path, name or path.stem, crs, rows)


def _features(document: object, file: str) -> list[Json]:
    match document:
        case {"type": "FeatureCollection", "features": list(features)}:
            broken = next((n for n, each in enumerate(features) if not isinstance(each, dict)), None)
            if broken is not None:
                raise ImportRefused(f"{file}: feature {broken} is no JSON object.")
            return features
        case {"type": "Feature"}:
            return [document]  # type: ignore[list-item]
    raise ImportRefused(f"{file} is no FeatureCollection of GeoJSON.")


def _type(feature: Json, whole: object) -> str:
    """The layer of a feature: its JSON-FG type, or the kind that our own exports say."""
    said = feature.get("featureType", whole)
    properties = feature.get("properties")
    if not said and isinstance(properties, dict):
        said = properties.get("kind", "")
    return said if isinstance(said, str) else ""


def _layer(path: Path, name: str, crs: str, rows: list[tuple[int, Json]]) -> Layer:
    shapes = np.array([_shape(feature, crs) for _, feature in rows], dtype=object)
    properties = [each if isinstance(each := feature.get("properties"), dict) else {} for _, feature in rows]
    names = list(dict.fromkeys(str(key) for each in properties for key in each))
    columns: dict[str, list[object]] = {key: [each.get(key) for each in properties] for key in names}
    if any("id" in feature for _, feature in rows) and "id" not in columns:
        columns["id"] = [feature.get("id") for _, feature in rows]
    table = Table(path.name, name, crs, shapes, columns, [row for row, _ in rows])
    return Layer(table, bounds_of(shapely.total_bounds(shapes)))


def _shape(feature: Json, crs: str) -> object:
    """The geometry of a feature, that of its `place` where JSON-FG gives one in the file's own system."""
    place = feature.get("place")
    geometry = place if crs != DEGREES and isinstance(place, dict) else feature.get("geometry")
    if not isinstance(geometry, dict):
        return None
    try:
        found = shapely.from_geojson(orjson.dumps(geometry), on_invalid="ignore")
    except (orjson.JSONEncodeError, shapely.GEOSException):
        return None
    return None if found is None else shapely.force_2d(found)


def _crs(document: object, file: str) -> str:
    """The system of the coordinates: what "coordRefSys" or "crs" says, else degrees."""
    if not isinstance(document, dict):
        return DEGREES
    said = document.get("coordRefSys") or document.get("crs")
    while isinstance(said, dict):
        inner = said.get("properties", said.get("name", said.get("href", "")))
        said = inner if inner is not said else ""
    text = str(said or "")
    if not text or "CRS84" in text:
        return DEGREES
    found = _EPSG.search(text)
    if found is None:
        raise ImportRefused(f"{file}: its coordinate system {text[:60]!r} is not known; --crs names another.")
    return f"EPSG:{found[1]}"
