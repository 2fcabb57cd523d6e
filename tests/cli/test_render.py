"""Pictures of a scene, drawn on the command line."""

import json
from pathlib import Path

from tests.cli.process import citiverse
from tests.cli.test_city_commands import PLACES, town


def test_a_demolished_house_is_gone_from_the_picture(tmp_path: Path) -> None:
    file, edits, out = tmp_path / "town.osm", tmp_path / "edits.json", tmp_path / "town.png"
    file.write_text(town(*PLACES["greenwich"]))
    edits.write_text(json.dumps([{"verb": "demolish_building", "building": "osm:w1"}]))
    assert citiverse("import", "town", file, "--data", tmp_path).returncode == 0
    pictures = []
    for arguments in (["--bird"], ["--edits", edits], ["--edits", edits, "--bird"]):
        process = citiverse("render", "town", *arguments, "--out", out, "--data", tmp_path)
        assert process.returncode == 0, process.stderr
        pictures.append(out.read_bytes())
    assert pictures[0].startswith(b"\x89PNG")
    assert pictures[0] != pictures[1] == pictures[2]


def test_a_view_is_given_whole_or_not_at_all(tmp_path: Path) -> None:
    for view in ("24.9", "24.9,60.1,here", "1,2,3,4,5,6"):
        process = citiverse("render", "helsinki", f"--eye={view}", "--out", tmp_path / "x.png")
        assert process.returncode == 2
        assert "Traceback" not in process.stderr


def test_a_view_straight_through_the_ground_is_refused(tmp_path: Path) -> None:
    process = citiverse("render", "helsinki", "--eye=24.94,60.17,0,2,-120", "--out", tmp_path / "x.png")
    assert process.returncode == 1
    assert "pitch" in process.stderr
