"""A room keeps order, shows nothing stale, and never waits for its models."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from citiverse.city.city import City
from citiverse.city.feature import Road
from citiverse.geometry.grid import Grid
from citiverse.impact.model import About, Cancelled, Impact, Layer, Measure, Previous, Superseded
from citiverse.scene.build import build
from citiverse.session.findings import Findings
from citiverse.session.messages import Message
from citiverse.session.room import Room
from citiverse.session.scene import OpenScene
from citiverse.session.shelf import Shelf
from citiverse.session.store import store_in
from citiverse.session.townhall import Beginning, NoSuchProposal, TownHall
from citiverse.session.wishes import OperationReused, Wish
from citiverse.session.workers import Workers

Edit = dict[str, Any]

SLOW: Edit = {"verb": "set_speed", "road": "osm:w0", "speed_kmh": 20}
SLOWER: Edit = {"verb": "set_speed", "road": "osm:w0", "speed_kmh": 10}
CLOSED: Edit = {"verb": "close_road", "road": "osm:w1", "to": ["car"]}


@dataclass
class Speeds:
    """A model that takes its time: the sum of all speeds. It goes on when `go` is set, or gives up when superseded."""

    name: str = "speeds"
    title: str = "Speeds"
    version: str = "1"
    needs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    about: About = field(default_factory=About)
    go: threading.Event = field(default_factory=threading.Event)
    runs: int = 0
    fault: Exception | None = None

    def missing(self, city: City) -> tuple[str, ...]:
        return ()

    def run(self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled) -> Impact:
        self.runs += 1
        while not self.go.wait(0.005):
            if cancelled():
                raise Superseded
        if self.fault is not None:
            raise self.fault
        value = sum(road.speed_kmh for road in city.all(Road))
        layer = Layer("speed", "Speed", "km/h", Grid(np.full((2, 3), value), 0.0, 0.0, 10.0, "km/h"), ((0.0, "#fff"),))
        measure = Measure("sum", "Speeds", "km/h", value, np.full(64, value), "lower")
        return Impact(self.name, self.version, "full", (measure,), (layer,))


@dataclass(eq=False)
class Ear:
    person: str = "me"
    waiting_bytes: int = 0
    heard: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, message: Message) -> None:
        self.heard.append(orjson.loads(message.text))

    def dismiss(self, code: int, reason: str) -> None:
        self.heard.append({"type": "dismissed", "code": code})

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.heard if message["type"] == kind]


@dataclass
class House:
    town: TownHall
    model: Speeds
    scene: OpenScene
    path: Path

    async def room(self) -> Room:
        begun = await self.town.begin("town", Beginning(title="Slow"))
        return await self.town.room(begun.id)


@pytest.fixture
async def house(town: City, tmp_path: Path) -> AsyncIterator[House]:
    model = Speeds()
    shelf = Shelf(tmp_path / "tiles", memory_bytes=1 << 24)
    scene = OpenScene(
        name="town", title="A town", city=town, revision=town.fingerprint(), start={}, report={}, tiles=build(town),
        shelf=shelf, findings=Findings("town", town, (model,)),
    )  # fmt: skip
    hall = TownHall(store_in(tmp_path), Workers())
    hall.scenes["town"] = scene
    yield House(hall, model, scene, tmp_path)
    model.go.set()
    await hall.close()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 many things are waited for
            await asyncio.sleep(0.005)


def wish(op_id: str, edit: dict[str, Any] | None = None, kind: Any = "edit", by: str = "me") -> Wish:  # noqa: ANN401
    return Wish(by=by, op_id=op_id, kind=kind, edit=edit)


def beyond(model: Speeds, runs: int) -> bool:
    return model.runs > runs


async def test_a_run_that_a_newer_edit_made_stale_is_ended_and_never_shown(house: House) -> None:
    room = await house.room()
    house.model.go.set()
    house.scene.findings.baseline()
    house.model.go.clear()
    ear = Ear()
    room.join(ear, None)
    for n, edit in enumerate([SLOW, SLOWER, CLOSED, SLOW], 1):
        runs = house.model.runs
        await room.do(wish(f"{n}", edit))
        await until(partial(beyond, house.model, runs))
    assert {message["seq"] for message in ear.of("impacts")} <= {0}
    house.model.go.set()
    await until(lambda: ear.of("impacts")[-1:] and ear.of("impacts")[-1]["seq"] == 4)
    await asyncio.sleep(0.1)
    assert {message["seq"] for message in ear.of("impacts")} <= {0, 4}
    assert room.superseded == 3
    (indicator,) = ear.of("impacts")[-1]["indicators"]
    assert indicator["difference"] == -10
    assert room.impacts()["status"] == "full"


async def test_editing_goes_on_while_models_run(house: House) -> None:
    room = await house.room()
    ear = Ear()
    room.join(ear, None)
    async with asyncio.timeout(5):
        for n in range(20):
            await room.do(wish(f"{n}", {**SLOW, "speed_kmh": 10 + n}))
    assert [message["seq"] for message in ear.of("edit")] == list(range(1, 21))


async def test_what_was_found_before_comes_back_at_once_on_undo(house: House) -> None:
    room = await house.room()
    house.model.go.set()
    ear = Ear()
    room.join(ear, None)
    for n, edit in enumerate([SLOW, CLOSED], 1):
        await room.do(wish(f"{n}", edit))
        await until(lambda: room.impacts()["status"] == "full")
    runs = house.model.runs
    await room.do(wish("u", kind="undo"))
    await until(lambda: room.impacts()["status"] == "full")
    await room.do(wish("r", kind="redo"))
    await until(lambda: room.impacts()["status"] == "full")
    assert house.model.runs == runs
    assert room.impacts()["indicators"][0]["difference"] == -10


async def test_a_model_that_fails_is_said_and_the_next_edit_is_assessed(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    room = await house.room()
    house.model.go.set()
    house.scene.findings.baseline()
    house.model.fault = RuntimeError("division by cucumber")
    await room.do(wish("1", SLOW))
    await until(lambda: room.impacts()["refused"])
    assert "cucumber" not in str(room.impacts())
    assert "division by cucumber" in caplog.text
    house.model.fault = None
    await room.do(wish("2", CLOSED))
    await until(lambda: room.impacts()["indicators"])


async def test_a_grid_is_painted_from_bytes_that_say_what_they_are(house: House) -> None:
    room = await house.room()
    house.model.go.set()
    await room.do(wish("1", SLOW))
    await until(lambda: room.impacts()["status"] == "full")
    (layer,) = room.impacts()["layers"]
    assert layer["grid"] == {"x0": 0.0, "y0": 0.0, "cell_m": 10.0, "rows": 2, "columns": 3, "encoding": "float16-le"}
    digest = layer["href"].rpartition("/")[2].partition(".")[0]
    cells = np.frombuffer(house.scene.findings.layers.content(digest) or b"", dtype="<f2")
    assert cells.tolist() == [50.0] * 6
    assert layer["baseline_href"] != layer["href"]


async def test_an_operation_id_stands_for_one_thing(house: House) -> None:
    room = await house.room()
    first = await room.do(wish("x", SLOW))
    assert await room.do(wish("x", SLOW, by="another")) == first
    with pytest.raises(OperationReused):
        await room.do(wish("x", CLOSED))
    with pytest.raises(OperationReused):
        await room.do(wish("x", kind="undo"))


async def test_a_room_opens_again_from_its_log_with_its_tiles(house: House) -> None:
    room = await house.room()
    await room.do(wish("1", {"verb": "reshape_building", "building": "osm:w100", "levels": 8}))
    await room.do(wish("2", {"verb": "reshape_building", "building": "osm:w103", "levels": 8}))
    await room.do(wish("3", kind="undo"))
    await room.bring_tiles_up()
    id, swaps, whole = room.proposal.id, room.swaps(), room.branch.city.fingerprint()
    await room.close(1012, "")
    del house.town.rooms[id]
    again = await house.town.room(id)
    assert again is not room
    assert again.seq == 3
    assert again.branch.city.fingerprint() == whole
    assert swaps["set"].items() <= again.swaps()["set"].items()
    assert again.tiles.hashes == build(again.branch.city).hashes


async def test_whoever_asked_may_go_and_the_edit_stays(house: House) -> None:
    room = await house.room()
    asked = asyncio.create_task(room.do(wish("1", SLOW)))
    await asyncio.sleep(0)
    asked.cancel()
    await until(lambda: room.seq == 1)
    assert len(house.town.log.events(room.proposal.id)) == 1


async def test_two_servers_on_one_log_do_not_fork_a_proposal(house: House) -> None:
    other = TownHall(store_in(house.path), Workers())
    other.scenes["town"] = house.scene
    here = await house.room()
    there = await other.room(here.proposal.id)
    await here.do(wish("1", SLOW))
    with pytest.raises(Exception, match="load it again"):
        await there.do(wish("2", CLOSED))
    again = await other.room(here.proposal.id)
    assert (await again.do(wish("2", CLOSED)))["seq"] == 2
    await other.close()


async def test_a_proposal_that_nobody_began_has_no_room(house: House) -> None:
    with pytest.raises(NoSuchProposal):
        await house.town.room("nothing")
