"""Reading what people send: JSON that is JSON, and no more than is sensible."""

import json
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from citiverse.server.problems import Refused

MOST_BYTES = 1 << 20
MOST_DEPTH = 32


class NotJson(ValueError):
    """Text that is no JSON we take; the sentence says why."""


def parse_json(text: bytes | str) -> object:
    """The value of a JSON text. Raises NotJson.

    Refused are numbers that are not finite, nesting deeper than any of our forms, a name that stands twice in one
    object, and text that is not Unicode.
    """
    try:
        value = orjson.loads(text)
        _check_depth(value)
        json.loads(text, object_pairs_hook=_once)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"This is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from None
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error) if isinstance(error, NotJson) else "This is not JSON that can be read.") from None
    return value


def parse_object(text: bytes | str) -> dict[str, Any]:
    """The JSON object in a text. Raises NotJson."""
    value = parse_json(text)
    if not isinstance(value, dict):
        raise NotJson("Send a JSON object: { ... }.")
    return value


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object that a request carries. Raises Refused: 413, 415, 400."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise Refused(415, f"Send application/json, not {kind[:80]}.")
    body = await read_body(request)
    if not body.strip():
        raise Refused(400, "The request is empty; send a JSON object.")
    try:
        return parse_object(body)
    except NotJson as error:
        raise Refused(400, str(error)) from None


async def read_body(request: Request, most_bytes: int = MOST_BYTES) -> bytes:
    """All bytes of a request, counted as they come. Raises Refused."""
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most_bytes:
                raise Refused(413, f"This is more than {most_bytes >> 20} MiB.", {"Connection": "close"})
            chunks.append(chunk)
    except ClientDisconnect:
        raise Refused(400, "The request ended before it was complete.") from None
    return b"".join(chunks)


def _check_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise NotJson(f"This is nested more than {MOST_DEPTH} levels deep.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f"The name {twice[:80]!r} stands twice in one object.")
    return found


def only(sent: dict[str, Any], *known: str) -> None:
    """Check that an object has no other members. Raises Refused."""
    if unknown := sorted(set(sent) - set(known)):
        raise Refused(422, f"{unknown[0][:40]} is not known here; known are {', '.join(known)}.", field=unknown[0][:40])


def text_in(sent: dict[str, Any], name: str, longest: int) -> str:
    """A text in an object, without characters that can't be shown; empty where there is none. Raises Refused."""
    value = sent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(422, f"The {name} is a text.", field=name)
    if len(value) > longest:
        raise Refused(422, f"The {name} has {len(value)} letters; {longest} fit.", field=name)
    return "".join(c for c in value if c.isprintable() or c in "\n\t").strip()


def seq_in(sent: dict[str, Any], name: str = "seq") -> int | None:
    """The number of an event in an object, or None where there is none. Raises Refused."""
    value = sent.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refused(422, f"{name} is the number of an event, from 0.", field=name)
    return value
