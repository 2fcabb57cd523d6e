"""A proposal and the people who change it together."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from citiverse.city.change import NO_CHANGE
from citiverse.city.city import City
from citiverse.impact.model import Superseded
from citiverse.impact.schedule import Assessment
from citiverse.scene.build import Tiles
from citiverse.session.audience import Audience, Listener
from citiverse.session.bases import Bases
from citiverse.session.branch import Branch
from citiverse.session.carrying import Answers, Carried, OrphansLeft, carry_over
from citiverse.session.findings import FAILED, NOTHING_YET, Finding
from citiverse.session.life import check_open, check_step
from citiverse.session.log import Log, TakenOtherwise
from citiverse.session.messages import Json, Message, message
from citiverse.session.presence import PERIOD_S, Presence
from citiverse.session.record import Comment, Decision, Event, Proposal, State, Wording
from citiverse.session.scene import OpenScene
from citiverse.session.snapshots import EVERY, Snapshots
from citiverse.session.telling import comment_json, decision_json, wording_json
from citiverse.session.tiling import Tiling
from citiverse.session.wishes import PatternWish, Wish, first_answer, line, prepared, tried
from citiverse.session.workers import Workers, away

logger = logging.getLogger(__name__)

RESUME_EVENTS = 512  # someone who has missed more gets a snapshot
LOOK_AFTER_S = 0.25
TILES_FIRST_S = 0.2  # so long models let the tiles of an edit go first: people look before they read


class Room:
    """One proposal, live. Its methods are called on the event loop; the work is done on threads.

    Every event is in the log before anyone hears of it. Tiles and impacts follow on their own: neither makes the next
    edit wait, and a run that a newer edit has made stale is given up and never told.
    """

    def __init__(
        self,
        scene: OpenScene,
        proposal: Proposal,
        branch: Branch,
        log: Log,
        workers: Workers,
        bases: Bases,
        snapshots: Snapshots,
        ready: int,
    ) -> None:
        """`ready` is the event up to which a snapshot knows the branch."""
        self.scene = scene
        self.proposal = proposal
        self.branch = branch
        self.epoch = log.epoch
        self.presence = Presence()
        self.audience = Audience(self.whole)
        self.used = time.monotonic()
        self.superseded = 0
        self.outdated = False
        self._log = log
        self._bases = bases
        self._snapshots = snapshots
        self._ready = ready
        self._workers = workers
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._drawing = self._assessing = self._ticking = False
        self._closed = False
        self._tiling = Tiling(scene, branch, workers, self.audience.tell)
        self._finding = NOTHING_YET
        self._found_of: City | None = None
        self._assessed: Assessment | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody listens and nothing is being written."""
        return not len(self.audience) and not self._turn.locked()

    @property
    def seq(self) -> int:
        """Number of the latest event."""
        return self.branch.seq

    async def do(self, wish: Wish | PatternWish) -> Json:
        """Do what a person wishes, tell everyone, and give back the answer; a repeat gets the first answer.

        Raises EditInvalid, EditRefused, NotInCity, ChangeConflict, NothingThere, OperationReused, EditedSince,
        IllegalState, LogError.
        """
        return await asyncio.shield(self._start(self._do(wish)))  # whoever asked may go; the edit stays

    async def check(self, wish: Wish | PatternWish) -> Json:
        """What an edit or a pattern would do and cost, without doing it. Raises as `do`."""
        return await away(self._workers.edits, tried, self.branch, wish, self.scene.prices)

    async def decide(self, to: State, by: str, reason: str) -> Decision:
        """Bring the proposal into another state, after all edits that came before. Raises IllegalState, LogError."""
        return await asyncio.shield(self._start(self._decide(to, by, reason)))

    async def reword(self, title: str, words: str, by: str) -> Wording:
        """Give a draft another title and other words, and tell everyone. Raises IllegalState, LogError."""
        return await asyncio.shield(self._start(self._reword(title, words, by)))

    async def say(self, comment: Comment) -> Comment:
        """Keep what someone says about the proposal, and tell everyone. Raises LogError."""
        kept = await asyncio.wrap_future(self._log.add_comment(comment))
        self.audience.tell(message("comment", comment=comment_json(kept)))
        return kept

    async def carried(self, answers: Answers) -> Carried:
        """What carrying the edits over to the scene's present data would do. Raises EditInvalid."""

        events = tuple(self.branch.events)

        def work() -> Carried:
            old = self.scene.city if self.up_to_date else self._bases.city(self.proposal.base)
            return carry_over(old, events, self.scene.city, answers)

        return await away(self._workers.edits, work)

    async def carry_over(self, by: str, op_id: str, answers: Answers) -> Json:
        """Carry the edits over to the scene's present data. Raises OrphansLeft, IllegalState, EditInvalid, LogError."""
        return await asyncio.shield(self._start(self._carry_over(by, op_id, answers)))

    @property
    def settled(self) -> bool:
        """Whether there is nothing to carry over: the data are the present ones, and all edits fit them."""
        return self.up_to_date and not self.branch.unsettled

    @property
    def up_to_date(self) -> bool:
        """Whether the proposal was made on the scene's present data, or has been carried over to them."""
        return self.proposal.base == self.scene.revision

    def remember(self) -> None:
        """Keep a snapshot of the proposal as it is, as soon as nobody changes it."""
        self._start(self._remember())

    def join(self, listener: Listener, since: int | None) -> None:
        """Let someone listen: to what they have missed since an event they know, or to the whole."""
        self.used = time.monotonic()
        self.audience.join(listener)
        missed = None if since is None else self._since(since)
        for each in missed if missed is not None else [self.whole()]:
            listener.tell(each)
        if people := self.presence.everyone():
            listener.tell(message("presence", people=people))
        self.wake()

    def leave(self, listener: Listener) -> None:
        """Someone has gone."""
        self.audience.leave(listener)
        if listener.person not in self.audience.people:
            self.presence.forget(listener.person)
        self.used = time.monotonic()

    def note_presence(self, person: str, pose: dict[str, object]) -> None:
        """Where someone is now; told to all with the next tick."""
        self.presence.note(person, pose, time.monotonic())

    def whole(self) -> Message:
        """All that someone needs who knows nothing, or no longer enough."""
        return message(
            "snapshot", seq=self.seq, state=self.proposal.state, edits=self.logged(), tiles=self.swaps(),
            impacts=self.impacts(),
        )  # fmt: skip

    def logged(self) -> list[Json]:
        """The events in order, each edit with its sentence and whether it stands."""
        return [line(self.branch, event) for event in self.branch.events]

    def standing(self) -> list[orjson.Fragment]:
        """The edits that stand, bare and in order: what `edits.json` holds."""
        return [orjson.Fragment(edit) for step in self.branch.standing for edit in step.edits]

    @property
    def tiles(self) -> Tiles:
        """The tiles as far as they are drawn."""
        return self._tiling.tiles

    def swaps(self) -> Json:
        """The hash of every tile that the proposal has ever touched, and those that are gone."""
        return self._tiling.swaps()

    def impacts(self) -> Json:
        """What is known of the impacts on the city as it is now in this proposal."""
        finding = self._finding if self._found_of is self.branch.city else NOTHING_YET
        return {"seq": self.seq, "revision": self.branch.city.fingerprint(), **finding.told}

    def wake(self) -> None:
        """Let tiles, impacts and presence catch up, each unless it is at it already."""
        if self._closed:
            return
        self._tiling.notice()
        if not self._drawing and self._tiling.behind:
            self._drawing = True
            self._start(self._keep_tiles())
        if not self._assessing and not self._settled():
            self._assessing = True
            self._start(self._keep_impacts())
        if not self._ticking and len(self.audience):
            self._ticking = True
            self._start(self._tick())

    async def bring_tiles_up(self) -> None:
        """Wait until the tiles show the city as it is now."""
        while self._tiling.behind and not self._closed:
            self.wake()
            await self._tiling.whole.wait()

    async def close(self, code: int, reason: str) -> None:
        """Send everyone away and stop."""
        self._closed = True
        self.audience.dismiss_all(code, reason)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _do(self, wish: Wish | PatternWish) -> Json:
        async with self._turn:
            self.used = time.monotonic()
            known = self.branch.of_op(wish.op_id)
            if known is not None:
                return first_answer(known, wish)
            check_open(self.proposal.state)
            done = await away(self._workers.edits, prepared, self.branch, wish)
            seq = self.seq + 1
            answer = {"seq": seq, "op_id": wish.op_id, **done.told}
            event = Event(
                proposal=self.proposal.id, seq=seq, op_id=wish.op_id, by=wish.by, kind=wish.kind, edit=done.edit,
                target=done.target.event.seq if done.target else None, sentence=done.sentence,
                answer=orjson.dumps(answer), at=time.time(),
            )  # fmt: skip
            await self._written(self._log.append(event))
            self.branch.accept(event, done.change)
            told = {key: value for key, value in line(self.branch, event).items() if key != "undone"}
            self.audience.tell(message("edit", **told, **_without_ids(answer)))
            self.audience.tell(message("patch", seq=seq, **done.patch))
            self.wake()
            if seq - self._ready >= EVERY:
                await self._take_snapshot()
            return answer

    async def _decide(self, to: State, by: str, reason: str) -> Decision:
        async with self._turn:
            check_step(self.proposal.state, to)
            before = await away(self._workers.edits, self._log.decisions, self.proposal.id)
            decision = Decision(
                proposal=self.proposal.id, number=len(before), state=to, by=by, reason=reason, at=time.time(),
                seq=self.seq, revision=self.branch.city.fingerprint(),
            )  # fmt: skip
            try:
                await asyncio.wrap_future(self._log.decide(decision))
            except TakenOtherwise:
                self.outdated = True
                raise
            self.proposal = replace(self.proposal, state=to)
            self.audience.tell(message("state", **decision_json(decision)))
            return decision

    async def _reword(self, title: str, words: str, by: str) -> Wording:
        async with self._turn:
            check_open(self.proposal.state)
            wording = Wording(proposal=self.proposal.id, title=title, words=words, by=by, at=time.time(), seq=self.seq)
            if (title, words) != (self.proposal.title, self.proposal.words):
                await asyncio.wrap_future(self._log.reword(wording))
                self.proposal = replace(self.proposal, title=title, words=words)
                self.audience.tell(message("words", **wording_json(wording)))
            return wording

    async def _carry_over(self, by: str, op_id: str, answers: Answers) -> Json:
        async with self._turn:
            known = self.branch.of_op(op_id)
            if known is not None:
                first: Json = orjson.loads(known.answer)
                return first
            check_open(self.proposal.state)
            found = await self.carried(answers)
            told = found.told()
            if told["orphans"]:
                raise OrphansLeft(told)
            base, seq = self.scene.revision, self.seq + 1
            answer = {"seq": seq, "op_id": op_id, "from": self.proposal.base, "to": base, **told}
            payload = {"base": base, "from": self.proposal.base, "steps": orjson.Fragment(found.steps())}
            event = Event(
                proposal=self.proposal.id, seq=seq, op_id=op_id, by=by, kind="rebase", edit=orjson.dumps(payload),
                target=None, sentence="Carry over to newer data", answer=orjson.dumps(answer), at=time.time(),
            )  # fmt: skip
            await self._written(self._log.rebase(event, base))
            await away(self._workers.edits, self.branch.accept, event, NO_CHANGE)
            self.proposal = replace(self.proposal, base=base)
            self.audience.tell(self.whole())
            self.wake()
            return answer

    async def _remember(self) -> None:
        async with self._turn:
            await self._take_snapshot()

    async def _take_snapshot(self) -> None:
        """Keep the branch as it is; its turn is ours meanwhile. Writing goes on by itself."""
        self._ready = self.seq
        content = await away(self._workers.edits, self._snapshots.taken, self.branch)
        self._start(self._keep_snapshot(content))

    async def _keep_snapshot(self, content: bytes) -> None:
        try:
            await away(self._workers.tiles, self._snapshots.save, self.proposal.id, content)
        except OSError as error:
            logger.warning("The snapshot of proposal %s could not be kept: %s", self.proposal.id, error)

    async def _written(self, future: Future[Event]) -> None:
        try:
            await asyncio.wrap_future(future)
        except TakenOtherwise:
            self.outdated = True
            raise

    def _since(self, since: int) -> list[Message] | None:
        """What someone has missed who knows the first `since` events, or None when a snapshot is better."""
        missed = [event for event in self.branch.events if event.seq > since]
        if not 0 <= since <= self.seq or len(missed) > RESUME_EVENTS:
            return None
        if any(event.kind == "rebase" for event in missed):
            return None
        lines = [
            message("edit", **line(self.branch, event), **_without_ids(orjson.loads(event.answer))) for event in missed
        ]
        return [*lines, message("tiles", seq=self.seq, **self.swaps()), message("impacts", **self.impacts())]

    async def _keep_tiles(self) -> None:
        try:
            await self._tiling.keep_up()
        finally:
            self._drawing = False

    def _settled(self) -> bool:
        return self._found_of is self.branch.city and self._finding.told["status"] == "full"

    async def _keep_impacts(self) -> None:
        try:
            while not self._settled() and not self._closed:
                await self._assess(self.branch.city)
        finally:
            self._assessing = False

    async def _assess(self, city: City) -> None:
        loop = asyncio.get_running_loop()

        def stale() -> bool:
            return self._closed or self.branch.city is not city

        def show(finding: Finding) -> None:
            if not stale():
                self._finding, self._found_of = finding, city
                self.audience.tell(message("impacts", **self.impacts()))

        def found(finding: Finding) -> None:
            loop.call_soon_threadsafe(show, finding)

        await self._let_tiles_go_first()
        if stale():
            return
        try:
            finding = await away(self._workers.models, self.scene.findings.of, city, self._assessed, stale, found)
        except Superseded:
            self.superseded += 1
            return
        except Exception:
            logger.exception("The impacts of proposal %s could not be assessed.", self.proposal.id)
            show(FAILED)
            return
        self._assessed = finding.assessment or self._assessed
        show(finding)

    async def _let_tiles_go_first(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TILES_FIRST_S):
                await self._tiling.near.wait()

    async def _tick(self) -> None:
        """Tell presence and look after slow listeners while anyone listens."""
        slow_at = 0.0
        try:
            while len(self.audience) and not self._closed:
                await asyncio.sleep(PERIOD_S)
                now = time.monotonic()
                people = self.presence.news(now)
                if people is not None:
                    self.audience.tell(message("presence", people=people))
                if now >= slow_at:
                    slow_at = now + LOOK_AFTER_S
                    self.audience.look_after_slow()
        finally:
            self._ticking = False

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)


def _without_ids(answer: Json) -> Json:
    return {key: answer[key] for key in ("changed", "created", "warnings")}
