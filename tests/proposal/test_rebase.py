"""Proposals carried over to newer data."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from shapely import LineString, Point, affinity, box

from citiverse.city.city import City, city_of
from citiverse.city.feature import Building, Feature, Road, Tree
from citiverse.city.frame import Frame
from citiverse.proposal.edit import Edit, parse_edit
from citiverse.proposal.rebase import rebase
from citiverse.proposal.scenario import apply_all

Here = Callable[..., list[list[float]]]


def anew(town: City, frame: Frame | None = None, **changed: Feature | None) -> City:
    """The town imported again: by id without its colon, features that are otherwise now, or gone."""
    ids = {name.replace("osm", "osm:"): feature for name, feature in changed.items()}
    kept = [each for each in town.features() if each.id not in ids]
    made = [each for each in ids.values() if each is not None]
    return city_of([*kept, *made], name="town", title="Smalltown", frame=frame or town.frame, bounds=town.bounds)


def edit(**document: object) -> Edit:
    return parse_edit(document)


RAISE = {"verb": "reshape_building", "building": "osm:w20", "levels": 8}


def test_what_is_still_there_is_carried_over_as_it_is(town: City, here: Here) -> None:
    edits = [edit(**RAISE), edit(verb="close_road", road="osm:w1", between=here((100, 100), (200, 100)))]
    done = rebase(town, edits, anew(town))
    assert done.edits == tuple(edits)
    assert done.numbers == (0, 1)
    assert (done.orphans, done.found) == ((), ())
    assert done.city.fingerprint() == apply_all(town, edits)[0].fingerprint()


def test_a_house_with_another_id_is_found_by_its_footprint(town: City) -> None:
    forum = town.building("osm:w20")
    new = replace(forum, id="osm:w920", geometry=box(121, 120, 181, 161))
    done = rebase(town, [edit(**RAISE)], anew(town, osmw20=None, osmw920=new))
    assert done.edits == (edit(**{**RAISE, "building": "osm:w920"}),)
    assert done.city.building("osm:w920").levels == 8
    (found,) = done.found
    assert (found.old, found.new, found.sentence) == (
        "osm:w20", "osm:w920", "Forum (osm:w920) is where Forum (osm:w20) was.")  # fmt: skip


def test_a_street_drawn_anew_is_found_and_the_stretch_stays(town: City, here: Here) -> None:
    main = town.road("osm:w1")
    line = LineString([(0, 103), (100, 102), (200, 101), (300, 102), (512, 102)])
    close = edit(verb="close_road", road="osm:w1", between=here((100, 100), (200, 100)))
    done = rebase(town, [close], anew(town, osmw1=None, osmw901=replace(main, id="osm:w901", geometry=line)))
    assert [each.new for each in done.found] == ["osm:w901"]
    assert not done.orphans


def test_what_is_gone_is_an_orphan_and_the_rest_goes_on(town: City) -> None:
    edits = [edit(**RAISE), edit(verb="set_speed", road="osm:w1", speed_kmh=20)]
    done = rebase(town, edits, anew(town, osmw20=None))
    (orphan,) = done.orphans
    assert (orphan.number, orphan.edit, orphan.field) == (0, edits[0], "building")
    assert orphan.reason == "Forum is not in the new data, and no other building is there."
    assert orphan.sentence == "Change Forum to 8 storeys"
    assert orphan.at is not None
    assert done.edits == (edits[1],)


def test_a_house_that_is_only_a_part_of_the_old_one_is_not_it(town: City) -> None:
    hut = Building(id="osm:w920", geometry=box(121, 121, 130, 130), height_m=3.0)
    assert rebase(town, [edit(**RAISE)], anew(town, osmw20=None, osmw920=hut)).orphans


def test_an_orphan_is_answered_or_given_up(town: City) -> None:
    edits = [edit(**RAISE)]
    new = anew(town, osmw20=None)
    other = edit(**{**RAISE, "building": "osm:w21"})
    answered = rebase(town, edits, new, {0: other})
    assert (answered.edits, answered.orphans) == ((other,), ())
    dropped = rebase(town, edits, new, {0: None})
    assert (dropped.edits, dropped.orphans, dropped.given_up) == ((), (), (0,))
    wrong = rebase(town, edits, new, {0: edit(**{**RAISE, "building": "osm:w77"})})
    assert [each.number for each in wrong.orphans] == [0]


def test_what_was_drawn_is_an_orphan_where_something_stands_now(town: City, block: Callable[..., object]) -> None:
    build = edit(verb="add_building", footprint=block(30, 320, 60, 350), levels=3)
    house = Building(id="osm:w930", name="Kiosk", geometry=box(40, 330, 50, 340), height_m=3.0)
    (orphan,) = rebase(town, [build], anew(town, osmw930=house)).orphans
    assert orphan.reason == "The building would stand on 100 m² of Kiosk."


def test_what_has_come_true_is_told(town: City) -> None:
    main = replace(town.road("osm:w1"), speed_kmh=20.0)
    (orphan,) = rebase(town, [edit(verb="set_speed", road="osm:w1", speed_kmh=20)], anew(town, osmw1=main)).orphans
    assert orphan.reason == "The limit on Main Street is already 20 km/h."


def test_edits_on_what_edits_made_follow_it(town: City, block: Callable[..., object]) -> None:
    old = replace(town.building("osm:w20"), id="osm:w920")
    park = edit(verb="add_park", area=block(115, 115, 190, 170), clear="buildings")
    made = next(id for id in apply_all(town, [park])[1].created)
    edits = [edit(**RAISE), park, edit(verb="reshape_green", green=made, area=block(115, 115, 180, 170))]
    done = rebase(town, edits, anew(town, osmw20=None, osmw920=old))
    assert not done.orphans
    assert done.numbers == (0, 1, 2)


def test_an_edit_on_an_orphans_work_is_an_orphan_too(town: City, block: Callable[..., object]) -> None:
    build = edit(verb="add_building", footprint=block(30, 320, 60, 350), levels=3)
    made = next(id for id in apply_all(town, [build])[1].created)
    edits = [build, edit(verb="reshape_building", building=made, levels=6)]
    done = rebase(town, edits, anew(town, osmw930=town.building("osm:w21"), osmw32=None))
    assert not done.orphans
    taken = Building(id="osm:w931", geometry=box(0, 300, 99, 400), height_m=9.0)
    assert [each.number for each in rebase(town, edits, anew(town, osmw931=taken)).orphans] == [0, 1]


def test_another_origin_of_the_frame_makes_no_difference(town: City) -> None:
    frame = Frame(32635, (385024.0 - 256.0, 6671104.0 - 512.0))
    moved: list[Feature] = [
        replace(each, geometry=affinity.translate(each.geometry, 256.0, 512.0))  # type: ignore[arg-type]
        for each in town.features()
    ]
    moved = [replace(each, id="osm:w920") if each.id == "osm:w20" else each for each in moved]
    new = city_of(moved, name="town", title="Smalltown", frame=frame, bounds=(0.0, 0.0, 1024.0, 1024.0))
    done = rebase(town, [edit(**RAISE), edit(verb="close_road", road="osm:w2")], new)
    assert not done.orphans
    assert done.city.building("osm:w920").levels == 8


def test_the_same_id_far_away_is_not_the_same(town: City) -> None:
    far = replace(town.building("osm:w20"), geometry=box(400, 450, 460, 490))
    assert rebase(town, [edit(**RAISE)], anew(town, osmw20=far)).orphans


@pytest.mark.parametrize(("metres", "orphans"), [(2.0, 0), (30.0, 1)])
def test_a_tree_mapped_anew_is_the_nearest(town: City, metres: float, orphans: int) -> None:
    tree = Tree(id="osm:n941", geometry=Point(60 + metres, 400), height_m=11.0)
    done = rebase(town, [edit(verb="remove_trees", trees=["osm:n41"])], anew(town, osmn41=None, osmn941=tree))
    assert len(done.orphans) == orphans


def test_a_road_in_place_of_a_path_is_not_it(town: City) -> None:
    path = town.road("osm:w4")
    road = Road(
        id="osm:w904", geometry=path.geometry, category="residential", lanes=path.lanes, modes=frozenset({"car"})
    )
    assert rebase(town, [edit(verb="remove_road", road="osm:w4")], anew(town, osmw4=None, osmw904=road)).orphans
