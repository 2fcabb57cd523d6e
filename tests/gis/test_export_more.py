"""Cities as GeoPackage and DXF: what other programs find in them."""

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from ezdxf.entities.polyline import Polyline
from ezdxf.filemanagement import read

from citiverse.city.city import City, city_of
from citiverse.city.facts import Facts
from citiverse.city.feature import Building
from citiverse.city.people import Population
from citiverse.city.plan import Zone
from citiverse.gis.dxf import city_dxf
from citiverse.gis.geopackage import city_geopackage
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import SourceFile, find_scene
from tests.gis.layers import read_sources


@pytest.fixture(scope="module")
def helsinki() -> City:
    """The centre of Helsinki with a few people and a plan."""
    city = read_scene(find_scene("helsinki")).city
    west, south, east, north = city.bounds
    cell = shapely.box(west, south, west + 250.0, south + 250.0)
    people = Population(np.array([cell], dtype=object), np.array([123.0]), "grid", year=2020)
    zone = Zone(id="z", geometry=shapely.box(west, south, east, north), use="mixed", max_height_m=21.0)
    return replace(city, facts=Facts(population=people, zones=(zone,)))


def test_a_geopackage_holds_every_feature_and_who_is_to_be_credited(helsinki: City, tmp_path: Path) -> None:
    path = tmp_path / "out.gpkg"
    path.write_bytes(city_geopackage(helsinki))
    layers = {name for name, _ in pyogrio.list_layers(path).tolist()}
    assert {"buildings", "roads", "trees", "green", "water", "population", "zoning", "sources"} <= layers
    found = sum(
        pyogrio.read_info(path, layer=name)["features"] for name in layers - {"population", "zoning", "sources"}
    )
    assert found == len(helsinki)
    info = pyogrio.read_info(path, layer="buildings")
    assert info["crs"] == "EPSG:3879"
    assert {"id", "height_m", "levels", "use", "roof_shape", "estimated", "source"} <= set(info["fields"])
    _, _, _, values = pyogrio.raw.read(path, layer="sources")
    assert "ODbL" in " ".join(str(cell) for column in values for cell in column)
    assert "OpenStreetMap" in str(pyogrio.read_info(path, layer="buildings")["dataset_metadata"])


def test_a_geopackage_comes_back_as_a_city(helsinki: City, tmp_path: Path) -> None:
    (tmp_path / "out.gpkg").write_bytes(city_geopackage(helsinki))
    back = read_sources(tmp_path, SourceFile(path="out.gpkg"), bbox=(24.93, 60.16, 24.96, 60.185)).city
    before = {each.id: each for each in helsinki.all(Building) if each.geometry.area > 1.0}
    after = {each.id.removeprefix("gis:"): each for each in back.all(Building)}
    assert before.keys() <= after.keys()
    kinds = [Counter(each.kind for each in city.features() if each.kind != "building") for city in (helsinki, back)]
    assert kinds[0] == kinds[1]
    for id, house in before.items():
        assert after[id].height_m == pytest.approx(house.height_m, abs=0.01)
        assert after[id].use == house.use or house.use == "other"
    moved = shapely.transform(
        [after[id].geometry for id in before], lambda points: helsinki.frame.to_local(back.frame.to_lonlat(points))
    )
    assert shapely.hausdorff_distance([each.geometry for each in before.values()], moved).max() < 0.01
    assert back.facts.population is not None
    assert back.facts.population.total == 123.0
    assert [(zone.use, zone.max_height_m) for zone in back.facts.zones] == [("mixed", 21.0)]


def test_a_dxf_opens_without_a_fault_and_holds_buildings_as_bodies(helsinki: City) -> None:
    west, south, _, _ = helsinki.bounds
    part = [
        each for each in helsinki.features() if each.geometry.distance(shapely.Point(west + 400, south + 400)) < 200.0
    ]
    city = city_of(part, name="part", title="Part", frame=helsinki.frame, sources=helsinki.sources)
    document = read(io.StringIO(city_dxf(city).decode()))
    assert document.audit().errors == []
    assert document.units == 6
    space = document.modelspace()
    houses = {each.id: each for each in city.all(Building)}
    lines = [each for each in space.query("POLYLINE") if isinstance(each, Polyline)]
    bodies = [each for each in lines if each.dxf.layer == "building_3d"]
    assert len(bodies) == len(houses)
    for body in bodies:
        told = dict(pair.split("=", 1) for code, pair in body.get_xdata("CITIVERSE") if code == 1000)
        heights = [vertex.dxf.location.z for vertex in body.vertices if vertex.dxf.flags & 64]
        house = houses[told["id"]]
        assert max(heights) == pytest.approx(house.height_m, abs=0.02)
        west, _, east, _ = house.geometry.bounds
        xs = [vertex.dxf.location.x - city.frame.origin[0] for vertex in body.vertices if vertex.dxf.flags & 64]
        assert min(xs) == pytest.approx(west, abs=0.02)
        assert max(xs) == pytest.approx(east, abs=0.02)
    custom = dict(document.header.custom_vars)
    assert "OpenStreetMap" in custom["Credits"]
    assert custom["CRS"] == "EPSG:3879"
    assert any("ODbL" in note.dxf.text for note in space.query("TEXT"))
