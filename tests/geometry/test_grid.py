"""Rasters give back what is put in."""

import numpy as np

from citiverse.geometry.grid import Grid, sample


def test_a_plane_is_sampled_exactly_between_the_centres() -> None:
    y, x = np.mgrid[0:5, 0:7] * 10.0 + 5.0
    grid = Grid(2.0 * x + 3.0 * y, 0.0, 0.0, 10.0, "m")
    points = np.array([[5.0, 5.0], [33.0, 21.0], [64.0, 44.0]])
    assert np.allclose(sample(grid, points, outside=-1.0), 2.0 * points[:, 0] + 3.0 * points[:, 1])


def test_far_points_are_outside() -> None:
    grid = Grid(np.ones((2, 2)), 0.0, 0.0, 10.0, "m")
    assert sample(grid, np.array([[-20.0, 5.0], [1.0, 1.0]]), outside=-1.0).tolist() == [-1.0, 1.0]


def test_centres_and_bounds_agree() -> None:
    grid = Grid(np.zeros((3, 2)), 100.0, 50.0, 10.0, "m")
    assert grid.bounds == (100.0, 50.0, 120.0, 80.0)
    assert grid.centres()[0].tolist() == [105.0, 55.0]
    assert grid.centres()[-1].tolist() == [115.0, 75.0]


def test_a_single_cell_has_one_value() -> None:
    grid = Grid(np.array([[7.0]]), 0.0, 0.0, 10.0, "m")
    assert sample(grid, np.array([[5.0, 5.0], [9.0, 1.0]]), outside=0.0).tolist() == [7.0, 7.0]
