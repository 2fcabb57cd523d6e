"""How long a city takes to import, beside a plain reader of the same file.

    python benchmarks/import.py [FILE.osm.pbf] [--runs N] [--json]

The plain reader is one pass of pyosmium's FileProcessor that makes areas and their WKB. Both are run in turns and the
fastest run of each counts, so that what else the machine does falls out of the ratio.
"""

import argparse
import json
import resource
import sys
from pathlib import Path
from time import perf_counter

import osmium

from citiverse import resources
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import Recipe, SourceFile

MOST = 3.0  # times the plain reader


def plain_pass(path: Path) -> int:
    """Areas that pyosmium makes of a file."""
    factory = osmium.geom.WKBFactory()
    areas = 0
    for each in osmium.FileProcessor(str(path)).with_areas():
        if isinstance(each, osmium.osm.Area):
            try:
                factory.create_multipolygon(each)
                areas += 1
            except RuntimeError:
                continue
    return areas


def main() -> int:
    """Measure and print; 1 when the import takes too long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    usual = resources.assets() / "helsinki" / "helsinki.osm.pbf"
    parser.add_argument("file", type=Path, nargs="?", default=usual)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    recipe = Recipe(
        name="city", title="City", sources=(SourceFile(path=options.file.name),), folder=options.file.resolve().parent
    )
    plain, ours, features = [], [], 0
    for _ in range(options.runs):
        begin = perf_counter()
        plain_pass(options.file)
        plain.append(perf_counter() - begin)
        begin = perf_counter()
        features = len(read_scene(recipe).city)
        ours.append(perf_counter() - begin)
    result = {
        "file": options.file.name,
        "features": features,
        "plain_seconds": round(min(plain), 3),
        "import_seconds": round(min(ours), 3),
        "ratio": round(min(ours) / min(plain), 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    if options.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name:15} {value}" for name, value in result.items()))
    return 0 if result["ratio"] <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
