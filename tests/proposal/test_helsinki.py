"""The verbs on the real centre of Helsinki."""

import numpy as np
import pytest
import shapely
from shapely import box

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Building, Road
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import find_scene
from citiverse.proposal.edit import EditRefused, parse_edit
from citiverse.proposal.guard import warnings


@pytest.fixture(scope="module")
def helsinki() -> City:
    return read_scene(find_scene("helsinki")).city


def lonlat(city: City, points: object) -> list[list[float]]:
    positions: list[list[float]] = city.frame.to_lonlat(np.asarray(points, dtype=float)).tolist()
    return positions


def test_a_street_is_closed_over_all_its_sections(helsinki: City) -> None:
    sections = [road for road in helsinki.all(Road) if road.name == "Aleksanterinkatu"]
    corners = shapely.get_coordinates([road.geometry for road in sections])
    marks = lonlat(helsinki, corners[[corners[:, 0].argmin(), corners[:, 0].argmax()]])
    edit = parse_edit({"verb": "close_road", "road": sections[0].id, "to": ["car", "truck"], "between": marks})
    assert edit.describe(helsinki).startswith("Close Aleksanterinkatu to cars and lorries between Mannerheimintie and ")
    closed = helsinki.with_change(edit.apply(helsinki))
    assert not any("car" in road.modes for road in closed.all(Road) if road.name == "Aleksanterinkatu")


def test_a_park_around_the_whole_city_is_refused(helsinki: City) -> None:
    west, south, east, north = helsinki.bounds
    for beyond in (0.0, 4000.0):
        outline = box(west - beyond, south - beyond, east + beyond, north + beyond).exterior.coords
        edit = parse_edit({"verb": "add_park", "area": [lonlat(helsinki, outline)], "clear": "all"})
        with pytest.raises(EditRefused, match=r"is the most here\.$|outside Helsinki"):
            edit.apply(helsinki)


def test_edits_all_over_the_city_can_be_taken_back(helsinki: City) -> None:
    rng = np.random.default_rng(11)
    roads = [road for road in helsinki.all(Road) if "car" in road.modes]
    houses = list(helsinki.all(Building))
    west, south, east, north = helsinki.bounds
    city, done = helsinki, list[Change]()
    for n in range(60):
        road, house = roads[rng.integers(len(roads))], houses[rng.integers(len(houses))]
        x, y, wide = rng.uniform(west, east - 80), rng.uniform(south, north - 80), rng.uniform(12, 80)
        area = [lonlat(helsinki, box(x, y, x + wide, y + wide).exterior.coords)]
        marks = lonlat(helsinki, shapely.get_coordinates(road.geometry)[rng.integers(0, len(road.geometry.coords), 2)])
        documents: list[dict[str, object]] = [
            {"verb": "close_road", "road": road.id, "between": marks},
            {"verb": "set_speed", "road": road.id, "speed_kmh": 25},
            {"verb": "block_road", "road": road.id, "at": marks[0]},
            {"verb": "add_park", "area": area, "clear": ["nothing", "roads", "buildings", "all"][n % 4]},
            {"verb": "plant_trees", "area": area, "per_ha": 150},
            {"verb": "add_building", "footprint": area, "levels": 6, "roof": "hipped"},
            {"verb": "reshape_building", "building": house.id, "levels": 9},
            {"verb": "demolish_building", "building": house.id},
            {"verb": "add_road", "line": [area[0][0], area[0][2]], "kind": "footway"},
        ]
        try:
            change = parse_edit(documents[n % len(documents)]).apply(city)
        except EditRefused:
            continue
        assert all(feature.geometry.is_valid for feature in change.after.values() if feature)
        warnings(city, change)
        city = city.with_change(change)
        done.append(change)
    assert len(done) > 30
    for change in reversed(done):
        city = city.with_change(change.inverse())
    assert city.fingerprint() == helsinki.fingerprint()
