"""The history of a proposal in sentences."""

from collections.abc import Container, Iterable

from citiverse.session.messages import Json
from citiverse.session.record import Decision, Event, Proposal, Wording
from citiverse.session.telling import told_time


def history(
    proposal: Proposal,
    events: Iterable[Event],
    standing: Container[int],
    decisions: Iterable[Decision],
    wordings: Iterable[Wording] = (),
) -> list[Json]:
    """All that happened to a proposal, the oldest first; `kind` is that of an event, a state, "words" or "begun".

    `standing` holds the seqs of the edits that stand.
    """
    begun = {
        "kind": "begun", "seq": 0, "by": proposal.by, "time": told_time(proposal.created), "sentence": proposal.title,
    }  # fmt: skip
    done: list[Json] = [
        {
            "kind": event.kind, "seq": event.seq, "by": event.by, "time": told_time(event.at),
            "sentence": event.sentence, "stands": event.seq in standing if event.kind in ("edit", "pattern") else None,
        }
        for event in events
    ]  # fmt: skip
    decided = [
        {
            "kind": each.state, "seq": each.seq, "by": each.by, "time": told_time(each.at), "sentence": each.reason,
            "revision": each.revision,
        }
        for each in decisions
    ]  # fmt: skip
    worded: list[Json] = [
        {"kind": "words", "seq": each.seq, "by": each.by, "time": told_time(each.at), "sentence": each.title}
        for each in wordings
    ]
    changed = sorted([*done, *worded], key=lambda each: each["seq"])  # sorted() keeps the order of those that tie
    return [begun, *changed, *decided]  # a proposal does not change once it is decided upon
