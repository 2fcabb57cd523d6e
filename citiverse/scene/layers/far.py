"""The city from far: blocks without roofs, land and water, main streets, in one draw.

Made anew from the features with the coarser the further, never by thinning out near tiles: simplifying prisms as
meshes breaks them.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import shapely

from citiverse.city.feature import Building, Feature, GreenArea, Paving, Rail, Road, Roof, Tree, Water
from citiverse.geometry.ribbon import strip, without_repeats
from citiverse.scene.cell import Cell, of_kind, owned
from citiverse.scene.layers import buildings as near_buildings
from citiverse.scene.layers.ground import COLOUR_OF, SURFACE_OF, faces
from citiverse.scene.mesh import Mesh, flat_mesh, joined
from citiverse.scene.paint import Surface, linear
from citiverse.scene.tile import Drawing, Sight
from citiverse.shape.ground import ground, road_cover
from citiverse.shape.streets import RANKS, WALKED, rank, section

LEAST_AREA_M2 = 30.0  # of a building at level 1; four times as much from level to level
LEAST_GROUND_M2 = 150.0
FINEST_ROAD = {1: "service", 2: "residential", 3: "tertiary", 4: "secondary"}
ROADS_ABOVE_M = 0.15
MESH_M = 32.0


def draw(cell: Cell) -> Drawing:
    """The cell in the detail of its level."""
    west, south, east, north = cell.cut
    if west >= east or south >= north:
        return Drawing(cell.features, None)
    slot = {feature.id: i for i, feature in enumerate(cell.features)}
    parts = [_land(cell), *_roads(cell, slot), *_tracks(cell, slot), *_blocks(cell, slot), *_crowns(cell, slot)]
    return Drawing(cell.features, joined(parts))


def sees(feature: Feature) -> Sight:
    """As the layers near by do, but without anything small."""
    match feature:
        case Building() | Tree():
            return "owned"
        case Road() | Rail() | GreenArea() | Water() | Paving():
            return "near"
        case _:
            return None


def _land(cell: Cell) -> Mesh:
    least = LEAST_GROUND_M2 * 4 ** (cell.square.z - 1)
    tolerance = 0.4 * 2.0**cell.square.z
    areas = [
        replace(feature, geometry=shapely.simplify(feature.geometry, tolerance))
        if isinstance(feature, GreenArea | Water | Paving) and feature.geometry.area >= least
        else None
        for feature in cell.features
    ]
    kept = [area for area in areas if area is not None and not area.geometry.is_empty]
    seen = [i for i, area in enumerate(areas) if area is not None and not area.geometry.is_empty]
    place = np.array([*seen, -1], dtype=np.int64)
    mesh_m = None if cell.terrain.flat else MESH_M * 2.0 ** (cell.square.z - 1)
    pieces = ground(kept, cell.cut, mesh_m=mesh_m)
    mesh = faces(pieces, kept, cell.terrain)
    return replace(mesh, slot=place[mesh.slot])


def _roads(cell: Cell, slot: dict[str, int]) -> Iterable[Mesh]:
    least = RANKS.index(FINEST_ROAD.get(cell.square.z, "primary"))
    tolerance = 0.4 * 2.0**cell.square.z
    for road in of_kind(cell, Road):
        if road.tunnel or road.layer < 0 or rank(road) < least or road.category in WALKED:
            continue
        cover = road_cover(road)
        half = section(road).carriageway_m / 2
        above = ROADS_ABOVE_M * 2.0**cell.square.z + 0.02 * rank(road) + (0.5 if road.bridge else 0.0)
        simple = shapely.simplify(road.geometry, tolerance)
        if not cell.terrain.flat:
            simple = shapely.segmentize(simple, MESH_M)
        for part in shapely.get_parts(shapely.clip_by_rect(simple, *cell.cut)):
            line = without_repeats(shapely.get_coordinates(part))
            if len(line) > 1:
                flat, triangles = strip(line, half, -half)
                points = np.column_stack([flat, cell.terrain.heights(flat) + above])
                yield flat_mesh(points, triangles, slot[road.id], linear(COLOUR_OF[cover]), SURFACE_OF[cover])


def _tracks(cell: Cell, slot: dict[str, int]) -> Iterable[Mesh]:
    """Beds of railways in the open; trams run in streets."""
    tolerance = 0.4 * 2.0**cell.square.z
    above = 0.5 * ROADS_ABOVE_M * 2.0**cell.square.z
    for rail in of_kind(cell, Rail):
        if rail.tunnel or rail.layer < 0 or rail.category in ("tram", "subway") or cell.square.z > 2:
            continue
        for part in shapely.get_parts(shapely.clip_by_rect(shapely.simplify(rail.geometry, tolerance), *cell.cut)):
            line = without_repeats(shapely.get_coordinates(part))
            if len(line) > 1:
                flat, triangles = strip(line, 1.3, -1.3)
                points = np.column_stack([flat, cell.terrain.heights(flat) + above])
                yield flat_mesh(points, triangles, slot[rail.id], linear(COLOUR_OF["track"]), Surface.TRACK)


def _blocks(cell: Cell, slot: dict[str, int]) -> Iterable[Mesh]:
    least = LEAST_AREA_M2 * 4 ** (cell.square.z - 1)
    tolerance = 0.3 * 2.0**cell.square.z
    large = [building for building in owned(cell, Building) if building.geometry.area >= least]
    simple = shapely.simplify([building.geometry for building in large], tolerance)
    blocks = [
        # A pitched roof is as a block half as high as it rises.
        replace(building, geometry=shape, height_m=building.height_m - building.roof.height_m / 2, roof=_flat(building))
        for building, shape in zip(large, simple, strict=True)
        if not shape.is_empty
    ]
    mesh = near_buildings.mesh_of(cell, blocks) if blocks else None
    if mesh is not None:
        place = np.array([slot[building.id] for building in blocks])
        yield replace(mesh, slot=place[mesh.slot], facade=None)


def _flat(building: Building) -> Roof:
    return replace(building.roof, shape="flat", height_m=0.0, colour=near_buildings.roof_colour(building))


_OCTAHEDRON = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=np.float64)
_OCTAHEDRON_FACES = np.array(
    [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4], [1, 0, 5], [2, 1, 5], [3, 2, 5], [0, 3, 5]], dtype=np.int64
)


def _crowns(cell: Cell, slot: dict[str, int]) -> Iterable[Mesh]:
    """Trees as their crowns, on the first level only."""
    trees = owned(cell, Tree) if cell.square.z == 1 else []
    if not trees:
        return
    at = np.array([(tree.geometry.x, tree.geometry.y) for tree in trees])
    half = np.array([tree.crown_m for tree in trees])[:, None] / 2
    height = np.array([tree.height_m for tree in trees])[:, None]
    middle = np.column_stack([at, cell.terrain.heights(at)[:, None] + 0.62 * height])
    points = (
        middle[:, None, :] + _OCTAHEDRON * np.concatenate([half, half, 0.4 * height], axis=1)[:, None, :]
    ).reshape(-1, 3)
    triangles = (_OCTAHEDRON_FACES + 6 * np.arange(len(trees))[:, None, None]).reshape(-1, 3)
    n = len(points)
    yield Mesh(
        points,
        triangles,
        np.repeat(np.array([slot[tree.id] for tree in trees]), 6),
        np.tile(np.array(linear("#6a9447"), dtype=np.uint8), (n, 1)),
        np.full(n, int(Surface.FOLIAGE), dtype=np.uint8),
    )
