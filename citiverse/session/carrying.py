"""A proposal's edits on newer data: which fit, which mean something that has another id now, which are orphans."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import orjson

from citiverse.city.city import City
from citiverse.proposal.canonical import canonical, edit_to_json
from citiverse.proposal.edit import Edit, EditInvalid, parse_edit
from citiverse.proposal.rebase import KEEP, Answer, Orphan, Rebase, rebase
from citiverse.session.branch import parsed, replay
from citiverse.session.messages import Json
from citiverse.session.record import Event

Answers = Mapping[int, Answer]


class OrphansLeft(ValueError):
    """Edits that no longer fit have not been answered; `told` is the report that names them."""

    def __init__(self, told: Json) -> None:
        count = len(told["orphans"])
        what = "edit does" if count == 1 else "edits do"
        super().__init__(f"{count} {what} not fit the new data. Give each another edit, “keep”, or null to give it up.")
        self.told = told


@dataclass(frozen=True, slots=True)
class Carried:
    """Edits carried over; `seqs` says of each of the old edits, by its number, in which event it was made."""

    result: Rebase
    edits: tuple[Edit, ...]
    seqs: tuple[int, ...]
    old: City
    known: bool  # whether the old city is still here, so that geometry could be asked

    def told(self) -> Json:
        """What fits and what does not, by the numbers of the edits from 0."""
        result = self.result
        return {
            "kept_base": self.known,
            "edits": [
                {"number": number, "seq": self.seqs[number], "sentence": edit.describe(self.old)}
                for number, edit in enumerate(self.edits)
            ],
            "found": [{**asdict(each), "seq": self.seqs[each.number]} for each in result.found],
            "orphans": [self._orphan(each) for each in result.orphans],
            "waiting": [self._orphan(each) for each in result.waiting],
            "given_up": list(result.given_up),
        }

    def _orphan(self, each: Orphan) -> Json:
        return {
            "number": each.number, "seq": self.seqs[each.number], "edit": edit_to_json(each.edit),
            "sentence": each.sentence, "reason": each.reason, "field": each.field, "at": each.at,
        }  # fmt: skip

    def steps(self) -> bytes:
        """What a rebase event holds of the edits: those that stand and wait, under the events that made them."""
        steps: dict[int, Json] = {seq: {"of": seq, "edits": [], "waiting": []} for seq in self.seqs}
        for number, edit in zip(self.result.numbers, self.result.edits, strict=True):
            steps[self.seqs[number]]["edits"].append(orjson.Fragment(canonical(edit)))
        for each in self.result.waiting:
            told = {"edit": orjson.Fragment(canonical(each.edit)), "reason": each.reason}
            steps[self.seqs[each.number]]["waiting"].append(told)
        return orjson.dumps([step for step in steps.values() if step["edits"] or step["waiting"]])


def carry_over(old: City | None, events: Iterable[Event], new: City, answers: Answers) -> Carried:
    """The edits that stand in a log, made on `old`, on `new`; without `old` by ids alone.

    Raises EditInvalid when an answer speaks of no edit there is.
    """
    branch = replay(new if old is None else old, events)
    steps = [step for step in branch.steps.values() if not step.undone]
    edits = tuple(edit for step in steps for edit in parsed(step.all_edits))
    seqs = tuple(step.event.seq for step in steps for _ in step.all_edits)
    for number in answers:
        if not 0 <= number < len(edits):
            raise EditInvalid(f"There is no edit number {number}; there are {len(edits)}, from 0.", "answers")
    before = new if old is None else old
    return Carried(rebase(before, edits, new, answers), edits, seqs, before, old is not None)


def answers_of(document: object) -> Answers:
    """Answers to orphans from JSON by their number: an edit, "keep", or null to give one up. Raises EditInvalid."""
    if not isinstance(document, Mapping):
        raise EditInvalid("answers is an object: the orphan's number, and an edit, “keep” or null.", "answers")
    found: dict[int, Answer] = {}
    for number, answer in document.items():
        if not isinstance(number, str) or not number.isdecimal() or len(number) > 6:
            raise EditInvalid(f"“{str(number)[:40]}” is no number of an edit.", "answers")
        found[int(number)] = answer if answer is None or answer == KEEP else parse_edit(answer)
    return found
