"""Scenes anywhere on Earth keep their metres."""

import numpy as np
import pytest

from citiverse.city.frame import Frame, FrameError, frame_for, utm_epsg

PLACES = [
    ("Helsinki", (24.93, 60.16, 24.96, 60.18), 32635),
    ("Fiji, over the antimeridian", (179.95, -17.0, -179.95, -16.9), 32701),
    ("Longyearbyen", (15.5, 78.2, 15.7, 78.25), 32633),
    ("Bergen", (5.2, 60.3, 5.4, 60.4), 32632),
    ("near the pole", (10.0, 86.0, 12.0, 86.1), 5041),
    ("Munich, over a zone's seam", (11.9, 48.1, 12.1, 48.2), 32633),
]


@pytest.mark.parametrize(("place", "bounds", "epsg"), PLACES, ids=[place for place, _, _ in PLACES])
def test_a_scene_has_a_metric_frame_with_positive_coordinates(
    place: str, bounds: tuple[float, float, float, float], epsg: int
) -> None:
    frame = frame_for(bounds)
    assert frame.epsg == epsg
    west, south, east, north = bounds
    corners = np.array([[west, south], [east, south], [east, north], [west, north]])
    local = frame.to_local(corners)
    assert (local >= 0).all()
    assert np.allclose((frame.to_lonlat(local) - corners + 180) % 360 - 180, 0, atol=1e-9)


def test_the_matrix_to_the_globe_is_right_to_a_metre_two_kilometres_out() -> None:
    frame = frame_for((24.93, 60.16, 24.96, 60.18))
    matrix = frame.geocentric_matrix((1000.0, 1000.0))
    points = np.array([[3000.0, 1000.0, 0.0], [1000.0, -1000.0, 50.0], [1000.0, 1000.0, 10.0]])
    image = points @ matrix[:3, :3].T + matrix[:3, 3]
    assert np.linalg.norm(image - frame.to_geocentric(points), axis=1).max() < 1.0


@pytest.mark.parametrize("epsg", [4326, 999999, 2263])
def test_degrees_feet_and_unknown_systems_are_refused(epsg: int) -> None:
    with pytest.raises(FrameError, match=f"EPSG:{epsg}"):
        Frame(epsg, (0.0, 0.0))


def test_a_position_without_an_image_is_refused() -> None:
    with pytest.raises(FrameError):
        frame_for((24.93, 60.16, 24.96, 60.18)).to_local(np.array([[np.inf, 0.0]]))


def test_norway_has_its_own_wide_zone() -> None:
    assert utm_epsg(5.3, 60.4) == 32632
    assert utm_epsg(-0.1, 51.5) == 32630
    assert utm_epsg(179.999, -17.0) == 32760
    assert utm_epsg(180.0, -17.0) == 32701
