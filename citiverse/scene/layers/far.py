"""The city from far: blocks without roofs, land and water, main streets, in one draw.

Made anew from the features with the coarser the further, never by thinning out near tiles: simplifying prisms as
meshes breaks them.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import shapely

from citiverse.city.feature import Building, Feature, GreenArea, Paving, Rail, Road, Roof, Tree, Water
from citiverse.geometry.ribbon import lines_of
from citiverse.scene.cell import Cell, of_kind, owned
from citiverse.scene.layers import buildings as near_buildings
from citiverse.scene.layers.ground import COLOUR_OF, SURFACE_OF, bands, faces
from citiverse.scene.mesh import Mesh, joined
from citiverse.scene.paint import Surface, linear
from citiverse.scene.tile import Drawing, Sight
from citiverse.shape.ground import Cover, ground, road_cover
from citiverse.shape.streets import RANKS, WALKED, rank, section
from citiverse.shape.woods import WOODS, growth, within

LEAST_AREA_M2 = 30.0  # of a building at level 1; four times as much from level to level
LEAST_GROUND_M2 = 150.0
FINEST_ROAD = {1: "service", 2: "residential", 3: "tertiary", 4: "secondary"}
ROADS_ABOVE_M = 0.15
MESH_M = 32.0

FINEST_M = 1.0 / 32.0
"""Half the step of the lattice of level 1: an error of at most 3.2 cm, and twice that from level to level."""

KINDS = frozenset({"building", "tree", "road", "rail", "green", "water", "paving"})


def draw(cell: Cell) -> Drawing:
    """The cell in the detail of its level."""
    west, south, east, north = cell.cut
    if west >= east or south >= north:
        return Drawing(cell.features, None)
    slot = {feature.id: i for i, feature in enumerate(cell.features)}
    parts = [_land(cell), *_ways(cell, slot), *_blocks(cell, slot), *_crowns(cell, slot)]
    return Drawing(cell.features, joined(parts), finest_m=FINEST_M * 2.0**cell.square.z)


def sees(feature: Feature, z: int) -> Sight:
    """As the layers near by do, but nothing that is too small for level z."""
    match feature:
        case Building():
            return "owned" if feature.geometry.area >= _least_block(z) else None
        case Tree():
            return "owned" if z == 1 else None
        case GreenArea() | Water() | Paving():
            return "near" if feature.geometry.area >= _least_ground(z) else None
        case Road():
            return "near" if _shows_road(feature, _least_rank(z)) else None
        case Rail():
            return "near" if _shows_rail(feature, z) else None
        case _:
            return None


def _least_block(z: int) -> float:
    return LEAST_AREA_M2 * 4.0 ** (z - 1)


def _least_ground(z: int) -> float:
    return LEAST_GROUND_M2 * 4.0 ** (z - 1)


def _least_rank(z: int) -> int:
    return RANKS.index(FINEST_ROAD.get(z, "primary"))


def _land(cell: Cell) -> Mesh:
    least = _least_ground(cell.square.z)
    tolerance = 0.4 * 2.0**cell.square.z
    found = [
        (i, _simple(feature, tolerance))
        for i, feature in enumerate(cell.features)
        if isinstance(feature, GreenArea | Water | Paving) and feature.geometry.area >= least
    ]
    kept = [feature for _, feature in found]
    mesh_m = None if cell.terrain.flat else MESH_M * 2.0 ** (cell.square.z - 1)
    pieces = ground(kept, cell.cut, mesh_m=mesh_m)
    mesh = faces(pieces, kept, cell.terrain)
    return replace(mesh, slot=np.array([*(i for i, _ in found), -1], dtype=np.int64)[mesh.slot])


@lru_cache(maxsize=50_000)
def _simple(feature: GreenArea | Water | Paving, tolerance_m: float) -> GreenArea | Water | Paving:
    return replace(feature, geometry=shapely.simplify(feature.geometry, tolerance_m))


def _ways(cell: Cell, slot: dict[str, int]) -> Iterable[Mesh]:
    """Carriageways, and beds of railways in the open (trams run in streets), as flat strips."""
    z = cell.square.z
    least = _least_rank(z)
    ways: list[Road | Rail] = [road for road in of_kind(cell, Road) if _shows_road(road, least)]
    ways += [rail for rail in of_kind(cell, Rail) if _shows_rail(rail, z)]
    ways = [way for way in ways if way.geometry.length > 0.01]
    if not ways:
        return
    simple = shapely.simplify([way.geometry for way in ways], 0.4 * 2.0**z)
    if not cell.terrain.flat:
        simple = shapely.segmentize(simple, MESH_M)
    lines = lines_of(shapely.clip_by_rect(simple, *cell.cut))
    half = np.array([section(way).carriageway_m / 2 if isinstance(way, Road) else 1.3 for way in ways])[lines.owner]
    above = np.array([_level(way, z) for way in ways])[lines.owner]
    slots = np.array([slot[way.id] for way in ways])[lines.owner]
    covers: list[Cover] = [road_cover(way) if isinstance(way, Road) else "track" for way in ways]
    colours = np.array([linear(COLOUR_OF[cover]) for cover in covers], dtype=np.uint8)
    surfaces = np.array([SURFACE_OF[cover] for cover in covers], dtype=np.uint8)
    points, triangles, owner, line = bands(lines, half, -half, above, slots, cell.terrain)
    way = lines.owner[line]
    yield Mesh(points, triangles, owner, colours[way], surfaces[way])


def _shows_road(road: Road, least: int) -> bool:
    return not (road.tunnel or road.layer < 0 or rank(road) < least or road.category in WALKED)


def _shows_rail(rail: Rail, z: int) -> bool:
    return z <= 2 and not (rail.tunnel or rail.layer < 0 or rail.category in ("tram", "subway"))


def _level(way: Road | Rail, z: int) -> float:
    """Metres over the ground: enough to be told from it at the distance the level is seen from."""
    above = ROADS_ABOVE_M * 2.0**z + (0.5 if way.bridge else 0.0)
    return above + 0.02 * rank(way) if isinstance(way, Road) else above / 2


def _blocks(cell: Cell, slot: dict[str, int]) -> Iterable[Mesh]:
    least = _least_block(cell.square.z)
    tolerance = 0.3 * 2.0**cell.square.z
    large = [building for building in owned(cell, Building) if building.geometry.area >= least]
    blocks = [_block(building, tolerance) for building in large]
    mesh = near_buildings.blocks_of(blocks, large, cell.terrain) if blocks else None
    if mesh is not None:
        place = np.array([slot[building.id] for building in blocks])
        yield replace(mesh, slot=place[mesh.slot])


@lru_cache(maxsize=100_000)
def _block(building: Building, tolerance_m: float) -> Building:
    """The building without detail and roof: a pitched roof is as a block half as high as it rises."""
    return replace(
        building,
        geometry=shapely.simplify(building.geometry, tolerance_m),
        height_m=building.height_m - building.roof.height_m / 2,
        roof=Roof(),
    )


_CROWN = np.array(
    [[0.6, 0.6, -0.8], [-0.6, 0.6, -0.8], [-0.6, -0.6, -0.8], [0.6, -0.6, -0.8],
     [1.0, 0.0, 0.1], [0.0, 1.0, 0.1], [-1.0, 0.0, 0.1], [0.0, -1.0, 0.1], [0.1, -0.1, 1.0]],
    dtype=np.float64,
)  # fmt: skip
_CROWN_FACES = np.array(
    [[4, 5, 0], [5, 6, 1], [6, 7, 2], [7, 4, 3], [0, 5, 1], [1, 6, 2], [2, 7, 3], [3, 4, 0],
     [4, 8, 5], [5, 8, 6], [6, 8, 7], [7, 8, 4]],
    dtype=np.int64,
)[:, ::-1]  # fmt: skip
_CROWN_COLOURS = np.array([linear("#4e7136")] * 4 + [linear("#668f44")] * 4 + [linear("#7ba352")], dtype=np.uint8)
"""Open below, where nobody looks from far, and darker there."""


def _crowns(cell: Cell, slot: dict[str, int]) -> Iterable[Mesh]:
    """Trees as their crowns, on the first level only."""
    if cell.square.z != 1:
        return
    trees = owned(cell, Tree)
    place = [slot[tree.id] for tree in trees]
    known = [(tree.geometry.x, tree.geometry.y, tree.crown_m / 2, tree.height_m) for tree in trees]
    for area in of_kind(cell, GreenArea):
        if area.category in WOODS:
            grown = within(growth(area), cell.cut)
            known += np.column_stack([grown.at, grown.crown_m / 2, grown.height_m]).tolist()
            place += [slot[area.id]] * len(grown.at)
    if not known:
        return
    at, half, height = np.split(np.array(known), [2, 3], axis=1)
    middle = np.column_stack([at, cell.terrain.heights(at)[:, None] + 0.62 * height])
    size = np.concatenate([half, half, 0.4 * height], axis=1)
    points = (middle[:, None, :] + _CROWN * size[:, None, :]).reshape(-1, 3)
    corners = len(_CROWN)
    yield Mesh(
        points,
        (_CROWN_FACES + corners * np.arange(len(place))[:, None, None]).reshape(-1, 3),
        np.repeat(np.array(place, dtype=np.int64), corners),
        np.tile(_CROWN_COLOURS, (len(place), 1)),
        np.full(len(points), int(Surface.FOLIAGE), dtype=np.uint8),
    )
