"""A city as DXF (AutoCAD 2010): plans and blocks on a layer for each kind, metres in the city's projected system."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, assert_never

import numpy as np
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
    Stop,
    Tree,
    Water,
)
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.cityjson.write import credit_line
from citiverse.gis.refused import ImportRefused
from citiverse.shape.buildings import shells

if TYPE_CHECKING:
    from ezdxf.entities.dxfentity import DXFEntity
    from ezdxf.layouts.layout import Modelspace
    from ezdxf.math import Vec3
    from ezdxf.render.mesh import MeshBuilder

METRES = 6  # $INSUNITS
_COLOURS = {  # AutoCAD Color Index
    "building": 8, "building_3d": 253, "road": 7, "green": 3, "water": 5, "tree": 94, "rail": 1, "barrier": 30,
    "furniture": 2, "place": 6, "stop": 4, "paving": 9, "credits": 7,
}  # fmt: skip
APP = "CITIVERSE"  # of the extended data: id, name, height


def city_dxf(city: City) -> bytes:
    """All features of a city. Raises ImportRefused where the extra gis is not installed."""
    try:
        from ezdxf.filemanagement import new
        from ezdxf.math import Vec3
        from ezdxf.render.mesh import MeshBuilder
    except ImportError as error:
        raise ImportRefused("DXF needs the extra gis: pip install 'citiverse[gis]'.") from error
    document = new("R2010", setup=False)
    document.units = METRES
    document.appids.new(APP)
    for layer, colour in _COLOURS.items():
        document.layers.add(layer, color=colour)
    credit = credit_line(city.sources)
    for name, value in (("Title", city.title), ("Credits", credit), ("CRS", f"EPSG:{city.frame.epsg}")):
        document.header.custom_vars.append(name, value or "-")
    space = document.modelspace()
    draw = _Drawing(city, space, MeshBuilder, Vec3.list)
    for feature in city.features():
        draw.feature(feature)
    draw.blocks()
    x, y = (np.array(city.bounds[:2]) + city.frame.origin).tolist()
    note = space.add_text(
        f"{city.title}. {credit}. EPSG:{city.frame.epsg}", height=5.0, dxfattribs={"layer": "credits"}
    )
    note.set_placement((x, y - 15.0))
    text = io.StringIO()
    document.write(text)
    return document.encode(text.getvalue())


class _Drawing:
    """Puts features into the space of a drawing."""

    def __init__(
        self,
        city: City,
        space: Modelspace,
        builder: type[MeshBuilder],
        vectors: Callable[[Sequence[Sequence[float]]], list[Vec3]],
    ) -> None:
        self.city, self.space, self.builder, self.vectors = city, space, builder, vectors

    def feature(self, feature: Feature) -> None:
        """Outlines, centre lines and points."""
        layer = {"layer": feature.kind}
        match feature:
            case Building() | GreenArea() | Water() | Paving():
                for ring in _rings(feature.geometry):
                    self._line(feature, ring, closed=True)
            case Road() | Rail() | Barrier():
                width = feature.width_m if isinstance(feature, Road) else 0.0
                self._line(feature, shapely.get_coordinates(feature.geometry), closed=False, width_m=width)
            case Tree():
                (at,) = self._placed(shapely.get_coordinates(feature.geometry))
                self._told(self.space.add_circle(at, feature.crown_m / 2, dxfattribs=layer), feature)
            case Furniture() | Place() | Stop():
                (at,) = self._placed(shapely.get_coordinates(feature.geometry))
                self._told(self.space.add_point(at, dxfattribs=layer), feature)
            case _:
                assert_never(feature)

    def blocks(self) -> None:
        """Buildings as bodies with their roofs, one polyface mesh each."""
        buildings = list(self.city.all(Building))
        found = shells(buildings, self.city.terrain)
        if not len(found.triangles):
            return
        points = found.points + np.array([*self.city.frame.origin, 0.0])
        of_triangle = found.owner[found.triangles[:, 0]]
        order = np.argsort(of_triangle, kind="stable")
        ends = np.searchsorted(of_triangle[order], np.arange(len(buildings) + 1))
        for at, building in enumerate(buildings):
            triangles = found.triangles[order[ends[at] : ends[at + 1]]]
            if not len(triangles):
                continue
            used, faces = np.unique(triangles, return_inverse=True)
            mesh = self.builder()
            mesh.vertices = self.vectors(points[used].round(3).tolist())
            mesh.faces = [tuple(face) for face in faces.reshape(-1, 3).tolist()]
            self._told(mesh.render_polyface(self.space, dxfattribs={"layer": "building_3d"}), building)

    def _line(self, feature: Feature, points: FloatArray, *, closed: bool, width_m: float = 0.0) -> None:
        """A line or ring on the plan, at the lowest ground under it."""
        placed = self._placed(points[:-1] if closed else points)
        height_m = float(min(z for _, _, z in placed))
        line = self.space.add_lwpolyline(
            [(x, y) for x, y, _ in placed],
            close=closed,
            dxfattribs={"layer": feature.kind, "elevation": round(height_m, 3), "const_width": round(width_m, 2)},
        )
        self._told(line, feature)

    def _placed(self, points: FloatArray) -> list[tuple[float, float, float]]:
        z = self.city.terrain.heights(points)
        xy = points + np.asarray(self.city.frame.origin)
        return [(x, y, h) for x, y, h in np.column_stack([xy, z]).round(3).tolist()]

    def _told(self, entity: DXFEntity, feature: Feature) -> None:
        """Id, name and height as extended data."""
        said: list[tuple[int, str | float]] = [(1000, f"id={feature.id}"[:255])]
        if feature.name:
            said.append((1000, f"name={feature.name}"[:255]))
        if isinstance(feature, Building):
            said += [(1000, f"use={feature.use}"), (1041, feature.height_m)]
        entity.set_xdata(APP, said)


def _rings(area: BaseGeometry) -> list[FloatArray]:
    polygons = [part for part in shapely.get_parts(area) if isinstance(part, Polygon)]
    return [shapely.get_coordinates(ring) for each in polygons for ring in (each.exterior, *each.interiors)]
