"""The ground has no gaps and no overlaps, and the right things on top."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from citiverse.city.change import Bounds
from citiverse.city.feature import Feature, GreenArea, Lane, Paving, Rail, Road, Water
from citiverse.city.terrain import Terrain
from citiverse.geometry.memory import Memory
from citiverse.shape import ground as module
from citiverse.shape import patches
from citiverse.shape.decks import deck
from citiverse.shape.ground import NOBODY, Ground, ground, risers
from citiverse.shape.junctions import layout
from citiverse.shape.markings import lines, zebra
from citiverse.shape.streets import section
from tests.shape.pieces import lonely_edges

BOX = (0.0, 0.0, 100.0, 100.0)
TWO = (Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"))
CARS = frozenset({"car", "bicycle", "foot"})


def road(id: str, points: list[tuple[float, float]], **more: object) -> Road:
    values: dict[str, object] = {"category": "residential", "lanes": TWO, "modes": CARS} | more
    return Road(id=id, geometry=shapely.LineString(points), **values)  # type: ignore[arg-type]


def areas(pieces: Ground) -> dict[tuple[int, str], float]:
    """Square metres by owner and cover."""
    triangles = pieces.triangles
    a, b, c = (pieces.rings.points[triangles[:, i]] for i in range(3))
    each = ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) / 2
    of_point = np.repeat(np.arange(len(pieces.rings)), np.diff(pieces.rings.point_start))
    polygon = of_point[triangles[:, 0]]
    found: dict[tuple[int, str], float] = {}
    for number, area in zip(polygon.tolist(), each.tolist(), strict=True):
        key = int(pieces.owner[number]), pieces.cover[number]
        found[key] = found.get(key, 0.0) + area
    return found


def test_nothing_at_all_is_earth() -> None:
    assert areas(ground([], BOX, mesh_m=None)) == {(NOBODY, "earth"): pytest.approx(10_000.0)}


def test_a_street_across_takes_its_width() -> None:
    found = areas(ground([road("a", [(-50, 50), (150, 50)])], BOX, mesh_m=None))
    assert found == {(0, "carriageway"): pytest.approx(600.0), (NOBODY, "earth"): pytest.approx(9400.0)}


def test_pavements_lie_beside_the_carriageway_even_when_only_on_one_side() -> None:
    lanes = (Lane("footway", 2.0), *TWO)
    found = areas(ground([road("a", [(-50, 50), (150, 50)], lanes=lanes)], BOX, mesh_m=None))
    assert found[0, "carriageway"] == pytest.approx(600.0)
    assert found[0, "pavement"] == pytest.approx(200.0)


def test_where_streets_cross_the_more_important_one_is_seen() -> None:
    crossing = [
        road("a", [(-50, 50), (150, 50)]),
        road("b", [(50, -50), (50, 150)], category="primary"),
    ]
    found = areas(ground(crossing, BOX, mesh_m=None))
    assert found[1, "carriageway"] == pytest.approx(600.0)
    assert found[0, "carriageway"] == pytest.approx(600.0 - 36.0)


def test_the_smaller_area_is_seen_and_a_path_over_it() -> None:
    things: list[Feature] = [
        GreenArea(id="park", geometry=shapely.box(0, 0, 100, 100), category="park"),
        Water(id="pond", geometry=shapely.box(40, 40, 60, 60), category="pond"),
        road("path", [(50, -10), (50, 110)], category="footway", lanes=(Lane("footway", 2.0),), modes=frozenset()),
    ]
    found = areas(ground(things, BOX, mesh_m=None))
    assert found[1, "water"] == pytest.approx(400.0 - 40.0)
    assert found[2, "pavement"] == pytest.approx(200.0)
    assert found[0, "lawn"] == pytest.approx(10_000 - 400 - 160)


def test_a_path_over_a_square_looks_like_the_square_and_stays_a_path() -> None:
    things: list[Feature] = [
        Paving(id="square", geometry=shapely.box(0, 0, 100, 60), category="square", surface="sett"),
        GreenArea(id="bed", geometry=shapely.box(40, 10, 60, 30), category="flowerbed"),
        road("path", [(50, -10), (50, 110)], category="footway", lanes=(Lane("footway", 2.0),), modes=frozenset()),
    ]
    pieces = ground(things, BOX, mesh_m=None)
    found = areas(pieces)
    assert found[2, "square"] == pytest.approx(120.0)
    assert found[2, "pavement"] == pytest.approx(80.0)
    assert found[1, "lawn"] == pytest.approx(400.0 - 40.0)
    looks = {(own, cover, look) for own, cover, look in zip(pieces.owner, pieces.cover, pieces.look, strict=True)}
    assert looks >= {(2, "square", 0), (2, "pavement", 2), (0, "square", 0), (NOBODY, "earth", NOBODY)}


def test_a_closed_street_is_a_place_to_walk() -> None:
    closed = road("a", [(-50, 50), (150, 50)], modes=frozenset({"foot", "bicycle"}))
    assert (0, "square") in areas(ground([closed], BOX, mesh_m=None))


def test_tunnels_bridges_and_subways_take_no_ground() -> None:
    hidden: list[Feature] = [
        road("a", [(0, 50), (100, 50)], tunnel=True),
        road("b", [(-50, 60), (150, 60)], bridge=True, layer=1),
        Rail(id="c", geometry=shapely.LineString([(0, 70), (100, 70)]), category="subway"),
    ]
    assert areas(ground(hidden, BOX, mesh_m=None)) == {(NOBODY, "earth"): pytest.approx(10_000.0)}


Pair = tuple[int, int]
points = st.tuples(st.integers(-20, 120), st.integers(-20, 120))


@settings(max_examples=40)
@given(st.lists(st.tuples(points, points), min_size=1, max_size=8), st.sampled_from([None, 16.0]))
def test_whatever_lies_there_the_pieces_fill_the_box(lines: list[tuple[Pair, Pair]], mesh_m: float | None) -> None:
    things: list[Feature] = [
        road(str(i), [start, end], category="primary" if i % 2 else "residential")
        for i, (start, end) in enumerate(lines)
        if start != end
    ]
    things += [
        GreenArea(id=f"g{i}", geometry=shapely.box(*start, start[0] + 30, start[1] + 30), category="park")
        for i, (start, _) in enumerate(lines)
    ]
    pieces = ground(things, BOX, mesh_m=mesh_m)
    assert sum(areas(pieces).values()) == pytest.approx(10_000.0, abs=0.05)


def test_neighbours_share_every_vertex() -> None:
    """Each inner edge has the reverse edge of a neighbour, so no crack can open."""
    things: list[Feature] = [
        road("a", [(-50, 40), (150, 60)]),
        road("b", [(50, -50), (47, 150)], category="primary"),
        GreenArea(id="g", geometry=shapely.Point(30, 70).buffer(20), category="park"),
    ]
    assert lonely_edges(ground(things, BOX, mesh_m=None), 100.0) == []


def test_patches_show_what_the_whole_shows_and_share_their_vertices() -> None:
    things: list[Feature] = [
        road("a", [(-50, 40), (150, 60)]),
        road("b", [(50, -50), (47, 150)], category="primary"),
        GreenArea(id="g", geometry=shapely.Point(30, 70).buffer(20), category="park"),
    ]
    whole, patches = (ground(things, BOX, mesh_m=None, patch_m=patch_m) for patch_m in (None, 32.0))
    assert areas(patches) == pytest.approx(areas(whole), abs=0.02)
    assert lonely_edges(patches, 100.0) == []


def test_a_change_makes_only_the_patches_anew_that_it_lies_in(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Bounds] = []
    cut = patches._cut

    def noted(areas: NDArray[np.object_], box: Bounds, mesh_m: float | None) -> patches.Patch:
        made.append(box)
        return cut(areas, box, mesh_m)

    monkeypatch.setattr(patches, "_cut", noted)
    monkeypatch.setattr(module, "_patches", Memory(64))
    monkeypatch.setattr(patches, "_patches", Memory(64))
    street_across = road("a", [(-50, 40), (150, 40)])
    ground([street_across], BOX, mesh_m=None, patch_m=25.0)
    made.clear()
    ground([street_across, GreenArea(id="g", geometry=shapely.box(30, 55, 40, 60), category="park")], BOX, mesh_m=None,
           patch_m=25.0)  # fmt: skip
    assert made == [(25.0, 50.0, 50.0, 75.0)]


def test_kerbs_stand_on_both_sides_and_face_the_street() -> None:
    steps = risers(ground([road("a", [(-50, 50), (150, 50)])], BOX, mesh_m=None))
    run = steps.points[steps.end] - steps.points[steps.start]
    length = np.hypot(run[:, 0], run[:, 1])
    assert length.sum() == pytest.approx(200.0)
    assert np.allclose(steps.top_m - steps.foot_m, 0.12)
    facing = np.column_stack([run[:, 1], -run[:, 0]]) / length[:, None]  # to the right of their run
    towards = 50.0 - steps.points[steps.start, 1]
    assert (facing[:, 1] * towards > 0).all()


def test_a_road_of_two_identical_points_does_no_harm() -> None:
    dot = road("a", [(50, 50), (50, 50)])
    assert sum(areas(ground([dot], BOX, mesh_m=None)).values()) == pytest.approx(10_000.0)
    assert layout((dot,)).junctions == ()
    assert lines(dot, (), ()) == ()
    assert zebra(dot, 0.0) == []
    assert deck(dot, [], Terrain()) is None


def test_a_long_bridge_rises_over_a_road_and_ends_on_the_ground() -> None:
    bridge = road("a", [(0, 50), (200, 50)], bridge=True, layer=1)
    below = road("b", [(100, 0), (100, 100)])
    over = deck(bridge, [bridge, below], Terrain())
    assert over is not None
    assert over.height[[0, -1]] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert over.height.max() == pytest.approx(5.0, abs=0.1)
    level = deck(bridge, [bridge], Terrain())
    assert level is not None
    assert level.height.max() < 0.2


def test_a_cross_section_is_its_middle_and_two_sides() -> None:
    lanes = (Lane("footway", 2.0), Lane("verge", 1.0), Lane("parking", 2.0), *TWO, Lane("footway", 2.5))
    cross = section(road("a", [(0, 0), (10, 0)], lanes=lanes))
    assert (cross.carriageway_m, cross.left_m, cross.right_m) == (8.0, 3.0, 2.5)
    assert section(road("p", [(0, 0), (1, 0)], lanes=())).width_m == 2.0


def test_paving_and_rails_have_covers_of_their_own() -> None:
    things: list[Feature] = [
        Paving(id="beach", geometry=shapely.box(0, 0, 50, 50), category="beach"),
        Rail(id="rail", geometry=shapely.LineString([(0, 80), (100, 80)]), category="rail"),
    ]
    found = areas(ground(things, BOX, mesh_m=None))
    assert found[0, "sand"] == pytest.approx(2500.0)
    assert found[1, "track"] == pytest.approx(420.0)


def test_the_ground_along_a_tram_is_paved_unless_the_map_says_otherwise() -> None:
    things: list[Feature] = [
        Rail(id="tram", geometry=shapely.LineString([(0, 50), (100, 50)]), category="tram"),
        GreenArea(id="lawn", geometry=shapely.box(50, 40, 100, 60), category="grass"),
    ]
    found = areas(ground(things, BOX, mesh_m=None))
    assert found[0, "track"] == pytest.approx(320.0)
    assert found[0, "pavement"] == pytest.approx(50 * (9.0 - 3.2))
    assert found[1, "lawn"] == pytest.approx(50 * (20.0 - 3.2))
