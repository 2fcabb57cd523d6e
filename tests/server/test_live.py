"""Rooms as people in them meet them: over real sockets, together, coming and going."""

import asyncio
import json

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from citiverse.session.audience import BEHIND_BYTES
from tests.server.town import Enter, Json, Served

SLOW: Json = {"verb": "set_speed", "road": "osm:w10", "speed_kmh": 20}
CLOSE: Json = {"verb": "close_road", "road": "osm:w21", "to": ["car"]}
TREES: Json = {"verb": "plant_trees", "points": [[24.9414, 60.1703], [24.9415, 60.1704]]}
HIGHER: Json = {"verb": "reshape_building", "building": "osm:w101", "levels": 9}


async def test_two_people_see_each_others_edits_in_one_order(server: Served, enter: Enter) -> None:
    proposal = server.proposal()
    async with enter(proposal) as aino, enter(proposal) as eino:
        await asyncio.gather(aino.edit(SLOW, "a"), eino.edit(HIGHER, "e"))
        for person in (aino, eino):
            await person.hear("tiles", lambda message: message["seq"] == 2)
        orders = [[(each["seq"], each["op_id"]) for each in person.of("edit")] for person in (aino, eino)]
        assert orders[0] == orders[1]
        assert [seq for seq, _ in orders[0]] == [1, 2]
        patches = [message for message in eino.of("patch") if message["show"]]
        assert patches[0]["hide"] == ["osm:w101"]
        lon, lat = patches[0]["show"][0]["ring"][0]
        assert 24.93 < lon < 24.95
        assert 60.16 < lat < 60.18


async def test_what_comes_over_http_is_seen_in_the_room_and_its_tiles_can_be_fetched(
    server: Served, enter: Enter
) -> None:
    proposal = server.proposal()
    async with enter(proposal) as person:
        answer = await asyncio.to_thread(server.edit, proposal, HIGHER)
        heard = await person.hear("edit")
        assert heard["changed"] == answer.json()["changed"]
        assert heard["sentence"]
        tiles = await person.hear("tiles")
        assert tiles["set"]
        for key, digest in tiles["set"].items():
            assert server.http.get(f"/api/scenes/town/tiles/{key}.{digest}.glb").content[:4] == b"glTF"


async def test_an_edit_told_twice_is_done_once(server: Served, enter: Enter) -> None:
    proposal = server.proposal()
    async with enter(proposal) as person:
        first = await person.edit(TREES, "again")
        assert (await person.edit(TREES, "again"))["seq"] == first["seq"] == 1
    assert len(server.http.get(f"/api/proposals/{proposal}/edits").json()["edits"]) == 1


async def test_people_undo_their_own_edits(server: Served, enter: Enter) -> None:
    proposal = server.proposal()
    async with enter(proposal) as aino, enter(proposal) as eino:
        await aino.edit(SLOW, "a")
        await eino.edit(HIGHER, "e")
        await aino.say("undo", op_id="u")
        undone = await eino.hear("edit", lambda message: message["seq"] == 3)
        assert undone["undo"] == "a"
        assert undone["changed"] == ["osm:w10"]
        await aino.say("undo", op_id="u2")
        assert (await aino.answer("u2"))["problem"]["status"] == 409
        await aino.say("redo", op_id="r")
        assert (await aino.answer("r"))["seq"] == 4


async def test_what_another_has_changed_since_is_not_undone(server: Served, enter: Enter) -> None:
    proposal = server.proposal()
    async with enter(proposal) as aino, enter(proposal) as eino:
        await aino.edit(SLOW, "a")
        await eino.edit({**SLOW, "speed_kmh": 40}, "e")
        await aino.say("undo", op_id="u")
        refused = (await aino.answer("u"))["problem"]
        assert refused["status"] == 409
        assert "Someone else" in refused["detail"]
        assert refused["ids"] == ["osm:w10"]


async def test_a_refused_edit_says_why_and_the_room_goes_on(server: Served, enter: Enter) -> None:
    proposal = server.proposal()
    async with enter(proposal) as person:
        refused = await person.edit({**SLOW, "road": "osm:w99999"}, "x")
        assert refused["type"] == "refused"
        assert refused["problem"]["status"] == 422
        assert "osm:w99999" in refused["problem"]["detail"]
        assert (await person.edit(SLOW, "y"))["type"] == "ack"


async def test_who_comes_back_gets_exactly_what_was_missed(server: Served, enter: Enter) -> None:
    proposal = server.proposal()
    async with enter(proposal) as person:
        epoch = person.heard[0]["epoch"]
        await person.edit(SLOW, "1")
    for edit in (HIGHER, TREES, CLOSE):
        server.edit(proposal, edit)
    async with enter(proposal, epoch=epoch, since=1) as person:
        await person.hear("tiles", lambda message: bool(message["set"]))
        assert [each["seq"] for each in person.of("edit")] == [2, 3, 4]
        assert person.of("snapshot") == []


@pytest.mark.parametrize(
    "hello", [{}, {"epoch": "another", "since": 1}, {"since": 1}, {"since": 99}, {"since": -1}, {"since": "1"}]
)
async def test_who_knows_nothing_of_this_log_gets_the_whole(server: Served, enter: Enter, hello: Json) -> None:
    proposal = server.proposal()
    server.edit(proposal, SLOW)
    server.edit(proposal, HIGHER)
    server.post(f"/api/proposals/{proposal}/undo")
    if set(hello) == {"since"}:
        hello["epoch"] = server.http.get(f"/api/proposals/{proposal}").json()["epoch"]
    if hello.get("since") == 1 and hello.get("epoch") != "another":
        return
    async with enter(proposal, **hello) as person:
        whole = await person.hear("snapshot")
        assert whole["seq"] == 3
        assert [each.get("undone") for each in whole["edits"] if each["kind"] == "edit"] == [False, True]
        assert set(whole["tiles"]) == {"set", "drop"}


async def test_a_person_is_the_same_again_with_their_token(server: Served, enter: Enter) -> None:
    proposal = server.proposal()
    async with enter(proposal) as person:
        welcome = person.heard[0]
        await person.edit(SLOW, "1")
    async with enter(proposal, token=welcome["token"]) as person:
        assert person.heard[0]["you"] == welcome["you"]
        await person.say("undo", op_id="2")
        assert (await person.answer("2"))["type"] == "ack"
    bearer = {"Authorization": f"Bearer {welcome['token']}"}
    assert server.post(f"/api/proposals/{proposal}/redo", headers=bearer).status_code == 201
    forged = {"Authorization": f"Bearer {welcome['you']}.0000"}
    assert server.post(f"/api/proposals/{proposal}/undo", headers=forged).status_code == 401


async def test_people_see_where_others_are_until_they_go(server: Served, enter: Enter) -> None:
    proposal = server.proposal()
    async with enter(proposal) as aino:
        async with enter(proposal) as eino:
            await eino.say("presence", name="Eino", mode="walk", at=[24.941, 60.171], secret="x")
            seen = await aino.hear("presence", lambda message: bool(message["people"]))
            assert seen["people"] == [
                {"id": eino.heard[0]["you"], "name": "Eino", "mode": "walk", "at": [24.941, 60.171]}
            ]
        assert (await aino.hear("presence", lambda message: not message["people"]))["people"] == []


async def closed(socket: ClientConnection) -> ConnectionClosed:
    async with asyncio.timeout(15):
        while True:
            try:
                await socket.recv()
            except ConnectionClosed as end:
                return end


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (json.dumps({"type": "format_disk"}), 1008),
        (json.dumps({"no": "type"}), 1008),
        (json.dumps({"type": "hello"}), 1008),
        (b"\x00\x01", 1003),
        ("x" * 70_000, 1009),
    ],
)
async def test_what_is_no_message_ends_the_connection_with_a_reason(
    server: Served, enter: Enter, sent: str | bytes, code: int
) -> None:
    proposal = server.proposal()
    async with enter(proposal) as person:
        await person.socket.send(sent)
        end = await closed(person.socket)
        assert end.rcvd is not None
        assert end.rcvd.code == code
        assert end.rcvd.reason


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", '"x"', '{"type":"edit","op_id":"x","edit":{"verb":"set_speed","road":"osm:w10","speed_kmh":NaN}}',
        '{"type":"edit","op_id":"x","edit":{"verb":"set_speed","road":"osm:w10","speed_kmh":1e999}}',
        '{"type":"edit","type":"undo","op_id":"x"}', "[" * 5000, '{"type":"edit","edit":{"verb":"set_speed"}}',
        '{"type":"undo","op_id":""}', '{"type":"undo","op_id":7}',
    ],
)  # fmt: skip
async def test_a_message_that_cannot_be_read_is_refused_and_the_connection_stays(
    server: Served, enter: Enter, text: str
) -> None:
    async with enter(server.proposal()) as person:
        await person.socket.send(text)
        refused = await person.hear("refused")
        assert refused["problem"]["status"] in (400, 422)
        assert refused["problem"]["detail"]
        assert (await person.edit(SLOW, "ok"))["type"] == "ack"


async def test_someone_too_fast_is_slowed_down_and_then_sent_away(server: Served, enter: Enter) -> None:
    async with enter(server.proposal()) as person:
        for n in range(90):
            await person.say("undo", op_id=f"{n}")
        end = await closed(person.socket)
        assert end.rcvd is not None
        assert end.rcvd.code == 1008


@pytest.mark.parametrize(
    ("proposal", "origin", "status"), [("unknown", None, 404), (None, "https://evil.example", 403)]
)
async def test_a_room_that_is_not_there_or_not_theirs_is_refused_before_it_opens(
    server: Served, proposal: str | None, origin: str | None, status: int
) -> None:
    url = f"ws://127.0.0.1:{server.settings.port}/api/proposals/{proposal or server.proposal()}/live"
    with pytest.raises(InvalidStatus) as caught:
        async with connect(url, origin=origin):  # type: ignore[arg-type]
            pass
    assert caught.value.response.status_code == status
    assert json.loads(caught.value.response.body or b"{}")["detail"]


async def test_who_never_reads_does_not_hold_up_the_others(server: Served, enter: Enter) -> None:
    proposal = server.proposal()
    url = f"ws://127.0.0.1:{server.settings.port}/api/proposals/{proposal}/live"
    async with enter(proposal) as active, enter(proposal) as watcher:
        async with connect(url, max_queue=1) as stalled:
            await stalled.send('{"type":"hello"}')
            await asyncio.sleep(0.1)
            stalled.transport.pause_reading()
            trees = [[24.94236 + 0.000026 * i, 60.17119 + 0.0000125 * j] for i in range(30) for j in range(30)]
            assert (await active.edit({"verb": "plant_trees", "points": trees}, "trees"))["type"] == "ack"
            watching = asyncio.create_task(watcher.hear("edit", lambda message: message["op_id"] == "last"))
            seq = 1
            while active.bytes < 4 * BEHIND_BYTES:
                await active.say("undo" if seq % 2 else "redo", op_id=f"{seq}")
                assert (await active.answer(f"{seq}"))["type"] == "ack"
                seq += 1
            assert (await active.edit(SLOW, "last"))["type"] == "ack"
            seq = (await watching)["seq"]
            metrics = server.http.get("/metrics").text
            stalled.transport.resume_reading()
            async with asyncio.timeout(20):
                caught_up = [json.loads(await stalled.recv())]
                while caught_up[-1]["type"] != "snapshot" or caught_up[-1]["seq"] != seq:
                    caught_up.append(json.loads(await stalled.recv()))
        assert [each["seq"] for each in watcher.of("edit")] == list(range(1, seq + 1))
        assert "\ncitiverse_listeners_behind 1\n" in metrics
        assert len([each for each in caught_up if each["type"] == "edit"]) < seq
