"""The command line: what one person at a terminal does with a city."""

import argparse
import re
import sys
from collections.abc import Sequence
from types import TracebackType

from citiverse import __version__

COORDINATES = re.compile(r"-[\d.]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 when it is done, 1 when the input or the city is at fault, 2 on wrong usage."""
    options = command_line().parse_args(joined(sys.argv[1:] if arguments is None else arguments))
    if not options.debug:
        sys.excepthook = in_one_line
    return int(options.run(options))


def joined(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--bbox -1,2,3,4` written as `--bbox=-1,2,3,4`, which argparse takes for what it is."""
    result: list[str] = []
    for argument in arguments:
        if result and COORDINATES.match(argument) and re.fullmatch(r"--[a-z-]+", result[-1]):
            result[-1] += f"={argument}"
        else:
            result.append(argument)
    return result


def command_line() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(prog="citiverse", description="A live 3D city that citizens change and measure.")
    parser.add_argument("--version", action="version", version=f"citiverse {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    scenes = commands.add_parser("scenes", help="list the scenes there are")
    scenes.set_defaults(run=run_scenes)
    return parser


def run_scenes(options: argparse.Namespace) -> int:
    """Print the name and title of every scene."""
    import tomllib

    from citiverse import resources

    for path in sorted(resources.scenes().glob("*.toml")):
        print(f"{path.stem:16} {tomllib.loads(path.read_text())['scene']['title']}")
    return 0


def in_one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell an error in one readable line on standard error."""
    sentence = " ".join(str(error).split()) or kind.__name__
    print(f"citiverse: {sentence}", file=sys.stderr)
