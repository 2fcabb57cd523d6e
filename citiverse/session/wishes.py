"""What people ask of a room, worked out on its city before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, assert_never

import numpy as np
import orjson

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.proposal.cost import Prices, cost_of
from citiverse.proposal.edit import Edit, canonical, edit_to_json, parse_edit
from citiverse.proposal.guard import warnings
from citiverse.proposal.pattern import Chosen, Pattern, expand, summary
from citiverse.proposal.tongue import all_described
from citiverse.scene.patch import Patch, patch
from citiverse.session.branch import Branch, Step
from citiverse.session.messages import Json
from citiverse.session.record import Event
from citiverse.session.telling import cost_json, said_of, warning_json


class OperationReused(ValueError):
    """An operation id that already stands for something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks of a room: an edit as it was sent, or to take one back or do it again.

    With `anyones` undo and redo speak of other people's edits too when the person has none. An edit that was meant for
    the city as it was after event `since` is refused where others have changed the same since.
    """

    by: str
    op_id: str
    kind: Literal["edit", "undo", "redo"]
    edit: Mapping[str, Any] | None = None
    anyones: bool = False
    since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternWish:
    """What a person asks of a room: the edits of a pattern at a place, to be undone as one."""

    by: str
    op_id: str
    pattern: Pattern
    place: Chosen
    kind: Literal["pattern"] = "pattern"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A wish worked out on the city as it is now."""

    change: Change
    sentence: str
    edit: bytes | None
    target: Step | None
    told: Json
    patch: Json


def prepared(branch: Branch, wish: Wish | PatternWish) -> Prepared:
    """Work a wish out on the branch's city as it is. Runs on a thread, while no one else changes the branch.

    Raises EditInvalid, EditRefused, NotInCity, ChangeConflict, NothingThere, EditedSince.
    """
    if isinstance(wish, PatternWish):
        return _pattern(wish, branch.city)
    found = _single(branch, wish, branch.city)
    if wish.since is not None:
        branch.check_expected(found.change, wish.since)
    return found


def tried(branch: Branch, wish: Wish | PatternWish, prices: Prices) -> Json:
    """What a wish would do, warn of and cost, without doing it. Raises as `prepared`."""
    done = prepared(branch, wish)
    return {"seq": branch.seq, "dry_run": True, **done.told, "cost": cost_json(cost_of(done.change, prices))}


def first_answer(known: Event, wish: Wish | PatternWish) -> Json:
    """The stored answer to a repeated operation. Raises OperationReused when this is no repeat."""
    same = known.kind == wish.kind
    if same and isinstance(wish, PatternWish):
        held = orjson.loads(known.edit or b"{}")
        same = (held["pattern"], held["place"]) == (wish.pattern.name, orjson.loads(canonical(wish.place)))
    elif same and wish.kind == "edit":
        same = canonical(parse_edit(wish.edit)) == known.edit
    if not same:
        raise OperationReused("This operation id has already been used for something else.")
    answer: Json = orjson.loads(known.answer)
    return answer


def line(branch: Branch, event: Event) -> Json:
    """An event of the log as it is told."""
    told: Json = {
        "seq": event.seq, "op_id": event.op_id, "by": event.by, "kind": event.kind, "sentence": event.sentence,
        "at": event.at,
    }  # fmt: skip
    step = branch.steps.get(event.target if event.target is not None else event.seq)
    if event.kind == "edit":
        told["edit"] = orjson.Fragment(event.edit or b"{}")
    elif event.kind == "pattern":
        told["pattern"] = orjson.Fragment(event.edit or b"{}")
    elif event.kind == "rebase":
        told["rebase"] = {name: orjson.loads(event.answer)[name] for name in ("from", "to", "found", "given_up")}
    elif step is not None:
        told[event.kind] = step.event.op_id
    if event.kind in ("edit", "pattern"):
        told["said"] = said_of(event).sentences
        told["undone"] = step is not None and step.undone
        if step is None:
            told["lost"] = "It was left behind when the proposal was carried over to newer data."
        elif step.misfit:
            told["lost"] = step.misfit
    return told


def _pattern(wish: PatternWish, city: City) -> Prepared:
    found = expand(wish.pattern, wish.place, city)
    after = city
    for edit in found.edits:
        after = after.with_change(edit.apply(after))
    change = city.change_to(after)
    sentences = [edit.describe(city) for edit in found.edits]
    sentence = summary(wish.pattern.title, sentences)
    payload = {
        "pattern": wish.pattern.name, "title": wish.pattern.title, "place": edit_to_json(wish.place),
        "edits": [orjson.Fragment(canonical(edit)) for edit in found.edits],
    }  # fmt: skip
    told: Json = {
        "changed": list(change.ids),
        "created": list(change.created),
        "warnings": [warning_json(each) for each in warnings(city, change)],
        "sentence": sentence,
        "pattern": wish.pattern.name,
        "edits": [edit_to_json(edit) for edit in found.edits],
        "sentences": sentences,
        "said": all_described(found.edits, city),
        "left_out": list(found.left_out),
    }
    return Prepared(change, sentence, orjson.dumps(payload), None, told, _patched(patch(change, city), city))


def _single(branch: Branch, wish: Wish, city: City) -> Prepared:
    edit: Edit | None = None
    target: Step | None = None
    match wish.kind:
        case "edit":
            edit = parse_edit(wish.edit)
            change, sentence = edit.apply(city), edit.describe(city)
        case "undo":
            target = branch.to_undo(wish.by, or_latest=wish.anyones)
            change, sentence = branch.reverted(target), f"Undo: {target.event.sentence}"
        case "redo":
            target = branch.to_redo(wish.by, or_latest=wish.anyones)
            change, sentence = branch.reverted(target), f"Redo: {target.event.sentence}"
        case _:
            assert_never(wish.kind)
    told: Json = {
        "changed": list(change.ids),
        "created": list(change.created),
        "warnings": [warning_json(each) for each in warnings(city, change)] if edit is not None else [],
        "sentence": sentence,
    }
    if edit is not None:
        told["said"] = all_described([edit], city)
    plain = patch(change, city)
    return Prepared(change, sentence, canonical(edit) if edit else None, target, told, _patched(plain, city))


def _patched(plain: Patch, city: City) -> Json:
    """A patch as it is told: rings in degrees."""
    rings = [np.array(each.ring) for each in plain.show]
    lonlat = np.round(city.frame.to_lonlat(np.concatenate(rings)), 7) if rings else np.zeros((0, 2))
    parts = np.split(lonlat, np.cumsum([len(ring) for ring in rings])[:-1])
    show = [
        {
            "id": each.id,
            "ring": ring.tolist(),
            "base_m": each.base_m,
            "height_m": each.height_m,
            "colour": each.colour,
        }
        for each, ring in zip(plain.show, parts, strict=False)
    ]
    return {"hide": list(plain.hide), "show": show}
