"""A small town made by hand, one of everything."""

import numpy as np
import shapely

from citiverse.city.city import City, city_of
from citiverse.city.feature import (
    Barrier,
    Building,
    Feature,
    Furniture,
    GreenArea,
    Lane,
    Paving,
    Rail,
    Road,
    Roof,
    Stop,
    Tree,
    Water,
)
from citiverse.city.frame import Frame
from citiverse.city.terrain import Terrain
from citiverse.geometry.grid import Grid

FRAME = Frame(32635, (384000.0, 6671104.0))
TWO_WAY = (Lane("footway", 2.5), Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"), Lane("footway", 2.5))
CARS = frozenset({"car", "truck", "bus", "bicycle", "foot"})


def road(id: str, points: list[tuple[float, float]], **more: object) -> Road:
    """A residential street along `points`."""
    values: dict[str, object] = {"category": "residential", "lanes": TWO_WAY, "modes": CARS, "source": "osm"} | more
    return Road(id=id, geometry=shapely.LineString(points), **values)  # type: ignore[arg-type]


def house(id: str, x: float, y: float, **more: object) -> Building:
    """A house of 12 by 10 m with its south-west corner at x, y."""
    values: dict[str, object] = {"height_m": 9.0, "levels": 3, "use": "apartments", "source": "osm"} | more
    values.setdefault("geometry", shapely.box(x, y, x + 12, y + 10))
    return Building(id=id, **values)  # type: ignore[arg-type]


def features() -> list[Feature]:
    """Two streets that cross, a park with a pond, houses, a square, a bridge, a tram, trees and things."""
    courtyard = shapely.Polygon(
        [(300, 300), (340, 300), (340, 340), (300, 340)], [[(310, 310), (330, 310), (330, 330), (310, 330)]]
    )
    trees = [Tree(id=f"osm:n{i}", source="osm", geometry=shapely.Point(60 + 5 * i, 170)) for i in range(14)]
    return [
        road("osm:w1", [(20, 128), (128, 128), (470, 132)]),
        road("osm:w2", [(128, 20), (128, 128), (130, 470)], category="secondary"),
        road(
            "osm:w3",
            [(128, 60), (250, 60)],
            category="footway",
            lanes=(Lane("footway", 2.0),),
            modes=frozenset({"foot"}),
        ),
        road("osm:w4", [(300, 200), (300, 260)], bridge=True, layer=1, category="tertiary"),
        road("osm:w5", [(20, 400), (400, 400)], tunnel=True, layer=-1),
        road("osm:w6", [(200, 200), (200, 200)]),
        Rail(id="osm:w31", source="osm", geometry=shapely.LineString([(99, 99), (99, 99)]), category="tram"),
        Barrier(id="osm:w41", source="osm", geometry=shapely.LineString([(99, 99), (99, 99)]), category="wall"),
        house("osm:w10", 30, 30),
        house("osm:w11", 60, 30, roof=Roof(shape="gabled", height_m=4.0)),
        house("osm:w12", 90, 30, roof=Roof(shape="hipped", height_m=3.0), min_height_m=3.0),
        house("osm:w13", 248, 20),  # its middle lies in the leaf to the west, its walls in both
        house("osm:w14", 0, 0, geometry=courtyard, height_m=20.0),
        GreenArea(id="osm:w20", source="osm", geometry=shapely.box(150, 150, 240, 240), category="park"),
        Water(id="osm:w21", source="osm", geometry=shapely.Point(195, 195).buffer(20), category="pond"),
        Water(id="osm:sea", source="osm", geometry=shapely.box(300, 215, 500, 245), category="sea"),
        Paving(id="osm:w22", source="osm", geometry=shapely.box(30, 60, 90, 110), category="square", surface="sett"),
        Rail(id="osm:w30", source="osm", geometry=shapely.LineString([(20, 300), (480, 320)]), category="tram"),
        Barrier(id="osm:w40", source="osm", geometry=shapely.LineString([(150, 145), (240, 145)]), category="hedge"),
        Furniture(id="osm:n100", source="osm", geometry=shapely.Point(70, 85), category="bench"),
        Furniture(id="osm:n101", source="osm", geometry=shapely.Point(300, 130.01169591), category="crossing"),
        Stop(id="osm:n102", source="osm", geometry=shapely.Point(128, 300), category="bus"),
        *trees,
    ]


def town(*more: Feature, terrain: Terrain | None = None) -> City:
    """The town and more, on flat ground unless there is a `terrain`."""
    everything = {feature.id: feature for feature in [*features(), *more]}
    return city_of(
        everything.values(), name="town", frame=FRAME, bounds=(10.0, 10.0, 490.0, 480.0), terrain=terrain or Terrain()
    )


def hills() -> Terrain:
    """Ground that rises by a tenth to the east."""
    x = np.arange(60) * 10.0 + 5.0
    return Terrain(Grid(np.tile(0.1 * x, (60, 1)), 0.0, 0.0, 10.0, "m"))
