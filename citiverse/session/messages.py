"""What a room tells the people in it, each message put on the wire once for all of them."""

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

Json = dict[str, Any]

_TEXT_FRAME = 0x81  # RFC 6455, 5.2: FIN and opcode 1


@dataclass(frozen=True)
class Message:
    """One live message as JSON text."""

    text: bytes

    @cached_property
    def frame(self) -> bytes:
        """The text as one unmasked WebSocket frame, the same bytes for every client (RFC 6455, 5.2)."""
        size = len(self.text)
        if size < 126:
            return struct.pack("!BB", _TEXT_FRAME, size) + self.text
        if size < 1 << 16:
            return struct.pack("!BBH", _TEXT_FRAME, 126, size) + self.text
        return struct.pack("!BBQ", _TEXT_FRAME, 127, size) + self.text


def message(kind: str, /, **values: object) -> Message:
    """A message of this type."""
    return Message(orjson.dumps({"type": kind, **values}))
