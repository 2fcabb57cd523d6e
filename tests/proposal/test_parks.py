"""Parks laid out, and what gives way to them."""

from collections.abc import Callable

import pytest
import shapely
from shapely import box

from citiverse.city.city import City
from citiverse.city.feature import GreenArea, Paving, Road
from citiverse.proposal.edit import EditRefused, parse_edit

Here = Callable[..., list[list[float]]]
Block = Callable[..., list[list[list[float]]]]


def after(city: City, **edit: object) -> City:
    return city.with_change(parse_edit({"verb": "add_park"} | edit).apply(city))


def refusal(city: City, **edit: object) -> str:
    with pytest.raises(EditRefused) as refused:
        after(city, **edit)
    return str(refused.value)


def new_green(city: City) -> GreenArea:
    (park,) = [green for green in city.all(GreenArea) if green.id.startswith("new:")]
    return park


def test_a_park_on_free_ground_is_as_large_as_drawn(town: City, block: Block) -> None:
    park = new_green(after(town, area=block(20, 310, 80, 380)))
    assert park.geometry.area == pytest.approx(60 * 70, rel=1e-4)
    assert shapely.is_ccw(shapely.get_exterior_ring(park.geometry))


def test_a_park_that_clears_nothing_lies_between_streets_and_houses(town: City, block: Block) -> None:
    city = after(town, area=block(90, 110, 210, 300))
    park = new_green(city).geometry
    assert park.area > 15_000
    assert not shapely.intersects(park.buffer(-0.01), town.building("osm:w20").geometry)
    assert not shapely.intersects(park.buffer(-0.01), town.road("osm:w2").geometry)
    assert city.get("osm:w2") == town.get("osm:w2")
    assert city.get("osm:w4") == town.get("osm:w4")


def test_streets_are_cut_at_the_edge_and_paths_stay(town: City, block: Block) -> None:
    city = after(town, area=block(90, 150, 210, 290), clear="roads")
    lines = sorted(road.geometry.wkt for road in city.road_parts("osm:w2"))
    assert lines == ["LINESTRING (100 0, 100 100, 100 150)", "LINESTRING (100 290, 100 300)"]
    assert city.get("osm:w4") == town.get("osm:w4")
    assert city.get("osm:w5") == town.get("osm:w5")
    assert city.get("osm:w20") == town.get("osm:w20")


def test_a_street_wholly_inside_goes(town: City, block: Block) -> None:
    city = after(town, area=block(370, 190, 430, 250), clear="roads")
    assert city.get("osm:w6") is None


def test_a_street_that_only_touches_stays(town: City, block: Block) -> None:
    assert after(town, area=block(100, 310, 200, 350), clear="all").get("osm:w2") == town.get("osm:w2")


def test_houses_go_with_all_their_parts_and_shops_but_trees_stay(town: City, block: Block) -> None:
    city = after(town, area=block(110, 110, 345, 290), clear="buildings")
    assert [city.get(id) for id in ("osm:w20", "osm:w21", "osm:w22", "osm:w23", "osm:n43")] == [None] * 5
    assert city.get("osm:n40") == town.get("osm:n40")
    assert {road.id for road in city.all(Road)} == {road.id for road in town.all(Road)}


def test_a_house_mostly_outside_stays(town: City, block: Block) -> None:
    assert after(town, area=block(100, 150, 200, 210), clear="buildings").get("osm:w20") == town.get("osm:w20")


def test_what_lay_there_is_cut_out_and_nothing_overlaps(town: City, block: Block) -> None:
    city = after(town, area=block(150, 215, 250, 275), kind="garden")
    old = city.one("osm:w30", GreenArea).geometry
    assert old.area == pytest.approx(60 * 60 - 30 * 55, rel=1e-3)
    greens = [green.geometry for green in city.all(GreenArea)] + [paved.geometry for paved in city.all(Paving)]
    assert shapely.union_all(greens).area == pytest.approx(sum(shape.area for shape in greens), abs=0.5)


def test_a_square_is_paved(town: City, block: Block) -> None:
    city = after(town, area=block(20, 310, 80, 380), kind="square")
    (square,) = [paved for paved in city.all(Paving) if paved.id.startswith("new:")]
    assert (square.category, square.surface) == ("square", "paving_stones")


def test_refusals_say_why(town: City, here: Here, block: Block) -> None:
    assert "is the most here" in refusal(town, area=block(0, 0, 512, 512))
    assert "is the least" in refusal(town, area=block(20, 310, 22, 312))
    assert "outside Smalltown" in refusal(town, area=block(20, 310, 900, 312))
    assert "crosses or touches itself" in refusal(town, area=[here((0, 300), (50, 350), (50, 300), (0, 350), (0, 300))])
    assert "encloses no ground" in refusal(town, area=[here((0, 300), (0, 300), (0, 300), (0, 300))])
    assert "encloses no ground" in refusal(town, area=[here((0, 300), (50, 300), (90, 300), (0, 300))])
    assert refusal(town, area=block(125, 125, 175, 155)).startswith(
        "There is no free ground for a park there, only buildings (Forum)."
    )
    assert "water" in refusal(town, area=block(450, 310, 500, 400))
    assert refusal(town, area=block(125, 225, 175, 275)) == "There is Old Park already."
    hole = [*block(20, 310, 80, 380), *block(200, 310, 220, 330)]
    assert "hole" in refusal(town, area=hole)


def test_a_ring_that_is_not_closed_is_closed(town: City, block: Block) -> None:
    ring = block(20, 310, 80, 380)[0][:-1]
    assert new_green(after(town, area=[ring])).geometry.area == pytest.approx(4200, rel=1e-4)


def test_a_park_keeps_its_hole(town: City, block: Block) -> None:
    park = new_green(after(town, area=[*block(20, 310, 80, 380), *block(40, 330, 50, 340)])).geometry
    assert park.area == pytest.approx(4100, rel=1e-4)
    assert not park.contains(box(41, 331, 49, 339).centroid)


def test_descriptions(town: City, block: Block) -> None:
    def said(**edit: object) -> str:
        return parse_edit({"verb": "add_park", "area": block(0, 0, 9, 9)} | edit).describe(town)

    assert said(kind="forest") == "Lay out a wood"
    assert said(kind="square", clear="roads") == "Lay out a square and take away the streets there"
