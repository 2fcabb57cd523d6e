"""The program as a process, and what a refusal of it looks like."""

import subprocess
import sys
from pathlib import Path

SECONDS = 180


def citiverse(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    command = [sys.executable, "-m", "citiverse", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=cwd)


def assert_refused(process: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 1, nothing on standard output, and last on standard error a readable line that holds `words`."""
    assert (process.returncode, process.stdout) == (1, ""), process.stderr
    line = process.stderr.splitlines()[-1]
    assert line.startswith("citiverse: ")
    assert "Traceback" not in process.stderr
    assert "fault in the program" not in line
    for word in words:
        assert word in line
