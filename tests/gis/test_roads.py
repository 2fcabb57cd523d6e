"""What OpenStreetMap's tags make of streets and paths."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse.city.feature import Paving, Road, basis_of
from citiverse.gis.osm.access import bicycle_direction, modes
from citiverse.gis.osm.lanes import cross_section
from citiverse.gis.osm.speeds import speed_kmh, tagged_kmh
from citiverse.gis.read import Import
from tests.gis.conftest import Drawing

Read = Callable[..., Import]


def lanes(drives_on: str = "right", **tags: str) -> str:
    """The cross-section from left to right: "F" footway, "P" parking, "B" bus, "C" cycle, "c" car, and directions."""
    keys = {key.replace("__", ":"): value for key, value in tags.items()}
    section = cross_section(keys, country="", drives_on=drives_on, sidewalks_apart=False)
    arrow = {"forward": ">", "backward": "<", "both": ""}
    letter = {"footway": "F", "parking": "P", "bus": "B", "cycle": "C", "car": "c", "verge": "V"}
    footless = [lane for lane in section.lanes if lane.kind != "footway" or "sidewalk" in "".join(keys)]
    return " ".join(
        letter[lane.kind] + (arrow[lane.direction] if lane.kind in "car bus cycle" else "") for lane in footless
    )


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, "c< c>"),
        ({"lanes": "1"}, "c"),
        ({"oneway": "yes"}, "c>"),
        ({"oneway": "-1"}, "c<"),
        ({"lanes": "2", "oneway": "yes"}, "c> c>"),
        ({"lanes": "4"}, "c< c< c> c>"),
        ({"lanes": "3"}, "c< c> c>"),
        ({"lanes": "3", "lanes__forward": "1"}, "c< c< c>"),
        ({"lanes": "3", "lanes__backward": "1", "lanes__forward": "1", "lanes__both_ways": "1"}, "c< c c>"),
        ({"lanes": "4", "lanes__psv__forward": "1"}, "c< c< c> B>"),
        ({"lanes": "4", "bus__lanes__backward": "|designated"}, "B< c< c> c>"),
        ({"lanes": "3", "oneway": "yes", "busway": "lane"}, "c> c> B>"),
        ({"oneway": "yes", "busway": "opposite_lane"}, "B< c>"),
        ({"cycleway": "lane"}, "C< c< c> C>"),
        ({"cycleway__right": "track"}, "c< c> C>"),
        ({"cycleway__both": "no"}, "c< c>"),
        ({"cycleway": "opposite_lane", "oneway": "yes"}, "C< c>"),
        ({"cycleway": "lane", "oneway": "yes"}, "c> C>"),
        ({"cycleway__left": "track", "cycleway__left__oneway": "no"}, "C c< c>"),
        ({"parking__both": "lane"}, "P c< c> P"),
        ({"parking__right": "street_side", "parking__right__orientation": "perpendicular"}, "c< c> P"),
        ({"parking__lane__left": "diagonal"}, "P c< c>"),
        ({"parking__right": "no", "parking__left": "separate"}, "c< c>"),
        ({"sidewalk": "right"}, "c< c> F"),
        ({"sidewalk": "both", "cycleway": "track"}, "F C< c< c> C> F"),
        ({"sidewalk__left": "yes", "sidewalk__right": "separate"}, "F c< c>"),
        ({"sidewalk": "no"}, "c< c>"),
        ({"verge": "both", "sidewalk": "both"}, "F V c< c> V F"),
        ({"parking__right": "lane", "cycleway__right": "lane"}, "c< c> C> P"),
        ({"parking__right": "lane", "cycleway__right": "track"}, "c< c> P C>"),
        ({"lanes": "many"}, "c< c>"),
        ({"lanes": "999"}, "c< c< c< c< c< c< c< c< c> c> c> c> c> c> c> c>"),
    ],
)
def test_lanes_from_left_to_right(tags: dict[str, str], expected: str) -> None:
    assert lanes(highway="residential", **tags) == expected


def test_the_british_drive_on_the_left() -> None:
    tags = {"highway": "residential", "lanes": "3", "lanes__forward": "2", "lanes__backward": "1"}
    assert lanes(drives_on="left", **tags) == "c> c> c<"


def test_a_width_is_shared_by_the_lanes() -> None:
    section = cross_section(
        {"highway": "residential", "width": "7"}, country="", drives_on="right", sidewalks_apart=True
    )
    assert [lane.width_m for lane in section.lanes] == [3.5, 3.5]
    assert "width_m" not in section.estimated


@pytest.mark.parametrize("width", ["0", "-3", "500", "wide"])
def test_a_width_that_can_not_be_is_not_believed(width: str) -> None:
    section = cross_section(
        {"highway": "residential", "width": width}, country="", drives_on="right", sidewalks_apart=True
    )
    assert sum(lane.width_m for lane in section.lanes) == pytest.approx(5.5)
    assert "width_m" in section.estimated


@pytest.mark.parametrize(
    ("value", "kmh"),
    [
        ("50", 50.0),
        ("30 mph", 48.28),
        ("30mph", 48.28),
        ("FI:urban", 50.0),
        ("DE:rural", 100.0),
        ("DE:zone:30", 30.0),
        ("FR:zone30", 30.0),
        ("DE:motorway", 130.0),
        ("none", 130.0),
        ("walk", 7.0),
        ("DE:living_street", 7.0),
        ("GB:nsl_single", 96.56),
        ("50;30", 50.0),
        ("signals", None),
        ("", None),
        ("0", None),
        ("9999", None),
        ("NaN", None),
    ],
)
def test_speed_limits(value: str, kmh: float | None) -> None:
    found = tagged_kmh(value, "FI")
    assert found == (None if kmh is None else pytest.approx(kmh, abs=0.01))


def test_a_street_without_a_sign_has_the_limit_of_its_country() -> None:
    assert speed_kmh({"highway": "residential"}, "FI") == (50.0, True)
    assert speed_kmh({"highway": "residential"}, "GB")[0] == pytest.approx(48.28, abs=0.01)
    assert speed_kmh({"highway": "living_street"}, "DE") == (7.0, True)


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"highway": "residential"}, "bicycle bus car foot truck"),
        ({"highway": "footway"}, "foot"),
        ({"highway": "footway", "bicycle": "yes"}, "bicycle foot"),
        ({"highway": "cycleway"}, "bicycle foot"),
        ({"highway": "cycleway", "foot": "no"}, "bicycle"),
        ({"highway": "pedestrian", "bus": "yes"}, "bus foot"),
        ({"highway": "residential", "motor_vehicle": "no"}, "bicycle foot"),
        ({"highway": "residential", "motor_vehicle": "destination"}, "bicycle bus car foot truck"),
        ({"highway": "residential", "access": "no", "bus": "yes"}, "bus"),
        ({"highway": "service", "access": "private"}, ""),
        ({"highway": "unclassified", "motor_vehicle": "no", "psv": "yes"}, "bicycle bus foot"),
        ({"highway": "residential", "hgv": "no"}, "bicycle bus car foot"),
        ({"highway": "motorway"}, "bus car truck"),
        ({"highway": "path", "bicycle": "no"}, "foot"),
        ({"highway": "residential", "bicycle": "use_sidepath"}, "bus car foot truck"),
        ({"highway": "footway", "access": "yes"}, "foot"),
    ],
)
def test_who_may_use_a_road(tags: dict[str, str], who: str) -> None:
    assert " ".join(sorted(modes(tags, ""))) == who


def town(draw: Drawing) -> Drawing:
    draw.box(200, 200, 220, 220, building="yes")
    return draw


def test_roads_meet_in_shared_vertices(draw: Drawing, read: Read) -> None:
    main = draw.way([(10, 100), (100, 100), (190, 100)], highway="primary", name="Main Street")
    side = draw.way([(100, 100), (100, 190)], highway="residential")
    city = read(town(draw)).city
    assert city.road(f"osm:w{side}").geometry.coords[0] in set(city.road(f"osm:w{main}").geometry.coords)


def test_attributes_of_a_bridge(draw: Drawing, read: Read) -> None:
    id = draw.way(
        [(10, 10), (90, 10)], highway="secondary", bridge="viaduct", lit="yes", surface="concrete", incline="-4%"
    )
    under = draw.way([(50, 0), (50, 90)], highway="footway", tunnel="yes")
    city = read(town(draw)).city
    road = city.road(f"osm:w{id}")
    assert (road.bridge, road.layer, road.lit, road.surface, road.incline_percent) == (True, 1, True, "concrete", -4.0)
    assert (city.road(f"osm:w{under}").tunnel, city.road(f"osm:w{under}").layer) == (True, -1)


def test_contraflow_for_bicycles(draw: Drawing, read: Read) -> None:
    id = draw.way([(10, 10), (90, 10)], highway="residential", oneway="yes", oneway__bicycle="no")
    road = read(town(draw)).city.road(f"osm:w{id}")
    assert (road.direction, road.bicycle_direction) == ("forward", "both")


def test_a_roundabout_goes_one_way(draw: Drawing, read: Read) -> None:
    id = draw.ring([(50, 40), (60, 50), (50, 60), (40, 50)], highway="tertiary", junction="roundabout")
    road = read(town(draw)).city.road(f"osm:w{id}")
    assert (road.roundabout, road.direction) == (True, "forward")


def test_a_square_is_paved_ground(draw: Drawing, read: Read) -> None:
    id = draw.box(0, 0, 50, 50, highway="pedestrian", area="yes", name="Market")
    round_walk = draw.box(60, 0, 90, 30, highway="pedestrian")
    city = read(town(draw)).city
    assert isinstance(city.feature(f"osm:w{id}"), Paving)
    assert isinstance(city.feature(f"osm:w{round_walk}"), Road)


def test_a_road_is_cut_at_the_edge_and_where_nodes_are_lost(draw: Drawing, read: Read) -> None:
    out = draw.way([(390, 50), (900, 50)], highway="residential")
    gap = draw.way([(10, 300), (60, 300), (110, 300), (160, 300), (350, 300)], highway="residential")
    draw.lose((110, 300))
    found = read(town(draw))
    assert found.city.road(f"osm:w{out}").geometry.length < 60.0
    first, second = found.city.road(f"osm:w{gap}"), found.city.road(f"osm:w{gap}.2")
    assert first.geometry.length == pytest.approx(190, abs=1)
    assert second.geometry.length == pytest.approx(50, abs=1)
    assert basis_of(first, "geometry") == "estimated"
    assert found.report.tally.kinds["road"].read == 2


def test_a_street_does_not_get_the_sidewalks_that_are_on_the_map_already(draw: Drawing, read: Read) -> None:
    street = draw.way([(10, 100), (190, 100)], highway="residential")
    draw.way([(10, 108), (190, 108)], highway="footway", footway="sidewalk")
    alone = draw.way([(10, 300), (190, 300)], highway="residential")
    city = read(town(draw)).city
    assert "footway" not in {lane.kind for lane in city.road(f"osm:w{street}").lanes}
    assert "footway" in {lane.kind for lane in city.road(f"osm:w{alone}").lanes}


def test_a_road_that_is_not_built_yet_is_skipped(draw: Drawing, read: Read) -> None:
    id = draw.way([(10, 100), (190, 100)], highway="construction", construction="primary")
    found = read(town(draw))
    assert found.city.get(f"osm:w{id}") is None
    assert found.report.tally.kinds["road"].skipped == 1


VALUES = st.one_of(
    st.sampled_from(
        ["yes", "no", "-1", "both", "lane", "track", "separate", "2", "3;4", "1e9", "designated|yes", "10 ft"]
    ),
    st.text(max_size=12),
)
KEYS = st.sampled_from([
    "lanes", "lanes:forward", "lanes:backward", "lanes:both_ways", "lanes:psv", "lanes:bus:forward", "bus:lanes",
    "psv:lanes:backward", "busway", "busway:left", "cycleway", "cycleway:left", "cycleway:both", "cycleway:width",
    "cycleway:right:oneway", "sidewalk", "sidewalk:left", "sidewalk:width", "parking:both", "parking:lane:both",
    "parking:left:orientation", "verge", "width", "width:carriageway", "oneway", "oneway:bicycle", "junction",
    "maxspeed", "maxspeed:type", "access", "motor_vehicle", "bicycle", "foot", "segregated", "motorroad",
])  # fmt: skip


@given(
    category=st.sampled_from(
        ["motorway", "primary", "residential", "service", "track", "footway", "cycleway", "busway"]
    ),
    tags=st.dictionaries(KEYS, VALUES, max_size=8),
    country=st.sampled_from(["", "FI", "GB", "XX"]),
)
def test_whatever_the_tags_a_road_has_a_width_and_a_speed(category: str, tags: dict[str, str], country: str) -> None:
    tags = {**tags, "highway": category}
    section = cross_section(tags, country=country, drives_on="right", sidewalks_apart=False)
    assert 0.2 <= sum(lane.width_m for lane in section.lanes) < 150.0
    assert 3.0 <= speed_kmh(tags, country)[0] <= 160.0
    modes(tags, country)


@pytest.mark.parametrize(
    ("tags", "bicycles"),
    [
        ({"oneway": "yes"}, "forward"),
        ({"oneway": "yes", "oneway:bicycle": "no"}, "both"),
        ({"oneway": "yes", "cycleway": "opposite"}, "both"),
        ({"oneway": "yes", "cycleway:left": "lane", "cycleway:left:oneway": "-1"}, "both"),
        ({"oneway": "yes", "cycleway:right": "lane", "cycleway:right:oneway": "yes"}, "forward"),
        ({"oneway": "-1", "cycleway:left": "lane", "cycleway:left:oneway": "yes"}, "both"),
        ({"oneway": "yes", "cycleway:left": "track", "cycleway:left:oneway": "no"}, "both"),
        ({"oneway:bicycle": "-1"}, "backward"),
    ],
    ids=str,
)
def test_bicycles_may_go_against_a_one_way_street_where_a_strip_leads_them(tags: dict[str, str], bicycles: str) -> None:
    assert bicycle_direction({"highway": "residential", **tags}) == bicycles
