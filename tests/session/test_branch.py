"""A branch takes edits back and forth, and its log tells the same story again."""

from collections.abc import Iterable

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiverse.city.change import NO_CHANGE, ChangeConflict
from citiverse.city.city import City, city_of
from citiverse.proposal.edit import canonical, parse_edit
from citiverse.session.branch import Branch, EditedSince, NothingThere, applied, edits_in, replay
from citiverse.session.record import Event

EDITS: list[dict[str, object]] = [
    {"verb": "set_speed", "road": "osm:w0", "speed_kmh": 20},
    {"verb": "close_road", "road": "osm:w1", "to": ["car"]},
    {"verb": "reshape_building", "building": "osm:w100", "levels": 6},
    {"verb": "reshape_building", "building": "osm:w101", "levels": 2},
    {"verb": "set_speed", "road": "osm:w0", "speed_kmh": 40},
]


def an_event(branch: Branch, kind: str, by: str, edit: bytes | None, target: int | None) -> Event:
    seq = branch.seq + 1
    return Event(
        proposal="p", seq=seq, op_id=f"op{seq}", by=by, kind=kind, edit=edit, target=target, sentence="", answer=b"{}",  # type: ignore[arg-type]
        at=0.0,
    )  # fmt: skip


def do(branch: Branch, what: dict[str, object] | str, by: str = "me") -> None:
    if isinstance(what, dict):
        edit = parse_edit(what)
        branch.accept(an_event(branch, "edit", by, canonical(edit), None), edit.apply(branch.city))
        return
    step = branch.to_undo(by) if what == "undo" else branch.to_redo(by)
    branch.accept(an_event(branch, what, by, None, step.event.seq), branch.reverted(step))


def done(town: City, *what: dict[str, object] | str) -> Branch:
    branch = Branch(town)
    for each in what:
        do(branch, each)
    return branch


def test_undo_gives_the_same_city_and_redo_the_edited_one(town: City) -> None:
    once = done(town, EDITS[0]).city.fingerprint()
    assert done(town, EDITS[0], "undo").city.fingerprint() == town.fingerprint()
    assert done(town, EDITS[0], "undo", "redo").city.fingerprint() == once
    assert done(town, EDITS[0], "undo", "redo", "undo").city.fingerprint() == town.fingerprint()


def test_undo_goes_back_step_by_step_and_redo_forth_in_turn(town: City) -> None:
    there = done(town, *EDITS[:3]).city.fingerprint()
    branch = done(town, *EDITS[:3], "undo", "undo", "undo")
    assert branch.city.fingerprint() == town.fingerprint()
    with pytest.raises(NothingThere):
        branch.to_undo("me")
    for _ in range(3):
        do(branch, "redo")
    assert branch.city.fingerprint() == there


def test_a_new_edit_ends_what_can_be_redone(town: City) -> None:
    branch = done(town, EDITS[0], "undo", EDITS[2])
    with pytest.raises(NothingThere):
        branch.to_redo("me")


def test_people_take_back_their_own_edits_only(town: City) -> None:
    branch = Branch(town)
    do(branch, EDITS[0], "aino")
    do(branch, EDITS[2], "eino")
    assert branch.to_undo("aino").event.seq == 1
    with pytest.raises(NothingThere):
        branch.to_undo("guest")
    assert branch.to_undo("guest", or_latest=True).event.seq == 2


def test_what_someone_has_changed_since_is_not_taken_back(town: City) -> None:
    branch = Branch(town)
    do(branch, EDITS[0], "aino")
    do(branch, EDITS[4], "eino")
    with pytest.raises(ChangeConflict, match="Someone else"):
        branch.reverted(branch.to_undo("aino"))


def test_what_no_longer_fits_new_data_is_kept_and_said(town: City) -> None:
    branch = done(town, EDITS[0], EDITS[2])
    smaller = city_of(
        [each for each in town.features() if each.id != "osm:w100"], name="town", frame=town.frame, bounds=town.bounds
    )
    again = replay(smaller, branch.events)
    assert again.seq == 2
    assert again.steps[2].lost
    assert again.city.road("osm:w0").speed_kmh == 20
    assert again.to_undo("me").event.seq == 1


WISHES = st.lists(
    st.tuples(st.sampled_from([*range(len(EDITS)), "undo", "redo"]), st.sampled_from(["a", "b"])), max_size=25
)


@given(wishes=WISHES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_log_tells_the_same_story_again(town: City, wishes: Iterable[tuple[int | str, str]]) -> None:
    branch = Branch(town)
    for what, by in wishes:
        try:
            do(branch, EDITS[what] if isinstance(what, int) else what, by)
        except (NothingThere, ChangeConflict, ValueError):
            continue
    again = replay(town, branch.events)
    assert again.city.fingerprint() == branch.city.fingerprint()
    assert {seq: step.undone for seq, step in again.steps.items()} == {
        s: step.undone for s, step in branch.steps.items()
    }
    for event in branch.events:
        if event.edit is not None:
            assert canonical(parse_edit(orjson.loads(event.edit))) == event.edit


def a_pattern(branch: Branch, *edits: dict[str, object], by: str = "me") -> None:
    event = an_event(branch, "pattern", by, orjson.dumps({"pattern": "calm", "edits": edits}), None)
    branch.accept(event, applied(branch.city, edits_in(event)))


def test_the_edits_of_a_pattern_go_and_come_back_as_one(town: City) -> None:
    branch = done(town, EDITS[2])
    before = branch.city.fingerprint()
    a_pattern(branch, EDITS[0], EDITS[1])
    there = branch.city.fingerprint()
    assert len(branch.standing[-1].edits) == 2
    do(branch, "undo")
    assert branch.city.fingerprint() == before
    do(branch, "redo")
    assert branch.city.fingerprint() == there
    assert replay(town, branch.events).city.fingerprint() == there


def test_a_rebase_lets_stand_what_it_carried_over_under_its_old_number(town: City) -> None:
    branch = done(town, EDITS[0], EDITS[1], EDITS[2])
    moved = {**EDITS[0], "road": "osm:w1"}
    payload = orjson.dumps(
        {"base": "b", "from": "a", "steps": [{"of": 1, "edits": [moved]}, {"of": 3, "edits": [EDITS[2]]}]}
    )
    branch.accept(an_event(branch, "rebase", "me", payload, None), NO_CHANGE)
    for told in (branch, replay(town, branch.events)):
        assert list(told.steps) == [1, 3]
        assert told.city.road("osm:w1").speed_kmh == 20
        assert told.city.road("osm:w0").speed_kmh == town.road("osm:w0").speed_kmh
        assert "car" in told.city.road("osm:w1").modes
        assert told.to_undo("me").event.seq == 3
        with pytest.raises(NothingThere):
            told.to_redo("me")
    do(branch, "undo")
    do(branch, "undo")
    assert branch.city.fingerprint() == town.fingerprint()


def test_what_someone_else_changed_since_one_looked_is_told_with_its_version(town: City) -> None:
    branch = done(town, EDITS[2])
    do(branch, EDITS[0], "aino")
    change = parse_edit(EDITS[4]).apply(branch.city)
    with pytest.raises(EditedSince, match="Main Street") as told:
        branch.check_expected(change, 1)
    assert told.value.versions == {"osm:w0": {"attributes": 2}}
    branch.check_expected(change, 2)
    branch.check_expected(parse_edit(EDITS[1]).apply(branch.city), 0)
