"""Bans on turning: nobody takes a banned turn, and all find another way where there is one."""

from pathlib import Path

import numpy as np
import pytest
from shapely import LineString

from citiverse.city.city import City, city_of
from citiverse.city.facts import Facts
from citiverse.city.feature import MODES, Lane, Road
from citiverse.city.frame import Frame
from citiverse.city.turns import Turn
from citiverse.gis.osm.elements import read_elements
from citiverse.gis.osm.turns import turns
from citiverse.impact.traffic.assignment import Streets, streets_in
from citiverse.impact.traffic.coefficients import coefficients
from citiverse.impact.traffic.equilibrium import Equilibrium, equilibrium
from citiverse.impact.traffic.links import Trips
from citiverse.impact.traffic.turning import with_bans


def a_street(id: str, *points: tuple[float, float], part_of: str = "") -> Road:
    lanes = (Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"))
    return Road(
        id=id, geometry=LineString(points), category="residential", lanes=lanes, modes=frozenset(MODES),
        speed_kmh=30.0, part_of=part_of,
    )  # fmt: skip


def a_block(*bans: Turn) -> City:
    """From the south one turns right at the first corner, or goes round the block."""
    streets = [
        a_street("osm:w1", (0, -100), (0, 0)), a_street("osm:w2.2", (0, 0), (100, 0)),
        a_street("osm:w3", (0, 0), (0, 100), (100, 100), (100, 0)), a_street("osm:w4", (100, 0), (200, 0)),
    ]  # fmt: skip
    return city_of(streets, name="block", frame=Frame(32635, (385024.0, 6670848.0)), facts=Facts(turns=bans))


def solved(city: City, volume: float = 100.0) -> tuple[Streets, Equilibrium]:
    streets = streets_in(city, coefficients())
    start, end = (
        int(np.flatnonzero((streets.network.points == place).all(axis=1))[0]) for place in ((0, -100), (200, 0))
    )
    ends = np.array([start, end])
    links = with_bans(streets.links, streets.banned, ends)
    return streets, equilibrium(links, Trips(np.array([start]), np.array([end]), np.array([volume])))


def flow_on(streets: Streets, found: Equilibrium, road: str) -> float:
    ways = streets.ways
    on = np.array([streets.network.roads[each].id == road for each in streets.network.road[ways.piece]])
    return float(found.flow[: len(ways)][on].max())


def test_without_bans_one_turns_at_the_first_corner() -> None:
    streets, found = solved(a_block())
    assert flow_on(streets, found, "osm:w2.2") == pytest.approx(100.0)


@pytest.mark.parametrize("ban", [Turn(road="osm:w1", onto="osm:w2"), Turn(road="osm:w1", onto="osm:w3", only=True)])
def test_a_ban_sends_all_round_the_block(ban: Turn) -> None:
    streets, found = solved(a_block(ban))
    assert flow_on(streets, found, "osm:w2.2") == 0.0
    assert flow_on(streets, found, "osm:w3") == pytest.approx(100.0)
    assert found.gap <= 1e-6
    assert found.unserved_trips == 0.0


def test_a_ban_on_roads_that_do_not_meet_changes_nothing() -> None:
    for ban in (Turn(road="osm:w1", onto="osm:w4"), Turn(road="osm:w9", onto="osm:w2")):
        streets, found = solved(a_block(ban))
        assert len(streets.banned) == 0
        assert flow_on(streets, found, "osm:w2.2") == pytest.approx(100.0)


def test_who_may_turn_nowhere_is_told() -> None:
    _, found = solved(a_block(Turn(road="osm:w1", onto="osm:w2"), Turn(road="osm:w1", onto="osm:w3")))
    assert found.unserved_trips == 100.0
    assert not found.flow.any()


def test_a_ban_holds_for_pieces_that_edits_have_split_off() -> None:
    city = a_block(Turn(road="osm:w1", onto="osm:w2"))
    pieces = [each for each in city.all(Road) if each.id != "osm:w1"]
    whole = city_of(
        [*pieces, a_street("osm:w1", (0, -100), (0, -50)), a_street("new:1", (0, -50), (0, 0), part_of="osm:w1")],
        name="block", frame=city.frame, facts=city.facts,
    )  # fmt: skip
    streets, found = solved(whole)
    assert flow_on(streets, found, "osm:w2.2") == 0.0


OSM = """<osm version="0.6">
<node id="1" lat="60" lon="24"/><node id="2" lat="60.001" lon="24"/><node id="3" lat="60.001" lon="24.001"/>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="2"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
{}
</osm>"""
RELATION = """<relation id="{}"><member type="way" ref="1" role="from"/><member type="node" ref="2" role="via"/>
<member type="way" ref="2" role="to"/><tag k="type" v="restriction"/>{}</relation>"""


def test_relations_of_a_map_are_read(tmp_path: Path) -> None:
    kinds = (
        {"restriction": "no_left_turn"}, {"restriction": "only_straight_on"}, {"restriction": "no_u_turn"},
        {"restriction": "no_right_turn", "except": "bicycle;motorcar"}, {"restriction:hgv": "no_left_turn"},
        {"restriction:conditional": "no_left_turn @ (07:00-09:00)"}, {"restriction": "nonsense"},
    )  # fmt: skip
    relations = [
        RELATION.format(n, "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items()))
        for n, tags in enumerate(kinds, 1)
    ]
    path = tmp_path / "a.osm"
    path.write_text(OSM.format("".join(relations)))
    found = turns(read_elements(path, None, lambda _words, _share: None, lambda points: points))
    assert found == (Turn(road="osm:w1", onto="osm:w2"), Turn(road="osm:w1", onto="osm:w2", only=True))
