"""Cities as files for other programs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from citiverse.city.city import City
from citiverse.gis.cityjson.write import city_cityjson
from citiverse.gis.dxf import city_dxf
from citiverse.gis.geojson import city_geojson
from citiverse.gis.geopackage import city_geopackage


@dataclass(frozen=True, slots=True)
class Export:
    """One format: what it is called and what writes it."""

    title: str
    write: Callable[[City], bytes]


EXPORTS: Mapping[str, Export] = {
    "cityjson": Export("CityJSON 2.0, buildings as blocks (LoD 1.2)", city_cityjson),
    "geojson": Export("GeoJSON (RFC 7946)", city_geojson),
    "gpkg": Export("GeoPackage, a layer for each kind", city_geopackage),
    "dxf": Export("DXF (AutoCAD 2010), plans and blocks", city_dxf),
}
