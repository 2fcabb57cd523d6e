"""How long a city takes to import, beside a plain reader of the same file, and how much memory it needs.

    python benchmarks/import.py [FILE ...] [--runs N] [--json]

The plain reader of OpenStreetMap is one pass of pyosmium's FileProcessor that makes areas and their WKB; of layers
GDAL's with all geometries and columns; of JSON a parser of JSON; of XML one that builds every element once. Each
file has a process of its own, and the least CPU time of several runs counts, so that what else the machine does falls
out of the ratio. Without files: the city that ships, and 100,000 features made of it for memory.
"""

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from time import process_time
from xml.etree import ElementTree

import numpy as np
import orjson
import osmium
import pyogrio
import shapely

from citiverse import resources
from citiverse.city.city import city_of
from citiverse.gis.formats import format_of
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import Recipe, SourceFile, find_scene

MOST = {"osm": 3.0}  # times the plain reader
MOST_PEAK_MB = 600.0
MOST_BYTES_A_FEATURE = 1500.0
MANY = 100_000


def plain_osm(path: Path) -> None:
    """Areas that pyosmium makes of a file."""
    factory = osmium.geom.WKBFactory()
    for each in osmium.FileProcessor(str(path)).with_areas():
        if isinstance(each, osmium.osm.Area):
            try:
                factory.create_multipolygon(each)
            except RuntimeError:
                continue


def plain_layers(path: Path) -> None:
    """Geometries and columns of all layers."""
    for layer, kind in pyogrio.list_layers(path).tolist():
        if kind:
            shapely.from_wkb(pyogrio.raw.read(path, layer=layer)[2])


def plain_json(path: Path) -> None:
    """All values of a JSON document, or of one on every line."""
    content = path.read_bytes()
    for line in content.splitlines() if path.suffix == ".jsonl" else [content]:
        orjson.loads(line)


def plain_xml(path: Path) -> None:
    """All elements of an XML document."""
    for _, element in ElementTree.iterparse(path):
        element.clear()


def plain_bytes(path: Path) -> None:
    """All bytes."""
    path.read_bytes()


PLAIN: dict[str, Callable[[Path], None]] = {
    "osm": plain_osm, "vector": plain_layers, "geojson": plain_json, "cityjson": plain_json, "citygml": plain_xml,
}  # fmt: skip


def cpu_seconds(work: Callable[[], object]) -> tuple[float, object]:
    """CPU time of a run, and what it made."""
    gc.collect()
    begin = process_time()
    made = work()
    return process_time() - begin, made


def one(path: Path, runs: int) -> dict[str, object]:
    """Figures of one file."""
    form = format_of(path)
    source = SourceFile(path=path.name)
    recipe = Recipe(name="city", title="City", sources=(source,), folder=path.resolve().parent)
    read_scene(recipe)  # imports and caches
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    plain = ours = float("inf")
    for _ in range(runs):  # by turns, so that what else the machine does slows both
        plain = min(plain, cpu_seconds(lambda: PLAIN.get(form.name, plain_bytes)(path))[0])
        took, made = cpu_seconds(lambda: read_scene(recipe))
        ours = min(ours, took)
    return {
        "file": path.name,
        "format": form.name,
        "features": len(made.city),  # type: ignore[attr-defined]
        "plain_seconds": round(plain, 3),
        "import_seconds": round(ours, 3),
        "ratio": round(ours / max(plain, 1e-3), 2),
        "peak_mb": round(peak_mb),
    }


def many() -> dict[str, object]:
    """Memory of a feature in a city of 100,000, copies of the city that ships side by side."""
    small = read_scene(find_scene("helsinki")).city
    features = list(small.features())
    side = small.bounds[2] - small.bounds[0]

    def copies() -> object:
        for copy in count():
            for each in features:
                moved = shapely.transform(each.geometry, lambda xy, east=copy * side: xy + np.array([east, 0.0]))
                yield replace(each, id=f"{each.id}.{copy}", geometry=moved)

    taken, cities = [], []
    for _ in range(2):  # the first one fills what had been freed before; the second one shows what a city takes
        before = resident_bytes()
        city = city_of(islice(copies(), MANY), name="many", frame=small.frame)  # type: ignore[arg-type]
        cities.append((city, city.base.tree, city.base.by_kind))
        gc.collect()
        taken.append((resident_bytes() - before) / len(city))
    return {"features": len(city), "bytes_a_feature": round(taken[-1])}


def resident_bytes() -> int:
    """Memory of this process that is in use."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def apart(*arguments: str) -> dict[str, object]:
    """The figures that this script finds in a process of its own."""
    done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def exported(folder: Path) -> list[Path]:
    """The city that ships as CityJSON, GeoJSON and GeoPackage."""
    from citiverse.gis.export import EXPORTS

    city = read_scene(find_scene("helsinki")).city
    made = []
    for form, ending in (("cityjson", ".city.json"), ("gpkg", ".gpkg"), ("geojson", ".geojson")):
        path = folder / f"helsinki{ending}"
        path.write_bytes(EXPORTS[form].write(city))
        made.append(path)
    return made


def main() -> int:
    """Measure and print; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--many", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one or options.many:
        print(json.dumps(one(options.one, options.runs) if options.one else many()))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        files = options.files or [resources.assets() / "helsinki" / "helsinki.osm.pbf", *exported(Path(folder))]
        results = [apart("--one", str(path), "--runs", str(options.runs)) for path in files]
    if not options.files:
        results.append(apart("--many"))
    for result in results:
        print(json.dumps(result) if options.json else "  ".join(f"{name} {value}" for name, value in result.items()))
    return int(any(missed(result) for result in results))


def missed(result: dict[str, object]) -> bool:
    """Whether a figure is beyond its limit."""
    ratio, peak, each = (float(str(result.get(name, 0))) for name in ("ratio", "peak_mb", "bytes_a_feature"))
    most = MOST.get(str(result.get("format")), float("inf"))
    return ratio > most or peak > MOST_PEAK_MB or each > MOST_BYTES_A_FEATURE


if __name__ == "__main__":
    sys.exit(main())
