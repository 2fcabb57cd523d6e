"""The ground: terrain, land and water, streets with kerbs and markings, tracks, bridges."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from citiverse.city.feature import Feature, Furniture, GreenArea, Paving, Rail, Road, Water
from citiverse.city.terrain import Terrain
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.ribbon import strip, without_repeats
from citiverse.geometry.triangulate import triangulate
from citiverse.scene.cell import Cell, of_kind, squares_of
from citiverse.scene.mesh import Mesh, flat_mesh, joined
from citiverse.scene.paint import Surface, linear
from citiverse.scene.tile import Drawing, Sight
from citiverse.shape.decks import DECK_M, Deck, deck
from citiverse.shape.ground import NOBODY, Cover, Ground, ground, risers, road_cover
from citiverse.shape.streets import (
    FLUSH,
    KERB_M,
    Marking,
    junctions,
    lane_lines,
    on_ground,
    section,
    zebra,
)

MESH_M = 16.0
"""Net of the ground where it is not flat."""
PAINT_M = 0.02
"""How far paint and rails lie over what they lie on: enough for a depth buffer at the distance leaves are seen from."""
RAIL_M = 0.09

SURFACE_OF: dict[Cover, Surface] = {
    "earth": Surface.EARTH, "carriageway": Surface.CARRIAGEWAY, "pavement": Surface.PAVEMENT,
    "cycleway": Surface.CYCLEWAY, "square": Surface.SQUARE, "lawn": Surface.LAWN, "wood": Surface.WOOD,
    "pitch": Surface.PITCH, "water": Surface.WATER, "track": Surface.TRACK, "sand": Surface.SAND,
}  # fmt: skip
COLOUR_OF: dict[Cover, str] = {
    "earth": "#b5b0a1", "carriageway": "#5a5d61", "pavement": "#a9a59c", "cycleway": "#94675a", "square": "#b7ada0",
    "lawn": "#84a65c", "wood": "#688d51", "pitch": "#7fa077", "water": "#5d8aa8", "track": "#6d6a66",
    "sand": "#d8c9a3",
}  # fmt: skip
# Other colours by the surface (roads, paving) or category (green) that a feature names.
_ROAD_SURFACES = {
    "paving_stones": "#a39c91", "sett": "#938c81", "cobblestone": "#8d857a", "unhewn_cobblestone": "#8a8276",
    "concrete": "#a09e98", "granite": "#a39f9a", "gravel": "#b0a48c", "fine_gravel": "#b5a98f", "compacted": "#b3a68c",
    "dirt": "#9a8467", "ground": "#9a8467", "earth": "#9a8467", "unpaved": "#ab9d82", "sand": "#d0bf98",
    "wood": "#a1835f", "grass": "#84a65c",
}  # fmt: skip
_GREENS = {
    "garden": "#8bab60", "meadow": "#98ab62", "cemetery": "#7f9e60", "allotments": "#7d9650", "flowerbed": "#a58a6b",
    "playground": "#c2ac80", "heath": "#94905f", "scrub": "#75934f", "vineyard": "#8d9a55", "orchard": "#7f9f56",
    "wetland": "#6f8f6a",
}  # fmt: skip
_SQUARES = _ROAD_SURFACES | {
    "asphalt": "#8c8a87",
    "sett": "#a79d90",
    "cobblestone": "#a1968a",
    "paving_stones": "#b3a99b",
}
_PAVINGS = {"parking": "#7f8081", "pier": "#a38b6d", "platform": "#a7a49f", "runway": "#66696c", "track": "#a8604c"}


def draw(cell: Cell) -> Drawing:
    """Everything that lies flat in the cell, cut at its borders; bridges and paint with the cell of their middle."""
    west, south, east, north = cell.cut
    if west >= east or south >= north:
        return Drawing(cell.features, None)
    pieces = ground(cell.features, cell.cut, mesh_m=None if cell.terrain.flat else MESH_M)
    slot = {feature.id: i for i, feature in enumerate(cell.features)}
    meshes = [
        faces(pieces, cell.features, cell.terrain),
        *_kerbs(pieces, cell),
        *_paint(cell, slot),
        *_rails(cell, slot),
    ]
    meshes += [mesh for way in _bridges(cell) for mesh in _bridge(way, cell, slot[way.id])]
    return Drawing(cell.features, joined(meshes))


def sees(feature: Feature) -> Sight:
    """Ground and ways show wherever they reach; of things in the street only crossings leave a mark."""
    match feature:
        case Road() | Rail() | GreenArea() | Water() | Paving():
            return "near"
        case Furniture(category="crossing"):
            return "near"
        case _:
            return None


def colour_of(cover: Cover, feature: Feature | None) -> str:
    """#rrggbb of a piece of ground."""
    match feature:
        case Road() if cover in ("carriageway", "pavement", "square"):
            own = _ROAD_SURFACES.get(feature.surface.split(":")[0], "")
            return own if own and cover == road_cover(feature) else COLOUR_OF[cover]
        case Paving():
            return _PAVINGS.get(feature.category, _SQUARES.get(feature.surface, COLOUR_OF[cover]))
        case GreenArea():
            return _GREENS.get(feature.category, COLOUR_OF[cover])
        case _:
            return COLOUR_OF[cover]


def faces(pieces: Ground, features: Sequence[Feature], terrain: Terrain) -> Mesh:
    """Pieces of ground made from `features`, painted; slots count through these."""
    rings = pieces.rings
    triangles, _ = triangulate(rings)
    polygon = np.repeat(np.arange(len(rings)), np.diff(rings.point_start))
    colours = np.array(
        [
            linear(colour_of(cover, None if owner == NOBODY else features[owner]))
            for cover, owner in zip(pieces.cover, pieces.owner, strict=True)
        ],
        dtype=np.uint8,
    ).reshape(-1, 4)
    surfaces = np.array([SURFACE_OF[cover] for cover in pieces.cover], dtype=np.uint8)
    height = terrain.heights(rings.points) + pieces.level_m[polygon]
    points = np.column_stack([rings.points, height])
    return Mesh(points, triangles, pieces.owner[polygon], colours[polygon], surfaces[polygon])


def _kerbs(pieces: Ground, cell: Cell) -> list[Mesh]:
    steps = risers(pieces)
    n = len(steps.start)
    if not n:
        return []
    below, above = cell.terrain.heights(steps.start), cell.terrain.heights(steps.end)
    points = np.concatenate([
        np.column_stack([steps.start, below + steps.foot_m]), np.column_stack([steps.end, above + steps.foot_m]),
        np.column_stack([steps.end, above + steps.top_m]), np.column_stack([steps.start, below + steps.top_m]),
    ])  # fmt: skip
    i = np.arange(n)
    triangles = np.concatenate([np.column_stack([i, i + n, i + 2 * n]), np.column_stack([i, i + 2 * n, i + 3 * n])])
    wet = np.array([cover == "water" for cover in pieces.cover])[steps.below]
    colour = np.where(wet[:, None], linear("#8a8578"), linear("#c2beb4")).astype(np.uint8)
    surface = np.where(wet, int(Surface.MASONRY), int(Surface.KERB)).astype(np.uint8)
    owner = pieces.owner[steps.above]
    return [Mesh(points, triangles, np.tile(owner, 4), np.tile(colour, (4, 1)), np.tile(surface, 4))]


def _paint(cell: Cell, slot: Mapping[str, int]) -> list[Mesh]:
    """Lane lines and crossings whose middle lies in the cell."""
    driven = [road for road in of_kind(cell, Road) if on_ground(road) and road_cover(road) == "carriageway"]
    at = junctions(driven)
    meshes: list[Mesh] = []
    for road in driven:
        lines = [mark for mark in lane_lines(road, at) if _inside(mark.line, cell)]
        if lines:
            meshes.append(_painted(lines, road, slot[road.id], cell.terrain))
    return meshes + _crossings(cell, driven, slot)


def _crossings(cell: Cell, driven: Sequence[Road], slot: Mapping[str, int]) -> list[Mesh]:
    points = [thing for thing in of_kind(cell, Furniture) if thing.category == "crossing"]
    if not points or not driven:
        return []
    tree = shapely.STRtree([road.geometry for road in driven])
    which, road = tree.query([thing.geometry for thing in points], predicate="dwithin", distance=0.5)
    meshes: list[Mesh] = []
    for i, thing in enumerate(points):
        wide = [driven[k] for k in road[which == i] if driven[k].category not in FLUSH]
        at = shapely.get_coordinates(thing.geometry)
        if wide and _inside(at, cell):
            marks = zebra(wide[0], at[0])
            if marks:
                meshes.append(_painted(marks, wide[0], slot[thing.id], cell.terrain))
    return meshes


def _inside(line: FloatArray, cell: Cell) -> bool:
    x, y = line[len(line) // 2]
    west, south, east, north = cell.cut
    return bool(west <= x < east and south <= y < north)


def _painted(marks: Sequence[Marking], road: Road, slot: int, terrain: Terrain) -> Mesh:
    level = PAINT_M - (0.0 if road.category in FLUSH else KERB_M)
    white = linear("#e8e6e0")
    bands: list[Mesh] = []
    for mark in marks:
        points, triangles = strip(mark.line, mark.width_m / 2, -mark.width_m / 2)
        bands.append(flat_mesh(_raised(points, level, terrain), triangles, slot, white, Surface.MARKING))
    whole = joined(bands)
    assert whole is not None
    return whole


def _raised(points: FloatArray, above_m: float, terrain: Terrain) -> FloatArray:
    return np.column_stack([points, terrain.heights(points) + above_m])


def _rails(cell: Cell, slot: Mapping[str, int]) -> list[Mesh]:
    meshes: list[Mesh] = []
    for rail in of_kind(cell, Rail):
        if rail.tunnel or rail.bridge or rail.layer < 0 or rail.category == "subway":
            continue
        for part in shapely.get_parts(shapely.clip_by_rect(rail.geometry, *cell.cut)):
            line = part if cell.terrain.flat else shapely.segmentize(part, MESH_M / 2)
            meshes += _rail_pair(without_repeats(shapely.get_coordinates(line)), rail, slot[rail.id], cell.terrain)
    return meshes


def _rail_pair(line: FloatArray, rail: Rail, slot: int, terrain: Terrain) -> list[Mesh]:
    if len(line) < 2:
        return []
    found: list[Mesh] = []
    for side in (0.5, -0.5):
        middle = side * rail.gauge_m
        points, triangles = strip(line, middle + RAIL_M / 2, middle - RAIL_M / 2)
        raised = _raised(points, PAINT_M - KERB_M, terrain)
        found.append(flat_mesh(raised, triangles, slot, linear("#8d9093"), Surface.STEEL))
    return found


def _bridges(cell: Cell) -> list[Road | Rail]:
    ways: list[Road | Rail] = [*of_kind(cell, Road), *of_kind(cell, Rail)]
    bridges = [way for way in ways if way.bridge and not way.tunnel and way.layer >= 0]
    squares = squares_of(bridges, cell.square.z) if bridges else []
    return [way for way, square in zip(bridges, squares, strict=True) if square == cell.square]


def _bridge(way: Road | Rail, cell: Cell, slot: int) -> list[Mesh]:
    found = deck(way, cell.features, cell.terrain)
    if found is None:
        return []
    match way:
        case Road():
            cross = section(way)
            half = cross.carriageway_m / 2
            cover = road_cover(way)
            left, right = half + cross.left_m, -half - cross.right_m
            meshes = _slab(found, left, right, slot)
            if cross.left_m + cross.right_m > 0.1:
                meshes += _band(found, left, right, 0.0, slot, COLOUR_OF["pavement"], Surface.PAVEMENT)
            meshes += _band(found, half, -half, PAINT_M, slot, colour_of(cover, way), SURFACE_OF[cover])
        case Rail():
            meshes = _slab(found, 2.0, -2.0, slot)
            meshes += _band(found, 2.0, -2.0, 0.0, slot, COLOUR_OF["track"], Surface.TRACK)
            for side in (0.5, -0.5):
                middle = side * way.gauge_m
                meshes += _band(
                    found, middle + RAIL_M / 2, middle - RAIL_M / 2, PAINT_M, slot, "#8d9093", Surface.STEEL
                )
    return meshes


def _band(
    found: Deck, left_m: float, right_m: float, above_m: float, slot: int, colour: str, surface: Surface
) -> list[Mesh]:
    points, triangles = strip(found.line, left_m, right_m)
    height = np.tile(found.height + above_m, 2)
    return [flat_mesh(np.column_stack([points, height]), triangles, slot, linear(colour), surface)]


def _slab(found: Deck, left_m: float, right_m: float, slot: int) -> list[Mesh]:
    """Sides and underside of a deck."""
    flat, bottom = strip(found.line, left_m, right_m)
    n = len(found.line)
    top, foot = np.tile(found.height, 2), np.tile(found.height - DECK_M, 2)
    points = np.concatenate([np.column_stack([flat, top]), np.column_stack([flat, foot])])
    i = np.arange(n - 1)
    j = i + n  # the right edge; the underside is 2 n further on
    sides = np.concatenate([
        np.column_stack([i + 2 * n, i, i + 1]), np.column_stack([i + 2 * n, i + 1, i + 1 + 2 * n]),
        np.column_stack([j + 2 * n, j + 1, j]), np.column_stack([j + 2 * n, j + 1 + 2 * n, j + 1]),
    ])  # fmt: skip
    triangles = np.concatenate([sides, bottom[:, ::-1] + 2 * n])
    return [flat_mesh(points, triangles, slot, linear("#a19d94"), Surface.MASONRY)]
