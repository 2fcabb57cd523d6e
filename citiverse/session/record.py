"""What stands in the log: proposals, and the events that make them."""

from dataclasses import dataclass
from typing import Literal

State = Literal["draft", "submitted", "accepted", "rejected", "withdrawn"]
EventKind = Literal["edit", "undo", "redo", "pattern", "rebase"]
Access = Literal["open", "link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A branch of the city: the revision it starts from and what people say about it.

    `base` is the fingerprint of the city it was begun on, `code` the short word that joins it, `created` seconds
    since 1970 UTC. `by` is the pseudonym of who began it. `look` is the word that lets look and no more; with `access`
    "link" only those with `code` may change anything, with "open" everyone who knows the address.
    """

    id: str
    scene: str
    base: str
    title: str
    words: str = ""
    state: State = "draft"
    code: str
    created: float
    by: str = ""
    look: str = ""
    access: Access = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A proposal from whose edits, as they were after event `seq`, another was begun."""

    proposal: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A proposal's way into a state: who, when (seconds since 1970 UTC), why.

    `seq` is the event after which it was, `revision` the fingerprint of the city that it had come to: what is said of
    the proposal from then on speaks of these.
    """

    proposal: str
    number: int
    state: State
    by: str
    reason: str
    at: float
    seq: int
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a proposal is called and says of itself since someone gave it other words, after event `seq`."""

    proposal: str
    title: str
    words: str
    by: str
    at: float
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What someone says about a proposal as it was after event `seq`.

    It may be pinned to a `feature` or to a longitude and latitude `place`. `reply_to` is another comment's id.
    """

    id: str
    proposal: str
    by: str
    text: str
    at: float
    seq: int
    feature: str = ""
    place: tuple[float, float] | None = None
    reply_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing a person did to a proposal, in the order in which the server took it.

    `edit` is the canonical JSON of an edit, None for undo and redo, whose `target` is the seq of the edit they speak
    of. Of a pattern it is {"pattern", "title", "place", "edits"}: edits that are undone as one. Of a rebase it is
    {"base", "from", "steps": [{"of": seq, "edits"}]}: what stands of the proposal on newer data, after which the
    events before it are history. `by` is a pseudonym. `answer` is the JSON that was answered, so that a repeat of
    `op_id` gets the same.
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
