"""Bridges, tunnel mouths and steps as meshes."""

from collections.abc import Iterable

import numpy as np
import shapely

from citiverse.city.feature import Rail, Road
from citiverse.city.terrain import Terrain
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.ribbon import corner_normals, lengths, strip
from citiverse.scene.mesh import Mesh, flat_mesh
from citiverse.scene.paint import Surface, linear
from citiverse.shape.decks import DECK_M, PIER_M, Deck, Pier, Portal, treads
from citiverse.shape.markings import Strokes
from citiverse.shape.streets import KERB_M, WALKED

PARAPET_M, PARAPET_WIDE_M = 1.0, 0.25
RAILING_M, RAILING_WIDE_M = 1.1, 0.08
STONE, DARK, FRAME, RAILING, KERB = "#a19d94", "#202224", "#928e86", "#5d6164", "#c2beb4"
FRAME_M, LINTEL_M, MOUTH_M = 0.6, 0.8, 0.7
"""Thickness of a tunnel mouth's sides, of what lies over it, and how far in its dark begins."""
HOOD = 3.0  # metres that the roof behind a mouth takes to come down, to a metre of its height
INTO_HILL = 0.4
"""How far the ground rises over a mouth that leads into a hillside, as a share of its height."""
DESCENT, OVER_GROUND_M, STREET = 1.6, 0.06, "#5a5d61"
"""Metres of a way that goes down in level ground that are in sight, to a metre of its height; how it lies there."""
SKIRT_M = 0.6
"""How far the sides of steps reach below them."""


def band(found: Deck, left_m: float, right_m: float, above_m: float, slot: int, colour: str, surface: Surface) -> Mesh:
    """A strip along a deck, `above_m` its surface."""
    points, triangles = strip(found.line, left_m, right_m)
    height = np.tile(found.height + above_m, 2)
    return flat_mesh(np.column_stack([points, height]), triangles, slot, linear(colour), surface)


def kerb(found: Deck, at_m: float, slot: int) -> Mesh:
    """The kerb between a pavement and the carriageway in the middle of a deck, `at_m` to the left of its line."""
    line = found.line + at_m * corner_normals(found.line)
    n = len(line)
    points = np.concatenate([
        np.column_stack([line, found.height]), np.column_stack([line, found.height - KERB_M])
    ])  # fmt: skip
    i = np.arange(n - 1)
    faces = _quads(i + n, i, i + 1, i + 1 + n) if at_m < 0 else _quads(i + n, i + 1 + n, i + 1, i)
    return flat_mesh(points, faces, slot, linear(KERB), Surface.KERB)


def slab(found: Deck, slot: int) -> Mesh:
    """Sides, ends and underside of a deck."""
    flat, bottom = strip(found.line, found.left_m, -found.right_m)
    n = len(found.line)
    top, foot = np.tile(found.height, 2), np.tile(found.height - DECK_M, 2)
    points = np.concatenate([np.column_stack([flat, top]), np.column_stack([flat, foot])])
    i = np.arange(n - 1)
    j = i + n  # the right edge; the underside is 2 n further on
    first, last = np.array([[0], [2 * n], [3 * n], [n]]), np.array([[2 * n - 1], [4 * n - 1], [3 * n - 1], [n - 1]])
    triangles = np.concatenate([
        _quads(i + 2 * n, i, i + 1, i + 1 + 2 * n), _quads(j + 2 * n, j + 1 + 2 * n, j + 1, j),
        _quads(*first), _quads(*last), bottom[:, ::-1] + 2 * n,
    ])  # fmt: skip
    return flat_mesh(points, triangles, slot, linear(STONE), Surface.MASONRY)


def _quads(a: IntArray, b: IntArray, c: IntArray, d: IntArray) -> IntArray:
    """Two triangles to each quad, whose corners run counter-clockwise seen from outside."""
    return np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])


def parapets(found: Deck, way: Road | Rail, slot: int) -> list[Mesh]:
    """Walls along the open edges of a deck; railings where only people cross."""
    light = isinstance(way, Road) and (way.category in WALKED or way.category == "cycleway")
    high, wide = (RAILING_M, RAILING_WIDE_M) if light else (PARAPET_M, PARAPET_WIDE_M)
    colour = linear(RAILING if light else STONE)
    surface = Surface.OBJECT if light else Surface.MASONRY
    sides = ((found.left_m, found.left_m - wide, found.open_left), (-found.right_m + wide, -found.right_m,
             found.open_right))  # fmt: skip
    meshes: list[Mesh] = []
    for left, right, is_open in sides:
        flat, _ = strip(found.line, left, right)
        n = len(found.line)
        foot, top = np.tile(found.height - KERB_M - 0.05, 2), np.tile(found.height + high, 2)
        points = np.concatenate([np.column_stack([flat, top]), np.column_stack([flat, foot])])
        i = np.flatnonzero(is_open)
        j = i + n
        triangles = np.concatenate([
            _quads(i, j, j + 1, i + 1), _quads(i + 2 * n, i, i + 1, i + 1 + 2 * n),
            _quads(j + 2 * n, j + 1 + 2 * n, j + 1, j),
        ])  # fmt: skip
        if len(i):
            meshes.append(flat_mesh(points, triangles, slot, colour, surface))
    return meshes


def pier(wall: Pier, slot: int) -> Mesh:
    """The four sides of a pier."""
    run = wall.across[1] - wall.across[0]
    aside = np.array([-run[1], run[0]]) / np.hypot(*run) * PIER_M / 2
    corners = np.array([wall.across[0] + aside, wall.across[0] - aside, wall.across[1] - aside, wall.across[1] + aside])
    return _block(corners, wall.foot_m, np.full(4, wall.top_m), slot, STONE)


def _block(corners: FloatArray, foot: float, top: FloatArray, slot: int, colour: str, *, lid: bool = False) -> Mesh:
    """An upright prism over `corners` (n, 2), counter-clockwise, from `foot` to `top` (n,)."""
    n = len(corners)
    points = np.concatenate([np.column_stack([corners, np.full(n, foot)]), np.column_stack([corners, top])])
    i = np.arange(n)
    j = (i + 1) % n
    triangles = _quads(i, j, j + n, i + n)
    if lid:
        triangles = np.concatenate([triangles, [[n, n + 1, n + 2], [n, n + 2, n + 3]]])
    return flat_mesh(points, triangles, slot, linear(colour), Surface.MASONRY)


def mouth(portal: Portal, terrain: Terrain, slot: int) -> list[Mesh]:
    """A tunnel's mouth: into a hillside, or down where the ground does not rise."""
    inside = portal.at + portal.into * HOOD * portal.height_m
    low, high = terrain.heights(np.array([portal.at, inside])).tolist()
    return _gate(portal, low, slot) if high - low >= INTO_HILL * portal.height_m else _descent(portal, terrain, slot)


def _around(portal: Portal, from_left: float, to_left: float, begin: float, end: float) -> FloatArray:
    """The corners of a rectangle seen from a mouth: to its left and ahead into it, counter-clockwise, (4, 2)."""
    into = portal.into
    left = np.array([-into[1], into[0]])
    places = [(to_left, begin), (from_left, begin), (from_left, end), (to_left, end)]
    return np.array([portal.at + left * aside + into * ahead for aside, ahead in places])


def _descent(portal: Portal, terrain: Terrain, slot: int) -> list[Mesh]:
    """An opening in level ground: a way that gets darker as it goes down, between low walls."""
    half, long = portal.width_m / 2, DESCENT * portal.height_m
    wall = PARAPET_WIDE_M
    edges = np.array([_around(portal, -half, half, at, at)[:2] for at in (0.0, long)]).reshape(-1, 2)
    points = np.column_stack([edges, terrain.heights(edges) + OVER_GROUND_M])
    colour = np.array([linear(STREET)] * 2 + [linear(DARK)] * 2, dtype=np.uint8)
    surface = np.full(4, int(Surface.CARRIAGEWAY), dtype=np.uint8)
    way = Mesh(points, np.array([[0, 1, 3], [0, 3, 2]]), np.full(4, slot, dtype=np.int64), colour, surface)
    ground = terrain.heights(edges)
    foot, top = float(ground.min()) - SKIRT_M, np.full(4, float(ground.max()) + PARAPET_M)
    sides = [
        (half, half + wall, 0.0, long + wall),
        (-half - wall, -half, 0.0, long + wall),
        (-half, half, long, long + wall),
    ]
    return [way, *(_block(_around(portal, *side), foot, top, slot, FRAME, lid=True) for side in sides)]


def _gate(portal: Portal, ground: float, slot: int) -> list[Mesh]:
    """A frame, the dark behind it, and a roof that goes down into the ground."""
    half, high = portal.width_m / 2, portal.height_m
    outer, deep = half + FRAME_M, HOOD * high

    def corners(from_left: float, to_left: float, begin: float, end: float) -> FloatArray:
        return _around(portal, from_left, to_left, begin, end)

    foot, top = ground - SKIRT_M, ground + high + LINTEL_M
    roof = np.array([top, top, foot + 0.02, foot + 0.02])
    sides = [
        _block(corners(half, outer, 0.0, MOUTH_M), foot, np.full(4, top), slot, FRAME, lid=True),
        _block(corners(-outer, -half, 0.0, MOUTH_M), foot, np.full(4, top), slot, FRAME, lid=True),
        _block(corners(-half, half, 0.0, MOUTH_M), ground + high, np.full(4, top), slot, FRAME, lid=True),
        _block(corners(-outer, outer, MOUTH_M + 0.05, deep), foot, roof, slot, FRAME, lid=True),
    ]
    face = corners(-half, half, MOUTH_M, MOUTH_M + 0.05)
    points = np.array([[*face[0], foot], [*face[1], foot], [*face[1], ground + high], [*face[0], ground + high]])
    dark = flat_mesh(points, np.array([[0, 1, 2], [0, 2, 3]]), slot, linear(DARK), Surface.OBJECT)
    lower = np.array([[*face[0], ground + high], [*face[1], ground + high]])
    front = corners(-half, half, 0.0, MOUTH_M)
    lintel = np.array([[*front[0], ground + high], [*front[1], ground + high], lower[1], lower[0]])
    under = flat_mesh(lintel, np.array([[0, 2, 1], [0, 3, 2]]), slot, linear(FRAME), Surface.MASONRY)
    return [*sides, dark, under]


def flight(line: FloatArray, wide_m: float, terrain: Terrain, slot: int, colour: str) -> list[Mesh]:
    """Steps on a slope: treads, risers and sides; `line` (n, 2) without repeats."""
    edges, height = treads(line, terrain)
    half = wide_m / 2
    left = half * corner_normals(edges)
    n = len(height)
    low, high = edges[:-1], edges[1:]
    a, b = np.column_stack([low + left[:-1], height]), np.column_stack([low - left[:-1], height])
    c, d = np.column_stack([high - left[1:], height]), np.column_stack([high + left[1:], height])
    down = np.array([0.0, 0.0, SKIRT_M])
    points = np.concatenate([a, b, c, d, a - down, b - down, c - down, d - down])
    i = np.arange(n)
    ring = [i, i + n, i + 2 * n, i + 3 * n]
    triangles = [np.column_stack([ring[0], ring[1], ring[2]]), np.column_stack([ring[0], ring[2], ring[3]])]
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        triangles.append(_quads(one + 4 * n, other + 4 * n, other, one))
    return [flat_mesh(points, np.concatenate(triangles), slot, linear(colour), Surface.PAVEMENT)]


def paint(found: Deck, strokes: Iterable[Strokes], above_m: float, slot: int) -> list[Mesh]:
    """Lines painted on a deck."""
    every = [each for each in strokes if len(each.start)]
    if not every:
        return []
    start, end = np.concatenate([each.start for each in every]), np.concatenate([each.end for each in every])
    half = np.concatenate([each.width_m for each in every])[:, None] / 2
    run = end - start
    run /= np.maximum(np.hypot(*run.T), 0.01)[:, None]
    side = np.column_stack([-run[:, 1], run[:, 0]]) * half
    corners = np.concatenate([start + side, start - side, end - side, end + side])
    along = shapely.line_locate_point(shapely.linestrings(found.line), shapely.points(corners))
    height = np.interp(along, lengths(found.line), found.height) + above_m
    n = len(start)
    i = np.arange(n)
    triangles = np.concatenate([np.column_stack([i, i + n, i + 2 * n]), np.column_stack([i, i + 2 * n, i + 3 * n])])
    points = np.column_stack([corners, height])
    return [flat_mesh(points, triangles, slot, linear("#e8e6e0"), Surface.MARKING)]
