"""Features as GeoJSON, with where each value comes from and how sure it is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, Road, basis_of, field_names
from citiverse.city.frame import Frame
from citiverse.geometry.arrays import FloatArray

_UNITS = {"_m": "m", "_kmh": "km/h", "_deg": "°", "_percent": "%"}
_PLAIN = frozenset({"id", "source", "name", "estimated", "measured", "geometry", "part_of", "body"})
_DECIMALS = 7  # of a degree: about a centimetre


def lonlat_geometries(frame: Frame, geometries: Sequence[BaseGeometry]) -> list[orjson.Fragment]:
    """GeoJSON geometries (RFC 7946) of geometries in the scene's metres."""

    def to_lonlat(points: FloatArray) -> FloatArray:
        return np.round(frame.to_lonlat(points), _DECIMALS)

    if not geometries:
        return []
    turned = shapely.orient_polygons(shapely.transform(np.array(geometries, dtype=object), to_lonlat))
    return [orjson.Fragment(text) for text in shapely.to_geojson(turned)]


def features_json(
    city: City, features: Sequence[Feature], extra: Sequence[Mapping[str, object]] | None = None
) -> list[dict[str, object]]:
    """GeoJSON features, each with `extra` properties of its own where given."""
    shapes = lonlat_geometries(city.frame, [feature.geometry for feature in features])
    more = extra or [{}] * len(features)
    return [
        {"type": "Feature", "id": feature.id, "geometry": shape, "properties": {**properties(feature), **added}}
        for feature, shape, added in zip(features, shapes, more, strict=True)
    ]


def properties(feature: Feature) -> dict[str, object]:
    """What is known of a feature: `kind`, `name`, and every other value with its unit, basis and source."""
    told: dict[str, object] = {"kind": feature.kind, "source": feature.source}
    if feature.name:
        told["name"] = feature.name
    if isinstance(feature, Road | Building) and feature.part_of:
        told["part_of"] = feature.part_of
    if isinstance(feature, Building) and feature.body is not None:
        told["model"] = feature.body.model.id
    for field in field_names(feature):
        value = getattr(feature, field)
        if field in _PLAIN or value is None or value == "" or value == ():
            continue
        name, unit = _name_and_unit(field)
        told[name] = _doubted(feature, field, _plain(value), unit)
    if isinstance(feature, Road):
        told["width"] = _doubted(feature, "lanes", round(feature.width_m, 2), "m")
    return told


def _doubted(feature: Feature, field: str, value: object, unit: str | None) -> dict[str, object]:
    return {"value": value, "unit": unit, "basis": basis_of(feature, field), "source": feature.source}


def _name_and_unit(field: str) -> tuple[str, str | None]:
    for ending, unit in _UNITS.items():
        if field.endswith(ending):
            return field.removesuffix(ending), unit
    return field, None


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: each for name, each in asdict(value).items() if each not in (None, "")}
    return value


def city_geojson(city: City) -> bytes:
    """All features of a city as one FeatureCollection, with credits and licences inside."""
    document = {
        "type": "FeatureCollection",
        "title": city.title,
        "revision": city.fingerprint(),
        "credits": [asdict(source) for source in city.sources],
        "features": features_json(city, list(city.features())),
    }
    return orjson.dumps(document)
