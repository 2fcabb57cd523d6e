"""`citiverse validate`: a model on a reference case of its own kind."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from citiverse.cli.arguments import Commands, add_command, add_json, number, share
from citiverse.cli.telling import print_json, warn


def add(commands: Commands) -> None:
    """Add the command that runs models on reference cases."""
    validate = commands.add_parser("validate", help="run a model on a reference case of its own kind")
    cases = validate.add_subparsers(title="models", required=True, metavar="MODEL")
    traffic = add_command(cases, "traffic", run_validate_traffic, "user equilibrium on a network in TNTP format")
    traffic.add_argument("--net", type=Path, required=True, metavar="FILE", help="network, *_net.tntp")
    traffic.add_argument("--trips", type=Path, required=True, metavar="FILE", help="trip table, *_trips.tntp")
    traffic.add_argument("--gap", type=share, default=1e-6, help="relative gap to reach (%(default)s)")
    traffic.add_argument("--toll-weight", type=number, default=0.0, metavar="T", help="cost of a unit of toll")
    traffic.add_argument("--length-weight", type=number, default=0.0, metavar="L", help="cost of a unit of length")
    traffic.add_argument("--flows", type=Path, metavar="OUT.csv", help="write from,to,flow,cost of every link")
    add_json(traffic)
    noise = add_command(cases, "noise", run_validate_noise, "CNOSSOS-EU propagation along vertical cut profiles")
    noise.add_argument("--profile", type=Path, required=True, action="append", metavar="FILE", help="a path, as JSON")
    add_json(noise)
    emission = add_command(cases, "emission", run_validate_emission, "CNOSSOS-EU emission of road traffic")
    emission.add_argument("--case", type=Path, required=True, metavar="FILE", help="one or more cases, as JSON")
    add_json(emission)


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
    if links.closed.any():
        warn(f"{int(links.closed.sum())} links have no capacity and were taken as closed")
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
