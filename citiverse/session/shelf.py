"""Bytes under the hash of what they are: tiles on disk, painted layers in memory."""

import gzip
import os
import threading
import zlib
from collections import OrderedDict
from pathlib import Path

_LEVEL = 7


def squeezed(content: bytes) -> bytes:
    """The content as gzip, the same bytes for the same content."""
    return gzip.compress(content, compresslevel=_LEVEL, mtime=0)


class Shelf:
    """Compressed contents by hash: the most recent in memory, and in `folder` too where one is given.

    Files are written beside their place and moved there, so that a reader never sees half of one.
    """

    def __init__(self, folder: Path | None, *, memory_bytes: int) -> None:
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def put(self, digest: str, content: bytes) -> None:
        """Keep a content, unless it is here already."""
        if self.squeezed(digest) is not None:
            return
        packed = squeezed(content)
        if self._folder is not None:
            _write(self._path(self._folder, digest), packed)
        self._remember(digest, packed)

    def squeezed(self, digest: str) -> bytes | None:
        """The content as gzip, or None when it is not here."""
        with self._lock:
            packed = self._recent.get(digest)
            if packed is not None:
                self._recent.move_to_end(digest)
                return packed
        if self._folder is None:
            return None
        try:
            packed = self._path(self._folder, digest).read_bytes()
        except FileNotFoundError:
            return None
        try:
            gzip.decompress(packed)
        except (OSError, EOFError, zlib.error):
            return None  # cut off by a power failure: to be made anew
        self._remember(digest, packed)
        return packed

    def content(self, digest: str) -> bytes | None:
        """The content as it was put, or None."""
        packed = self.squeezed(digest)
        return None if packed is None else gzip.decompress(packed)

    def tidy(self, most_bytes: int) -> None:
        """Delete the oldest files beyond so many bytes; what is needed again is made again."""
        if self._folder is None or not self._folder.is_dir():
            return
        files = sorted(((path.stat(), path) for path in self._folder.rglob("*.gz")), key=lambda each: -each[0].st_mtime)
        total = 0
        for status, path in files:
            total += status.st_size
            if total > most_bytes:
                path.unlink(missing_ok=True)

    def _remember(self, digest: str, packed: bytes) -> None:
        with self._lock:
            if digest not in self._recent:
                self._size += len(packed)
            self._recent[digest] = packed
            self._recent.move_to_end(digest)
            while self._size > self._memory_bytes and len(self._recent) > 1:
                _, oldest = self._recent.popitem(last=False)
                self._size -= len(oldest)

    @staticmethod
    def _path(folder: Path, digest: str) -> Path:
        return folder / digest[:2] / f"{digest}.gz"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    beside.write_bytes(content)
    beside.replace(path)
