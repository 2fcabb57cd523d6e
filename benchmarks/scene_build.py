"""How fast buildings become tiles: real footprints on a grid until there are 100,000, on one core.

    python benchmarks/scene_build.py [--buildings 100000] [--scene NAME [--data DIR]] [--json]

Beside it, in the same run, a plain loop of trimesh's extrude_polygon over the same footprints (one mesh, no ids).
Exit code 1 when a target is missed. Sizes grow with corners: the targets are for footprints of about 7.5 of them.
"""

import argparse
import json
import sys
import time
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import shapely
import trimesh

from citiverse.city.feature import Building, Roof
from citiverse.city.terrain import Terrain
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import Recipe, find_scene
from citiverse.scene.cell import LEAF_M, Cell, Square, owned
from citiverse.scene.layers import buildings
from citiverse.scene.tile import Drawing, Layer, Tile, tile_of

TARGET_PER_S, TARGET_RATIO = 40_000, 25.0
TARGET_BYTES, TARGET_COMPRESSED = 150, 70
HEIGHT_M = 12.0  # usual height drawn around, metres
LEVEL = 1  # squares of 512 m, the first far level
STEP_M = 1 / 16  # lattice of that level
LOOP = 2_000  # footprints that the loop beside it is timed on
TURNS = 8


def blocks_of(cell: Cell) -> Drawing:
    """The cell's buildings without facades, as far tiles have them."""
    blocks = owned(cell, Building)
    return Drawing(blocks, buildings.blocks_of(blocks, blocks, cell.terrain) if blocks else None, finest_m=STEP_M)


LAYER = Layer("buildings", blocks_of, buildings.sees, buildings.KINDS)


def replicated(count: int, recipe: Recipe) -> dict[Square, list[Building]]:
    """The buildings of a scene again and again as LOD1 blocks, by the square each one stands in."""
    city = read_scene(recipe).city
    originals = [building for building in city.all(Building) if building.geometry.geom_type == "Polygon"]
    west, south, east, north = city.bounds
    across = int(np.ceil(np.sqrt(count / len(originals))))
    heights = np.random.default_rng(7).gamma(4.0, HEIGHT_M / 4.0, size=count) + 3.0
    found: dict[Square, list[Building]] = {}
    shapes = np.array([building.geometry for building in originals], dtype=object)
    for copy in range(-(-count // len(originals))):
        step = np.array([(copy % across) * (east - west), (copy // across) * (north - south)])
        for i, shape in enumerate(shapely.transform(shapes, partial(np.add, step))):
            number = copy * len(originals) + i
            if number >= count:
                break
            height = float(heights[number])
            block = replace(
                originals[i], id=f"{originals[i].id}.{copy}", geometry=shape, height_m=height, min_height_m=0.0,
                levels=max(1.0, height // 3), roof=Roof(),
            )  # fmt: skip
            x, y = shapely.get_coordinates(shape.representative_point())[0] // (LEAF_M * 2**LEVEL)
            found.setdefault(Square(LEVEL, int(x), int(y)), []).append(block)
    return found


def measured(squares: dict[Square, list[Building]]) -> dict[str, float]:
    """Builds every tile, bytes and hash, in this process, and runs the loop in turns with it.

    In turns, so that whatever else the machine does slows both alike.
    """
    cells = [
        Cell(square, tuple(sorted(blocks, key=lambda block: block.id)), Terrain(), square.bounds)
        for square, blocks in sorted(squares.items())
    ]
    sample = [block for cell in cells for block in cell.features if isinstance(block, Building)]
    sample = sample[:: max(1, len(sample) // LOOP)][:LOOP]
    corners = int(shapely.get_num_coordinates([block.geometry for cell in cells for block in cell.features]).sum())
    tile_of(LAYER, cells[0])  # kernels are compiled once and kept on disk
    made: list[Tile] = []
    tile_seconds = loop_seconds = 0.0
    for turn in range(TURNS):
        begin = time.process_time()
        made += [tile for cell in cells[turn::TURNS] if (tile := tile_of(LAYER, cell)) is not None]
        tile_seconds += time.process_time() - begin
        begin = time.process_time()
        extrude(sample[turn::TURNS])
        loop_seconds += time.process_time() - begin
    count = sum(len(tile.features) for tile in made)
    per_s, loop_per_s = count / tile_seconds, len(sample) / loop_seconds
    return {
        "buildings": count,
        "tiles": len(made),
        "seconds": tile_seconds,
        "per_s": per_s,
        "bytes_each": sum(len(tile.content) for tile in made) / count,
        "compressed_each": sum(len(zlib.compress(tile.content, 6)) for tile in made) / count,
        "corners_each": corners / count,
        "loop_per_s": loop_per_s,
        "ratio": per_s / loop_per_s,
    }


def extrude(blocks: list[Building]) -> None:
    """The loop that one writes first."""
    meshes = [trimesh.creation.extrude_polygon(block.geometry, block.height_m) for block in blocks]  # type: ignore[arg-type]
    trimesh.util.concatenate(meshes).export(file_type="glb")  # type: ignore[no-untyped-call, call-arg]


def main() -> int:
    """Measure, print, and say whether the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--scene", default="helsinki")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measured(replicated(options.buildings, find_scene(options.scene, options.data)))
    if options.json:
        print(json.dumps(found))
    else:
        print(
            f"{found['buildings']:.0f} buildings of {found['corners_each']:.1f} corners in {found['tiles']:.0f} tiles"
        )
        print(f"{'':<28}{'measured':>10}{'asked':>10}")
        print(f"{'buildings a second':<28}{found['per_s']:>10,.0f}{TARGET_PER_S:>10,}")
        print(
            f"{'times a trimesh loop':<28}{found['ratio']:>10.1f}{TARGET_RATIO:>10.0f}   ({found['loop_per_s']:,.0f}/s)"
        )
        print(f"{'bytes a building':<28}{found['bytes_each']:>10.0f}{TARGET_BYTES:>10}")
        print(f"{'compressed (gzip)':<28}{found['compressed_each']:>10.0f}{TARGET_COMPRESSED:>10}")
    return 0 if found["per_s"] >= TARGET_PER_S and found["ratio"] >= TARGET_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
