"""The history of a proposal in sentences."""

from collections.abc import Iterable

from citiverse.session.branch import Branch
from citiverse.session.messages import Json
from citiverse.session.record import Decision, Proposal
from citiverse.session.telling import told_time


def history(proposal: Proposal, branch: Branch, decisions: Iterable[Decision]) -> list[Json]:
    """All that happened to a proposal, the oldest first; `kind` is that of an event, a state, or "begun"."""
    begun = {
        "kind": "begun", "seq": 0, "by": proposal.by, "time": told_time(proposal.created), "sentence": proposal.title,
    }  # fmt: skip
    events = [
        {
            "kind": event.kind, "seq": event.seq, "by": event.by, "time": told_time(event.at),
            "sentence": event.sentence, "stands": event.seq in branch.steps and branch.steps[event.seq].stands,
        }
        for event in branch.events
    ]  # fmt: skip
    decided = [
        {
            "kind": each.state, "seq": each.seq, "by": each.by, "time": told_time(each.at), "sentence": each.reason,
            "revision": each.revision,
        }
        for each in decisions
    ]  # fmt: skip
    return [begun, *events, *decided]  # a proposal does not change once it is decided upon
