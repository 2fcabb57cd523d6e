"""Roofs cover their building, rise as high as they should, and fit the walls below."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon

from citiverse.city.feature import Building, Roof
from citiverse.city.terrain import Terrain
from citiverse.geometry.grid import Grid
from citiverse.shape.buildings import Shells, seen_shells, shells
from citiverse.shape.roofs import roof_over, usual_rise

HOUSE = shapely.box(0, 0, 20, 10)
L_SHAPE = Polygon([(0, 0), (20, 0), (20, 8), (8, 8), (8, 20), (0, 20)])
COURTYARD = Polygon([(0, 0), (40, 0), (40, 40), (0, 40)], [[(15, 15), (15, 25), (25, 25), (25, 15)]])
OCTAGON = shapely.Point(0, 0).buffer(10, quad_segs=2)
SLANTED = shapely.affinity.rotate(HOUSE, 31)
SHAPES = ["gabled", "hipped", "half-hipped", "pyramidal", "skillion", "gambrel", "mansard", "round", "dome", "cone"]
FLAT_GROUND = Terrain()


def building(footprint: Polygon | MultiPolygon, roof: Roof | None = None, **more: object) -> Building:
    return Building(id="b", geometry=footprint, height_m=10.0, levels=3, roof=roof or Roof(), **more)  # type: ignore[arg-type]


def areas_from_above(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (points[triangles[:, i]] for i in range(3))
    doubled: np.ndarray = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return doubled / 2


def volume(shell: Shells) -> float:
    """Of a closed body without its floor at z = 0 (divergence theorem)."""
    a, b, c = (shell.points[shell.triangles[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("footprint", [HOUSE, L_SHAPE, COURTYARD, OCTAGON, SLANTED, HOUSE.reverse()])
def test_a_roof_covers_its_building_and_no_more(shape: str, footprint: Polygon) -> None:
    made = shells([building(footprint, Roof(shape=shape, height_m=3.0))], FLAT_GROUND)  # type: ignore[arg-type]
    above = areas_from_above(made.points, made.triangles)
    assert above[above > 0].sum() == pytest.approx(footprint.area, rel=1e-3)
    assert above.min() > -0.01  # nothing faces down
    assert made.points[:, 2].max() == pytest.approx(10.0, abs=0.002)
    assert made.points[:, 2].min() == 0.0


@pytest.mark.parametrize("shape", ["flat", *SHAPES])
@pytest.mark.parametrize("footprint", [HOUSE, L_SHAPE, COURTYARD, SLANTED])
def test_walls_and_roof_close_the_house(shape: str, footprint: Polygon) -> None:
    """A closed body has the same volume wherever it is measured from."""
    here = volume(shells([building(footprint, Roof(shape=shape, height_m=3.0))], FLAT_GROUND))  # type: ignore[arg-type]
    moved = shapely.affinity.translate(footprint, 100.0, -50.0)
    there = volume(shells([building(moved, Roof(shape=shape, height_m=3.0))], FLAT_GROUND))  # type: ignore[arg-type]
    assert here == pytest.approx(there, rel=1e-3)
    assert 7.0 * footprint.area - 1 <= here <= 10.0 * footprint.area + 1


def test_a_gable_holds_half_the_room_of_a_block() -> None:
    body = volume(shells([building(HOUSE, Roof(shape="gabled", height_m=4.0))], FLAT_GROUND))
    assert body == pytest.approx(20 * 10 * (6 + 2))


def test_a_hipped_roof_is_a_wedge_and_two_half_pyramids() -> None:
    body = volume(shells([building(HOUSE, Roof(shape="hipped", height_m=4.0))], FLAT_GROUND))
    assert body == pytest.approx(200 * 6 + 10 * 10 * 2 + 2 * (10 * 5 * 4 / 3))


def test_a_pyramid_holds_a_third() -> None:
    body = volume(shells([building(HOUSE, Roof(shape="pyramidal", height_m=3.0))], FLAT_GROUND))
    assert body == pytest.approx(200 * 7 + 200 * 3 / 3)


@pytest.mark.parametrize(("direction", "low"), [(0.0, 10.0), (180.0, 0.0)])
def test_a_skillion_slopes_down_to_where_it_faces(direction: float, low: float) -> None:
    surface = roof_over(HOUSE, Roof(shape="skillion", direction_deg=direction), 2.0)
    assert surface is not None
    lowest = surface.points[surface.points[:, 2] < 0.01]
    assert np.allclose(lowest[:, 1], low, atol=0.01)


def test_the_ridge_runs_along_or_across() -> None:
    def ridge(orientation: str) -> np.ndarray:
        surface = roof_over(HOUSE, Roof(shape="gabled", orientation=orientation), 2.0)  # type: ignore[arg-type]
        assert surface is not None
        size: np.ndarray = np.ptp(surface.points[surface.points[:, 2] > 1.99][:, :2], axis=0)
        return size

    assert ridge("along") == pytest.approx([20, 0], abs=0.01)
    assert ridge("across") == pytest.approx([0, 10], abs=0.01)


def test_a_roof_higher_than_its_house_leaves_some_wall() -> None:
    made = shells([building(HOUSE, Roof(shape="gabled", height_m=50.0))], FLAT_GROUND)
    eaves = made.points[made.roofs_from :, 2].min()
    assert 0.5 < eaves < 10.0


def test_a_dome_on_a_part_in_the_air_may_take_all_of_it() -> None:
    part = replace(building(OCTAGON, Roof(shape="dome", height_m=4.0)), min_height_m=6.0)
    made = shells([part], FLAT_GROUND)
    assert made.points[:, 2].min() == pytest.approx(6.0)
    assert made.points[:, 2].max() == pytest.approx(10.0, abs=0.002)


def test_a_part_in_the_air_has_an_underside() -> None:
    made = shells([building(HOUSE, min_height_m=4.0)], FLAT_GROUND)
    above = areas_from_above(made.points, made.triangles)
    assert above[above < 0].sum() == pytest.approx(-200.0)


def test_a_usual_roof_is_no_steeple() -> None:
    assert usual_rise(HOUSE, 9.0) == pytest.approx(3.0)
    assert usual_rise(shapely.box(0, 0, 200, 200), 60.0) == 6.0


def test_windows_are_whole_at_corners_and_storeys_end_at_the_eaves() -> None:
    made = shells([building(HOUSE, use="apartments")], FLAT_GROUND)
    assert made.facade is not None
    walls = made.facade[: made.roofs_from]
    assert np.array_equal(walls[:, 0], np.rint(walls[:, 0]))
    assert walls[:, 1].max() == pytest.approx(3.0)
    assert walls[:, 0].max() == 7 + 3 + 7 + 3  # bays of about 3 m
    assert not made.facade[made.roofs_from :].any()


def test_a_shed_and_a_garage_have_no_windows() -> None:
    shed = building(shapely.box(0, 0, 3, 4), use="house")
    garage = building(HOUSE, use="garage")
    for each in (shed, garage):
        facade = shells([each], FLAT_GROUND).facade
        assert facade is not None
        assert facade[:, 0].max() == 0.0


def test_a_house_on_a_slope_reaches_into_the_ground() -> None:
    slope = Terrain(Grid(np.tile(np.arange(10.0), (10, 1)), -50.0, -50.0, 10.0, "m"))
    made = shells([building(HOUSE)], slope)
    lowest = slope.heights(np.array([[0.0, 5.0]]))[0]
    assert made.points[:, 2].min() == pytest.approx(lowest - 0.5)
    assert made.points[:, 2].max() == pytest.approx(lowest + 10.0)


def test_every_point_knows_its_building_in_a_mixed_batch() -> None:
    houses = [
        building(HOUSE),
        building(shapely.MultiPolygon([shapely.box(50, 0, 60, 10), shapely.box(70, 0, 80, 10)])),
        building(shapely.box(100, 0, 120, 10), Roof(shape="gabled", height_m=3.0)),
    ]
    made = shells(houses, FLAT_GROUND)
    for i, (low, high) in enumerate([(0, 20), (50, 80), (100, 120)]):
        own = made.points[made.owner == i]
        assert (own[:, 0].min(), own[:, 0].max()) == pytest.approx((low, high))


def test_a_footprint_without_area_makes_nothing() -> None:
    made = shells([building(Polygon([(0, 0), (10, 0), (20, 0)]))], FLAT_GROUND)
    assert areas_from_above(made.points, made.triangles).sum() == pytest.approx(0.0)


def test_no_buildings_make_no_shells() -> None:
    assert len(shells([], FLAT_GROUND).triangles) == 0


def walls_m2(made: Shells) -> float:
    a, b, c = (made.points[made.triangles[:, i]] for i in range(3))
    size = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    return float(size[(made.triangles < made.roofs_from).all(axis=1)].sum())


def test_the_wall_between_two_houses_is_drawn_where_it_can_be_seen() -> None:
    left, right = building(shapely.box(0, 0, 10, 10)), building(shapely.box(10, 0, 20, 10))
    assert walls_m2(shells([left, right], FLAT_GROUND)) == pytest.approx(2 * 400)
    assert walls_m2(seen_shells([left, right], FLAT_GROUND)) == pytest.approx(2 * 300)
    lower = replace(right, height_m=6.0)
    assert walls_m2(seen_shells([left, lower], FLAT_GROUND)) == pytest.approx(400 + 3 * 60)
    hanging = replace(right, min_height_m=4.0)
    assert walls_m2(seen_shells([left, hanging], FLAT_GROUND)) == pytest.approx(400 + 3 * 60)
    assert walls_m2(seen_shells([left], FLAT_GROUND)) == pytest.approx(400)


def test_houses_that_share_half_a_wall_keep_both() -> None:
    made = seen_shells([building(shapely.box(0, 0, 10, 10)), building(shapely.box(10, 5, 20, 15))], FLAT_GROUND)
    assert walls_m2(made) == pytest.approx(800)
