"""The sea, from coastlines that run with land to their left and water to their right."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.snapping import snapped
from citiverse.gis.shapes import GRID_M, Area, polygonal

JOIN_M = 60.0  # ends of coastline nearer than this belong together where the file has lost the bit between
SHORTEST_M = 0.5
PROBE_M = 0.05  # how far beside the line to look for the face it bounds


def sea(coastlines: Sequence[FloatArray], box: Polygon) -> Area | None:
    """The part of the scene's rectangle on the right of the coastlines, each of shape (n, 2); None without any.

    Lines that end inside the rectangle, because the file is cut there, are led straight on to its edge. The
    rectangle is then divided into faces, and each is sea or land as most of the coast around it says, so that a single
    stray line does not flood the town.
    """
    lines = _inside(coastlines, box)
    if not lines:
        return None
    lines = _led_to_the_edge(_joined(lines, box), box)
    noded = shapely.unary_union([*lines, box.boundary])
    faces = shapely.get_parts(shapely.polygonize(list(shapely.get_parts(noded))))
    wet = _votes(faces, lines) > 0.0
    return polygonal(snapped(shapely.unary_union(faces[wet]), GRID_M)) if wet.any() else None


def _inside(coastlines: Sequence[FloatArray], box: Polygon) -> list[LineString]:
    """The stretches of coastline inside the rectangle, in their direction."""
    whole = [LineString(line) for line in coastlines if len(line) > 1]
    if not whole:
        return []
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(whole), directed=True))
    cut = [part for line in merged for part in _lines(shapely.intersection(line, box))]
    return [line for line in cut if line.length > SHORTEST_M]


def _lines(shape: BaseGeometry) -> list[LineString]:
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, LineString)]
    if len(parts) < 2:
        return parts
    merged = shapely.line_merge(shapely.multilinestrings(parts), directed=True)
    return [part for part in shapely.get_parts(merged) if isinstance(part, LineString)]


def _joined(lines: list[LineString], box: Polygon) -> list[LineString]:
    """Lines that end inside the rectangle near the start of another, or of themselves, are joined to it."""
    chains = [shapely.get_coordinates(line) for line in lines]
    while True:
        pair = _nearest_ends(chains, box)
        if pair is None:
            return [LineString(chain) for chain in chains]
        first, second = pair
        if first == second:
            chains[first] = np.vstack([chains[first], chains[first][:1]])
        else:
            chains[first] = np.vstack([chains[first], chains[second]])
            del chains[second]


def _nearest_ends(chains: list[FloatArray], box: Polygon) -> tuple[int, int] | None:
    """The chain that ends, and the one that starts, with the shortest gap; None where all gaps are wide."""
    ends = [i for i, chain in enumerate(chains) if _loose(chain, -1, box)]
    starts = [i for i, chain in enumerate(chains) if _loose(chain, 0, box)]
    if not ends or not starts:
        return None
    tails = np.array([chains[i][-1] for i in ends])
    heads = np.array([chains[i][0] for i in starts])
    apart = np.hypot(*(tails[:, None, :] - heads[None, :, :]).transpose(2, 0, 1))
    same = np.array(ends)[:, None] == np.array(starts)[None, :]
    short = np.array([len(chains[i]) < 4 for i in ends])[:, None]
    apart[same & short] = np.inf  # a line of two or three points does not enclose an island
    end, start = np.unravel_index(int(apart.argmin()), apart.shape)
    return (ends[end], starts[start]) if apart[end, start] < JOIN_M else None


def _loose(chain: FloatArray, at: int, box: Polygon) -> bool:
    """Whether a chain ends inside the rectangle rather than on its edge or in itself."""
    return not np.array_equal(chain[0], chain[-1]) and _on_edge(chain[at], box.exterior) is not None


def _led_to_the_edge(lines: list[LineString], box: Polygon) -> list[LineString]:
    edge = box.exterior
    led = []
    for line in lines:
        points = shapely.get_coordinates(line)
        if not line.is_closed:
            head, tail = (_on_edge(points[at], edge) for at in (0, -1))
            points = np.vstack([*([head] if head is not None else []), points, *([tail] if tail is not None else [])])
        led.append(LineString(points))
    return led


def _on_edge(end: FloatArray, edge: LineString) -> FloatArray | None:
    """The nearest point of the rectangle's edge to the end of a line, unless it lies on it already."""
    point = Point(end)
    if edge.distance(point) < 1e-6:
        return None
    nearest: FloatArray = shapely.get_coordinates(edge.interpolate(edge.project(point)))
    return nearest


def _votes(faces: NDArray[np.object_], lines: list[LineString]) -> FloatArray:
    """Metres of coast that call each face sea less those that call it land."""
    starts = np.concatenate([shapely.get_coordinates(line)[:-1] for line in lines])
    ends = np.concatenate([shapely.get_coordinates(line)[1:] for line in lines])
    along = ends - starts
    length = np.hypot(*along.T)
    starts, along, length = starts[length > 0], along[length > 0], length[length > 0]
    right = np.column_stack([along[:, 1], -along[:, 0]]) / length[:, None] * PROBE_M
    middle = starts + along / 2
    tree = STRtree(faces)
    votes = np.zeros(len(faces))
    for side, sign in ((middle + right, 1.0), (middle - right, -1.0)):
        probe, face = tree.query(shapely.points(side), predicate="within")
        np.add.at(votes, face, sign * length[probe])
    return votes
