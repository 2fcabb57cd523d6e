"""Trees, furniture, places, stops, tracks, walls and green."""

from collections.abc import Callable

import pytest

from citiverse.city.feature import Barrier, Furniture, GreenArea, Paving, Place, Rail, Stop, Tree, basis_of
from citiverse.gis.osm.tags import bearing, colour, metres, number, percent
from citiverse.gis.read import Import
from tests.gis.conftest import Drawing

Read = Callable[..., Import]


@pytest.fixture(autouse=True)
def house(draw: Drawing) -> None:
    draw.box(300, 300, 320, 320, building="yes")


def test_trees_and_rows_of_trees(draw: Drawing, read: Read) -> None:
    lime = draw.node((50, 50), natural="tree", height="15", diameter_crown="8", genus="Tilia", leaf_type="broadleaved")
    bare = draw.node((60, 50), natural="tree", species="Quercus robur")
    row = draw.way([(0, 100), (80, 100)], natural="tree_row")
    trees = {tree.id: tree for tree in read(draw).city.all(Tree)}
    assert (trees[lime].height_m, trees[lime].crown_m, trees[lime].genus) == (15.0, 8.0, "Tilia")
    assert trees[lime].leaf == "broadleaved"
    assert trees[lime].estimated == frozenset()
    assert (trees[bare].genus, basis_of(trees[bare], "height_m")) == ("Quercus", "estimated")
    assert [tree.geometry.x for id, tree in trees.items() if id.startswith(f"osm:w{row}")] == pytest.approx(
        [trees[f"osm:w{row}.1"].geometry.x + 8 * i for i in range(11)], abs=0.2
    )


def test_things_in_the_street(draw: Drawing, read: Read) -> None:
    draw.node((10, 10), amenity="bench", direction="W")
    draw.node((20, 10), highway="street_lamp")
    draw.node((30, 10), highway="crossing")
    found = {each.category: each for each in read(draw).city.all(Furniture)}
    assert set(found) == {"bench", "street_lamp", "crossing"}
    assert found["bench"].heading_deg == 270.0


def test_places_as_points_and_as_areas(draw: Drawing, read: Read) -> None:
    draw.node((10, 10), shop="bakery", name="Korvapuusti")
    school = draw.box(0, 100, 50, 150, amenity="school", name="School")
    hotel = draw.box(100, 100, 120, 120, building="hotel", tourism="hotel")
    city = read(draw).city
    assert {place.category for place in city.all(Place)} == {"shop=bakery", "amenity=school", "tourism=hotel"}
    assert isinstance(city.feature(f"osm:w{school}"), Place)
    assert isinstance(city.feature(f"osm:w{hotel}.place"), Place)
    assert city.building(f"osm:w{hotel}").use == "hotel"


def test_stops_know_their_lines(draw: Drawing, read: Read) -> None:
    stop = draw.node((10, 10), highway="bus_stop", name="Market")
    number = draw.at((10, 10))
    for ref in ("24", "7"):
        draw.lines.append(
            f'<relation id="9{ref}" version="1"><member type="node" ref="{number}" role="platform"/>'
            f'<tag k="type" v="route"/><tag k="route" v="bus"/><tag k="ref" v="{ref}"/></relation>'
        )
    found = {each.id: each for each in read(draw).city.all(Stop)}[stop]
    assert (found.category, found.name, found.lines) == ("bus", "Market", ("24", "7"))


def test_tracks_and_walls(draw: Drawing, read: Read) -> None:
    tram = draw.way([(0, 10), (90, 10)], railway="tram", gauge="1000")
    draw.way([(0, 20), (90, 20)], railway="abandoned")
    screen = draw.way([(0, 30), (90, 30)], barrier="wall", wall="noise_barrier", height="4")
    hedge = draw.way([(0, 40), (90, 40)], barrier="hedge")
    city = read(draw).city
    assert [(rail.id, rail.gauge_m) for rail in city.all(Rail)] == [(f"osm:w{tram}", 1.0)]
    walls = {each.id: each for each in city.all(Barrier)}
    assert (walls[f"osm:w{screen}"].category, walls[f"osm:w{screen}"].height_m) == ("noise_barrier", 4.0)
    assert basis_of(walls[f"osm:w{hedge}"], "height_m") == "estimated"


def test_a_park_with_a_fence_is_both(draw: Drawing, read: Read) -> None:
    park = draw.box(0, 0, 100, 100, leisure="park", barrier="fence", name="Park")
    city = read(draw).city
    green = city.feature(f"osm:w{park}")
    assert isinstance(green, GreenArea)
    assert (green.category, green.name) == ("park", "Park")
    assert isinstance(city.feature(f"osm:w{park}.barrier"), Barrier)


def test_a_wood_that_reaches_far_out_is_cut_at_the_edge(draw: Drawing, read: Read) -> None:
    wood = draw.box(-5000, 350, 5000, 5000, natural="wood")
    found = read(draw).city
    green = found.feature(f"osm:w{wood}").geometry
    west, south, east, north = found.bounds
    assert green.bounds == pytest.approx((west, green.bounds[1], east, north), abs=0.01)
    assert south < green.bounds[1]


def test_car_parks_are_paved_where_they_are_in_the_open(draw: Drawing, read: Read) -> None:
    open_air = draw.box(0, 0, 40, 40, amenity="parking")
    draw.box(50, 0, 90, 40, amenity="parking", parking="underground")
    draw.box(100, 0, 140, 40, amenity="parking", parking="multi-storey", building="parking")
    pier = draw.way([(0, 100), (30, 100)], man_made="pier")
    assert {each.id for each in read(draw).city.all(Paving)} == {f"osm:w{open_air}", f"osm:w{pier}"}


@pytest.mark.parametrize(
    "value", ["", "x" * 10_000, "1" * 400, "\u0000", "١٢", "∞", "12'", "'", '"', "-", ".", "1e5", "°"]
)
def test_no_text_upsets_the_readers_of_values(value: str) -> None:
    for reader in (bearing, colour, metres, number, percent):
        reader(value)


@pytest.mark.parametrize(
    ("text", "degrees"), [("N", 0.0), ("sw", 225.0), ("90", 90.0), ("-90", 270.0), ("350-10", 0.0), ("up", None)]
)
def test_bearings(text: str, degrees: float | None) -> None:
    assert bearing(text) == degrees


@pytest.mark.parametrize(("text", "slope"), [("5%", 5.0), ("-3,5 %", -3.5), ("45°", 100.0), ("up", None)])
def test_slopes(text: str, slope: float | None) -> None:
    assert percent(text) == (None if slope is None else pytest.approx(slope))
