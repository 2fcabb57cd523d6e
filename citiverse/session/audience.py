"""Those who listen to a room, and what happens to the slow ones among them."""

import time
from collections.abc import Callable
from typing import Protocol

from citiverse.session.messages import Message

BEHIND_BYTES = 1 << 20  # a listener with more unsent bytes is skipped
CAUGHT_UP_BYTES = 1 << 16  # and gets a snapshot once it has no more than this
PATIENCE_S = 20.0  # one that does not catch up for so long is let go


class Listener(Protocol):
    """Someone's connection. It never blocks; what it can't send at once waits in its buffer."""

    @property
    def person(self) -> str:
        """Pseudonym of who listens."""

    @property
    def waiting_bytes(self) -> int:
        """Bytes that have not left yet."""

    def tell(self, message: Message) -> None:
        """Send a message, or let it wait in the buffer."""

    def dismiss(self, code: int, reason: str) -> None:
        """Close the connection with a WebSocket code."""


class Audience:
    """The listeners of one room; a slow one is left out until it can be given the whole again."""

    def __init__(self, whole: Callable[[], Message]) -> None:
        """`whole` makes the message that brings someone who has missed others up to date."""
        self._whole = whole
        self._listeners: dict[Listener, float | None] = {}
        self.resyncs = 0
        self.dismissed = 0

    def __len__(self) -> int:
        """Number of listeners."""
        return len(self._listeners)

    @property
    def people(self) -> set[str]:
        """Pseudonyms of all listeners."""
        return {listener.person for listener in self._listeners}

    @property
    def behind(self) -> int:
        """How many listeners are being skipped."""
        return sum(since is not None for since in self._listeners.values())

    def join(self, listener: Listener) -> None:
        """Tell this listener what comes from now on."""
        self._listeners[listener] = None

    def leave(self, listener: Listener) -> None:
        """Forget this listener."""
        self._listeners.pop(listener, None)

    def tell(self, message: Message) -> None:
        """Send to all who keep up."""
        for listener, since in self._listeners.items():
            if since is not None:
                continue
            if listener.waiting_bytes > BEHIND_BYTES:
                self._listeners[listener] = time.monotonic()
                continue
            listener.tell(message)

    def look_after_slow(self) -> None:
        """Give those who have caught up the whole, let go those who never do. Called a few times a second."""
        for listener, since in list(self._listeners.items()):
            if since is None:
                continue
            if listener.waiting_bytes <= CAUGHT_UP_BYTES:
                self._listeners[listener] = None
                self.resyncs += 1
                listener.tell(self._whole())
            elif time.monotonic() - since > PATIENCE_S:
                self.leave(listener)
                self.dismissed += 1
                listener.dismiss(1013, "Your connection is too slow; please come back.")

    def dismiss_all(self, code: int, reason: str) -> None:
        """Close every connection."""
        for listener in list(self._listeners):
            self.leave(listener)
            listener.dismiss(code, reason)
