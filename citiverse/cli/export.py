"""`citiverse export`: a scene for other programs."""

import argparse
from pathlib import Path

from citiverse.cli.arguments import Commands, add_command, add_data
from citiverse.cli.city import edited_city
from citiverse.cli.telling import Progress


def add(commands: Commands) -> None:
    """Add the command to write a scene for other programs."""
    export = add_command(commands, "export", run, "write a scene for other programs")
    export.add_argument("scene", metavar="SCENE", help="name of the scene")
    export.add_argument("--edits", type=Path, metavar="FILE", help="edits as JSON to apply first")
    export.add_argument(
        "--format", choices=("cityjson", "geojson", "gpkg", "glb", "dxf"), required=True, help="what to write"
    )
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write")
    add_data(export)


def run(options: argparse.Namespace) -> int:
    """Write the scene, with edits where given, in a format that other programs read."""
    from citiverse.gis.export import EXPORTS, Export
    from citiverse.scene.whole import city_glb

    formats = {**EXPORTS, "glb": Export("binary glTF 2.0, all that is seen from near", city_glb)}
    with Progress() as progress:
        _, city, _ = edited_city(options, progress)
    content = formats[options.format].write(city)
    options.out.write_bytes(content)
    print(f"{len(city)} features as {formats[options.format].title}, {len(content) / 1e6:.1f} MB: {options.out}")
    return 0
