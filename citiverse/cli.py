"""The command line: what one person at a terminal does with a city.

Rooms are imported where a command needs them, so that `citiverse --help` answers at once.
"""

import argparse
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from citiverse import __version__

if TYPE_CHECKING:
    from citiverse.city.city import City
    from citiverse.proposal.scenario import Scenario

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


def tell_in_one_line(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
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

    serve = add_command(commands, "serve", run_serve, "show a scene in browsers and headsets")
    serve.add_argument("scene", nargs="?", metavar="SCENE", help="name of the scene (helsinki)")
    serve.add_argument("--host", metavar="H", help="address to listen on (127.0.0.1: this machine alone)")
    serve.add_argument("--port", type=int, metavar="P", help="port to listen on (8000)")
    serve.add_argument(
        "--lan", action="store_true", help="serve everyone in the local network, headsets by https at the next port"
    )
    serve.add_argument("--cert", type=Path, metavar="FILE", help="certificate for https, which headsets ask for")
    serve.add_argument("--key", type=Path, metavar="FILE", help="key of the certificate")
    add_data(serve)

    add_data(add_command(commands, "scenes", run_scenes, "list the scenes that there are"))

    importing = add_command(commands, "import", run_import, "make a scene of open data")
    importing.add_argument("name", metavar="NAME", help="what to call it: small letters, digits, - and _")
    importing.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="a file; *.osm.pbf, *.osm ...")
    importing.add_argument("--crs", default="", metavar="EPSG", help="coordinate system of files that do not say")
    importing.add_argument("--vertical", default="local", metavar="EPSG", help="datum of heights")
    importing.add_argument("--bbox", type=box, metavar="W,S,E,N", help="take only what lies in this box, degrees")
    add_data(importing)
    add_json(importing)

    build = add_command(commands, "build", run_build, "write a scene as 3D Tiles")
    build.add_argument("scene", metavar="SCENE", help="name of the scene")
    build.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write tileset.json into")
    build.add_argument("--workers", type=positive, metavar="N", help="processes to build with (one for each core)")
    add_data(build)
    add_json(build)

    assess = add_command(commands, "assess", run_assess, "measure what edits do to a scene")
    assess.add_argument("scene", metavar="SCENE", help="name of the scene")
    assess.add_argument("--edits", type=Path, metavar="FILE", help="edits as JSON; without, the scene as it is")
    assess.add_argument("--models", type=names, metavar="A,B", help="models to run, and those they need (all)")
    add_data(assess)
    add_json(assess)

    models = add_command(commands, "models", run_models, "tell how the models work, what they lack and how they do")
    models.add_argument("scene", nargs="?", default="helsinki", metavar="SCENE", help="for this scene (helsinki)")
    add_data(models)
    add_json(models)

    add_outputs(commands)
    add_validate(commands)
    return parser


def add_outputs(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands that write a scene for eyes and other programs."""
    render = add_command(commands, "render", run_render, "draw a picture of a scene")
    render.add_argument("scene", metavar="SCENE", help="name of the scene")
    render.add_argument("--edits", type=Path, metavar="FILE", help="edits as JSON to apply first")
    view = render.add_mutually_exclusive_group()
    view.add_argument(
        "--eye", type=eye, metavar="LON,LAT,HEADING[,HEIGHT[,PITCH]]",
        help="where from: degrees, clockwise from north; metres over the ground (1.6); degrees upwards (0)",
    )  # fmt: skip
    view.add_argument("--bird", action="store_true", help="the whole scene from above (the default)")
    render.add_argument("--out", type=Path, required=True, metavar="PNG", help="file to write, 1280 x 720")
    add_data(render)

    export = add_command(commands, "export", run_export, "write a scene for other programs")
    export.add_argument("scene", metavar="SCENE", help="name of the scene")
    export.add_argument("--edits", type=Path, metavar="FILE", help="edits as JSON to apply first")
    export.add_argument("--format", choices=("cityjson", "geojson"), required=True, help="what to write")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write")
    add_data(export)


def add_validate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Run, purpose: str
) -> argparse.ArgumentParser:
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


# ------------------------------------------------------------------------------------------------ what is done


def run_serve(options: argparse.Namespace) -> int:
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


def run_scenes(options: argparse.Namespace) -> int:
    """Print the name and title of every scene."""
    from citiverse.gis.recipe import list_scenes

    for recipe in list_scenes(data_folder(options)):
        print(f"{recipe.name:20} {recipe.title}")
    return 0


def run_import(options: argparse.Namespace) -> int:
    """Read files, keep them as a scene, and report what became of them."""
    from citiverse.gis.read import import_city
    from citiverse.gis.report import readable
    from citiverse.impact.models import MODELS

    with Progress() as progress:
        made = import_city(
            options.name, options.sources, data_dir=data_folder(options),
            crs=options.crs, vertical=options.vertical, bbox=options.bbox, progress=progress,
        )  # fmt: skip
    missing = {model.name: model.missing(made.city) for model in MODELS}
    if options.json:
        print_json(made.report.to_json(missing))
    else:
        print(readable(made.report, missing), end="")
        print(f"\nSee it with: citiverse serve {options.name}")
    return 0


def run_build(options: argparse.Namespace) -> int:
    """Read a scene, build its tiles, and write them with a report."""
    import orjson

    from citiverse.gis.read import read_scene
    from citiverse.gis.recipe import find_scene
    from citiverse.scene.build import build
    from citiverse.scene.executor import Processes, Serial
    from citiverse.scene.tileset import tileset

    begin = perf_counter()
    options.out.mkdir(parents=True, exist_ok=True)
    workers = options.workers or os.cpu_count() or 1
    with Progress() as progress:
        found = read_scene(find_scene(options.scene, data_folder(options)), progress)
        tiles = build(
            found.city,
            executor=Processes(workers) if workers > 1 else Serial(),
            progress=lambda done, squares: progress("Building tiles", done / squares),
        )
    for tile in tiles.by_key.values():
        path = options.out / "tiles" / f"{tile.key}.{tile.hash}.glb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tile.content)
    document = tileset(found.city, tiles, lambda tile: f"tiles/{tile.key}.{tile.hash}.glb")
    (options.out / "tileset.json").write_bytes(orjson.dumps(document))
    skipped = [
        {"kind": kind, "reason": reason, "count": len(ids), "ids": ids[:20]}
        for (kind, outcome, reason), ids in found.report.tally.reasons.items()
        if outcome == "skipped"
    ]
    report = {
        "scene": options.scene,
        "revision": found.city.fingerprint(),
        "features": len(found.city),
        "tiles": len(tiles),
        "bytes": tiles.size,
        "seconds": round(perf_counter() - begin, 3),
        "skipped": skipped,
    }
    (options.out / "report.json").write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    if options.json:
        print_json(report)
    else:
        print(f"{report['features']} features in {report['tiles']} tiles, {report['bytes'] / 1e6:.1f} MB")
        print(options.out / "tileset.json")
    return 0


def run_assess(options: argparse.Namespace) -> int:
    """Compare the scene with edits to the scene without."""
    from citiverse.impact.compare import compare
    from citiverse.impact.model import Impact
    from citiverse.impact.models import MODELS, REFUSED
    from citiverse.impact.schedule import assess, in_order

    for reason in REFUSED.values():
        warn(reason)
    models = in_order(MODELS, options.models)
    begin = perf_counter()
    seconds: dict[str, float] = {}

    def found(impact: Impact) -> None:
        seconds[impact.model] = perf_counter() - begin - sum(seconds.values())

    with Progress() as progress:
        city, proposal, scenario = edited_city(options, progress)
        progress("Measuring the city as it is", 0.4)
        before = assess(city, models)
        progress("Measuring the proposal", 0.8)
        begin = perf_counter()
        after = assess(proposal, models, previous=before, found=found)
    for name, reason in after.refused.items():
        warn(f"{name}: {reason}")
    if not after.impacts:
        raise ValueError(f"No model can run on {options.scene}.")
    indicators = compare(before.impacts, after.impacts)
    if options.json:
        models_run = [
            {"name": each.model, "version": each.version, "seconds": seconds[each.model], "quality": each.quality}
            for each in after.impacts.values()
        ]
        refused = [{"model": name, "detail": reason} for name, reason in after.refused.items()]
        print_json(
            {
                "scene": options.scene,
                "edits": len(scenario.edits),
                "indicators": indicators,
                "models": models_run,
                "refused": refused,
            }
        )
        return 0
    for each in indicators:
        print(f"{each.label}: {each.baseline:.5g} {each.unit} now, {each.proposal:.5g} with the edits")
        print(f"    {each.difference:+.3g} ({each.low:+.3g} to {each.high:+.3g}): {each.verdict}")
    return 0


def run_models(options: argparse.Namespace) -> int:
    """Print the card of every model for a scene."""
    from citiverse.gis.read import read_scene
    from citiverse.gis.recipe import find_scene
    from citiverse.impact.card import card, page
    from citiverse.impact.models import MODELS, REFUSED

    with Progress() as progress:
        city = read_scene(find_scene(options.scene, data_folder(options)), progress).city
    cards = tuple(card(model, city) for model in MODELS)
    for reason in REFUSED.values():
        warn(reason)
    if options.json:
        print_json({"scene": options.scene, "models": cards, "refused": REFUSED})
    else:
        print(page(cards))
    return 0


def run_export(options: argparse.Namespace) -> int:
    """Write the scene, with edits where given, in a format that other programs read."""
    from citiverse.gis.export import EXPORTS

    with Progress() as progress:
        _, city, _ = edited_city(options, progress)
    content = EXPORTS[options.format].write(city)
    options.out.write_bytes(content)
    print(f"{len(city)} features as {EXPORTS[options.format].title}, {len(content) / 1e6:.1f} MB: {options.out}")
    return 0


def run_render(options: argparse.Namespace) -> int:
    """Draw the scene, with edits where given, as a PNG."""
    import numpy as np

    from citiverse.preview.camera import Camera, bird
    from citiverse.preview.offscreen import Studio, Triangles
    from citiverse.scene.build import build
    from citiverse.scene.reading import read_glb

    with Progress() as progress:
        _, city, _ = edited_city(options, progress)
        if options.eye is None:
            camera = bird(
                city.bounds, float(city.terrain.heights(np.array(city.bounds).reshape(2, 2).mean(axis=0)[None])[0])
            )
        else:
            lon, lat, heading, height, pitch = options.eye
            ((x, y),) = city.frame.to_local(np.array([[lon, lat]]))
            ground = float(city.terrain.heights(np.array([[x, y]]))[0])
            camera = Camera((float(x), float(y), ground + height), heading, pitch)
        tiles = build(city, progress=lambda done, all_of_them: progress("Building tiles", done / all_of_them))
        near = [tile for key, tile in tiles.by_key.items() if not key.startswith("far/")]
        parts = [part for tile in near for part in read_glb(tile.content).coloured()]
        starts = np.cumsum([0, *(len(points) for points, _, _ in parts)])
        east_up_south = np.concatenate([points for points, _, _ in parts])
        shown = Triangles(
            positions=np.column_stack([east_up_south[:, 0], -east_up_south[:, 2], east_up_south[:, 1]]),
            colours=np.concatenate([colours for _, colours, _ in parts]),
            indices=np.concatenate([part[2] + start for part, start in zip(parts, starts, strict=False)]),
        )
        progress("Drawing", 1.0)
        studio = Studio()
        try:
            options.out.write_bytes(studio.draw(shown, camera))
        finally:
            studio.close()
    print(f"{len(shown.indices)} triangles drawn: {options.out}")
    return 0


def edited_city(options: argparse.Namespace, progress: "Progress") -> "tuple[City, City, Scenario]":
    """The scene that the options name as it is, with the edits that they name applied, and those edits."""
    from citiverse.gis.read import read_scene
    from citiverse.gis.recipe import find_scene
    from citiverse.proposal.scenario import Scenario, apply_all, read_scenario

    scenario = read_scenario(options.edits.read_bytes()) if options.edits else Scenario(())
    city = read_scene(find_scene(options.scene, data_folder(options)), progress).city
    if scenario.base not in ("", city.fingerprint()):
        warn(f"{options.edits} was made for another state of {options.scene}")
    return city, apply_all(city, scenario.edits)[0], scenario


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


def data_folder(options: argparse.Namespace) -> Path:
    """Where imported scenes lie."""
    from citiverse.server.settings import default_data

    folder: Path = options.data or default_data(os.environ)
    return folder


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
    """Tells on standard error what is going on once that takes a second: on a terminal in one line that moves."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self.stream = stream
        self.begin = perf_counter()
        self.line = ""
        self.words = ""

    def __enter__(self) -> "Progress":
        """Begin to count."""
        return self

    def __call__(self, words: str, share: float) -> None:
        """What is being done, and how much of the whole is done, 0 to 1."""
        if perf_counter() - self.begin < 1.0:
            return
        line = f"{words} ({share:.0%})"
        if self.stream.isatty():
            self.stream.write(f"\r{line:<{len(self.line)}}")
        elif words != self.words:
            self.stream.write(f"{words}\n")
        self.line, self.words = line, words
        self.stream.flush()

    def __exit__(self, *error: object) -> None:
        """Leave the line."""
        if self.line and self.stream.isatty():
            self.stream.write("\n")
