"""The life of a proposal: from draft to decision."""

from collections.abc import Mapping

from citiverse.session.record import State

NEXT: Mapping[State, tuple[State, ...]] = {
    "draft": ("submitted", "withdrawn"),
    "submitted": ("accepted", "rejected", "withdrawn"),
    "accepted": (),
    "rejected": (),
    "withdrawn": (),
}
"""From each state those that may follow. Whoever wants to go on with what has ended starts from it."""

DECIDED: frozenset[State] = frozenset(("accepted", "rejected"))
"""States into which planners bring a proposal."""


class IllegalState(ValueError):
    """A change of state, or of a proposal in a state, that may not be; the sentence says why."""


def check_step(state: State, to: State) -> None:
    """Check that a proposal may go from one state to another. Raises IllegalState."""
    if to not in NEXT[state]:
        raise IllegalState(f"This proposal is {said(state)}; it can't become {said(to)}.")


def check_open(state: State) -> None:
    """Check that a proposal may still be changed. Raises IllegalState."""
    if state != "draft":
        raise IllegalState(f"This proposal is {said(state)} and no longer changes. Start a new one from it.")


def said(state: State) -> str:
    """The state in a sentence."""
    return "a draft" if state == "draft" else state
