"""Makes the models beside it: low-poly trees and things in the street, metres, y up, standing on y = 0.

Run `python assets/models/make.py` from the root of the repository. The models are CC0.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.scene.glb import Attribute, Part, Primitive, write_glb
from citiverse.scene.paint import Surface, linear

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Shape:
    """Triangles with one normal each corner, a colour and a surface."""

    points: FloatArray
    normals: FloatArray
    triangles: IntArray
    colours: FloatArray
    surface: Surface


def painted(points: FloatArray, normals: FloatArray, triangles: IntArray, colour: str, surface: Surface) -> Shape:
    return Shape(points, normals, triangles, np.tile(np.array(linear(colour), dtype=float), (len(points), 1)), surface)


def flat(corners: FloatArray, faces: list[tuple[int, ...]], colour: str, surface: Surface) -> Shape:
    """Flat faces, each a convex ring seen counter-clockwise from outside."""
    points, normals, triangles = [], [], []
    for face in faces:
        ring = corners[list(face)]
        normal = np.cross(ring[1] - ring[0], ring[2] - ring[0])
        normal /= np.linalg.norm(normal)
        start = sum(map(len, points))
        points.append(ring)
        normals.append(np.tile(normal, (len(ring), 1)))
        triangles += [(start, start + k, start + k + 1) for k in range(1, len(ring) - 1)]
    return painted(np.concatenate(points), np.concatenate(normals), np.array(triangles), colour, surface)


def box(low: Point, high: Point, colour: str, surface: Surface = Surface.OBJECT) -> Shape:
    (x0, y0, z0), (x1, y1, z1) = low, high
    corners = np.array([[x, y, z] for y in (y0, y1) for z in (z0, z1) for x in (x0, x1)], dtype=float)
    faces = [(4, 6, 7, 5), (2, 3, 7, 6), (1, 0, 4, 5), (3, 1, 5, 7), (0, 2, 6, 4)]
    if y0 > 0:
        faces.append((0, 1, 3, 2))
    return flat(corners, faces, colour, surface)


def tube(rings: list[tuple[float, float]], sides: int, colour: str, surface: Surface, closed: bool = True) -> Shape:
    """A body turned about the y axis: `rings` are (height, radius) from the bottom up; smooth round, flat along."""
    turn = np.arange(sides + 1) / sides * 2 * np.pi
    circle = np.column_stack([np.cos(turn), np.zeros(sides + 1), -np.sin(turn)])
    points, normals, triangles = [], [], []
    start = 0
    for (y0, r0), (y1, r1) in pairwise(rings):
        slope = np.array([0.0, r0 - r1, 0.0]) / max(np.hypot(y1 - y0, r1 - r0), 1e-9)
        outward = circle * ((y1 - y0) / max(np.hypot(y1 - y0, r1 - r0), 1e-9)) + slope
        points += [circle * r0 + [0, y0, 0], circle * r1 + [0, y1, 0]]
        normals += [outward, outward]
        i = np.arange(sides) + start
        n = sides + 1
        if r1 > 0:
            triangles.append(np.column_stack([i, i + 1 + n, i + n]))
        if r0 > 0:
            triangles.append(np.column_stack([i, i + 1, i + 1 + n]))
        start += 2 * n
    if closed and rings[-1][1] > 0:
        y, r = rings[-1]
        points.append(np.vstack([circle[:-1] * r + [0, y, 0]]))
        normals.append(np.tile([0.0, 1.0, 0.0], (sides, 1)))
        k = np.arange(1, sides - 1)
        triangles.append(np.column_stack([np.zeros_like(k), k, k + 1]) + start)
    return painted(np.concatenate(points), np.concatenate(normals), np.concatenate(triangles), colour, surface)


@lru_cache
def ball(times: int) -> tuple[FloatArray, IntArray]:
    """Points and triangles of a ball of radius 1: an icosahedron whose edges are cut into `times` pieces."""
    g = (1 + 5**0.5) / 2
    corners = [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0), (0, -1, g), (0, 1, g), (0, -1, -g), (0, 1, -g)]
    corners += [(g, 0, -1), (g, 0, 1), (-g, 0, -1), (-g, 0, 1)]
    faces = [
        (0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4), (11, 10, 2), (10, 7, 6),
        (7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9), (4, 9, 5), (2, 4, 11), (6, 2, 10), (8, 6, 7),
        (9, 8, 1),
    ]  # fmt: skip
    points: dict[tuple[float, ...], int] = {}
    triangles: list[tuple[int, ...]] = []
    for face in faces:
        a, b, c = (np.array(corners[k], dtype=float) for k in face)
        grid = {}
        for i in range(times + 1):
            for j in range(times + 1 - i):
                at = a + (b - a) * i / times + (c - a) * j / times
                grid[i, j] = points.setdefault(tuple((at / np.linalg.norm(at)).round(6).tolist()), len(points))
        for i in range(times):
            for j in range(times - i):
                triangles.append((grid[i, j], grid[i + 1, j], grid[i, j + 1]))
                if i + j < times - 1:
                    triangles.append((grid[i + 1, j], grid[i + 1, j + 1], grid[i, j + 1]))
    return np.array(list(points)), np.array(triangles)


def leaves(
    centre: Point, radius: Point, colour: str, seed: int, *, lumps: int = 12, bumpy: float = 0.42, times: int = 3
) -> Shape:
    """A crown of leaves: boughs bulge out all over it, dark where they meet and below, flatter below than above."""
    directions, triangles = ball(times)
    rng = np.random.default_rng(seed)
    boughs = ball(1 if lumps <= 12 else 2)[0]
    boughs = boughs[rng.permutation(len(boughs))[:lumps]] + rng.normal(0.0, 0.2, (min(lumps, len(boughs)), 3))
    boughs /= np.linalg.norm(boughs, axis=1, keepdims=True)
    out = rng.uniform(0.7, 1.1, len(boughs))
    narrow = 0.72 if lumps <= 12 else 0.8
    near = np.clip((directions @ boughs.T - narrow) / (1.0 - narrow), 0.0, 1.0) ** 0.7  # 1 at the tip of a bough
    swell = (near * out).max(axis=1)
    points = directions * (1 - bumpy + bumpy * swell[:, None]) * rng.uniform(0.95, 1.05, (len(directions), 1))
    points[:, 1] *= np.where(points[:, 1] < 0, 0.78, 1.0)
    points = points * radius
    # Between a smooth ball's normals and the true ones: soft, as leaves are, and yet with light on every bough.
    true = np.zeros_like(points)
    corners = points[triangles]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    for k in range(3):
        np.add.at(true, triangles[:, k], face)
    true /= np.linalg.norm(true, axis=1, keepdims=True)
    normals = true + 0.6 * directions
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    shape = painted(points + centre, normals, triangles, colour, Surface.FOLIAGE)
    light = (0.6 + 0.42 * swell) * (0.8 + 0.34 * (directions[:, 1] + 1) / 2)
    warm = rng.uniform(0.94, 1.06, len(light))
    return replace(
        shape, colours=shape.colours * np.column_stack([light * warm, light, light / warm, np.ones(len(light))])
    )


def moved(shape: Shape, by: Point, turn_deg: float = 0.0) -> Shape:
    a = np.radians(turn_deg)
    spin = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    return replace(shape, points=shape.points @ spin.T + by, normals=shape.normals @ spin.T)


def trunk(height: float, radius: float, colour: str = "#6b5644", boughs: int = 0) -> list[Shape]:
    """A stem with a foot, and boughs that lead up into the crown."""
    stem = tube([(0.0, radius * 1.35), (0.35, radius), (height, radius * 0.6)], 7, colour, Surface.BARK, closed=False)
    return [stem, *(_bough(height, radius * 0.45, 360 / boughs * k + 20, colour) for k in range(boughs))]


def _bough(height: float, radius: float, turn_deg: float, colour: str) -> Shape:
    along = tube([(0.0, radius), (1.5, radius * 0.4)], 4, colour, Surface.BARK, closed=False)
    a = np.radians(27)
    lean = np.array([[np.cos(a), np.sin(a), 0], [-np.sin(a), np.cos(a), 0], [0, 0, 1]])
    leant = replace(along, points=along.points @ lean.T, normals=along.normals @ lean.T)
    return moved(leant, (0.0, height - 0.5, 0.0), turn_deg)


def broadleaf() -> list[Shape]:
    return [
        *trunk(3.0, 0.2, boughs=3),
        leaves((0.1, 4.9, 0.0), (2.5, 3.0, 2.5), "#6f9648", 3),
    ]


def linden() -> list[Shape]:
    """Dense and taller than broad: limes, maples, chestnuts."""
    return [*trunk(2.3, 0.22, boughs=3), leaves((0.0, 4.8, 0.0), (2.35, 3.5, 2.35), "#7a9d4c", 11, lumps=16)]


def plane() -> list[Shape]:
    """Broad and open on a pale stem: planes, oaks, beeches."""
    return [
        *trunk(3.6, 0.28, "#9b927f", boughs=4),
        leaves((-0.7, 5.4, 0.2), (2.3, 1.9, 2.2), "#77994d", 5, lumps=12),
        leaves((1.2, 5.9, -0.3), (2.1, 1.8, 2.2), "#81a154", 9, times=2, lumps=10),
    ]


def birch() -> list[Shape]:
    return [
        *trunk(4.4, 0.13, "#dcd9d0", boughs=2),
        leaves((0.0, 5.6, 0.0), (1.45, 2.7, 1.4), "#8fae5e", 13),
        leaves((0.4, 3.7, -0.2), (1.05, 1.3, 1.0), "#86a656", 17, times=2, lumps=6),
    ]


def willow() -> list[Shape]:
    """A dome of hanging twigs."""
    crown = leaves((0.0, 3.6, 0.0), (2.9, 2.6, 2.9), "#93ab5e", 19, lumps=14, bumpy=0.3)
    low = np.minimum(crown.points[:, 1], 3.6)
    hung = np.column_stack([crown.points[:, 0], crown.points[:, 1] - 0.55 * (3.6 - low), crown.points[:, 2]])
    return [*trunk(3.0, 0.3, boughs=3), replace(crown, points=hung)]


def cherry() -> list[Shape]:
    """Small and round, as fruit trees are: cherries, apples, rowans, magnolias."""
    return [
        *trunk(1.7, 0.13, "#5d4a42", boughs=3),
        leaves((0.0, 3.1, 0.0), (1.9, 1.55, 1.9), "#84a05c", 23, lumps=12),
    ]


def column() -> list[Shape]:
    """Slim: poplars, cypresses."""
    return [*trunk(1.4, 0.18), leaves((0.0, 4.6, 0.0), (0.95, 4.2, 0.95), "#5f8546", 29, lumps=16)]


def conifer() -> list[Shape]:
    tiers = [(1.0, 2.0, 3.3), (2.2, 1.7, 4.6), (3.5, 1.35, 5.9), (4.8, 1.0, 7.2), (6.1, 0.62, 8.6)]
    cones = [_tier(low, radius, top, 31 + k) for k, (low, radius, top) in enumerate(tiers)]
    return [*trunk(1.5, 0.18), *cones]


def _tier(low: float, radius: float, top: float, seed: int) -> Shape:
    """Branches of a fir at one height: a cone with a ragged, drooping edge, dark towards the stem."""
    rng = np.random.default_rng(seed)
    sides = 10
    turn = (np.arange(sides) + rng.uniform(-0.25, 0.25, sides)) / sides * 2 * np.pi
    reach = radius * np.where(np.arange(sides) % 2, 0.78, 1.06) * rng.uniform(0.94, 1.06, sides)
    edge = np.column_stack([np.cos(turn) * reach, low + 0.25 * (1.1 - reach / radius), -np.sin(turn) * reach])
    points = np.vstack([edge, [[0.0, top, 0.0], [0.0, low + 0.45, 0.0]]])
    i = np.arange(sides)
    j = (i + 1) % sides
    triangles = np.concatenate([
        np.column_stack([i, j, np.full(sides, sides)]), np.column_stack([j, i, np.full(sides, sides + 1)])
    ])  # fmt: skip
    outward = np.column_stack([np.cos(turn), np.full(sides, radius / (top - low)), -np.sin(turn)])
    normals = np.vstack([outward, [[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]]])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    shape = painted(points, normals, triangles, "#4b7148", Surface.FOLIAGE)
    light = np.array([*rng.uniform(0.95, 1.2, sides), 0.8, 0.4])
    return replace(shape, colours=shape.colours * np.column_stack([light, light, light, np.ones(sides + 2)]))


def pine() -> list[Shape]:
    """An umbrella of needles high on a red stem: pines, cedars."""
    return [
        *trunk(5.4, 0.2, "#9a6a48", boughs=3),
        leaves((0.0, 6.5, 0.0), (2.0, 1.1, 1.9), "#587a45", 37, lumps=12),
        leaves((0.6, 7.3, 0.3), (1.3, 0.9, 1.3), "#5f824a", 41, times=2, lumps=8),
    ]


def palm() -> list[Shape]:
    """Twelve fronds, each a bent blade with two sides that hang from its rib."""
    rib = np.array([[0.0, 0.0], [0.9, 0.55], [1.9, 0.45], [2.6, -0.35]])
    wide = (0.12, 0.34, 0.3, 0.04)
    points = np.array(
        [[x, y - 0.45 * w * abs(side), side * w] for (x, y), w in zip(rib, wide, strict=True) for side in (-1, 0, 1)]
    )
    faces = [
        face
        for k in (0, 3, 6)
        for face in ((k, k + 1, k + 4, k + 3), (k + 1, k + 2, k + 5, k + 4))
    ]  # fmt: skip
    fronds = []
    for k in range(12):
        droop = np.array([1.0, 1.0 if k % 2 else 0.55, 1.0])
        blade = flat(points * droop, faces, "#7b9c52" if k % 2 else "#6a8c47", Surface.FOLIAGE)
        fronds.append(moved(blade, (0.0, 6.2, 0.0), 30 * k))
    rings = [(0.0, 0.3), (0.4, 0.2), (3.2, 0.17), (5.9, 0.18), (6.3, 0.3), (6.45, 0.12)]
    return [tube(rings, 7, "#8d7558", Surface.BARK), *fronds]


def bush() -> list[Shape]:
    return [leaves((0.0, 0.5, 0.0), (0.85, 0.75, 0.85), "#6c8d4a", 43, times=2, lumps=8)]


def thicket() -> list[Shape]:
    """A tree among others in a wood, of which one sees little but the crown."""
    stem = tube([(0.0, 0.24), (2.6, 0.16)], 5, "#5f5041", Surface.BARK, closed=False)
    return [stem, leaves((0.0, 4.6, 0.0), (2.9, 3.4, 2.9), "#5f8642", 47, times=2, lumps=10)]


METAL, DARK, WOOD, STONE = "#7b8084", "#3e4347", "#9a7148", "#a7a298"


def lamp() -> list[Shape]:
    pole = tube([(0.0, 0.09), (6.2, 0.05)], 6, METAL, Surface.OBJECT)
    return [
        pole,
        box((-0.05, 6.1, -0.04), (1.1, 6.2, 0.04), METAL),
        box((0.6, 6.0, -0.14), (1.25, 6.12, 0.14), "#e9e3c8"),
    ]


def bench() -> list[Shape]:
    legs = [box((x - 0.04, 0.0, -0.22), (x + 0.04, 0.42, 0.22), DARK) for x in (-0.7, 0.7)]
    back = box((-0.9, 0.5, 0.2), (0.9, 0.85, 0.26), WOOD)
    return [*legs, box((-0.9, 0.42, -0.24), (0.9, 0.47, 0.22), WOOD), back]


def bollard() -> list[Shape]:
    return [tube([(0.0, 0.08), (0.8, 0.08), (0.9, 0.03)], 7, DARK, Surface.OBJECT)]


def block() -> list[Shape]:
    return [box((-0.45, 0.0, -0.3), (0.45, 0.5, 0.3), STONE)]


def stop() -> list[Shape]:
    pole = tube([(0.0, 0.05), (2.9, 0.05)], 6, METAL, Surface.OBJECT)
    return [
        pole,
        box((-0.3, 2.35, -0.03), (0.3, 2.95, 0.03), "#2f6db5"),
        box((-0.22, 1.2, -0.02), (0.22, 1.8, 0.02), "#e5e5e0"),
    ]


def signal() -> list[Shape]:
    pole = tube([(0.0, 0.06), (2.4, 0.06)], 6, METAL, Surface.OBJECT)
    lights = [
        box((-0.09, y, 0.14), (0.09, y + 0.18, 0.17), colour)
        for y, colour in ((3.0, "#c8372d"), (2.75, "#d9a524"), (2.5, "#3d9a4e"))
    ]
    return [pole, box((-0.15, 2.4, -0.12), (0.15, 3.25, 0.14), DARK), *lights]


def waste_basket() -> list[Shape]:
    return [tube([(0.0, 0.2), (0.85, 0.24), (0.92, 0.2)], 8, "#4c5a50", Surface.OBJECT)]


def bicycle_stand() -> list[Shape]:
    hoops = []
    for x in (-1.2, -0.4, 0.4, 1.2):
        hoops += [
            box((x - 0.03, 0.0, -0.4), (x + 0.03, 0.78, -0.34), METAL),
            box((x - 0.03, 0.0, 0.34), (x + 0.03, 0.78, 0.4), METAL),
            box((x - 0.03, 0.72, -0.4), (x + 0.03, 0.78, 0.4), METAL),
        ]
    return hoops


def fountain() -> list[Shape]:
    return [
        tube([(0.0, 2.2), (0.55, 2.2), (0.55, 1.95), (0.42, 1.95)], 14, STONE, Surface.MASONRY, closed=False),
        tube([(0.40, 1.96), (0.42, 1.95)], 14, "#6fa0bd", Surface.WATER),
        tube([(0.0, 0.3), (1.3, 0.2), (1.4, 0.6), (1.5, 0.6)], 10, STONE, Surface.MASONRY),
    ]


def monument() -> list[Shape]:
    return [
        box((-1.1, 0.0, -1.1), (1.1, 0.5, 1.1), STONE, Surface.MASONRY),
        box((-0.7, 0.5, -0.7), (0.7, 2.3, 0.7), "#968f85", Surface.MASONRY),
        tube(
            [(2.3, 0.36), (3.3, 0.42), (3.9, 0.2), (4.05, 0.17), (4.3, 0.19), (4.45, 0.0)], 8, "#5d6f62", Surface.OBJECT
        ),
    ]


def flagpole() -> list[Shape]:
    return [tube([(0.0, 0.08), (10.0, 0.03), (10.1, 0.0)], 6, "#e4e4e0", Surface.OBJECT)]


def advertising_column() -> list[Shape]:
    return [tube([(0.0, 0.65), (2.9, 0.65), (2.95, 0.75), (3.1, 0.75), (3.6, 0.0)], 12, "#6d7f74", Surface.OBJECT)]


def table() -> list[Shape]:
    seats = [box((-0.9, 0.4, z - 0.14), (0.9, 0.46, z + 0.14), WOOD) for z in (-0.7, 0.7)]
    legs = [box((x - 0.05, 0.0, -0.7), (x + 0.05, 0.4, 0.7), DARK) for x in (-0.6, 0.6)]
    return [
        *seats,
        *legs,
        box((-0.9, 0.7, -0.4), (0.9, 0.76, 0.4), WOOD),
        box((-0.08, 0.4, -0.08), (0.08, 0.7, 0.08), DARK),
    ]


def cabinet() -> list[Shape]:
    return [box((-0.5, 0.0, -0.2), (0.5, 1.1, 0.2), "#8d938c")]


def post() -> list[Shape]:
    return [
        tube([(0.0, 0.06), (2.2, 0.06)], 6, METAL, Surface.OBJECT),
        box((-0.25, 1.8, -0.02), (0.25, 2.3, 0.02), "#d9d6cc"),
    ]


def shelter() -> list[Shape]:
    posts = [
        box((x - 0.05, 0.0, z - 0.05), (x + 0.05, 2.3, z + 0.05), METAL) for x in (-1.8, 1.8) for z in (-0.65, 0.65)
    ]
    glass = box((-1.8, 0.3, 0.66), (1.8, 2.1, 0.69), "#a9c0c8")
    return [
        *posts,
        glass,
        box((-2.0, 2.3, -0.8), (2.0, 2.42, 0.8), DARK),
        box((-1.2, 0.42, 0.3), (1.2, 0.47, 0.6), WOOD),
    ]


MODELS: tuple[Callable[[], list[Shape]], ...] = (
    broadleaf, linden, plane, birch, willow, cherry, column, conifer, pine, palm, bush, thicket, lamp, bench,
    bollard, block, stop, signal,
    waste_basket, bicycle_stand, fountain, monument, flagpole, advertising_column, table, cabinet, post, shelter,
)  # fmt: skip


def glb(shapes: list[Shape], name: str) -> bytes:
    start = np.cumsum([0, *(len(shape.points) for shape in shapes[:-1])])
    attributes = [
        Attribute("POSITION", np.concatenate([shape.points for shape in shapes]).round(3).astype(np.float32)),
        Attribute("NORMAL", np.rint(np.concatenate([shape.normals for shape in shapes]) * 127).astype(np.int8), True),
        Attribute("COLOR_0", np.concatenate([shape.colours for shape in shapes]).clip(0, 255).astype(np.uint8), True),
        Attribute("_SURFACE", np.concatenate([np.full(len(s.points), int(s.surface), dtype=np.uint8) for s in shapes])),
    ]
    triangles = np.concatenate([shape.triangles + at for shape, at in zip(shapes, start, strict=True)])
    return write_glb([Part(name, Primitive(attributes, triangles))], encoding="plain")


def main() -> None:
    for make in MODELS:
        data = glb(make(), make.__name__)
        (Path(__file__).parent / f"{make.__name__}.glb").write_bytes(data)


if __name__ == "__main__":
    main()
