"""What stands in the log: proposals, and the events that make them."""

from dataclasses import dataclass
from typing import Literal

State = Literal["draft", "submitted", "accepted", "rejected", "withdrawn"]
EventKind = Literal["edit", "undo", "redo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A branch of the city: the revision it starts from and what people say about it.

    `base` is the fingerprint of the city it was begun on, `code` the short word that joins it, `created` seconds
    since 1970 UTC.
    """

    id: str
    scene: str
    base: str
    title: str
    words: str = ""
    state: State = "draft"
    code: str
    created: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing a person did to a proposal, in the order in which the server took it.

    `edit` is the canonical JSON of an edit, None for undo and redo, whose `target` is the seq of the edit they speak
    of. `by` is a pseudonym. `answer` is the JSON that was answered, so that a repeat of `op_id` gets the same.
    """

    proposal: str
    seq: int
    op_id: str
    by: str
    kind: EventKind
    edit: bytes | None
    target: int | None
    sentence: str
    answer: bytes
    at: float
