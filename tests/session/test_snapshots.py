"""A snapshot is a shortcut that changes nothing."""

from pathlib import Path

import orjson
import pytest

from citiverse.city.city import City
from citiverse.proposal.edit import canonical, parse_edit
from citiverse.session.branch import Branch, NothingThere, replay
from citiverse.session.record import Event, EventKind
from citiverse.session.snapshots import Snapshots

EDITS: list[dict[str, object]] = [
    {"verb": "set_speed", "road": "osm:w0", "speed_kmh": 20},
    {"verb": "close_road", "road": "osm:w1", "to": ["car"]},
    {"verb": "reshape_building", "building": "osm:w100", "levels": 6},
    {"verb": "demolish_building", "building": "osm:w101"},
]


def an_event(seq: int, kind: EventKind, edit: bytes | None, target: int | None) -> Event:
    return Event(
        proposal="p", seq=seq, op_id=f"op{seq}", by="me", kind=kind, edit=edit, target=target, sentence="",
        answer=b"{}", at=0.0,
    )  # fmt: skip


def a_branch(town: City) -> Branch:
    """Four edits, two of them undone, one done again, one that fits nothing."""
    branch = Branch(town)
    for document in EDITS:
        edit = parse_edit(document)
        branch.accept(an_event(branch.seq + 1, "edit", canonical(edit), None), edit.apply(branch.city))
    for kind in ("undo", "undo", "redo"):
        step = branch.to_redo("me") if kind == "redo" else branch.to_undo("me")
        branch.accept(an_event(branch.seq + 1, kind, None, step.event.seq), branch.reverted(step))
    lost = an_event(
        branch.seq + 1, "edit", orjson.dumps({"verb": "set_speed", "road": "osm:w9", "speed_kmh": 20}), None
    )
    return replay(town, [*branch.events, lost])


def same(one: Branch, other: Branch) -> bool:
    def told(branch: Branch) -> object:
        steps = [(seq, s.event, s.change, s.edits, s.undone, s.lost) for seq, s in branch.steps.items()]
        return branch.city.fingerprint(), branch.events, steps, list(branch.touched), branch.versions

    return told(one) == told(other)


def test_a_proposal_opens_from_its_snapshot_as_from_its_log(town: City, tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    whole = a_branch(town)
    for length in range(len(whole.events) + 1):
        part = replay(town, whole.events[:length])
        snapshots.save("p", snapshots.taken(part))
        opened, ready = snapshots.open("p", town, whole.events)
        assert ready == part.seq
        assert same(opened, whole)
    assert opened.to_undo("me").event.seq == whole.to_undo("me").event.seq
    assert opened.of_op("op3") == whole.of_op("op3")


def test_what_a_snapshot_cannot_tell_is_replayed(town: City, tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    whole = a_branch(town)
    assert same(snapshots.open("p", town, whole.events)[0], whole)
    content = snapshots.taken(whole)
    snapshots.save("p", content)
    (path,) = tmp_path.iterdir()
    for broken in (b"", b"x", path.read_bytes()[:-7], path.read_bytes().replace(b"osm:w0", b"osm:w1")):
        path.write_bytes(broken)
        opened, ready = snapshots.open("p", town, whole.events)
        assert ready == 0
        assert same(opened, whole)
    snapshots.save("p", content)
    other = town.with_change(parse_edit(EDITS[0]).apply(town))
    assert snapshots.open("p", other, whole.events)[1] == 0
    opened, ready = snapshots.open("p", town, whole.events[:3])  # a log that has gone back, as after a restore
    assert ready == 0
    assert same(opened, replay(town, whole.events[:3]))


def test_nothing_to_undo_stays_nothing(town: City, tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    snapshots.save("p", snapshots.taken(Branch(town)))
    opened, _ = snapshots.open("p", town, [])
    with pytest.raises(NothingThere):
        opened.to_undo("me")
