"""Towns in awkward places: across a seam of the maps, far north, far south, and on the date line."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from citiverse.city.feature import GreenArea, Road
from citiverse.gis.crs import box_around_boxes, lonlat_box
from citiverse.gis.read import Import, import_city, read_scene
from citiverse.gis.recipe import Recipe, SourceFile, find_scene
from tests.gis.conftest import Drawing

PLACES = {
    "the seam of two UTM zones": (11.998, 48.0),
    "Longyearbyen": (15.6, 78.2),
    "Bergen, where zones are wider": (5.32, 60.39),
    "beside the pole": (10.0, 86.0),
    "south of the equator": (18.4, -33.9),
    "on the equator": (32.5, -0.001),
    "the date line": (179.998, -16.8),
    "just west of the date line": (-179.999, 65.0),
}


def town(lon: float, lat: float) -> Drawing:
    draw = Drawing(lon=lon, lat=lat)
    draw.box(100, 100, 120, 110, building="yes", height="9")
    draw.box(300, 300, 320, 310, building="yes", height="9")
    draw.way([(-50, 200), (200, 200), (450, 200)], highway="residential")
    draw.box(-1000, 320, 1000, 900, natural="wood")
    return draw


@pytest.mark.parametrize("place", PLACES)
def test_a_town_keeps_its_size_wherever_it_is(place: str, tmp_path: Path) -> None:
    draw = town(*PLACES[place])
    path = tmp_path / "town.osm"
    path.write_text(draw.text())
    found = import_city("town", [path], data_dir=tmp_path / "data", bbox=draw.box_of_all)
    city = found.city
    houses = [feature.geometry for feature in city.features() if feature.kind == "building"]
    assert [house.area for house in houses] == pytest.approx([200.0, 200.0], rel=0.02)
    assert houses[0].distance(houses[1]) == pytest.approx(np.hypot(180, 190), rel=0.02)
    # The scene's rectangle is turned against the box in degrees, and holds it.
    assert 396.0 < sum(road.geometry.length for road in city.all(Road)) < 500.0
    edge = shapely.box(*city.bounds).buffer(0.002)
    assert all(edge.contains(wood.geometry) for wood in city.all(GreenArea))
    shapes = [feature.geometry for feature in city.features()]
    assert shapely.get_coordinates(shapes).min() >= 0.0
    assert read_scene(find_scene("town", tmp_path / "data")).city.fingerprint() == city.fingerprint()


@pytest.mark.parametrize("place", PLACES)
def test_a_file_tells_by_itself_where_its_town_is(place: str, tmp_path: Path) -> None:
    draw = town(*PLACES[place])
    path = tmp_path / "town.osm"
    path.write_text(draw.text())
    city = read_scene(Recipe(name="town", title="Town", sources=(SourceFile(path="town.osm"),), folder=tmp_path)).city
    houses = [feature.geometry for feature in city.features() if feature.kind == "building"]
    assert houses[0].distance(houses[1]) == pytest.approx(np.hypot(180, 190), rel=0.02)


def test_a_projected_system_over_the_date_line_has_a_box_over_it() -> None:
    west, south, east, north = lonlat_box(
        np.array([(818_500.0, 8_140_000.0), (820_500.0, 8_141_000.0)]), "EPSG:32760", ""
    )
    assert 179.9 < west < 180.0
    assert -180.0 < east < -179.9
    whole = box_around_boxes(
        [(west, south, east, north), (-179.99, -16.9, -179.98, -16.8), (179.8, -16.9, 179.9, -16.8)]
    )
    assert whole[0] == 179.8
    assert whole[2] == pytest.approx(-179.98)


def test_a_box_cuts_a_city_out_of_a_larger_file(
    shared_data: Callable[[str], Path], read: Callable[..., Import]
) -> None:
    path = shared_data("cities/geneva/geneva.osm.pbf")
    city = read(path, bbox=(6.13, 46.20, 6.14, 46.205)).city
    west, south, east, north = city.bounds
    assert 700 < east - west < 900
    assert 500 < north - south < 700
    buildings = [each for each in city.features() if each.kind == "building"]
    assert 100 < len(buildings) < 2000
    assert all(each.geometry.intersects(shapely.box(*city.bounds)) for each in buildings)
    assert all(road.geometry.bounds[0] >= west - 0.002 for road in city.all(Road))
