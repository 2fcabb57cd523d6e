"""Edits applied one after the other, with what each of them did; those that no longer fit are told, not dropped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.proposal.edit import Edit
from citiverse.proposal.refusal import EditRefused


@dataclass(frozen=True, slots=True)
class Misfit:
    """An edit that could not be applied: its number in its list from 0, and why."""

    number: int
    edit: Edit
    sentence: str
    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    """A city after edits. `changes` holds by number in the list what each edit did; the rest are `misfits`."""

    base: City
    city: City
    edits: tuple[Edit, ...]
    changes: Mapping[int, Change]
    misfits: tuple[Misfit, ...]

    @property
    def net(self) -> Change:
        """All that differs from the base."""
        return self.base.change_to(self.city)


def replay(base: City, edits: Sequence[Edit], numbers: Sequence[int] | None = None) -> Replay:
    """`edits` applied in their order; only those of these `numbers` where given."""
    now = base
    changes: dict[int, Change] = {}
    misfits: list[Misfit] = []
    for number in range(len(edits)) if numbers is None else numbers:
        edit = edits[number]
        try:
            changes[number] = edit.apply(now)
        except EditRefused as refused:
            misfits.append(Misfit(number, edit, edit.describe(now), str(refused), refused.field))
            continue
        now = now.with_change(changes[number])
    return Replay(base, now, tuple(edits), changes, tuple(misfits))
