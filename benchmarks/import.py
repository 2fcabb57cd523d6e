"""How long a city takes to import, beside a plain reader of the same file, and how much memory it needs.

    python benchmarks/import.py [FILE ...] [--runs N] [--json]

The plain reader of OpenStreetMap is one pass of pyosmium's FileProcessor that makes areas and their WKB; of layers
GDAL's with all geometries and columns; of JSON a parser of JSON; of XML one that builds every element once. Each
file has a process of its own, and the least CPU time of several runs counts, so that what else the machine does falls
out of the ratio. Without files: the city that ships, 24 MB of CityGML and 850,000 points on 160 houses as they are made
here, and 100,000 features for memory. Each figure has its limit beside it.
"""

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
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
from citiverse.city.feature import Feature
from citiverse.gis.formats import format_of
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import Recipe, SourceFile, find_scene

MOST = {"osm": 3.0}  # times the plain reader
MOST_FROM = 20_000  # features from which that counts: of a small city, starting takes as long as reading
MOST_SECONDS = {"citygml": 5.0, "lidar": 10.0}  # of 24 MB, and of 850,000 points on 160 footprints
GML_BYTES, POINTS, FOOTPRINTS = 24_000_000, 850_000, 160
X, Y, UTM = 690_000.0, 5_330_000.0, "EPSG:25832"
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
    beside = path.with_name(f"{path.stem}.footprints.geojson")  # a cloud alone is no city
    sources = [SourceFile(path=each.name) for each in (beside, path) if each.exists()]
    recipe = Recipe(name="city", title="City", sources=tuple(sources), folder=path.resolve().parent)
    read_scene(recipe)  # imports and caches
    peak_mb = peak_bytes() / 2**20
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
        "most": MOST.get(form.name, "") if len(made.city) >= MOST_FROM else "",  # type: ignore[attr-defined]
        "most_seconds": MOST_SECONDS.get(form.name, ""),
        "peak_mb": round(peak_mb),
        "most_peak_mb": MOST_PEAK_MB,
    }


def made_citygml(folder: Path) -> Path:
    """Houses with gabled roofs, level 2, as 24 MB of CityGML 2.0."""
    head = (
        '<CityModel xmlns="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml" '
        'xmlns:b="http://www.opengis.net/citygml/building/2.0"><gml:boundedBy><gml:Envelope srsName="'
        'urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837" srsDimension="3"/></gml:boundedBy>'
    )
    path = folder / "houses.gml"
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        for number in count():
            file.write(_house(number))
            if file.tell() >= GML_BYTES:
                break
        file.write("</CityModel>")
    return path


def _house(number: int) -> str:
    w, s = X + 20.0 * (number % 100), Y + 20.0 * (number // 100)
    e, n, middle, low, eaves, top = w + 12.0, s + 10.0, s + 5.0, 500.0, 506.0, 509.5
    faces = (
        ("GroundSurface", ((w, s, low), (w, n, low), (e, n, low), (e, s, low))),
        ("WallSurface", ((w, s, low), (e, s, low), (e, s, eaves), (w, s, eaves))),
        ("WallSurface", ((e, n, low), (w, n, low), (w, n, eaves), (e, n, eaves))),
        ("WallSurface", ((e, s, low), (e, n, low), (e, n, eaves), (e, middle, top), (e, s, eaves))),
        ("WallSurface", ((w, n, low), (w, s, low), (w, s, eaves), (w, middle, top), (w, n, eaves))),
        ("RoofSurface", ((w, s, eaves), (e, s, eaves), (e, middle, top), (w, middle, top))),
        ("RoofSurface", ((e, n, eaves), (w, n, eaves), (w, middle, top), (e, middle, top))),
    )
    parts = []
    for at, (kind, corners) in enumerate(faces):
        numbers = " ".join(f"{value:.3f}" for corner in (*corners, corners[0]) for value in corner)
        parts.append(
            f'<b:boundedBy><b:{kind} gml:id="s{number}.{at}"><b:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>'
            f'<gml:Polygon gml:id="p{number}.{at}"><gml:exterior><gml:LinearRing><gml:posList>{numbers}</gml:posList>'
            f"</gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface>"
            f"</b:lod2MultiSurface></b:{kind}></b:boundedBy>"
        )
    said = "<b:function>1000</b:function><b:measuredHeight uom='m'>9.5</b:measuredHeight>"
    return f'<cityObjectMember><b:Building gml:id="h{number}">{said}{"".join(parts)}</b:Building></cityObjectMember>'


def made_cloud(folder: Path) -> Path:
    """Points of the ground and of gabled roofs in equal density, and the footprints of the houses beside them."""
    import laspy
    from pyproj import CRS

    each = 24.0  # metres from house to house, each 16 m wide
    side = int(np.ceil(np.sqrt(FOOTPRINTS)))
    rng = np.random.default_rng(1)
    xy = rng.uniform(0.0, side * each, (POINTS, 2))
    inside = ((xy % each) < 16.0).all(axis=1) & ((xy // each) @ (1, side) < FOOTPRINTS)
    head = laspy.LasHeader(point_format=6, version="1.4")
    head.scales, head.offsets = np.full(3, 0.001), np.array([X, Y, 500.0])
    head.add_crs(CRS(UTM))
    las = laspy.LasData(head)
    las.x, las.y = xy[:, 0] + X, xy[:, 1] + Y
    las.z = 500.0 + 0.01 * xy[:, 0] + np.where(inside, 6.0 + 0.5 * (8.0 - np.abs(xy[:, 1] % each - 8.0)), 0.0)
    las.classification = np.where(inside, 6, 2)
    path = folder / "cloud.las"
    las.write(str(path))
    features = []
    for number in range(FOOTPRINTS):
        west, south = X + each * (number % side), Y + each * (number // side)
        shape = json.loads(shapely.to_geojson(shapely.box(west, south, west + 16.0, south + 16.0)))
        features.append({"type": "Feature", "properties": {"building": "yes"}, "geometry": shape})
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{UTM.replace(':', '::')}"}}
    beside = path.with_name(f"{path.stem}.footprints.geojson")
    beside.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return path


def many() -> dict[str, object]:
    """Memory of a feature in a city of 100,000, copies of the city that ships side by side."""
    small = read_scene(find_scene("helsinki")).city
    features = list(small.features())
    side = small.bounds[2] - small.bounds[0]

    def copies() -> Iterator[Feature]:
        for copy in count():
            for each in features:
                moved = shapely.transform(each.geometry, lambda xy, east=copy * side: xy + np.array([east, 0.0]))
                yield replace(each, id=f"{each.id}.{copy}", geometry=moved)  # type: ignore[arg-type]

    taken, cities = [], []
    for _ in range(2):  # the first one fills what had been freed before; the second one shows what a city takes
        before = resident_bytes()
        city = city_of(islice(copies(), MANY), name="many", frame=small.frame)
        cities.append((city, city.base.tree, city.base.by_kind))
        gc.collect()
        taken.append((resident_bytes() - before) / len(city))
    return {
        "features": len(city), "bytes_a_feature": round(taken[-1]), "most_bytes_a_feature": MOST_BYTES_A_FEATURE,
    }  # fmt: skip


def peak_bytes() -> int:
    """The most memory that this process has used; what rusage tells is also that of the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) * 1024


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
        ours = [resources.assets() / "helsinki" / "helsinki.osm.pbf"]
        files = options.files or [
            *ours, *exported(Path(folder)), made_citygml(Path(folder)), made_cloud(Path(folder)),
        ]  # fmt: skip
        results = [apart("--one", str(path), "--runs", str(options.runs)) for path in files]
    if not options.files:
        results.append(apart("--many"))
    for result in results:
        print(json.dumps(result) if options.json else "  ".join(f"{name} {value}" for name, value in result.items()))
    return int(any(missed(result) for result in results))


def missed(result: dict[str, object]) -> bool:
    """Whether a figure is beyond its limit."""
    ratio, seconds, peak, each = (
        float(str(result.get(name, 0))) for name in ("ratio", "import_seconds", "peak_mb", "bytes_a_feature")
    )
    form = str(result.get("format"))
    slow = ratio > float(str(result.get("most") or "inf")) or seconds > MOST_SECONDS.get(form, float("inf"))
    return slow or peak > MOST_PEAK_MB or each > MOST_BYTES_A_FEATURE


if __name__ == "__main__":
    sys.exit(main())
