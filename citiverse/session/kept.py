"""A scene as it was built, kept on disk so that the next start need not build it again."""

import hashlib
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from citiverse.city.change import Bounds
from citiverse.city.city import City, city_of
from citiverse.city.defaults import Defaults
from citiverse.city.facts import Facts
from citiverse.city.feature import Feature
from citiverse.city.frame import Frame
from citiverse.city.source import Source
from citiverse.city.terrain import Terrain
from citiverse.scene.build import Tiles
from citiverse.scene.tile import Tile
from citiverse.session.messages import Json

_MAGIC = b"citiverse built 1\n"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Kept:
    """All that makes an open scene but for its models' findings."""

    name: str
    title: str
    frame: Frame
    bounds: Bounds
    terrain: Terrain
    sources: tuple[Source, ...]
    defaults: Defaults
    facts: Facts
    features: tuple[Feature, ...]
    tiles: tuple[Tile, ...]
    report: Json
    revision: str

    @property
    def city(self) -> City:
        """The city."""
        return city_of(
            self.features,
            name=self.name,
            title=self.title,
            frame=self.frame,
            bounds=self.bounds,
            terrain=self.terrain,
            sources=self.sources,
            defaults=self.defaults,
            facts=self.facts,
        )


def kept_of(city: City, tiles: Tiles, report: Json) -> Kept:
    """What to keep of a city without changes."""
    return Kept(
        name=city.name,
        title=city.title,
        frame=city.frame,
        bounds=city.bounds,
        terrain=city.terrain,
        sources=city.sources,
        defaults=city.defaults,
        facts=city.facts,
        features=tuple(city.features()),
        tiles=tuple(tiles.by_key.values()),
        report=report,
        revision=city.fingerprint(),
    )


def made_from(files: Iterable[Path], words: Iterable[str]) -> str:
    """A hash of everything that a built scene depends on: files, settings, and the program itself."""
    hasher = hashlib.blake2b(digest_size=16)
    for word in words:
        hasher.update(word.encode() + b"\0")
    for path in [*_each(files), *_program()]:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
        hasher.update(b"\0")
    return hasher.hexdigest()


def _each(files: Iterable[Path]) -> Iterator[Path]:
    """The files, and those in folders."""
    for path in files:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file())
        else:
            yield path


def save(kept: Kept, path: Path, key: str) -> None:
    """Write what is kept, whole or not at all."""
    content = pickle.dumps(kept, protocol=pickle.HIGHEST_PROTOCOL)
    head = _MAGIC + key.encode() + b"\n" + hashlib.blake2b(content, digest_size=16).hexdigest().encode() + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_bytes(head + content)
    beside.replace(path)


def load(path: Path, key: str) -> Kept | None:
    """What was kept under this key; None when there is nothing, something older, or half of it."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    head = _MAGIC + key.encode() + b"\n"
    if not content.startswith(head):
        return None
    digest, body = content[len(head) : len(head) + 32], memoryview(content)[len(head) + 33 :]
    if hashlib.blake2b(body, digest_size=16).hexdigest().encode() != digest:
        return None
    kept: object = pickle.loads(body)
    return kept if isinstance(kept, Kept) else None


def _program() -> Iterator[Path]:
    """The modules that make a city and its tiles: what they make changes with them."""
    package = Path(__file__).parent.parent
    for room in ("gis", "scene", "shape", "city", "geometry"):
        yield from sorted((package / room).rglob("*.py"))
    yield Path(__file__)
