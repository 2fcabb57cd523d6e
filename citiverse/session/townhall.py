"""Where people plan: the scenes that are open, their proposals, and a room for each that is being worked on."""

import asyncio
import time

from citiverse.session.branch import replay
from citiverse.session.log import Log
from citiverse.session.people import random_word
from citiverse.session.record import Proposal
from citiverse.session.room import Room
from citiverse.session.scene import OpenScene
from citiverse.session.workers import Workers, away

MOST_ROOMS = 64  # empty rooms beyond so many are closed; the log opens them again
ID_LETTERS, CODE_LETTERS = 16, 8
LEAVE_CODE = 1012  # RFC 6455 and IANA: the service restarts


class NoSuchProposal(LookupError):
    """A proposal that the log does not have."""


class NoSuchScene(LookupError):
    """A scene that is not open here."""


class TownHall:
    """The scenes, the log and the rooms. Its methods are called on the event loop."""

    def __init__(self, log: Log, workers: Workers) -> None:
        self.log = log
        self.workers = workers
        self.scenes: dict[str, OpenScene] = {}
        self.rooms: dict[str, Room] = {}
        self._opening: dict[str, asyncio.Task[Room]] = {}

    def scene(self, name: str) -> OpenScene:
        """The open scene of this name. Raises NoSuchScene."""
        found = self.scenes.get(name)
        if found is None:
            known = ", ".join(self.scenes) or "none yet"
            raise NoSuchScene(f"There is no scene named {name[:80]} here; open: {known}.")
        return found

    async def begin(self, scene: str, title: str, words: str) -> Proposal:
        """Begin a proposal on the scene as it is now."""
        begun = Proposal(
            id=random_word(ID_LETTERS), scene=scene, base=self.scene(scene).revision, title=title, words=words,
            code=random_word(CODE_LETTERS), created=time.time(),
        )  # fmt: skip
        await asyncio.wrap_future(self.log.add_proposal(begun))
        return begun

    async def room(self, id: str) -> Room:
        """The room of a proposal, opened from the log when nobody was in it.

        Raises NoSuchProposal, or NoSuchScene while its scene is not open.
        """
        room = self.rooms.get(id)
        if room is not None and room.outdated:
            del self.rooms[id]
            await room.close(LEAVE_CODE, "The proposal was changed elsewhere; please come back.")
        elif room is not None:
            return room
        if id not in self._opening:
            self._opening[id] = asyncio.get_running_loop().create_task(self._open(id))
            self._opening[id].add_done_callback(lambda _: self._opening.pop(id, None))
        return await asyncio.shield(self._opening[id])

    async def proposal(self, id: str) -> Proposal:
        """What stands about a proposal. Raises NoSuchProposal."""
        found = await away(self.workers.edits, self.log.proposal, id)
        if found is None:
            raise NoSuchProposal(f"There is no proposal {id[:80]} here.")
        return found

    async def close(self) -> None:
        """Send everyone away, end what runs, and close the log."""
        for scene in self.scenes.values():
            scene.findings.stop()
        rooms, self.rooms = list(self.rooms.values()), {}
        await asyncio.gather(*(room.close(LEAVE_CODE, "The server restarts; please come back.") for room in rooms))
        self.workers.close()
        await asyncio.get_running_loop().run_in_executor(None, self.log.close)

    async def _open(self, id: str) -> Room:
        proposal = await self.proposal(id)
        scene = self.scene(proposal.scene)
        events = await away(self.workers.edits, self.log.events, id)
        branch = await away(self.workers.edits, replay, scene.city, events)
        room = Room(scene, proposal, branch, self.log, self.workers)
        await room.bring_tiles_up()
        self.rooms[id] = room
        await self._close_idle()
        return room

    async def _close_idle(self) -> None:
        empty = sorted((room for room in self.rooms.values() if not len(room.audience)), key=lambda room: room.used)
        for room in empty[: max(0, len(self.rooms) - MOST_ROOMS)]:
            if room.idle:
                del self.rooms[room.proposal.id]
                await room.close(LEAVE_CODE, "The room was empty.")
