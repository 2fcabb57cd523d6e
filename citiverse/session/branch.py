"""A proposal as its log tells it: the city it has come to, and what can be taken back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from citiverse.city.change import NO_CHANGE, Change, ChangeConflict, joined, revert
from citiverse.city.city import City, NotInCity
from citiverse.city.feature import PropertyGroup
from citiverse.proposal.edit import Edit, EditInvalid, EditRefused, parse_edit
from citiverse.session.record import Event, Proposal

Versions = Mapping[str, Mapping[PropertyGroup, int]]


class NothingThere(ValueError):
    """There is nothing to undo or redo; the sentence says so."""


class EditedSince(ValueError):
    """An edit speaks of features as they were before someone else's; `versions` says when each was changed last."""

    def __init__(self, sentence: str, versions: Versions) -> None:
        super().__init__(sentence)
        self.versions = versions


@dataclass(frozen=True, slots=True)
class Waiting:
    """An edit without effect, as canonical JSON, and why it has none."""

    edit: bytes
    reason: str


@dataclass(slots=True)
class Step:
    """An edit of the branch, or several that are undone as one, each as canonical JSON in `edits`.

    `change` is what it or its latest undo or redo did; `lost` says why it no longer fits. `waiting` are edits of it
    that fitted newer data no longer and that someone kept all the same, without effect until they are answered anew.
    """

    event: Event
    change: Change
    edits: tuple[bytes, ...]
    undone: bool = False
    lost: str = ""
    waiting: tuple[Waiting, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether the branch's city has it."""
        return not self.undone and not self.lost

    @property
    def all_edits(self) -> tuple[bytes, ...]:
        """Its edits and those that wait."""
        return (*self.edits, *(each.edit for each in self.waiting))

    @property
    def misfits(self) -> tuple[Waiting, ...]:
        """Its edits that are without effect, and why."""
        lost = tuple(Waiting(edit, self.lost) for edit in self.edits) if self.lost else ()
        return (*lost, *self.waiting)

    @property
    def misfit(self) -> str:
        """Why it or a part of it is without effect, or nothing."""
        return " ".join(dict.fromkeys(each.reason for each in self.misfits))


@dataclass(slots=True)
class Branch:
    """The base city, what happened to it, and the city that has come of it.

    After a rebase the steps before it stand as it carried them over, under the seq that they have always had.
    """

    base: City
    city: City = field(init=False)
    events: list[Event] = field(default_factory=list)
    steps: dict[int, Step] = field(default_factory=dict)
    touched: dict[str, None] = field(default_factory=dict)
    _by_op: dict[str, Event] = field(default_factory=dict)
    _versions: dict[str, dict[PropertyGroup, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin at the base."""
        self.city = self.base

    @property
    def seq(self) -> int:
        """Number of the latest event, 0 before the first."""
        return self.events[-1].seq if self.events else 0

    @property
    def standing(self) -> list[Step]:
        """The steps that the city has, in their order."""
        return [step for step in self.steps.values() if step.stands]

    @property
    def unsettled(self) -> bool:
        """Whether there are edits that fit no longer and are to be answered."""
        return any(step.misfit and not step.undone for step in self.steps.values())

    @property
    def versions(self) -> Versions:
        """The event that changed each property group of a feature last."""
        return {id: dict(groups) for id, groups in self._versions.items()}

    def restore(self, events: Iterable[Event], touched: Iterable[str], versions: Versions) -> None:
        """Take over events of a branch that is known as it had become, with what they touched."""
        for event in events:
            self._note(event)
        self.touched.update(dict.fromkeys(touched))
        self._versions.update({id: dict(groups) for id, groups in versions.items()})

    def of_op(self, op_id: str) -> Event | None:
        """The event that this operation made, or None."""
        return self._by_op.get(op_id)

    def to_undo(self, by: str, *, or_latest: bool = False) -> Step:
        """The person's latest edit that stands; with `or_latest` anyone's when they have none.

        Raises NothingThere.
        """
        standing = self.standing
        own = [step for step in standing if step.event.by == by] or (standing if or_latest else [])
        if not own:
            raise NothingThere("There is nothing of yours to undo here.")
        return own[-1]

    def to_redo(self, by: str, *, or_latest: bool = False) -> Step:
        """The edit that the person took back last and has not edited over; `or_latest` as in `to_undo`.

        Raises NothingThere.
        """
        own = self._taken_back(by) or (self._taken_back(None) if or_latest else [])
        if not own:
            raise NothingThere("There is nothing of yours to redo here.")
        return own[-1]

    def reverted(self, step: Step) -> Change:
        """The change that takes back what `step` or its latest undo did. Raises ChangeConflict."""
        return revert(step.change, {id: self.city.get(id) for id in step.change.ids})

    def check_expected(self, change: Change, since: int) -> None:
        """Check that nobody has changed what `change` changes after event `since`. Raises EditedSince."""
        newer: dict[str, dict[PropertyGroup, int]] = {}
        for id in change.ids:
            known = self._versions.get(id, {})
            found = {group: known[group] for group in sorted(change.groups(id)) if known.get(group, 0) > since}
            if found:
                newer[id] = found
        if newer:
            feature = next(filter(None, map(self.city.get, newer)), None)
            named = (feature.name if feature is not None else "") or next(iter(newer))
            raise EditedSince(f"Someone has changed {named} since you looked; please look again.", newer)

    def accept(self, event: Event, change: Change) -> None:
        """Go on to the city after an event of the log. Raises ChangeConflict when the change does not fit."""
        self.city = self.city.with_change(change)
        self._note(event)
        self.touched.update(dict.fromkeys(change.ids))
        for id in change.ids:
            self._versions.setdefault(id, {}).update(dict.fromkeys(change.groups(id), event.seq))
        match event.kind:
            case "edit" | "pattern":
                self.steps[event.seq] = Step(event, change, edits_in(event))
            case "rebase":
                self._carry_over(event)
            case _ if event.target in self.steps:
                step = self.steps[event.target]
                step.change, step.undone = change, event.kind == "undo"
            case _:
                pass

    def remember(self, event: Event) -> None:
        """Take over an event that is history only: a later rebase says what stands of it."""
        self._note(event)
        if event.kind in ("edit", "pattern"):
            self.steps[event.seq] = Step(event, NO_CHANGE, edits_in(event))
        elif event.kind == "rebase":
            for seq, each in carried(event).items():
                self.steps[seq].edits, self.steps[seq].waiting = each.edits, each.waiting
        elif event.target in self.steps:
            self.steps[event.target].undone = event.kind == "undo"

    def _note(self, event: Event) -> None:
        self.events.append(event)
        self._by_op[event.op_id] = event

    def _carry_over(self, event: Event) -> None:
        """Let stand what a rebase carried over, and nothing else."""
        carries = carried(event)
        now = self.base
        steps: dict[int, Step] = {}
        for seq, step in self.steps.items():
            if seq not in carries:
                continue
            try:
                change, lost = applied(now, carries[seq].edits), ""
            except _MISFITS as reason:
                change, lost = NO_CHANGE, str(reason)
            now = now.with_change(change)
            self.touched.update(dict.fromkeys(change.ids))
            steps[seq] = Step(step.event, change, carries[seq].edits, lost=lost, waiting=carries[seq].waiting)
        self.steps, self.city = steps, now

    def _taken_back(self, by: str | None) -> list[Step]:
        """Edits that were undone since the person's last new edit, in the order of their undoing."""
        taken: list[Step] = []
        for event in self.events:
            if event.kind == "rebase":
                taken = []
            elif by is not None and event.by != by:
                continue
            elif event.kind in ("edit", "pattern"):
                taken = []
            elif event.target in self.steps:
                step = self.steps[event.target]
                taken = [each for each in taken if each is not step]
                if event.kind == "undo" and step.undone and not step.lost:
                    taken.append(step)
        return taken


_MISFITS = (EditInvalid, EditRefused, ChangeConflict, NotInCity)


def replay(base: City, events: Iterable[Event], known: Branch | None = None) -> Branch:
    """The branch that a log's events make, those after a `known` one where given.

    What no longer fits the base stays in the log and is marked lost.
    """
    branch = known if known is not None else Branch(base)
    told = list(events)
    latest_rebase = max((n for n, event in enumerate(told) if event.kind == "rebase"), default=-1)
    for n, event in enumerate(told):
        if n < latest_rebase:
            branch.remember(event)
            continue
        try:
            change, lost = _change_again(branch, event), ""
        except _MISFITS as reason:
            change, lost = NO_CHANGE, str(reason)
        branch.accept(event, change)
        if lost and event.seq in branch.steps and event.kind != "rebase":
            branch.steps[event.seq].lost = lost
    return branch


def base_at(proposal: Proposal, events: Iterable[Event], seq: int) -> str:
    """The revision of the city that a proposal stood on after event `seq`: before a rebase that from which it led."""
    later = (event for event in events if event.kind == "rebase" and event.seq > seq)
    first = next(later, None)
    return proposal.base if first is None else str(orjson.loads(first.edit or b"{}")["from"])


def edits_in(event: Event) -> tuple[bytes, ...]:
    """The edits that an edit or a pattern holds, each as canonical JSON."""
    if event.kind == "edit":
        return (event.edit or b"{}",)
    return _canonical(orjson.loads(event.edit or b"{}").get("edits", ()))


@dataclass(frozen=True, slots=True)
class CarriedStep:
    """What a rebase lets stand of an edit or a pattern, and what it lets wait."""

    edits: tuple[bytes, ...]
    waiting: tuple[Waiting, ...]


def carried(event: Event) -> dict[int, CarriedStep]:
    """What a rebase lets stand and wait, by the seq of the edit or pattern that it was."""
    steps: Sequence[Mapping[str, Any]] = orjson.loads(event.edit or b"{}").get("steps", ())
    return {step["of"]: CarriedStep(_canonical(step["edits"]), _waiting(step.get("waiting", ()))) for step in steps}


def _waiting(told: Iterable[Mapping[str, Any]]) -> tuple[Waiting, ...]:
    listed = list(told)
    edits = _canonical(each["edit"] for each in listed)
    return tuple(Waiting(edit, each["reason"]) for edit, each in zip(edits, listed, strict=True))


def parsed(edits: Iterable[bytes]) -> tuple[Edit, ...]:
    """Edits from their JSON. Raises EditInvalid when one is no longer known."""
    return tuple(parse_edit(orjson.loads(each)) for each in edits)


def applied(city: City, edits: Sequence[bytes]) -> Change:
    """The one change that edits in order make of a city.

    Raises EditInvalid, EditRefused, ChangeConflict, NotInCity.
    """
    now, whole = city, NO_CHANGE
    for edit in parsed(edits):
        change = edit.apply(now)
        whole = change if len(edits) == 1 else joined(whole, change)
        now = now.with_change(change)
    return whole


def _canonical(edits: Iterable[object]) -> tuple[bytes, ...]:
    """As `citiverse.proposal.canonical` writes them, without asking whether their verbs are still known."""
    return tuple(json.dumps(each, sort_keys=True, separators=(",", ":")).encode() for each in edits)


def _change_again(branch: Branch, event: Event) -> Change:
    match event.kind:
        case "edit" | "pattern":
            return applied(branch.city, edits_in(event))
        case "rebase":
            return NO_CHANGE
        case _:
            step = branch.steps.get(event.target or 0)
            return branch.reverted(step) if step is not None and not step.lost else NO_CHANGE
