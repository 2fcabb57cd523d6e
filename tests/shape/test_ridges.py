"""Roofs over wings: ridges along them, gables at their ends, nothing left open."""

import numpy as np
import pytest
import shapely
from shapely import Polygon

from citiverse.city.feature import Roof, RoofShape
from citiverse.shape.ridges import slopes_over, straightened, with_gables
from citiverse.shape.roofs import RoofSurface, roof_over

L = Polygon([(0, 0), (20, 0), (20, 8), (8, 8), (8, 20), (0, 20)])
T = Polygon([(0, 0), (30, 0), (30, 8), (18, 8), (18, 20), (12, 20), (12, 8), (0, 8)])
U = Polygon([(0, 0), (30, 0), (30, 20), (22, 20), (22, 8), (8, 8), (8, 20), (0, 20)])
COURTYARD = Polygon([(0, 0), (40, 0), (40, 40), (0, 40)], [[(15, 15), (15, 25), (25, 25), (25, 15)]])


def roof(outline: Polygon, shape: RoofShape, rise_m: float = 4.0) -> RoofSurface:
    found = roof_over(outline, Roof(shape=shape), rise_m)
    assert found is not None
    return found


def gables(surface: RoofSurface) -> int:
    """Runs of points along the walls that rise over the eaves."""
    heights = surface.rings[0][:, 2]
    raised = heights > 0.01
    return int((raised & ~np.roll(raised, 1)).sum())


@pytest.mark.parametrize(("outline", "ends"), [(L, 2), (T, 3), (U, 2), (COURTYARD, 0)])
def test_every_wing_ends_in_a_gable(outline: Polygon, ends: int) -> None:
    assert gables(roof(outline, "gabled")) == ends
    assert gables(roof(outline, "hipped")) == 0
    assert gables(roof(outline, "half-hipped")) == ends


def test_a_gable_reaches_the_ridge_and_a_half_hip_stops_halfway() -> None:
    assert roof(L, "gabled").rings[0][:, 2].max() == pytest.approx(4.0)
    assert roof(L, "half-hipped").rings[0][:, 2].max() == pytest.approx(2.0)


@pytest.mark.parametrize("shape", ["gabled", "hipped", "half-hipped", "gambrel", "round", "mansard", "dome"])
@pytest.mark.parametrize("outline", [L, T, U, COURTYARD, shapely.affinity.rotate(T, 24.0)])
def test_a_roof_covers_its_wings_below_its_cap(shape: RoofShape, outline: Polygon) -> None:
    surface = roof(outline, shape)
    a, b, c = (surface.points[surface.triangles[:, i], :2] for i in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    assert doubled.sum() / 2 == pytest.approx(outline.area, rel=1e-6)
    assert doubled.min() > -1e-6
    assert surface.points[:, 2].min() >= 0.0
    assert surface.points[:, 2].max() == pytest.approx(4.0)


def test_every_point_of_a_wall_meets_the_roof() -> None:
    """Heights along the walls are those of the roof at the same place."""
    for shape in ("gabled", "half-hipped", "gambrel"):
        surface = roof(T, shape)
        for x, y, z in surface.rings[0]:
            same = np.abs(surface.points[:, :2] - (x, y)).max(axis=1) < 1e-6
            assert same.any()
            assert np.abs(surface.points[same, 2] - z).min() < 1e-6


def test_points_on_a_straight_wall_do_not_change_the_roof() -> None:
    dense = shapely.segmentize(L, 3.0)
    slopes = slopes_over(dense)
    assert slopes is not None
    assert len(slopes.edges) == 6
    assert len(with_gables(slopes).gables) == 2
    assert len(roof(dense, "gabled").rings[0]) == len(dense.exterior.coords) - 1 + 2


def test_a_bump_of_a_centimetre_is_no_corner() -> None:
    ring = np.array([(0, 0), (10, 0.01), (20, 0), (20, 10), (0, 10)])
    for begin in range(5):
        assert sorted(straightened(np.roll(ring, begin, axis=0)).tolist()) == [[0, 0], [0, 10], [20, 0], [20, 10]]
