"""The nodes, ways and relations of an OpenStreetMap file that touch a scene."""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import osmium
from numpy.typing import NDArray
from osmium.filter import EmptyTagFilter
from osmium.index import create_map
from osmium.io import File, Reader
from osmium.osm import NODE, NOTHING, RELATION, WAY

from citiverse.city.change import Bounds
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox, Progress

Transform = Callable[[FloatArray], FloatArray]
Tags = Mapping[str, str]
MEMBER_RELATIONS = {"multipolygon", "building"}  # relations whose untagged members are needed
KNOWN_RELATIONS = {*MEMBER_RELATIONS, "route", "restriction"}
BLOCK_BYTES = 1 << 20  # of text at a time
UNPACKED = 25  # a PBF as text is at most so many times larger
NOWHERE = 2**31 - 1  # libosmium's coordinate of a node without a place
_ONLY_NUMBERS = str.maketrans("", "", "Nn")


class Node(NamedTuple):
    """A tagged point; `xy` are the scene's metres, or degrees where no scene was named."""

    id: int
    tags: Tags
    xy: tuple[float, float]


class Way(NamedTuple):
    """A line or ring of vertices.

    `runs` are stretches of consecutive vertices, each of shape (n, 2); more than one where nodes are missing in the
    file. `closed` tells whether the first node is the last as well, known or not. `key` is the id of the feature.
    """

    id: int
    tags: Tags
    runs: tuple[FloatArray, ...]
    closed: bool
    missing: int = 0
    key: str = ""

    @property
    def points(self) -> FloatArray:
        """All known vertices in order, shape (n, 2)."""
        return self.runs[0] if len(self.runs) == 1 else np.concatenate(self.runs)


class Member(NamedTuple):
    """What a relation names: type n, w or r, id and role."""

    type: str
    id: int
    role: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Members and tags."""

    id: int
    tags: Tags
    members: tuple[Member, ...]

    @property
    def key(self) -> str:
        """Stable id of the feature."""
        return f"osm:r{self.id}"


@dataclass(frozen=True)
class Elements:
    """What a file holds of a scene; `nodes` are tagged ones, `ways` include untagged members of relations."""

    nodes: list[Node]
    ways: dict[int, Way]
    relations: list[Relation]

    @cached_property
    def _ways_by_key(self) -> Mapping[str, list[int]]:
        return _by_key(way.tags for way in self._all_ways)

    @cached_property
    def _all_ways(self) -> list[Way]:
        return list(self.ways.values())

    @cached_property
    def _nodes_by_key(self) -> Mapping[str, list[int]]:
        return _by_key(node.tags for node in self.nodes)

    def ways_with(self, keys: Iterable[str]) -> list[Way]:
        """Ways with a tag of one of these keys, in their order."""
        everything = self._all_ways
        return [everything[at] for at in sorted({at for key in keys for at in self._ways_by_key.get(key, ())})]

    def nodes_with(self, keys: Iterable[str]) -> list[Node]:
        """Nodes with a tag of one of these keys, in their order."""
        return [self.nodes[at] for at in sorted({at for key in keys for at in self._nodes_by_key.get(key, ())})]


def _by_key(tags: Iterable[Tags]) -> Mapping[str, list[int]]:
    """Of each key where it is used."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(tags):
        for key in each:
            found[key].append(at)
    return found


@dataclass(frozen=True, slots=True)
class _Places:
    """Ids of nodes in ascending order, and where they are: longitude and latitude, shape (n, 2)."""

    ids: IntArray
    lonlat: FloatArray

    def of(self, ids: IntArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Places of nodes, not-a-number where unknown, and whether each is known."""
        if not len(self.ids):
            return np.full((len(ids), 2), np.nan), np.zeros(len(ids), dtype=bool)
        at = np.searchsorted(self.ids, ids, side="right") - 1
        known = self.ids[at] == ids
        return np.where(known[:, None], self.lonlat[at], np.nan), known


class _TagReader:
    """Tags of "Tkey=value,key=value"; the same text, and the same pair in it, is taken apart once."""

    def __init__(self) -> None:
        self._texts: dict[str, Tags] = {"T": {}}
        self._pairs = _Pairs()

    def __call__(self, text: str) -> Tags:
        """The tags of a text; they are shared and must not be changed."""
        found = self._texts.get(text)
        if found is None:
            pairs = self._pairs
            found = self._texts[text] = dict([pairs[pair] for pair in text[1:].split(",")])
        return found


class _Pairs(dict[str, tuple[str, str]]):
    """Key and value of each "key=value" that was asked for."""

    def __missing__(self, text: str) -> tuple[str, str]:
        key, _, value = text.partition("=")
        both = self[text] = (_unescaped(key), _unescaped(value))
        return both


def degrees(lonlat: FloatArray) -> FloatArray:
    """Positions as they are."""
    return lonlat


def header_box(path: Path) -> LonLatBox | None:
    """West, south, east, north that the file says it covers."""
    with damage_told(path), Reader(File(str(path), container_of(path)), NOTHING) as reader:
        box = reader.header().box()
    if not box.valid() or box.size() <= 0.0:
        return None
    return box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat


def read_elements(path: Path, cut: LonLatBox | None, progress: Progress, to_local: Transform = degrees) -> Elements:
    """Everything tagged that reaches into `cut` (degrees), and the members that relations need.

    Coordinates are taken through `to_local`. libosmium writes the file anew, in one pass, as a table of places and as
    lines of text (OPL, https://osmcode.org/opl-file-format/), which take a fifth of the time of objects made one by
    one; the lines are gone through for each type, so that files that are not in the usual order read all the same.
    Raises ImportRefused when the file is damaged.
    """
    with TemporaryDirectory(prefix="citiverse-osm-") as name:
        folder = Path(name)
        _room_for(path, folder)
        progress("Reading points", 0.02)
        with damage_told(path):
            places = _places(path, folder / "places", folder / "lines.opl")
        tags_of = _TagReader()
        lines = _Lines(folder / "lines.opl")
        relations = list(_relations(lines, tags_of))
        progress("Reading lines", 0.2)
        members = {member.id for each in relations if _has_shape(each) for member in each.members if member.type == "w"}
        ways = {way.id: way for way in _ways(lines, members, places, cut, to_local, tags_of)}
        progress("Reading points", 0.4)
        nodes = list(_nodes(lines, places, cut, to_local, tags_of))
    return Elements(nodes, ways, relations)


def _room_for(path: Path, folder: Path) -> None:
    """Refuses early where the disk is too full to write the file anew: libosmium ends the program when it runs out."""
    needed = path.stat().st_size * UNPACKED
    if shutil.disk_usage(folder).free < needed:
        raise ImportRefused(f"Reading {path.name} needs {needed / 1e6:.0f} MB of free space in {folder.parent}.")


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Turns what libosmium says of a file that it can't read into ImportRefused."""
    try:
        yield
    except (RuntimeError, ValueError, OverflowError, osmium.InvalidLocationError) as error:
        if isinstance(error, ImportRefused):
            raise
        said = " ".join(str(error).split()) or type(error).__name__
        raise ImportRefused(f"{path.name} is damaged or incomplete ({said}). Please download it again.") from error


def _places(path: Path, to: Path, lines: Path) -> _Places:
    """Where all nodes are, without those that have no place; ways and what has tags are written as lines of text."""
    table = create_map(f"sparse_file_array,{to}")
    remember = osmium.NodeLocationsForWays(table)
    remember.apply_nodes_to_ways = False
    tagged = EmptyTagFilter()
    tagged.enable_for(NODE | RELATION)
    with (
        Reader(File(str(path), container_of(path)), NODE | WAY | RELATION) as reader,
        osmium.SimpleWriter(File(str(lines), "opl,add_metadata=false")) as writer,
    ):
        osmium.apply(reader, remember, tagged, writer)
    del remember, table  # written out
    rows = np.fromfile(to, dtype=[("id", "<u8"), ("x", "<i4"), ("y", "<i4")])
    rows = rows[(rows["x"] != NOWHERE) & (rows["y"] != NOWHERE)]
    lonlat = np.column_stack([rows["x"], rows["y"]]) / 1e7
    off = np.flatnonzero((np.abs(lonlat) > (180.0, 90.0)).any(axis=1))
    if len(off):
        id, (lon, lat) = rows["id"][off[0]], lonlat[off[0]]
        raise ImportRefused(
            f"{path.name} has {len(off)} points that are not on the globe, such as node {id} at longitude {lon:g}, "
            f"latitude {lat:g}. Please put them right or download it again."
        )
    order = np.argsort(rows["id"], kind="stable")
    return _Places(rows["id"][order].astype(np.int64), lonlat[order])


class _Lines:
    """The lines of a file by their type, n, w or r, some megabytes at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._blocks: list[tuple[int, int, frozenset[bytes]]] = []  # where each begins and ends, and what is in it
        with path.open("rb") as file:
            begin = 0
            while block := file.readlines(BLOCK_BYTES):
                self._blocks.append((begin, begin := file.tell(), frozenset([line[:1] for line in block])))

    def of(self, letter: str) -> Iterator[list[str]]:
        """Lines of one type without their ends."""
        wanted = letter.encode()
        with self._path.open("rb") as file:
            for begin, end, letters in self._blocks:
                if wanted not in letters:
                    continue
                file.seek(begin)
                lines = file.read(end - begin).decode().split("\n")
                yield [line for line in lines if line[:1] == letter]


def container_of(path: Path) -> str:
    """The name by which libosmium knows how the file is packed, by its first bytes rather than its name."""
    with path.open("rb") as file:
        head = file.read(3)
    return "osm.gz" if head.startswith(b"\x1f\x8b") else "osm.bz2" if head == b"BZh" else _plain(head)


def _plain(head: bytes) -> str:
    return "pbf" if head.startswith(b"\x00\x00") else "osm"


def _relations(lines: _Lines, tags_of: _TagReader) -> Iterator[Relation]:
    for block in lines.of("r"):
        for line in block:
            id, text, members = line.split(" ")
            tags = tags_of(text)
            if tags.get("type") in KNOWN_RELATIONS and len(members) > 1:
                yield Relation(int(id[1:]), tags, tuple(map(_member, members[1:].split(","))))


def _member(text: str) -> Member:
    ref, _, role = text.partition("@")
    return Member(ref[0], int(ref[1:]), _unescaped(role))


def _nodes(
    lines: _Lines, places: _Places, cut: LonLatBox | None, to_local: Transform, tags_of: _TagReader
) -> Iterator[Node]:
    for block in lines.of("n"):
        parts = [line.split(" ", 2) for line in block]
        ids = np.array([int(each[0][1:]) for each in parts])
        lonlat, known = places.of(ids)
        wanted = np.flatnonzero(known if cut is None else known & _inside(lonlat, cut))
        if len(wanted):
            for at, (x, y) in zip(wanted.tolist(), to_local(lonlat[wanted]).tolist(), strict=True):
                yield Node(int(ids[at]), tags_of(parts[at][1]), (x, y))


def _ways(
    lines: _Lines, members: set[int], places: _Places, cut: LonLatBox | None, to_local: Transform, tags_of: _TagReader
) -> Iterator[Way]:
    for block in lines.of("w"):
        parts = [line.split(" ") for line in block]
        wanted = [
            (id, tags, refs)
            for head, tags, refs in parts
            if len(refs) > 1 and (len(tags) > 1 or int(head[1:]) in members) and (id := int(head[1:]))
        ]
        if wanted:
            yield from _ways_of(wanted, members, places, cut, to_local, tags_of)


def _ways_of(
    wanted: list[tuple[int, str, str]],
    members: set[int],
    places: _Places,
    cut: LonLatBox | None,
    to_local: Transform,
    tags_of: _TagReader,
) -> Iterator[Way]:
    """Ways of id, tags ("Thighway=path") and nodes ("Nn17,n18")."""
    text = ",".join([refs for _, _, refs in wanted]).translate(_ONLY_NUMBERS)
    refs = np.fromstring(text, dtype=np.int64, sep=",")
    start = np.concatenate([[0], np.cumsum([nodes.count(",") + 1 for _, _, nodes in wanted])])
    begin = start[:-1]
    lonlat, known = places.of(refs)
    missing = np.add.reduceat(~known, begin).tolist()
    closed = ((refs[begin] == refs[start[1:] - 1]) & (np.diff(start) > 2)).tolist()
    reaches = (_reaches(lonlat, begin, cut) if cut is not None else np.ones(len(wanted), dtype=bool)).tolist()
    local = np.full(lonlat.shape, np.nan)
    if known.any():
        local[known] = to_local(lonlat[known])
    repeated = np.zeros(len(local), dtype=bool)
    repeated[1:] = (local[1:] == local[:-1]).all(axis=1)
    repeated[begin] = False
    untidy = (np.add.reduceat(repeated, begin) > 0).tolist()
    ends = start.tolist()
    for i, (id, tags, _) in enumerate(wanted):
        if not reaches[i] and id not in members:
            continue
        points = local[ends[i] : ends[i + 1]]
        if untidy[i]:
            points = points[~repeated[ends[i] : ends[i + 1]]]
        yield Way(id, tags_of(tags), _runs(points) if missing[i] else (points,), closed[i], missing[i], f"osm:w{id}")


def _runs(points: FloatArray) -> tuple[FloatArray, ...]:
    """Stretches of known vertices, one without any where none is known."""
    known = np.isfinite(points[:, 0])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    return tuple(points[a:b] for a, b in edges.reshape(-1, 2)) or (np.zeros((0, 2)),)


def _unescaped(text: str) -> str:
    """Text in which %20% and the like stand for themselves again."""
    if "%" not in text:
        return text
    parts = text.split("%")
    parts[1::2] = [chr(int(code, 16)) for code in parts[1::2]]
    return "".join(parts)


def _inside(place: FloatArray, cut: LonLatBox) -> NDArray[np.bool_]:
    west, south, east, north = cut
    lon, lat = place.T
    inside: NDArray[np.bool_] = (south <= lat) & (lat <= north) & ((lon - west) % 360.0 <= (east - west) % 360.0)
    return inside


def _reaches(lonlat: FloatArray, begin: IntArray, cut: LonLatBox) -> NDArray[np.bool_]:
    """Whether the bounds of each way meet the box; one of which no node is known does, so that it gets named."""
    west, south, east, north = cut
    lon = lonlat[:, 0] if west <= east else lonlat[:, 0] % 360.0
    east = east if west <= east else east + 360.0
    lowest, highest = np.fmin.reduceat(lonlat[:, 1], begin), np.fmax.reduceat(lonlat[:, 1], begin)
    left, right = np.fmin.reduceat(lon, begin), np.fmax.reduceat(lon, begin)
    apart: NDArray[np.bool_] = (left > east) | (right < west) | (lowest > north) | (highest < south)
    return ~apart


def _has_shape(relation: Relation) -> bool:
    return relation.tags.get("type") in MEMBER_RELATIONS


def relations_near(elements: Elements, bounds: Bounds) -> Elements:
    """The same without areas that lie beyond bounds in the scene's metres; those of unknown place stay."""
    west, south, east, north = bounds
    kept = []
    for each in elements.relations:
        ways = [elements.ways[m.id] for m in each.members if m.type == "w" and m.id in elements.ways]
        runs = [run for way in ways for run in way.runs if len(run)]
        if _has_shape(each) and runs:
            points = np.concatenate(runs)
            (w, s), (e, n) = points.min(axis=0), points.max(axis=0)
            if w > east or e < west or s > north or n < south:
                continue
        kept.append(each)
    return Elements(elements.nodes, elements.ways, kept)
