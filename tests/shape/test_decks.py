"""Bridges rise over what they cross and meet what they lead to; tunnels have mouths where one goes in."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from citiverse.city.feature import Feature, Lane, Rail, Road
from citiverse.city.terrain import Terrain
from citiverse.geometry.grid import Grid
from citiverse.shape.decks import Deck, deck, open_ends, piers, portals, treads
from citiverse.shape.ground import claims_of
from citiverse.shape.streets import KERB_M

TWO = (Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"))
FLAT = Terrain()


def road(id: str, points: list[tuple[float, float]], **more: object) -> Road:
    values: dict[str, object] = {"category": "residential", "lanes": TWO, "modes": frozenset({"car", "foot"})} | more
    return Road(id=id, geometry=shapely.LineString(points), **values)  # type: ignore[arg-type]


def bridge(id: str, points: list[tuple[float, float]], **more: object) -> Road:
    return road(id, points, **({"bridge": True, "layer": 1} | more))


def the(way: Road | Rail, near: list[Feature], terrain: Terrain = FLAT) -> Deck:
    found = deck(way, [way, *near], terrain)
    assert found is not None
    return found


def valley() -> Terrain:
    """Ground that is 10 m deep along x = 100."""
    x = np.arange(40) * 5.0 + 2.5
    return Terrain(Grid(np.tile(np.minimum(np.abs(x - 100.0) / 5.0, 10.0) - 10.0, (40, 1)), 0.0, -50.0, 5.0, "m"))


def test_a_bridge_over_a_railway_is_higher_than_one_over_a_path() -> None:
    over = bridge("a", [(0, 50), (300, 50)])
    rail = Rail(id="r", geometry=shapely.LineString([(150, 0), (150, 100)]), category="rail")
    path = road("p", [(150, 0), (150, 100)], category="footway")
    assert the(over, [rail]).height.max() == pytest.approx(6.5, abs=0.1)
    assert the(over, [path]).height.max() == pytest.approx(3.5, abs=0.1)


def test_a_bridge_over_a_road_over_a_tunnel_asks_only_for_the_road() -> None:
    over = bridge("a", [(0, 50), (300, 50)])
    below = road("b", [(150, 0), (150, 100)])
    tunnel = road("t", [(140, 0), (140, 100)], tunnel=True, layer=-1)
    assert np.array_equal(the(over, [below, tunnel]).height, the(over, [below]).height)


def test_a_bridge_over_a_bridge_is_twice_as_high() -> None:
    lower, upper = bridge("a", [(0, 50), (300, 50)]), bridge("b", [(150, -150), (150, 250)], layer=2)
    assert the(upper, [lower]).height.max() == pytest.approx(10.0, abs=0.2)
    assert the(lower, [upper]).height.max() < 0.2


def test_bridges_that_follow_each_other_meet_at_one_height() -> None:
    parts = [bridge("a", [(0, 0), (100, 0)]), bridge("b", [(100, 0), (140, 0)]), bridge("c", [(140, 0), (240, 0)])]
    near: list[Feature] = [
        *parts, road("under", [(120, -50), (120, 50)]), road("w", [(-50, 0), (0, 0)]), road("e", [(240, 0), (300, 0)]),
    ]  # fmt: skip
    first, middle, last = (the(part, near) for part in parts)
    assert [first.height[0], last.height[-1]] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert first.height[-1] == pytest.approx(middle.height[0])
    assert middle.height[-1] == pytest.approx(last.height[0])
    assert middle.height.min() == pytest.approx(5.0, abs=0.1)


def test_decks_beside_each_other_are_one_bridge() -> None:
    cars = bridge("a", [(0, 0), (200, 0)])
    people = bridge("p", [(0, 4.5), (200, 4.5)], category="footway", lanes=(Lane("footway", 3.0),))
    quay = road("q", [(20, 3), (20, 50)], category="footway")  # only the outer deck crosses it
    one, other = the(cars, [people, quay]), the(people, [cars, quay])
    assert one.height.max() == pytest.approx(other.height.max(), abs=0.1)
    assert not one.open_left.any()
    assert one.open_right.all()
    assert not other.open_right.any()


def test_piers_stand_in_the_valley_but_not_on_the_road_in_it() -> None:
    over = bridge("a", [(5, 0), (195, 0)])
    free = piers(the(over, [], valley()), over, [], valley())
    assert len(free) == 3
    assert all(pier.top_m > pier.foot_m for pier in free)
    below = road("b", [(free[1].across[0, 0], -40), (free[1].across[0, 0], 40)])
    assert len(piers(the(over, [below], valley()), over, [below], valley())) == len(free) - 1


def test_a_low_bridge_has_no_piers() -> None:
    over = bridge("a", [(0, 0), (200, 0)])
    assert piers(the(over, []), over, [], FLAT) == []


def test_a_tunnel_has_a_mouth_where_a_street_leads_into_it() -> None:
    tunnel = road("t", [(0, 0), (100, 0)], tunnel=True, layer=-1)
    on = road("u", [(100, 0), (150, 0)], tunnel=True, layer=-1)
    street = road("s", [(-50, 0), (0, 0)])
    (mouth,) = portals(tunnel, open_ends([tunnel, on, street]))
    assert mouth.at.tolist() == [0.0, 0.0]
    assert mouth.into.tolist() == [1.0, 0.0]
    assert mouth.width_m == pytest.approx(6.6)
    assert portals(on, open_ends([tunnel, on, street])) == []
    assert portals(street, open_ends([tunnel, on, street])) == []


def test_steps_rise_by_as_much_as_the_ground() -> None:
    slope = Terrain(Grid(np.tile(np.arange(20.0) * 2.0, (4, 1)), -5.0, -5.0, 5.0, "m"))
    edges, height = treads(np.array([[0.0, 0.0], [10.0, 0.0]]), slope)
    assert len(edges) == len(height) + 1
    assert len(height) == round(4.0 / 0.17)
    assert (np.diff(height) > 0).all()
    assert height[-1] == pytest.approx(slope.heights(np.array([[10.0, 0.0]]))[0])
    down, fallen = treads(np.array([[10.0, 0.0], [0.0, 0.0]]), slope)
    assert fallen[::-1] == pytest.approx(height)
    assert down[::-1] == pytest.approx(edges)


def test_ways_of_no_length_have_neither_deck_nor_mouth() -> None:
    dot = bridge("a", [(50, 50), (50, 50)])
    assert deck(dot, [dot], FLAT) is None
    assert portals(road("t", [(50, 50), (50, 50)], tunnel=True), open_ends([dot])) == []


def test_a_bridge_begins_on_the_ground_like_the_street_that_leads_to_it() -> None:
    over = bridge("a", [(20, 50), (80, 50)])
    claims = claims_of([over, road("w", [(0, 50), (20, 50)])])
    stubs = [claim for claim in claims if claim.feature is over and claim.cover == "carriageway"]
    assert [claim.area.bounds[::2] for claim in stubs] == [(20.0, 24.0), (76.0, 80.0)]
    assert {claim.level_m for claim in stubs} == {-KERB_M}
    height = the(over, []).height
    assert (height[1:-1] > KERB_M).all()  # from there on its carriageway lies over the ground


def test_decks_that_overlap_do_not_lie_in_one_plane() -> None:
    cars = bridge("a", [(0, 0), (100, 0)])
    tram = Rail(id="t", geometry=shapely.LineString([(0.1, 1), (100.1, 1)]), category="tram", bridge=True, layer=1)
    assert the(tram, [cars]).height.max() > the(cars, [tram]).height.max() + 0.01


def test_a_path_along_the_bank_or_on_a_low_walkway_does_not_make_a_bridge_over_water_a_hump() -> None:
    over = bridge("a", [(0, 50), (300, 50)])
    bank = road("p", [(20, 0), (20, 100)], category="footway")
    walkway = bridge("w", [(150, 0), (150, 100)], category="footway", layer=1)
    passage = road("u", [(150, 0), (150, 100)], category="footway", layer=-1)
    assert the(replace(over, layer=2), [bank, walkway, passage]).height.max() < 0.2
    crossed = road("r", [(100, 80), (200, 80)])
    assert the(replace(over, layer=2), [walkway, crossed]).height.max() > 7.0
