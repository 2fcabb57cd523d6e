"""A little town on a real server, and people with real sockets."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from citiverse.server.settings import Settings
from tests.server.town import Enter, Person, Served, free_port, is_ready, make_town, serving, wait_until


@pytest.fixture(scope="session")
def town_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the scene `town`."""
    data = tmp_path_factory.mktemp("data")
    make_town(data)
    return data


@pytest.fixture(scope="module")
def server(town_data: Path) -> Iterator[Served]:
    """The town, ready; the log of errors is to stay empty."""
    with serving(Settings(scene="town", port=free_port(), data=town_data)) as served:
        wait_until(lambda: is_ready(served.http), 60.0)
        yield served
    assert served.noises.records == []


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
