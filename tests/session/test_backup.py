"""What was backed up comes back, whole or not at all."""

import threading
import zipfile
from pathlib import Path

import orjson
import pytest

from citiverse.session.backup import BackupInvalid, NotEmpty, backup, restore
from citiverse.session.log import Log
from citiverse.session.record import Event, Proposal


def silent(_words: str, _share: float) -> None:
    """Progress that nobody looks at."""


def event(seq: int) -> Event:
    return Event(
        proposal="p", seq=seq, op_id=f"{seq}", by="me", kind="edit", edit=b"{}", target=None, sentence=f"Number {seq}",
        answer=b"{}", at=float(seq),
    )  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    (data / "scenes" / "town").mkdir(parents=True)
    (data / "scenes" / "town.toml").write_text("[scene]\ntitle = 'Town'\n")
    (data / "scenes" / "town" / "a.pbf").write_bytes(bytes(range(256)) * 100)
    (data / "secret").write_bytes(b"s" * 32)
    for name in ("built", "tiles", "certificate"):
        (data / name).mkdir()
        (data / name / "x").write_bytes(b"made again")
    return data


def log_with(data: Path, events: int) -> Log:
    log = Log(data / "log.sqlite")
    log.add_proposal(
        Proposal(id="p", scene="town", base="b", title="T", words="", state="draft", code="code", created=1.0)
    ).result(5)
    for seq in range(1, events + 1):
        log.append(event(seq)).result(5)
    return log


def test_a_backup_made_while_people_write_holds_all_they_were_told_was_saved(data: Path, tmp_path: Path) -> None:
    log = log_with(data, 5)
    done = threading.Event()
    acknowledged = [5]

    def write() -> None:
        while not done.is_set() and acknowledged[0] < 2000:
            log.append(event(acknowledged[0] + 1)).result(5)
            acknowledged[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    told_before = acknowledged[0]
    kept = backup(data, tmp_path / "b.zip", silent)
    done.set()
    writer.join()
    written = [each.sentence for each in log.events("p")]
    epoch = log.epoch
    log.close()
    again = restore(tmp_path / "b.zip", tmp_path / "again", silent)
    assert again == kept
    assert (kept.proposals, kept.files) == (1, 4)
    assert told_before <= kept.events <= len(written)
    restored = Log(tmp_path / "again" / "log.sqlite")
    assert [each.sentence for each in restored.events("p")] == written[: kept.events]
    assert restored.epoch == epoch
    restored.close()
    for name in ("scenes/town.toml", "scenes/town/a.pbf", "secret"):
        assert (tmp_path / "again" / name).read_bytes() == (data / name).read_bytes()
    assert (tmp_path / "again" / "secret").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "again" / "tiles").exists()


def test_nothing_is_written_over(data: Path, tmp_path: Path) -> None:
    log_with(data, 3).close()
    backup(data, tmp_path / "b.zip", silent)
    before = (data / "log.sqlite").read_bytes()
    with pytest.raises(NotEmpty, match=r"log\.sqlite is there already"):
        restore(tmp_path / "b.zip", data, silent)
    assert (data / "log.sqlite").read_bytes() == before


def changed(whole: Path, into: Path, name: str, content: bytes | None) -> Path:
    """The backup with one file of it changed, or taken out."""
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(into, "w") as target:
        for each in source.namelist():
            if each != name:
                target.writestr(each, source.read(each))
        if content is not None:
            target.writestr(name, content)
    return into


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("half", "is no backup, or only a part of one"),
        ("empty", "is no backup, or only a part of one"),
        ("another zip", "no backup of ours"),
        ("a file changed", "secret in .* is not what was backed up"),
        ("a file lost", "secret in .* is not what was backed up"),
        ("newer", "written by a newer CitiVERSE"),
        ("outside", "lies outside of the data folder"),
    ],
)
def test_what_is_not_a_whole_backup_is_refused_and_leaves_nothing(
    data: Path, tmp_path: Path, fault: str, sentence: str
) -> None:
    log_with(data, 3).close()
    whole, bad = tmp_path / "b.zip", tmp_path / "bad.zip"
    backup(data, whole, silent)
    match fault:
        case "half":
            bad.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        case "empty":
            bad.write_bytes(b"")
        case "another zip":
            with zipfile.ZipFile(bad, "w") as archive:
                archive.writestr("readme.txt", "hello")
        case "a file changed":
            changed(whole, bad, "secret", b"t" * 32)
        case "a file lost":
            changed(whole, bad, "secret", None)
        case "newer":
            changed(whole, bad, "citiverse.json", orjson.dumps({"format": 99, "sha256": {}}))
        case "outside":
            changed(whole, bad, "citiverse.json", orjson.dumps({"format": 1, "sha256": {"../x": "0"}}))
    with pytest.raises(BackupInvalid, match=sentence):
        restore(bad, tmp_path / "again", silent)
    assert list((tmp_path / "again").iterdir()) == []


def test_a_log_that_is_damaged_or_an_empty_folder_is_said(data: Path, tmp_path: Path) -> None:
    (data / "log.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises(BackupInvalid, match="cannot be read"):
        backup(data, tmp_path / "b.zip", silent)
    assert not (tmp_path / "b.zip").exists()
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BackupInvalid, match="nothing to back up"):
        backup(tmp_path / "nothing", tmp_path / "b.zip", silent)
