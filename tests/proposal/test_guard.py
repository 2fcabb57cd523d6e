"""Warnings: each rule met and not met."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Lane
from citiverse.proposal.edit import parse_edit
from citiverse.proposal.guard import EditWarning, warnings

Here = Callable[..., list[list[float]]]
Block = Callable[..., list[list[list[float]]]]


def warned(city: City, **edit: object) -> dict[str, EditWarning]:
    return {each.code: each for each in warnings(city, parse_edit(edit).apply(city))}


def test_a_bus_stop_that_loses_its_street_is_named(town: City) -> None:
    found = warned(town, verb="close_road", road="osm:w1", to=["bus"])
    assert found["bus_line_cut"].detail == "Buses can no longer reach the stop Town Hall (line 14)."
    assert "bus_line_cut" not in warned(town, verb="close_road", road="osm:w3", to=["bus"])
    assert "bus_line_cut" not in warned(town, verb="close_road", road="osm:w1")


def test_a_warning_names_the_place(town: City) -> None:
    lon, lat = warned(town, verb="close_road", road="osm:w1", to=["bus"])["bus_line_cut"].at
    ((x, y),) = town.frame.to_local(__import__("numpy").array([[lon, lat]]))
    assert (x, y) == pytest.approx((150, 106), abs=0.1)


def test_a_park_over_a_tram_track(town: City, block: Block) -> None:
    assert (
        warned(town, verb="add_park", area=block(20, 30, 60, 70))["tram_line_cut"].detail == "Line 3 runs through it."
    )
    assert "tram_line_cut" not in warned(town, verb="add_park", area=block(20, 310, 60, 330))


def test_a_street_behind_a_closed_one_is_cut_off(town: City) -> None:
    assert "The Ring" in warned(town, verb="close_road", road="osm:w7", to=["car"])["street_cut_off"].detail
    assert "street_cut_off" not in warned(town, verb="close_road", road="osm:w2", to=["car"])


def test_homes_far_from_any_street_for_lorries(town: City, here: Here) -> None:
    stretch = here((100, 100), (512, 100))
    found = warned(town, verb="close_road", road="osm:w1", to=["truck"], between=stretch)
    assert "no_delivery_access" not in found
    lanes = {id: replace(town.road(id), modes=frozenset({"foot"})) for id in ("osm:w2", "osm:w3", "osm:w7")}
    quiet = town.with_change(Change({id: town.get(id) for id in lanes}, lanes))
    found = warned(quiet, verb="close_road", road="osm:w1", to=["truck"], between=stretch)
    assert found["no_delivery_access"].detail == "Lorries can no longer stop within 50 m of a building."


def test_a_fire_engine_needs_a_road_that_is_there_not_one_that_is_open(town: City) -> None:
    assert "no_fire_access" not in warned(town, verb="close_road", road="osm:w1", to=["car", "truck", "bus"])
    streets = {id: town.road(id) for id in ("osm:w1", "osm:w2", "osm:w3", "osm:w7")}
    found = warnings(town, Change(streets, dict.fromkeys(streets)))
    assert "45 m of Forum" in next(each.detail for each in found if each.code == "no_fire_access")


def test_a_new_wall_close_to_an_old_one(town: City, block: Block) -> None:
    found = warned(town, verb="add_building", footprint=block(185, 120, 197, 160), levels=3)
    assert "Only 5.0 m to Forum" in found["facade_too_near"].detail
    assert "facade_too_near" not in warned(town, verb="add_building", footprint=block(180, 120, 197, 160), levels=3)


def test_a_tower_among_houses(town: City, block: Block) -> None:
    tower = {"verb": "add_building", "footprint": block(306, 145, 330, 165)}
    assert "much_taller" in warned(town, **tower, height_m=60)
    assert "much_taller" not in warned(town, **tower, height_m=20)


def test_homes_trees_and_green_that_are_lost_are_counted(town: City, block: Block) -> None:
    assert (
        warned(town, verb="demolish_building", building="osm:w21")["homes_lost"].detail
        == "About 40 homes would be lost."
    )
    found = warned(town, verb="add_building", footprint=block(130, 230, 160, 260), levels=3)
    assert found["trees_felled"].detail == "1 tree must be felled."
    assert found["green_lost"].detail == "900 m² of Old Park would be built over."


def test_a_tree_on_a_narrow_footway(town: City, here: Here) -> None:
    road = town.road("osm:w1")
    narrow = replace(road, lanes=(Lane("footway", 2.0), *road.lanes[1:3], Lane("footway", 2.0)))
    city = town.with_change(Change({road.id: road}, {road.id: narrow}))
    assert "Main Street" in warned(city, verb="plant_trees", points=here((50, 104.5)))["footway_too_narrow"].detail
    assert "footway_too_narrow" not in warned(town, verb="plant_trees", points=here((50, 104.5)))


def test_a_street_that_leads_nowhere(town: City, here: Here) -> None:
    alone = warned(town, verb="add_road", line=here((20, 310), (80, 310)))
    assert alone["street_not_joined"].detail == "This street would join no other road at its ends."
    assert "street_not_joined" not in warned(town, verb="add_road", line=here((20, 310), (20, 104)))
