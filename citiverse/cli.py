"""The command line: what one person at a terminal does with a city.

Rooms are imported where a command needs them, so that `citiverse --help` answers at once.
"""

import argparse
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import TextIO

from citiverse import __version__

Run = Callable[[argparse.Namespace], int]


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


def tell_in_one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell on standard error why a command failed, in a sentence."""
    match error:
        case KeyboardInterrupt():
            sentence = "stopped"
        case OSError(filename=str(name), strerror=str(reason)):
            sentence = f"{name}: {reason}"
        case ValueError() | OSError():
            sentence = str(error)
        case _ if kind.__module__.startswith("citiverse."):
            sentence = str(error)
        case _:
            sentence = f"a fault in the program ({kind.__name__}: {error}); --debug shows where"
    print("citiverse:", " ".join(sentence.split()) or kind.__name__, file=sys.stderr)


# ------------------------------------------------------------------------------------------------ what can be said


def command_line() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(prog="citiverse", description="A live 3D city that citizens change and measure.")
    parser.add_argument("--version", action="version", version=f"citiverse {__version__}")
    parser.set_defaults(debug=False)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    add_command(commands, "scenes", run_scenes, "list the scenes that there are")

    validate = commands.add_parser("validate", help="run a model on a reference case of its own kind")
    cases = validate.add_subparsers(title="models", required=True, metavar="MODEL")
    traffic = add_command(cases, "traffic", run_validate_traffic, "user equilibrium on a network in TNTP format")
    traffic.add_argument("--net", type=Path, required=True, metavar="FILE", help="network, *_net.tntp")
    traffic.add_argument("--trips", type=Path, required=True, metavar="FILE", help="trip table, *_trips.tntp")
    traffic.add_argument("--gap", type=share, default=1e-6, help="relative gap to reach (%(default)s)")
    traffic.add_argument("--toll-weight", type=number, default=0.0, metavar="T", help="cost of a unit of toll")
    traffic.add_argument("--length-weight", type=number, default=0.0, metavar="L", help="cost of a unit of length")
    traffic.add_argument("--flows", type=Path, metavar="OUT.csv", help="write from,to,flow,cost of every link")
    traffic.add_argument("--json", action="store_true", help="print the result as JSON")
    noise = add_command(cases, "noise", run_validate_noise, "CNOSSOS-EU propagation along vertical cut profiles")
    noise.add_argument("--profile", type=Path, required=True, action="append", metavar="FILE", help="a path, as JSON")
    noise.add_argument("--json", action="store_true", help="print the result as JSON")
    emission = add_command(cases, "emission", run_validate_emission, "CNOSSOS-EU emission of road traffic")
    emission.add_argument("--case", type=Path, required=True, metavar="FILE", help="one or more cases, as JSON")
    emission.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Run, purpose: str
) -> argparse.ArgumentParser:
    """A subcommand that calls `run`."""
    parser = commands.add_parser(name, help=purpose, description=purpose[:1].upper() + purpose[1:] + ".")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser.set_defaults(run=run)
    return parser


def number(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def share(text: str) -> float:
    """A number above 0 and below 1."""
    value = number(text)
    if not 0.0 < value < 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


# ------------------------------------------------------------------------------------------------ what is done


def run_scenes(options: argparse.Namespace) -> int:
    """Print the name and title of every scene."""
    import tomllib

    from citiverse import resources

    for path in sorted(resources.scenes().glob("*.toml")):
        print(f"{path.stem:16} {tomllib.loads(path.read_text())['scene']['title']}")
    return 0


def run_validate_traffic(options: argparse.Namespace) -> int:
    """Assign a trip table to a network."""
    from citiverse.impact.traffic.equilibrium import equilibrium, warm
    from citiverse.impact.traffic.tntp import read_network, read_trips

    network = read_network(options.net)
    trips = read_trips(options.trips, network.zones)
    links = network.links(toll_weight=options.toll_weight, length_weight=options.length_weight)
    warm()
    begin = perf_counter()
    found = equilibrium(links, trips, gap=options.gap)
    seconds = perf_counter() - begin
    if found.gap > options.gap:
        warn(f"rounding stopped the solver at a gap of {found.gap:.1e}")
    if found.unserved_trips:
        warn(f"{found.unserved_trips:g} trips between {int(found.unserved.sum())} pairs have no way and were left out")
    if options.flows:
        rows = zip(network.tail, network.head, found.flow.tolist(), found.cost.tolist(), strict=True)
        options.flows.write_text("from,to,flow,cost\n" + "".join(f"{a},{b},{f!r},{c!r}\n" for a, b, f, c in rows))
    if options.json:
        print_json(
            {
                "objective": found.objective,
                "gap": found.gap,
                "seconds": seconds,
                "iterations": found.iterations,
                "vehicle_time": found.vehicle_time,
            }
        )
    else:
        print(f"objective     {found.objective:.6f}")
        print(f"gap           {found.gap:.2e}")
        print(f"vehicle time  {found.vehicle_time:.3f}")
        print(f"{found.iterations} iterations in {seconds:.2f} s")
    return 0


def run_validate_noise(options: argparse.Namespace) -> int:
    """Levels behind vertical cut profiles."""
    from citiverse.impact.noise.validate import validate_noise

    report = validate_noise(options.profile)
    if options.json:
        print_json(report)
        return 0
    for path in report.paths:
        print(f"{path.file:40} {in_bands(path.level)}")
    print(f"{'all paths':40} {in_bands(report.level)}")
    return 0


def run_validate_emission(options: argparse.Namespace) -> int:
    """Sound power of roads."""
    from citiverse.impact.noise.validate import validate_emission

    report = validate_emission(options.case)
    if options.json:
        print_json(report)
        return 0
    for case in report.cases:
        expected = "" if case.expected is None else f", expected {case.expected:.3f}"
        print(f"{case.case:30} {case.frequency_hz:>5} Hz {case.level:8.3f} dB{expected}")
    return 0


def in_bands(levels: Sequence[float]) -> str:
    """Levels of the octave bands, side by side."""
    return " ".join(f"{level:7.2f}" for level in levels)


def print_json(result: object) -> None:
    """Print one JSON object; dataclasses are objects and what is not finite is null."""
    import orjson

    print(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode())


def warn(sentence: str) -> None:
    """Tell something on standard error and go on."""
    print("citiverse:", sentence, file=sys.stderr)


class Progress:
    """Tells what is going on, from the second second of a command: on a terminal in one line that moves."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self.stream = stream
        self.begin = perf_counter()
        self.last = ""
        self.said = ""

    def __call__(self, words: str, share: float) -> None:
        """What is being done, and how much of it is done, 0 to 1."""
        if perf_counter() - self.begin < 1.0:
            return
        line = f"{words} {share:4.0%}"
        if self.stream.isatty():
            self.stream.write(f"\r{line:<{len(self.last)}}")
        elif words != self.said:
            self.stream.write(f"{words}\n")
        self.last, self.said = line, words
        self.stream.flush()

    def done(self) -> None:
        """Leave the line."""
        if self.last and self.stream.isatty():
            self.stream.write("\n")
