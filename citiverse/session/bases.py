"""The cities that proposals were begun on, kept so that their edits can be carried over to newer data."""

import gzip
import os
import pickle
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import shapely

from citiverse.city.city import City, city_of
from citiverse.city.feature import FEATURE_TYPES, Feature, Lane, Roof
from citiverse.city.frame import Frame

_TYPES: dict[str, Any] = {each.__name__: each for each in (*FEATURE_TYPES, Lane, Roof)}
_LEVEL = 1
_ENDING = ".base"


@dataclass(frozen=True, slots=True)
class _Said:
    """A dataclass by name, with the values of its fields: what newer versions add to it has its default."""

    name: str
    values: dict[str, object]


class Bases:
    """Cities under their revision, one file each: features and frame, all that edits speak of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, city: City, revision: str) -> None:
        """Keep a city without changes under its revision, unless it is here already."""
        path = self._path(revision)
        if path.is_file():
            return
        told = {
            "name": city.name,
            "title": city.title,
            "frame": (city.frame.epsg, city.frame.origin, city.frame.vertical),
            "bounds": city.bounds,
            "features": [_plain(feature) for feature in city.features()],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_bytes(gzip.compress(pickle.dumps(told, protocol=pickle.HIGHEST_PROTOCOL), _LEVEL, mtime=0))
        beside.replace(path)

    def city(self, revision: str) -> City | None:
        """The city of a revision, or None where it was not kept or can no longer be read."""
        try:
            told = pickle.loads(gzip.decompress(self._path(revision).read_bytes()))
            features: list[Feature] = [_made(each) for each in told["features"]]
            epsg, origin, vertical = told["frame"]
            return city_of(
                features, name=told["name"], title=told["title"], frame=Frame(epsg, origin, vertical),
                bounds=told["bounds"],
            )  # fmt: skip
        except (OSError, EOFError, pickle.UnpicklingError, KeyError, TypeError, ValueError, AttributeError):
            return None

    def tidy(self, wanted: Iterable[str]) -> None:
        """Delete all but the revisions that are still wanted."""
        kept = {self._path(revision) for revision in wanted}
        for path in self._folder.glob(f"*{_ENDING}") if self._folder.is_dir() else ():
            if path not in kept:
                path.unlink(missing_ok=True)

    def _path(self, revision: str) -> Path:
        return self._folder / f"{revision}{_ENDING}"


def _plain(value: object) -> object:
    if isinstance(value, shapely.Geometry):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        said = {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        return _Said(type(value).__name__, said)
    if isinstance(value, tuple):
        return tuple(_plain(each) for each in value)
    return value


def _made(value: object) -> Feature:
    made = _filled(value)
    if not isinstance(made, FEATURE_TYPES):
        raise TypeError(f"{made!r} is no feature.")
    return made


def _filled(value: object) -> object:
    if isinstance(value, _Said):
        kind = _TYPES[value.name]
        known = {each.name for each in fields(kind)}
        return kind(**{name: _filled(each) for name, each in value.values.items() if name in known})
    if isinstance(value, tuple):
        return tuple(_filled(each) for each in value)
    return value
