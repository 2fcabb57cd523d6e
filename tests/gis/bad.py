"""Files that are no city, each with what is wrong with it; as a program, imports them and tells what was said."""

import bz2
import gzip
import io
import json
import resource
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

from tests.gis.gml import HOUSE, PLAIN, at, bounded, building, faces, model, polygon, solid, surfaces

Content = Callable[[Path], None]
EAST, NORTH = 691_000, 5_334_000


def file(name: str, content: bytes | str) -> Content:
    """Writes one file into a folder."""

    def write(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return write


def folder_of(*files: Content) -> Content:
    """Writes several files."""

    def write(folder: Path) -> None:
        for each in files:
            each(folder)

    return write


def zipped(**members: bytes | str) -> bytes:
    """A ZIP; in names a double underscore is a slash and a single one a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


def with_flag(packed: bytes) -> bytes:
    """The same ZIP, locked."""
    raw = bytearray(packed)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        begin = raw.find(signature) + offset
        raw[begin] |= 1
    return bytes(raw)


def cityjson(**changes: object) -> str:
    """A house in Munich; `objects` and other parts of the document can be changed, None takes them away."""
    low = [(0, 0, 0), (10, 0, 0), (10, 10, 0), (0, 10, 0)]
    vertices = [[x * 1000, y * 1000, z * 1000] for x, y, z in [*low, *((x, y, 9) for x, y, _ in low)]]
    shell = [[[3, 2, 1, 0]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
    house = {"type": "Building", "geometry": [{"type": "Solid", "lod": "1.2", "boundaries": [shell]}]}
    document = {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/25832"},
        "transform": {"scale": [0.001] * 3, "translate": [EAST, NORTH, 500]},
        "CityObjects": {"house": house},
        "vertices": vertices,
    }
    return json.dumps({key: value for key, value in {**document, **changes}.items() if value is not None})


def a_building(**geometry: object) -> dict[str, object]:
    """CityObjects of one building with such a geometry."""
    return {"house": {"type": "Building", "geometry": [{"type": "Solid", "lod": "1.2", **geometry}]}}


def osm(*inside: str) -> bytes:
    return f'<?xml version="1.0"?><osm version="0.6">{"".join(inside)}</osm>'.encode()


def las(count: int = 0, size: int = 227, version: tuple[int, int] = (1, 2), points: int = 0) -> bytes:
    """A head of LAS that says it has `count` points, and that many bytes of points."""
    head = bytearray(227)
    head[:4], head[24], head[25] = b"LASF", *version
    struct.pack_into("<HII", head, 94, 227, size, 0)
    head[104] = 1
    struct.pack_into("<H", head, 105, 28)
    struct.pack_into("<I", head, 107, count)
    struct.pack_into("<12d", head, 131, *[0.001] * 3, *[0.0] * 3, EAST + 1, EAST, NORTH + 1, NORTH, 500, 499)
    return bytes(head) + bytes(points)


WAY = '<way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="building" v="yes"/></way>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
LAUGHTER = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'
DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n'
TOWN = model(PLAIN)


def gml(text: str, name: str = "town.gml") -> Content:
    return file(name, text)


def declaring(doctype: str, inside: str = "") -> Content:
    """CityGML behind a declaration of its document type."""
    return gml(
        TOWN.replace(DECLARED, DECLARED + doctype).replace(
            "<core:cityObjectMember>", f"{inside}<core:cityObjectMember>"
        )
    )


NAN_HOUSE = building(
    "house", bounded(HOUSE, "house").replace("500.0", "NaN").replace("506.0", "NaN").replace("509.0", "NaN")
)
FAR = [(meaning, [(x / 1e5, y / 1e5, z) for x, y, z in points]) for meaning, points in HOUSE]
LINE = f"<bldg:lod2MultiSurface>{surfaces(polygon([at(0, 0), at(5, 0), at(9, 0)]))}</bldg:lod2MultiSurface>"

# What is wrong -> what is written, what is imported, and a word of what a person is told.
BAD: dict[str, tuple[Content, str, str]] = {
    # CityGML
    "CityGML of 0 bytes": (gml(""), "town.gml", "0 bytes"),
    "CityGML that stops": (gml(TOWN[: len(TOWN) // 2]), "town.gml", "valid XML"),
    "CityGML without its last character": (gml(TOWN[:-1]), "town.gml", "valid XML"),
    "CityGML 3.0": (gml(model(PLAIN, version="3.0")), "town.gml", "to-cityjson"),
    "CityGML 0.4": (gml(model(PLAIN, version="0.4")), "town.gml", "can be read"),
    "CityGML without a coordinate system": (gml(model(PLAIN, srs="")), "town.gml", "--crs"),
    "CityGML with a height system alone": (gml(model(PLAIN, srs="urn:ogc:def:crs:EPSG::7837")), "town.gml", "--crs"),
    "CityGML in a system nobody knows": (gml(model(PLAIN, srs="EPSG:999999")), "town.gml", "not known"),
    "CityGML in a system of the surveys nobody knows": (
        gml(model(PLAIN, srs="urn:adv:crs:MOON")),
        "town.gml",
        "not known",
    ),
    "CityGML in two systems": (
        gml(TOWN.replace("<gml:Polygon", '<gml:Polygon srsName="EPSG:25833"', 1)),
        "town.gml",
        "split",
    ),
    "CityGML whose coordinates are elsewhere": (
        gml(model(building("house", bounded(FAR, "house")))),
        "town.gml",
        "no place",
    ),
    "CityGML with coordinates that are no number": (gml(model(NAN_HOUSE)), "town.gml", "finite"),
    "CityGML of a line": (gml(model(building("house", LINE))), "town.gml", "no buildings"),
    "CityGML that names surfaces which are not there": (
        gml(model(building("house", f"<bldg:lod2Solid>{solid('#gone')}</bldg:lod2Solid>"))),
        "town.gml",
        "no vertex",
    ),
    "CityGML without objects": (gml(model()), "town.gml", "no vertex"),
    "CityGML of nothing but a lake": (
        gml(
            model(
                f'<wtr:WaterBody gml:id="a"><wtr:lod1MultiSurface>{surfaces(polygon(HOUSE[0][1]))}'
                "</wtr:lod1MultiSurface></wtr:WaterBody>"
            )
        ),
        "town.gml",
        "no buildings",
    ),
    "CityGML with a document type": (declaring("<!DOCTYPE core:CityModel>"), "town.gml", "DOCTYPE"),
    "CityGML that laughs a billion times": (declaring(LAUGHTER, "&l11;"), "town.gml", "DOCTYPE"),
    "CityGML that reaches for a file": (
        declaring('<!DOCTYPE x [<!ENTITY p SYSTEM "file:///etc/passwd">]>', "&p;"),
        "town.gml",
        "DOCTYPE",
    ),
    "CityGML that reaches for the network": (
        declaring('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'),
        "town.gml",
        "DOCTYPE",
    ),
    "CityGML of 100,000 elements one in the other": (
        gml(TOWN.replace("<core:cityObjectMember>", "<core:x>" * 100_000, 1)),
        "town.gml",
        "deep",
    ),
    "CityGML in a made-up encoding": (gml(TOWN.replace("UTF-8", "UTF-99")), "town.gml", "town.gml"),
    "CityGML with bytes that are no UTF-8": (
        file("town.gml", TOWN.replace("</gml:boundedBy>", "</gml:boundedBy>\u00e9").encode("latin-1")),
        "town.gml",
        "valid XML",
    ),
    "GML that is no CityGML": (
        gml('<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"/><!-- CityModel -->'),
        "town.gml",
        "no CityGML",
    ),
    "an error page of a service": (
        gml('<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows">CityModel</ows:ExceptionReport>'),
        "town.gml",
        "no CityGML",
    ),
    "a web page called CityGML": (
        gml("<!doctype html><html><body>404 CityModel</body></html>"),
        "town.gml",
        "town.gml",
    ),
    "gzip that stops": (file("town.gml.gz", gzip.compress(TOWN.encode())[:-40]), "town.gml.gz", "unpacked"),
    "gzip that is a bomb": (
        file("town.gml.gz", gzip.compress(TOWN[:-1].encode() + b" " * 100_000_000)),
        "town.gml.gz",
        "unpacks to more",
    ),
    "bzip2 that is a bomb": (
        file("town.gml.bz2", bz2.compress(TOWN[:-1].encode() + b" " * 50_000_000)),
        "town.gml.bz2",
        "unpacks to more",
    ),
    "a ZIP that is a bomb": (
        file("town.zip", zipped(town_gml=TOWN.encode() + b" " * 100_000_000)),
        "town.zip",
        "would unpack",
    ),
    "a ZIP whose name leads out": (file("town.zip", zipped(**{"..__..__town_gml": TOWN})), "town.zip", "leads out"),
    "a ZIP whose name begins at the root": (file("town.zip", zipped(__etc__town_gml=TOWN)), "town.zip", "leads out"),
    "a ZIP with a password": (file("town.zip", with_flag(zipped(town_gml=TOWN))), "town.zip", "town.zip"),
    "a ZIP that stops": (file("town.zip", zipped(town_gml=TOWN)[:-60]), "town.zip", "unpacked"),
    "a ZIP of pictures": (file("town.zip", zipped(a_jpg=b"jpeg")), "town.zip", "town.zip"),
    "a ZIP in which one tile is broken": (
        file("town.zip", zipped(a_gml=TOWN, b_gml=TOWN[:-90])),
        "town.zip",
        "b.gml",
    ),
    "a folder without maps": (file("town/readme.txt", "hello"), "town", "folder"),
    "a folder in which one tile is broken": (
        folder_of(file("town/a.gml", TOWN), file("town/b.gml", TOWN[:-90])),
        "town",
        "b.gml",
    ),
    "a folder in which one tile is empty": (
        folder_of(file("town/a.gml", TOWN), file("town/b.gml", "")),
        "town",
        "b.gml",
    ),
    # CityJSON
    "CityJSON without coordinates' system": (file("a.city.json", cityjson(metadata=None)), "a.city.json", "--crs"),
    "CityJSON of version 0.9": (file("a.city.json", cityjson(version="0.9")), "a.city.json", "upgrade"),
    "CityJSON without its transform": (file("a.city.json", cityjson(transform=None)), "a.city.json", "transform"),
    "CityJSON that stops": (file("a.city.json", cityjson()[:-30]), "a.city.json", "JSON"),
    "CityJSON whose indices are out of range": (
        file("a.city.json", cityjson(CityObjects=a_building(boundaries=[[[[0, 1, 2_000_000_000]]]]))),
        "a.city.json",
        "no buildings",
    ),
    "CityJSON with vertices that are no number": (
        file("a.city.json", cityjson(vertices=[[0, 0, 0]] * 8).replace("[0, 0, 0]", "[NaN, NaN, NaN]")),
        "a.city.json",
        "finite",
    ),
    "CityJSON whose transform is infinite": (
        file("a.city.json", cityjson(transform={"scale": [1e400, 1, 1], "translate": [0, 0, 0]})),
        "a.city.json",
        "finite",
    ),
    "CityJSON whose coordinates are elsewhere": (
        file("a.city.json", cityjson(transform={"scale": [1e-3] * 3, "translate": [1, 2, 3]})),
        "a.city.json",
        "no place",
    ),
    "CityJSON of a building without area": (
        file("a.city.json", cityjson(vertices=[[0, 0, 0]] * 8)),
        "a.city.json",
        "no buildings",
    ),
    "CityJSON of a building that holds itself": (
        file("a.city.json", cityjson(CityObjects={"a": {"type": "Building", "children": ["a"], "parents": ["a"]}})),
        "a.city.json",
        "no buildings",
    ),
    "CityJSON of parts that hold each other": (
        file(
            "a.city.json",
            cityjson(
                CityObjects={
                    "a": {"type": "BuildingPart", "children": ["b"], "parents": ["b"]},
                    "b": {"type": "BuildingPart", "children": ["a"], "parents": ["a"]},
                }
            ),
        ),
        "a.city.json",
        "no buildings",
    ),
    "CityJSON that uses a template it has not": (
        file("a.city.json", cityjson(CityObjects=a_building(type="GeometryInstance", template=7, boundaries=[0]))),
        "a.city.json",
        "no buildings",
    ),
    "CityJSON that is packed and a bomb": (
        file("a.city.json.gz", gzip.compress(cityjson().encode() + b" " * 100_000_000)),
        "a.city.json.gz",
        "unpacks to more",
    ),
    "CityJSON in a ZIP with another": (
        file("a.zip", zipped(a_json=cityjson(), b_json=cityjson())),
        "a.zip",
        "several",
    ),
    "CityJSON in UTF-16": (file("a.city.json", cityjson().encode("utf-16")), "a.city.json", "a.city.json"),
    "a picture called CityJSON": (file("a.city.json", b"\x89PNG\r\n\x1a\n" + bytes(300)), "a.city.json", "no format"),
    "CityJSONSeq whose second line is broken": (
        file("a.city.jsonl", cityjson() + '\n{"type": "CityJSONFeature", "CityObj'),
        "a.city.jsonl",
        "JSON",
    ),
    "CityJSONSeq with a line of something else": (
        file("a.city.jsonl", cityjson() + '\n{"type": "Feature"}\n'),
        "a.city.jsonl",
        "neither",
    ),
    # OpenStreetMap
    "OpenStreetMap that is packed and a bomb": (
        file("a.osm.gz", gzip.compress(osm()[:-6] + b" " * 100_000_000)),
        "a.osm.gz",
        "unpacks to more",
    ),
    "OpenStreetMap that is a bomb in bzip2": (
        file("a.osm.bz2", bz2.compress(osm()[:-6] + b" " * 50_000_000)),
        "a.osm.bz2",
        "unpacks to more",
    ),
    "a building whose nodes are not there": (file("a.osm", osm(WAY)), "a.osm", "a.osm"),
    "a building that crosses itself to nothing": (
        file(
            "a.osm", osm(*(f'<node id="{n}" version="1" lat="{48 + n % 2 / 1e9}" lon="11"/>' for n in (1, 2, 3)), WAY)
        ),
        "a.osm",
        "a.osm",
    ),
    "relations that hold each other": (
        file(
            "a.osm",
            osm(
                *(
                    f'<relation id="{n}" version="1"><member type="relation" ref="{3 - n}" role="outer"/>'
                    '<tag k="type" v="multipolygon"/><tag k="building" v="yes"/></relation>'
                    for n in (1, 2)
                )
            ),
        ),
        "a.osm",
        "a.osm",
    ),
    "OpenStreetMap that laughs a billion times": (
        file("a.osm", f'{DECLARED}{LAUGHTER}<osm version="0.6"><note>&l11;</note></osm>'),
        "a.osm",
        "a.osm",
    ),
    # Point clouds
    "a cloud without points": (file("a.las", las()), "a.las", "a.las"),
    "a cloud of four billion points": (file("a.las", las(4_294_967_295)), "a.las", "a.las"),
    "a cloud of tomorrow": (file("a.las", las(1, version=(2, 0))), "a.las", "a.las"),
    "a cloud whose head leads out of it": (file("a.laz", las(1, size=10_000_000)), "a.laz", "a.laz"),
    # Anything
    "a file of 0 bytes": (file("a.osm.pbf", b""), "a.osm.pbf", "0 bytes"),
    "a file of zeros": (file("a.osm.pbf", bytes(100_000)), "a.osm.pbf", "no format"),
    "a folder": (file("a/b/c.txt", "x"), "a", "folder"),
    "a file that is not there": (folder_of(), "gone.gml", "no file"),
}

# Taken, but with something repaired or left out: what is written, what is imported, and a reason in the report.
MENDED: dict[str, tuple[Content, str, str]] = {
    "x and y the wrong way round": (
        gml(
            model(
                building("house", bounded([(m, [(y, x, z) for x, y, z in p]) for m, p in HOUSE], "h")), srs="EPSG:25832"
            )
        ),
        "town.gml",
        "other way round",
    ),
    "an id that is used twice": (
        gml(model(PLAIN, building("house", bounded(faces(50, 50, 10, 6, 9), "b")))),
        "town.gml",
        "same id",
    ),
    "an id that is used twice in JSON": (
        file("a.city.json", cityjson().replace('"CityObjects": {', '"CityObjects": {"a": {}, "a": {}, ')),
        "a.city.json",
        "same id",
    ),
    "an id that leads nowhere": (
        gml(
            model(
                building(
                    "house", f"<bldg:lod2Solid>{solid('#house-0', '#gone')}</bldg:lod2Solid>" + bounded(HOUSE, "house")
                )
            )
        ),
        "town.gml",
        "not in the file",
    ),
}


def main(folder: Path, names: list[str]) -> None:
    """Import bad files one after another, and print what was said and what it took."""
    from citiverse.gis.read import import_city
    from citiverse.gis.refused import ImportRefused

    good = folder / "good.gml"
    good.write_text(TOWN)
    import_city("good", [good], data_dir=folder / "good")
    begin_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, name in enumerate(names):
        _, path, _ = BAD[name]
        begin = process_time()
        try:
            import_city("bad", [folder / str(number) / path], data_dir=folder / f"data{number}")
            said = "accepted"
        except ImportRefused as refusal:
            said = str(refusal)
        peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begin_kb
        kept = [str(each) for each in (folder / f"data{number}").rglob("*") if each.is_file()]
        print(json.dumps({"name": name, "said": said, "seconds": process_time() - begin, "kb": peak_kb, "kept": kept}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
