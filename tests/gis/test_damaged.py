"""Whatever happens to a file on its way: a city, or a sentence that names the file, within two seconds and 50 MB."""

import random
import re
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from time import process_time

import osmium
import pytest

from citiverse.gis.read import import_city
from citiverse.gis.refused import ImportRefused
from tests.gis import layers
from tests.gis.test_systems import FILES, TRUE, WRONG

TIMES = 12
WORST_S, WORST_MB = 2.0, 50.0
OSM = """<osm version="0.6"><bounds minlat="48.0930" minlon="11.5500" maxlat="48.0980" maxlon="11.5562"/>
<node id="1" lat="48.0950" lon="11.5520"/><node id="2" lat="48.0950" lon="11.5523"/>
<node id="3" lat="48.0952" lon="11.5523"/><node id="4" lat="48.0952" lon="11.5520"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/><tag k="building" v="yes"/></way>
<way id="2"><nd ref="1"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="maxspeed" v="30"/></way>
<relation id="1"><member type="way" ref="1" role="outer"/><tag k="type" v="multipolygon"/>
<tag k="landuse" v="grass"/></relation></osm>"""
NUMBERS = ("NaN", "1e400", "-1", "0", "9" * 30, "abc", "null", "", "1e-320", "true", "[]", "-9999", "Infinity", "181")
WORDS = ("", "null", "Solid", "x" * 300, "type", "\U0001f3e0", "../../etc/passwd", "<a>", '"')


def _osm(path: Path) -> None:
    path.write_text(OSM)


def _pbf(path: Path) -> None:
    town = path.with_name("whole.osm")
    _osm(town)
    with osmium.SimpleWriter(str(path)) as writer:
        for each in osmium.FileProcessor(str(town)):
            writer.add(each)


def _shapefile(path: Path) -> None:
    layers.write(path, layers.houses(height=9.0), layer="buildings", crs=WRONG)


MADE: dict[str, Callable[[Path], None]] = {
    **FILES, "plain.osm": _osm, "packed.osm.pbf": _pbf, "buildings.shp": _shapefile, "buildings.fgb": _shapefile,
}  # fmt: skip
DEGREES = ("plain.osm", "packed.osm.pbf")
WRITTEN = (".json", ".geojson", ".gml", ".csv", ".asc", ".osm")


def damaged(whole: bytes, name: str, how: random.Random) -> bytes:
    """Cut off, with bits turned, bytes lost or doubled, or other numbers and words in it."""
    kind = how.choice(["cut", "turned", "lost", "doubled", "zeroed", *["number"] * 3, *["word"] * 2])
    if kind == "cut":
        return whole[: how.randrange(len(whole))]
    if kind in {"number", "word"} and name.endswith(WRITTEN):
        text = whole.decode()
        found = list(re.finditer(r"-?\d+(?:\.\d+)?" if kind == "number" else r"[A-Za-z_:]{3,}", text))
        for at in sorted(how.sample(range(len(found)), min(how.choice([1, 2, 20]), len(found))), reverse=True):
            other = how.choice(NUMBERS if kind == "number" else WORDS)
            text = text[: found[at].start()] + other + text[found[at].end() :]
        return text.encode()
    content = bytearray(whole)
    for _ in range(how.choice([1, 4, 20])):
        at = how.randrange(min(len(content), how.choice([64, 512, len(content)])))
        size = how.choice([1, 8, 200])
        match kind:
            case "lost" if len(content) > 300:
                del content[at : at + size]
            case "doubled":
                content[at:at] = content[at : at + size]
            case "zeroed":
                content[at : at + size] = bytes(len(content[at : at + size]))
            case _:
                content[at] ^= 1 << how.randrange(8)
    return bytes(content)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("name", MADE)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    path, town = tmp_path / name, tmp_path / "town.osm"
    _osm(town)
    MADE[name](path)
    whole = path.read_bytes()
    files = [town, path] if name.startswith("hill") else [path]
    crs = "" if name in DEGREES else f"{name}={TRUE}"
    answers = set()
    for number in range(TIMES):
        path.write_bytes(damaged(whole, name, random.Random(f"{name} {number}")))
        shutil.rmtree(tmp_path / "data", ignore_errors=True)
        begin, before = process_time(), peak_mb()
        try:
            import_city("town", files, data_dir=tmp_path / "data", crs=crs)
            answers.add("a city")
        except ImportRefused as refusal:
            sentence = str(refusal)
            assert name in sentence, sentence
            assert sentence.endswith((".", "?")), sentence
            assert not (tmp_path / "data" / "scenes" / "town.toml").exists()
            answers.add(sentence)
        assert process_time() - begin < WORST_S
        assert peak_mb() - before < WORST_MB
    assert len(answers) > 1


@pytest.mark.parametrize("name", [name for name in MADE if name not in {"buildings.csv", "buildings.shp"}])
def test_a_file_is_known_by_what_is_in_it_whatever_its_name(name: str, tmp_path: Path) -> None:
    """But for tables as text, and Shapefiles, which are several files of one stem."""
    (tmp_path / "files").mkdir()
    town, other = tmp_path / "town.osm", tmp_path / "files" / "thing.pdf"
    _osm(town)
    MADE[name](tmp_path / "files" / name)
    (tmp_path / "files" / name).rename(other)
    files = [town, other] if name.startswith("hill") else [other]
    found = import_city(
        "town", files, data_dir=tmp_path / "data", crs="" if name in DEGREES else f"{other.name}={TRUE}"
    )
    assert len(found.city)
