"""A proposal is carried over to data that were imported anew, and loses nothing silently."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from citiverse.city.city import City, city_of
from citiverse.proposal.edit import EditRefused, parse_edit
from citiverse.scene.build import build
from citiverse.session.bases import Bases
from citiverse.session.begetting import OtherBase
from citiverse.session.carrying import OrphansLeft, answers_of
from citiverse.session.findings import Findings
from citiverse.session.life import IllegalState
from citiverse.session.scene import OpenScene
from citiverse.session.shelf import Shelf
from citiverse.session.store import store_in
from citiverse.session.townhall import Beginning, TownHall
from citiverse.session.wishes import Wish
from citiverse.session.workers import Workers

SLOW = {"verb": "set_speed", "road": "osm:w0", "speed_kmh": 20}
CLOSED = {"verb": "close_road", "road": "osm:w1", "to": ["car"]}
TALLER = {"verb": "reshape_building", "building": "osm:w100", "levels": 6}


@asynccontextmanager
async def a_hall(city: City, path: Path) -> AsyncIterator[TownHall]:
    """The town hall as it is after a start of the server with this city."""
    scene = OpenScene(
        name="town", title="A town", city=city, revision=city.fingerprint(), start={}, report={}, tiles=build(city),
        shelf=Shelf(path / "tiles", memory_bytes=1 << 24), findings=Findings("town", city, ()),
    )  # fmt: skip
    hall = TownHall(store_in(path), Workers())
    hall.scenes["town"] = scene
    await hall.keep_base(scene)
    yield hall
    await hall.close()


def imported_anew(town: City) -> City:
    """The town with another id for Main Street, and one house gone."""
    kept = [replace(f, id="osm:w9") if f.id == "osm:w0" else f for f in town.features() if f.id != "osm:w100"]
    return city_of(kept, name="town", title="A town", frame=town.frame, bounds=town.bounds)


async def begun(hall: TownHall, *edits: Mapping[str, object]) -> str:
    id = (await hall.begin("town", Beginning(title="Calm"))).id
    room = await hall.room(id)
    for n, edit in enumerate(edits):
        await room.do(Wish(by="me", op_id=f"op{n}", kind="edit", edit=edit))
    return id


async def test_edits_find_what_they_mean_in_newer_data_and_orphans_are_answered(town: City, tmp_path: Path) -> None:
    async with a_hall(town, tmp_path) as hall:
        id = await begun(hall, SLOW, CLOSED, TALLER)
        assert (await hall.room(id)).up_to_date
    async with a_hall(imported_anew(town), tmp_path) as hall:
        room = await hall.room(id)
        assert not room.up_to_date
        assert {line["seq"] for line in room.logged() if "lost" in line} == {1, 3}
        told = (await room.carried({})).told()
        assert told["kept_base"]
        assert [(each["old"], each["new"]) for each in told["found"]] == [("osm:w0", "osm:w9")]
        assert [each["number"] for each in told["orphans"]] == [2]
        with pytest.raises(OrphansLeft) as left:
            await room.carry_over("me", "r", {})
        assert left.value.told["orphans"] == told["orphans"]
        assert room.seq == 3
        done = await room.carry_over("me", "r", answers_of({"2": {**TALLER, "building": "osm:w101"}}))
        assert await room.carry_over("me", "r", {}) == done
        assert room.up_to_date
        assert room.branch.city.road("osm:w9").speed_kmh == 20
        assert room.branch.city.building("osm:w101").levels == 6
        there = room.branch.city.fingerprint()
        await room.do(Wish(by="me", op_id="u", kind="undo"))
        assert room.branch.city.building("osm:w101").levels == 3
        await room.do(Wish(by="me", op_id="d", kind="redo"))
    async with a_hall(imported_anew(town), tmp_path) as hall:
        room = await hall.room(id)
        assert room.up_to_date
        assert room.branch.city.fingerprint() == there
        assert [line["kind"] for line in room.logged()] == ["edit", "edit", "edit", "rebase", "undo", "redo"]
        assert len(room.standing()) == 3
        fork = await hall.begin_from(id, Beginning(title="As it was"), 3)
        assert fork.base == town.fingerprint()
        assert (await hall.begin_from(id, Beginning(title="As it is"))).base == room.scene.revision


async def test_what_is_given_up_stays_in_the_history(town: City, tmp_path: Path) -> None:
    async with a_hall(town, tmp_path) as hall:
        id = await begun(hall, TALLER, CLOSED)
    async with a_hall(imported_anew(town), tmp_path) as hall:
        room = await hall.room(id)
        await room.carry_over("me", "r", answers_of({"0": None}))
        assert "left behind" in room.logged()[0]["lost"]
        assert len(room.standing()) == 1


async def test_without_the_old_city_ids_decide_alone(town: City, tmp_path: Path) -> None:
    async with a_hall(town, tmp_path) as hall:
        id = await begun(hall, SLOW, CLOSED)
    for path in (tmp_path / "bases").iterdir():
        path.write_bytes(b"broken")
    async with a_hall(imported_anew(town), tmp_path) as hall:
        told = (await (await hall.room(id)).carried({})).told()
        assert not told["kept_base"]
        assert [each["number"] for each in told["orphans"]] == [0]


async def test_proposals_on_older_data_are_not_merged_and_decided_ones_not_carried_over(
    town: City, tmp_path: Path
) -> None:
    async with a_hall(town, tmp_path) as hall:
        old, decided = await begun(hall, SLOW), await begun(hall, CLOSED)
        await (await hall.room(decided)).decide("submitted", "me", "")
    async with a_hall(imported_anew(town), tmp_path) as hall:
        new = await begun(hall, CLOSED)
        with pytest.raises(OtherBase):
            await hall.merge(new, old, {})
        with pytest.raises(IllegalState):
            await (await hall.room(decided)).carry_over("me", "r", {})
        fork = await hall.begin_from(decided, Beginning(title="Again"))
        room = await hall.room(fork.id)
        assert not room.up_to_date
        await room.carry_over("me", "r", {})
        assert room.branch.city.fingerprint() == (await hall.room(new)).branch.city.fingerprint()


def test_a_base_comes_back_as_it_was_and_unwanted_ones_go(town: City, tmp_path: Path) -> None:
    bases = Bases(tmp_path)
    bases.keep(town, "one")
    bases.keep(town, "two")
    again = bases.city("one")
    assert again is not None
    assert list(again.features()) == list(town.features())
    assert (again.frame, again.bounds) == (town.frame, town.bounds)
    assert parse_edit(SLOW).apply(again) == parse_edit(SLOW).apply(town)
    bases.tidy({"two"})
    assert bases.city("one") is None
    assert bases.city("two") is not None


async def test_an_orphan_may_wait_and_be_answered_another_day(town: City, tmp_path: Path) -> None:
    async with a_hall(town, tmp_path) as hall:
        id = await begun(hall, SLOW, TALLER)
    async with a_hall(imported_anew(town), tmp_path) as hall:
        room = await hall.room(id)
        kept = await room.carry_over("me", "r", answers_of({"1": "keep"}))
        assert [each["number"] for each in kept["waiting"]] == [1]
        assert (room.up_to_date, room.settled, len(room.standing())) == (True, False, 1)
        assert room.logged()[1]["lost"] == kept["waiting"][0]["reason"]
        fork = await hall.room((await hall.begin_from(id, Beginning(title="Fork"))).id)
        assert not fork.settled
        assert len(fork.branch.steps) == 2
        with pytest.raises(EditRefused):
            await hall.merge(id, await begun(hall, CLOSED), {})
        with pytest.raises(OrphansLeft):
            await room.carry_over("me", "again", {})
    async with a_hall(imported_anew(town), tmp_path) as hall:
        room = await hall.room(id)
        assert not room.settled
        done = await room.carry_over("me", "a", answers_of({"1": {**TALLER, "building": "osm:w101"}}))
        assert done["waiting"] == []
        assert room.settled
        assert room.branch.city.building("osm:w101").levels == 6
        await room.do(Wish(by="me", op_id="u", kind="undo"))
        assert room.branch.city.building("osm:w101").levels == 3


async def test_what_waits_is_gone_once_it_is_undone_and_a_snapshot_knows_it(town: City, tmp_path: Path) -> None:
    async with a_hall(town, tmp_path) as hall:
        id = await begun(hall, SLOW, TALLER)
    async with a_hall(imported_anew(town), tmp_path) as hall:
        room = await hall.room(id)
        await room.carry_over("me", "r", answers_of({"1": "keep"}))
        content = hall.snapshots.taken(room.branch)
        hall.snapshots.save(id, content)
        again, ready = hall.snapshots.open(id, room.scene.city, room.branch.events)
        assert ready == room.seq
        assert [step.waiting for step in again.steps.values()] == [step.waiting for step in room.branch.steps.values()]
        await room.do(Wish(by="me", op_id="u", kind="undo"))
        assert room.settled
        assert len(room.standing()) == 1
