"""Two proposals made one."""

from collections.abc import Callable
from typing import Any

import pytest
from shapely import box

from citiverse.city.city import City
from citiverse.proposal.edit import Edit, EditRefused, parse_edit
from citiverse.proposal.merge import Merge, merge
from citiverse.proposal.scenario import apply_all

Here = Callable[..., list[list[float]]]
Metres = dict[str, Any]
Draw = Callable[..., list[Edit]]

HOUSE, HOME = "osm:w20", "osm:w21"


@pytest.fixture(scope="session")
def draw(here: Here) -> Draw:
    """Edits from JSON in metres of the town: points, lines, and rectangles for areas."""

    def edit(said: Metres) -> Edit:
        document: Metres = {}
        for name, value in said.items():
            match name:
                case "at":
                    document[name] = here(value)[0]
                case "line" | "points" | "between":
                    document[name] = here(*value)
                case "area" | "footprint":
                    document[name] = [here(*box(*value).exterior.coords)]
                case _:
                    document[name] = value
        return parse_edit(document)

    return lambda *said: [edit(each) for each in said]


def e(verb: str, **fields: object) -> Metres:
    return {"verb": verb, **fields}


def both(town: City, draw: Draw, a: list[Metres], b: list[Metres]) -> Merge:
    """The merge, after a check that it is the same with a and b swapped."""
    one, two = merge(town, draw(*a), draw(*b)), merge(town, draw(*b), draw(*a))
    assert one.city.fingerprint() == two.city.fingerprint()
    assert one.edits == two.edits
    assert [each.key for each in one.conflicts] == [each.key for each in two.conflicts]
    return one


MAIN = [(100, 100), (200, 100)]
REST = [(300, 100), (400, 100)]
LANES = [{"kind": "footway", "width_m": 4}, {"kind": "car", "width_m": 3}, {"kind": "footway", "width_m": 4}]
CYCLE = [{"kind": "footway", "width_m": 3}, {"kind": "car", "width_m": 3}, {"kind": "cycle", "width_m": 2}]
FIELD = (20, 310, 90, 380)  # empty ground

SET = {  # two values each for the same property of the same thing
    "speed": (e("set_speed", road="osm:w1", speed_kmh=20), e("set_speed", road="osm:w1", speed_kmh=30)),
    "part of a speed": (
        e("set_speed", road="osm:w1", speed_kmh=20, between=MAIN), e("set_speed", road="osm:w1", speed_kmh=30)),
    "direction": (
        e("set_direction", road="osm:w2", direction="forward"),
        e("set_direction", road="osm:w2", direction="backward")),
    "lanes": (e("set_lanes", road="osm:w1", lanes=LANES), e("set_lanes", road="osm:w1", lanes=CYCLE)),
    "part of lanes": (
        e("set_lanes", road="osm:w1", lanes=LANES, between=MAIN), e("set_lanes", road="osm:w1", lanes=CYCLE)),
    "surface": (
        e("set_surface", road="osm:w1", surface="sett"), e("set_surface", road="osm:w1", surface="paving_stones")),
    "lanes against direction": (
        e("set_lanes", road="osm:w2", lanes=LANES), e("set_direction", road="osm:w2", direction="forward")),
    "use": (e("change_use", building=HOUSE, use="apartments"), e("change_use", building=HOUSE, use="hotel")),
    "homes": (
        e("change_use", building=HOUSE, use="apartments", homes=50),
        e("change_use", building=HOUSE, use="apartments", homes=60)),
    "levels": (
        e("reshape_building", building=HOUSE, levels=7), e("reshape_building", building=HOUSE, levels=9)),
    "levels against height": (
        e("reshape_building", building=HOUSE, levels=7), e("reshape_building", building=HOUSE, height_m=40)),
    "roof": (
        e("reshape_building", building=HOUSE, roof="hipped"), e("reshape_building", building=HOUSE, roof="gabled")),
    "standard": (
        e("renovate_building", building=HOUSE, standard="deep"),
        e("renovate_building", building=HOUSE, standard="light")),
    "use against height": (
        e("change_use", building=HOME, use="apartments", homes=20), e("reshape_building", building=HOME, levels=8)),
}  # fmt: skip

GONE = {  # something taken away
    "a road": e("remove_road", road="osm:w1"),
    "a part of a road": e("remove_road", road="osm:w1", between=[(0, 100), (300, 100)]),
    "a road for a park": e("add_park", area=(70, 60, 290, 115), clear="roads"),
    "a house": e("demolish_building", building=HOUSE),
    "houses for a park": e("add_park", area=(115, 115, 185, 165), clear="buildings"),
    "all for a park": e("add_park", area=(70, 60, 290, 165), clear="all"),
}
ON_ROAD = {
    "closed": e("close_road", road="osm:w1"),
    "closed in part": e("close_road", road="osm:w1", between=MAIN),
    "slowed": e("set_speed", road="osm:w1", speed_kmh=20),
    "one-way": e("set_direction", road="osm:w1", direction="forward"),
    "divided": e("set_lanes", road="osm:w1", lanes=LANES),
    "paved": e("set_surface", road="osm:w1", surface="sett"),
    "blocked": e("block_road", road="osm:w1", at=(150, 100)),
    "crossed": e("add_crossing", road="osm:w1", at=(150, 100)),
    "raised": e("add_crossing", road="osm:w1", at=(160, 100), kind="raised"),
    "with signals": e("add_crossing", road="osm:w1", at=(140, 100), kind="signal"),
    "joined": e("add_road", line=[(150, 100), (150, 20)], kind="residential"),
    "joined by a path": e("add_road", line=[(160, 100), (160, 20)], kind="footway"),
}
ON_HOUSE = {
    "raised": e("reshape_building", building=HOUSE, levels=9),
    "roofed": e("reshape_building", building=HOUSE, roof="hipped"),
    "widened": e("reshape_building", building=HOUSE, footprint=(120, 120, 190, 160)),
    "lived in": e("change_use", building=HOUSE, use="apartments"),
    "renovated": e("renovate_building", building=HOUSE, standard="deep"),
    "with panels": e("renovate_building", building=HOUSE, solar=True),
    "with plants": e("renovate_building", building=HOUSE, green_roof=True),
}
ON_GREEN = {
    "widened": (e("remove_green", green="osm:w30"), e("reshape_green", green="osm:w30", area=(110, 210, 180, 280))),
    "cut": (e("remove_green", green="osm:w30"), e("reshape_green", green="osm:w30", area=(120, 220, 170, 280))),
}

GROUND = {  # new ground on new ground, or two outlines of one thing
    "house on house": (
        e("add_building", footprint=(30, 320, 60, 350), levels=3),
        e("add_building", footprint=(50, 340, 80, 370), levels=4)),
    "house in house": (
        e("add_building", footprint=(30, 320, 60, 350), levels=3),
        e("add_building", footprint=(40, 330, 50, 340), levels=3)),
    "park on house": (e("add_building", footprint=(30, 320, 60, 350), levels=3), e("add_park", area=FIELD)),
    "square on house": (
        e("add_building", footprint=(30, 320, 60, 350), levels=3), e("add_park", area=FIELD, kind="square")),
    "park on park": (e("add_park", area=FIELD), e("add_park", area=(50, 340, 95, 385), kind="playground")),
    "park on square": (e("add_park", area=FIELD), e("add_park", area=(50, 340, 95, 385), kind="square")),
    "water on park": (e("add_park", area=FIELD), e("add_water", area=(50, 340, 70, 360))),
    "water on house": (
        e("add_building", footprint=(30, 320, 60, 350), levels=3), e("add_water", area=(50, 340, 70, 360))),
    "water on water": (e("add_water", area=(40, 330, 60, 350)), e("add_water", area=(50, 340, 70, 360))),
    "lawn on park": (e("add_park", area=FIELD), e("unseal", area=(50, 340, 95, 385), surface="meadow")),
    "gravel on house": (
        e("add_building", footprint=(30, 320, 60, 350), levels=3),
        e("unseal", area=(50, 340, 70, 360), surface="gravel")),
    "street on house": (
        e("add_building", footprint=(30, 320, 60, 350), levels=3),
        e("add_road", line=[(20, 335), (95, 335)], kind="residential")),
    "street on park": (
        e("add_park", area=FIELD), e("add_road", line=[(10, 335), (98, 335)], kind="residential")),
    "tree in house": (
        e("add_building", footprint=(30, 320, 60, 350), levels=3), e("plant_trees", points=[(45, 335)])),
    "row of trees in house": (
        e("add_building", footprint=(30, 320, 60, 350), levels=3),
        e("plant_trees", line=[(20, 335), (90, 335)], spacing_m=8)),
    "bench in water": (e("add_water", area=(40, 330, 60, 350)), e("add_furniture", kind="bench", at=(50, 340))),
    "wall through house": (
        e("add_building", footprint=(30, 320, 60, 350), levels=3),
        e("add_barrier", line=[(25, 335), (80, 335)], kind="wall", height_m=2)),
    "tree on street": (
        e("add_road", line=[(20, 335), (95, 335)], kind="residential"), e("plant_trees", points=[(45, 336)])),
    "two outlines of a park": (
        e("reshape_green", green="osm:w30", area=(110, 210, 180, 280)),
        e("reshape_green", green="osm:w30", area=(105, 220, 180, 280))),
    "two footprints of a house": (
        e("reshape_building", building=HOUSE, footprint=(120, 120, 190, 160)),
        e("reshape_building", building=HOUSE, footprint=(120, 120, 185, 165))),
    "house widened onto a park": (
        e("reshape_building", building=HOUSE, footprint=(120, 120, 190, 160)),
        e("add_park", area=(182, 125, 196, 155))),
    "house widened onto a house": (
        e("reshape_building", building=HOUSE, footprint=(120, 120, 190, 160)),
        e("add_building", footprint=(184, 125, 196, 155), levels=2)),
    "tree on tree": (e("plant_trees", points=[(45, 335)]), e("plant_trees", points=[(45.5, 335)])),
    "crossing on crossing": (
        e("add_crossing", road="osm:w1", at=(150, 100)), e("add_crossing", road="osm:w1", at=(153, 100))),
    "bench on bench": (
        e("add_furniture", kind="bench", at=(50, 340)),
        e("add_furniture", kind="bench", at=(50.2, 340), heading_deg=90)),
    "widened park onto house": (
        e("reshape_green", green="osm:w30", area=(110, 210, 180, 280)),
        e("add_building", footprint=(106, 230, 118, 260), levels=2)),
}  # fmt: skip

CASES: dict[str, tuple[Metres, Metres, str]] = {
    **{f"set {name}": (*pair, "same property") for name, pair in SET.items()},
    **{
        f"{gone} against {name}": (GONE[gone], edit, "deleted node" if "joined" in name else "delete against change")
        for gone in ("a road", "a part of a road", "a road for a park", "all for a park")
        for name, edit in ON_ROAD.items()
    },
    **{
        f"{gone} against {name}": (GONE[gone], edit, "delete against change")
        for gone in ("a house", "houses for a park", "all for a park")
        for name, edit in ON_HOUSE.items()
    },
    **{f"green {name}": (*pair, "delete against change") for name, pair in ON_GREEN.items()},
    **{f"ground: {name}": (*pair, "geometry") for name, pair in GROUND.items()},
}


def test_there_are_a_hundred_cases_and_twenty_of_them_are_geometric() -> None:
    assert len(CASES) >= 100
    assert len(GROUND) >= 20


@pytest.mark.parametrize("name", CASES)
def test_no_conflict_is_silent(town: City, draw: Draw, name: str) -> None:
    a, b, kind = CASES[name]
    found = both(town, draw, [a], [b])
    assert kind in {each.kind for each in found.conflicts}
    assert not found.edits
    for each in found.conflicts:
        assert each.a.edits == each.b.edits == (0,)
        assert all(sentence in each.sentence for sentence in (*each.a.sentences, *each.b.sentences))
        assert each.at is not None


@pytest.mark.parametrize("name", list(CASES)[::9])
def test_a_side_is_chosen(town: City, draw: Draw, name: str) -> None:
    a, b, _ = CASES[name]
    found = both(town, draw, [a], [b])
    for winner, own in (("a", a), ("b", b)):
        done = merge(town, draw(a), draw(b), {each.key: winner for each in found.conflicts})  # type: ignore[misc]
        assert not done.conflicts
        assert done.city.fingerprint() == apply_all(town, draw(own))[0].fingerprint()
        assert [each.reason for each in done.left_out] == ["The other side was chosen."]


APART = {
    "different streets": (e("close_road", road="osm:w2"), e("set_speed", road="osm:w1", speed_kmh=20)),
    "different properties of a street": (
        e("set_surface", road="osm:w1", surface="sett"), e("set_speed", road="osm:w1", speed_kmh=20)),
    "different stretches of a street": (
        e("set_speed", road="osm:w1", speed_kmh=20, between=MAIN),
        e("set_speed", road="osm:w1", speed_kmh=10, between=REST)),
    "a stretch closed of a street slowed": (
        e("close_road", road="osm:w1", between=MAIN), e("set_speed", road="osm:w1", speed_kmh=20)),
    "stretches that overlap with different properties": (
        e("close_road", road="osm:w1", between=[(100, 100), (300, 100)]),
        e("set_speed", road="osm:w1", speed_kmh=20, between=[(200, 100), (512, 100)])),
    "a stretch removed and another slowed": (
        e("remove_road", road="osm:w1", between=MAIN), e("set_speed", road="osm:w1", speed_kmh=10, between=REST)),
    "different modes": (
        e("close_road", road="osm:w1", to=["car"]), e("close_road", road="osm:w1", to=["truck", "bicycle"])),
    "modes in common": (
        e("close_road", road="osm:w1", to=["car", "truck"]), e("close_road", road="osm:w1", to=["car"])),
    "two roads joined to one": (
        e("add_road", line=[(150, 100), (150, 20)], kind="footway"),
        e("add_road", line=[(250, 100), (250, 20)], kind="footway")),
    "a road joined to a street slowed": (
        e("add_road", line=[(150, 100), (150, 20)], kind="footway"), e("set_speed", road="osm:w1", speed_kmh=20)),
    "two blocks": (e("block_road", road="osm:w1", at=(50, 100)), e("block_road", road="osm:w1", at=(350, 100))),
    "two parts of a square greened": (
        e("unseal", area=(222, 222, 240, 240)), e("unseal", area=(250, 250, 270, 270), surface="meadow")),
    "panels and plants": (
        e("renovate_building", building=HOUSE, solar=True), e("renovate_building", building=HOUSE, green_roof=True)),
    "a roof and a standard": (
        e("reshape_building", building=HOUSE, roof="hipped"),
        e("renovate_building", building=HOUSE, standard="deep")),
    "trees in the other's park": (e("add_park", area=FIELD), e("plant_trees", points=[(45, 335)])),
    "a path through the other's park": (
        e("add_park", area=FIELD), e("add_road", line=[(10, 335), (98, 335)], kind="footway")),
    "a house and its neighbour": (
        e("demolish_building", building=HOUSE), e("demolish_building", building=HOME)),
    "the same house taken down for two reasons": (
        e("demolish_building", building=HOUSE), e("add_park", area=(115, 115, 185, 165), clear="buildings")),
    "the same": (e("set_speed", road="osm:w1", speed_kmh=20), e("set_speed", road="osm:w1", speed_kmh=20)),
}  # fmt: skip


@pytest.mark.parametrize("name", APART)
def test_what_does_not_meet_is_merged(town: City, draw: Draw, name: str) -> None:
    a, b = APART[name]
    done = both(town, draw, [a], [b])
    assert [each.sentence for each in done.conflicts] == []
    assert done.city.fingerprint() == apply_all(town, done.edits)[0].fingerprint()
    assert {*done.edits} <= {*draw(a, b)}


def test_both_stretches_are_as_their_sides_want(town: City, draw: Draw) -> None:
    a, b = APART["stretches that overlap with different properties"]
    roads = both(town, draw, [a], [b]).city.road_parts("osm:w1")
    seen = {(each.geometry.bounds[0], "car" in each.modes, each.speed_kmh) for each in roads}
    assert seen == {
        (0.0, True, 40.0), (100.0, False, 40.0), (200.0, False, 20.0), (300.0, True, 20.0)
    }  # fmt: skip


def test_an_edit_on_what_was_left_out_is_told(town: City, draw: Draw) -> None:
    (park,) = draw(e("add_park", area=FIELD))
    made = next(each for each in apply_all(town, [park])[1].created)
    ours = [park, *draw(e("reshape_green", green=made, area=(20, 310, 80, 370)), e("close_road", road="osm:w2"))]
    theirs = draw(e("add_building", footprint=(30, 320, 60, 350), levels=3))
    (conflict,) = merge(town, ours, theirs).conflicts
    assert conflict.a.edits == (0, 1)
    done = merge(town, ours, theirs, {conflict.key: "b"})
    assert not done.conflicts
    assert [(each.side, each.number) for each in done.left_out] == [("a", 0), ("a", 1)]
    assert {*done.edits} == {ours[2], theirs[0]}


def test_later_edits_of_a_side_decide_what_it_wants(town: City, draw: Draw) -> None:
    twice = [e("set_speed", road="osm:w1", speed_kmh=30), e("set_speed", road="osm:w1", speed_kmh=20)]
    assert not both(town, draw, twice, [e("set_speed", road="osm:w1", speed_kmh=20)]).conflicts
    back = [e("close_road", road="osm:w1"), e("open_road", road="osm:w1", to=["car", "truck"])]
    assert not both(town, draw, back, [e("remove_road", road="osm:w1")]).conflicts


def test_proposals_that_begin_alike_meet_only_in_what_follows(town: City, draw: Draw) -> None:
    begun = draw(e("add_park", area=FIELD), e("set_speed", road="osm:w1", speed_kmh=20))
    made = next(each for each in apply_all(town, begun)[1].created)
    ours = [*begun, *draw(e("reshape_green", green=made, area=(20, 310, 80, 370)))]
    theirs = [*begun, *draw(e("set_speed", road="osm:w1", speed_kmh=30))]
    done = merge(town, ours, theirs)
    assert not done.conflicts
    assert {*done.edits} == {*ours, *theirs}
    assert done.city.fingerprint() == merge(town, theirs, ours).city.fingerprint()
    again = [*begun, *draw(e("reshape_green", green=made, area=(30, 310, 90, 380)))]
    (conflict,) = merge(town, ours, again).conflicts
    assert (conflict.kind, conflict.a.edits, conflict.b.edits) == ("geometry", (2,), (2,))
    assert merge(town, ours, again, {conflict.key: "b"}).edits == tuple(again)
    assert merge(town, ours, ours).edits == tuple(ours)


def test_a_side_that_does_not_apply_is_refused(town: City, draw: Draw) -> None:
    with pytest.raises(EditRefused, match="Edit 1 of the second proposal"):
        merge(town, [], draw(e("demolish_building", building="osm:w99")))
    gone = draw(e("demolish_building", building="osm:w99"))
    with pytest.raises(EditRefused, match="Edit 1 of the common part"):
        merge(town, gone, gone)
