"""Contents stay under their hash."""

import gzip
import os
from pathlib import Path

from citiverse.session.shelf import Shelf


def test_what_was_put_comes_back_from_disk_after_a_restart(tmp_path: Path) -> None:
    Shelf(tmp_path, memory_bytes=1000).put("ab12", b"a tile" * 100)
    again = Shelf(tmp_path, memory_bytes=1000)
    assert again.content("ab12") == b"a tile" * 100
    assert gzip.decompress(again.squeezed("ab12") or b"") == b"a tile" * 100
    assert again.content("ff00") is None


def test_a_file_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    Shelf(tmp_path, memory_bytes=1000).put("ab12", b"a tile" * 100)
    (file,) = tmp_path.rglob("*.gz")
    file.write_bytes(file.read_bytes()[:-20])
    shelf = Shelf(tmp_path, memory_bytes=1000)
    assert shelf.content("ab12") is None
    shelf.put("ab12", b"a tile" * 100)
    assert Shelf(tmp_path, memory_bytes=1000).content("ab12") == b"a tile" * 100


def test_memory_stays_within_its_bound_and_the_oldest_go_first() -> None:
    shelf = Shelf(None, memory_bytes=3000)
    for n in range(10):
        shelf.put(f"{n:04d}", os.urandom(1000))
    assert shelf.content("0000") is None
    assert shelf.content("0009") is not None


def test_the_oldest_files_are_tidied_away(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, memory_bytes=1)
    for n in range(5):
        shelf.put(f"{n:04d}", os.urandom(1000))
        os.utime(tmp_path / f"{n:04d}"[:2] / f"{n:04d}.gz", (n, n))
    shelf.tidy(2500)
    assert sorted(path.name for path in tmp_path.rglob("*.gz")) == ["0003.gz", "0004.gz"]
