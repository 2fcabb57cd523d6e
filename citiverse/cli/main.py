"""The command line: what one person at a terminal does with a city.

Rooms are imported where a command needs them, so that `citiverse --help` answers at once.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Sequence

from citiverse import __version__
from citiverse.cli import (
    assess,
    backup,
    bots,
    build,
    doctor,
    export,
    importing,
    models,
    render,
    scenes,
    serve,
    validate,
)
from citiverse.cli.arguments import Run
from citiverse.cli.telling import tell_in_one_line

COMMANDS = (serve, scenes, importing, build, assess, models, render, export, validate, bots, backup, doctor)
"""Modules whose `add` adds a command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 when it is done, 1 when the input or the city is at fault, 2 on wrong usage."""
    options = command_line().parse_args(joined(sys.argv[1:] if arguments is None else arguments))
    if not options.debug:
        sys.excepthook = tell_in_one_line
    run: Run = options.run
    return run(options)


def joined(arguments: Iterable[str]) -> list[str]:
    """The arguments with `--bbox -1,2,3,4` written `--bbox=-1,2,3,4`, which argparse takes for what it is."""
    result: list[str] = []
    for argument in arguments:
        if result and re.match(r"-[\d.]", argument) and re.fullmatch(r"--[a-z-]+", result[-1]):
            result[-1] += f"={argument}"
        else:
            result.append(argument)
    return result


def command_line() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(prog="citiverse", description="A live 3D city that citizens change and measure.")
    parser.add_argument("--version", action="version", version=f"citiverse {__version__}")
    parser.set_defaults(debug=False)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for each in COMMANDS:
        each.add(commands)
    return parser
