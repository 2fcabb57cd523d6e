"""`citiverse bots`: many people at once in a room, to see whether a server and its network carry them."""

import argparse
import asyncio
import json
import math
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from time import perf_counter
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from citiverse.cli.arguments import Commands, add_command, add_json, number, positive
from citiverse.cli.telling import Progress, print_json

Json = dict[str, Any]

LINGER_S = 2.0  # so long the last edits may take to reach everyone
_EDIT_EVERY_S = 1.0
_ROADS = 50
_SPEEDS = (20, 30, 40)
_TIMEOUT_S = 20.0


class Unreachable(ValueError):
    """The server or the room cannot be reached; the sentence says why."""


@dataclass
class Tally:
    """What all bots together saw."""

    ack_ms: list[float] = field(default_factory=list)
    told_ms: list[float] = field(default_factory=list)
    sent_at: dict[str, float] = field(default_factory=dict)
    heard: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def report(self, url: str, proposal: str, clients: int, seconds: float) -> Json:
        """The figures, times in milliseconds."""
        acknowledged = len(self.ack_ms)
        return {
            "url": url,
            "proposal": proposal,
            "clients": clients,
            "joined": self.counts["joined"],
            "seconds": round(seconds, 1),
            "edits": {
                "sent": len(self.sent_at), "acknowledged": acknowledged, "refused": self.counts["refused"],
                "heard": sum(self.heard.values()), "to_hear": acknowledged * self.counts["joined"],
            },
            "ack_ms": spread(self.ack_ms),
            "told_ms": spread(self.told_ms),
            "presence": {"sent": self.counts["poses"], "heard": self.counts["presence"]},
            "snapshots": self.counts["snapshot"],
            "bytes": self.counts["bytes"],
            "lost": dict(self.lost),
        }  # fmt: skip


def add(commands: Commands) -> None:
    """Add the command to try a server with many people."""
    bots = add_command(commands, "bots", run, "try a server with many people at once")
    bots.add_argument(
        "url", metavar="URL", help="of a server, or of a proposal on it (its page, /s/CODE or /api/proposals/ID)"
    )
    bots.add_argument("--clients", type=positive, default=30, metavar="N", help="people (%(default)s)")
    bots.add_argument("--seconds", type=number, default=20.0, metavar="S", help="how long (%(default)s)")
    bots.add_argument("--rate", type=number, default=5.0, metavar="HZ", help="poses each tells a second (%(default)s)")
    add_json(bots)


def run(options: argparse.Namespace) -> int:
    """Send them in; 1 when any could not join, was lost, or missed an edit."""
    if options.seconds <= 0 or options.rate <= 0:
        raise ValueError("--seconds and --rate are numbers above 0.")
    parts = urlsplit(options.url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{options.url} is no address of a server, like http://localhost:8000")
    base = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    room = find_room(base, options.url)
    with Progress() as progress:
        report = asyncio.run(visit(base, room, options.clients, options.seconds, options.rate, progress))
    if options.json:
        print_json(report)
    else:
        edits = report["edits"]
        print(f"{report['joined']} of {report['clients']} joined {report['proposal']} for {report['seconds']} s")
        print(f"{edits['acknowledged']} of {edits['sent']} edits saved, p95 {report['ack_ms']['p95']} ms")
        print(f"heard {edits['heard']} of {edits['to_hear']} times, p95 {report['told_ms']['p95']} ms")
        print(f"{report['bytes'] / 1e6:.1f} MB received, {sum(report['lost'].values())} connections lost")
    good = report["joined"] == options.clients and not report["lost"]
    return 0 if good and report["edits"]["heard"] >= report["edits"]["to_hear"] else 1


@dataclass(frozen=True, slots=True)
class Room:
    """A proposal, the key of the link that leads to it, and edits that can be made in it."""

    id: str
    key: str
    edits: tuple[Json, ...]


def find_room(base: str, url: str) -> Room:
    """The room that an address leads to, or a new one. Raises Unreachable."""
    path = [part for part in urlsplit(url).path.split("/") if part]
    if path[:1] == ["s"]:
        with opened(url) as answer:
            url, path = answer.geturl(), []
    asked = parse_qs(urlsplit(url).query)
    match path:
        case [] if "proposal" in asked:
            return room_of(base, asked["proposal"][0], asked.get("key", [""])[0])
        case []:
            scenes = ask(f"{base}/api/scenes")["scenes"]
            if not scenes:
                raise Unreachable(f"{base} serves no scene yet.")
            made = ask(f"{base}/api/scenes/{scenes[0]['id']}/proposals", {"title": "Many at once"})
            return room_of(base, made["id"], "")
        case ["api", "proposals", id, *_]:
            return room_of(base, id, "")
        case _:
            raise Unreachable(f"{url} names no proposal: give its page, its link /s/CODE or /api/proposals/ID.")


def room_of(base: str, id: str, key: str) -> Room:
    """A room with speed limits for its streets."""
    scene = ask(f"{base}/api/proposals/{id}")["scene"]
    roads = ask(f"{base}/api/scenes/{scene}/features?kind=road&limit={_ROADS}")["features"]
    edits = [{"verb": "set_speed", "road": each["id"], "speed_kmh": speed} for speed in _SPEEDS for each in roads]
    return Room(id, key, tuple(edits))


def ask(url: str, body: Json | None = None) -> Json:
    """What a server answers as JSON. Raises Unreachable."""
    content = None if body is None else json.dumps(body).encode()
    with opened(Request(url, content, {"Content-Type": "application/json"})) as answer:
        try:
            told: Json = json.load(answer)
        except ValueError as error:
            raise Unreachable(f"{url} does not answer as CitiVERSE does.") from error
    return told


def opened(address: str | Request) -> HTTPResponse:
    """A server's answer. Raises Unreachable."""
    url = address if isinstance(address, str) else address.full_url
    try:
        answer: HTTPResponse = urlopen(address, timeout=_TIMEOUT_S)
    except HTTPError as error:
        raise Unreachable(f"{url} answered {error.code} {error.reason}.") from error
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise Unreachable(f"{url} cannot be reached: {getattr(error, 'reason', error)}.") from error
    return answer


async def visit(base: str, room: Room, clients: int, seconds: float, rate: float, progress: Progress) -> Json:
    """All bots at once."""
    tally = Tally()
    begin = perf_counter()
    address = f"ws{base.removeprefix('http')}/api/proposals/{room.id}/live"
    gone = asyncio.Event()

    async def watch() -> None:
        while not gone.is_set():
            progress(f"{tally.counts['joined']} people in the room", min(1.0, (perf_counter() - begin) / seconds))
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(bot(address, room, number, clients, seconds, rate, tally) for number in range(clients)))
    gone.set()
    await watching
    return tally.report(base, room.id, clients, perf_counter() - begin)


async def bot(address: str, room: Room, index: int, clients: int, seconds: float, rate: float, tally: Tally) -> None:
    """One person: walks about, now and then changes a speed limit, and hears what the others do."""
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import ConnectionClosed, InvalidHandshake

    end = perf_counter() + seconds

    async def listen(socket: ClientConnection) -> None:
        async for text in socket:
            now = perf_counter()
            tally.counts["bytes"] += len(text)
            message = json.loads(text)
            kind, op_id = message["type"], message.get("op_id", "")
            tally.counts[kind] += 1
            if kind == "edit" and op_id in tally.sent_at:
                tally.told_ms.append(1000.0 * (now - tally.sent_at[op_id]))
                tally.heard[op_id] += 1
            elif kind == "ack":
                tally.ack_ms.append(1000.0 * (now - tally.sent_at[op_id]))

    async def speak(socket: ClientConnection) -> None:
        begun, step = perf_counter(), 0
        edit_at = begun + _EDIT_EVERY_S * (index + 1)
        while (now := perf_counter()) < end:
            angle = now + index
            pose = {"name": f"Bot {index}", "heading_deg": round(math.degrees(angle) % 360.0, 1), "mode": "walk"}
            await socket.send(json.dumps({"type": "presence", **pose}))
            tally.counts["poses"] += 1
            if now >= edit_at and room.edits:
                op_id = f"{room.id}-{index}-{step}"
                edit = room.edits[(index + step * clients) % len(room.edits)]
                tally.sent_at[op_id] = perf_counter()
                await socket.send(json.dumps({"type": "edit", "op_id": op_id, "edit": edit}))
                step, edit_at = step + 1, edit_at + _EDIT_EVERY_S * clients
            await asyncio.sleep(1.0 / rate)

    try:
        async with connect(address, max_size=None, open_timeout=_TIMEOUT_S) as socket:
            await socket.send(json.dumps({"type": "hello", "key": room.key}))
            tally.counts["joined"] += 1
            listening = asyncio.create_task(listen(socket))
            try:
                await speak(socket)
                await asyncio.sleep(LINGER_S)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
    except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
        tally.lost[" ".join(str(error).split()) or type(error).__name__] += 1


def spread(values: list[float]) -> Json:
    """Median, 95th percentile and most; null without values."""
    ordered = sorted(values)
    if not ordered:
        return {"p50": None, "p95": None, "max": None}
    at = [ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.95)]
    return {"p50": round(at[0], 1), "p95": round(at[1], 1), "max": round(ordered[-1], 1)}
