"""Lines on pitches."""

import numpy as np
import pytest
import shapely
from shapely import affinity

from citiverse.city.feature import GreenArea
from citiverse.shape.markings import Strokes
from citiverse.shape.pitches import CIRCLE_M, INSET_M, PIECE_M, pitch_lines


def pitch(long_m: float, wide_m: float, turn_deg: float = 0.0) -> GreenArea:
    box = affinity.rotate(shapely.box(0, 0, long_m, wide_m), turn_deg)
    return GreenArea(id="p", geometry=box, category="pitch")


def lines_of(of: GreenArea) -> Strokes:
    (found,) = pitch_lines(of)
    return found


def length(strokes: Strokes) -> float:
    return float(np.hypot(*(strokes.end - strokes.start).T).sum())


@pytest.mark.parametrize("turn_deg", [0.0, 30.0, 90.0, 137.0])
def test_lines_lie_inside_the_pitch_whichever_way_it_lies(turn_deg: float) -> None:
    court = pitch(36.0, 18.0, turn_deg)
    found = lines_of(court)
    inside = shapely.buffer(court.geometry, -INSET_M + 0.001)
    assert shapely.covers(inside, shapely.points(np.concatenate([found.start, found.end]))).all()
    assert np.hypot(*(found.end - found.start).T).max() <= PIECE_M + 1e-6
    assert length(found) == pytest.approx(length(lines_of(pitch(36.0, 18.0))))


def test_a_football_pitch_has_penalty_areas_and_a_large_circle() -> None:
    found = lines_of(pitch(105.0 + 2 * INSET_M, 68.0 + 2 * INSET_M))
    circle = 24 * 2 * CIRCLE_M * np.sin(np.pi / 24)
    assert length(found) == pytest.approx(2 * (105 + 68) + 68 + 2 * (2 * 16.5 + 40.32) + circle, abs=0.01)


def test_a_bent_outline_or_a_whole_sports_ground_has_no_lines() -> None:
    bent = GreenArea(
        id="p", geometry=shapely.Polygon([(0, 0), (40, 0), (40, 10), (10, 10), (10, 40), (0, 40)]), category="pitch"
    )
    assert pitch_lines(bent) == ()
    assert pitch_lines(pitch(220.0, 90.0)) == ()
    assert pitch_lines(pitch(12.0, 5.0)) == ()
