"""Buildings put up, reshaped and taken down."""

from collections.abc import Callable

import pytest

from citiverse.city.city import City
from citiverse.city.feature import Building
from citiverse.proposal.edit import EditRefused, parse_edit

Here = Callable[..., list[list[float]]]
Block = Callable[..., list[list[list[float]]]]


def after(city: City, **edit: object) -> City:
    return city.with_change(parse_edit(edit).apply(city))


def refusal(city: City, **edit: object) -> str:
    with pytest.raises(EditRefused) as refused:
        parse_edit(edit).apply(city)
    return str(refused.value)


def new_building(city: City) -> Building:
    (building,) = [each for each in city.all(Building) if each.id.startswith("new:")]
    return building


def test_storeys_make_height_and_homes_and_say_that_they_are_estimates(town: City, block: Block) -> None:
    house = new_building(after(town, verb="add_building", footprint=block(20, 310, 60, 330), levels=5))
    assert house.height_m == 15.0
    assert house.homes == round(800 * 5 / town.defaults.floor_area_per_home_m2)
    assert house.estimated == {"height_m", "homes", "jobs"}


def test_height_makes_storeys(town: City, block: Block) -> None:
    house = new_building(after(town, verb="add_building", footprint=block(20, 310, 60, 330), height_m=36, use="office"))
    assert (house.height_m, house.levels, house.homes) == (36.0, 10.0, 0.0)
    assert house.jobs == round(800 * 10 * 0.85 / 12)


def test_homes_that_are_told_are_kept(town: City, block: Block) -> None:
    house = new_building(after(town, verb="add_building", footprint=block(20, 310, 60, 330), levels=5, homes=33))
    assert house.homes == 33
    assert "homes" not in house.estimated
    sentence = refusal(town, verb="add_building", footprint=block(20, 310, 60, 330), levels=5, homes=10_000)
    assert sentence == "10000 homes don't fit on 4,000 m² of floor."


@pytest.mark.parametrize("roof", ["gabled", "hipped", "pyramidal", "skillion", "dome", "cone"])
def test_a_roof_never_takes_more_than_its_share_of_the_height(town: City, block: Block, roof: str) -> None:
    edit = {"verb": "add_building", "footprint": block(20, 310, 60, 350), "roof": roof}
    low = new_building(after(town, **edit, height_m=5))
    assert 0 < low.roof.height_m <= 0.4 * 5
    storeys = new_building(after(town, **edit, levels=2))
    assert storeys.height_m == pytest.approx(6 + storeys.roof.height_m)
    assert storeys.roof.height_m <= 0.4 * storeys.height_m + 0.01


def test_trees_and_furniture_give_way(town: City, block: Block) -> None:
    city = after(town, verb="add_building", footprint=block(40, 390, 80, 410), levels=3)
    assert city.get("osm:n41") is None


def test_refusals_say_what_stands_there(town: City, here: Here, block: Block) -> None:
    def build(*sides: float) -> str:
        return refusal(town, verb="add_building", footprint=block(*sides), levels=3)

    assert build(170, 140, 200, 200) == "The building would stand on 200 m² of Forum."
    assert "of Main Street" in build(20, 90, 60, 130)
    assert "of the sea" in build(430, 310, 460, 340)
    assert "of Line 3" in build(20, 45, 60, 80)
    assert "is the least" in build(20, 310, 22, 312)
    assert "less than 1.5 m wide" in build(20, 310, 60, 311)
    assert "outside Smalltown" in build(490, 450, 530, 480)
    away = [[[-155.0, -20.0], [-155.0, -20.1], [-155.1, -20.1], [-155.0, -20.0]]]
    assert "outside Smalltown" in refusal(town, verb="add_building", footprint=away, levels=3)


def test_a_tunnel_below_is_no_obstacle(town: City, block: Block) -> None:
    assert new_building(after(town, verb="add_building", footprint=block(20, 190, 60, 210), levels=3))


def test_building_twice_is_refused(town: City, block: Block) -> None:
    edit = {"verb": "add_building", "footprint": block(20, 310, 60, 330), "levels": 5}
    assert "would stand on 800 m² of a building" in refusal(after(town, **edit), **edit)


def test_more_storeys_mean_more_homes(town: City) -> None:
    house = after(town, verb="reshape_building", building="osm:w21", levels=8).building("osm:w21")
    assert (house.height_m, house.levels, house.homes) == (24.0, 8.0, 80.0)
    assert "levels" not in house.estimated


def test_another_height_keeps_the_storey_height(town: City) -> None:
    office = after(town, verb="reshape_building", building="osm:w20", height_m=30).building("osm:w20")
    assert (office.levels, office.jobs, office.measured) == (10.0, 800.0, frozenset())
    assert office.estimated == {"levels", "jobs"}


def test_a_roof_goes_on_top(town: City) -> None:
    office = after(town, verb="reshape_building", building="osm:w20", roof="hipped").building("osm:w20")
    assert office.roof.height_m > 3
    assert office.height_m == pytest.approx(15 + office.roof.height_m)
    flat = after(town, verb="reshape_building", building="osm:w22", roof="flat").building("osm:w22")
    assert (flat.height_m, flat.roof.height_m) == (7.0, 0.0)


def test_a_footprint_may_overlap_only_the_building_itself(town: City, block: Block) -> None:
    edit = {"verb": "reshape_building", "building": "osm:w20"}
    wider = after(town, **edit, footprint=block(120, 120, 190, 160)).building("osm:w20")
    assert wider.geometry.area == pytest.approx(2800, rel=1e-4)
    assert wider.jobs == pytest.approx(400 * 7 / 6, abs=0.1)
    assert "of Main Street 5" in refusal(town, **edit, footprint=block(120, 120, 240, 160))


def test_a_part_in_the_air_can_not_end_below_its_start(town: City) -> None:
    assert "starts 6.0 m above" in refusal(town, verb="reshape_building", building="osm:w23", height_m=5)


def test_reshaping_to_the_same_is_refused(town: City) -> None:
    for edit in ({"height_m": 15}, {"levels": 5}, {"roof": "flat"}):
        assert refusal(town, verb="reshape_building", building="osm:w20", **edit) == "Forum already has this shape."


def test_a_building_goes_with_its_shops_and_parts(town: City) -> None:
    change = parse_edit({"verb": "demolish_building", "building": "osm:w20"}).apply(town)
    assert set(change.removed) == {"osm:w20", "osm:n43"}
    for id in ("osm:w22", "osm:r9"):
        change = parse_edit({"verb": "demolish_building", "building": id}).apply(town)
        assert set(change.removed) == {"osm:w22", "osm:w23"}


def test_only_buildings_are_taken_down(town: City) -> None:
    assert refusal(town, verb="demolish_building", building="osm:w1") == "Main Street is a road, not a building."
    assert "nothing with the id" in refusal(town, verb="demolish_building", building="osm:w999")
    gone = after(town, verb="demolish_building", building="osm:w20")
    assert "nothing with the id" in refusal(gone, verb="demolish_building", building="osm:w20")


def test_descriptions(town: City, block: Block) -> None:
    def said(**edit: object) -> str:
        return parse_edit(edit).describe(town)

    assert said(verb="demolish_building", building="osm:w21") == "Take down Main Street 5"
    assert (
        said(verb="reshape_building", building="osm:w20", levels=7, roof="dome")
        == "Change Forum to 7 storeys and a dome roof"
    )
    assert (
        said(verb="add_building", footprint=block(0, 0, 9, 9), levels=1) == "Put up a building of 1 storey (apartments)"
    )
