"""Who may speak to the server from where, and what browsers are told to allow."""

import time
from collections import Counter
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from citiverse.server import problems
from citiverse.server.settings import LOOPBACK, Settings

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

# blob: and wasm for the tile decoder, inline style for what the 3D library sets on its canvas; nothing from elsewhere
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self' blob:",
        "connect-src 'self' blob: data:",
        "img-src 'self' blob: data:",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "xr-spatial-tracking=(self), camera=(), geolocation=(self), payment=()",
}


class Guard:
    """Middleware: refuses names and origins that are not ours, adds the headers above, counts answers.

    A server that only this machine can reach answers to its own names alone, so that no page elsewhere can reach it
    by pointing a name at 127.0.0.1.
    """

    def __init__(self, app: ASGIApp, settings: Settings, counts: Counter[str]) -> None:
        self.app = app
        self.settings = settings
        self.counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        began = time.perf_counter()

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answered.setdefault(name, value)
                self.counts[f"status_{message['status'] // 100}xx"] += 1
                self.counts["answer_ms"] += round(1000 * (time.perf_counter() - began))
            await send(message)

        if not known_host(headers, self.settings):
            host = headers.get("host", "")[:100]
            detail = f"This server is not known as {host}. Name it in CITIVERSE_HOSTS to allow it."
            await problems.answer(problems.problem(421, detail))(scope, receive, send_on)
        elif scope["method"] in _UNSAFE and not known_origin(headers, self.settings):
            detail = "A page of another site may not change anything here."
            await problems.answer(problems.problem(403, detail))(scope, receive, send_on)
        else:
            await self.app(scope, receive, send_on)


def known_host(headers: Headers, settings: Settings) -> bool:
    """Whether the request means this server by name."""
    if not settings.local:
        return True
    name = urlsplit(f"//{headers.get('host', 'localhost')}").hostname or ""
    return name in (*LOOPBACK, *settings.hosts) or name.endswith(".localhost")


def known_origin(headers: Headers, settings: Settings) -> bool:
    """Whether the page that sends this is one of ours, or no page at all."""
    origin = headers.get("origin")
    if origin is None or origin in settings.origins:
        return True
    return urlsplit(origin).netloc == headers.get("host")
