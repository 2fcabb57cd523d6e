"""Rectangles of ground cut up."""

import itertools

import numpy as np
import pytest
import shapely

from citiverse.geometry.arrays import FloatArray
from citiverse.shape.patches import Patch, patch_of

BOX = (16.0, 64.0, 101.0, 128.0)


def outlines(patch: Patch) -> list[shapely.Polygon]:
    ends = patch.rings.ring_start
    return [shapely.Polygon(patch.rings.points[a:b]) for a, b in itertools.pairwise(ends)]


def areas(patch: Patch) -> FloatArray:
    a, b, c = (patch.rings.points[patch.triangles[:, k]] for k in range(3))
    return np.asarray((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) / 2


@pytest.mark.parametrize("mesh_m", [None, 16.0])
def test_ground_that_nobody_claims_is_cut_as_that_under_one_claim(mesh_m: float | None) -> None:
    bare, claimed = patch_of([], BOX, mesh_m), patch_of([shapely.box(0.0, 0.0, 500.0, 500.0)], BOX, mesh_m)
    assert sorted(each.normalize().wkb for each in outlines(bare)) == sorted(
        each.normalize().wkb for each in outlines(claimed)
    )
    assert areas(bare).min() > 0.0
    assert areas(bare).sum() == pytest.approx(shapely.box(*BOX).area)
    assert set(bare.granted) == {-1}
    assert set(claimed.granted) == {0}


def test_claims_that_lie_elsewhere_change_nothing() -> None:
    here, elsewhere = shapely.box(20.0, 70.0, 40.0, 90.0), shapely.box(300.0, 300.0, 310.0, 310.0)
    alone, beside = patch_of([here], BOX, None), patch_of([elsewhere, here], BOX, None)
    assert (alone.rings.points == beside.rings.points).all()
    assert set(alone.granted) == {-1, 0}
    assert set(beside.granted) == {-1, 1}
