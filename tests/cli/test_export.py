"""Scenes written for other programs on the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.process import assert_refused, citiverse
from tests.cli.test_city_commands import PLACES, town


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "town.osm"
    file.write_text(town(*PLACES["greenwich"]))
    process = citiverse("import", "town", file, "--data", tmp_path)
    assert process.returncode == 0, process.stderr
    return tmp_path


@pytest.mark.parametrize("form", ["cityjson", "geojson"])
def test_a_scene_is_written_whole_with_its_edits(form: str, data: Path) -> None:
    edits = data / "edits.json"
    edits.write_text(json.dumps([{"verb": "demolish_building", "building": "osm:w1"}]))
    out = data / "out.json"
    ids = []
    choices: tuple[list[str | Path], ...] = ([], ["--edits", edits])
    for arguments in choices:
        process = citiverse("export", "town", *arguments, "--format", form, "--out", out, "--data", data)
        assert process.returncode == 0, process.stderr
        document = json.loads(out.read_text())
        ids.append(
            set(document["CityObjects"]) if form == "cityjson" else {each["id"] for each in document["features"]}
        )
    assert ids[0] - ids[1] == {"osm:w1"}


def test_cityjson_that_was_written_can_be_imported(data: Path) -> None:
    out = data / "out.city.json"
    assert citiverse("export", "town", "--format", "cityjson", "--out", out, "--data", data).returncode == 0
    process = citiverse("import", "again", out, "--data", data, "--json")
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout)["kinds"]["building"]["built"] == 12


def test_a_scene_that_is_not_there_and_a_folder_that_is_not_there_are_refused(data: Path) -> None:
    out = data / "none" / "out.json"
    assert_refused(citiverse("export", "nowhere", "--format", "geojson", "--out", out, "--data", data), "nowhere")
    assert_refused(citiverse("export", "town", "--format", "geojson", "--out", out, "--data", data), "out.json")
    assert citiverse("export", "town", "--format", "word", "--out", out).returncode == 2
