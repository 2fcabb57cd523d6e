"""A town from file to figures on the command line, and files that are no town."""

import gzip
import json
import os
from pathlib import Path

import pytest

from citiverse import resources
from tests.cli.process import assert_refused, citiverse

HELSINKI = resources.assets() / "helsinki" / "helsinki.osm.pbf"
PLACES = {"greenwich": (-0.0015, 51.478), "valparaiso": (-71.6273, -33.0458)}


def town(lon: float, lat: float, buildings: int = 12) -> str:
    """OSM XML of a street that crosses another, with houses of 10 by 10 m along it."""
    step = 0.0001
    nodes: list[str] = []
    ways: list[str] = []

    def way(points: list[tuple[float, float]], tags: dict[str, str], ring: bool = False) -> None:
        first = len(nodes) + 1
        nodes.extend(f'<node id="{first + i}" lon="{x:.7f}" lat="{y:.7f}"/>' for i, (x, y) in enumerate(points))
        refs = [*range(first, first + len(points)), *([first] if ring else [])]
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs) + "".join(
            f'<tag k="{key}" v="{value}"/>' for key, value in tags.items()
        )
        ways.append(f'<way id="{len(ways) + 1}">{inside}</way>')

    for i in range(buildings):
        x, y = lon + 2 * step * (i // 2), lat + (2 * step if i % 2 else -2 * step)
        ring = [(x, y), (x + step, y), (x + step, y + step), (x, y + step)]
        way(ring, {"building": "apartments", "building:levels": "4"}, ring=True)
    way([(lon - 5 * step, lat), (lon + 15 * step, lat)], {"highway": "secondary", "name": "Long Street", "lanes": "2"})
    return f'<osm version="0.6">{"".join(nodes)}{"".join(ways)}</osm>'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "town.osm"
    path.write_text(town(*PLACES["greenwich"]))
    return path


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("joiner", ["=", " "])
def test_a_town_at_negative_longitudes_is_imported_and_listed(tmp_path: Path, place: str, joiner: str) -> None:
    lon, lat = PLACES[place]
    file = tmp_path / "town.osm.gz"
    file.write_bytes(gzip.compress(town(lon, lat).encode()))
    box = f"--bbox{joiner}{lon - 0.002},{lat - 0.002},{lon + 0.002},{lat + 0.002}".split()
    process = citiverse("import", place, file, *box, "--data", tmp_path, "--json")
    assert process.returncode == 0, process.stderr
    report = json.loads(process.stdout)
    assert set(report) >= {"scene", "sources", "kinds", "reasons", "attributes", "models"}
    assert report["kinds"]["building"] == {"read": 12, "built": 12, "repaired": 0, "skipped": 0}
    assert all(n["read"] == n["built"] + n["repaired"] + n["skipped"] for n in report["kinds"].values())
    assert set(report["models"]) >= {"traffic", "noise"}
    listed = citiverse("scenes", "--data", tmp_path).stdout
    assert place in listed
    assert "helsinki" in listed


def test_an_import_tells_a_person_what_became_of_the_data(file: Path, tmp_path: Path) -> None:
    process = citiverse("import", "greenwich", file, "--data", tmp_path)
    assert process.returncode == 0, process.stderr
    assert "building" in process.stdout
    assert "citiverse serve greenwich" in process.stdout


BAD_FILES: dict[str, bytes] = {
    "empty.osm.pbf": b"",
    "text.osm.pbf": b"this is not a map\n",
    "noise.osm.pbf": bytes(range(256)) * 64,
    "page.osm": b"<html><body>404</body></html>",
    "cut.osm": town(0.0, 51.0).encode()[:-200],
    "empty.osm": b'<osm version="0.6"></osm>',
    "roads.osm": town(0.0, 51.0, buildings=0).encode(),
    "change.osm": b'<osmChange version="0.6"/>',
    "cut.osm.gz": gzip.compress(town(0.0, 51.0).encode())[:-40],
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_in_a_sentence_that_names_it(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(BAD_FILES[name])
    assert_refused(citiverse("import", "town", file, "--data", tmp_path / "data", "--json"), name)
    assert "town" not in citiverse("scenes", "--data", tmp_path / "data").stdout


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.98])
def test_a_truncated_extract_is_refused(tmp_path: Path, kept: float) -> None:
    whole = HELSINKI.read_bytes()
    file = tmp_path / "cut.osm.pbf"
    file.write_bytes(whole[: int(len(whole) * kept)])
    assert_refused(citiverse("import", "cut", file, "--data", tmp_path), "cut.osm.pbf")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bbox=24.98,60.10,25.0,60.11"], "24.98"),  # in the sea, off the extract
        (["--bbox=24.96,60.17,24.94,60.16"], "south"),
        (["--bbox=0,95,1,96"], "latitude"),
        (["--bbox=0,0,400,1"], "longitude"),
    ],
)
def test_a_box_that_holds_no_town_is_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    assert_refused(citiverse("import", "sea", HELSINKI, *arguments, "--data", tmp_path), words)


def test_files_and_names_that_cannot_be_are_refused(file: Path, tmp_path: Path) -> None:
    assert_refused(citiverse("import", "town", tmp_path / "gone.osm", "--data", tmp_path), "gone.osm")
    assert_refused(citiverse("import", "town", tmp_path, "--data", tmp_path), "folder")
    assert_refused(citiverse("import", "../town", file, "--data", tmp_path), "../town")
    assert_refused(citiverse("import", "town", file, "--data", file), file.name)


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "nan,0,1,1", "1,2,3,4,5"])
def test_a_box_without_four_numbers_is_wrong_usage(file: Path, box: str) -> None:
    process = citiverse("import", "town", file, f"--bbox={box}")
    assert process.returncode == 2
    assert "--bbox" in process.stderr


@pytest.mark.parametrize(
    "command", [["assess", "atlantis"], ["build", "atlantis", "--out", "x"], ["serve", "atlantis"]]
)
def test_a_scene_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, command: list[str]) -> None:
    assert_refused(citiverse(*command, "--data", tmp_path, cwd=tmp_path), "atlantis", "helsinki")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(file: Path, tmp_path: Path) -> None:
    file.chmod(0)
    assert_refused(citiverse("import", "town", file, "--data", tmp_path), "town.osm")


@pytest.fixture(scope="module")
def greenwich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder with a small town."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "town.osm").write_text(town(*PLACES["greenwich"]))
    made = citiverse("import", "greenwich", folder / "town.osm", "--data", folder)
    assert made.returncode == 0, made.stderr
    return folder


def test_a_town_is_built_twice_into_the_same_tiles(greenwich: Path, tmp_path: Path) -> None:
    reports = []
    for folder, workers in (("one", 1), ("two", 2)):
        out = tmp_path / folder
        process = citiverse(
            "build", "greenwich", "--out", out, "--workers", str(workers), "--data", greenwich, "--json"
        )
        assert process.returncode == 0, process.stderr
        reports.append(json.loads(process.stdout))
        assert json.loads((out / "report.json").read_text()) == reports[-1]
    one, two = (sorted((tmp_path / name / "tiles").rglob("*.glb")) for name in ("one", "two"))
    assert [path.relative_to(tmp_path / "one") for path in one] == [path.relative_to(tmp_path / "two") for path in two]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert reports[0]["tiles"] == len(one)
    assert reports[0]["bytes"] == sum(path.stat().st_size for path in one)
    assert set(reports[0]) >= {"scene", "revision", "features", "tiles", "bytes", "seconds", "skipped"}
    tileset = json.loads((tmp_path / "one" / "tileset.json").read_text())
    assert tileset["asset"]["version"] == "1.1"


def test_a_tileset_names_every_tile_that_is_written(greenwich: Path, tmp_path: Path) -> None:
    assert citiverse("build", "greenwich", "--out", tmp_path, "--data", greenwich).returncode == 0

    def contents(tile: dict[str, object]) -> list[str]:
        own = [tile["content"]["uri"]] if isinstance(tile.get("content"), dict) else []  # type: ignore[index]
        children = tile.get("children", [])
        assert isinstance(children, list)
        return own + [uri for child in children for uri in contents(child)]

    named = contents(json.loads((tmp_path / "tileset.json").read_text())["root"])
    assert sorted(named) == sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.glb"))


def test_tiles_cannot_be_written_into_a_file(greenwich: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    process = citiverse("build", "greenwich", "--out", tmp_path / "file", "--data", greenwich)
    assert_refused(process, "file")


def test_a_slower_street_is_assessed(greenwich: Path, tmp_path: Path) -> None:
    edits = tmp_path / "edits.json"
    edits.write_text(json.dumps([{"verb": "set_speed", "road": "osm:w13", "speed_kmh": 20}]))
    process = citiverse("assess", "greenwich", "--edits", edits, "--data", greenwich, "--json")
    assert process.returncode == 0, process.stderr
    result = json.loads(process.stdout)
    assert (result["scene"], result["edits"]) == ("greenwich", 1)
    wanted = {"model", "id", "label", "unit", "baseline", "proposal", "difference", "low", "high", "better", "verdict"}
    assert result["indicators"]
    for each in result["indicators"]:
        assert set(each) == wanted
        assert each["low"] <= each["difference"] <= each["high"]
        assert each["difference"] == pytest.approx(each["proposal"] - each["baseline"])
        assert each["verdict"] in {"better", "worse", "no clear change"}
    assert {"name", "version", "seconds", "quality"} <= set(result["models"][0])


def test_without_edits_nothing_changes(greenwich: Path) -> None:
    process = citiverse("assess", "greenwich", "--data", greenwich, "--json")
    assert {each["difference"] for each in json.loads(process.stdout)["indicators"]} == {0.0}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "JSON"),
        ('{"edits": 3}', "edits"),
        ('[{"verb": "fly"}]', "fly"),
        ('[{"verb": "set_speed", "road": "osm:w1"}]', "speed_kmh"),
        ('[{"verb": "set_speed", "road": "osm:w99", "speed_kmh": 20}]', "osm:w99"),
        ('[{"verb": "set_speed", "road": "osm:w13", "speed_kmh": NaN}]', "NaN"),
        ('[{"verb": "set_speed", "road": "osm:w13", "speed_kmh": 20, "colour": "red"}]', "colour"),
    ],
)
def test_edits_that_make_no_sense_are_refused_in_a_sentence(
    greenwich: Path, tmp_path: Path, text: str, words: str
) -> None:
    edits = tmp_path / "edits.json"
    edits.write_text(text)
    assert_refused(citiverse("assess", "greenwich", "--edits", edits, "--data", greenwich, "--json"), words)


def test_a_model_that_is_not_there_is_refused_with_those_that_are(greenwich: Path) -> None:
    process = citiverse("assess", "greenwich", "--models", "astrology", "--data", greenwich, "--json")
    assert_refused(process, "astrology", "traffic")


def test_a_town_with_a_height_model_stands_on_a_hill_and_says_so(tmp_path: Path, file: Path) -> None:
    lon, lat = PLACES["greenwich"]
    rows = "\n".join(" ".join(str(100 + 2 * column) for column in range(60)) for _ in range(60))
    corner = f"xllcorner {lon - 0.01}\nyllcorner {lat - 0.015}\ncellsize 0.0005"
    hill = tmp_path / "hill.asc"
    hill.write_text(f"ncols 60\nnrows 60\n{corner}\n{rows}\n")
    assert_refused(citiverse("import", "hill", file, hill, "--data", tmp_path), "hill.asc", "--crs")
    process = citiverse("import", "hill", file, hill, "--crs", "EPSG:4326", "--data", tmp_path, "--json")
    assert process.returncode == 0, process.stderr
    report = json.loads(process.stdout)
    assert [source["format"] for source in report["sources"]] == ["osm", "asc"]
    assert report["kinds"]["terrain"] == {"read": 1, "built": 1, "repaired": 0, "skipped": 0}
    assert report["attributes"]["ground.height"]["measured"] > 0
    out = tmp_path / "hill.city.json"
    assert citiverse("export", "hill", "--format", "cityjson", "--out", out, "--data", tmp_path).returncode == 0
    low, high = (json.loads(out.read_text())["metadata"]["geographicalExtent"][at] for at in (2, 5))
    assert 100.0 < low < high - 5.0
