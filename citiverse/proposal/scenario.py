"""A scene with edits in order, and what they make of a city."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from citiverse.city.change import Change, ChangeConflict, change_between, revert
from citiverse.city.city import City
from citiverse.city.feature import Feature
from citiverse.proposal.canonical import Json
from citiverse.proposal.edit import Edit, edit_to_json, parse_edit
from citiverse.proposal.refusal import EditInvalid, EditRefused

MOST_EDITS = 10_000


@dataclass(frozen=True, slots=True)
class Scenario:
    """Edits in the order in which they apply. `base` is the fingerprint of the city they were made for, or empty."""

    edits: tuple[Edit, ...]
    scene: str = ""
    base: str = ""


def read_scenario(text: str | bytes) -> Scenario:
    """The scenario in an edits.json: {"scene", "base", "edits": [...]} or a bare array. Raises EditInvalid."""
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise EditInvalid(f"This is not JSON: {error}.") from None
    except RecursionError:
        raise EditInvalid("This is nested too deeply.") from None
    return scenario_of(document)


def scenario_of(document: object) -> Scenario:
    """The scenario in a JSON value. Raises EditInvalid with the path of the field at fault."""
    plan = {"edits": document} if isinstance(document, list) else document
    if not isinstance(plan, Mapping) or not isinstance(plan.get("edits"), list):
        raise EditInvalid("Give an array of edits, or an object with “edits”.", "edits")
    listed = plan["edits"]
    if len(listed) > MOST_EDITS:
        raise EditInvalid(f"{len(listed):,} edits are too many; {MOST_EDITS:,} is the most.", "edits")
    scene, base = plan.get("scene", ""), plan.get("base", "")
    if not isinstance(scene, str) or not isinstance(base, str):
        raise EditInvalid("“scene” and “base” must be text.", "scene")
    return Scenario(tuple(_numbered(n, each) for n, each in enumerate(listed)), scene, base)


def scenario_to_json(scenario: Scenario) -> dict[str, Json]:
    """The scenario as edits.json holds it."""
    edits: list[Json] = [edit_to_json(edit) for edit in scenario.edits]
    return {"scene": scenario.scene, "base": scenario.base, "edits": edits}


def apply_all(city: City, edits: Iterable[Edit]) -> tuple[City, Change]:
    """The city after all edits, and the one change that leads there. Raises EditRefused, naming the edit by number."""
    before: dict[str, Feature | None] = {}
    after: dict[str, Feature | None] = {}
    now = city
    for number, edit in enumerate(edits, start=1):
        try:
            change = edit.apply(now)
        except EditRefused as refused:
            sentence = f"Edit {number} ({edit.describe(now)}): {refused}"
            raise EditRefused(sentence, at=refused.at, field=refused.field) from None
        now = now.with_change(change)
        before = {**change.before, **before}
        after.update(change.after)
    return now, change_between(before, after)


def take_back(city: City, change: Change) -> Change:
    """The change that undoes `change`, whatever has happened elsewhere since; redo is taking back the undoing.

    Raises EditRefused where someone has changed the same things again.
    """
    try:
        return revert(change, {id: city.get(id) for id in change.ids})
    except ChangeConflict as conflict:
        features = [city.get(id) for id in conflict.ids]
        names = [feature.name for feature in features if feature is not None and feature.name]
        which = f" ({names[0]})" if names else ""
        raise EditRefused(f"Someone has changed this again since{which}, so it can't be taken back alone.") from None


def _numbered(number: int, document: object) -> Edit:
    try:
        return parse_edit(document)
    except EditInvalid as invalid:
        field = f"edits.{number}.{invalid.field}" if invalid.field else f"edits.{number}"
        raise EditInvalid(f"Edit {number + 1}: {invalid}", field) from None


def _no_constant(word: str) -> object:
    raise EditInvalid(f"{word} is no number that JSON knows.")
