"""Proposals begun from others: the same edits under a new address, or those of two in one."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby

import orjson

from citiverse.city.city import City
from citiverse.proposal.canonical import canonical, edit_to_json
from citiverse.proposal.edit import Edit, EditInvalid
from citiverse.proposal.merge import Choice, Claim, Conflict, LeftOut, Merge, merge
from citiverse.proposal.pattern import summary
from citiverse.proposal.tongue import all_described
from citiverse.session.branch import Step, edits_in, parsed
from citiverse.session.messages import Json
from citiverse.session.record import Event


class ConflictsLeft(ValueError):
    """Two proposals dispute something that nobody has decided; `told` holds the records."""

    def __init__(self, told: Json) -> None:
        count = len(told["conflicts"])
        what = "conflict stands" if count == 1 else "conflicts stand"
        super().__init__(f"{count} {what} between the two. Choose a or b for each.")
        self.told = told


class OtherBase(ValueError):
    """Two proposals that were made on different states of the city."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge and the steps that each edit of both sides was made in."""

    result: Merge
    sides: Mapping[Choice, tuple[Step, ...]]
    city: City

    def told(self) -> Json:
        """Conflicts with both sides, what was left out, and the sentences of what the merge holds."""
        return {
            "conflicts": [_conflict(each) for each in self.result.conflicts],
            "left_out": [_left_out(each, self.city) for each in self.result.left_out],
            "edits": [edit_to_json(edit) for edit in self.result.edits],
            "sentences": [edit.describe(self.city) for edit in self.result.edits],
        }

    def events(self, proposal: str) -> list[Event]:
        """The log with which the merged proposal begins; each edit keeps who made it and when, a pattern its edits."""
        made_in = {side: [step.event for step in steps for _ in step.all_edits] for side, steps in self.sides.items()}
        makers = [made_in[side][number] for side, number in self.result.sources]
        runs = groupby(zip(makers, self.result.edits, strict=True), key=lambda each: (each[0].proposal, each[0].seq))
        together = [list(run) for _, run in runs]
        return [
            _event(proposal, seq, run[0][0], tuple(canonical(edit) for _, edit in run), self.city)
            for seq, run in enumerate(together, start=1)
        ]


def merged(base: City, a: Iterable[Step], b: Iterable[Step], choices: Mapping[str, Choice]) -> Merged:
    """The merge of what stands in two branches on `base`.

    Raises EditRefused where a side does not apply by itself, EditInvalid for a choice about no conflict.
    """
    sides: dict[Choice, tuple[Step, ...]] = {"a": tuple(a), "b": tuple(b)}
    edits = {side: _edits(steps) for side, steps in sides.items()}
    result = merge(base, edits["a"], edits["b"], choices)
    if choices:
        known = _keys(base, edits, choices)
        if unknown := [key for key in choices if key not in known]:
            raise EditInvalid(f"There is no conflict “{unknown[0][:40]}” between the two.", "choices")
    return Merged(result, sides, base)


def copied(steps: Iterable[Step], proposal: str, city: City) -> list[Event]:
    """The log with which a proposal begins that was begun from another: its edits with their authors.

    Those that fit no longer come along as well. `city` gives the names in sentences.
    """
    kept: list[tuple[Event, tuple[bytes, ...]]] = []
    for step in steps:
        kept += [(step.event, step.edits)] if step.edits else []
        kept += [(step.event, (each.edit,)) for each in step.waiting]
    return [_event(proposal, seq, made, edits, city) for seq, (made, edits) in enumerate(kept, start=1)]


def choices_of(document: object) -> dict[str, Choice]:
    """Choices from JSON: "a" or "b" by the key of a conflict. Raises EditInvalid."""
    if not isinstance(document, Mapping) or len(document) > 1000:
        raise EditInvalid("choices is an object: the conflict's key, and a or b.", "choices")
    found: dict[str, Choice] = {}
    for key, choice in document.items():
        if choice not in ("a", "b"):
            raise EditInvalid(f"A choice is a or b; that of “{str(key)[:40]}” is neither.", "choices")
        found[str(key)] = choice
    return found


def _edits(steps: Iterable[Step]) -> tuple[Edit, ...]:
    return tuple(edit for step in steps for edit in parsed(step.all_edits))


def _keys(base: City, edits: Mapping[Choice, tuple[Edit, ...]], choices: Mapping[str, Choice]) -> set[str]:
    """Keys of all conflicts between two sides; some show only once others have been decided."""
    seen: set[str] = set()
    while True:
        decided = {key: choices[key] for key in choices if key in seen}
        new = {each.key for each in merge(base, edits["a"], edits["b"], decided).conflicts} - seen
        if not new & choices.keys():
            return seen | new
        seen |= new


def _event(proposal: str, seq: int, made: Event, edits: tuple[bytes, ...], city: City) -> Event:
    """An event of another proposal as one of this, with those of its edits that it has here."""
    op_id = f"from:{made.proposal}:{made.seq}:{seq}"
    answer = {**orjson.loads(made.answer), "seq": seq, "op_id": op_id}
    alone = made.kind == "edit" or len(edits) == 1
    if edits != edits_in(made):
        read = parsed(edits)
        sentences = [edit.describe(city) for edit in read]
        title = orjson.loads(made.edit or b"{}").get("title", "")
        answer["sentence"] = sentences[0] if alone else summary(title, sentences)
        answer["said"] = all_described(read, city)
        if not alone:
            answer["sentences"] = sentences
    payload = edits[0] if alone else _with_edits(made, edits)
    return Event(
        proposal=proposal, seq=seq, op_id=op_id, by=made.by, kind="edit" if alone else "pattern", edit=payload,
        target=None, sentence=answer.get("sentence", made.sentence), answer=orjson.dumps(answer), at=made.at,
    )  # fmt: skip


def _with_edits(pattern: Event, edits: tuple[bytes, ...]) -> bytes:
    return orjson.dumps({**orjson.loads(pattern.edit or b"{}"), "edits": [orjson.Fragment(each) for each in edits]})


def _conflict(each: Conflict) -> Json:
    return {
        "key": each.key, "kind": each.kind, "sentence": each.sentence, "fields": list(each.fields), "at": each.at,
        "a": _claim(each.a), "b": _claim(each.b),
    }  # fmt: skip


def _claim(each: Claim) -> Json:
    told = asdict(each)
    return {name: list(value) for name, value in told.items()}


def _left_out(each: LeftOut, city: City) -> Json:
    return {
        "side": each.side, "number": each.number, "sentence": each.edit.describe(city), "reason": each.reason,
        "edit": edit_to_json(each.edit),
    }  # fmt: skip
