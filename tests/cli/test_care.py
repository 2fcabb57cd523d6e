"""The commands that look after an installation."""

from pathlib import Path

import orjson

from tests.cli.process import assert_refused, citiverse


def test_the_doctor_finds_what_is_ill_and_says_what_to_do(tmp_path: Path) -> None:
    well = citiverse("doctor", "--data", tmp_path, "--json")
    told = orjson.loads(well.stdout)
    assert (well.returncode, told["well"]) == (0, True)
    assert {"Python", "data folder", "web client", "log", "scene helsinki", "pictures"} <= {
        each["check"] for each in told["checks"]
    }
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "lost.toml").write_text("[scene]\ntitle = 'Lost'\n[[source]]\npath = 'gone.osm.pbf'\n")
    (tmp_path / "log.sqlite").write_bytes(b"no log at all" * 1000)
    ill = citiverse("doctor", "--data", tmp_path, "--json")
    told = {each["check"]: each for each in orjson.loads(ill.stdout)["checks"]}
    assert ill.returncode == 1
    assert (told["log"]["state"], told["scene lost"]["state"]) == ("ill", "ill")
    assert "citiverse restore" in told["log"]["detail"]
    assert "gone.osm.pbf is not there" in told["scene lost"]["detail"]
    assert told["pictures"]["state"] != "ill"


def test_a_backup_goes_to_another_folder_and_back_is_never_over_something(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "kept.zip"
    (data / "scenes").mkdir(parents=True)
    (data / "scenes" / "a.toml").write_text("[scene]\ntitle = 'A'\n")
    assert citiverse("backup", file, "--data", data).returncode == 0
    restored = citiverse("restore", file, "--data", tmp_path / "again", "--json")
    assert orjson.loads(restored.stdout) == {"files": 1, "bytes": 20, "proposals": 0, "events": 0}
    assert (tmp_path / "again" / "scenes" / "a.toml").read_text() == "[scene]\ntitle = 'A'\n"
    assert_refused(citiverse("restore", file, "--data", tmp_path / "again"), "scenes is there already", "--data DIR")
    assert_refused(citiverse("restore", tmp_path / "no.zip", "--data", tmp_path / "new"), "no.zip")
    assert_refused(citiverse("backup", file, "--data", tmp_path / "none"), "nothing to back up")
