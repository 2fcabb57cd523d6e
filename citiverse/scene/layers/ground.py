"""The ground: terrain, land and water, streets with kerbs and markings, tracks, bridges."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import shapely

from citiverse.city.feature import Feature, Furniture, GreenArea, Paving, Rail, Road, Water
from citiverse.city.terrain import Terrain
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.ragged import MILLIMETRE
from citiverse.geometry.ribbon import Lines, lines_of, strips
from citiverse.scene import spans
from citiverse.scene.cell import Cell, of_kind, spans_owned, squares_of
from citiverse.scene.mesh import Mesh, joined
from citiverse.scene.paint import Surface, linear
from citiverse.scene.tile import Drawing, Sight
from citiverse.shape.decks import deck, open_ends, piers, portals
from citiverse.shape.ground import (
    NOBODY,
    Cover,
    Ground,
    ground,
    risers,
    road_cover,
)
from citiverse.shape.junctions import layout
from citiverse.shape.markings import Strokes, approaches, cycleway, lines, run_of, step_edges, zebra
from citiverse.shape.pitches import pitch_lines
from citiverse.shape.streets import KERB_M, kerbed, on_ground, section
from citiverse.shape.sunk import sunk_and_level
from citiverse.shape.tracks import lies_open, on_ballast

MESH_M = 16.0
"""Net of the ground where it is not flat."""
PATCH_M = 64.0
"""Side of the patches of ground that an edit makes anew."""
PAINT_M = 0.02
"""How far paint and rails lie over what they lie on: enough for a depth buffer at the distance leaves are seen from."""
RAIL_M = 0.09

SURFACE_OF: dict[Cover, Surface] = {
    "earth": Surface.EARTH, "carriageway": Surface.CARRIAGEWAY, "pavement": Surface.PAVEMENT,
    "cycleway": Surface.CYCLEWAY, "parking": Surface.CARRIAGEWAY, "square": Surface.SQUARE, "lawn": Surface.LAWN,
    "bed": Surface.WOOD,
    "wood": Surface.WOOD, "pitch": Surface.PITCH, "water": Surface.WATER, "track": Surface.TRACK, "sand": Surface.SAND,
}  # fmt: skip
COLOUR_OF: dict[Cover, str] = {
    "earth": "#b5b0a1", "carriageway": "#5a5d61", "pavement": "#a9a59c", "cycleway": "#94675a",
    "parking": "#6b6c6c", "square": "#b7ada0",
    "lawn": "#84a65c", "bed": "#6f8a4a", "wood": "#688d51", "pitch": "#7fa077", "water": "#5d8aa8", "track": "#7d7a75",
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

KINDS = frozenset({"road", "rail", "green", "water", "paving", "furniture"})


def draw(cell: Cell) -> Drawing:
    """Everything that lies flat in the cell, cut at its borders; bridges and paint with the cell of their middle."""
    west, south, east, north = cell.cut
    if west >= east or south >= north:
        return Drawing(cell.features, None)
    pieces = ground(cell.features, cell.cut, mesh_m=None if cell.terrain.flat else MESH_M, patch_m=PATCH_M)
    slot = {feature.id: i for i, feature in enumerate(cell.features)}
    meshes = [
        faces(pieces, cell.features, cell.terrain),
        *_kerbs(pieces, cell),
        *_paint(cell, slot),
        *_rails(cell, slot),
        *_spans(cell, slot),
        *_mouths(cell, slot),
        *_flights(cell, slot),
    ]
    return Drawing(cell.features, joined(meshes))


def sees(feature: Feature, z: int) -> Sight:
    """Ground and ways show wherever they reach; of things in the street only crossings and lights leave a mark."""
    match feature:
        case Road() | Rail() | GreenArea() | Water() | Paving():
            return "near"
        case Furniture(category="crossing" | "traffic_signals"):
            return "near"
        case _:
            return None


def colour_of(cover: Cover, feature: Feature | None) -> str:
    """#rrggbb of a piece of ground."""
    match feature:
        case Road() if cover in ("carriageway", "pavement", "square"):
            own = _ROAD_SURFACES.get(feature.surface.split(":")[0], "")
            return own if own and road_cover(feature) == cover else COLOUR_OF[cover]
        case Paving():
            return _PAVINGS.get(feature.category, _SQUARES.get(feature.surface, COLOUR_OF[cover]))
        case GreenArea():
            return _GREENS.get(feature.category, COLOUR_OF[cover])
        case Rail() if on_ballast(feature):
            return "#7a7168"
        case _:
            return COLOUR_OF[cover]


def faces(pieces: Ground, features: Sequence[Feature], terrain: Terrain) -> Mesh:
    """Pieces of ground made from `features`, painted; slots count through these."""
    rings = pieces.rings
    polygon = np.repeat(np.arange(len(rings)), np.diff(rings.point_start))
    looks = list(zip(pieces.cover, pieces.look.tolist(), strict=True))
    colour = {
        (cover, look): linear(colour_of(cover, None if look == NOBODY else features[look]))
        for cover, look in set(looks)
    }
    colours = np.array([colour[look] for look in looks], dtype=np.uint8).reshape(-1, 4)
    surfaces = np.array([SURFACE_OF[cover] for cover in pieces.cover], dtype=np.uint8)
    height = terrain.heights(rings.points) + pieces.level_m[polygon]
    points = np.column_stack([rings.points, height])
    return Mesh(points, pieces.triangles, pieces.owner[polygon], colours[polygon], surfaces[polygon])


def _kerbs(pieces: Ground, cell: Cell) -> list[Mesh]:
    steps = risers(pieces)
    n = len(steps.start)
    if not n:
        return []
    owner = pieces.owner[steps.above]
    wet = np.array([cover == "water" for cover in pieces.cover])[steps.below]
    # Corners of each face: feet at start and end, tops at end and start. Faces that go on share theirs.
    place = np.concatenate([steps.start, steps.end, steps.end, steps.start])
    above_m = np.concatenate([steps.foot_m, steps.foot_m, steps.top_m, steps.top_m])
    key = np.column_stack([place, np.rint(above_m / MILLIMETRE).astype(np.int64), np.tile(owner, 4), np.tile(wet, 4)])
    order = np.lexsort(key.T[::-1])
    fresh = np.concatenate([[True], (np.diff(key[order], axis=0) != 0).any(axis=1)])
    corner = np.empty(4 * n, dtype=np.int64)
    corner[order] = np.cumsum(fresh) - 1
    kept = order[fresh]
    flat = steps.points[place[kept]]
    points = np.column_stack([flat, cell.terrain.heights(flat) + above_m[kept]])
    a, b, c, d = corner.reshape(4, n)
    triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    wet = np.tile(wet, 4)[kept]
    colour = np.where(wet[:, None], linear("#8a8578"), linear("#c2beb4")).astype(np.uint8)
    surface = np.where(wet, int(Surface.MASONRY), int(Surface.KERB)).astype(np.uint8)
    return [Mesh(points, triangles, np.tile(owner, 4)[kept], colour, surface)]


def _paint(cell: Cell, slot: Mapping[str, int]) -> list[Mesh]:
    """Lines, signs and crossings whose middle lies in the cell."""
    roads = of_kind(cell, Road)
    streets = layout(roads)
    driven = [road for road in roads if on_ground(road) and road_cover(road) == "carriageway"]
    things = of_kind(cell, Furniture)
    crossings = _crossed([thing for thing in things if thing.category == "crossing"], driven)
    runs: dict[str, list[float]] = {}
    for _, road, run in crossings:
        runs.setdefault(road.id, []).append(run)
    lights = [thing.geometry for thing in things if thing.category == "traffic_signals"]
    strokes: list[tuple[Strokes, Road | GreenArea, int]] = [
        (stroke, road, slot[road.id])
        for road in driven
        for stroke in lines(road, streets.kept_free(road), runs.get(road.id, ()))
    ]
    strokes += [
        (stroke, road, slot[road.id])
        for road, stroke in approaches(streets, shapely.get_coordinates(lights), runs)
        if road_cover(road) == "carriageway"
    ]
    strokes += [(stroke, road, slot[thing.id]) for thing, road, run in crossings for stroke in zebra(road, run)]
    strokes += [
        (stroke, road, slot[road.id])
        for road in roads
        if road.category == "cycleway" and on_ground(road)
        for stroke in cycleway(road)
    ]
    strokes += [
        (stroke, pitch, slot[pitch.id])
        for pitch in of_kind(cell, GreenArea)
        if pitch.category == "pitch"
        for stroke in pitch_lines(pitch)
    ]
    edges: list[tuple[Strokes, Road | GreenArea, int]] = [
        (stroke, road, slot[road.id])
        for road in roads
        if road.category == "steps" and on_ground(road) and cell.terrain.flat  # where it is not, steps are built
        for stroke in step_edges(road)
    ]
    return [
        *(_painted(strokes, cell, "#e8e6e0", Surface.MARKING) if strokes else []),
        *(_painted(edges, cell, "#7f7c76", Surface.PAVEMENT) if edges else []),
    ]


def _crossed(things: Sequence[Furniture], driven: Sequence[Road]) -> list[tuple[Furniture, Road, float]]:
    """Crossings, the road that each one crosses, and how far along it.

    Those on the map cross streets with kerbs: ways over drives are mapped likewise, and hardly any is painted. Those
    that an edit adds cross drives as well.
    """
    if not things or not driven:
        return []
    tree = shapely.STRtree([road.geometry for road in driven])
    which, road = tree.query([thing.geometry for thing in things], predicate="dwithin", distance=0.5)
    first: dict[int, int] = {}
    pairs = zip(which.tolist(), road.tolist(), strict=True)
    for i, flush, k in sorted((i, not kerbed(driven[k]), k) for i, k in pairs):
        if not flush or things[i].id.startswith("new:"):
            first.setdefault(i, k)
    return [
        (things[i], driven[k], run_of(driven[k], shapely.get_coordinates(things[i].geometry)[0]))
        for i, k in first.items()
    ]


def _painted(
    strokes: Sequence[tuple[Strokes, Road | GreenArea, int]], cell: Cell, colour: str, surface: Surface
) -> list[Mesh]:
    counts = [len(stroke.start) for stroke, _, _ in strokes]
    start = np.concatenate([stroke.start for stroke, _, _ in strokes])
    end = np.concatenate([stroke.end for stroke, _, _ in strokes])
    half = np.concatenate([stroke.width_m for stroke, _, _ in strokes])[:, None] / 2
    tip = np.concatenate([stroke.tip_m for stroke, _, _ in strokes])[:, None] / 2
    low = [KERB_M if isinstance(on, Road) and kerbed(on) else 0.0 for _, on, _ in strokes]
    level = np.repeat(PAINT_M - np.array(low), counts)
    slots = np.repeat([slot for _, _, slot in strokes], counts)
    west, south, east, north = cell.cut
    x, y = ((start + end) / 2).T
    run = end - start
    size = np.sqrt((run * run).sum(axis=1))
    keep = (west <= x) & (x < east) & (south <= y) & (y < north) & (size > 0.01)
    start, end, run, half, tip, level, slots = (
        each[keep] for each in (start, end, run / np.maximum(size, 0.01)[:, None], half, tip, level, slots)
    )
    left = np.column_stack([-run[:, 1], run[:, 0]])
    corners = np.concatenate([start + left * half, start - left * half, end - left * tip, end + left * tip])
    n = len(start)
    i = np.arange(n)
    pointed = tip[:, 0] == 0.0
    triangles = np.concatenate(
        [np.column_stack([i, i + n, i + 2 * n]), np.column_stack([i, i + 2 * n, i + 3 * n])[~pointed]]
    )
    paint = np.tile(np.array(linear(colour), dtype=np.uint8), (4 * n, 1))
    points = np.column_stack([corners, cell.terrain.heights(corners) + np.tile(level, 4)])
    return [Mesh(points, triangles, np.tile(slots, 4), paint, np.full(4 * n, int(surface), dtype=np.uint8))]


def bands(
    lines: Lines, left_m: FloatArray, right_m: FloatArray, above_m: FloatArray, slot: IntArray, terrain: Terrain
) -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """Strips lying `above_m` the terrain: points (n, 3), triangles, and slot and line of each point.

    `left_m`, `right_m`, `above_m` and `slot` have a value for each line.
    """
    flat, triangles, line = strips(lines, left_m, right_m)
    return np.column_stack([flat, terrain.heights(flat) + above_m[line]]), triangles, slot[line], line


def _rails(cell: Cell, slot: Mapping[str, int]) -> list[Mesh]:
    """Rails, level with the ground that they lie on: their own bed or a carriageway."""
    rails = [rail for rail in of_kind(cell, Rail) if lies_open(rail)]
    if not rails:
        return []
    split = sunk_and_level(rails, cell.features, within=cell.cut)
    found: list[Mesh] = []
    for k, above_m in ((0, PAINT_M - KERB_M), (1, PAINT_M)):
        parts = np.array([each[k] for each in split], dtype=object)
        runs = lines_of(parts if cell.terrain.flat else shapely.segmentize(parts, MESH_M / 2))
        if not len(runs.owner):
            continue
        slots = np.array([slot[rail.id] for rail in rails])[runs.owner]
        half_gauge = np.array([rail.gauge_m / 2 for rail in rails])[runs.owner]
        for side in (1.0, -1.0):
            left, right = side * half_gauge + RAIL_M / 2, side * half_gauge - RAIL_M / 2
            points, triangles, owner, _ = bands(runs, left, right, np.full(len(slots), above_m), slots, cell.terrain)
            steel = np.tile(np.array(linear("#8d9093"), dtype=np.uint8), (len(points), 1))
            surface = np.full(len(points), int(Surface.STEEL), dtype=np.uint8)
            found.append(Mesh(points, triangles, owner, steel, surface))
    return found


def _spans(cell: Cell, slot: Mapping[str, int]) -> list[Mesh]:
    """Bridges whose middle lies in the cell, whole."""
    bridges = spans_owned(cell.features, cell.square)
    return [mesh for way in bridges for mesh in _bridge(way, cell, slot[way.id])]


def _bridge(way: Road | Rail, cell: Cell, slot: int) -> list[Mesh]:
    found = deck(way, cell.features, cell.terrain)
    if found is None:
        return []
    meshes = [spans.slab(found, slot), *spans.parapets(found, way, slot)]
    meshes += [spans.pier(wall, slot) for wall in piers(found, way, cell.features, cell.terrain)]
    left, right = found.left_m, -found.right_m
    match way:
        case Road():
            half, cover = section(way).carriageway_m / 2, road_cover(way)
            low = -KERB_M if kerbed(way) else 0.0
            for outer, inner in ((left, half), (right, -half)):
                if abs(outer - inner) > 0.05:
                    one, other = max(outer, inner), min(outer, inner)
                    meshes.append(spans.band(found, one, other, 0.0, slot, COLOUR_OF["pavement"], Surface.PAVEMENT))
                    meshes.append(spans.kerb(found, inner, slot))
            meshes.append(spans.band(found, half, -half, low, slot, colour_of(cover, way), SURFACE_OF[cover]))
            if cover == "carriageway":
                meshes += spans.paint(found, lines(way, (), ()), low + PAINT_M, slot)
        case Rail():
            meshes.append(spans.band(found, left, right, 0.0, slot, colour_of("track", way), Surface.TRACK))
            for side in (0.5, -0.5):
                middle = side * way.gauge_m
                meshes.append(
                    spans.band(found, middle + RAIL_M / 2, middle - RAIL_M / 2, PAINT_M, slot, "#8d9093", Surface.STEEL)
                )
    return meshes


def _mouths(cell: Cell, slot: Mapping[str, int]) -> list[Mesh]:
    """Tunnel mouths in the cell."""
    west, south, east, north = cell.cut
    tunnels = [way for way in cell.features if isinstance(way, Road | Rail) and way.tunnel]
    outside = open_ends(cell.features) if tunnels else frozenset()
    return [
        mesh
        for way in tunnels
        for portal in portals(way, outside)
        if west <= portal.at[0] < east and south <= portal.at[1] < north
        for mesh in spans.mouth(portal, cell.terrain, slot[way.id])
    ]


def _flights(cell: Cell, slot: Mapping[str, int]) -> list[Mesh]:
    """Steps whose middle lies in the cell, where the ground rises under them."""
    steps = [road for road in of_kind(cell, Road) if road.category == "steps" and on_ground(road)]
    if not steps or cell.terrain.flat:
        return []
    own = [way for way, square in zip(steps, squares_of(steps, cell.square.z), strict=True) if square == cell.square]
    # They are drawn to the middle of the street that they lead to, and built to its kerb.
    split = sunk_and_level(own, cell.features, within=None)
    meshes: list[Mesh] = []
    for way, (_, outside) in zip(own, split, strict=True):
        colour = colour_of(road_cover(way), way)
        parts = lines_of([outside])
        for begin, end in pairwise(parts.start.tolist()):
            line = parts.points[begin:end]
            meshes += spans.flight(line, section(way).width_m, cell.terrain, slot[way.id], colour)
    return meshes
