"""Streets meet as they do in towns: trimmed arms, round corners, and paint that keeps clear of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import Direction, Feature, GreenArea, Lane, Road
from citiverse.shape.ground import Ground, claims_of, ground
from citiverse.shape.junctions import LONGEST_TRIM_M, Junction, layout
from citiverse.shape.markings import Strokes, approaches, cycleway, lines, zebra
from citiverse.shape.streets import section, strips_of
from tests.shape.pieces import lonely_edges, total_area

BOX = (0.0, 0.0, 100.0, 100.0)
TWO = (Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"))
SIDEWALKS = (Lane("footway", 2.5), *TWO, Lane("footway", 2.5))
CARS = frozenset({"car", "bicycle", "foot"})
NO_LIGHTS = np.zeros((0, 2))


def road(id: str, points: Sequence[tuple[float, float]], **more: object) -> Road:
    values: dict[str, object] = {"category": "residential", "lanes": TWO, "modes": CARS} | more
    return Road(id=id, geometry=shapely.LineString(points), **values)  # type: ignore[arg-type]


def carriageway(features: Sequence[Feature]) -> BaseGeometry:
    """All ground that is carriageway."""
    return shapely.union_all([claim.area for claim in claims_of(features) if claim.cover == "carriageway"])


def crossroads(**more: object) -> list[Road]:
    return [road("a", [(0, 50), (50, 50), (100, 50)], **more), road("b", [(50, 0), (50, 50), (50, 100)], **more)]


def only(roads: Sequence[Road]) -> Junction:
    (junction,) = layout(tuple(roads)).junctions
    return junction


def total(strokes: Sequence[Strokes]) -> int:
    return sum(len(each.start) for each in strokes)


def test_a_crossroads_has_round_corners() -> None:
    junction = only(crossroads())
    assert len(junction.arms) == 4
    # The edges part at 3 m, the kerb gets round its corner of 4 m within 4 m more.
    assert junction.trim_m == pytest.approx((7.0,) * 4)
    area = carriageway(crossroads())
    corner = shapely.Point(50 + 3.8, 50 + 3.8)
    assert area.covers(corner)
    assert not area.covers(shapely.Point(50 + 4.5, 50 + 4.5))
    assert area.intersection(shapely.box(*BOX)).area == pytest.approx(2 * 600 - 36 + 4 * 16 * (1 - np.pi / 4), rel=0.01)


def test_corners_leave_pavement_to_walk_round_them() -> None:
    claims = claims_of(crossroads(lanes=SIDEWALKS))
    carriage = shapely.union_all([claim.area for claim in claims if claim.cover == "carriageway"])
    pavement = shapely.union_all([claim.area for claim in claims if claim.cover == "pavement"]) - carriage
    diagonal = shapely.LineString([(50, 50), (60, 60)])
    assert shapely.intersection(diagonal, pavement).length > 1.0


def test_a_side_street_does_not_stick_out_beyond_the_main_street() -> None:
    narrow = road("a", [(0, 50), (50, 50), (100, 50)], lanes=TWO[:1])
    wide = road("b", [(50, 50), (50, 100)], lanes=(*TWO, *TWO))
    assert carriageway([narrow, wide]).bounds[1] == pytest.approx(50 - 1.5)


def test_an_acute_arm_is_trimmed_where_its_edges_part_but_not_for_ever() -> None:
    for degrees in (2.0, 10.0, 25.0, 45.0):
        end = (50 + 45 * np.cos(np.radians(degrees)), 50 + 45 * np.sin(np.radians(degrees)))
        roads = [road("a", [(0, 50), (50, 50), (95, 50)]), road("b", [(50, 50), end])]
        trims = only(roads).trim_m
        assert max(trims) <= LONGEST_TRIM_M
        pieces = ground(roads, BOX, mesh_m=None)
        assert total_area(pieces) == pytest.approx(10_000.0, abs=0.05)
    assert max(trims) > 10.0


def test_short_links_are_not_trimmed_past_their_middle() -> None:
    first, second = road("a", [(0, 50), (48, 50), (52, 50), (100, 50)]), road("b", [(48, 0), (48, 50)])
    third = road("c", [(52, 50), (52, 100)])
    (one, other) = layout((first, second, third)).taken["a"]
    assert one.end_m <= 50.0 <= other.begin_m
    assert total_area(ground([first, second, third], BOX, mesh_m=None)) == pytest.approx(10_000.0, abs=0.05)


def test_a_dead_end_is_round_and_its_pavement_goes_round_it() -> None:
    claims = claims_of([road("a", [(0, 50), (50, 50)], lanes=SIDEWALKS)])
    carriage, pavement = (
        shapely.union_all([claim.area for claim in claims if claim.cover == cover])
        for cover in ("carriageway", "pavement")
    )
    assert carriage.bounds[2] == pytest.approx(53.0, abs=0.01)
    assert pavement.bounds[2] == pytest.approx(55.5, abs=0.01)


def test_a_bend_between_two_ways_leaves_no_gap_and_is_no_crossing() -> None:
    roads = [road("a", [(0, 50), (50, 50)]), road("b", [(50, 50), (50, 100)])]
    assert carriageway(roads).covers(shapely.Point(52.5, 47.5))
    assert layout(tuple(roads)).kept_free(roads[0]) == ()


def test_a_street_that_gets_wider_does_so_gently() -> None:
    roads = [road("a", [(0, 50), (50, 50)]), road("b", [(50, 50), (100, 50)], lanes=(*TWO, *TWO))]
    area = carriageway(roads)
    assert area.covers(shapely.Point(48, 50 + 4))
    assert not area.covers(shapely.Point(40, 50 + 4))
    assert area.is_valid


def test_carriageways_of_a_dual_street_have_one_crossing() -> None:
    def one_way(id: str, points: list[tuple[float, float]], **more: object) -> Road:
        return road(id, points, lanes=TWO[1:], direction="forward", **more)

    roads = [
        one_way("a", [(0, 45), (45, 45), (55, 45), (100, 45)]), one_way("b", [(100, 55), (55, 55), (45, 55), (0, 55)]),
        one_way("c", [(45, 100), (45, 55), (45, 45), (45, 0)]), one_way("d", [(55, 0), (55, 45), (55, 55), (55, 100)]),
    ]  # fmt: skip
    assert carriageway(roads).covers(shapely.Point(50, 50))


def test_the_island_beside_a_lane_that_turns_off_stays() -> None:
    roads = [
        road("a", [(0, 50), (30, 50), (50, 50), (100, 50)]), road("b", [(50, 0), (50, 30), (50, 50)]),
        road("s", [(30, 50), (50, 30)], lanes=TWO[1:], direction="forward"),
    ]  # fmt: skip
    assert len(layout(tuple(roads)).junctions) == 3
    assert not carriageway(roads).covers(shapely.Point(44, 44))


def ring(id: str, radius_m: float = 15.0) -> Road:
    turns = np.linspace(0, 2 * np.pi, 25)
    points = [(50 + radius_m * np.cos(turn), 50 + radius_m * np.sin(turn)) for turn in turns[:-1]]
    return road(id, [*points, points[0]], roundabout=True, lanes=(Lane("car", 6.0, "forward"),), direction="forward")


def test_a_roundabout_has_an_island_and_an_opening_for_each_arm() -> None:
    arms = [road("n", [(50, 65), (50, 100)]), road("e", [(65, 50), (100, 50)])]
    roads = [ring("r"), *arms]
    area = carriageway(roads)
    assert not area.covers(shapely.Point(50, 50))
    assert area.covers(shapely.Point(50, 67))
    assert sum(len(junction.arms) == 3 for junction in layout(tuple(roads)).junctions) == 2
    green = [claim for claim in claims_of(roads) if claim.cover == "lawn"]
    assert [claim.area.covers(shapely.Point(50, 50)) for claim in green] == [True]


def test_a_driveway_crosses_the_pavement_not_the_other_way_round() -> None:
    street = road("a", [(0, 50), (50, 50), (100, 50)], lanes=SIDEWALKS)
    drive = road("d", [(50, 50), (50, 90)], category="service", lanes=(Lane("car", 3.0, "both"),))
    assert layout((street, drive)).junctions == ()
    pieces = ground([street, drive], BOX, mesh_m=None)
    here = [pieces.cover[k] for k in range(len(pieces.cover)) if _covers(pieces, k, (50.0, 54.0))]
    assert here == ["pavement"]


def _covers(pieces: Ground, number: int, point: tuple[float, float]) -> bool:
    first, last = pieces.rings.point_start[number : number + 2]
    outline = shapely.Polygon(pieces.rings.points[first:last])
    return bool(outline.covers(shapely.Point(point)))


points = st.tuples(st.integers(-20, 120), st.integers(-20, 120))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(points, min_size=2, max_size=4), min_size=1, max_size=7), st.sampled_from([None, 32.0]))
def test_however_streets_meet_the_ground_has_no_gap(ways: list[list[tuple[int, int]]], patch_m: float | None) -> None:
    middle = (50, 50)
    roads: list[Feature] = [
        road(f"w{i}", [middle, *way] if i % 2 else [*way[:1], middle, *way[1:]], lanes=SIDEWALKS if i % 3 else TWO,
             category=("residential", "primary", "service")[i % 3])
        for i, way in enumerate(ways)
    ]  # fmt: skip
    roads.append(GreenArea(id="g", geometry=shapely.box(20, 20, 80, 80), category="park"))
    pieces = ground(roads, BOX, mesh_m=None, patch_m=patch_m)
    assert total_area(pieces) == pytest.approx(10_000.0, abs=0.001)
    assert lonely_edges(pieces, 100.0) == []
    for claim in claims_of(roads):
        assert claim.area.is_valid


def test_a_change_of_one_road_leaves_the_junctions_of_others_alone() -> None:
    before = [*crossroads(), road("c", [(0, 90), (100, 90)]), road("d", [(20, 90), (20, 100)])]
    after = [*before[:3], road("d", [(80, 90), (80, 100)])]
    one, other = (layout(tuple(roads)) for roads in (before, after))
    kept = {tuple(junction.at) for junction in one.junctions} & {tuple(junction.at) for junction in other.junctions}
    same = [id(junction) for junction in one.junctions if tuple(junction.at) in kept]
    assert same
    assert {id(junction) for junction in other.junctions} >= set(same)


def test_dashes_keep_clear_of_what_is_kept_free() -> None:
    straight = road("a", [(0, 0), (50, 0), (100, 0)], lanes=(*TWO, TWO[1]), category="tertiary")
    kept = lines(straight, [(44.0, 56.0)], ())
    assert 0 < total(kept) < total(lines(straight, (), ()))
    for strokes in kept:
        assert not np.any((strokes.start[:, 0] < 56.0) & (strokes.end[:, 0] > 44.0))


def test_quiet_streets_have_no_line_in_their_middle() -> None:
    assert lines(road("a", [(0, 0), (100, 0)]), (), ()) == ()
    (dashes,) = lines(road("a", [(0, 0), (100, 0)], category="tertiary"), (), ())
    assert np.allclose(dashes.start[:, 1], 0.0)
    (solid,) = lines(road("a", [(0, 0), (100, 0)], category="primary"), (), ())
    assert (solid.end - solid.start)[:, 0].sum() == pytest.approx(100.0)


def test_a_street_closed_to_cars_shows_whose_it_is_now() -> None:
    def painted(*modes: str) -> int:
        return total(lines(road("a", [(0, 0), (100, 0)], modes=frozenset(modes)), (), ()))

    bicycles, buses, nobody = painted("bicycle", "bus", "foot"), painted("bus", "foot"), painted("foot")
    assert painted("car", "bicycle", "bus") == 0
    assert bicycles > buses > nobody > 0


def test_a_crossing_has_stripes_across_the_street() -> None:
    (stripes,) = zebra(road("a", [(0, 0), (50, 0)]), 20.0)
    assert len(stripes.start) == 6
    assert np.allclose(stripes.end[:, 0] - stripes.start[:, 0], 3.0)
    assert np.abs(stripes.start[:, 1]).max() < 3.0


def test_one_stops_at_lights_before_the_crossing() -> None:
    roads = crossroads(category="tertiary")
    lights = np.array([[50.0, 50.0]])
    stops = approaches(layout(tuple(roads)), lights, {"a": [38.0]})
    west = [strokes for each, strokes in stops if each.id == "a" and strokes.start[0, 0] < 50]
    assert len(stops) == 4
    assert [strokes.start[0, 0] for strokes in west] == [pytest.approx(38.0 - 1.5 - 1.0)]
    assert (west[0].start[0, 1], west[0].end[0, 1]) == (50.0, 47.0)  # the lane of those who arrive, not the other
    assert approaches(layout(tuple(roads)), NO_LIGHTS, {}) == []


def test_who_comes_from_the_side_gives_way() -> None:
    roads = [road("a", [(0, 50), (50, 50), (100, 50)], category="secondary"), road("b", [(50, 0), (50, 50)])]
    ((who, strokes),) = approaches(layout(tuple(roads)), NO_LIGHTS, {})
    assert who.id == "b"
    assert len(strokes.start) > 1


def heads(roads: Sequence[Road], lights: tuple[float, float]) -> list[tuple[float, float]]:
    """Directions of all arrow heads before lights."""
    found = approaches(layout(tuple(roads)), np.array([lights]), {})
    tips = [strokes for _, strokes in found if not strokes.tip_m.any()]
    return [tuple(np.sign(np.round(run, 3)).tolist()) for each in tips for run in each.end - each.start]


@pytest.mark.parametrize(("turn", "expected"), [((50, 100), (0.0, 1.0)), ((50, 0), (0.0, -1.0))])
def test_arrows_point_to_where_a_street_leads(turn: tuple[float, float], expected: tuple[float, float]) -> None:
    lanes: tuple[Lane, ...] = (Lane("car", 3.0, "forward"), Lane("car", 3.0, "forward"))
    arriving = road("a", [(0, 50), (50, 50)], lanes=lanes, direction="forward")
    others = [road("b", [(50, 50), (100, 50)]), road("c", [(50, 50), turn])]
    found = heads([arriving, *others], (50.0, 50.0))
    assert sorted(set(found)) == sorted({(1.0, 0.0), expected})


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_bicycles_ride_the_way_their_lane_goes(direction: Direction) -> None:
    lanes = (*TWO, Lane("cycle", 1.6, direction))
    street = road("a", [(0, 0), (40, 0)], lanes=lanes)
    strip = strips_of(street)[-1]
    signs = [strokes for strokes in lines(street, (), ()) if strokes.width_m[0] < 0.1]
    assert len(signs) == 1
    assert signs[0].start[:, 1].mean() == pytest.approx((strip.left_m + strip.right_m) / 2, abs=0.3)
    saddle = signs[0].start[-1] - signs[0].start[0]
    assert np.sign(saddle[0]) == (-1.0 if direction == "forward" else 1.0)


def test_ground_between_a_street_and_the_path_along_it_is_pavement() -> None:
    street = road("a", [(0, 50), (100, 50)])
    footway = road("f", [(0, 57), (100, 57)], category="footway", lanes=(Lane("footway", 2.0),))
    far = road("g", [(0, 35), (100, 35)], category="footway", lanes=(Lane("footway", 2.0),))
    across = road("x", [(30, 0), (30, 100)], category="footway", lanes=(Lane("footway", 2.0),))
    verge = GreenArea(id="v", geometry=shapely.box(50, 53, 100, 56), category="grass")
    pieces = ground([street, footway, far, across, verge], BOX, mesh_m=None)
    at = {place: _cover_at(pieces, place) for place in ((10.0, 54.5), (70.0, 54.5), (10.0, 40.0), (34.0, 46.0))}
    assert list(at.values()) == ["pavement", "lawn", "earth", "earth"]


def _cover_at(pieces: Ground, point: tuple[float, float]) -> str:
    (cover,) = [pieces.cover[k] for k in range(len(pieces.cover)) if _covers(pieces, k, point)]
    return cover


def test_cycle_paths_have_bicycles_and_cycle_lanes_a_colour() -> None:
    path = road("p", [(0, 0), (100, 0)], category="cycleway", lanes=(Lane("cycle", 2.5),))
    assert len(cycleway(path)) == 2
    street = road("a", [(0, 50), (100, 50)], lanes=(*TWO, Lane("cycle", 1.6, "forward"), Lane("parking", 2.0)))
    covers = {claim.cover: claim.area.area for claim in claims_of([street])}
    assert covers["cycleway"] == pytest.approx(160.0)
    assert covers["parking"] == pytest.approx(200.0)
    assert section(street).carriageway_m == pytest.approx(9.6)


def test_planted_strips_and_verges_are_green_beside_the_street_and_in_its_middle() -> None:
    lanes = (Lane("footway", 2.0), Lane("verge", 1.5), TWO[0], Lane("planting", 2.0), TWO[1], Lane("planting", 1.0))
    pieces = ground([road("a", [(0, 50), (100, 50)], lanes=lanes, category="secondary")], BOX, mesh_m=None)
    # From the left: pavement, verge, lane, median, lane, plants; the line is the middle of the carriageway of 8 m.
    heights = [
        (56.5, "pavement"),
        (54.7, "lawn"),
        (52.5, "carriageway"),
        (50.0, "bed"),
        (47.5, "carriageway"),
        (45.5, "bed"),
    ]
    assert [_cover_at(pieces, (50.0, y)) for y, _ in heights] == [cover for _, cover in heights]
    median = pieces.cover.index("bed")
    assert pieces.level_m[median] == 0.0


def test_bus_lanes_say_so() -> None:
    lanes = (Lane("bus", 3.2, "backward"), *TWO)
    with_bus, without = (lines(road("a", [(0, 0), (80, 0)], lanes=each), (), ()) for each in (lanes, TWO))
    words = [strokes for strokes in with_bus if strokes.width_m[0] == pytest.approx(0.14)]
    assert len(words) == 2
    assert total(words) == 2 * 13
    assert [strokes for strokes in without if strokes.width_m[0] == pytest.approx(0.14)] == []
    across = np.concatenate([np.concatenate([word.start, word.end]) for word in words])[:, 1]
    assert 1.4 <= across.min() <= across.max() <= 4.6 + 0.01


@pytest.mark.parametrize(("y", "expected"), [(58.0, "pavement"), (64.0, "lawn"), (90.0, "earth")])
def test_between_two_carriageways_of_a_street_lies_its_median(y: float, expected: str) -> None:
    way: dict[str, object] = {"name": "Avenue", "category": "primary", "direction": "forward", "lanes": TWO}
    there, back = road("a", [(0, 50), (100, 50)], **way), road("b", [(100, y), (0, y)], **way)
    middle = (50.0, (50.0 + y) / 2)
    assert _cover_at(ground([there, back], BOX, mesh_m=None), middle) == expected
    for other in (replace(back, name="Alley"), replace(back, direction="backward"), replace(back, direction="both")):
        assert _cover_at(ground([there, other], BOX, mesh_m=None), middle) == "earth"
    assert _cover_at(ground([there, back], BOX, mesh_m=None), (50.0, 44.0)) == "earth"
