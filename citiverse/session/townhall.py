"""Where people plan: the scenes that are open, their proposals, and a room for each that is being worked on."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from citiverse.proposal.merge import Choice
from citiverse.scene.build import Tiles, rebuild
from citiverse.session.begetting import ConflictsLeft, Merged, OtherBase, copied, merged
from citiverse.session.branch import Branch, base_at, replay
from citiverse.session.findings import NOTHING_YET, Finding
from citiverse.session.messages import Json
from citiverse.session.people import ANYONE, random_word
from citiverse.session.record import Access, Origin, Proposal
from citiverse.session.room import Room
from citiverse.session.scene import OpenScene
from citiverse.session.snapshots import EVERY
from citiverse.session.store import Store
from citiverse.session.workers import Workers, away

MOST_ASSESSED = 8  # revisions that nobody works on at a time
TILES_WITHIN_S = 0.3  # whoever opens a proposal waits no longer for its tiles
MOST_ROOMS = 64  # empty rooms beyond so many are closed; the log opens them again
ID_LETTERS, CODE_LETTERS = 16, 8
LEAVE_CODE = 1012  # RFC 6455 and IANA: the service restarts


class NoSuchProposal(LookupError):
    """A proposal that the log does not have."""


class NoSuchScene(LookupError):
    """A scene that is not open here."""


class NoSuchRevision(LookupError):
    """A state that a proposal has not had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a person says of a proposal that they begin."""

    title: str
    words: str = ""
    by: str = ANYONE
    access: Access = "open"


class TownHall:
    """The scenes, the log and the rooms. Its methods are called on the event loop."""

    def __init__(self, store: Store, workers: Workers) -> None:
        self.log = store.log
        self.bases = store.bases
        self.library = store.library
        self.pictures = store.pictures
        self.snapshots = store.snapshots
        self.workers = workers
        self.scenes: dict[str, OpenScene] = {}
        self.rooms: dict[str, Room] = {}
        self._opening: dict[str, asyncio.Task[Room]] = {}
        self._assessing: dict[str, asyncio.Task[Finding]] = {}

    def scene(self, name: str) -> OpenScene:
        """The open scene of this name. Raises NoSuchScene."""
        found = self.scenes.get(name)
        if found is None:
            known = ", ".join(self.scenes) or "none yet"
            raise NoSuchScene(f"There is no scene named {name[:80]} here; open: {known}.")
        return found

    async def begin(self, scene: str, beginning: Beginning) -> Proposal:
        """Begin a proposal on the scene as it is now."""
        begun = _proposal(scene, self.scene(scene).revision, beginning)
        await asyncio.wrap_future(self.log.add_proposal(begun))
        return begun

    async def begin_from(self, id: str, beginning: Beginning, seq: int | None = None) -> Proposal:
        """Begin a proposal with what stands of another, as it is or as it was after an event.

        Raises NoSuchProposal, NoSuchScene, NoSuchRevision.
        """
        room = await self.room(id)
        branch = await self.branch_at(room, seq)
        begun = _proposal(room.proposal.scene, base_at(room.proposal, room.branch.events, branch.seq), beginning)
        steps = [step for step in branch.steps.values() if not step.undone]
        origin = Origin(proposal=id, seq=branch.seq)
        await asyncio.wrap_future(self.log.add_proposal(begun, copied(steps, begun.id, branch.base), [origin]))
        return begun

    async def merge(self, a: str, b: str, choices: Mapping[str, Choice]) -> Merged:
        """What two proposals make together. Raises as `begin_from`, OtherBase, EditRefused, EditInvalid."""
        ours, theirs = await self.room(a), await self.room(b)
        if ours.scene is not theirs.scene:
            raise OtherBase("The two proposals are for different scenes.")
        for room in (ours, theirs):
            if room.proposal.base != room.scene.revision:
                raise OtherBase(f"“{room.proposal.title}” was made on older data; carry it over to the new ones first.")
        a_steps, b_steps = ([step for step in r.branch.steps.values() if not step.undone] for r in (ours, theirs))
        return await away(self.workers.edits, merged, ours.scene.city, a_steps, b_steps, choices)

    async def begin_merged(self, a: str, b: str, choices: Mapping[str, Choice], beginning: Beginning) -> Json:
        """Begin a proposal with what two others make together; `proposal` is its id.

        Raises as `merge`, and ConflictsLeft while a conflict between them is not decided.
        """
        ours, theirs = await self.room(a), await self.room(b)
        origins = [Origin(proposal=room.proposal.id, seq=room.seq) for room in (ours, theirs)]
        found = await self.merge(a, b, choices)
        told = found.told()
        if told["conflicts"]:
            raise ConflictsLeft(told)
        begun = _proposal(ours.proposal.scene, ours.proposal.base, beginning)
        await asyncio.wrap_future(self.log.add_proposal(begun, found.events(begun.id), origins))
        return {"proposal": begun.id, **told}

    async def branch_at(self, room: Room, seq: int | None) -> Branch:
        """A proposal as it is, or as it was after event `seq`. Raises NoSuchRevision."""
        if seq is None or seq == room.seq:
            return room.branch
        if not 0 <= seq <= room.seq:
            raise NoSuchRevision(f"This proposal has no revision {seq}; it has 0 to {room.seq}.")
        events = [event for event in room.branch.events if event.seq <= seq]
        return await away(self.workers.edits, replay, room.scene.city, events)

    async def tiles_at(self, room: Room, branch: Branch) -> Tiles:
        """The tiles of a proposal as it is, or as it was in `branch`."""
        if branch is room.branch:
            await room.bring_tiles_up()
            return room.tiles
        base, tiles = room.scene.city, room.scene.tiles

        def work() -> Tiles:
            delta = rebuild(branch.city, base.change_to(branch.city), tiles)
            for tile in delta.set.values():
                room.scene.shelf.put(tile.hash, tile.content)
            return tiles.with_delta(delta)

        return await away(self.workers.tiles, work)

    async def impacts_at(self, room: Room, branch: Branch, wait_s: float = 0.0) -> Json:
        """What is known of the impacts of a proposal as it is, or as it was in `branch`, after so many seconds."""
        if branch is room.branch:
            room.wake()
            end = time.monotonic() + wait_s
            while room.impacts()["status"] != "full" and time.monotonic() < end:
                await asyncio.sleep(0.05)
                room.wake()
            return room.impacts()
        key = branch.city.fingerprint()
        head = {"seq": branch.seq, "revision": key}
        known = room.scene.findings.known(key)
        if known is None:
            if key not in self._assessing and len(self._assessing) < MOST_ASSESSED:
                findings, nobody = room.scene.findings, lambda: False
                work = away(self.workers.models, findings.of, branch.city, None, nobody, lambda _: None)
                self._assessing[key] = asyncio.get_running_loop().create_task(work)
                self._assessing[key].add_done_callback(lambda _: self._assessing.pop(key, None))
            if key in self._assessing:
                await asyncio.wait([self._assessing[key]], timeout=max(wait_s, 0.05))
            known = room.scene.findings.known(key)
        return {**head, **(known or NOTHING_YET).told}

    async def keep_base(self, scene: OpenScene) -> None:
        """Keep the city of a scene for the day on which newer data come, and forget those that nobody needs."""
        await away(self.workers.tiles, self.bases.keep, scene.city, scene.revision)
        await away(self.workers.tiles, self.bases.tidy, {scene.revision, *self.log.bases()})

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
        for task in list(self._assessing.values()):
            task.cancel()
        self.workers.close()
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            loop.run_in_executor(None, self.pictures.close), loop.run_in_executor(None, self.log.close)
        )

    async def _open(self, id: str) -> Room:
        proposal = await self.proposal(id)
        scene = self.scene(proposal.scene)
        events = await away(self.workers.edits, self.log.events, id)
        branch, ready = await away(self.workers.edits, self.snapshots.open, id, scene.city, events)
        room = Room(scene, proposal, branch, self.log, self.workers, self.bases, self.snapshots, ready)
        with suppress(TimeoutError):
            await asyncio.wait_for(room.bring_tiles_up(), TILES_WITHIN_S)  # the rest is told as it is drawn
        if room.seq - ready >= EVERY:
            room.remember()
        self.rooms[id] = room
        await self._close_idle()
        return room

    async def _close_idle(self) -> None:
        empty = sorted((room for room in self.rooms.values() if not len(room.audience)), key=lambda room: room.used)
        for room in empty[: max(0, len(self.rooms) - MOST_ROOMS)]:
            if room.idle:
                del self.rooms[room.proposal.id]
                await room.close(LEAVE_CODE, "The room was empty.")


def _proposal(scene: str, base: str, beginning: Beginning) -> Proposal:
    return Proposal(
        id=random_word(ID_LETTERS), scene=scene, base=base, title=beginning.title, words=beginning.words,
        code=random_word(CODE_LETTERS), look=random_word(CODE_LETTERS), created=time.time(), by=beginning.by,
        access=beginning.access,
    )  # fmt: skip
