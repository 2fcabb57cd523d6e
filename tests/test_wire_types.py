"""The client's types of what the server answers are the server's own."""

import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).parents[1] / "web_client"


def test_the_client_knows_what_the_server_answers() -> None:
    if not (CLIENT / "node_modules/openapi-typescript").is_dir():
        pytest.skip("The client's packages are not installed: python hatch_build.py install")
    told = subprocess.run(
        [sys.executable, CLIENT / "wire.py", "--check"], capture_output=True, text=True, timeout=120, check=False
    )
    assert told.returncode == 0, told.stderr
