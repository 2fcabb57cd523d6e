"""The sea, rivers and other water."""

from collections.abc import Callable

import numpy as np
import pytest
from shapely import Point, box

from citiverse.city.feature import Water
from citiverse.gis.osm.coast import sea
from citiverse.gis.read import Import
from tests.gis.conftest import Drawing

BOX = box(0, 0, 100, 100)


def line(*points: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(points, dtype=float)


@pytest.mark.parametrize(
    ("coast", "area", "wet"),
    [
        ([line((50, -10), (50, 110))], 5000.0, (75, 50)),  # northwards: the sea is in the east
        ([line((50, 110), (50, -10))], 5000.0, (25, 50)),
        ([line((-10, 50), (110, 50))], 5000.0, (50, 25)),
        ([line((50, 20), (50, 80))], 5000.0, (75, 50)),  # cut inside the scene: led on to the edge
        ([line((50, -10), (50, 40)), line((50, 60), (50, 110))], 5000.0, (75, 50)),  # a bit is missing
        ([line((40, 40), (60, 40), (60, 60), (40, 60), (40, 40))], 9600.0, (10, 10)),  # an island
        ([line((40, 40), (40, 60), (60, 60), (60, 40), (40, 40))], 400.0, (50, 50)),  # a lagoon
        ([line((30, -10), (30, 110)), line((70, 110), (70, -10))], 4000.0, (50, 50)),  # a strait
        ([line((70, -10), (70, 110)), line((30, 110), (30, -10))], 6000.0, (10, 50)),  # an isthmus
    ],
)
def test_the_sea_is_on_the_right_of_its_coast(
    coast: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]], area: float, wet: tuple[float, float]
) -> None:
    found = sea(coast, BOX)
    assert found is not None
    assert found.area == pytest.approx(area)
    assert found.intersects(Point(wet))


def test_a_stray_bit_of_coast_does_not_flood_the_town() -> None:
    coast = line((80, -10), (80, 110))
    stray = line((20, 60), (20, 58))  # southwards: it says that the sea is in the west
    found = sea([coast, stray], BOX)
    assert found is not None
    assert found.area == pytest.approx(2000.0, rel=0.05)


def test_no_coast_no_sea() -> None:
    assert sea([], BOX) is None
    assert sea([line((200, 0), (200, 100))], BOX) is None


def test_rivers_lakes_and_streams(draw: Drawing, read: Callable[..., Import]) -> None:
    draw.box(200, 200, 220, 220, building="yes")
    river = draw.box(0, 0, 400, 40, natural="water", water="river", name="Isar")
    draw.way([(0, 20), (400, 20)], waterway="river", name="Isar")
    brook = draw.way([(10, 100), (110, 100)], waterway="stream", width="3")
    draw.way([(10, 150), (110, 150)], waterway="stream", tunnel="culvert")
    waters = {water.id: water for water in read(draw).city.all(Water)}
    assert set(waters) == {f"osm:w{river}", f"osm:w{brook}"}
    assert waters[f"osm:w{river}"].category == "river"
    assert waters[f"osm:w{brook}"].geometry.area == pytest.approx(300, rel=0.01)
    assert waters[f"osm:w{brook}"].estimated == {"geometry"}
