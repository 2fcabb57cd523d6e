"""A city as CityJSON 2.0.

Buildings are blocks from the lowest ground under them to their top (LoD 1.2, Biljecki et al. 2016), all else lies on
the ground. Level 0 and the attribute "citiverse" hold a feature as it is, so that a file that is read again gives the
same features.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np
import orjson
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.city.feature import (
    Barrier,
    Building,
    Feature,
    Furniture,
    GreenArea,
    Paving,
    Place,
    Rail,
    Road,
    RoofShape,
    Stop,
    Tree,
    Water,
)
from citiverse.city.source import Source
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.cityjson.own import NAME, told

SCALE_M = 0.001
LEAST_M = 0.3  # height of a block whose building says nothing
_ROOFS: Mapping[RoofShape, str] = {  # those of the codes of CityGML that CityJSON allows
    "flat": "flat roof", "gabled": "gabled roof", "hipped": "hipped roof", "half-hipped": "half-hipped roof",
    "pyramidal": "pavilion roof", "skillion": "monopitch roof", "mansard": "mansard roof", "round": "arch roof",
    "dome": "copula roof", "cone": "cone roof",
}  # fmt: skip
_SEMANTICS = [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]

Json = dict[str, object]
Rings = list[list[int]]


def city_cityjson(city: City) -> bytes:
    """All features of a city as one CityJSON document, with credits and licences in its title."""
    writer = _Writer(city)
    objects: dict[str, Json] = {}
    for feature in city.features():
        objects[key_of(feature.id)] = writer.object(feature)
    _join_parts(objects, city)
    vertices = writer.vertices()
    x, y = city.frame.origin
    low, high = (vertices.min(axis=0), vertices.max(axis=0)) if len(vertices) else (np.zeros(3), np.zeros(3))
    extent = [*(low * SCALE_M + (x, y, 0.0)).round(3).tolist(), *(high * SCALE_M + (x, y, 0.0)).round(3).tolist()]
    document = {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [SCALE_M] * 3, "translate": [x, y, 0.0]},
        "metadata": {
            "title": f"{city.title}. {credit_line(city.sources)}".strip(),
            "referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{city.frame.epsg}",
            "geographicalExtent": extent,
        },
        "CityObjects": objects,
        "vertices": vertices.tolist(),
    }
    return orjson.dumps(document)


def credit_line(sources: Sequence[Source]) -> str:
    """Who is to be credited, and under which licence: "© OpenStreetMap contributors (ODbL 1.0); ..."."""
    told = [(each.credit or each.title) + (f" ({each.licence})" if each.licence else "") for each in sources]
    return "; ".join(dict.fromkeys(told))


def key_of(id: str) -> str:
    """The id of the object of a feature: that of the file it once came from, if that was CityJSON."""
    return id.removeprefix("cj:")


def _join_parts(objects: dict[str, Json], city: City) -> None:
    """Parts of a building under the building, which has no shape of its own where only its parts are known."""
    for part in city.all(Building):
        if not part.part_of:
            continue
        key = key_of(part.part_of)
        whole = objects.setdefault(key, {"type": "Building", "attributes": {}, "geometry": []})
        if whole["type"] != "Building" or key == key_of(part.id):
            objects[key_of(part.id)]["type"] = "Building"
            continue
        children = whole.setdefault("children", [])
        if isinstance(children, list):
            children.append(key_of(part.id))
        objects[key_of(part.id)]["parents"] = [key]


@dataclass
class _Writer:
    """Makes objects and numbers their vertices, equal ones once."""

    city: City
    numbers: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def vertices(self) -> FloatArray:
        """All vertices in whole millimetres from the frame's origin, shape (n, 3)."""
        return np.array(list(self.numbers), dtype=np.int64).reshape(-1, 3)  # type: ignore[return-value]

    def object(self, feature: Feature) -> Json:
        """One feature as a city object."""
        attributes = {**_attributes(feature), NAME: told(feature)}
        return {"type": _type(feature), "attributes": attributes, "geometry": list(self.geometries(feature))}

    def geometries(self, feature: Feature) -> Iterator[Json]:
        """Level 0 of any feature; blocks and surfaces of those that have them."""
        match feature:
            case Building():
                polygons = _polygons(feature.geometry)
                ground_m = float(self.city.terrain.heights(shapely.get_coordinates(feature.geometry)).min())
                yield _surfaces("0", [self.rings(each, ground_m) for each in polygons])
                yield self.blocks(feature, polygons, ground_m)
            case Road():
                yield self.line(feature.geometry)
                ribbon = feature.geometry.buffer(feature.width_m / 2, cap_style="flat", join_style="mitre")
                if not ribbon.is_empty:
                    yield _surfaces("1", [self.rings(each) for each in _polygons(ribbon)])
            case Rail() | Barrier():
                yield self.line(feature.geometry)
            case GreenArea() | Water() | Paving():
                yield _surfaces("0", [self.rings(each) for each in _polygons(feature.geometry)])
            case Tree() | Furniture() | Place() | Stop():
                yield {"type": "MultiPoint", "lod": "0", "boundaries": self.ring(_coordinates(feature.geometry))}
            case _:
                assert_never(feature)

    def line(self, line: BaseGeometry) -> Json:
        """A line on the ground."""
        return {"type": "MultiLineString", "lod": "0", "boundaries": [self.ring(_coordinates(line))]}

    def rings(self, polygon: Polygon, height_m: float | None = None) -> Rings:
        """A polygon on the ground, or at one height, as rings without their last vertex."""
        return [self.ring(_coordinates(ring)[:-1], height_m) for ring in (polygon.exterior, *polygon.interiors)]

    def ring(self, points: FloatArray, height_m: float | None = None) -> list[int]:
        """Numbers of vertices on the ground, or at one height."""
        z = self.city.terrain.heights(points) if height_m is None else np.full(len(points), height_m)
        whole = np.round(np.column_stack([points, z]) / SCALE_M).astype(np.int64)
        return [self.numbers.setdefault((x, y, z), len(self.numbers)) for x, y, z in whole.tolist()]

    def blocks(self, building: Building, polygons: Sequence[Polygon], ground_m: float) -> Json:
        """A solid for one polygon, the surfaces of all for more."""
        low_m = ground_m + building.min_height_m
        high_m = ground_m + max(building.height_m, building.min_height_m + LEAST_M)
        shells = [self.prism(polygon, low_m, high_m) for polygon in polygons]
        meanings = [[0, 1, *[2] * (len(shell) - 2)] for shell in shells]
        single = len(shells) == 1
        return {
            "type": "Solid" if single else "MultiSurface",
            "lod": "1.2",
            "boundaries": shells if single else [face for shell in shells for face in shell],
            "semantics": {
                "surfaces": _SEMANTICS,
                "values": meanings if single else [m for each in meanings for m in each],
            },
        }

    def prism(self, polygon: Polygon, low_m: float, high_m: float) -> list[Rings]:
        """The surfaces of an upright block, seen from outside: floor, roof, walls."""
        top, floor = self.rings(polygon, high_m), self.rings(polygon, low_m)
        walls = [
            [[below[at - 1], below[at], above[at], above[at - 1]]]
            for above, below in zip(top, floor, strict=True)
            for at in range(len(below))
        ]
        return [[ring[::-1] for ring in floor], top, *walls]


def _polygons(area: BaseGeometry) -> list[Polygon]:
    """The polygons of an area, outlines counter-clockwise."""
    turned = shapely.orient_polygons(area)
    return [part for part in shapely.get_parts(turned) if isinstance(part, Polygon) and not part.is_empty]


def _coordinates(shape: BaseGeometry) -> FloatArray:
    points: FloatArray = shapely.get_coordinates(shape)
    return points


def _surfaces(lod: str, boundaries: list[Rings]) -> Json:
    return {"type": "MultiSurface", "lod": lod, "boundaries": boundaries}


def _type(feature: Feature) -> str:
    match feature:
        case Building():
            return "BuildingPart" if feature.part_of else "Building"
        case Road():
            return "Road"
        case Rail():
            return "Railway"
        case GreenArea():
            return "PlantCover"
        case Water():
            return "WaterBody"
        case Paving():
            return "TransportSquare"
        case Tree():
            return "SolitaryVegetationObject"
        case Barrier() | Furniture() | Stop():
            return "CityFurniture"
        case Place():
            return "GenericCityObject"
    assert_never(feature)


def _attributes(feature: Feature) -> Json:
    """What other programs look for, under the names of CityJSON."""
    values: Json = {"name": feature.name} if feature.name else {}
    match feature:
        case Building():
            values |= {"measuredHeight": feature.height_m, "storeysAboveGround": max(1, round(feature.levels))}
            values |= {"function": feature.use}
            values |= {"roofType": _ROOFS[feature.roof.shape]} if feature.roof.shape in _ROOFS else {}
            values |= {"yearOfConstruction": feature.year} if feature.year else {}
        case Tree():
            values |= {"height": feature.height_m, "crownDiameter": feature.crown_m}
            values |= {"species": feature.genus} if feature.genus else {}
        case Road():
            values |= {"class": feature.category, "width": round(feature.width_m, 2), "maxspeed": feature.speed_kmh}
        case _:
            values |= {"class": feature.category}
    return values
