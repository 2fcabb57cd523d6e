"""A town of four streets that fits on half a page."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from shapely import LineString, Point, Polygon, box

from citiverse.city.city import City, city_of
from citiverse.city.feature import (
    Building,
    Furniture,
    GreenArea,
    Lane,
    Mode,
    Paving,
    Place,
    Rail,
    Road,
    Roof,
    Stop,
    Tree,
    Water,
)
from citiverse.city.frame import Frame

Here = Callable[..., list[list[float]]]

STREET = (Lane("footway", 2.5), Lane("car", 3.25, "backward"), Lane("car", 3.25, "forward"), Lane("footway", 2.5))
ALL: frozenset[Mode] = frozenset({"car", "truck", "bus", "bicycle", "foot"})


def street(id: str, name: str, points: Sequence[tuple[float, float]], **more: object) -> Road:
    values: dict[str, object] = {"category": "residential", "lanes": STREET, "modes": ALL, "speed_kmh": 40.0} | more
    return Road(id=id, source="osm", name=name, geometry=LineString(points), **values)  # type: ignore[arg-type]


def features() -> list[object]:
    return [
        street("osm:w1", "Main Street", [(0, 100), (100, 100), (200, 100), (300, 100), (400, 100), (512, 100)],
               estimated=frozenset({"speed_kmh"})),
        street("osm:w2", "First Lane", [(100, 0), (100, 100), (100, 300)]),
        street("osm:w3", "Third Lane", [(300, 0), (300, 100), (300, 300)]),
        street("osm:w4", "", [(200, 100), (200, 300)], category="footway", lanes=(Lane("footway", 2.0),),
               modes=frozenset({"foot", "bicycle"})),
        street("osm:w5", "Deep Tunnel", [(0, 200), (512, 200)], layer=-1, tunnel=True),
        street("osm:w6", "The Ring", [(380, 200), (420, 200), (420, 240), (380, 240), (380, 200)]),
        street("osm:w7", "Ring Road", [(300, 100), (380, 200)]),
        Rail(id="osm:w8", name="Line 3", geometry=LineString([(0, 50), (512, 50)]), category="tram"),
        Building(id="osm:w20", name="Forum", geometry=box(120, 120, 180, 160), height_m=15.0, levels=5.0, use="office",
                 jobs=400.0, measured=frozenset({"height_m"})),
        Building(id="osm:w21", geometry=box(220, 120, 280, 160), height_m=12.0, levels=4.0, use="apartments",
                 homes=40.0, address="Main Street 5", estimated=frozenset({"height_m", "homes"})),
        Building(id="osm:w22", geometry=box(320, 120, 340, 140), height_m=10.0, part_of="osm:r9",
                 roof=Roof("gabled", 3.0)),
        Building(id="osm:w23", geometry=box(340, 120, 350, 140), height_m=30.0, min_height_m=6.0, part_of="osm:r9"),
        GreenArea(id="osm:w30", name="Old Park", geometry=box(120, 220, 180, 280), category="park"),
        Paving(id="osm:w31", name="Market", geometry=box(220, 220, 280, 280), category="pedestrian", surface="sett"),
        Water(id="osm:w32", name="", geometry=box(440, 300, 512, 420), category="sea"),
        Tree(id="osm:n40", geometry=Point(150, 250), height_m=12.0),
        Tree(id="osm:n41", geometry=Point(60, 400), height_m=12.0),
        Furniture(id="osm:n42", geometry=Point(230, 105), category="bench"),
        Place(id="osm:n43", name="Bakery", geometry=Point(130, 130), category="shop=bakery"),
        Stop(id="osm:n44", name="Town Hall", geometry=Point(150, 106), category="bus", lines=("14",)),
    ]  # fmt: skip


@pytest.fixture(scope="session")
def town() -> City:
    frame = Frame(32635, (385024.0, 6671104.0))
    made = features()
    return city_of(made, name="town", title="Smalltown", frame=frame, bounds=(0.0, 0.0, 512.0, 512.0))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def here(town: City) -> Here:
    """Longitude and latitude of metres in the town, as JSON has them."""

    def positions(*points: tuple[float, float]) -> list[list[float]]:
        return [[float(lon), float(lat)] for lon, lat in town.frame.to_lonlat(np.array(points, dtype=float))]

    return positions


@pytest.fixture(scope="session")
def block(here: Here) -> Callable[[float, float, float, float], list[list[list[float]]]]:
    """GeoJSON coordinates of a rectangle: west, south, east, north in metres."""

    def rectangle(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
        return [here(*Polygon(box(west, south, east, north)).exterior.coords)]

    return rectangle
