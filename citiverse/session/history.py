"""The history of a proposal in sentences."""

from collections.abc import Container, Iterable

from citiverse.session.messages import Json
from citiverse.session.record import Decision, Event, Proposal, Wording
from citiverse.session.telling import NOTHING_SAID, said_of, told_time


def history(
    proposal: Proposal,
    events: Iterable[Event],
    standing: Container[int],
    decisions: Iterable[Decision],
    wordings: Iterable[Wording] = (),
) -> list[Json]:
    """All that happened to a proposal, the oldest first; `kind` is that of an event, a state, "words" or "begun".

    `standing` holds the seqs of the edits that stand; `said` is what an edit, also one taken back or done again, is
    in other languages.
    """
    begun = {
        "kind": "begun", "seq": 0, "by": proposal.by, "time": told_time(proposal.created), "sentence": proposal.title,
    }  # fmt: skip
    events = list(events)
    said = {event.seq: said_of(event) for event in events}
    done: list[Json] = [
        {
            "kind": event.kind, "seq": event.seq, "by": event.by, "time": told_time(event.at),
            "sentence": event.sentence, "stands": event.seq in standing if event.kind in ("edit", "pattern") else None,
            "said": said.get(event.seq if event.target is None else event.target, NOTHING_SAID),
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
