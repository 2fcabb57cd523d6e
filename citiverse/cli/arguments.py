"""What commands take, and how it is read."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Run = Callable[[argparse.Namespace], int]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(commands: Commands, name: str, run: Run, purpose: str) -> argparse.ArgumentParser:
    """A subcommand that calls `run`."""
    parser = commands.add_parser(name, help=purpose, description=purpose[:1].upper() + purpose[1:] + ".")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser.set_defaults(run=run)
    return parser


def add_data(parser: argparse.ArgumentParser) -> None:
    """Let a command be told where scenes and proposals are kept."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of imported scenes and of proposals")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Let a command answer programs."""
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def names(text: str) -> list[str]:
    """Words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def eye(text: str) -> tuple[float, float, float, float, float]:
    """Longitude, latitude, heading, height over the ground and pitch, the last two with a default."""
    given = [number(word) for word in text.split(",")]
    if not 3 <= len(given) <= 5:
        raise argparse.ArgumentTypeError(f"{text!r} is not LON,LAT,HEADING[,HEIGHT[,PITCH]]")
    lon, lat, heading, height, pitch = (*given, *(1.6, 0.0)[len(given) - 3 :])
    return lon, lat, heading, height, pitch


def pair(text: str) -> tuple[str, str]:
    """What stands on both sides of =."""
    what, equals, name = text.partition("=")
    if not (equals and what and name):
        raise argparse.ArgumentTypeError(f"{text!r} is not WHAT=NAME")
    return what, name


def box(text: str) -> tuple[float, float, float, float]:
    """West, south, east, north."""
    values = tuple(number(word) for word in text.split(","))
    if len(values) != 4:
        raise argparse.ArgumentTypeError(f"{text!r} is not west,south,east,north")
    return values


def number(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def share(text: str) -> float:
    """A number above 0 and below 1."""
    value = number(text)
    if not 0.0 < value < 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
