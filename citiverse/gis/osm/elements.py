"""The nodes, ways and relations of an OpenStreetMap file that touch a scene."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import osmium
from osmium.filter import EmptyTagFilter
from osmium.index import LocationTable, create_map
from osmium.io import File, Reader
from osmium.osm import NODE, NOTHING, RELATION, WAY

from citiverse.geometry.arrays import FloatArray
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox, Progress

Tags = Mapping[str, str]
MEMBER_RELATIONS = {"multipolygon", "building"}  # relations whose untagged members are needed


@dataclass(frozen=True, slots=True)
class Node:
    """A tagged point; `xy` are degrees as read and the scene's metres once placed."""

    id: int
    tags: Tags
    xy: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Way:
    """A line or ring of vertices.

    `runs` are stretches of consecutive vertices, each of shape (n, 2); more than one where nodes are missing in the
    file. `closed` tells whether the first node is the last as well, known or not.
    """

    id: int
    tags: Tags
    runs: tuple[FloatArray, ...]
    closed: bool
    missing: int = 0

    @property
    def key(self) -> str:
        """Stable id of the feature."""
        return f"osm:w{self.id}"

    @property
    def points(self) -> FloatArray:
        """All known vertices in order, shape (n, 2)."""
        return self.runs[0] if len(self.runs) == 1 else np.concatenate(self.runs)


@dataclass(frozen=True, slots=True)
class Member:
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


@dataclass(slots=True)
class Elements:
    """What a file holds of a scene; `nodes` are tagged ones, `ways` include untagged members of relations."""

    nodes: list[Node] = field(default_factory=list)
    ways: dict[int, Way] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)


def header_box(path: Path) -> LonLatBox | None:
    """West, south, east, north that the file says it covers."""
    with Reader(File(str(path)), NOTHING) as reader:
        box = reader.header().box()
    if not box.valid() or box.size() <= 0.0:
        return None
    return box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat


def read_elements(path: Path, cut: LonLatBox | None, progress: Progress) -> Elements:
    """Everything tagged that reaches into `cut` (degrees), and the members that relations need.

    The passes are separate, so that files that are not in the usual order read all the same. Coordinates stay in
    degrees. Raises ImportRefused when the file is damaged.
    """
    elements = Elements()
    try:
        progress("Reading points", 0.02)
        locations = create_map("flex_mem")
        elements.nodes = [node for node in _tagged_nodes(path, locations) if cut is None or _inside(node.xy, cut)]
        progress("Reading relations", 0.15)
        elements.relations = list(_relations(path))
        members = {
            member.id
            for relation in elements.relations
            if relation.tags.get("type") in MEMBER_RELATIONS
            for member in relation.members
            if member.type == "w"
        }
        progress("Reading lines", 0.2)
        for way in _ways(path, locations, members):
            if cut is None or way.id in members or _reaches(way, cut):
                elements.ways[way.id] = way
    except (RuntimeError, ValueError, OverflowError) as error:
        raise ImportRefused(
            f"{path.name} is damaged or incomplete ({_first_line(error)}). Please download it again."
        ) from error
    if cut is not None:
        elements.relations = [each for each in elements.relations if _has_member(each, elements, cut)]
    return elements


def _tagged_nodes(path: Path, locations: LocationTable) -> Iterator[Node]:
    known, tagged = osmium.NodeLocationsForWays(locations), EmptyTagFilter()  # the iterator does not keep them alive
    with Reader(File(str(path)), NODE) as reader:
        for node in osmium.OsmFileIterator(reader, known, tagged):
            if isinstance(node, osmium.osm.Node) and node.location.valid():
                yield Node(node.id, dict(node.tags), (node.lon, node.lat))


def _relations(path: Path) -> Iterator[Relation]:
    tagged = EmptyTagFilter()
    with Reader(File(str(path)), RELATION) as reader:
        for relation in osmium.OsmFileIterator(reader, tagged):
            if not isinstance(relation, osmium.osm.Relation):
                continue
            members = tuple(Member(member.type, member.ref, member.role) for member in relation.members)
            yield Relation(relation.id, dict(relation.tags), members)


def _ways(path: Path, locations: LocationTable, members: set[int]) -> Iterator[Way]:
    place = osmium.NodeLocationsForWays(locations)
    place.ignore_errors()
    line = osmium.geom.WKBFactory().create_linestring
    with Reader(File(str(path)), WAY) as reader:
        for way in osmium.OsmFileIterator(reader, place):
            if not isinstance(way, osmium.osm.Way) or (not way.tags and way.id not in members):
                continue
            try:
                # The fast way: the whole line at once; 18 hexadecimal digits of header before the coordinates.
                points = np.frombuffer(bytes.fromhex(line(way)[18:])).reshape(-1, 2)
                yield Way(way.id, dict(way.tags), (points,), way.is_closed())
            except (osmium.InvalidLocationError, RuntimeError):
                yield _clipped_way(way)


def _clipped_way(way: osmium.osm.Way) -> Way:
    """A way of which some nodes are missing, or that has no length."""
    runs: list[list[tuple[float, float]]] = [[]]
    missing = 0
    for node in way.nodes:
        if not node.location.valid():
            missing += 1
            if runs[-1]:
                runs.append([])
        elif not runs[-1] or runs[-1][-1] != (node.lon, node.lat):
            runs[-1].append((node.lon, node.lat))
    found = tuple(np.array(run).reshape(-1, 2) for run in runs if run)
    return Way(way.id, dict(way.tags), found or (np.zeros((0, 2)),), len(way.nodes) > 2 and way.is_closed(), missing)


def _inside(lonlat: tuple[float, float], cut: LonLatBox) -> bool:
    west, south, east, north = cut
    return south <= lonlat[1] <= north and (lonlat[0] - west) % 360.0 <= (east - west) % 360.0


def _reaches(way: Way, cut: LonLatBox) -> bool:
    """Whether the bounds of a way meet the box."""
    points = way.points
    if not len(points):
        return True  # none of its nodes are known: to be named in the report
    west, south, east, north = cut
    (w, s), (e, n) = points.min(axis=0), points.max(axis=0)
    if west > east or e - w > 180.0:
        return s <= north and n >= south and any(_inside(tuple(point), cut) for point in points)
    return bool(w <= east and e >= west and s <= north and n >= south)


def _has_member(relation: Relation, elements: Elements, cut: LonLatBox) -> bool:
    """Whether a relation has a member that reaches into the box; those with unknown members only are kept out."""
    if relation.tags.get("type") not in MEMBER_RELATIONS:
        return True
    if relation.tags.get("type") == "building":
        return True
    boxes = [elements.ways[m.id].points for m in relation.members if m.type == "w" and m.id in elements.ways]
    known = [points for points in boxes if len(points)]
    if not known:
        return True
    points = np.concatenate(known)
    return _reaches(Way(0, {}, (points,), False), cut)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def placed(elements: Elements, to_local: Callable[[FloatArray], FloatArray]) -> Elements:
    """The same elements in the scene's metres."""
    ways = list(elements.ways.values())
    runs = [run for way in ways for run in way.runs]
    ends = np.cumsum([len(run) for run in runs])
    nodes = np.array([node.xy for node in elements.nodes]).reshape(-1, 2)
    local = to_local(np.concatenate([*runs, nodes]) if runs else nodes)
    split = iter(np.split(local, ends))
    return Elements(
        ways={way.id: replace(way, runs=tuple(next(split) for _ in way.runs)) for way in ways},
        nodes=[
            replace(node, xy=(float(x), float(y)))
            for node, (x, y) in zip(elements.nodes, next(split), strict=True)
        ],
        relations=elements.relations,
    )
