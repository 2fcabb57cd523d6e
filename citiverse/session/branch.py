"""A proposal as its log tells it: the city it has come to, and what can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from citiverse.city.change import NO_CHANGE, Change, ChangeConflict, revert
from citiverse.city.city import City, NotInCity
from citiverse.proposal.edit import Edit, EditInvalid, EditRefused, parse_edit
from citiverse.session.record import Event


class NothingThere(ValueError):
    """There is nothing to undo or redo; the sentence says so."""


@dataclass(slots=True)
class Step:
    """An edit of the branch. `change` is what it or its latest undo or redo did; `lost` says why it no longer fits."""

    event: Event
    change: Change
    undone: bool = False
    lost: str = ""


@dataclass(slots=True)
class Branch:
    """The base city, what happened to it, and the city that has come of it."""

    base: City
    city: City = field(init=False)
    events: list[Event] = field(default_factory=list)
    steps: dict[int, Step] = field(default_factory=dict)
    touched: dict[str, None] = field(default_factory=dict)
    _by_op: dict[str, Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin at the base."""
        self.city = self.base

    @property
    def seq(self) -> int:
        """Number of the latest event, 0 before the first."""
        return self.events[-1].seq if self.events else 0

    def of_op(self, op_id: str) -> Event | None:
        """The event that this operation made, or None."""
        return self._by_op.get(op_id)

    def to_undo(self, by: str, *, or_latest: bool = False) -> Step:
        """The person's latest edit that stands; with `or_latest` anyone's when they have none.

        Raises NothingThere.
        """
        standing = [step for step in self.steps.values() if not step.undone and not step.lost]
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

    def accept(self, event: Event, change: Change) -> None:
        """Go on to the city after an event of the log. Raises ChangeConflict when the change does not fit."""
        self.city = self.city.with_change(change)
        self.events.append(event)
        self._by_op[event.op_id] = event
        self.touched.update(dict.fromkeys(change.ids))
        if event.kind == "edit":
            self.steps[event.seq] = Step(event, change)
        elif event.target in self.steps:
            step = self.steps[event.target]
            step.change, step.undone = change, event.kind == "undo"

    def _taken_back(self, by: str | None) -> list[Step]:
        """Edits that were undone since the person's last new edit, in the order of their undoing."""
        taken: list[Step] = []
        for event in self.events:
            if by is not None and event.by != by:
                continue
            if event.kind == "edit":
                taken = []
            elif event.target in self.steps:
                step = self.steps[event.target]
                taken = [each for each in taken if each is not step]
                if event.kind == "undo" and step.undone and not step.lost:
                    taken.append(step)
        return taken


def replay(base: City, events: Iterable[Event]) -> Branch:
    """The branch that a log's events make. What no longer fits the base stays in the log and is marked lost."""
    branch = Branch(base)
    for event in events:
        try:
            change, lost = _change_again(branch, event), ""
        except (EditInvalid, EditRefused, ChangeConflict, NotInCity) as reason:
            change, lost = NO_CHANGE, str(reason)
        branch.accept(event, change)
        if lost and event.kind == "edit":
            branch.steps[event.seq].lost = lost
    return branch


def edit_of(event: Event) -> Edit:
    """The edit that an event of this kind holds. Raises EditInvalid when it is no longer known."""
    return parse_edit(orjson.loads(event.edit or b"{}"))


def _change_again(branch: Branch, event: Event) -> Change:
    if event.kind == "edit":
        return edit_of(event).apply(branch.city)
    step = branch.steps.get(event.target or 0)
    return branch.reverted(step) if step is not None and not step.lost else NO_CHANGE
