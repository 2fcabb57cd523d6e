"""`citiverse build`: a scene as 3D Tiles."""

import argparse
import os
from pathlib import Path
from time import perf_counter

from citiverse.cli.arguments import Commands, add_command, add_data, add_json, positive
from citiverse.cli.city import data_folder
from citiverse.cli.telling import Progress, print_json


def add(commands: Commands) -> None:
    """Add the command to write tiles."""
    build = add_command(commands, "build", run, "write a scene as 3D Tiles")
    build.add_argument("scene", metavar="SCENE", help="name of the scene")
    build.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write tileset.json into")
    build.add_argument("--workers", type=positive, metavar="N", help="processes to build with (one for each core)")
    add_data(build)
    add_json(build)


def run(options: argparse.Namespace) -> int:
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
    flattened = sorted({id for tile in tiles.by_key.values() for id in tile.flattened})
    report = {
        "scene": options.scene,
        "revision": found.city.fingerprint(),
        "features": len(found.city),
        "tiles": len(tiles),
        "bytes": tiles.size,
        "seconds": round(perf_counter() - begin, 3),
        "skipped": skipped,
        "flat_for_want_of_a_roof": {"count": len(flattened), "ids": flattened[:20]},
    }
    (options.out / "report.json").write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    if options.json:
        print_json(report)
    else:
        print(f"{report['features']} features in {report['tiles']} tiles, {report['bytes'] / 1e6:.1f} MB")
        print(options.out / "tileset.json")
    return 0
