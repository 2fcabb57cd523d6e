"""The same application under another server's sockets, and the settings it takes."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import connect

from citiverse.server.app import create_app
from citiverse.server.settings import Settings, SettingsError, settings_from
from tests.server.town import Person, free_port, is_ready, make_town, wait_until

SLOW = {"verb": "set_speed", "road": "osm:w10", "speed_kmh": 20}


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[int]:
    """The application under uvicorn's own sockets, which know nothing of frames written directly."""
    make_town(tmp_path)
    port = free_port()
    app = create_app(Settings(scene="town", data=tmp_path, port=port))
    running = uvicorn.Server(uvicorn.Config(app, port=port, ws="websockets-sansio", log_level="warning"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        wait_until(lambda: is_ready(http), 60.0)
    yield port
    running.should_exit = True
    thread.join(15.0)


async def test_rooms_work_where_frames_cannot_be_written_directly(plain: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{plain}") as http:
        begun = (await http.post("/api/scenes/town/proposals", json={"title": "Slow"})).json()
    async with connect(f"ws://127.0.0.1:{plain}/api/proposals/{begun['id']}/live") as socket:
        person = Person(socket)
        await person.say("hello")
        await person.hear("snapshot")
        assert (await person.edit(SLOW, "1"))["seq"] == 1
        await person.say("format_disk")
        await person.socket.wait_closed()
        assert person.socket.close_code == 1008


def test_settings_come_from_the_environment_and_what_is_given_wins(tmp_path: Path) -> None:
    environment = {
        "CITIVERSE_DATA": str(tmp_path), "CITIVERSE_PORT": "9000", "CITIVERSE_HOST": "0.0.0.0",
        "CITIVERSE_ORIGINS": "https://a.example, https://b.example",
    }  # fmt: skip
    settings = settings_from(environment, port=9001, host=None)
    assert (settings.data, settings.port, settings.host) == (tmp_path, 9001, "0.0.0.0")
    assert settings.origins == ("https://a.example", "https://b.example")
    assert not settings.local


@pytest.mark.parametrize(
    ("environment", "given"),
    [
        ({"CITIVERSE_PORT": "many"}, {}),
        ({}, {"port": 70_000}),
        ({}, {"cert": Path("cert.pem")}),
        ({}, {"key": Path("key.pem")}),
    ],
)
def test_settings_that_cannot_be_are_refused(environment: dict[str, str], given: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        settings_from(environment, **given)


def test_a_certificate_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    from citiverse.server.serve import serve

    (tmp_path / "cert.pem").write_text("not a certificate")
    settings = Settings(data=tmp_path, port=free_port(), cert=tmp_path / "cert.pem", key=tmp_path / "cert.pem")
    with pytest.raises(SettingsError, match="certificate"):
        serve(settings)
