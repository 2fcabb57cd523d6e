"""Makes the models beside it: low-poly trees and things in the street, metres, y up, standing on y = 0.

Run `python assets/models/make.py` from the root of the repository. The models are CC0.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
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


def icosphere(times: int) -> tuple[FloatArray, IntArray]:
    g = (1 + 5**0.5) / 2
    points = [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0), (0, -1, g), (0, 1, g), (0, -1, -g), (0, 1, -g)]
    points += [(g, 0, -1), (g, 0, 1), (-g, 0, -1), (-g, 0, 1)]
    faces = [
        (0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4), (11, 10, 2), (10, 7, 6),
        (7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9), (4, 9, 5), (2, 4, 11), (6, 2, 10), (8, 6, 7),
        (9, 8, 1),
    ]  # fmt: skip
    ball = [np.array(p, dtype=float) / np.linalg.norm(p) for p in points]
    for _ in range(times):
        halves: dict[tuple[int, int], int] = {}

        def half(a: int, b: int, halves: dict[tuple[int, int], int] = halves) -> int:
            key = (min(a, b), max(a, b))
            if key not in halves:
                middle = ball[a] + ball[b]
                ball.append(middle / np.linalg.norm(middle))
                halves[key] = len(ball) - 1
            return halves[key]

        faces = [
            small
            for a, b, c in faces
            for ab, bc, ca in [(half(a, b), half(b, c), half(c, a))]
            for small in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))
        ]
    return np.array(ball), np.array(faces)


def leaves(centre: Point, radius: Point, colour: str, seed: float, bumpy: float = 0.12, times: int = 1) -> Shape:
    """A bumpy ball of leaves, darker below."""
    ball, faces = icosphere(times)
    bump = 1 + bumpy * np.sin(ball @ np.array([5.1, 3.7, 4.3]) * 2 + seed) * np.cos(
        ball @ np.array([2.3, -4.1, 3.1]) + seed
    )
    points = ball * bump[:, None] * radius + centre
    normals = ball / np.array(radius)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    shape = painted(points, normals, faces, colour, Surface.FOLIAGE)
    light = 0.72 + 0.36 * (ball[:, 1] + 1) / 2
    return replace(shape, colours=shape.colours * np.column_stack([light, light, light, np.ones(len(light))]))


def moved(shape: Shape, by: Point, turn_deg: float = 0.0) -> Shape:
    a = np.radians(turn_deg)
    spin = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    return replace(shape, points=shape.points @ spin.T + by, normals=shape.normals @ spin.T)


def trunk(height: float, radius: float, colour: str = "#6b5644") -> Shape:
    return tube([(0.0, radius), (height, radius * 0.6)], 6, colour, Surface.BARK, closed=False)


def broadleaf() -> list[Shape]:
    return [
        trunk(3.2, 0.22),
        leaves((0.0, 5.4, 0.0), (2.2, 2.5, 2.2), "#6c9a45", 0.4),
        leaves((0.9, 4.4, 0.6), (1.5, 1.5, 1.6), "#648f3f", 2.1),
        leaves((-0.9, 4.6, -0.5), (1.5, 1.6, 1.5), "#719f49", 4.0),
    ]


def linden() -> list[Shape]:
    return [
        trunk(2.6, 0.22),
        leaves((0.0, 5.2, 0.0), (2.3, 2.8, 2.3), "#7aa64a", 1.3, bumpy=0.16),
        leaves((0.2, 3.6, 0.1), (2.2, 1.4, 2.2), "#6c9743", 3.3),
    ]


def birch() -> list[Shape]:
    return [
        trunk(4.0, 0.15, "#d8d5cc"),
        leaves((0.0, 5.6, 0.0), (1.5, 2.4, 1.5), "#8fb35a", 0.9, bumpy=0.18),
        leaves((0.3, 3.9, -0.2), (1.4, 1.4, 1.4), "#86aa52", 2.7),
    ]


def column() -> list[Shape]:
    return [trunk(2.0, 0.2), leaves((0.0, 5.0, 0.0), (1.0, 3.6, 1.0), "#648f45", 1.7)]


def conifer() -> list[Shape]:
    tiers = [(1.2, 2.1, 3.6), (2.7, 1.7, 5.2), (4.4, 1.25, 6.8), (6.0, 0.8, 8.4)]
    cones = [
        tube([(low, 0.15), (low + 0.01, radius), (top, 0.0)], 9, colour, Surface.FOLIAGE)
        for (low, radius, top), colour in zip(tiers, ("#3f6339", "#456b3e", "#4b7443", "#527d49"), strict=True)
    ]
    return [trunk(1.6, 0.2), *cones]


def pine() -> list[Shape]:
    return [
        trunk(5.2, 0.2, "#9a6a48"),
        leaves((0.0, 6.2, 0.0), (1.9, 1.0, 1.8), "#55783f", 0.2),
        leaves((0.5, 7.2, 0.2), (1.3, 0.9, 1.3), "#5c8045", 1.9),
        leaves((-0.5, 5.3, -0.3), (1.2, 0.6, 1.2), "#4f713b", 3.1),
    ]


def palm() -> list[Shape]:
    blade = np.array([[0, 0, 0], [0.9, 0.5, 0.28], [2.2, -0.5, 0], [0.9, 0.5, -0.28]], dtype=float)
    fronds = [
        moved(flat(blade, [(0, 1, 2, 3), (3, 2, 1, 0)], "#6d9448", Surface.FOLIAGE), (0.0, 6.2, 0.0), 360 / 9 * k)
        for k in range(9)
    ]
    return [trunk(6.3, 0.22, "#8d7558"), *fronds]


def bush() -> list[Shape]:
    return [leaves((0.0, 0.55, 0.0), (0.8, 0.65, 0.8), "#5f8743", 0.5)]


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
    broadleaf, linden, birch, column, conifer, pine, palm, bush, lamp, bench, bollard, block, stop, signal,
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
