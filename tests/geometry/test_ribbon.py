"""Lines get a width."""

import numpy as np
import pytest
import shapely

from citiverse.geometry.lattice import FINEST_M, lattice_for
from citiverse.geometry.ribbon import lines_of, offset, strip, strips, without_repeats

BEND = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])


def test_an_offset_line_keeps_its_distance_at_a_bend() -> None:
    left = offset(BEND, 2.0)
    assert left == pytest.approx(np.array([[0.0, 2.0], [8.0, 2.0], [8.0, 10.0]]))
    assert offset(BEND, -2.0)[1] == pytest.approx([12.0, -2.0])


def test_a_hairpin_stays_within_the_mitre_limit() -> None:
    hairpin = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 0.01]])
    assert np.abs(offset(hairpin, 1.0) - hairpin).max() <= 2.0 + 1e-9


def test_a_strip_faces_up_and_has_its_area() -> None:
    points, triangles = strip(BEND[:2], 1.5, -0.5)
    a, b, c = (points[triangles[:, i]] for i in range(3))
    area = ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) / 2
    assert (area > 0).all()
    assert area.sum() == pytest.approx(20.0)


def test_many_strips_are_as_one_by_one() -> None:
    square = shapely.LineString([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)])
    lines = lines_of([shapely.LineString(BEND), shapely.LineString([(5, 5), (5, 5)]), square])
    assert lines.owner.tolist() == [0, 2]
    points, triangles, line = strips(lines, np.array([1.0, 2.0]), np.array([-1.0, 0.0]))
    for number, course, left, right in ((0, BEND, 1.0, -1.0), (1, np.asarray(square.coords), 2.0, 0.0)):
        alone, _ = strip(course, left, right)
        assert points[line == number] == pytest.approx(alone)
    assert len(triangles) == 2 * (2 + 4)


def test_repeated_points_go() -> None:
    line = np.array([[0.0, 0.0], [0.0, 0.001], [5.0, 0.0], [5.0, 0.0]])
    assert len(without_repeats(line)) == 2


def test_a_lattice_is_fine_over_a_leaf_and_coarser_over_a_long_building() -> None:
    leaf = lattice_for(np.array([256.0, 512.0, 0.0]), np.array([512.0, 768.0, 90.0]))
    assert leaf.step_m == FINEST_M
    wide = lattice_for(np.array([0.0, 0.0, 0.0]), np.array([900.0, 20.0, 9.0]))
    assert wide.step_m == 2 * FINEST_M
    points = np.array([[300.1234, 700.5, 12.3456]])
    assert leaf.steps(points) * leaf.step_m + np.array(leaf.corner) == pytest.approx(points, abs=FINEST_M / 2)
