"""A small town to plan in."""

import pytest
import shapely

from citiverse.city.city import City, city_of
from citiverse.city.feature import MODES, Building, Lane, Road
from citiverse.city.frame import frame_for


@pytest.fixture(scope="session")
def town() -> City:
    """Two streets that cross and four houses."""
    frame = frame_for((24.93, 60.16, 24.95, 60.18))
    lanes = (Lane("footway", 2.0), Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"), Lane("footway", 2.0))
    modes = frozenset(MODES)
    streets = [
        Road(
            id=f"osm:w{n}", source="osm", name=name, geometry=shapely.LineString(points), category="residential",
            lanes=lanes, modes=modes,
        )
        for n, (name, points) in enumerate(
            [("Main Street", [(300, 500), (500, 500), (900, 500)]), ("Mill Lane", [(500, 200), (500, 500), (500, 900)])]
        )
    ]  # fmt: skip
    houses = [
        Building(
            id=f"osm:w{100 + n}", source="osm", geometry=shapely.box(x, y, x + 20, y + 12), height_m=9.0, levels=3,
            use="apartments", estimated=frozenset({"height_m"}),
        )
        for n, (x, y) in enumerate([(420, 520), (520, 520), (420, 460), (620, 520)])
    ]  # fmt: skip
    return city_of([*streets, *houses], name="town", frame=frame, title="A town", bounds=(256, 156, 956, 956))
