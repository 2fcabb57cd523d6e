"""The server is killed in the midst of work; what it had acknowledged is there when it comes back."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.server.town import Json, Person, free_port, is_ready, make_town, wait_until

SLOW: Json = {"verb": "set_speed", "road": "osm:w10", "speed_kmh": 20}


@contextmanager
def serving(data: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The real command, ready to be used."""
    command = [sys.executable, "-m", "citiverse", "serve", "town", "--data", str(data), "--port", str(port)]
    with (data / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            wait_until(lambda: process.poll() is not None or is_ready(http), 60.0)
        assert process.poll() is None, (data / "server.log").read_text()
        yield process
    finally:
        process.kill()
        process.wait()


async def edit_until_killed(url: str, process: subprocess.Popen[bytes], acknowledged: dict[str, int]) -> str:
    """Send edits one after the other; the server dies while some are on their way. Gives back the log's epoch."""
    epoch = ""
    try:
        async with connect(url) as socket:
            person = Person(socket)
            await person.say("hello")
            epoch = (await person.hear("welcome"))["epoch"]
            for n in range(1000):
                for k in range(3):
                    await person.say("edit", op_id=f"{n}.{k}", edit={**SLOW, "speed_kmh": 10 + (3 * n + k) % 100})
                if n == 4:
                    os.kill(process.pid, signal.SIGKILL)
                while len(acknowledged) < 3 * (n + 1):
                    message = await person.next()
                    if message["type"] == "ack":
                        acknowledged[message["op_id"]] = message["seq"]
    except ConnectionClosed:
        pass
    return epoch


def begin_proposal(http: httpx.Client) -> str:
    return str(http.post("/api/scenes/town/proposals", json={"title": "Slow"}).json()["id"])


async def test_an_acknowledged_edit_survives_kill_minus_nine(tmp_path: Path) -> None:
    make_town(tmp_path)
    port = free_port()
    http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30.0)
    acknowledged: dict[str, int] = {}
    with serving(tmp_path, port) as process:
        proposal = await asyncio.to_thread(begin_proposal, http)
        url = f"ws://127.0.0.1:{port}/api/proposals/{proposal}/live"
        epoch = await edit_until_killed(url, process, acknowledged)
    assert len(acknowledged) >= 12
    begin = time.monotonic()
    with serving(tmp_path, port) as process:
        assert time.monotonic() - begin < 30.0
        log = await asyncio.to_thread(lambda: http.get(f"/api/proposals/{proposal}/edits").json()["log"])
        assert [each["seq"] for each in log] == list(range(1, len(log) + 1))
        kept = {each["op_id"]: each["seq"] for each in log}
        assert acknowledged.items() <= kept.items()
        async with connect(url) as socket:  # the client comes back, gets what it missed, and repeats what hung
            person = Person(socket)
            await person.say("hello", epoch=epoch, since=3)
            await person.hear("impacts")
            assert [each["seq"] for each in person.of("edit")] == list(range(4, len(log) + 1))
            repeated = await person.edit({**SLOW, "speed_kmh": log[-1]["edit"]["speed_kmh"]}, log[-1]["op_id"])
            assert repeated["seq"] == len(log)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 15) in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
    await asyncio.to_thread(http.close)
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def test_it_answers_while_the_city_is_still_being_built(tmp_path: Path) -> None:
    make_town(tmp_path)
    port = free_port()
    command = [sys.executable, "-m", "citiverse", "serve", "town", "--data", str(tmp_path), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            wait_until(lambda: _status(http, "/health/live") == 200, 30.0)
            statuses = {_status(http, "/health/ready")}
            manifest = http.get("/api/scenes/town")
            if manifest.status_code != 200:
                assert manifest.status_code == 503
                assert 0.0 <= manifest.json()["progress"]["share"] <= 1.0
                assert manifest.headers["retry-after"]
            wait_until(lambda: _status(http, "/health/ready") == 200, 60.0)
            assert statuses <= {200, 503}
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=15)
    assert f"http://localhost:{port}/" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_it_stops_within_seconds_whatever_it_is_doing(tmp_path: Path, path: str) -> None:
    port = free_port()
    command = [sys.executable, "-m", "citiverse", "serve", "helsinki", "--data", str(tmp_path), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        wait_until(lambda: _status(http, path) == 200, 90.0)
    process.terminate()
    output, _ = process.communicate(timeout=20)
    assert process.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in output


def _status(http: httpx.Client, path: str) -> int:
    try:
        return httpx.get(http.base_url.join(path), timeout=30.0).status_code  # no connection of a server that is gone
    except httpx.TransportError:
        return 0


@pytest.mark.parametrize("scene", ["atlantis", "../../etc/passwd"])
def test_a_scene_that_is_not_there_ends_with_a_sentence(tmp_path: Path, scene: str) -> None:
    command = [sys.executable, "-m", "citiverse", "serve", scene, "--data", str(tmp_path), "--port", str(free_port())]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "scene" in ended.stderr


def test_a_port_that_is_taken_ends_with_a_sentence(tmp_path: Path) -> None:
    import socket

    make_town(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "citiverse", "serve", "town", "--data", str(tmp_path), "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert port in ended.stderr
    assert "Traceback" not in ended.stderr
