"""Cities that were imported are open again when the server has been started anew."""

from pathlib import Path

import pytest

from citiverse.server.settings import Settings
from citiverse.session.reopening import FILE, remember, remembered
from tests.server.town import free_port, is_ready, make_town, serving, wait_until


def test_what_was_imported_is_open_again_after_a_restart(tmp_path: Path) -> None:
    make_town(tmp_path)
    scenes = tmp_path / "scenes"
    (scenes / "brought.toml").write_text((scenes / "town.toml").read_text().replace('title = "', 'title = "New '))
    for name in ("town", "gone", "brought", "brought"):
        remember(tmp_path, name)
    assert remembered(tmp_path) == ["town", "gone", "brought"]
    with serving(Settings(scene="town", port=free_port(), data=tmp_path)) as served:
        http = served.http
        wait_until(lambda: is_ready(http), 60.0)
        told = {each["id"]: each["status"] for each in http.get("/api/scenes").json()["scenes"]}
        assert set(told) >= {"town", "brought"}
        if told["brought"] == "opening":
            assert http.get("/api/scenes/brought").status_code in {200, 503}
        wait_until(lambda: http.get("/api/scenes/brought").status_code == 200, 60.0)
        assert {each["id"] for each in http.get("/api/scenes").json()["scenes"]} == {"town", "brought"}
        assert http.get("/api/scenes/gone").status_code == 404
    assert [record for record in served.noises.records if "There is no scene called 'gone'" in record]


def test_a_damaged_list_of_imported_scenes_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE).write_bytes(b"{broken")
    assert remembered(tmp_path) == []
    assert "imported again" in caplog.text
