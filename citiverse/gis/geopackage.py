"""A city as GeoPackage (OGC 12-128r18): a layer for each kind, with the columns that layers are read by again."""

import json
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from citiverse.city.city import City
from citiverse.city.feature import Feature, Road, basis_of
from citiverse.gis.cityjson.write import credit_line
from citiverse.gis.refused import ImportRefused

_APART = frozenset({"geometry", "estimated", "measured", "body"})
_LAYERS = {
    "building": "buildings", "road": "roads", "green": "green", "water": "water", "tree": "trees", "rail": "rails",
    "barrier": "barriers", "furniture": "furniture", "place": "places", "stop": "stops", "paving": "paving",
}  # fmt: skip


def city_geopackage(city: City) -> bytes:
    """All features and what models feed on, in the city's own projected system; credits in the layer `sources`.

    Raises ImportRefused where the extra gis is not installed.
    """
    try:
        import pyogrio
    except ImportError as error:
        raise ImportRefused("GeoPackage needs the extra gis: pip install 'citiverse[gis]'.") from error
    by_kind: dict[str, list[Feature]] = {}
    for feature in city.features():
        by_kind.setdefault(feature.kind, []).append(feature)
    with tempfile.TemporaryDirectory(prefix="citiverse-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "city.gpkg"
        writer = _Writer(pyogrio.raw.write, path, city)
        for kind, features in by_kind.items():
            writer.features(_LAYERS[kind], features)
        writer.facts()
        writer.sources()
        return path.read_bytes()


class _Writer:
    """Writes layer after layer into one file."""

    def __init__(self, write: Any, path: Path, city: City) -> None:  # noqa: ANN401 GDAL's binding has no types
        self.write, self.path, self.city = write, path, city

    def features(self, layer: str, features: Sequence[Feature]) -> None:
        """The features of one kind."""
        rows = [_row(feature) for feature in features]
        self._layer(layer, np.array([feature.geometry for feature in features], dtype=object), rows)

    def facts(self) -> None:
        """People, counts, zones and parcels, where the city has them."""
        facts = self.city.facts
        if facts.population is not None:
            people = facts.population
            rows = [
                {"population": float(count), "source": people.source, "year": people.year} for count in people.people
            ]
            self._layer("population", people.places, rows)
        if facts.counts:
            places = np.array([shapely.Point(each.x_m, each.y_m) for each in facts.counts], dtype=object)
            self._layer("traffic_counts", places, [asdict(each) for each in facts.counts])
        if facts.zones:
            self._layer("zoning", _shapes(facts.zones), [_plain_row(each) for each in facts.zones])
        if facts.parcels:
            self._layer("parcels", _shapes(facts.parcels), [_plain_row(each) for each in facts.parcels])

    def sources(self) -> None:
        """Who is to be credited, and under which licence."""
        self._layer("sources", None, [asdict(source) for source in self.city.sources])

    def _layer(self, layer: str, shapes: NDArray[np.object_] | None, rows: Sequence[Mapping[str, object]]) -> None:
        if not rows:
            return
        names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
        columns = [_column([row[name] for row in rows]) for name in names]
        credit = credit_line(self.city.sources)
        wkb, kind = None, None
        if shapes is not None:
            moved = shapely.transform(shapes, lambda points: points + np.asarray(self.city.frame.origin))
            kinds = {shape.geom_type for shape in moved}
            kind = kinds.pop() if len(kinds) == 1 else ("MultiPolygon" if "MultiPolygon" in kinds else "Unknown")
            wkb = shapely.to_wkb(moved)
        self.write(
            str(self.path), geometry=wkb, field_data=columns, fields=names, layer=layer, driver="GPKG",
            geometry_type=kind, crs=f"EPSG:{self.city.frame.epsg}" if shapes is not None else None,
            promote_to_multi=kind == "MultiPolygon", append=self.path.exists(),
            dataset_metadata=None if self.path.exists() else {"TITLE": self.city.title, "CREDITS": credit},
            layer_options={"IDENTIFIER": layer, "DESCRIPTION": credit},
        )  # fmt: skip


def _shapes(things: Sequence[Any]) -> NDArray[np.object_]:
    return np.array([each.geometry for each in things], dtype=object)


def _row(feature: Feature) -> dict[str, object]:
    """What is known of a feature, a column each, and which of it was estimated or measured."""
    row = _plain_row(feature)
    if isinstance(feature, Road):
        row["width_m"] = round(feature.width_m, 2)
    for basis in ("estimated", "measured"):
        row[basis] = ", ".join(sorted(name for name in _names(feature) if basis_of(feature, name) == basis)) or None
    return row


def _names(thing: Any) -> list[str]:  # noqa: ANN401
    return [each.name for each in fields(thing)]


def _plain_row(thing: Any) -> dict[str, object]:  # noqa: ANN401
    row: dict[str, object] = {}
    for name in _names(thing):
        value = getattr(thing, name)
        if name in _APART:
            continue
        if is_dataclass(value) and not isinstance(value, type):
            row |= {f"{name}_{inner}": each for inner, each in asdict(value).items()}
        else:
            row[name] = _plain(value)
    return {name: None if value == "" else value for name, value in row.items()}


def _plain(value: object) -> object:
    """A value as GeoPackage can hold it; sets as words, lists of things as JSON."""
    match value:
        case frozenset():
            return ", ".join(sorted(value))
        case tuple():
            if all(isinstance(each, str) for each in value):
                return ", ".join(value)
            return json.dumps([_as_dict(each) for each in value])
        case _:
            return value


def _as_dict(value: object) -> object:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _column(values: Sequence[object]) -> NDArray[Any]:
    """Values as an array of one type; what is missing among numbers is not a number, among words None."""
    known = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in known) and len(known) == len(values):
        return np.array(values, dtype=bool)
    if all(isinstance(value, int) and not isinstance(value, bool) for value in known) and len(known) == len(values):
        return np.array(values, dtype=np.int64)
    numbers = [float(value) for value in known if isinstance(value, int | float)]
    if len(numbers) == len(known):
        rest = iter(numbers)
        return np.array([np.nan if value is None else next(rest) for value in values])
    return np.array([None if value is None else str(value) for value in values], dtype=object)
