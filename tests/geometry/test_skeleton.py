"""Straight skeletons of outlines with wings, courtyards and many events at one moment."""

from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from shapely import Polygon

from citiverse.geometry.skeleton import MOST_EDGES, Skeleton, straight_skeleton

L = Polygon([(0, 0), (20, 0), (20, 8), (8, 8), (8, 20), (0, 20)])
T = Polygon([(0, 0), (30, 0), (30, 8), (18, 8), (18, 20), (12, 20), (12, 8), (0, 8)])
T_OF_ONE_WIDTH = Polygon([(0, 0), (30, 0), (30, 8), (19, 8), (19, 20), (11, 20), (11, 8), (0, 8)])
U = Polygon([(0, 0), (30, 0), (30, 20), (22, 20), (22, 8), (8, 8), (8, 20), (0, 20)])
CROSS = Polygon(
    [(10, 0), (20, 0), (20, 10), (30, 10), (30, 20), (20, 20), (20, 30), (10, 30), (10, 20), (0, 20), (0, 10), (10, 10)]
)
COURTYARD = Polygon([(0, 0), (40, 0), (40, 40), (0, 40)], [[(15, 15), (15, 25), (25, 25), (25, 15)]])
TWO_COURTYARDS = Polygon(
    [(0, 0), (60, 0), (60, 30), (0, 30)],
    [[(10, 10), (10, 20), (25, 20), (25, 10)], [(35, 10), (35, 20), (50, 20), (50, 10)]],
)
OUTLINES = {
    "rectangle": shapely.box(0, 0, 20, 10), "square": shapely.box(0, 0, 10, 10), "L": L, "T": T, "U": U,
    "T of one width": T_OF_ONE_WIDTH, "cross": CROSS, "courtyard": COURTYARD, "two courtyards": TWO_COURTYARDS,
    "circle": shapely.Point(0, 0).buffer(10, quad_segs=8), "slanted U": shapely.affinity.rotate(U, 31.7),
    "nearly a rectangle": Polygon([(0, 0), (20, 0.001), (20.002, 10.003), (-0.001, 10)]),
    "acute": Polygon([(0, 0), (40, 0), (40, 3), (12, 1.5), (30, 30)]),
}  # fmt: skip


def rings_of(outline: Polygon) -> list[np.ndarray]:
    outline = shapely.orient_polygons(outline)
    return [np.asarray(ring.coords)[:-1] for ring in (outline.exterior, *outline.interiors)]


def edges_of(outline: Polygon) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for ring in rings_of(outline):
        yield from zip(ring, np.roll(ring, -1, axis=0), strict=True)


def skeleton_of(outline: Polygon) -> Skeleton:
    found = straight_skeleton(rings_of(outline))
    assert found is not None
    return found


@pytest.mark.parametrize("name", OUTLINES)
def test_each_edge_has_one_plane_face_and_all_faces_together_the_outline(name: str) -> None:
    outline = OUTLINES[name]
    skeleton = skeleton_of(outline)
    faces = [skeleton.points[list(face)] for face in skeleton.faces]
    edges = list(edges_of(outline))
    assert len(faces) == len(edges)
    polygons = [Polygon(face[:, :2]) for face in faces]
    assert all(polygon.is_valid and polygon.area > 0 for polygon in polygons)
    assert shapely.unary_union(polygons).area == pytest.approx(outline.area, rel=1e-6)
    assert sum(polygon.area for polygon in polygons) == pytest.approx(outline.area, rel=1e-6)
    for face, (start, end) in zip(faces, edges, strict=True):
        assert np.allclose(face[:2, :2], [start, end])
        normal = np.array([start[1] - end[1], end[0] - start[0]]) / np.hypot(*(end - start))
        assert np.allclose((face[:, :2] - start) @ normal, face[:, 2], atol=1e-4)


def test_the_ridge_of_a_rectangle_lies_in_its_middle() -> None:
    inner = skeleton_of(shapely.box(0, 0, 20, 10)).points[4:]
    assert sorted(inner.round(6).tolist()) == [[5, 5, 5], [15, 5, 5]]


def test_a_square_rises_to_one_point() -> None:
    inner = skeleton_of(shapely.box(0, 0, 10, 10)).points[4:]
    assert inner.round(6).tolist() == [[5, 5, 5]]


def test_the_wings_of_an_l_meet_on_the_line_between_their_corners() -> None:
    inner = skeleton_of(L).points[6:]
    assert inner[:, 2].max() == pytest.approx(4.0)
    assert any(np.allclose(point, [4, 4, 4]) for point in inner)


def test_an_outline_far_from_the_origin_has_the_same_skeleton() -> None:
    near, far = skeleton_of(T), skeleton_of(shapely.affinity.translate(T, 25_000.0, 48_000.0))
    assert np.allclose(near.points + np.array([25_000.0, 48_000.0, 0.0]), far.points, atol=1e-6)
    assert near.faces == far.faces


def test_rings_that_touch_and_outlines_of_very_many_edges_are_left_alone() -> None:
    touching = Polygon([(0, 0), (20, 0), (20, 20), (0, 20)], [[(0, 10), (5, 12), (5, 8)]])
    assert straight_skeleton(rings_of(touching)) is None
    assert straight_skeleton(rings_of(shapely.Point(0, 0).buffer(10, quad_segs=MOST_EDGES))) is None


def test_outlines_by_chance_have_sound_skeletons() -> None:
    """Unions of boxes at right and at odd angles: most of them have a skeleton, and whoever has one has a sound one."""
    random = np.random.default_rng(5)
    made = tried = 0
    for _ in range(60):
        boxes = [
            shapely.affinity.rotate(shapely.box(x, y, x + w, y + h), random.choice([0.0, 0.0, 17.0]))
            for x, y, w, h in random.uniform([0, 0, 5, 5], [30, 30, 30, 12], size=(4, 4)).round(1)
        ]
        outline = max(shapely.get_parts(shapely.unary_union(boxes)), key=lambda part: part.area)
        tried += 1
        found = straight_skeleton(rings_of(outline))
        if found is not None:
            made += 1
            whole = sum(Polygon(found.points[list(face), :2]).area for face in found.faces)
            assert whole == pytest.approx(outline.area, rel=1e-3)
    assert made >= 0.95 * tried
