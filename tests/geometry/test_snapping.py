"""A shape on a lattice is cut as the same shape read back from a file."""

import shapely

from citiverse.geometry.snapping import snapped


def test_a_snapped_shape_is_cut_as_one_that_was_read_back() -> None:
    shape = snapped(shapely.Polygon([(620, 600), (700.0004, 600), (700, 700), (620, 700)]), 0.001)
    again = shapely.from_wkb(shapely.to_wkb(shape))
    assert shapely.get_precision(shape) == 0.0
    pond = shapely.box(680, 680, 720, 720)
    assert shapely.to_wkb(shape.difference(pond)) == shapely.to_wkb(again.difference(pond))
    assert shapely.get_coordinates(shape).max() == 700.0
