"""A little town on a real server, and people with real sockets."""

import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import connect

from citiverse.server.app import create_app
from citiverse.server.serve import configured, listening_at
from citiverse.server.settings import Settings
from tests.server.town import Enter, Noises, Person, Served, free_port, is_ready, make_town, wait_until


@pytest.fixture(scope="session")
def town_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the scene `town`."""
    data = tmp_path_factory.mktemp("data")
    make_town(data)
    return data


@pytest.fixture(scope="module")
def server(town_data: Path) -> Iterator[Served]:
    """The town, ready; the log of errors is to stay empty."""
    settings = Settings(scene="town", port=free_port(), data=town_data)
    noises = Noises()
    for name in ("", "uvicorn"):
        logging.getLogger(name).addHandler(noises)
    running = uvicorn.Server(configured(create_app(settings), None, None))
    listening = listening_at(settings.host, settings.port)
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{settings.port}"
    with httpx.Client(base_url=url, timeout=30.0) as http:
        wait_until(lambda: is_ready(http), 60.0)
        yield Served(settings, url, http, noises)
    running.should_exit = True
    thread.join(15.0)
    for name in ("", "uvicorn"):
        logging.getLogger(name).removeHandler(noises)
    assert not thread.is_alive()
    assert noises.records == []


@pytest.fixture
def enter(server: Served) -> Enter:
    """Enter a room: `async with enter(proposal) as person`."""

    @asynccontextmanager
    async def entered(proposal: str, **hello: object) -> AsyncIterator[Person]:
        url = f"ws://127.0.0.1:{server.settings.port}/api/proposals/{proposal}/live"
        async with connect(url, max_size=None) as socket:
            person = Person(socket)
            await person.say("hello", **hello)
            await person.hear("welcome")
            yield person

    return entered
