"""Vertices on a lattice."""

import shapely
from shapely.geometry.base import BaseGeometry


def snapped(shape: BaseGeometry, step_m: float) -> BaseGeometry:
    """The shape with all vertices on whole multiples of a step, valid, and no memory of the step.

    A shape that remembers it is cut otherwise than the same shape read back from a file: its rings begin elsewhere.
    """
    lattice: BaseGeometry = shapely.set_precision(shape, step_m)
    plain: BaseGeometry = shapely.set_precision(lattice, 0.0)
    return plain
