"""What OpenStreetMap's tags make of houses."""

from collections.abc import Callable

import pytest

from citiverse.city.feature import Building, basis_of
from citiverse.gis.read import Import
from tests.gis.conftest import Drawing

Read = Callable[..., Import]


def house(draw: Drawing, read: Read, **tags: str) -> Building:
    """One house of 10 x 10 m with these tags."""
    id = draw.box(50, 50, 60, 60, **{"building": "yes", **tags})
    return read(draw).city.building(f"osm:w{id}")


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("12", 12.0), ("12.5", 12.5), ("12,5", 12.5), ("10 m", 10.0), ("10m", 10.0), ("~8", 8.0), ("40 ft", 12.19),
        ("40'", 12.19), ("12'6\"", 3.81), ("12' 6\"", 3.81), ("12;14", 12.0), ("900 cm", 9.0),
    ],
)  # fmt: skip
def test_heights_are_read_with_their_units(text: str, metres: float, draw: Drawing, read: Read) -> None:
    built = house(draw, read, height=text)
    assert built.height_m == pytest.approx(metres, abs=0.01)
    assert basis_of(built, "height_m") == "tagged"


@pytest.mark.parametrize("text", ["high", "", "-5", "0", "NaN", "inf", "1e9", "12 parsecs", "5 m 3"])
def test_a_height_that_is_none_is_estimated(text: str, draw: Drawing, read: Read) -> None:
    built = house(draw, read, height=text)
    assert 2.0 < built.height_m < 20.0
    assert basis_of(built, "height_m") == "estimated"


def test_storeys_and_roof_make_the_height(draw: Drawing, read: Read) -> None:
    built = house(
        draw,
        read,
        building="apartments",
        building__levels="4",
        roof__shape="gabled",
        roof__height="3",
        roof__direction="NE",
    )
    assert built.height_m == pytest.approx(4 * 3.1 + 3.0)
    assert (built.roof.shape, built.roof.height_m, built.roof.direction_deg) == ("gabled", 3.0, 45.0)
    assert basis_of(built, "levels") == "tagged"


def test_a_house_is_as_high_as_its_neighbours(draw: Drawing, read: Read) -> None:
    for x in range(0, 100, 20):
        draw.box(x, 0, x + 15, 20, building="apartments", building__levels="6")
    unknown = draw.box(100, 0, 115, 20, building="apartments")
    shed = draw.box(120, 0, 123, 4, building="yes")
    city = read(draw).city
    assert city.building(f"osm:w{unknown}").levels == 6.0
    assert basis_of(city.building(f"osm:w{unknown}"), "levels") == "estimated"
    assert city.building(f"osm:w{shed}").levels == 1.0


def test_colours_and_materials(draw: Drawing, read: Read) -> None:
    built = house(
        draw, read, building__colour="Dark Red", roof__colour="#abc", building__material="brick", roof__material="slate"
    )
    assert (built.colour, built.roof.colour) == ("#8b0000", "#aabbcc")
    assert (built.material, built.roof.material) == ("brick", "slate")


def test_a_courtyard_is_a_hole(draw: Drawing, read: Read) -> None:
    outer, inner = draw.box(0, 0, 40, 40), draw.box(10, 10, 30, 30)
    id = draw.relation([(outer, "outer"), (inner, "inner")], type="multipolygon", building="yes")
    built = read(draw).city.building(f"osm:r{id}")
    assert built.geometry.area == pytest.approx(1600 - 400, rel=0.01)


def test_roles_do_not_matter_but_nesting_does(draw: Drawing, read: Read) -> None:
    outer, inner = draw.box(0, 0, 40, 40), draw.box(10, 10, 30, 30)
    id = draw.relation([(outer, ""), (inner, "outer")], type="multipolygon", building="yes")
    assert read(draw).city.building(f"osm:r{id}").geometry.area == pytest.approx(1200, rel=0.01)


def test_several_outers_and_an_island_in_the_court(draw: Drawing, read: Read) -> None:
    rings = [draw.box(0, 0, 40, 40), draw.box(10, 10, 30, 30), draw.box(15, 15, 25, 25), draw.box(60, 0, 80, 20)]
    roles = ["outer", "inner", "outer", "outer"]
    id = draw.relation(list(zip(rings, roles, strict=True)), type="multipolygon", building="yes")
    geometry = read(draw).city.building(f"osm:r{id}").geometry
    assert geometry.area == pytest.approx(1600 - 400 + 100 + 400, rel=0.01)
    assert geometry.geom_type == "MultiPolygon"


def test_an_outline_of_several_lines_that_touch_in_a_point(draw: Drawing, read: Read) -> None:
    west = [draw.way([(0, 0), (20, 20), (0, 40)]), draw.way([(0, 40), (0, 0)])]
    east = [draw.way([(40, 0), (20, 20), (40, 40)]), draw.way([(40, 40), (40, 0)])]
    members = [(way, "outer") for way in (*west, *east)]
    id = draw.relation(members, type="multipolygon", building="yes")
    geometry = read(draw).city.building(f"osm:r{id}").geometry
    assert geometry.area == pytest.approx(800, rel=0.01)
    assert geometry.is_valid


def test_two_courts_that_share_a_wall_are_one_hole(draw: Drawing, read: Read) -> None:
    rings = [draw.box(0, 0, 60, 40), draw.box(10, 10, 30, 30), draw.box(30, 10, 50, 30)]
    roles = ["outer", "inner", "inner"]
    id = draw.relation(list(zip(rings, roles, strict=True)), type="multipolygon", building="yes")
    geometry = read(draw).city.building(f"osm:r{id}").geometry
    assert geometry.area == pytest.approx(2400 - 800, rel=0.01)


def test_a_bow_tie_is_repaired_and_counted(draw: Drawing, read: Read) -> None:
    id = draw.ring([(0, 0), (20, 20), (20, 0), (0, 20)], building="yes")
    found = read(draw)
    assert found.city.building(f"osm:w{id}").geometry.is_valid
    assert found.report.tally.kinds["building"].repaired == 1


def test_a_house_with_a_lost_corner_is_closed_across_the_gap(draw: Drawing, read: Read) -> None:
    id = draw.ring([(0, 0), (20, 0), (20, 20), (10, 25), (0, 20)], building="yes")
    draw.lose((10, 25))
    found = read(draw)
    built = found.city.building(f"osm:w{id}")
    assert built.geometry.area == pytest.approx(400, rel=0.01)
    assert basis_of(built, "geometry") == "estimated"
    assert found.report.tally.kinds["building"].repaired == 1


def test_a_house_of_two_known_corners_is_skipped_by_name(draw: Drawing, read: Read) -> None:
    kept = draw.box(100, 100, 110, 110, building="yes")
    lost = draw.box(0, 0, 20, 20, building="yes")
    draw.lose((0, 0))
    draw.lose((20, 20))
    found = read(draw)
    assert found.city.get(f"osm:w{lost}") is None
    assert found.city.get(f"osm:w{kept}") is not None
    assert [f"osm:w{lost}"] in found.report.tally.reasons.values()


def test_a_house_twice_on_the_map_is_built_once(draw: Drawing, read: Read) -> None:
    outer = draw.box(0, 0, 40, 40, building="yes")
    id = draw.relation([(outer, "outer")], type="multipolygon", building="yes")
    found = read(draw)
    assert found.city.get(f"osm:w{outer}") is None
    assert found.city.get(f"osm:r{id}") is not None
    assert found.report.tally.kinds["building"].skipped == 1


def test_parts_take_the_place_of_their_outline(draw: Drawing, read: Read) -> None:
    outline = draw.box(0, 0, 40, 20, building="office", name="House of Parts", height="50")
    low = draw.box(0, 0, 20, 20, building__part="yes", height="10")
    high = draw.box(20, 0, 40, 20, building__part="yes", height="50", min_height="5")
    city = read(draw).city
    assert city.get(f"osm:w{outline}") is None
    assert (city.building(f"osm:w{low}").height_m, city.building(f"osm:w{low}").use) == (10.0, "office")
    tower = city.building(f"osm:w{high}")
    assert (tower.height_m, tower.min_height_m) == (50.0, 5.0)
    assert (tower.part_of, tower.name) == (f"osm:w{outline}", "House of Parts")


def test_what_parts_leave_open_stays(draw: Drawing, read: Read) -> None:
    outline = draw.box(0, 0, 40, 20, building="yes", height="12", building__flats="30")
    part = draw.box(0, 0, 20, 20, building__part="yes", height="30")
    city = read(draw).city
    rest = city.building(f"osm:w{outline}")
    assert rest.geometry.area == pytest.approx(400, rel=0.01)
    assert (rest.homes or 0) + (city.building(f"osm:w{part}").homes or 0) == pytest.approx(30)


def test_a_relation_says_whose_part_it_is(draw: Drawing, read: Read) -> None:
    outline = draw.box(0, 0, 40, 20, building="yes")
    beside = draw.box(42, 0, 50, 20, building__part="yes", height="9")
    draw.relation([(outline, "outline"), (beside, "part")], type="building")
    assert read(draw).city.building(f"osm:w{beside}").part_of == f"osm:w{outline}"


def test_a_roof_on_posts_has_air_under_it(draw: Drawing, read: Read) -> None:
    built = house(draw, read, building="roof", height="6")
    assert built.min_height_m > 5.0


def test_a_cellar_is_not_built(draw: Drawing, read: Read) -> None:
    draw.box(100, 100, 110, 110, building="yes")
    cellar = draw.box(0, 0, 40, 20, building="yes", location="underground")
    assert read(draw).city.get(f"osm:w{cellar}") is None


@pytest.mark.parametrize(
    ("tags", "use"),
    [
        ({"building": "school"}, "school"),
        ({"amenity": "hospital"}, "hospital"),
        ({"shop": "supermarket"}, "retail"),
        ({"office": "company"}, "office"),
        ({"building": "detached"}, "house"),
        ({"building": "church"}, "religious"),
        ({"tourism": "hotel"}, "hotel"),
    ],
)
def test_use_is_read_from_tags(tags: dict[str, str], use: str, draw: Drawing, read: Read) -> None:
    built = house(draw, read, **tags)
    assert built.use == use
    assert basis_of(built, "use") == "tagged"


def test_a_high_house_with_a_shop_in_it_is_mixed(draw: Drawing, read: Read) -> None:
    draw.node((55, 55), shop="bakery")
    built = house(draw, read, building__levels="5")
    assert (built.use, basis_of(built, "use")) == ("mixed", "estimated")


def test_land_use_tells_what_a_house_is_for(draw: Drawing, read: Read) -> None:
    draw.box(0, 0, 200, 200, landuse="industrial")
    assert house(draw, read).use == "industrial"


def test_dangling_and_cyclic_members_do_no_harm(draw: Drawing, read: Read) -> None:
    outer = draw.box(0, 0, 40, 40)
    id = draw.relation([(outer, "outer"), (999_999, "inner")], type="multipolygon", building="yes")
    draw.lines.append(
        '<relation id="7000" version="1"><member type="relation" ref="7000" role="part"/>'
        '<tag k="type" v="building"/><tag k="building" v="yes"/></relation>'
    )
    assert read(draw).city.building(f"osm:r{id}").geometry.area == pytest.approx(1600, rel=0.01)
