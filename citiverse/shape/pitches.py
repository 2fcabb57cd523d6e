"""Lines on pitches."""

import numpy as np
import shapely

from citiverse.city.feature import GreenArea
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.memory import remembered
from citiverse.shape.markings import Strokes

LINE_M = 0.1
INSET_M = 0.8
LEAST_FILLED = 0.9
"""Share of its rectangle that a pitch fills if its lines can be told from its outline."""
NARROWEST_M, LONGEST_M = 7.0, 125.0
PIECE_M = 8.0
"""Lines are cut up into pieces of this length, so that they lie on the ground."""
# International Football Association Board, Laws of the Game, Law 1: circle and penalty areas, of pitches at least 90 m
# by 45 m. Smaller courts have a circle of 3 m as in handball and futsal halls.
FOOTBALL_M, CIRCLE_M, PENALTY_M, PENALTY_WIDE_M = (85.0, 42.0), 9.15, 16.5, 40.32
SMALL_CIRCLE_FROM_M, SMALL_CIRCLE_M = 24.0, 3.0


@remembered(2_000)
def pitch_lines(pitch: GreenArea) -> tuple[Strokes, ...]:
    """Side and end lines, the line across the middle, and what else a pitch of its size has.

    None on one that is no rectangle, or so large that it must be several.
    """
    frame = shapely.minimum_rotated_rectangle(pitch.geometry)
    if frame.geom_type != "Polygon" or pitch.geometry.area < LEAST_FILLED * frame.area:
        return ()
    corners = shapely.get_coordinates(frame)[:4]
    sides = np.roll(corners, -1, axis=0) - corners
    length = np.hypot(*sides.T)
    first = int(length[1] > length[0])  # of the long sides
    long, wide = float(length[first]) - 2 * INSET_M, float(length[1 - first]) - 2 * INSET_M
    if wide < NARROWEST_M - 2 * INSET_M or long > LONGEST_M:
        return ()
    ahead = sides[first] / length[first]
    left = np.array([-ahead[1], ahead[0]])
    middle = corners.mean(axis=0)
    pieces = [_pieces(line) for line in _lines(long / 2, wide / 2)]
    start, end = (np.concatenate([each[k] for each in pieces]) for k in (0, 1))
    width = np.full(len(start), LINE_M)
    start, end = (middle + each[:, :1] * ahead + each[:, 1:] * left for each in (start, end))
    return (Strokes(start, end, width, width),)


def _lines(half: float, wide: float) -> list[FloatArray]:
    """Lines of a pitch from -half to half along x and -wide to wide along y."""
    border = np.array([[-half, -wide], [half, -wide], [half, wide], [-half, wide], [-half, -wide]])
    found = [border, np.array([[0.0, -wide], [0.0, wide]])]
    football = 2 * half >= FOOTBALL_M[0] and 2 * wide >= FOOTBALL_M[1]
    if football:
        for sign in (1.0, -1.0):
            x, y = sign * (half - PENALTY_M), PENALTY_WIDE_M / 2
            found.append(np.array([[sign * half, -y], [x, -y], [x, y], [sign * half, y]]))
    if 2 * half >= SMALL_CIRCLE_FROM_M:
        turn = np.linspace(0.0, 2 * np.pi, 25)
        found.append((CIRCLE_M if football else SMALL_CIRCLE_M) * np.column_stack([np.cos(turn), np.sin(turn)]))
    return found


def _pieces(line: FloatArray) -> tuple[FloatArray, FloatArray]:
    points = shapely.get_coordinates(shapely.segmentize(shapely.linestrings(line), PIECE_M))
    return points[:-1], points[1:]
