"""The verbs on the real centre of Helsinki."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import affinity, box

from citiverse import resources
from citiverse.city.change import Change
from citiverse.city.city import City, city_of
from citiverse.city.feature import Building, Road
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import find_scene
from citiverse.proposal.cost import cost_of, costs_of, usual_prices
from citiverse.proposal.edit import Edit, EditRefused, parse_edit
from citiverse.proposal.guard import warnings
from citiverse.proposal.pattern import chosen_of, expand, list_patterns
from citiverse.proposal.rebase import rebase
from citiverse.proposal.scenario import apply_all, scenario_of


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


def test_every_pattern_goes_somewhere_and_has_a_cost(helsinki: City) -> None:
    west, south, east, north = helsinki.bounds
    x, y = (west + east) / 2.0, (south + north) / 2.0
    block = [lonlat(helsinki, box(x - 170.0, y - 170.0, x + 170.0, y + 170.0).exterior.coords)]
    streets = [road for road in helsinki.all(Road) if road.name == "Kalevankatu" and "car" in road.modes]
    street = max(streets, key=lambda road: road.geometry.length).id
    for pattern in list_patterns().values():
        made = expand(pattern, chosen_of({"road": street} if pattern.along == "street" else {"area": block}), helsinki)
        total = costs_of(helsinki, made.edits, usual_prices()).total
        assert total.low is not None
        assert total.high is not None
        assert 0 < total.low < total.high
        if pattern.name == "superblock":
            assert len(made.edits) > 20


def test_edits_find_their_streets_and_houses_in_data_with_other_ids(helsinki: City) -> None:
    rng = np.random.default_rng(4)
    houses = rng.choice(np.array([each.id for each in helsinki.all(Building)]), 20, replace=False)
    roads = rng.choice(np.array([each.id for each in helsinki.all(Road) if "car" in each.modes]), 20, replace=False)
    edits = [parse_edit({"verb": "renovate_building", "building": id, "solar": True}) for id in houses.tolist()]
    edits += [parse_edit({"verb": "set_surface", "road": id, "surface": "sett"}) for id in roads.tolist()]
    edits = [edit for edit in edits if not refused(helsinki, edit)]
    moved = [
        replace(each, id=f"x{each.id}", geometry=affinity.translate(each.geometry, 0.4, 0.3))  # type: ignore[arg-type]
        for each in helsinki.features()
    ]
    new = city_of(moved, name="anew", title="Helsinki", frame=helsinki.frame, bounds=helsinki.bounds)
    done = rebase(helsinki, edits, new)
    assert len(edits) > 30
    assert len(done.edits) + len(done.orphans) == len(edits)
    assert len(done.orphans) <= 2
    right = sum(each.new == f"x{each.old}" for each in done.found)
    assert right >= 0.9 * len(done.found)


def refused(city: City, edit: Edit) -> bool:
    try:
        edit.apply(city)
    except EditRefused:
        return True
    return False


EXAMPLES = sorted((resources.scenes() / "proposals").glob("helsinki-*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_example_proposals_still_fit_the_city(helsinki: City, path: Path) -> None:
    example = json.loads(path.read_text(encoding="utf-8"))
    assert example["title"]
    assert example["words"]
    scenario = scenario_of(example)
    assert scenario.scene == "helsinki"
    assert len(scenario.edits) >= 5
    changed, change = apply_all(helsinki, scenario.edits)
    assert changed.fingerprint() != helsinki.fingerprint()
    assert changed.with_change(change.inverse()).fingerprint() == helsinki.fingerprint()
    again = rebase(helsinki, scenario.edits, helsinki)
    assert (again.city.fingerprint(), again.orphans) == (changed.fingerprint(), ())
    assert cost_of(change, usual_prices()).low


def test_there_are_example_proposals() -> None:
    assert len(EXAMPLES) >= 3
