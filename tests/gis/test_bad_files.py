"""Bad files of every kind: refused within 2 s and 50 MB in a sentence that names them, or mended and told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from citiverse.gis.read import import_city
from tests.gis.bad import BAD, MENDED

ROOT = Path(__file__).parents[2]
MOST_SECONDS, MOST_KB = 2.0, 50_000


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What a fresh process says of each file, and what it took."""
    folder = tmp_path_factory.mktemp("bad")
    for number, (content, _, _) in enumerate(BAD.values()):
        (folder / str(number)).mkdir()
        content(folder / str(number))
    done = subprocess.run(
        [sys.executable, "-m", "tests.gis.bad", str(folder), json.dumps(list(BAD))],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr == ""
    return {each["name"]: each for each in map(json.loads, done.stdout.splitlines())}


def test_there_are_many() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_at_once_in_a_sentence(name: str, said: dict[str, dict[str, object]]) -> None:
    _, path, word = BAD[name]
    found = said[name]
    sentence = str(found["said"])
    assert word in sentence
    assert path.split("/")[-1] in sentence
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence
    assert float(str(found["seconds"])) < MOST_SECONDS
    assert int(str(found["kb"])) < MOST_KB
    assert found["kept"] == []


@pytest.mark.parametrize("name", MENDED)
def test_what_can_be_mended_is_mended_and_told(name: str, tmp_path: Path) -> None:
    content, path, word = MENDED[name]
    content(tmp_path)
    found = import_city("town", [tmp_path / path], data_dir=tmp_path / "data")
    assert len(found.city)
    assert any(word in reason for _, _, reason in found.report.tally.reasons)
