"""The built package, as someone has it who never saw this repository."""

import os
import socket
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    (built,) = folder.glob("citiverse-*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`citiverse` in an environment that holds nothing but the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    pip(folder / "bin" / "python", "install", wheel)
    return folder / "bin" / "citiverse"


def pip(python: str | Path, *arguments: str | Path) -> None:
    done = subprocess.run([python, "-m", "pip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_holds_client_assets_and_scenes(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "citiverse/web/index.html" in names
    assert any(name.startswith("citiverse/web/") and name.endswith(".js") for name in names)
    assert "citiverse/scenes/helsinki.toml" in names
    assert "citiverse/assets/helsinki/helsinki.osm.pbf" in names
    assert "citiverse/assets/helsinki/NOTICE.md" in names
    assert {name.split("/")[0] for name in names} - {"citiverse"} == {f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}
    assert not [name for name in names if "node_modules" in name or name.endswith((".pyc", ".ts"))]


@pytest.fixture
def served(program: Path, tmp_path: Path) -> Iterator[str]:
    """Address of the installed server, started in a folder that has nothing to do with it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    log = tmp_path / "server.log"
    with log.open("w") as stream:
        server = subprocess.Popen(
            [program, "serve", "--port", str(port), "--data", tmp_path / "data"],
            cwd=tmp_path, env=environment, stdout=stream, stderr=stream,
        )  # fmt: skip
        try:
            wait_until_ready(server, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)
    assert "Traceback" not in log.read_text()


def wait_until_ready(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    """Return once the city can be explored; fail with the log when the server stops or takes two minutes."""
    for _ in range(240):
        assert server.poll() is None, log.read_text()
        try:
            if httpx.get(f"{url}/health/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    pytest.fail(log.read_text())


def test_it_serves_the_city_from_any_folder(served: str) -> None:
    page = httpx.get(served)
    assert page.is_success
    assert "<script" in page.text
    assert "helsinki" in httpx.get(f"{served}/api/scenes").text
    tileset = httpx.get(f"{served}/api/scenes/helsinki/tileset.json")
    assert tileset.json()["asset"]["version"] == "1.1"
