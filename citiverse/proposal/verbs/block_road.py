"""Block a road for motor traffic at one place."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from shapely import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature, Furniture, Road
from citiverse.proposal.alter import SOURCE, told
from citiverse.proposal.between import FARTHEST_M, in_pieces, node, nodes, parts_of
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import At, RoadId
from citiverse.proposal.ground import MOTOR_MODES, is_motor_road
from citiverse.proposal.phrases import of_road
from citiverse.proposal.place import point_of
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import metres, name_of, sentence

BLOCK_M = 2.0  # length of the stretch that bollards close
CLEAR_M = 3.0  # from the ends of the road, so that the junctions stay free


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRoad(Verb):
    """Block a road for motor traffic at one place with bollards; bicycles and people on foot pass."""

    group: ClassVar[Group] = "roads"

    verb: Literal["block_road"] = "block_road"
    road: RoadId
    at: At

    def apply(self, city: City) -> Change:
        """The road in pieces, the short one at the place closed. Raises EditRefused away from it and where it is so."""
        place = point_of(city, self.at, what="the block")
        part = min(parts_of(city, self.road), key=lambda each: each.geometry.distance(place))
        name = sentence(name_of(part))
        far_m = part.geometry.distance(place)
        if far_m > FARTHEST_M:
            raise EditRefused(f"The place you marked is {metres(far_m)} from {name_of(part)}.", at=self.at, field="at")
        if not is_motor_road(part):
            raise EditRefused(f"{name} is already closed to motor traffic there.", at=self.at, field="at")
        ids = fresh_ids(self, city)
        bollard_id = next(ids)
        lines, closed = _cut(part.geometry, part.geometry.project(place))
        pieces = in_pieces(part, lines, ids)
        blocked: Road = pieces[closed]
        pieces[closed] = told(blocked, modes=blocked.modes - MOTOR_MODES)
        after: dict[str, Feature | None] = {piece.id: piece for piece in pieces}
        middle = blocked.geometry.interpolate(0.5, normalized=True)
        after[bollard_id] = Furniture(id=bollard_id, source=SOURCE, geometry=middle, category="bollard")
        return change_between({id: city.get(id) for id in after}, after)

    def describe(self, city: City) -> str:
        """Such as "Block Kalevankatu for motor traffic; bicycles and people on foot pass"."""
        return of_road(city, "Block {road} for motor traffic; bicycles and people on foot pass", self.road, None)


def _cut(line: LineString, along_m: float) -> tuple[list[LineString], int]:
    """The line in three, and the number of the short piece in the middle; whole where it is short itself."""
    if line.length < 2.0 * CLEAR_M + BLOCK_M:
        return [line], 0
    start = min(max(along_m - BLOCK_M / 2.0, CLEAR_M), line.length - CLEAR_M - BLOCK_M)
    spans = [(0.0, start), (start, start + BLOCK_M), (start + BLOCK_M, line.length)]
    corners = set(nodes(line))
    return [_snapped(substring(line, low, high), line, corners) for low, high in spans], 1


def _snapped(piece: BaseGeometry, line: LineString, corners: set[tuple[float, float]]) -> LineString:
    """The piece with the line's own vertices as they were and new ends to the millimetre."""
    own = dict(zip(nodes(line), line.coords, strict=True))
    return LineString([own[node(x, y)] if node(x, y) in corners else node(x, y) for x, y in piece.coords])
