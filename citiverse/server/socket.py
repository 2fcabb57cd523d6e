"""WebSockets to which a room writes frames directly, and a slower way where the server is not uvicorn."""

import asyncio
import socket as sockets
from asyncio import BaseTransport
from collections import deque
from typing import Any, cast

from starlette.websockets import WebSocket, WebSocketState
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from citiverse.session.audience import CAUGHT_UP_BYTES
from citiverse.session.messages import Message

SCOPE_KEY = "citiverse.socket"
_KERNEL_BYTES = 256 * 1024  # the system's own default of some MiB would hide that a client is slow
_FALLBACK_BYTES = 4 << 20


class DirectSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which the application finds in its scope and may write whole frames to."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Keep the kernel's buffer small enough to see a slow client."""
        super().connection_made(transport)
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family in (sockets.AF_INET, sockets.AF_INET6):
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, _KERNEL_BYTES)

    def handle_connect(self, event: Request) -> None:
        """Put this connection into the scope of the application that is about to run."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            scope: dict[str, Any] = cast("dict[str, Any]", self.scope)
            scope[SCOPE_KEY] = self

    async def send(self, message: ASGISendEvent) -> None:
        """Count a refusal with a body as a finished handshake, or uvicorn would log it as a fault."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True

    @property
    def open(self) -> bool:
        """Whether frames may be written."""
        return self.handshake_complete and not (self.close_sent or self.disconnected or self.transport.is_closing())


class Connection:
    """Someone's live connection, as an audience knows it."""

    def __init__(self, socket: WebSocket, person: str) -> None:
        self.person = person
        self._socket = socket
        self._closing: asyncio.Task[None] | None = None

    @property
    def waiting_bytes(self) -> int:
        """Bytes that have not left yet."""
        raise NotImplementedError

    def tell(self, message: Message) -> None:
        """Send a message, or let it wait."""
        raise NotImplementedError

    def abort(self) -> None:
        """Cut the connection."""
        raise NotImplementedError

    def dismiss(self, code: int, reason: str) -> None:
        """Close with a code; cut where the client does not even read that."""
        if self.waiting_bytes > CAUGHT_UP_BYTES:
            self.abort()
        elif self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close(code, reason))

    async def _close(self, code: int, reason: str) -> None:
        if self._socket.application_state == WebSocketState.CONNECTED:
            try:
                await asyncio.wait_for(self._socket.close(code, reason), 5.0)
            except (RuntimeError, OSError, TimeoutError):
                self.abort()


class DirectConnection(Connection):
    """A connection whose frames go straight to the transport: encoded once for a whole room."""

    def __init__(self, socket: WebSocket, person: str, direct: DirectSocket) -> None:
        super().__init__(socket, person)
        self._direct = direct

    @property
    def waiting_bytes(self) -> int:
        """Bytes that have not left yet."""
        return self._direct.transport.get_write_buffer_size() if self._direct.open else 0

    def tell(self, message: Message) -> None:
        """Write the frame."""
        if self._direct.open:
            self._direct.transport.write(message.frame)

    def abort(self) -> None:
        """Cut the connection."""
        self._direct.transport.abort()


class QueuedConnection(Connection):
    """A connection of any other server: messages wait in a queue that a task empties."""

    def __init__(self, socket: WebSocket, person: str) -> None:
        super().__init__(socket, person)
        self._queue: deque[Message] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._send_all())

    @property
    def waiting_bytes(self) -> int:
        """Bytes in the queue."""
        return self._bytes

    def tell(self, message: Message) -> None:
        """Queue the message; a connection whose queue overflows is cut."""
        if self._bytes > _FALLBACK_BYTES:
            self.abort()
            return
        self._queue.append(message)
        self._bytes += len(message.text)
        self._news.set()

    def abort(self) -> None:
        """Stop sending."""
        self._task.cancel()

    async def _send_all(self) -> None:
        try:
            while self._socket.application_state == WebSocketState.CONNECTED:
                await self._news.wait()
                self._news.clear()
                while self._queue:
                    message = self._queue.popleft()
                    await self._socket.send_text(message.text.decode())
                    self._bytes -= len(message.text)
        except (RuntimeError, OSError):
            self._bytes = 0


def connection(socket: WebSocket, person: str) -> Connection:
    """The best connection that the server under the application allows; `socket` has been accepted."""
    direct: Any = socket.scope.get(SCOPE_KEY)
    if isinstance(direct, DirectSocket):
        return DirectConnection(socket, person, direct)
    return QueuedConnection(socket, person)
