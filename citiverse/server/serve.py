"""Running the server until it is told to stop."""

import logging
import socket
import sys
from contextlib import closing

import uvicorn

from citiverse.server.app import create_app
from citiverse.server.settings import Settings, SettingsError
from citiverse.server.socket import DirectSocket

logger = logging.getLogger(__name__)

MOST_MESSAGE_BYTES = 64 * 1024
_PING_S = 10.0
# Python lets a thread run for 5 ms before another may; an edit that waits so behind each step of a model is felt.
_SWITCH_S = 0.0005
_GRACE_S = 5


def configured(settings: Settings) -> uvicorn.Config:
    """uvicorn as CitiVERSE wants it: frames written directly, no deflate on sockets, dead peers found in 20 s."""
    return uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        ws=DirectSocket,
        ws_max_size=MOST_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=_PING_S,
        ws_ping_timeout=_PING_S,
        timeout_graceful_shutdown=_GRACE_S,
        backlog=4096,
        server_header=False,
        access_log=False,
        ssl_certfile=settings.cert,
        ssl_keyfile=settings.key,
        log_level="warning",
    )


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl+C. Raises SettingsError where the port is taken or the certificate is unusable."""
    with closing(_listening(settings)) as listening:
        config = configured(settings)
        try:
            config.load()
        except (OSError, ValueError) as error:
            raise SettingsError(f"The certificate {settings.cert} or its key cannot be used: {error}.") from error
        sys.setswitchinterval(_SWITCH_S)
        logger.info("CitiVERSE is at %s", settings.url)
        uvicorn.Server(config).run(sockets=[listening])


def _listening(settings: Settings) -> socket.socket:
    """A socket on the address. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
    except OSError as error:
        bound.close()
        reason = error.strerror or str(error)
        raise SettingsError(f"Cannot listen on {settings.host}, port {settings.port}: {reason}.") from error
    bound.set_inheritable(True)
    return bound
