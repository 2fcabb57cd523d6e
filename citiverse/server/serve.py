"""Running the server until it is told to stop."""

import asyncio
import logging
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

import segno
import uvicorn
from starlette.types import ASGIApp

from citiverse.server.app import create_app
from citiverse.server.certificate import own_addresses, own_certificate, own_names
from citiverse.server.settings import Settings, SettingsError
from citiverse.server.socket import DirectSocket
from citiverse.session.people import planners_word

logger = logging.getLogger(__name__)

MOST_MESSAGE_BYTES = 64 * 1024
_PING_S = 10.0
# Python lets a thread run for 5 ms before another may; an edit that waits so behind each step of a model is felt.
_SWITCH_S = 0.0005
_GRACE_S = 5
_LOOK_S = 0.05


def configured(app: ASGIApp, cert: Path | None, key: Path | None, *, first: bool = True) -> uvicorn.Config:
    """uvicorn as CitiVERSE wants it: frames written directly, no deflate on sockets, dead peers found in 20 s.

    Of several servers of one application the first starts and stops it.
    """
    return uvicorn.Config(
        app,
        ws=DirectSocket,
        ws_max_size=MOST_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=_PING_S,
        ws_ping_timeout=_PING_S,
        timeout_graceful_shutdown=_GRACE_S,
        backlog=4096,
        server_header=False,
        access_log=False,
        lifespan="on" if first else "off",
        ssl_certfile=cert,
        ssl_keyfile=key,
        log_level="warning",
    )


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl+C. Raises SettingsError where a port is taken or the certificate is unusable."""
    app = create_app(settings)
    with ExitStack() as stack:
        doors = [
            (
                configured(app, settings.cert, settings.key),
                stack.enter_context(listening_at(settings.host, settings.port)),
            )
        ]
        if settings.secure_port is not None:
            own = own_certificate(settings.data / "certificate", own_names())
            secure = stack.enter_context(listening_at(settings.host, settings.secure_port))
            doors.append((configured(app, own.cert, own.key, first=False), secure))
            logger.info("The certificate for https is this machine's own, so browsers ask once. Its SHA-256 is")
            logger.info("%s", own.fingerprint)
        for config, _ in doors:
            try:
                config.load()
            except (OSError, ValueError) as error:
                raise SettingsError(f"The certificate {settings.cert} or its key cannot be used: {error}.") from error
        sys.setswitchinterval(_SWITCH_S)
        _tell_where(settings)
        loops = doors[0][0].get_loop_factory()
        with asyncio.Runner(loop_factory=loops) as runner:
            runner.run(_serve_all(doors))


async def _serve_all(doors: list[tuple[uvicorn.Config, socket.socket]]) -> None:
    """Serve at every door. Signals reach the server that was started last, and from it the ones before it."""
    async with asyncio.TaskGroup() as group:
        for config, listening in doors:
            server = uvicorn.Server(config)
            task = group.create_task(server.serve(sockets=[listening]))
            while not server.started and not task.done():  # noqa: ASYNC110 uvicorn has no event to wait for
                await asyncio.sleep(_LOOK_S)


def _tell_where(settings: Settings) -> None:
    logger.info("CitiVERSE is at %s", settings.url)
    if not settings.tried_out:
        word = planners_word(settings.data / "planners")
        logger.info("Planners decide on proposals by the link %ss/%s", settings.url, word)
    for address in own_addresses() if settings.lan else ():
        first = f"{'https' if settings.cert else 'http'}://{address}:{settings.port}/"
        logger.info("for others in the network at %s", first)
        if settings.secure_port is not None:
            logger.info("and for headsets at https://%s:%d/", address, settings.secure_port)
        if sys.stderr.isatty():
            segno.make(first).terminal(out=sys.stderr, compact=True)


def listening_at(host: str, port: int) -> socket.socket:
    """A socket on the address. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        reason = error.strerror or str(error)
        raise SettingsError(f"Cannot listen on {host}, port {port}: {reason}.") from error
    bound.set_inheritable(True)
    return bound
