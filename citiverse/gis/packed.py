"""Files that are packed: gzip, bzip2, ZIP with one or many files, or a folder. Nothing is ever written to disk."""

import bz2
import gzip
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from citiverse.gis.refused import ImportRefused

GZIP, BZIP2, ZIP = b"\x1f\x8b", b"BZh", b"PK\x03\x04"
CHUNK_BYTES = 1 << 20
LARGEST_BYTES = 2_000_000_000  # of all that one source unpacks to
SUSPECT_BYTES, SUSPECT_RATIO = 16_000_000, 250  # maps shrink to a tenth or a thirtieth, bombs to a thousandth
LOOKED_AT_BYTES = 1 << 22
MOST_MEMBERS = 20_000

Part = tuple[str, Iterator[bytes]]


def parts_of(path: Path, endings: tuple[str, ...]) -> Iterator[Part]:
    """Names and contents, chunk by chunk, of a file or of all files of these endings in a ZIP or a folder.

    Each part has to be read before the next is asked for. Raises ImportRefused, also while they are read.
    """
    if path.is_dir():
        for each in members_of_folder(path, endings):
            for name, chunks in parts_of(each, endings):
                yield f"{path.name}/{name}", chunks
        return
    with _readable(path).open("rb") as file:
        head = file.read(4)
    if head == ZIP:
        yield from _zipped(path, endings)
        return
    packed = head.startswith((GZIP, BZIP2))
    yield path.name, _guarded(_open(path, head), path, path.stat().st_size if packed else None)


def check_unpacking(path: Path) -> None:
    """Refuse a file, packed by gzip or bzip2, that begins like a bomb. Raises ImportRefused, OSError, EOFError."""
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        with gzip.open(file) if head.startswith(GZIP) else bz2.open(file) as content:
            given = len(content.read(LOOKED_AT_BYTES))
            if given == LOOKED_AT_BYTES and given > SUSPECT_RATIO * file.tell():
                raise ImportRefused(
                    f"{path.name} unpacks to more than {SUSPECT_RATIO} times its size, which no map does; please "
                    f"unpack it if you trust it."
                )


def text_of(path: Path, endings: tuple[str, ...]) -> str:
    """The text of a file, or of the only one of these endings in a ZIP. Raises ImportRefused, UnicodeDecodeError."""
    texts: list[bytes] = []
    for _, chunks in parts_of(path, endings):
        if texts:
            raise ImportRefused(f"{path.name} holds several files ({', '.join(endings)}); please unpack it.")
        texts.append(b"".join(chunks))
    if not texts:
        raise ImportRefused(f"{path.name} holds no file that ends in {', '.join(endings)}.")
    return texts[0].decode("utf-8-sig")


def members_of_folder(path: Path, endings: Iterable[str]) -> list[Path]:
    """Files of these endings, packed or not, in a folder and those below it, by name."""
    known = tuple(ending + packing for ending in endings for packing in ("", ".gz", ".bz2", ".zip"))
    return sorted(each for each in path.rglob("*") if each.name.lower().endswith(known) and each.is_file())


def _readable(path: Path) -> Path:
    if not path.is_file():
        raise ImportRefused(f"There is no file {path}.")
    return path


def _open(path: Path, head: bytes) -> BinaryIO:
    if head.startswith(GZIP):
        return gzip.open(path)  # type: ignore[return-value]
    return bz2.open(path) if head.startswith(BZIP2) else path.open("rb")  # type: ignore[return-value]


def _guarded(content: BinaryIO, path: Path, packed_bytes: int | None, before: int = 0) -> Iterator[bytes]:
    """The content chunk by chunk, until it turns out to be a bomb. `before` were unpacked from the same file."""
    total = before
    try:
        with content:
            while chunk := content.read(CHUNK_BYTES):
                total += len(chunk)
                if total > LARGEST_BYTES or _is_bomb(total, packed_bytes):
                    raise ImportRefused(
                        f"{path.name} unpacks to more than {total / 1e6:,.0f} MB, which no map of its size does; "
                        f"please cut it into tiles, or unpack it if you trust it."
                    )
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError) as error:
        raise ImportRefused(f"{path.name} is damaged: it can't be unpacked. Please download it again.") from error
    except OSError as error:
        reason = error.strerror or "it is damaged"
        raise ImportRefused(f"{path.name} can't be read: {reason}.") from error


def _is_bomb(total: int, packed_bytes: int | None) -> bool:
    return packed_bytes is not None and total > SUSPECT_BYTES and total > SUSPECT_RATIO * packed_bytes


def _zipped(path: Path, endings: tuple[str, ...]) -> Iterator[Part]:
    total = 0
    for member in members_of_zip(path, endings):
        with zipfile.ZipFile(path) as archive:
            yield (
                f"{path.name}/{member.filename}",
                _guarded(_member(archive, member, path), path, path.stat().st_size, total),
            )
        total += member.file_size


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> BinaryIO:
    try:
        return archive.open(member)  # type: ignore[return-value]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise ImportRefused(f"{path.name} is damaged: it can't be unpacked. Please download it again.") from error


def members_of_zip(path: Path, endings: Iterable[str]) -> list[zipfile.ZipInfo]:
    """Files of these endings in a ZIP, in order. Raises ImportRefused when a name leads out, or it is a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = [each for each in archive.infolist() if each.filename.lower().endswith(tuple(endings))]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise ImportRefused(f"{path.name} is damaged: it can't be unpacked. Please download it again.") from error
    if len(found) > MOST_MEMBERS:
        raise ImportRefused(f"{path.name} holds {len(found):,} files, more than the {MOST_MEMBERS:,} that are read.")
    for member in found:
        if member.filename.startswith(("/", "\\")) or ".." in Path(member.filename.replace("\\", "/")).parts:
            raise ImportRefused(
                f"{path.name} holds {member.filename!r}, a name that leads out of its folder; it is not read."
            )
        if member.flag_bits & 1:
            raise ImportRefused(f"{path.name} is locked by a password; please unpack it.")
    total = sum(member.file_size for member in found)
    if total > LARGEST_BYTES or _is_bomb(total, path.stat().st_size):
        raise ImportRefused(
            f"{path.name} would unpack to {total / 1e6:,.0f} MB, which no map of its size does; please unpack it if "
            f"you trust it."
        )
    return found
