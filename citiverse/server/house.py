"""What a request finds behind it: the town hall, the scene that is being opened, settings and figures."""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from citiverse.server.problems import Refused
from citiverse.server.settings import Settings
from citiverse.session.messages import Json
from citiverse.session.people import People
from citiverse.session.scene import OpenScene
from citiverse.session.townhall import TownHall

logger = logging.getLogger(__name__)

_LOG_EVERY_S = 1.0


class Stopped(RuntimeError):
    """The server is told to stop while the scene is still being opened."""


@dataclass
class Opening:
    """How far the scene has come on its way to being served; `failure` is why it will not be.

    Once `stopped` is set, `progress` ends the work that tells it.
    """

    scene: str
    words: str = "Starting"
    share: float = 0.0
    failure: str = ""
    stopped: bool = False
    began: float = field(default_factory=time.monotonic)
    logged: float = field(default_factory=time.monotonic)

    def progress(self, words: str, share: float) -> None:
        """Note what is going on and the share done, and log it about every second. Raises Stopped."""
        self.go_on()
        self.words, self.share = words, share
        now = time.monotonic()
        if now - self.logged >= _LOG_EVERY_S:
            self.logged = now
            logger.info("%s (%.0f %%)", words, 100 * share)

    def go_on(self) -> None:
        """Raises Stopped once the server is to end."""
        if self.stopped:
            raise Stopped

    def told(self) -> Json:
        """The progress as clients get it."""
        return {
            "scene": self.scene, "step": self.words, "share": round(self.share, 3),
            "seconds": round(time.monotonic() - self.began, 1),
        }  # fmt: skip


@dataclass
class House:
    """Everything that routes need, made when the server starts."""

    settings: Settings
    town: TownHall
    people: People
    opening: Opening
    waiting: list[str]  # scenes that were open before and will be again
    client: Path
    planners: str  # the word of the link by which planners come
    counts: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)
    drawing: int = 0  # pictures that someone waits for
    bringing: int = 0  # 3D files that are being read

    def scene(self, name: str) -> OpenScene:
        """The open scene of this name. Raises NoSuchScene, and Refused (503) while it is being opened."""
        if name == self.opening.scene and name not in self.town.scenes:
            if self.opening.failure:
                raise Refused(503, self.opening.failure)
            raise Refused(
                503,
                f"{name} is being prepared ({self.opening.words}, {self.opening.share:.0%}). Please wait a moment.",
                {"Retry-After": "1"},
                progress=self.opening.told(),
            )
        if name in self.waiting and name not in self.town.scenes:
            raise Refused(503, f"{name} is being opened again. Please wait a moment.", {"Retry-After": "1"})
        return self.town.scene(name)

    async def scene_of(self, proposal: str) -> None:
        """Check that a proposal's scene is open. Raises NoSuchProposal, NoSuchScene, Refused."""
        if proposal not in self.town.rooms:
            self.scene((await self.town.proposal(proposal)).scene)


def _house(connection: HTTPConnection) -> House:
    found: House = connection.app.state.house
    return found


Here = Annotated[House, Depends(_house)]
