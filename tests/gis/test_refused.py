"""Files that are no city: each is refused at once, in a sentence that names it."""

import bz2
import gzip
import os
import re
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

from citiverse import resources
from citiverse.gis.read import import_city
from citiverse.gis.refused import ImportRefused

HELSINKI = resources.assets() / "helsinki" / "helsinki.osm.pbf"
NODE = '<node id="1" version="1" lat="60" lon="25"/>'


def osm(*inside: str) -> bytes:
    return f'<?xml version="1.0"?><osm version="0.6">{"".join(inside)}</osm>'.encode()


def box_of(*corners: tuple[str, str], tags: str = '<tag k="building" v="yes"/>') -> bytes:
    nodes = [f'<node id="{i}" version="1" lat="{lat}" lon="{lon}"/>' for i, (lon, lat) in enumerate(corners, 1)]
    refs = "".join(f'<nd ref="{i}"/>' for i in [*range(1, len(corners) + 1), 1])
    return osm(*nodes, f'<way id="1" version="1">{refs}{tags}</way>')


PBF = HELSINKI.read_bytes()
SQUARE = [("25.0", "60.0"), ("25.001", "60.0"), ("25.001", "60.001"), ("25.0", "60.001")]
FAULTY: dict[str, tuple[str, bytes]] = {
    "a file of 0 bytes": ("city.osm.pbf", b""),
    "text that says it is PBF": ("city.osm.pbf", b"this is not a map\n" * 100),
    "random bytes": ("city.osm.pbf", bytes((i * 7919 + 13) % 256 for i in range(5000))),
    "zeros": ("city.osm.pbf", bytes(4096)),
    "a PBF cut in the middle": ("city.osm.pbf", PBF[: len(PBF) // 2]),
    "a PBF cut in its header": ("city.osm.pbf", PBF[:40]),
    "a PBF without its last byte": ("city.osm.pbf", PBF[:-1]),
    "a PBF with rubbish in it": ("city.osm.pbf", PBF[:3000] + b"\xff" * 3000 + PBF[6000:]),
    "a header that claims two gigabytes": (
        "city.osm.pbf",
        b"\x00\x00\x00\x0e\x0a\x09OSMHeader\x18\xff\xff\xff\xff\x07",
    ),
    "a picture": ("city.osm.pbf", b"\x89PNG\r\n\x1a\n" + bytes(200)),
    "a web page": ("city.osm", b"<!doctype html><html><body>404</body></html>"),
    "other XML": ("city.osm", b'<?xml version="1.0"?><gpx></gpx>'),
    "XML that stops": ("city.osm", osm(NODE)[:-20]),
    "XML with an open quote": ("city.osm", b'<osm version="0.6"><node id="1 lat=3/></osm>'),
    "no elements": ("city.osm", osm()),
    "nothing but points": ("city.osm", osm(NODE)),
    "a street and no building": ("city.osm", box_of(*SQUARE, tags='<tag k="highway" v="residential"/>')),
    "a change file": ("city.osc", b'<osmChange version="0.6"></osmChange>'),
    "a latitude that is no number": ("city.osm", box_of(("25.0", "NaN"), *SQUARE[1:])),
    "a longitude that is infinite": ("city.osm", box_of(("inf", "60.0"), *SQUARE[1:])),
    "a latitude beyond the pole": ("city.osm", box_of(("25.0", "95.0"), ("25.001", "95.0"), ("25.0", "95.001"))),
    "an id that is no number": ("city.osm", osm('<node id="one" version="1" lat="60" lon="25"/>')),
    "an unknown version of XML": ("city.osm", b'<osm version="0.5"></osm>'),
    "gzip that stops": ("city.osm.gz", gzip.compress(box_of(*SQUARE))[:-30]),
    "gzip of nothing": ("city.osm.gz", gzip.compress(b"")),
    "rubbish behind a gzip header": ("city.osm.gz", b"\x1f\x8b\x08\x00" + b"rubbish" * 50),
    "bzip2 that stops": ("city.osm.bz2", bz2.compress(box_of(*SQUARE))[:-30]),
    "a building without size": ("city.osm", box_of(*[("25.0", "60.0")] * 4)),
    "an entity bomb": (
        "city.osm",
        b'<!DOCTYPE osm [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><osm version="0.6"><note>&b;</note></osm>',
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_file_is_refused_at_once_in_a_sentence_that_names_it(name: str, tmp_path: Path) -> None:
    file, content = FAULTY[name]
    path = tmp_path / file
    path.write_bytes(content)
    begin = perf_counter()
    with pytest.raises(ImportRefused, match=re.escape(file)) as refusal:
        import_city("town", [path], data_dir=tmp_path / "data")
    assert perf_counter() - begin < 2.0
    assert str(refusal.value).endswith((".", "?"))
    assert "\n" not in str(refusal.value)
    assert_nothing_kept(tmp_path / "data")


def assert_nothing_kept(data: Path) -> None:
    assert [path for path in data.rglob("*") if path.is_file()] == []


def refused(name: str = "town", *sources: Path, data_dir: Path, **options: object) -> str:
    with pytest.raises(ImportRefused) as refusal:
        import_city(name, sources, data_dir=data_dir, **options)  # type: ignore[arg-type]
    assert_nothing_kept(data_dir)
    return str(refusal.value)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "folder" in refused("town", tmp_path, data_dir=tmp_path / "data")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "There is no file" in refused("town", tmp_path / "none.osm.pbf", data_dir=tmp_path / "data")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.osm.pbf"
    path.write_bytes(PBF)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert "can't be read" in refused("town", path, data_dir=tmp_path / "data")


@pytest.mark.parametrize(
    ("box", "word"),
    [
        ((24.0, 59.5, 24.01, 59.51), "nothing at all"),
        ((0.0, 0.0, 0.01, 0.01), "nothing at all"),
        ((24.95, 60.17, 24.94, 60.18), "wide"),
        ((24.94, 60.18, 24.95, 60.17), "south"),
        ((60.16, 124.93, 60.18, 124.95), "swapped"),
        ((200.0, 60.16, 201.0, 60.18), "180"),
        ((24.94, 60.17, 24.94, 60.18), "no width"),
        ((float("nan"), 60.0, 25.0, 61.0), "finite"),
        ((-10.0, 40.0, 30.0, 65.0), "wide"),
    ],
)
def test_a_box_in_the_sea_or_inside_out_is_refused(
    box: tuple[float, float, float, float], word: str, tmp_path: Path
) -> None:
    assert word in refused("town", HELSINKI, data_dir=tmp_path / "data", bbox=box)


@pytest.mark.parametrize("name", ["", "../town", "Town", "a b", "-town", "x" * 65, "town.toml"])
def test_a_name_that_is_no_file_name_is_refused(name: str, tmp_path: Path) -> None:
    assert "can't name a scene" in refused(name, HELSINKI, data_dir=tmp_path / "data")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "same name" in refused("town", HELSINKI, HELSINKI, data_dir=tmp_path / "data")


def test_the_wrong_extension_does_not_matter(tmp_path: Path, read: Callable[..., object]) -> None:
    path = tmp_path / "helsinki.osm"
    path.write_bytes(PBF)
    assert import_city("town", [path], data_dir=tmp_path / "data").report.tally.kinds["building"].built > 400
