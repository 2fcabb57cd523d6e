"""A street of 400 m with a home beside it, the traffic on it, and what models tell of them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from shapely import LineString, box

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, Lane, Road
from citiverse.geometry.grid import Grid
from citiverse.impact.model import Impact
from citiverse.impact.streets import StreetTraffic

LINE = LineString([(0.0, 100.0), (400.0, 100.0)])
BOUNDS = (0.0, 0.0, 400.0, 300.0)
HOME = Building(id="home", geometry=box(190.0, 130.0, 210.0, 140.0), height_m=9.0, levels=3.0, use="apartments")
NO_PIECES = np.zeros((0, 3))
NO_TRAFFIC = Impact(
    "traffic", "1", "full", (), (),
    StreetTraffic((), (), NO_PIECES, NO_PIECES, NO_PIECES, NO_PIECES, (), np.zeros(0)),
)  # fmt: skip


def street(**changes: object) -> Road:
    road = Road(id="street", geometry=LINE, category="primary", lanes=(Lane("car", 3.5),), modes=frozenset({"car"}))
    return replace(road, **changes)  # type: ignore[arg-type]


def flows(
    *lines: LineString, cars: float, trucks: float, kmh: float, periods: tuple[float, ...] = (1.0, 1.0, 1.0),
    surface: str = "asphalt",
) -> Impact:  # fmt: skip
    """As the traffic model tells it: `cars` and `trucks` an hour by day, times `periods`, on each line."""
    lines = lines or (LINE,)
    ones = np.ones((len(lines), 3))
    streets = StreetTraffic(
        road_ids=("street",) * len(lines), lines=lines, light_per_h=cars * ones * periods,
        heavy_per_h=trucks * ones * periods, light_kmh=kmh * ones, heavy_kmh=kmh * ones,
        surfaces=(surface,) * len(lines), gradient_percent=np.zeros(len(lines)),
    )  # fmt: skip
    return Impact("traffic", "1", "full", (), (), streets)


def go_on() -> bool:
    return False


def measure(impact: Impact, id: str) -> float:
    return next(each.value for each in impact.measures if each.id == id)


def facade(impact: Impact, id: str = "home") -> float:
    values = impact.layers[0].values
    assert isinstance(values, Mapping)
    return values[id]


def outdoors(impact: Impact) -> Grid:
    values = impact.layers[1].values
    assert isinstance(values, Grid)
    return values


def same(one: Impact, other: Impact) -> None:
    """The same to the last bit, as far as anybody sees."""
    assert one.layers[0].values == other.layers[0].values
    assert np.array_equal(outdoors(one).values, outdoors(other).values, equal_nan=True)
    for mine, theirs in zip(one.measures, other.measures, strict=True):
        assert mine.value == theirs.value
        assert np.array_equal(mine.draws, theirs.draws)


def edited(city: City, **features: Feature | None) -> tuple[City, Change]:
    change = change_between({id: city.get(id) for id in features}, features)
    return city.with_change(change), change
