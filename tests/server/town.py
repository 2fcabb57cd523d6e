"""A little town on a real server, and people with real sockets."""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import osmium
import uvicorn
from osmium.osm.mutable import Node, Way
from websockets.asyncio.client import ClientConnection

from citiverse.server.app import create_app
from citiverse.server.serve import configured, listening_at
from citiverse.server.settings import Settings

Json = dict[str, Any]

LON, LAT = 24.9400, 60.1700
BLOCK_LON, BLOCK_LAT = 0.0018, 0.0009  # about 100 m
HOUSE_LON, HOUSE_LAT = 0.0004, 0.0002
STREETS = 4

RECIPE = """
[scene]
title = "A town"
bbox = [24.939, 60.1695, 24.9465, 60.1735]
start = [24.942, 60.170, 0.0, 150.0, -30.0]

[[source]]
path = "town.osm.pbf"
format = "osm"
licence = "ODbL 1.0"
credit = "© Nobody"
"""


def write_town(path: Path) -> None:
    """A grid of streets with a house in every block, a park and some trees."""
    writer = osmium.SimpleWriter(str(path))
    ways: list[Way] = []
    nodes: dict[tuple[float, float], int] = {}

    def node(lon: float, lat: float, **tags: str) -> int:
        place = (round(lon, 7), round(lat, 7))
        if place not in nodes:
            nodes[place] = len(nodes) + 1
            writer.add_node(Node(id=nodes[place], location=place, tags=tags))
        return nodes[place]

    def ring(lon: float, lat: float, width: float, height: float) -> list[int]:
        corners = [(lon, lat), (lon + width, lat), (lon + width, lat + height), (lon, lat + height), (lon, lat)]
        return [node(*corner) for corner in corners]

    for k in range(STREETS):
        along = [node(LON + i * BLOCK_LON, LAT + k * BLOCK_LAT) for i in range(STREETS)]
        across = [node(LON + k * BLOCK_LON, LAT + i * BLOCK_LAT) for i in range(STREETS)]
        tags = {"highway": "residential", "lanes": "2", "maxspeed": "30", "surface": "asphalt"}
        ways.append(Way(id=10 + k, nodes=along, tags={**tags, "name": f"{k + 1}. Street"}))
        ways.append(Way(id=20 + k, nodes=across, tags={**tags, "name": f"{k + 1}. Lane"}))
    for i in range(STREETS - 1):
        for k in range(STREETS - 1):
            corner = (LON + (i + 0.3) * BLOCK_LON, LAT + (k + 0.3) * BLOCK_LAT)
            if (i, k) == (1, 1):
                park = ring(*corner, 2 * HOUSE_LON, 2 * HOUSE_LAT)
                ways.append(Way(id=200, nodes=park, tags={"leisure": "park", "name": "The Park"}))
                continue
            tags = (
                {"building": "apartments", "building:levels": "4"} if i != k else {"building": "office", "height": "18"}
            )
            ways.append(Way(id=100 + 10 * i + k, nodes=ring(*corner, 2 * HOUSE_LON, 2 * HOUSE_LAT), tags=tags))
    for k in range(4):
        node(LON + 0.2 * BLOCK_LON, LAT + (0.2 + 0.1 * k) * BLOCK_LAT, natural="tree", height="7")
    for way in ways:
        writer.add_way(way)
    writer.close()


def make_town(data: Path) -> None:
    """Put the scene `town` into a data folder."""
    (data / "scenes").mkdir(parents=True)
    (data / "scenes" / "town.toml").write_text(RECIPE, encoding="utf-8")
    write_town(data / "scenes" / "town.osm.pbf")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Noises(logging.Handler):
    """What the server logs as its own fault."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record.getMessage() + (str(record.exc_info[1]) if record.exc_info else ""))


@dataclass
class Served:
    """A server on a thread."""

    settings: Settings
    url: str
    http: httpx.Client
    noises: Noises

    def post(self, path: str, body: Json | None = None, headers: dict[str, str] | None = None) -> httpx.Response:
        return (
            self.http.post(path, json=body, headers=headers)
            if body is not None
            else self.http.post(path, headers=headers)
        )

    def proposal(self, title: str = "A quiet street") -> str:
        answer = self.post("/api/scenes/town/proposals", {"title": title})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def edit(self, proposal: str, edit: Json, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.post(f"/api/proposals/{proposal}/edits", edit, headers)


@contextmanager
def serving(settings: Settings) -> Iterator[Served]:
    """A server that answers on a thread, until the end of the block."""
    noises = Noises()
    for name in ("", "uvicorn"):
        logging.getLogger(name).addHandler(noises)
    running = uvicorn.Server(configured(create_app(settings), None, None))
    listening = listening_at(settings.host, settings.port)
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{settings.port}"
    with httpx.Client(base_url=url, timeout=30.0) as http:
        yield Served(settings, url, http, noises)
    running.should_exit = True
    thread.join(15.0)
    for name in ("", "uvicorn"):
        logging.getLogger(name).removeHandler(noises)
    assert not thread.is_alive()


def is_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def wait_until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.02)


@dataclass
class Person:
    """Someone in a live room; everything they hear is kept."""

    socket: ClientConnection
    heard: list[Json] = field(default_factory=list)
    bytes: int = 0

    async def next(self) -> Json:
        text = await self.socket.recv()
        self.bytes += len(text)
        self.heard.append(json.loads(text))
        return self.heard[-1]

    async def say(self, kind: str, **values: object) -> None:
        await self.socket.send(json.dumps({"type": kind, **values}))

    async def hear(self, kind: str, where: Callable[[Json], bool] = lambda _: True, seconds: float = 20.0) -> Json:
        """The next message of a kind, keeping all that come before it."""
        async with asyncio.timeout(seconds):
            while True:
                message = await self.next()
                if message["type"] == kind and where(message):
                    return message

    async def edit(self, edit: Json, op_id: str) -> Json:
        await self.say("edit", op_id=op_id, edit=edit)
        return await self.answer(op_id)

    async def answer(self, op_id: str) -> Json:
        async with asyncio.timeout(20.0):
            while True:
                message = await self.next()
                if message["type"] in ("ack", "refused") and message["op_id"] == op_id:
                    return message

    def of(self, kind: str) -> list[Json]:
        return [message for message in self.heard if message["type"] == kind]


Enter = Callable[..., Any]
