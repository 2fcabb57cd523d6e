"""How long a city takes to import, beside a plain reader of the same file.

    python benchmarks/import.py [FILE] [--with FILE --crs EPSG] [--runs N] [--json]

The plain reader of OpenStreetMap is one pass of pyosmium's FileProcessor that makes areas and their WKB, that of
CityGML one pass of ElementTree, that of CityJSON the parser of JSON, that of LiDAR (named by --with, beside a file with
buildings) laspy. Both are run in turns and the fastest run of each counts, in seconds of the processor, so that what
else the machine does falls out of the ratio. Fails when OpenStreetMap takes more than 3 times the plain reader, CityGML
more than 5 s for 24 MB, LiDAR more than 10 s for 850,000 points, or any of them more than 600 MB.
"""

import argparse
import json
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from xml.etree import ElementTree

import osmium

from citiverse import resources
from citiverse.gis.formats import format_of
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import Recipe, SourceFile

MOST = 3.0  # times the plain reader of OpenStreetMap
CITYGML_SECONDS_PER_MB = 5.0 / 24.0
LIDAR_SECONDS_PER_POINT = 10.0 / 850_000
MOST_MB = 600


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


def elements(path: Path) -> int:
    """Elements of an XML file."""
    count = 0
    for _, element in ElementTree.iterparse(path):
        element.clear()
        count += 1
    return count


def points(paths: Sequence[Path]) -> int:
    """Points of clouds."""
    import laspy

    return sum(len(laspy.read(str(path)).points) for path in paths)


def plain_reader(form: str, path: Path, clouds: Sequence[Path]) -> int:
    """Read a file, and clouds beside it, as plainly as can be."""
    if clouds:
        return points(clouds)
    match form:
        case "osm":
            return plain_pass(path)
        case "citygml":
            return elements(path)
        case "cityjson":
            return len(json.loads(path.read_bytes()))
    raise SystemExit(f"There is no plain reader of {form} here.")


def limit_of(form: str, path: Path, things: int, plain: float, *, clouds: bool) -> float:
    """Seconds of the processor that an import may take."""
    if clouds:
        return LIDAR_SECONDS_PER_POINT * things
    if form == "citygml":
        return CITYGML_SECONDS_PER_MB * path.stat().st_size / 1e6
    return MOST * plain if form == "osm" else float("inf")


def main() -> int:
    """Measure and print; 1 when the import takes too long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    usual = resources.assets() / "helsinki" / "helsinki.osm.pbf"
    parser.add_argument("file", type=Path, nargs="?", default=usual)
    parser.add_argument("--with", type=Path, dest="clouds", action="append", default=[], metavar="FILE")
    parser.add_argument("--crs", default="")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    file, clouds = options.file.resolve(), [each.resolve() for each in options.clouds]
    folder = Path(os.path.commonpath([each.parent for each in (file, *clouds)]))
    sources = [SourceFile(path=str(each.relative_to(folder)), crs=options.crs) for each in clouds]
    first = SourceFile(path=str(file.relative_to(folder)))
    recipe = Recipe(name="city", title="City", sources=(first, *sources), folder=folder)
    form = format_of(file).name
    plain, ours, features, things = [], [], 0, 0
    for _ in range(options.runs):
        begin = process_time()
        things = plain_reader(form, file, clouds)
        plain.append(process_time() - begin)
        begin = process_time()
        features = len(read_scene(recipe).city)
        ours.append(process_time() - begin)
    peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    limit = limit_of(form, file, things, min(plain), clouds=bool(clouds))
    result = {
        "file": file.name,
        "features": features,
        "plain_seconds": round(min(plain), 3),
        "import_seconds": round(min(ours), 3),
        "ratio": round(min(ours) / min(plain), 2),
        "peak_mb": peak_mb,
    }
    if options.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name:15} {value}" for name, value in result.items()))
    return 0 if min(ours) <= limit and peak_mb <= MOST_MB else 1


if __name__ == "__main__":
    sys.exit(main())
