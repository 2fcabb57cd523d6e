"""What stands in a CityGML file as the model that CityJSON files give too."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from citiverse.geometry.arrays import FloatArray
from citiverse.gis.citygml.scan import Found, Scan
from citiverse.gis.citygml.surfaces import Group, Patch, as_cityjson, patches
from citiverse.gis.cityjson.model import Model, Object
from citiverse.gis.refused import ImportRefused
from citiverse.gis.srs import system_named

_WRAPPINGS = frozenset({"ReliefFeature"})  # what they hold has all they say
_FOOTPRINT = "FootPrint"
_NOT_THERE = "surfaces that it refers to are not in the file"


def model_of(scan: Scan, file: str, *, crs_known: bool) -> Model:
    """The objects of a file by id. Raises ImportRefused when its coordinates are in several systems.

    `crs_known` says that somebody has named the system, so that it does not matter what the file says.
    """
    crs, by_authority = _system(scan, file, crs_known=crs_known)
    places = _as_points(scan.places)
    templates: list[Mapping[str, object]] = []
    objects: dict[str, Object] = {}
    repeated: list[str] = []
    for found in scan.found:
        if found.type in _WRAPPINGS and found.children:
            continue
        if found.id in objects:
            repeated.append(found.id)
            continue
        objects[found.id] = _object(found, scan, places, templates)
    return Model(
        objects=objects,
        crs=crs,
        templates=tuple(templates),
        template_points=_as_points(scan.template_places),
        repeated=tuple(repeated),
        ignored=scan.ignored,
        by_authority=by_authority,
    )


def _as_points(numbers: Sequence[float]) -> FloatArray:
    return np.array(numbers, dtype=np.float64).reshape(-1, 3)


def _system(scan: Scan, file: str, *, crs_known: bool) -> tuple[str, bool]:
    """The one system that the file names in whatever ways, and whether its axes come in the order of its definition."""
    named = [(said, by_authority) for raw in scan.systems for said, by_authority in (system_named(raw),) if said]
    flat = list(dict.fromkeys(said.split("+")[0] for said, _ in named))
    if len(flat) > 1 and not crs_known:
        raise ImportRefused(
            f"{file} has coordinates in {' and in '.join(flat[:3])}; please split it, or name the one that holds for "
            f"all of it with --crs."
        )
    if not named:
        return "", False
    whole = next((said for said, _ in named if "+" in said), named[0][0])
    return whole, named[0][1]


def _object(found: Found, scan: Scan, places: FloatArray, templates: list[Mapping[str, object]]) -> Object:
    lost: list[str] = []
    shapes = [*_shapes(found, scan, lost), *_instances(found, scan, templates, lost)]
    fault = found.fault or (_NOT_THERE if lost and not shapes else "")
    if found.lines and not shapes and not found.children:
        fault = fault or f"it has lines alone ({found.lines}), and no surface"
    return Object(
        id=found.id,
        type=found.type,
        attributes=_attributes(found),
        parents=(found.parent.id,) if found.parent is not None else (),
        children=tuple(found.children),
        geometries=tuple(shapes),
        points=places,
        fault=fault,
        repair=f"{_NOT_THERE}; the others are used" if lost and not fault else "",
    )


def _attributes(found: Found) -> Mapping[str, object]:
    said = dict(found.attributes)
    street, number = said.pop("ThoroughfareName", ""), said.pop("ThoroughfareNumber", "")
    if street:
        said["address"] = f"{street} {number}".strip()
    return said


def _shapes(found: Found, scan: Scan, lost: list[str]) -> Iterator[Mapping[str, object]]:
    """One geometry of each level of detail: of surfaces where there are any, else of points."""
    for lod in dict.fromkeys(lod for lod, _, _ in found.surfaces):
        groups = [(name, group) for level, name, group in found.surfaces if level == lod]
        if any(_FOOTPRINT in name for name, _ in groups):
            groups = [(name, group) for name, group in groups if _FOOTPRINT in name]
        all_of: dict[int, Patch] = {}
        for _, group in groups:
            here, missing = patches(group, scan.by_id)
            all_of.update((id(patch), patch) for patch in here)
            lost += missing
        if all_of:
            yield as_cityjson(list(all_of.values()), lod)
            continue
        numbers = [number for _, group in groups for number in _points_of(group)]
        if numbers:
            yield {"type": "MultiPoint", "lod": lod, "boundaries": numbers}


def _points_of(group: Group) -> Iterator[int]:
    yield from group.points
    for member in group.members:
        if isinstance(member, Group):
            yield from _points_of(member)


def _instances(
    found: Found, scan: Scan, templates: list[Mapping[str, object]], lost: list[str]
) -> Iterator[Mapping[str, object]]:
    for lod, what, matrix, at in found.instances:
        group = what if isinstance(what, Group) else Group([what] if what else [])
        here, missing = patches(group, scan.by_id)
        lost += missing
        if at is None:
            continue
        if not here:
            yield {"type": "MultiPoint", "lod": lod, "boundaries": [at]}
            continue
        templates.append(as_cityjson(here, lod))
        instance: dict[str, object] = {"type": "GeometryInstance", "lod": lod, "template": len(templates) - 1}
        yield {**instance, "boundaries": [at], "transformationMatrix": matrix or np.eye(4).ravel().tolist()}
