"""The log of events: one writer, told done only after the disk says so."""

import queue
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import astuple
from pathlib import Path
from typing import Any, TypeVar

import apsw

from citiverse.session.record import Comment, Decision, Event, Origin, Proposal, Wording

T = TypeVar("T")

SCHEMA_VERSION = 3
GROUP = 256  # at most so many writes share one commit
_PAGES_BEFORE_CHECKPOINT = 1000

_SCHEMA = """
create table fact (name text primary key, value text not null) strict, without rowid;
create table proposal (
    id text primary key, scene text not null, base text not null, title text not null, words text not null,
    state text not null, code text not null unique, created real not null
) strict, without rowid;
create index proposal_by_scene on proposal (scene, created);
create table event (
    proposal text not null references proposal (id), seq integer not null, op_id text not null, by text not null,
    kind text not null, edit blob, target integer, sentence text not null, answer blob not null, at real not null,
    primary key (proposal, seq), unique (proposal, op_id)
) strict, without rowid;
"""
_SCHEMA_2 = """
alter table proposal add column by text not null default '';
alter table proposal add column look text not null default '';
alter table proposal add column access text not null default 'open';
update proposal set look = lower(hex(randomblob(5)));
create unique index proposal_by_look on proposal (look) where look <> '';
create table origin (
    proposal text not null references proposal (id), number integer not null,
    origin text not null references proposal (id),
    seq integer not null, primary key (proposal, number)
) strict, without rowid;
create index origin_by_origin on origin (origin);
create table decision (
    proposal text not null references proposal (id), number integer not null, state text not null, by text not null,
    reason text not null, at real not null, seq integer not null, revision text not null,
    primary key (proposal, number)
) strict, without rowid;
create table comment (
    id text not null, proposal text not null references proposal (id), by text not null, text text not null,
    at real not null, seq integer not null, feature text not null, lon real, lat real, reply_to text not null,
    primary key (proposal, id)
) strict, without rowid;
create index comment_by_time on comment (proposal, at);
"""
_SCHEMA_3 = """
create table wording (
    proposal text not null references proposal (id), number integer not null, title text not null, words text not null,
    by text not null, at real not null, seq integer not null, primary key (proposal, number)
) strict, without rowid;
"""
_UPGRADES = (_SCHEMA, _SCHEMA_2, _SCHEMA_3)
_PROPOSAL = "id, scene, base, title, words, state, code, created, by, look, access"
_DECISION = "proposal, number, state, by, reason, at, seq, revision"
_WORDING = "proposal, title, words, by, at, seq"
_COMMENT = "id, proposal, by, text, at, seq, feature, lon, lat, reply_to"
_EVENT = "proposal, seq, op_id, by, kind, edit, target, sentence, answer, at"


class LogError(RuntimeError):
    """The log cannot be used; the sentence says why."""


class LogFull(LogError):
    """There is no room left on the disk; what was to be written was not."""


class TakenOtherwise(LogError):
    """The event's place in the proposal was taken meanwhile: the writer has not seen the newest events."""


class Log:
    """Proposals and events in one SQLite file.

    Writes go to one thread, which commits whatever has come together in one transaction with `synchronous=FULL`: a
    Future is done only when the event survives a power cut. Reading has its own connection.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises LogError when it is no log of ours, or of a newer version."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._writer = _connection(path)
            _upgrade(self._writer, path)
            self._reader = _connection(path)
        except (apsw.NotADBError, apsw.CorruptError, apsw.CantOpenError) as error:
            raise LogError(f"{path} is not a log that can be opened: {error}.") from error
        self._reading = threading.Lock()
        self.epoch: str = self._one("select value from fact where name = 'epoch'")[0]
        self._jobs: queue.SimpleQueue[tuple[Callable[[apsw.Connection], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._closed = False
        self._thread.start()

    def add_proposal(
        self, proposal: Proposal, events: Sequence[Event] = (), origins: Sequence[Origin] = ()
    ) -> Future[None]:
        """Write a new proposal, with what it begins with where it was begun from others."""

        def write(connection: apsw.Connection) -> None:
            _insert(connection, "proposal", _PROPOSAL, astuple(proposal))
            for event in events:
                _insert(connection, "event", _EVENT, astuple(event))
            for number, origin in enumerate(origins):
                row = (proposal.id, number, origin.proposal, origin.seq)
                _insert(connection, "origin", "proposal, number, origin, seq", row)

        return self._submit(write)

    def decide(self, decision: Decision) -> Future[None]:
        """Write a proposal's new state and how it came to it."""

        def write(connection: apsw.Connection) -> None:
            _insert(connection, "decision", _DECISION, astuple(decision))
            connection.execute("update proposal set state = ? where id = ?", (decision.state, decision.proposal))

        return self._submit(write)

    def reword(self, wording: Wording) -> Future[None]:
        """Write what a proposal is called and says of itself from now on."""

        def write(connection: apsw.Connection) -> None:
            (number,) = connection.execute(
                "select count(*) from wording where proposal = ?", (wording.proposal,)
            ).fetchall()[0]
            _insert(connection, "wording", f"number, {_WORDING}", (number, *astuple(wording)))
            said = (wording.title, wording.words, wording.proposal)
            connection.execute("update proposal set title = ?, words = ? where id = ?", said)

        return self._submit(write)

    def rebase(self, event: Event, base: str) -> Future[Event]:
        """Write the event that carries a proposal over to another base; as `append` fails."""

        def write(connection: apsw.Connection) -> Event:
            written = _append(connection, event)
            connection.execute("update proposal set base = ? where id = ?", (base, event.proposal))
            return written

        return self._submit(write)

    def add_comment(self, comment: Comment) -> Future[Comment]:
        """Write a comment and give back what stands in the log: the earlier one where its id was known."""
        lon, lat = comment.place if comment.place is not None else (None, None)
        row = (comment.id, comment.proposal, comment.by, comment.text, comment.at, comment.seq, comment.feature,
               lon, lat, comment.reply_to)  # fmt: skip

        def write(connection: apsw.Connection) -> Comment:
            known = connection.execute(
                f"select {_COMMENT} from comment where proposal = ? and id = ?", (comment.proposal, comment.id)
            ).fetchone()
            if known is not None:
                return _comment(known)
            _insert(connection, "comment", _COMMENT, row)
            return comment

        return self._submit(write)

    def append(self, event: Event) -> Future[Event]:
        """Write an event and give back what stands in the log: the earlier one where its `op_id` was known.

        Fails with TakenOtherwise when the log already has another event of this seq, LogFull on a full disk.
        """
        return self._submit(lambda connection: _append(connection, event))

    def proposal(self, id: str) -> Proposal | None:
        """The proposal of this id, or None."""
        row = self._first(f"select {_PROPOSAL} from proposal where id = ?", id)
        return _proposal(row) if row else None

    def proposal_of_code(self, code: str) -> Proposal | None:
        """The proposal that this word joins or shows, or None."""
        row = self._first(f"select {_PROPOSAL} from proposal where code = ? or look = ?", code, code)
        return _proposal(row) if row else None

    def proposals(self, scene: str, *, before: float, limit: int) -> list[Proposal]:
        """Proposals of a scene created before a time, the newest first."""
        rows = self._all(
            f"select {_PROPOSAL} from proposal where scene = ? and created < ? order by created desc limit ?",
            scene,
            before,
            limit,
        )
        return [_proposal(row) for row in rows]

    def bases(self) -> set[str]:
        """The revisions of cities that proposals were made on."""
        return {base for (base,) in self._all("select distinct base from proposal")}

    def events(self, proposal: str, *, since: int = 0) -> list[Event]:
        """Events of a proposal after `since`, in order."""
        rows = self._all(f"select {_EVENT} from event where proposal = ? and seq > ? order by seq", proposal, since)
        return [_event(row) for row in rows]

    def origins(self, proposal: str) -> list[Origin]:
        """The proposals that a proposal was begun from."""
        rows = self._all("select origin, seq from origin where proposal = ? order by number", proposal)
        return [Origin(proposal=origin, seq=seq) for origin, seq in rows]

    def offspring(self, proposal: str) -> list[Proposal]:
        """The proposals that were begun from this one, the oldest first."""
        columns = ", ".join(f"proposal.{name}" for name in _PROPOSAL.split(", "))
        rows = self._all(
            f"select {columns} from origin join proposal on proposal.id = origin.proposal where origin.origin = ?"
            " order by proposal.created, proposal.id",
            proposal,
        )
        return [_proposal(row) for row in rows]

    def decisions(self, proposal: str) -> list[Decision]:
        """How a proposal came to its state, in order."""
        rows = self._all(f"select {_DECISION} from decision where proposal = ? order by number", proposal)
        names = _DECISION.split(", ")
        return [Decision(**dict(zip(names, row, strict=True))) for row in rows]

    def wordings(self, proposal: str) -> list[Wording]:
        """The words that a proposal was given after those it began with, in order."""
        rows = self._all(f"select {_WORDING} from wording where proposal = ? order by number", proposal)
        return [Wording(**dict(zip(_WORDING.split(", "), row, strict=True))) for row in rows]

    def comments(self, proposal: str) -> list[Comment]:
        """What people said about a proposal, the oldest first."""
        rows = self._all(f"select {_COMMENT} from comment where proposal = ? order by at, id", proposal)
        return [_comment(row) for row in rows]

    def close(self) -> None:
        """Write what is waiting, fold the write-ahead log into the file and close it."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        self._thread.join()
        self._reader.close()
        self._writer.close()

    def _submit(self, write: Callable[[apsw.Connection], T]) -> Future[T]:
        if self._closed:
            raise LogError("The log is closed.")
        done: Future[T] = Future()
        self._jobs.put((write, done))
        return done

    def _write_all(self) -> None:
        while True:
            job = self._jobs.get()
            group = []
            while job is not None:
                group.append(job)
                if len(group) == GROUP or self._jobs.empty():
                    break
                job = self._jobs.get()
            if group:
                self._commit(group)
            if job is None:
                return

    def _commit(self, group: list[tuple[Callable[[apsw.Connection], Any], Future[Any]]]) -> None:
        """Write a group in one transaction, each write in a savepoint of its own, then tell all that it is done."""
        results: list[tuple[Future[Any], Any, Exception | None]] = []
        try:
            self._writer.execute("begin immediate")
            for write, done in group:
                results.append((done, *self._write_one(write)))
            self._writer.execute("commit")
        except apsw.Error as error:
            if self._writer.in_transaction:  # on a full disk SQLite has rolled back by itself
                self._writer.execute("rollback")
            results = [(done, None, _failure(error)) for _, done in group]
        for done, result, failure in results:
            if failure is not None:
                done.set_exception(failure)
            else:
                done.set_result(result)

    def _write_one(self, write: Callable[[apsw.Connection], T]) -> tuple[T | None, Exception | None]:
        """The result of one write, or why it was taken back. Raises apsw.Error where the whole group fails."""
        self._writer.execute("savepoint one")
        try:
            result, failure = write(self._writer), None
        except (LogError, apsw.ConstraintError) as error:
            self._writer.execute("rollback to one")
            result, failure = None, error if isinstance(error, LogError) else TakenOtherwise(f"Not written: {error}.")
        self._writer.execute("release one")
        return result, failure

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._reading:
            return self._reader.execute(query, values).fetchall()

    def _first(self, query: str, *values: object) -> tuple[Any, ...] | None:
        rows = self._all(query, *values)
        return rows[0] if rows else None

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self._first(query)
        if row is None:
            raise LogError("The log lacks its own description.")
        return row


def _failure(error: apsw.Error) -> LogError:
    if isinstance(error, apsw.FullError):
        return LogFull("The server's disk is full; nothing was saved.")
    return LogError(f"The log could not be written: {error}.")


def _connection(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(5000)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute(f"pragma wal_autocheckpoint = {_PAGES_BEFORE_CHECKPOINT}")
    return connection


def _upgrade(connection: apsw.Connection, path: Path) -> None:
    with connection:
        version = int(connection.pragma("user_version"))
        if version > SCHEMA_VERSION:
            raise LogError(
                f"{path} was written by a newer CitiVERSE (schema {version}); this one knows {SCHEMA_VERSION}."
            )
        for step in _UPGRADES[version:]:
            connection.execute(step)
        if version == 0:
            connection.execute("insert into fact values ('epoch', ?)", (secrets.token_hex(8),))
        connection.execute(f"pragma user_version = {SCHEMA_VERSION}")


def _insert(connection: apsw.Connection, table: str, columns: str, row: tuple[Any, ...]) -> None:
    connection.execute(f"insert into {table} ({columns}) values ({', '.join('?' * len(row))})", row)


def _append(connection: apsw.Connection, event: Event) -> Event:
    known = connection.execute(
        f"select {_EVENT} from event where proposal = ? and op_id = ?", (event.proposal, event.op_id)
    ).fetchone()
    if known is not None:
        return _event(known)
    try:
        _insert(connection, "event", _EVENT, astuple(event))
    except apsw.ConstraintError as error:
        raise TakenOtherwise("Someone else writes to this proposal; please load it again.") from error
    return event


def _proposal(row: tuple[Any, ...]) -> Proposal:
    return Proposal(**dict(zip(_PROPOSAL.split(", "), row, strict=True)))


def _comment(row: tuple[Any, ...]) -> Comment:
    id, proposal, by, text, at, seq, feature, lon, lat, reply_to = row
    place = (lon, lat) if lon is not None and lat is not None else None
    return Comment(
        id=id, proposal=proposal, by=by, text=text, at=at, seq=seq, feature=feature, place=place, reply_to=reply_to
    )


def _event(row: tuple[Any, ...]) -> Event:
    proposal, seq, op_id, by, kind, edit, target, sentence, answer, at = row
    return Event(
        proposal=proposal, seq=seq, op_id=op_id, by=by, kind=kind, edit=edit, target=target, sentence=sentence,
        answer=answer, at=at,
    )  # fmt: skip
