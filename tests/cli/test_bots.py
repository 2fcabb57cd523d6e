"""Many people at once, and what is said when they cannot come."""

from collections.abc import Iterator
from subprocess import DEVNULL, Popen
from sys import executable

import httpx
import orjson
import pytest

from tests.cli.process import assert_refused, citiverse
from tests.server.town import free_port, is_ready, make_town, wait_until


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a little town."""
    data, port = tmp_path_factory.mktemp("data"), free_port()
    make_town(data)
    command = [executable, "-m", "citiverse", "serve", "town", "--data", str(data), "--port", str(port)]
    process = Popen(command, stdout=DEVNULL, stderr=DEVNULL)
    with httpx.Client(base_url=f"http://localhost:{port}") as http:
        wait_until(lambda: is_ready(http), 60.0)
    yield f"http://localhost:{port}"
    process.terminate()
    process.wait(20)


def test_everyone_hears_every_edit(address: str) -> None:
    with httpx.Client(base_url=address) as http:
        begun = http.post("/api/scenes/town/proposals", json={"title": "Crowd"}).json()
        process = citiverse("bots", f"{address}/s/{begun['code']}", "--clients", "8", "--seconds", "4", "--json")
        report = orjson.loads(process.stdout)
        assert (process.returncode, report["joined"], report["lost"]) == (0, 8, {}), process.stderr
        edits = report["edits"]
        assert edits["acknowledged"] == edits["sent"] >= 2
        assert edits["heard"] == edits["to_hear"] == 8 * edits["sent"]
        assert report["presence"]["heard"] > 8
        assert 0.0 < report["told_ms"]["p50"] <= report["told_ms"]["max"]
        assert http.get(f"/api/proposals/{begun['id']}").json()["seq"] == edits["sent"]


def test_where_there_is_no_room_a_sentence_says_so(address: str) -> None:
    assert_refused(citiverse("bots", f"http://localhost:{free_port()}", "--seconds", "1"), "cannot be reached")
    assert_refused(citiverse("bots", f"{address}/api/proposals/none", "--seconds", "1"), "answered 404")
    assert_refused(citiverse("bots", f"{address}/health/live", "--seconds", "1"), "names no proposal")
    assert_refused(citiverse("bots", "localhost:8000"), "no address of a server")
    assert_refused(citiverse("bots", address, "--seconds", "0"), "above 0")
