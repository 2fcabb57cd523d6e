"""What stands about a proposal, as it is told over HTTP and live."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import orjson

from citiverse.proposal.cost import Cost, Item
from citiverse.proposal.situation import EditWarning
from citiverse.proposal.tongue import warned, worked
from citiverse.session.branch import Step
from citiverse.session.messages import Json
from citiverse.session.record import Comment, Decision, Event, Wording


def told_time(at: float) -> str:
    """Seconds since 1970 UTC as ISO 8601."""
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Said:
    """What an edit or the edits of a pattern are in words, by the languages other than English."""

    sentences: Mapping[str, Sequence[str]]
    pattern: str = ""
    title: str = ""


NOTHING_SAID = Said({})


def said_of(event: Event) -> Said:
    """What an event says of the city."""
    sentences = orjson.loads(event.answer).get("said", {})
    held = orjson.loads(event.edit or b"{}") if event.kind == "pattern" else {}
    return Said(sentences, held.get("pattern", ""), held.get("title", ""))


def decision_json(decision: Decision) -> Json:
    """A proposal's way into a state."""
    return {
        "state": decision.state, "by": decision.by, "reason": decision.reason, "time": told_time(decision.at),
        "seq": decision.seq, "revision": decision.revision,
    }  # fmt: skip


def wording_json(wording: Wording) -> Json:
    """What a proposal is called and says of itself since someone gave it other words."""
    return {
        "title": wording.title, "words": wording.words, "by": wording.by, "time": told_time(wording.at),
        "seq": wording.seq,
    }  # fmt: skip


def comment_json(comment: Comment) -> Json:
    """A comment; `feature` and `at` are where it is pinned, or null."""
    return {
        "id": comment.id, "by": comment.by, "text": comment.text, "time": told_time(comment.at), "seq": comment.seq,
        "feature": comment.feature or None, "at": list(comment.place) if comment.place else None,
        "reply_to": comment.reply_to or None,
    }  # fmt: skip


def warning_json(warning: EditWarning) -> Json:
    """A warning; `said` is its sentence in the languages other than English."""
    return {"code": warning.code, "detail": warning.detail, "at": warning.at, "said": warned(warning)}


def cost_json(cost: Cost) -> Json:
    """A cost as a range, with every price in it and what has none."""
    return {
        "currency": cost.currency, "date": cost.date, "low": cost.low, "high": cost.high, "sentence": cost.sentence,
        "items": [_item(item) for item in cost.items],
        "unpriced": [
            {"work": work.name, "said": worked(work.name), "amount": work.amount} for work in cost.unpriced
        ],
    }  # fmt: skip


def step_json(step: Step, cost: Cost) -> Json:
    """An edit that stands, in a sentence, and what it costs by itself."""
    return {
        "seq": step.event.seq, "sentence": step.event.sentence, "by": step.event.by, "low": cost.low, "high": cost.high,
        "cost": cost.sentence,
    }  # fmt: skip


def _item(item: Item) -> Json:
    return {
        "work": item.work.name, "said": worked(item.work.name), "amount": item.work.amount,
        "low": round(item.low, 2), "high": round(item.high, 2),
        "price": asdict(item.price),
    }  # fmt: skip
