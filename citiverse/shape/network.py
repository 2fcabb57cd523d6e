"""The road network: where streets meet, and the ways between."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from shapely import LineString

from citiverse.city.feature import Direction, Mode, Road
from citiverse.geometry.arrays import FloatArray, IntArray

_PER_MM = 1000.0  # vertices closer than a millimetre are the same junction
_KEY_BITS = 31


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """Roads cut into pieces where they meet.

    `points`, shape (nodes, 2), metres: junctions and the ends of roads, in an order that only their places decide.
    Per piece: `road` is its place in `roads`; it runs along the road's line from vertex `first` to `last`, from node
    `start` to `end`, over `length_m`.
    """

    roads: tuple[Road, ...]
    points: FloatArray
    road: IntArray
    first: IntArray
    last: IntArray
    start: IntArray
    end: IntArray
    length_m: FloatArray

    def __len__(self) -> int:
        """Number of pieces."""
        return len(self.road)

    @cached_property
    def lines(self) -> tuple[LineString, ...]:
        """The line of every piece."""
        coordinates, owner = shapely.get_coordinates(_lines(self.roads), return_index=True)
        begin = np.searchsorted(owner, self.road)
        sizes = self.last - self.first + 1
        piece = np.repeat(np.arange(len(self)), sizes)
        offset = np.arange(len(piece)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return tuple(shapely.linestrings(coordinates[(begin + self.first)[piece] + offset], indices=piece))


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Pieces in the directions that one mode may use; arrays of shape (ways,). `forward` is along the road's line."""

    nodes: int
    piece: IntArray
    forward: NDArray[np.bool_]
    tail: IntArray
    head: IntArray

    def __len__(self) -> int:
        """Number of ways."""
        return len(self.piece)

    def islands(self) -> IntArray:
        """A number per node, shape (nodes,); nodes share it when each can be reached from the other."""
        ones = np.ones(len(self), np.int8)
        matrix = csr_array((ones, (self.tail, self.head)), shape=(self.nodes, self.nodes))
        labels: IntArray = connected_components(matrix, directed=True, connection="strong")[1].astype(np.int64)
        return labels


def _lines(roads: tuple[Road, ...]) -> NDArray[np.object_]:
    lines = np.empty(len(roads), object)
    lines[:] = [road.geometry for road in roads]
    return lines


def network_of(roads: Iterable[Road]) -> RoadNetwork:
    """The network of roads; two meet where their lines share a vertex (to the millimetre), be it an end or not."""
    roads = tuple(roads)
    if not roads:
        none = np.zeros(0, np.int64)
        return RoadNetwork(roads, np.zeros((0, 2)), none, none, none, none, none, np.zeros(0))
    coordinates, owner = shapely.get_coordinates(_lines(roads), return_index=True)
    snapped = np.round(coordinates * _PER_MM).astype(np.int64)
    keys = (snapped[:, 0] << _KEY_BITS) + snapped[:, 1]
    same_as_before = np.zeros(len(keys), np.bool_)
    same_as_before[1:] = (keys[1:] == keys[:-1]) & (owner[1:] == owner[:-1])
    _, first_seen, place = np.unique(keys, return_index=True, return_inverse=True)
    visits = np.bincount(place, weights=~same_as_before, minlength=len(first_seen))

    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    ends = np.append(begins[1:], len(owner)) - 1
    cut = (visits[place] > 1) & ~same_as_before
    cut[begins] = cut[ends] = True
    at = np.flatnonzero(cut)
    here, there = at[:-1], at[1:]
    together = owner[here] == owner[there]
    here, there = here[together], there[together]

    step = np.hypot(*np.diff(coordinates, axis=0, prepend=coordinates[:1]).T)
    along = np.cumsum(step)
    length_m = along[there] - along[here]
    real = length_m > 0
    here, there = here[real], there[real]
    used, node = np.unique(np.concatenate([place[here], place[there]]), return_inverse=True)
    return RoadNetwork(
        roads=roads,
        points=snapped[first_seen[used]] / _PER_MM,
        road=owner[here].astype(np.int64),
        first=here - begins[owner[here]],
        last=there - begins[owner[here]],
        start=node[: len(here)].astype(np.int64),
        end=node[len(here) :].astype(np.int64),
        length_m=length_m[real],
    )


def _direction(road: Road, mode: Mode) -> Direction:
    if mode == "foot":
        return "both"
    return road.bicycle_direction if mode == "bicycle" else road.direction


def ways_of(network: RoadNetwork, mode: Mode) -> Ways:
    """The ways that `mode` may take, along lines first, then against them."""
    open_to = np.array([mode in road.modes for road in network.roads], np.bool_)
    directions = np.array([_direction(road, mode) for road in network.roads], np.str_)
    along = np.flatnonzero((open_to & (directions != "backward"))[network.road])
    against = np.flatnonzero((open_to & (directions != "forward"))[network.road])
    return Ways(
        nodes=len(network.points),
        piece=np.concatenate([along, against]),
        forward=np.arange(len(along) + len(against)) < len(along),
        tail=np.concatenate([network.start[along], network.end[against]]),
        head=np.concatenate([network.end[along], network.start[against]]),
    )


def car_lanes(road: Road) -> tuple[float, float]:
    """Lanes that cars may use along and against the line; a lane for both directions counts half in each."""
    along = against = 0.0
    for lane in road.lanes:
        if lane.kind != "car":
            continue
        match lane.direction:
            case "forward":
                along += 1.0
            case "backward":
                against += 1.0
            case "both":
                along += 0.5
                against += 0.5
    match road.direction:
        case "forward":
            return max(along + against, 1.0), 0.0
        case "backward":
            return 0.0, max(along + against, 1.0)
        case "both":
            return max(along, 0.5), max(against, 0.5)
