"""Edits as JSON, and the ids of what they make."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from citiverse.city.city import City
from citiverse.proposal.reading import required
from citiverse.proposal.verb import Verb

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def edit_to_json(edit: object) -> dict[str, Json]:
    """The edit as it travels: its verb and every field that is not left at its default.

    Other dataclasses that people send (the place of a pattern) travel so as well.
    """
    return _object(edit)


def canonical(edit: object) -> bytes:
    """The same bytes for the same edit, whatever the order and spelling it came in."""
    return json.dumps(_object(edit), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def fresh_ids(edit: Verb, city: City) -> Iterator[str]:
    """Ids for what `edit` makes, `new:<hash>.<n>`, without those that `city` has already."""
    digest = hashlib.blake2b(canonical(edit), digest_size=8).hexdigest()
    n = 0
    while True:
        id = f"new:{digest}.{n}"
        if city.get(id) is None:
            yield id
        n += 1


def _object(value: object) -> dict[str, Json]:
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{value!r} is no edit.")
    given = [each for each in fields(value) if required(each) or each.name == "verb" or _said(value, each.name)]
    return {each.name: _json(getattr(value, each.name)) for each in given}


def _said(value: object, name: str) -> bool:
    default = {each.name: each.default for each in fields(value)}  # type: ignore[arg-type]
    return bool(getattr(value, name) != default[name])


def _json(value: object) -> Json:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    return _object(value)
