"""Warnings: each rule met and not met."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from shapely import box

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.facts import Facts
from citiverse.city.feature import Lane
from citiverse.city.plan import Parcel, Zone
from citiverse.city.routes import BusRoute
from citiverse.city.terrain import Terrain
from citiverse.geometry.grid import Grid
from citiverse.proposal.edit import parse_edit
from citiverse.proposal.guard import warnings
from citiverse.proposal.situation import EditWarning

Here = Callable[..., list[list[float]]]
Block = Callable[..., list[list[list[float]]]]


def warned(city: City, **edit: object) -> dict[str, EditWarning]:
    return {each.code: each for each in warnings(city, parse_edit(edit).apply(city))}


def test_a_bus_stop_that_loses_its_street_is_named(town: City) -> None:
    found = warned(town, verb="close_road", road="osm:w1", to=["bus"])
    assert found["bus_line_cut"].detail == "Buses can no longer reach the stop Town Hall (line 14)."
    assert "bus_line_cut" not in warned(town, verb="close_road", road="osm:w3", to=["bus"])
    assert "bus_line_cut" not in warned(town, verb="close_road", road="osm:w1")


def test_a_bus_line_that_runs_through_without_stopping_is_named(town: City) -> None:
    routes = (BusRoute(line="23", roads=("osm:w9", "osm:w3")), BusRoute(line="14", roads=("osm:w1",)))
    city = replace(town, facts=Facts(routes=routes))
    (found,) = warnings(city, parse_edit({"verb": "close_road", "road": "osm:w3", "to": ["bus"]}).apply(city))
    assert found.code == "bus_line_cut"
    assert found.detail.startswith("Line 23 runs along ")
    assert not warnings(city, parse_edit({"verb": "close_road", "road": "osm:w3"}).apply(city))
    stop = warned(city, verb="close_road", road="osm:w1", to=["bus"])["bus_line_cut"]
    assert stop.detail == "Buses can no longer reach the stop Town Hall (line 14)."  # said once


def test_a_warning_names_the_place(town: City) -> None:
    lon, lat = warned(town, verb="close_road", road="osm:w1", to=["bus"])["bus_line_cut"].at
    ((x, y),) = town.frame.to_local(np.array([[lon, lat]]))
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


def planned(city: City, *parcels: Parcel, **rules: object) -> City:
    zone = Zone(id="z1", name="MI 3", geometry=box(0, 300, 200, 500), **rules)  # type: ignore[arg-type]
    return replace(city, facts=Facts(zones=(zone,), parcels=parcels))


def test_a_building_higher_than_the_plan_is_told_with_the_zone(town: City, block: Block) -> None:
    house = {"verb": "add_building", "footprint": block(20, 320, 40, 340)}
    found = warned(planned(town, max_height_m=12.0), **house, height_m=15)
    assert found["taller_than_plan"].detail == "A building would be 15 m high; the plan (MI 3) allows 12 m."
    assert "taller_than_plan" not in warned(planned(town, max_height_m=15.0), **house, height_m=15)
    assert "6 storeys" in warned(planned(town, max_levels=4), **house, levels=6)["taller_than_plan"].detail
    elsewhere = {"verb": "add_building", "footprint": block(200, 310, 220, 330), "height_m": 50}
    assert "taller_than_plan" not in warned(planned(town, max_height_m=12.0), **elsewhere)


def test_what_stood_too_high_before_may_be_made_lower(town: City) -> None:
    zone = Zone(id="z", name="", said="Mischgebiet", geometry=box(0, 0, 512, 512), max_height_m=5.0)
    city = replace(town, facts=Facts(zones=(zone,)))
    lower = {"verb": "reshape_building", "building": "osm:w21", "height_m": 9}
    assert "taller_than_plan" not in warned(city, **lower)
    assert "Mischgebiet" in warned(city, **{**lower, "height_m": 20})["taller_than_plan"].detail


def test_density_counts_on_the_parcel_where_there_are_parcels(town: City, block: Block) -> None:
    house = {"verb": "add_building", "footprint": block(20, 320, 40, 340), "levels": 3}
    parcel = Parcel(id="p", number="17/3", geometry=box(10, 310, 50, 350))
    loose = planned(town, max_coverage=0.2, max_floor_ratio=0.6)
    assert "denser_than_plan" not in warned(loose, **house)
    tight = planned(town, parcel, max_coverage=0.2, max_floor_ratio=0.6)
    told = [each.detail for each in warnings(tight, parse_edit(house).apply(tight)) if each.code == "denser_than_plan"]
    assert told == [
        "Buildings would cover 25% of the parcel 17/3; the plan (MI 3) allows 20%.",
        "The floors would make 0.8 times the ground of the parcel 17/3; the plan (MI 3) allows 0.6.",
    ]


def test_green_that_the_plan_keeps_is_told(town: City, block: Block) -> None:
    house = {"verb": "add_building", "footprint": block(20, 320, 40, 340), "levels": 3}
    parcel = Parcel(id="p", number="17/3", geometry=box(10, 310, 50, 350))
    found = warned(planned(town, parcel, min_green_share=0.9, use="green", said="Grünfläche"), **house)
    assert found["less_green_than_plan"].detail.startswith("75% of the parcel 17/3 would stay green")
    assert found["beyond_plan"].detail == "The plan (MI 3) keeps this ground for Grünfläche."


def hill(city: City, slope: float) -> City:
    """The town on ground that rises towards the north."""
    rows = np.arange(53, dtype=np.float64)[:, None] * 10.0 * slope
    grid = Grid(np.repeat(rows, 53, axis=1), 0.0, 0.0, 10.0, "m")
    return replace(city, terrain=Terrain(grid))


def test_a_new_path_up_a_hill_is_too_steep_for_wheelchairs(town: City, here: Here) -> None:
    path = {"verb": "add_road", "line": here((20, 310), (20, 104)), "kind": "footway"}
    assert "path_too_steep" not in warned(hill(town, 0.04), **path)
    ramp = warned(hill(town, 0.07), **path)["path_too_steep"].detail
    assert (
        ramp
        == "A footpath would rise 7 % here; for wheelchairs 1 in 20 (5 %) is the most without being built as a ramp."
    )
    steep = warned(hill(town, 0.15), **path)["path_too_steep"].detail
    assert steep.endswith("15 % here; for wheelchairs 1 in 12 (8 %) is the most.")
    along = {"verb": "add_road", "line": here((20, 310), (90, 310)), "kind": "footway"}
    assert "path_too_steep" not in warned(hill(town, 0.15), **along)


def test_a_street_without_a_footway_and_a_way_of_steps_alone_are_told(town: City, here: Here) -> None:
    lanes = [{"kind": "car", "width_m": 3.0, "direction": "forward"}, {"kind": "car", "width_m": 3.0}]
    assert "footway_lost" in warned(town, verb="set_lanes", road="osm:w1", lanes=lanes)
    cut = warned(town, verb="close_road", road="osm:w7", to=["foot"])
    assert "The Ring" in cut["steps_only"].detail
    assert "steps_only" not in warned(town, verb="close_road", road="osm:w7", to=["car"])
    assert "steps_only" not in warned(town, verb="set_speed", road="osm:w7", speed_kmh=10)
