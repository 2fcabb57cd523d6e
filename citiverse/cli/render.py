"""`citiverse render`: a picture of a scene."""

import argparse
from pathlib import Path

from citiverse.cli.arguments import Commands, add_command, add_data, eye
from citiverse.cli.city import edited_city
from citiverse.cli.telling import Progress


def add(commands: Commands) -> None:
    """Add the command to draw a picture."""
    render = add_command(commands, "render", run, "draw a picture of a scene")
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


def run(options: argparse.Namespace) -> int:
    """Draw the scene, with edits where given, as a PNG."""
    import numpy as np

    from citiverse.preview.camera import Camera, bird
    from citiverse.preview.offscreen import Studio, Triangles
    from citiverse.scene.build import build
    from citiverse.scene.reading import painted

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
            camera = Camera((float(x), float(y), ground + height), heading, pitch, ground_m=ground)
        tiles = build(city, progress=lambda done, all_of_them: progress("Building tiles", done / all_of_them))
        found = painted(tile.content for key, tile in tiles.by_key.items() if not key.startswith("far/"))
        shown = Triangles(found.positions, found.colours, found.indices, found.walls)
        progress("Drawing", 1.0)
        studio = Studio()
        try:
            options.out.write_bytes(studio.draw(shown, camera))
        finally:
            studio.close()
    print(f"{len(shown.indices)} triangles drawn: {options.out}")
    return 0
