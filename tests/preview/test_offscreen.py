"""Pictures drawn without a screen show what stands there."""

import math
import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from citiverse.preview.camera import Camera, bird
from citiverse.preview.light import faces, lit
from citiverse.preview.offscreen import MESA, SOFTWARE, Studio, Triangles

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], float)
SIDES = np.array([[4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4], [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4]])
RED_HOUSE = Triangles(
    CORNERS * [40.0, 40.0, 30.0] + [-20.0, 60.0, 0.0], np.tile(np.array([200, 20, 20], np.uint8), (8, 1)), SIDES
)


def pixels(png: bytes) -> NDArray[np.uint8]:
    """RGB of an 8-bit PNG without interlacing, shape (height, width, 3)."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(png[k : k + 4], "big") for k in (16, 20))
    assert png[24:26] == b"\x08\x02"
    data, at = b"", 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    raw = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + 3 * width)
    rows = np.zeros((height + 1, width + 1, 3), np.int64)
    for y in range(height):
        line = raw[y, 1:].reshape(width, 3).astype(np.int64)
        up, kind = rows[y], raw[y, 0]
        for x in range(width):
            left, above, corner = rows[y + 1, x], up[x + 1], up[x]
            guess = (0, left, above, (left + above) // 2, paeth(left, above, corner))[kind]
            rows[y + 1, x + 1] = (line[x] + guess) & 255
    return rows[1:, 1:].astype(np.uint8)


def paeth(left: NDArray[np.int64], above: NDArray[np.int64], corner: NDArray[np.int64]) -> NDArray[np.int64]:
    away = np.abs(np.stack([above - corner, left - corner, left + above - 2 * corner]))
    nearest = np.where((away[0] <= away[1]) & (away[0] <= away[2]), left, np.where(away[1] <= away[2], above, corner))
    return np.asarray(nearest, np.int64)


@pytest.fixture(params=[MESA, SOFTWARE])
def studio(request: pytest.FixtureRequest) -> Iterator[Studio]:
    made = Studio(request.param)
    yield made
    made.close()


def test_a_house_ahead_is_red_and_the_sky_is_above_it(studio: Studio) -> None:
    shown = pixels(studio.draw(RED_HOUSE, Camera((0.0, 0.0, 1.6), 0.0), (64, 48))).astype(int)
    red, green, blue = shown[24, 32]
    assert red > green + 60
    assert red > blue + 60
    assert shown[2, 2].min() > 180


def test_a_house_behind_is_not_in_the_picture(studio: Studio) -> None:
    shown = pixels(studio.draw(RED_HOUSE, Camera((0.0, 0.0, 1.6), 180.0), (64, 48))).astype(int)
    assert (shown[..., 0] <= shown[..., 2]).all()


def test_the_same_view_gives_the_same_picture() -> None:
    studio = Studio()
    first, second = (studio.draw(RED_HOUSE, bird((-20, 60, 20, 100)), (64, 48)) for _ in range(2))
    studio.close()
    assert first == second


def test_a_birds_view_holds_the_whole_of_its_bounds_and_little_more() -> None:
    studio = Studio()
    corners = np.array([[0, 0, 10], [300, 0, 10], [300, 200, 10], [0, 200, 10]], float)
    lawn = Triangles(corners, np.tile(np.array([20, 200, 20], np.uint8), (4, 1)), np.array([[0, 1, 2], [0, 2, 3]]))
    shown = pixels(studio.draw(lawn, bird((0.0, 0.0, 300.0, 200.0), ground_m=10.0), (160, 90))).astype(int)
    studio.close()
    green = shown[..., 1] > shown[..., 2] + 40
    rows, columns = np.nonzero(green)
    edge = np.concatenate([green[0], green[-1], green[:, 0], green[:, -1]])
    assert edge.mean() < 0.05
    assert columns.max() - columns.min() > 120 or rows.max() - rows.min() > 70


@pytest.mark.parametrize("view", [{"pitch_deg": 91.0}, {"heading_deg": math.nan}, {"width_deg": 0.0}])
def test_a_view_that_no_lens_has_is_refused(view: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="view"):
        Camera((0.0, 0.0, 1.6), **{"heading_deg": 0.0, **view})


def test_a_roof_in_the_sun_is_brighter_than_a_wall_in_the_shade() -> None:
    normals = faces(CORNERS, SIDES)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1.0)
    shown = lit(np.full((len(SIDES), 3), 200, np.uint8), normals).sum(axis=1)
    roof, north = shown[0], shown[6]
    assert roof > north * 1.3


def where_on(camera: Camera, point: tuple[float, float, float], size: tuple[int, int]) -> tuple[int, int]:
    """Row and column of a point of the scene in a picture."""
    ahead, right, above = camera.axes
    away = np.array(point) - np.array(camera.eye)
    scale = size[0] / 2 / math.tan(math.radians(camera.width_deg) / 2) / float(away @ ahead)
    return round(size[1] / 2 - float(away @ above) * scale), round(size[0] / 2 + float(away @ right) * scale)


def test_walls_have_windows_and_throw_shadows_under_a_sky() -> None:
    """A white tower of 8 storeys on a pale square, seen from the south-east: the sun stands in the south-west."""
    tower = CORNERS * [24.0, 24.0, 24.0] + [-12.0, 40.0, 0.0]
    ground = np.array([[-300, -300, 0], [300, -300, 0], [300, 300, 0], [-300, 300, 0]], float)
    walls = np.zeros((12, 4), np.float32)
    walls[:8, 0] = [0, 8, 16, 24, 0, 8, 16, 24]
    walls[4:8, 1] = 8.0
    walls[8:, 3] = 255
    white = np.full((12, 3), 220, np.uint8)
    sides = np.array([[0, 1, 5], [0, 5, 4], [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]])
    indices = np.concatenate([sides, [[4, 5, 6], [4, 6, 7], [8, 9, 10], [8, 10, 11]]])
    scene = Triangles(np.concatenate([tower, ground]), white, indices, walls)
    camera = Camera((60.0, 0.0, 30.0), -45.0, -14.0)
    studio = Studio(MESA)
    shown = pixels(studio.draw(scene, camera, (320, 180))).astype(int)
    plain = pixels(studio.draw(replace(scene, walls=None), camera, (320, 180)))
    studio.close()
    light, was = shown.sum(axis=2), plain.astype(int).sum(axis=2)
    of_tower = (was != was[150, 20]) & (np.arange(180)[:, None] > 40)
    assert (light[of_tower] < 250).sum() > 150, "no dark panes"
    in_shade, in_sun = (light[where_on(camera, point, (320, 180))] for point in ((22.0, 74.0, 0.0), (10.0, 30.0, 0.0)))
    assert in_shade < 0.85 * in_sun, "no shadow"
    assert shown[0, 160, 2] - shown[0, 160, 0] > shown[60, 5, 2] - shown[60, 5, 0] + 20, "the sky is as pale above"
