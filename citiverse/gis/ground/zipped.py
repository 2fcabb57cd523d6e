"""Height models in ZIP files, of which nothing is ever written to disk."""

import io
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from citiverse.gis.refused import ImportRefused

ENDINGS = (".hgt", ".asc", ".tif", ".tiff")
LARGEST_BYTES = 256_000_000  # unpacked; a tile of SRTM has 26 MB

ZIP = b"PK\x03\x04"


def open_member(path: Path) -> tuple[str, BinaryIO]:
    """Name and content of a file, or of the height model in a ZIP. Raises ImportRefused, also on a ZIP bomb."""
    with path.open("rb") as file:
        packed = file.read(4) == ZIP
    if not packed:
        return path.name, path.open("rb")
    name, content = _unpacked(path, LARGEST_BYTES + 1)
    return name, io.BytesIO(content)


def head_of_member(path: Path, size: int) -> tuple[str, bytes]:
    """Name and first bytes of the height model in a ZIP. Raises ImportRefused."""
    return _unpacked(path, size)


def _unpacked(path: Path, most: int) -> tuple[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            member = _member(archive, path.name)
            with archive.open(member) as content:
                return Path(member.filename).name, content.read(most)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise ImportRefused(f"{path.name} is damaged: it can't be unpacked. Please download it again.") from error


def _member(archive: zipfile.ZipFile, file: str) -> zipfile.ZipInfo:
    found = [each for each in archive.infolist() if each.filename.lower().endswith(ENDINGS)]
    if len(found) != 1:
        holds = f"{len(found)} of them" if found else "none"
        raise ImportRefused(
            f"{file} should hold one height model ({', '.join(ENDINGS)}), and holds {holds}; please unpack it."
        )
    member = found[0]
    if member.filename.startswith(("/", "\\")) or ".." in Path(member.filename.replace("\\", "/")).parts:
        raise ImportRefused(f"{file} holds {member.filename!r}, a name that leads out of its folder; it is not read.")
    if member.flag_bits & 1:
        raise ImportRefused(f"{file} is locked by a password; please unpack it.")
    if member.file_size > LARGEST_BYTES:
        raise ImportRefused(
            f"{file} would unpack to {member.file_size / 1e6:,.0f} MB, more than the {LARGEST_BYTES / 1e6:.0f} MB that "
            f"are read of a ZIP file; please unpack it."
        )
    return member
