"""The part of a road between two of its junctions, split off so that it can change alone."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np
import shapely
from shapely import LineString, Point

from citiverse.city.change import NO_CHANGE, Change, change_between
from citiverse.city.city import City, NotInCity
from citiverse.city.feature import Feature, Road
from citiverse.proposal.ground import PATHS
from citiverse.proposal.place import local
from citiverse.proposal.refusal import EditRefused, Lonlat
from citiverse.proposal.words import metres, name_of, other_name_of

FARTHEST_M = 150.0  # from a marked place to the road it is meant for
ON_THE_ROAD_M = 15.0  # a mark farther off may mean another section of the same street
MOST_SECTIONS = 60
END = "its end"  # where a road meets nothing
CORNER_M = 30.0  # a side street this near names a corner where only footpaths meet the road

Node = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The pieces of a road that an edit means, and the change that splits them off where it must."""

    pieces: tuple[Road, ...]
    split: Change

    def changed(self, how: Callable[[Road], Road | None]) -> Change:
        """The change that splits the pieces off and makes of each what `how` says; None removes it."""
        before: dict[str, Feature | None] = {piece.id: piece for piece in self.pieces}
        before |= self.split.before
        after: dict[str, Feature | None] = dict(self.split.after)
        after |= {piece.id: how(piece) for piece in self.pieces}
        return change_between(before, after)


@dataclass(frozen=True, slots=True)
class _Block:
    """A road from one junction to the next: vertices `first` to `last` of part number `part`."""

    part: int
    first: int
    last: int
    start: Node
    end: Node
    line: LineString


def parts_of(city: City, road: str) -> list[Road]:
    """The road of this id with what edits have split off it. Raises EditRefused when there is none."""
    try:
        return city.road_parts(road)
    except NotInCity as missing:
        raise EditRefused(str(missing), field="road") from None


def stretch_of(city: City, road: str, between: tuple[Lonlat, Lonlat] | None, ids: Iterator[str]) -> Stretch:
    """All of a road, or the part between two positions snapped to its junctions. Raises EditRefused.

    Sources cut streets into sections: marks beyond the road reach along sections of the same name. The first piece
    along a road's line keeps its id, others take one of `ids` and name it in `part_of`.
    """
    if between is None:
        return Stretch(tuple(parts_of(city, road)), NO_CHANGE)
    parts, places = _marked(city, road, between)
    blocks = _blocks(city, parts)
    wanted = set(_route(blocks, *_ends(blocks, places), name_of(parts[0])))
    pieces: list[Road] = []
    before: dict[str, Feature | None] = {}
    after: dict[str, Feature | None] = {}
    for number, part in enumerate(parts):
        own = [(block, n in wanted) for n, block in enumerate(blocks) if block.part == number]
        cut = _split(part, own, ids)
        pieces += [piece for piece, chosen in cut if chosen]
        before |= dict.fromkeys([piece.id for piece, _ in cut]) | {part.id: part}
        after |= {piece.id: piece for piece, _ in cut}
    return Stretch(tuple(pieces), change_between(before, after))


def ends_of(city: City, road: str, between: tuple[Lonlat, Lonlat]) -> tuple[str, str]:
    """What crosses the road at both ends of a stretch, by name. Raises EditRefused."""
    parts, places = _marked(city, road, between)
    start, end = _ends(_blocks(city, parts), places)
    return _crossing(city, parts, start), _crossing(city, parts, end)


def node(x: float, y: float) -> Node:
    """A vertex as a key: roads meet where these are the same."""
    return round(x, 3), round(y, 3)


def nodes(line: LineString) -> list[Node]:
    """The vertices of a line as keys."""
    return [node(x, y) for x, y in shapely.get_coordinates(line).tolist()]


def in_pieces(road: Road, lines: Sequence[LineString], ids: Iterator[str]) -> list[Road]:
    """Pieces of a road along these lines; the first keeps its id, the others name it in `part_of`."""
    first = [replace(road, geometry=line) for line in lines[:1]]
    return first + [replace(road, geometry=line, id=next(ids), part_of=road.id) for line in lines[1:]]


def _split(part: Road, blocks: list[tuple[_Block, bool]], ids: Iterator[str]) -> list[tuple[Road, bool]]:
    runs = [(chosen, [block for block, _ in run]) for chosen, run in groupby(blocks, key=lambda each: each[1])]
    if len(runs) == 1:
        return [(part, runs[0][0])]
    corners = shapely.get_coordinates(part.geometry)
    lines = [LineString(corners[run[0].first : run[-1].last + 1]) for _, run in runs]
    return list(zip(in_pieces(part, lines, ids), [chosen for chosen, _ in runs], strict=True))


def _blocks(city: City, parts: list[Road]) -> list[_Block]:
    shared = _shared(city, parts)
    blocks: list[_Block] = []
    for number, part in enumerate(parts):
        keys = nodes(part.geometry)
        coordinates = shapely.get_coordinates(part.geometry)
        stops = [n for n, key in enumerate(keys) if n in (0, len(keys) - 1) or key in shared]
        blocks += [
            _Block(number, first, last, keys[first], keys[last], LineString(coordinates[first : last + 1]))
            for first, last in pairwise(stops)
        ]
    return blocks


def _shared(city: City, parts: list[Road]) -> set[Node]:
    own = {part.id for part in parts}
    others: set[Node] = set()
    for part in parts:
        crossing = [f.geometry for f in city.near(part.geometry) if isinstance(f, Road) and f.id not in own]
        others.update(map(tuple, np.round(shapely.get_coordinates(crossing), 3).tolist()))
    return others


def _marked(city: City, road: str, between: tuple[Lonlat, Lonlat]) -> tuple[list[Road], list[Point]]:
    """The parts of a road, with those of its street where a mark lies beyond it, and the marks."""
    parts = parts_of(city, road)
    places = [Point(xy) for xy in local(city, between, what="the stretch", field="between")]
    if max(_far(place, parts) for place in places) > ON_THE_ROAD_M:
        parts = _street(city, parts, places)
    for place, position in zip(places, between, strict=True):
        if (far_m := _far(place, parts)) > FARTHEST_M:
            sentence = f"The place you marked is {metres(far_m)} from {name_of(parts[0])}."
            raise EditRefused(sentence, at=position, field="between")
    return parts, places


def _far(place: Point, parts: list[Road]) -> float:
    return min(float(place.distance(part.geometry)) for part in parts)


def _street(city: City, parts: list[Road], places: list[Point]) -> list[Road]:
    """The parts with sections of the same name that hang together with them, as far as the marked places."""
    name, walked = parts[0].name, parts[0].category in PATHS
    found = {part.id: part for part in parts}
    waiting = list(parts) if name else []
    missing = [place for place in places if _far(place, parts) > ON_THE_ROAD_M]
    while waiting and missing and len(found) < MOST_SECTIONS:
        road = waiting.pop(0)
        own = set(nodes(road.geometry))
        for other in city.near(road.geometry):
            if not isinstance(other, Road) or other.id in found or own.isdisjoint(nodes(other.geometry)):
                continue
            if other.name == name and (other.category in PATHS) == walked:
                found[other.id] = other
                waiting.append(other)
                missing = [place for place in missing if place.distance(other.geometry) > ON_THE_ROAD_M]
    return list(found.values())


def _ends(blocks: list[_Block], places: list[Point]) -> tuple[Node, Node]:
    stops = list(dict.fromkeys(stop for block in blocks for stop in (block.start, block.end)))
    start, end = (min(stops, key=lambda stop: place.distance(Point(stop))) for place in places)
    if start != end:
        return start, end
    middle = LineString(places).centroid if places[0] != places[1] else places[0]
    nearest = min(blocks, key=lambda block: block.line.distance(middle))
    return nearest.start, nearest.end


def _route(blocks: list[_Block], start: Node, end: Node, name: str) -> list[int]:
    """Numbers of the blocks of the shortest way along the road."""
    if start == end:
        return [n for n, block in enumerate(blocks) if block.start == block.end == start]
    links: dict[Node, list[tuple[Node, int]]] = {}
    for n, block in enumerate(blocks):
        links.setdefault(block.start, []).append((block.end, n))
        links.setdefault(block.end, []).append((block.start, n))
    queue: list[tuple[float, Node, tuple[int, ...]]] = [(0.0, start, ())]
    seen: set[Node] = set()
    while queue:
        length_m, here, way = heapq.heappop(queue)
        if here == end:
            return list(way)
        if here in seen:
            continue
        seen.add(here)
        for there, n in links[here]:
            heapq.heappush(queue, (length_m + blocks[n].line.length, there, (*way, n)))
    raise EditRefused(f"{name} is interrupted between these two places.", field="between")


def _crossing(city: City, parts: list[Road], stop: Node) -> str:
    """What meets the road at a stop: a street by name, there or round the corner, or what kind of way it is."""
    own = {part.name for part in parts} | {""}
    ids = {part.id for part in parts}
    corner = Point(stop)
    near = [road for road in city.near(corner.buffer(CORNER_M)) if isinstance(road, Road) and road.id not in ids]
    meeting = [road for road in near if stop in nodes(road.geometry)]
    named = [road for road in meeting if road.name not in own]
    named = named or [road for road in near if road.name not in own and corner.distance(road.geometry) <= CORNER_M]
    if named:
        return min(named, key=lambda road: (corner.distance(road.geometry), road.name)).name
    others = [road for road in meeting if road.name == ""]
    return other_name_of(others[0]) if others else END
