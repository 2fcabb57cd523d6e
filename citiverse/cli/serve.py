"""`citiverse serve`: a scene in browsers and headsets."""

import argparse
import os
from contextlib import suppress
from pathlib import Path

from citiverse.cli.arguments import Commands, add_command, add_data


def add(commands: Commands) -> None:
    """Add the command to serve a scene."""
    serve = add_command(commands, "serve", run, "show a scene in browsers and headsets")
    serve.add_argument("scene", nargs="?", metavar="SCENE", help="name of the scene (helsinki)")
    serve.add_argument("--host", metavar="H", help="address to listen on (127.0.0.1: this machine alone)")
    serve.add_argument("--port", type=int, metavar="P", help="port to listen on (8000)")
    serve.add_argument(
        "--lan", action="store_true", help="serve everyone in the local network, headsets by https at the next port"
    )
    serve.add_argument("--cert", type=Path, metavar="FILE", help="certificate for https, which headsets ask for")
    serve.add_argument("--key", type=Path, metavar="FILE", help="key of the certificate")
    add_data(serve)


def run(options: argparse.Namespace) -> int:
    """Serve a scene until someone stops it."""
    import logging

    from citiverse.gis.recipe import find_scene
    from citiverse.server.serve import serve
    from citiverse.server.settings import settings_from

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    host = options.host or ("0.0.0.0" if options.lan else None)
    settings = settings_from(
        os.environ, scene=options.scene, host=host, port=options.port,
        data=options.data, cert=options.cert, key=options.key, lan=options.lan,
    )  # fmt: skip
    find_scene(settings.scene, settings.data)
    with suppress(KeyboardInterrupt):
        serve(settings)
    return 0
