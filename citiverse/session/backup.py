"""A copy of all that cannot be made again: proposals, imported scenes, the server's secret; and the way back."""

import hashlib
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import apsw
import orjson

from citiverse import __version__

Progress = Callable[[str, float], None]

MADE_AGAIN = frozenset({"built", "tiles", "certificate", "pictures", "snapshots"})
"""Folders of the data folder that the server fills anew by itself."""
_LOG = "log.sqlite"
_LOG_PARTS = frozenset({f"{_LOG}-wal", f"{_LOG}-shm"})
_LIST = "citiverse.json"
_FORMAT = 1
_CHUNK = 1 << 20
_PAGES = 4096  # of the log copied at once; writers may write between


class BackupInvalid(ValueError):
    """A file that is no backup, or not a whole one; the sentence says what is wrong."""


class NotEmpty(ValueError):
    """A folder that already holds what a restore would write over."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds."""

    files: int
    bytes: int
    proposals: int
    events: int


def backup(data: Path, into: Path, progress: Progress) -> Kept:
    """Write everything in the data folder that cannot be made again to one zip file; the server may go on meanwhile.

    Raises BackupInvalid when there is nothing to keep, OSError.
    """
    if not (data / _LOG).is_file() and not (data / "scenes").is_dir():
        raise BackupInvalid(f"There is nothing to back up in {data}.")
    beside = into.with_name(f".{into.name}.unfinished")
    try:
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            found = list(_to_keep(data))
            if (data / _LOG).is_file():
                progress("Copying the log", 0.0)
                _copy_log(data / _LOG, Path(folder) / _LOG)
                found.insert(0, (_LOG, Path(folder) / _LOG))
            sizes = {name: path.stat().st_size for name, path in found}
            done, hashes = 0, {}
            for name, path in found:
                hashes[name] = _add(archive, name, path)
                done += sizes[name]
                progress("Writing the backup", done / max(1, sum(sizes.values())))
            proposals, events = counts(Path(folder) / _LOG)
            archive.writestr(_LIST, orjson.dumps({"format": _FORMAT, "version": __version__, "sha256": hashes}))
        beside.replace(into)
    finally:
        beside.unlink(missing_ok=True)
    return Kept(len(hashes), sum(sizes.values()), proposals, events)


def restore(file: Path, data: Path, progress: Progress) -> Kept:
    """Put what a backup holds into a data folder that holds no log and no scenes yet.

    Everything is checked before anything is put in place. Raises BackupInvalid, NotEmpty, OSError.
    """
    taken = [each for each in (data / _LOG, data / "scenes") if each.exists()]
    if taken:
        raise NotEmpty(f"{taken[0]} is there already. Restore into an empty folder: --data DIR.")
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as folder:
        unpacked = Path(folder)
        try:
            with zipfile.ZipFile(file) as archive:
                hashes = _hashes(archive, file)
                for number, (name, wanted) in enumerate(hashes.items(), 1):
                    progress("Reading the backup", number / len(hashes))
                    if _take_out(archive, name, unpacked / name) != wanted:
                        raise BackupInvalid(f"{name} in {file} is not what was backed up.")
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            raise BackupInvalid(f"{file} is no backup, or only a part of one: {error}.") from error
        kept = Kept(len(hashes), sum((unpacked / name).stat().st_size for name in hashes), *counts(unpacked / _LOG))
        for each in sorted(unpacked.iterdir()):
            if (data / each.name).is_dir():
                shutil.rmtree(data / each.name)
            each.replace(data / each.name)
    return kept


def _to_keep(data: Path) -> Iterator[tuple[str, Path]]:
    """Name and path of each file but the log's."""
    for path in sorted(data.rglob("*")):
        parts = path.relative_to(data).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and parts[0] not in MADE_AGAIN and not hidden and parts[0] not in {_LOG, *_LOG_PARTS}:
            yield "/".join(parts), path


def _copy_log(source: Path, target: Path) -> None:
    """A copy of the log as of one moment, made beside running writers (SQLite's online backup)."""
    reading, writing = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READWRITE), apsw.Connection(str(target))
    try:
        reading.set_busy_timeout(5000)
        with writing.backup("main", reading, "main") as copying:
            while not copying.done:
                copying.step(_PAGES)
        writing.pragma("journal_mode", "delete")  # one file, nothing beside it
    except apsw.Error as error:
        raise BackupInvalid(f"{source} cannot be read: {error}.") from error
    finally:
        writing.close()
        reading.close()


def counts(log: Path) -> tuple[int, int]:
    """Proposals and events of a log that is whole. Raises BackupInvalid."""
    if not log.is_file():
        return 0, 0
    try:
        connection = apsw.Connection(str(log), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            state: Any = connection.pragma("quick_check")
            if state != "ok":
                raise BackupInvalid(f"The log is damaged: {state}.")
            count = "select (select count(*) from proposal), (select count(*) from event)"
            ((proposals, events),) = connection.execute(count).fetchall()
        finally:
            connection.close()
    except apsw.Error as error:
        raise BackupInvalid(f"The log cannot be read: {error}.") from error
    return int(str(proposals)), int(str(events))


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _take_out(archive: zipfile.ZipFile, name: str, into: Path) -> str:
    digest = hashlib.sha256()
    into.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(name) as source, into.open("wb") as target:
            if name in ("secret", "planners"):
                into.chmod(stat.S_IRUSR | stat.S_IWUSR)
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
    except KeyError:
        return ""
    return digest.hexdigest()


def _hashes(archive: zipfile.ZipFile, file: Path) -> dict[str, str]:
    """Name and hash of what is to be in a backup. Raises BackupInvalid."""
    try:
        told = orjson.loads(archive.read(_LIST))
        hashes, written = dict(told["sha256"]), int(told["format"])
    except (KeyError, TypeError, ValueError) as error:
        raise BackupInvalid(f"{file} is a zip file, but no backup of ours.") from error
    if written > _FORMAT:
        raise BackupInvalid(f"{file} was written by a newer CitiVERSE.")
    for name in hashes:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name:
            raise BackupInvalid(f"{file} names {name!r}, which lies outside of the data folder.")
    return hashes
