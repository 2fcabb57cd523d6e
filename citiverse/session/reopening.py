"""Cities that were imported into a running server: they are open again when it has been started anew."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import orjson

from citiverse.session.opening import CannotOpen, open_scene
from citiverse.session.townhall import TownHall
from citiverse.session.workers import away

logger = logging.getLogger(__name__)

FILE = "imported.json"


def remembered(data: Path) -> list[str]:
    """Names of the scenes that were imported, in that order; none where the list can't be read."""
    try:
        said = orjson.loads((data / FILE).read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, orjson.JSONDecodeError):
        logger.exception("The list of imported scenes can't be read; they stay closed until they are imported again.")
        return []
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def remember(data: Path, name: str) -> None:
    """Add a scene to the list."""
    names = [each for each in remembered(data) if each != name]
    beside = data / f"{FILE}.{os.getpid()}"
    beside.write_bytes(orjson.dumps([*names, name]))
    beside.replace(data / FILE)


async def reopen(town: TownHall, data: Path, waiting: list[str], go_on: Callable[[], None]) -> None:
    """Open scenes one after another and take each from `waiting`; one that can't be opened is named in the log.

    `go_on` raises what ends the work.
    """
    while waiting:
        name = waiting[0]
        try:
            if name not in town.scenes:
                scene = await away(town.workers.tiles, open_scene, name, data, lambda *_: go_on())
                town.scenes.setdefault(name, scene)
                await town.keep_base(scene)
                logger.info("%s is open again.", scene.title)
        except CannotOpen as reason:
            logger.error("%s", reason)  # noqa: TRY400 a sentence for whoever runs the server
        except OSError:
            logger.exception("%s could not be opened again.", name)
        finally:
            waiting.remove(name)
