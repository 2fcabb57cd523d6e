"""Proposals as they had become, kept on disk so that opening one need not apply every edit again.

A snapshot is only a shortcut: the log says what a proposal is, and what a snapshot cannot tell is replayed from it.
"""

import hashlib
import os
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from citiverse.city.change import Change, ChangeConflict, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature, PropertyGroup
from citiverse.session.branch import Branch, Step, Waiting, replay
from citiverse.session.record import Event

EVERY = 100  # events between two snapshots
_MAGIC = b"citiverse snapshot 1\n"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a branch had become after event `seq`: all that differs from its base, and what each step did."""

    base: str
    seq: int
    revision: str
    after: Mapping[str, Feature | None]
    steps: tuple[tuple[int, Change, tuple[bytes, ...], bool, str, tuple[Waiting, ...]], ...]
    touched: tuple[str, ...]
    versions: Mapping[str, Mapping[PropertyGroup, int]]


class Snapshots:
    """One snapshot of each proposal, the latest. Used from worker threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, id: str, base: City, events: Sequence[Event]) -> tuple[Branch, int]:
        """The branch that a proposal's events make, and the number of the event up to which it came ready."""
        kept = self._load(id)
        known = {event.seq for event in events}
        if kept is None or kept.base != base.fingerprint() or (kept.seq and kept.seq not in known):
            return replay(base, events), 0
        try:
            branch = _branch(base, kept, [event for event in events if event.seq <= kept.seq])
        except (ChangeConflict, KeyError):
            return replay(base, events), 0
        if branch.city.fingerprint() != kept.revision:
            return replay(base, events), 0
        return replay(base, (event for event in events if event.seq > kept.seq), branch), kept.seq

    def taken(self, branch: Branch) -> bytes:
        """A snapshot of a branch as bytes. Nobody may change the branch meanwhile."""
        net = branch.base.change_to(branch.city)
        steps = tuple(
            (seq, step.change, step.edits, step.undone, step.lost, step.waiting) for seq, step in branch.steps.items()
        )
        kept = _Kept(
            branch.base.fingerprint(), branch.seq, branch.city.fingerprint(), net.after, steps, tuple(branch.touched),
            branch.versions,
        )  # fmt: skip
        return pickle.dumps(kept, protocol=pickle.HIGHEST_PROTOCOL)

    def save(self, id: str, content: bytes) -> None:
        """Write a snapshot, whole or not at all."""
        head = _MAGIC + _program() + hashlib.blake2b(content, digest_size=16).hexdigest().encode() + b"\n"
        path = self._path(id)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_bytes(head + content)
        beside.replace(path)

    def _load(self, id: str) -> _Kept | None:
        try:
            content = self._path(id).read_bytes()
        except OSError:
            return None
        head = _MAGIC + _program()
        start = len(head) + 33
        digest, body = content[len(head) : start - 1], memoryview(content)[start:]
        if not content.startswith(head) or hashlib.blake2b(body, digest_size=16).hexdigest().encode() != digest:
            return None
        kept: object = pickle.loads(body)
        return kept if isinstance(kept, _Kept) else None

    def _path(self, id: str) -> Path:
        return self._folder / f"{id}.snapshot"


def _branch(base: City, kept: _Kept, events: Sequence[Event]) -> Branch:
    before = {id: base.get(id) for id in kept.after}
    branch = Branch(base)
    branch.city = base.with_change(change_between(before, kept.after))
    branch.restore(events, kept.touched, kept.versions)
    by_seq = {event.seq: event for event in events}
    for seq, change, edits, undone, lost, waiting in kept.steps:
        branch.steps[seq] = Step(by_seq[seq], change, edits, undone, lost, waiting)
    return branch


@cache
def _program() -> bytes:
    """A hash of the modules that say what edits do: a snapshot of another program is not read."""
    hasher = hashlib.blake2b(digest_size=16)
    for path in _modules():
        hasher.update(path.read_bytes() + b"\0")
    return hasher.hexdigest().encode() + b"\n"


def _modules() -> Iterator[Path]:
    package = Path(__file__).parent.parent
    for room in ("proposal", "shape", "city", "geometry"):
        yield from sorted((package / room).rglob("*.py"))
    yield package / "session" / "branch.py"
    yield Path(__file__)
