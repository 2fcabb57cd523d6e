"""`citiverse doctor`: whether this machine and this data folder can serve, and whether a scene's tiles are sound."""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from citiverse import __version__
from citiverse.cli.arguments import Commands, add_command, add_data, add_json
from citiverse.cli.city import data_folder
from citiverse.cli.telling import Progress, print_json

LEAST_BYTES = 1 << 30
"""Less free space than this is worth a word: tiles and the log grow."""
_MOST_FAULTS = 5


@dataclass(frozen=True, slots=True)
class Found:
    """One thing looked at: how it is, and where it is not well what to do."""

    check: str
    state: Literal["well", "worth a look", "ill"]
    detail: str


def add(commands: Commands) -> None:
    """Add the command to look after an installation."""
    doctor = add_command(commands, "doctor", run, "check this installation, and a scene's tiles where one is named")
    doctor.add_argument("scene", nargs="?", metavar="SCENE", help="build this scene and check every tile of it")
    add_data(doctor)
    add_json(doctor)


def run(options: argparse.Namespace) -> int:
    """Look at everything; 1 when anything is ill."""
    data = data_folder(options)
    checks: list[Callable[[], Iterator[Found]]] = [
        python, lambda: folder(data), client, lambda: log(data), lambda: scenes(data), pictures,
    ]  # fmt: skip
    found: list[Found] = []
    with Progress() as progress:
        for number, check in enumerate(checks):
            progress("Looking at this installation", number / len(checks))
            found += check()
        if options.scene:
            found += tiles(options.scene, data, progress)
    ill = [each for each in found if each.state == "ill"]
    if options.json:
        print_json({"version": __version__, "well": not ill, "checks": found})
    else:
        for each in found:
            print(f"{each.state:13} {each.check}: {each.detail}")
    return 1 if ill else 0


def python() -> Iterator[Found]:
    """The interpreter."""
    told = f"{sys.version.split()[0]}, {os.cpu_count()} cores"
    yield Found("Python", "well", told)


def folder(data: Path) -> Iterator[Found]:
    """Where everything is kept."""
    there = data
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
        yield Found("data folder", "ill", f"{data} cannot be written. Choose another with --data or CITIVERSE_DATA.")
        return
    free = shutil.disk_usage(there).free
    state: Literal["well", "worth a look"] = "well" if free >= LEAST_BYTES else "worth a look"
    yield Found("data folder", state, f"{data}, {free / 1e9:.1f} GB free")


def client() -> Iterator[Found]:
    """The web client."""
    from citiverse import resources

    page = resources.client() / "index.html"
    if page.is_file():
        yield Found("web client", "well", str(page.parent))
    else:
        yield Found("web client", "ill", f"{page} is missing. Install again: pip install --force-reinstall citiverse")


def log(data: Path) -> Iterator[Found]:
    """The log of proposals."""
    from citiverse.session.backup import BackupInvalid, counts

    try:
        proposals, events = counts(data / "log.sqlite")
    except BackupInvalid as reason:
        yield Found("log", "ill", f"{reason} Restore the last backup: citiverse restore FILE --data DIR")
        return
    yield Found("log", "well", f"{proposals} proposals with {events} events")


def scenes(data: Path) -> Iterator[Found]:
    """The recipes and the files they name."""
    from citiverse.gis.recipe import list_scenes
    from citiverse.gis.refused import ImportRefused

    try:
        recipes = list_scenes(data)
    except ImportRefused as reason:
        yield Found("scenes", "ill", str(reason))
        return
    for recipe in recipes:
        lost = [str(recipe.file(source)) for source in recipe.sources if not recipe.file(source).exists()]
        if lost:
            yield Found(f"scene {recipe.name}", "ill", f"{', '.join(lost)} is not there. Import the scene again.")
        else:
            yield Found(f"scene {recipe.name}", "well", f"{recipe.title}, {len(recipe.sources)} files")


def pictures() -> Iterator[Found]:
    """Whether pictures can be drawn."""
    import numpy as np

    from citiverse.preview.camera import Camera
    from citiverse.preview.offscreen import CannotDraw, Studio, Triangles

    studio = Studio()
    triangle = Triangles(
        positions=np.array([[-1.0, 5.0, 0.0], [1.0, 5.0, 0.0], [0.0, 5.0, 1.0]], np.float32),
        colours=np.full((3, 3), 200, np.uint8),
        indices=np.array([[0, 1, 2]], np.uint32),
    )
    try:
        studio.draw(triangle, Camera((0.0, 0.0, 0.5), 0.0, 0.0), (64, 36))
        yield Found("pictures", "well", "a triangle was drawn without a screen")
    except CannotDraw as reason:
        yield Found("pictures", "worth a look", f"{reason} Everything else works without them.")
    finally:
        studio.close()


def tiles(name: str, data: Path, progress: Progress) -> Iterator[Found]:
    """Every tile of a scene, and the tileset that holds them."""
    from citiverse.gis.read import read_scene
    from citiverse.gis.recipe import find_scene
    from citiverse.scene.build import build
    from citiverse.scene.check import check_scene

    city = read_scene(find_scene(name, data), progress).city
    built = build(city, progress=lambda done, squares: progress("Building tiles", done / squares))
    faults = check_scene(city, built, lambda done, tiles: progress("Checking tiles", done / tiles))
    if faults:
        rest = f" And {len(faults) - _MOST_FAULTS} more." if len(faults) > _MOST_FAULTS else ""
        yield Found(f"tiles of {name}", "ill", " ".join(faults[:_MOST_FAULTS]) + rest)
    else:
        yield Found(f"tiles of {name}", "well", f"{len(built)} tiles, {built.size / 1e6:.1f} MB, nothing wrong")
