"""What stands in a CityJSON file, checked before anything is made of it."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from citiverse.geometry.arrays import FloatArray
from citiverse.gis.packed import text_of
from citiverse.gis.refused import ImportRefused
from citiverse.gis.srs import system_named

VERSIONS = ("1.0", "1.1", "2.0")
LARGEST_BYTES = 2_000_000_000
ENDINGS = (".json", ".jsonl")
Ring = Sequence[int]


class Faulty(ValueError):
    """An object that breaks the rules of CityJSON; the text is the reason in the report."""


@dataclass(frozen=True, slots=True)
class Face:
    """A flat surface: rings of vertex numbers, the outer one first, and its meaning ("RoofSurface", ...) or ""."""

    rings: tuple[Ring, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Object:
    """A city object with its geometries as they stand in the file; `points` are the vertices they count on.

    `fault` says why nothing can be made of it, `repair` what had to be done to it.
    """

    id: str
    type: str
    attributes: Mapping[str, object]
    parents: tuple[str, ...]
    children: tuple[str, ...]
    geometries: tuple[Mapping[str, object], ...]
    points: FloatArray
    fault: str = ""
    repair: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """All objects of a file by id; `crs` is what the file says of its coordinates, "" where it is silent.

    `by_authority` says that they come in the order of that system's definition rather than x before y.
    `repeated` are ids that the file gives to several objects, of which the first stands here; `ignored` is what the
    file holds that is no object, with how often.
    """

    objects: Mapping[str, Object]
    crs: str
    templates: tuple[Mapping[str, object], ...]
    template_points: FloatArray
    extensions: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    by_authority: bool = False


def is_cityjson(head: bytes, name: str) -> bool:
    """Whether the first bytes of a file are those of CityJSON or CityJSONSeq."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and (b'"CityJSON' in head or b'"CityObjects"' in head)


def read_model(path: Path) -> Model:
    """All objects of a file. Raises ImportRefused when it is broken or of a version that can't be read."""
    if path.stat().st_size > LARGEST_BYTES:
        raise ImportRefused(f"{path.name} is larger than 2 GB; please cut it into tiles, for example with cjio subset.")
    try:
        repeated: list[str] = []
        documents = list(_documents(text_of(path, ENDINGS), repeated))
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{path.name} is not text in UTF-8, as JSON has to be.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise ImportRefused(f"{path.name} is damaged or incomplete: it is not valid JSON ({_where(error)}).") from error
    return _model(documents, repeated, path.name)


def _documents(text: str, repeated: list[str]) -> Iterator[object]:
    """The one document of a file, or those of a sequence, one a line; keys that occur twice go into `repeated`."""

    def without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                repeated.append(key)
            else:
                found[key] = value
        return found

    def parsed(part: str) -> object:
        return json.loads(part, parse_constant=_no_number, object_pairs_hook=without_doubles)

    try:
        yield parsed(text)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise
        repeated.clear()
        for line in text.splitlines():
            if line.strip():
                yield parsed(line)


def _no_number(text: str) -> float:
    return math.nan


def _where(error: Exception) -> str:
    return f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "nested too deeply"


def _model(documents: Sequence[object], repeated: Sequence[str], file: str) -> Model:
    head = documents[0]
    if not isinstance(head, dict) or head.get("type") != "CityJSON":
        raise ImportRefused(f"{file} does not begin with a CityJSON object.")
    version = str(head.get("version", ""))
    if version[:3] not in VERSIONS:
        raise ImportRefused(
            f"{file} is CityJSON {version or 'of no version'}; {', '.join(VERSIONS)} can be read. "
            f"`cjio {file} upgrade save new.city.json` makes a newer file of it."
        )
    scale, shift = _transform(head, file)
    objects: dict[str, Object] = {}
    doubles: list[str] = []
    for document in documents:
        if not isinstance(document, dict) or document.get("type") not in {"CityJSON", "CityJSONFeature"}:
            raise ImportRefused(f"{file} holds a line that is neither CityJSON nor a CityJSONFeature.")
        points = _points(document.get("vertices", []), file) * scale + shift
        for each in _objects(document, points, file):
            if each.id in objects:
                doubles.append(each.id)
            else:
                objects[each.id] = each
    templates = head.get("geometry-templates", {})
    templates = templates if isinstance(templates, dict) else {}
    return Model(
        objects=objects,
        crs=_crs(head),
        templates=tuple(_dicts(templates.get("templates"))),
        template_points=_points(templates.get("vertices-templates", []), file),
        extensions=tuple(sorted(extensions)) if isinstance(extensions := head.get("extensions", {}), dict) else (),
        repeated=(*doubles, *(key for key in repeated if key in objects)),
        ignored={"appearances (materials and textures)": 1} if head.get("appearance") else {},
    )


def _transform(head: Mapping[str, object], file: str) -> tuple[FloatArray, FloatArray]:
    said = head.get("transform")
    if said is None:
        if not str(head.get("version", "")).startswith("1.0"):
            raise ImportRefused(f"{file} has no transform, which CityJSON has needed since version 1.1.")
        return np.ones(3), np.zeros(3)
    lost = [key for key in ("scale", "translate") if not isinstance(said, dict) or not said.get(key)]
    if lost or not isinstance(said, dict):
        raise ImportRefused(f"{file} has a transform without {' and '.join(lost)}: three numbers each.")
    scale, shift = (_points([said.get(key, [])], file, f"transform.{key}") for key in ("scale", "translate"))
    if not (np.isfinite(scale).all() and np.isfinite(shift).all() and (scale != 0).all()):
        raise ImportRefused(f"{file} has a transform of numbers that are not finite, or zero.")
    return scale[0], shift[0]


def _points(said: object, file: str, name: str = "vertices") -> FloatArray:
    try:
        points = np.array(said, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ImportRefused(f"{file}: {name} should be triples of numbers.") from error
    if points.size == 0:
        return np.zeros((0, 3))
    if points.ndim != 2 or points.shape[1] != 3:
        raise ImportRefused(f"{file}: {name} should be triples of numbers.")
    return points


def _objects(document: Mapping[str, object], points: FloatArray, file: str) -> Iterator[Object]:
    objects = document.get("CityObjects", {})
    if not isinstance(objects, dict):
        raise ImportRefused(f"{file}: CityObjects should be an object with the ids as keys.")
    for id, each in objects.items():
        each = each if isinstance(each, dict) else {}
        attributes = each.get("attributes")
        yield Object(
            id=str(id),
            type=str(each.get("type", "")),
            attributes=attributes if isinstance(attributes, dict) else {},
            parents=_texts(each.get("parents")),
            children=_texts(each.get("children")),
            geometries=tuple(_dicts(each.get("geometry"))),
            points=points,
        )


def _dicts(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _crs(head: Mapping[str, object]) -> str:
    metadata = head.get("metadata")
    said = metadata.get("referenceSystem", metadata.get("crs", "")) if isinstance(metadata, dict) else ""
    said = said.get("epsg", "") if isinstance(said, dict) else said
    return system_named(f"EPSG:{said}" if str(said).isdecimal() else str(said))[0]


def best_geometry(each: Object, *, highest: float) -> Mapping[str, object] | None:
    """The geometry of the highest level of detail up to `highest`, else of the lowest; None where there is none."""
    known = [(level_of_detail(geometry), -at) for at, geometry in enumerate(each.geometries)]
    fit = [each for each in known if each[0] <= highest]
    return each.geometries[-(max(fit) if fit else min(known))[1]] if known else None


def level_of_detail(geometry: Mapping[str, object]) -> float:
    """The level of detail of a geometry, a number since 1.0 and text since 1.1; 0 where it is neither."""
    try:
        return float(str(geometry.get("lod", 0)))
    except ValueError:
        return 0.0


def faces(geometry: Mapping[str, object], points: FloatArray) -> list[Face]:
    """The surfaces of a geometry, of solids the outer shell. Raises Faulty when it breaks the rules."""
    boundaries, values, meanings = geometry.get("boundaries"), None, []
    semantics = geometry.get("semantics")
    if isinstance(semantics, dict):
        values, meanings = semantics.get("values"), _dicts(semantics.get("surfaces"))
    found = []
    for rings, at in _surfaces(str(geometry.get("type", "")), boundaries, values):
        meaning = str(meanings[at].get("type", "")) if isinstance(at, int) and 0 <= at < len(meanings) else ""
        found.append(Face(tuple(_ring(ring) for ring in _list(rings)), meaning))
    found = [face for face in found if face.rings]
    used = [number for face in found for ring in face.rings for number in ring]
    if used and (min(used) < 0 or max(used) >= len(points)):
        raise Faulty("it counts on vertices that the file does not have")
    if not np.isfinite(points[used]).all():
        raise Faulty("some of its coordinates are not finite numbers")
    return found


def _surfaces(kind: str, boundaries: object, values: object) -> Iterator[tuple[object, object]]:
    """Surfaces and the number of their meaning, whatever they are nested in."""
    match kind:
        case "MultiSurface" | "CompositeSurface":
            for at, surface in enumerate(_list(boundaries)):
                yield surface, _at(values, at)
        case "Solid":
            for shell in _list(boundaries)[:1]:
                yield from _surfaces("MultiSurface", shell, _at(values, 0))
        case "MultiSolid" | "CompositeSolid":
            for at, solid in enumerate(_list(boundaries)):
                yield from _surfaces("Solid", solid, _at(values, at))
        case _:
            raise Faulty(f"its geometry is a {kind or 'thing without a type'}, which has no surfaces")


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Faulty("its boundaries are not nested as they should be")
    return value


def _at(values: object, at: int) -> object:
    return values[at] if isinstance(values, list) and at < len(values) else None


def _ring(ring: object) -> Ring:
    if isinstance(ring, range):
        numbers: Ring = ring
    else:
        numbers = [each for each in _list(ring) if type(each) is int]
        if len(numbers) != len(_list(ring)):
            raise Faulty("a ring of it has less than three vertices")
    if len(numbers) < 3:
        raise Faulty("a ring of it has less than three vertices")
    return numbers
