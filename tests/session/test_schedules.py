"""Random schedules of edits, undos, redos and merges by several people: nothing acknowledged is ever lost."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiverse.city.change import ChangeConflict
from citiverse.city.city import City
from citiverse.proposal.edit import Edit, EditRefused, canonical, parse_edit
from citiverse.proposal.merge import merge
from citiverse.proposal.scenario import apply_all
from citiverse.session.branch import Branch, NothingThere, parsed, replay
from citiverse.session.record import Event
from citiverse.session.snapshots import Snapshots

USUAL, LONG = 500, 10_000
PEOPLE = ("aino", "eino", "guest")
UNDO, REDO = "undo", "redo"

Wish = tuple[str, int | str]
Schedule = tuple[list[Wish], list[Wish]]


@dataclass(frozen=True)
class Places:
    """Edits of a small town, on the same streets, houses and ground."""

    town: City

    def at(self, *points: tuple[float, float]) -> list[list[float]]:
        lonlat: list[list[float]] = self.town.frame.to_lonlat(np.array(points, dtype=float)).tolist()
        return lonlat

    def area(self, west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
        return [self.at((west, south), (east, south), (east, north), (west, north), (west, south))]

    def edits(self) -> list[Edit]:
        main, mill, house, other = "osm:w0", "osm:w1", "osm:w100", "osm:w101"
        west = self.at((300, 500), (500, 500))
        documents: list[dict[str, object]] = [
            {"verb": "set_speed", "road": main, "speed_kmh": 20},
            {"verb": "set_speed", "road": main, "speed_kmh": 50, "between": west},
            {"verb": "set_speed", "road": mill, "speed_kmh": 10},
            {"verb": "close_road", "road": main, "to": ["car"]},
            {"verb": "close_road", "road": main, "to": ["truck", "bus"], "between": west},
            {"verb": "open_road", "road": mill, "to": ["car"]},
            {"verb": "set_direction", "road": mill, "direction": "forward"},
            {"verb": "set_surface", "road": main, "surface": "sett"},
            {"verb": "block_road", "road": mill, "at": self.at((500, 350))[0]},
            {"verb": "remove_road", "road": mill, "between": self.at((500, 500), (500, 900))},
            {"verb": "add_road", "line": self.at((400, 500), (400, 700), (500, 700)), "kind": "footway"},
            {"verb": "add_crossing", "road": main, "at": self.at((600, 500))[0], "kind": "zebra"},
            {"verb": "reshape_building", "building": house, "levels": 6},
            {"verb": "reshape_building", "building": house, "roof": "gabled"},
            {"verb": "change_use", "building": house, "use": "office"},
            {"verb": "renovate_building", "building": other, "solar": True},
            {"verb": "demolish_building", "building": house},
            {"verb": "demolish_building", "building": other},
            {"verb": "add_building", "footprint": self.area(560, 560, 580, 580), "levels": 3, "use": "apartments"},
            {"verb": "add_building", "footprint": self.area(570, 570, 590, 590), "levels": 5, "use": "office"},
            {"verb": "add_park", "area": self.area(540, 540, 640, 640)},
            {"verb": "add_park", "area": self.area(620, 600, 700, 700), "kind": "garden"},
            {"verb": "plant_trees", "points": self.at((650, 650), (660, 650))},
            {"verb": "plant_trees", "points": self.at((575, 575))},
            {"verb": "remove_trees", "area": self.area(640, 640, 670, 660)},
            {"verb": "add_water", "area": self.area(680, 680, 720, 720)},
            {"verb": "add_barrier", "line": self.at((700, 600), (760, 600)), "kind": "noise", "height_m": 3},
            {"verb": "add_furniture", "kind": "bench", "at": self.at((655, 655))[0]},
            {"verb": "add_stop", "at": self.at((450, 505))[0], "kind": "bus", "lines": ["3"]},
        ]
        return [parse_edit(each) for each in documents]


WISHES = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.one_of(st.integers(0, 28), st.sampled_from([UNDO, UNDO, REDO]))),
    max_size=9,
)
SCHEDULES: st.SearchStrategy[Schedule] = st.tuples(WISHES, WISHES)


@pytest.fixture(scope="module")
def edits(town: City) -> list[Edit]:
    return Places(town).edits()


def run(town: City, edits: list[Edit], wishes: list[Wish]) -> Branch:
    """What is acknowledged of the wishes; the rest is refused with a sentence."""
    branch = Branch(town)
    for by, what in wishes:
        seq = branch.seq + 1
        try:
            if isinstance(what, int):
                edit, target = edits[what], None
                change, kind = edit.apply(branch.city), "edit"
            else:
                step = branch.to_undo(by) if what == UNDO else branch.to_redo(by)
                edit, target, kind = None, step.event.seq, what
                change = branch.reverted(step)
        except (EditRefused, NothingThere, ChangeConflict):
            continue
        payload = canonical(edit) if edit is not None else None
        event = Event(
            proposal="p", seq=seq, op_id=f"{seq}", by=by, kind=kind, edit=payload, target=target, sentence="",  # type: ignore[arg-type]
            answer=b"{}", at=0.0,
        )  # fmt: skip
        branch.accept(event, change)
    return branch


def check(town: City, edits: list[Edit], schedule: Schedule, snapshots: Snapshots) -> None:
    ours, theirs = (run(town, edits, wishes) for wishes in schedule)
    for branch in (ours, theirs):
        again = replay(town, branch.events)
        assert again.city.fingerprint() == branch.city.fingerprint()
        half = replay(town, branch.events[: len(branch.events) // 2])
        snapshots.save("p", snapshots.taken(half))
        assert snapshots.open("p", town, branch.events)[0].city.fingerprint() == branch.city.fingerprint()
        assert [step.lost for step in again.steps.values()] == [""] * len(again.steps)
        taken_back = again.city
        for step in reversed(again.standing):
            taken_back = taken_back.with_change(again.reverted(step))
            again.city = taken_back
        assert taken_back.fingerprint() == town.fingerprint()
    a, b = ([edit for step in branch.standing for edit in parsed(step.edits)] for branch in (ours, theirs))
    for standing, branch in ((a, ours), (b, theirs)):
        try:
            alone = apply_all(town, standing)[0]
        except EditRefused:
            return  # an edit that needed one that was taken back: it can't be merged, and merging says so
        if alone.fingerprint() != branch.city.fingerprint():
            return
    one, other = merge(town, a, b), merge(town, b, a)
    assert bool(one.conflicts) == bool(other.conflicts)
    if one.conflicts:
        assert {each.key for each in one.conflicts} == {each.key for each in other.conflicts}
        return
    assert one.city.fingerprint() == other.city.fingerprint()
    kept = {canonical(edit) for edit in one.edits} | {canonical(each.edit) for each in one.left_out}
    assert {canonical(edit) for edit in [*a, *b]} <= kept


SLACK = settings(deadline=None, suppress_health_check=list(HealthCheck))


@given(schedule=SCHEDULES)
@settings(SLACK, max_examples=USUAL)
def test_whatever_people_do_nothing_acknowledged_is_lost(
    town: City, edits: list[Edit], tmp_path_factory: pytest.TempPathFactory, schedule: Schedule
) -> None:
    check(town, edits, schedule, Snapshots(tmp_path_factory.getbasetemp() / "schedules"))


@pytest.mark.soak
@given(schedule=SCHEDULES)
@settings(SLACK, max_examples=LONG, derandomize=False)
def test_whatever_people_do_for_long_nothing_acknowledged_is_lost(
    town: City, edits: list[Edit], tmp_path_factory: pytest.TempPathFactory, schedule: Schedule
) -> None:
    check(town, edits, schedule, Snapshots(tmp_path_factory.getbasetemp() / "schedules"))
