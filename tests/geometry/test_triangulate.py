"""Triangles cover what they are made of."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse.geometry.ragged import ranges, rings_of
from citiverse.geometry.triangulate import delaunay, triangulate

COURTYARD = shapely.Polygon([(0, 0), (30, 0), (30, 20), (0, 20)], [[(10, 5), (20, 5), (20, 15), (10, 15)]])
L_SHAPE = shapely.Polygon([(0, 0), (10, 0), (10, 4), (4, 4), (4, 10), (0, 10)])
PENTAGRAM_ROUND = shapely.Polygon([(0, 0), (4, 0), (5, 3), (2, 5), (-1, 3)])


def areas(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (points[triangles[:, i]] for i in range(3))
    doubled: np.ndarray = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return doubled / 2


@pytest.mark.parametrize("polygon", [COURTYARD, L_SHAPE, PENTAGRAM_ROUND, COURTYARD.reverse(), shapely.box(0, 0, 3, 2)])
def test_triangles_face_up_and_add_up_to_the_polygon(polygon: shapely.Polygon) -> None:
    rings = rings_of([polygon])
    triangles, counts = triangulate(rings)
    each = areas(rings.points, triangles)
    assert counts.tolist() == [len(triangles)]
    assert (each > 0).all()
    assert each.sum() == pytest.approx(polygon.area, abs=1e-6)


def test_each_polygon_of_a_mixed_batch_gets_its_own_triangles() -> None:
    shapes = [shapely.box(0, 0, 1, 1), L_SHAPE, shapely.MultiPolygon([shapely.box(5, 5, 6, 6), COURTYARD]), L_SHAPE]
    rings = rings_of(shapes)
    assert rings.owner.tolist() == [0, 1, 2, 2, 3]
    triangles, counts = triangulate(rings)
    each = areas(rings.points, triangles)
    owner = rings.owner[np.repeat(np.arange(len(rings)), counts)]
    sums = np.bincount(owner, weights=each)
    assert sums == pytest.approx([shape.area for shape in shapes])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=3, max_size=12))
def test_any_valid_polygon_is_covered(points: list[tuple[float, float]]) -> None:
    hull = shapely.MultiPoint(points).convex_hull
    if hull.geom_type != "Polygon" or hull.area < 1.0:
        return
    shape = hull.difference(shapely.Point(points[0]).buffer(hull.area**0.5 / 8))
    rings = rings_of([shape])
    triangles, _ = triangulate(rings)
    snapped_m2 = 0.001 * shape.length  # points move by up to half a millimetre
    assert areas(rings.points, triangles).sum() == pytest.approx(shape.area, rel=1e-3, abs=snapped_m2 + 0.01)


def test_a_ring_of_repeated_points_disappears_and_takes_its_holes_along() -> None:
    speck = shapely.Polygon([(0, 0), (1e-5, 0), (0, 1e-5)])
    rings = rings_of([speck, COURTYARD])
    assert rings.owner.tolist() == [1]
    assert len(rings.ring_sizes) == 2


def test_points_are_whole_millimetres() -> None:
    rings = rings_of([shapely.box(0.12345, 0, 10.98765, 3)])
    assert np.allclose(rings.points * 1000, np.rint(rings.points * 1000), atol=1e-6)
    assert rings.points.max() == pytest.approx(10.988)


def test_nothing_gives_nothing() -> None:
    rings = rings_of([])
    triangles, counts = triangulate(rings)
    assert triangles.shape == (0, 3)
    assert len(counts) == 0
    assert len(delaunay([])[1]) == 0


def test_delaunay_covers_a_courtyard_and_knows_its_owner() -> None:
    points, triangles, owner = delaunay([L_SHAPE, COURTYARD])
    sums = np.bincount(owner, weights=areas(points, triangles))
    assert sums == pytest.approx([L_SHAPE.area, COURTYARD.area])


def test_ranges_run_one_after_the_other() -> None:
    assert ranges(np.array([5, 10, 0]), np.array([2, 0, 3])).tolist() == [5, 6, 0, 1, 2]
