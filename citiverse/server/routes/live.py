"""The live room of a proposal."""

import asyncio
import logging
import time
from dataclasses import dataclass, field

from fastapi import APIRouter, WebSocket
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect

from citiverse.server import problems
from citiverse.server.body import NotJson, parse_object, seq_in
from citiverse.server.guard import known_host, known_origin
from citiverse.server.house import Here, House
from citiverse.server.problems import Refused, problem, problem_of
from citiverse.server.socket import Connection, connection
from citiverse.server.visitors import check_may_change, role_of
from citiverse.session.messages import Json, message
from citiverse.session.presence import pose_of
from citiverse.session.room import Room
from citiverse.session.wishes import Wish

router = APIRouter()
logger = logging.getLogger(__name__)

HELLO_WITHIN_S = 5.0
LONGEST_OP_ID = 200
MOST_MISTAKES = 20  # messages that are no JSON, or come too fast
POLICY_VIOLATION, UNSUPPORTED = 1008, 1003  # RFC 6455, 7.4.1


@dataclass
class Bucket:
    """Lets through so many a second, and some more at once."""

    per_s: float
    most: float
    left: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Begin full."""
        self.left = self.most

    def take(self) -> bool:
        """Whether one more may pass now."""
        now = time.monotonic()
        self.left = min(self.most, self.left + (now - self.at) * self.per_s)
        self.at = now
        if self.left < 1.0:
            return False
        self.left -= 1.0
        return True


class Goodbye(Exception):
    """The connection is to be closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@router.websocket("/api/proposals/{id}/live")
async def live(socket: WebSocket, house: Here, id: str) -> None:
    """Enter a room: hear what happens there and take part."""
    refusal = await _refusal(socket, house, id)
    if refusal is not None:
        await socket.send_denial_response(refusal)
        return
    await socket.accept()
    try:
        visit = await _welcome(socket, house, id)
    except WebSocketDisconnect:
        return
    except Goodbye as goodbye:
        await socket.close(goodbye.code, goodbye.reason)
        return
    try:
        while True:
            await visit.answer(await _text(socket))
    except WebSocketDisconnect:
        pass
    except Goodbye as goodbye:
        visit.room.leave(visit.listener)
        visit.listener.dismiss(goodbye.code, goodbye.reason)
        await _drain(socket)
    finally:
        visit.room.leave(visit.listener)


class Visit:
    """Someone in a room, from their welcome to their going."""

    def __init__(self, house: House, room: Room, listener: Connection, key: str) -> None:
        self.house = house
        self.room = room
        self.listener = listener
        self.key = key
        self.mistakes = 0
        self.operations = Bucket(20.0, 40.0)
        self.poses = Bucket(20.0, 40.0)

    async def answer(self, text: str) -> None:
        """Do what one message asks. Raises Goodbye."""
        try:
            sent = parse_object(text)
        except NotJson as error:
            self._mistake(None, problem(400, str(error)))
            return
        match sent.get("type"):
            case "edit" | "undo" | "redo":
                await self._operate(sent)
            case "presence":
                if self.poses.take():
                    self.room.note_presence(self.listener.person, pose_of(sent))
            case "hello":
                raise Goodbye(POLICY_VIOLATION, "You have said hello before.")
            case kind:
                raise Goodbye(POLICY_VIOLATION, f"Unknown message type {str(kind)[:60]!r}.")

    async def _operate(self, sent: Json) -> None:
        op_id = sent.get("op_id")
        if not isinstance(op_id, str) or not 0 < len(op_id) <= LONGEST_OP_ID:
            self._mistake(None, problem(422, f"op_id is a text of 1 to {LONGEST_OP_ID} letters.", field="op_id"))
            return
        if not self.operations.take():
            self._mistake(op_id, problem(429, "You are changing the city too fast; please wait a second."))
            return
        kind = sent["type"]
        try:
            if self.room.outdated:
                raise Goodbye(1012, "The proposal was changed elsewhere; please come back.")
            check_may_change(self.house, self.room.proposal, self.key)
            by, edit, since = self.listener.person, sent.get("edit"), seq_in(sent, "since")
            told = await self.room.do(Wish(by=by, op_id=op_id, kind=kind, edit=edit, since=since))
        except Goodbye:
            raise
        except Exception as error:
            document = problem_of(error)
            if document is None:
                logger.exception("A live %s in proposal %s failed.", kind, self.room.proposal.id)
                document = problem(500, "Something went wrong on the server; its log says more.")
            self.house.counts["refused"] += 1
            self._refuse(op_id, document)
            return
        self.house.counts[f"{kind}s"] += 1
        self.listener.tell(message("ack", op_id=op_id, seq=told["seq"], warnings=told["warnings"]))

    def _mistake(self, op_id: str | None, document: Json) -> None:
        self.mistakes += 1
        if self.mistakes > MOST_MISTAKES:
            raise Goodbye(POLICY_VIOLATION, "Too many messages that can't be taken.")
        self._refuse(op_id, document)

    def _refuse(self, op_id: str | None, document: Json) -> None:
        self.listener.tell(message("refused", op_id=op_id, problem=document))


async def _refusal(socket: WebSocket, house: House, id: str) -> Response | None:
    """Why someone may not enter, before the socket opens."""
    if not known_host(socket.headers, house.settings) or not known_origin(socket.headers, house.settings):
        return problems.answer(problem(403, "A page of another site may not join a room here."))
    try:
        await house.scene_of(id)
        await house.town.room(id)
    except Exception as error:
        document = problem_of(error)
        if document is None:
            raise
        return problems.answer(document, error.headers if isinstance(error, Refused) else None)
    return None


async def _welcome(socket: WebSocket, house: House, id: str) -> Visit:
    """Hear the visitor's hello (one who says none is welcome too) and tell them where the room stands."""
    hello, first = {}, None
    try:
        first = await asyncio.wait_for(_text(socket), HELLO_WITHIN_S)
        sent = parse_object(first)
        if sent.get("type") == "hello":
            hello, first = sent, None
    except TimeoutError:
        pass
    except NotJson as error:
        raise Goodbye(POLICY_VIOLATION, str(error)[:120]) from None
    room = await house.town.room(id)
    token = hello.get("token")
    person = house.people.recognise(token) if isinstance(token, str) else None
    given = hello.get("key", "")
    key = given if isinstance(given, str) else ""
    try:
        role = role_of(house, room.proposal, key)
    except Refused as refused:
        raise Goodbye(POLICY_VIOLATION, refused.detail) from None
    visit = Visit(house, room, connection(socket, person or house.people.newcomer()), key)
    you = visit.listener.person
    visit.listener.tell(
        message(
            "welcome", epoch=room.epoch, seq=room.seq, role=role, state=room.proposal.state, you=you,
            token=house.people.token(you),
        )
    )  # fmt: skip
    since = hello.get("since")
    known = hello.get("epoch") == room.epoch and isinstance(since, int) and not isinstance(since, bool)
    room.join(visit.listener, since if known else None)
    if first is not None:
        try:
            await visit.answer(first)
        except Goodbye:
            room.leave(visit.listener)
            raise
    return visit


async def _text(socket: WebSocket) -> str:
    """The next text message. Raises WebSocketDisconnect, Goodbye for bytes."""
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1005), received.get("reason"))
    text = received.get("text")
    if text is None:
        raise Goodbye(UNSUPPORTED, "Only text messages are taken here.")
    return str(text)


async def _drain(socket: WebSocket) -> None:
    """Wait for the end of a connection that is being closed."""
    try:
        async with asyncio.timeout(10.0):
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
    except (TimeoutError, RuntimeError):
        pass
