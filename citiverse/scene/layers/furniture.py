"""Trees, things in the street, stops, and walls, fences and hedges."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from citiverse.city.feature import Barrier, Feature, Furniture, GreenArea, Rail, Road, Stop, Tree
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.ribbon import strip, without_repeats
from citiverse.scene.cell import Cell, of_kind, owned
from citiverse.scene.mesh import Mesh, flat_mesh, joined
from citiverse.scene.models import Model, model
from citiverse.scene.paint import Surface, linear
from citiverse.scene.tile import Drawing, Grove, Sight
from citiverse.shape.streets import section
from citiverse.shape.woods import clear_of, growth, is_grown, within

FEWEST_INSTANCES = 10
"""Fewer of a model than this are drawn with the tile's own mesh: a draw call costs more than their triangles."""
SUNK_M = 0.12
"""Trees and posts reach this far into the ground, as it may lie a kerb lower there."""
ON_THE_WAY_M = 0.6
"""What is mapped this close to the line of a road or track stands beside it in truth."""

_BY_GENUS = {
    "betula": "birch", "picea": "conifer", "abies": "conifer", "larix": "conifer", "thuja": "column",
    "pseudotsuga": "conifer", "metasequoia": "conifer", "sequoiadendron": "conifer", "tsuga": "conifer",
    "taxus": "conifer", "cupressus": "column", "juniperus": "column", "cedrus": "pine", "pinus": "pine",
    "populus": "column", "carpinus": "column", "tilia": "linden", "acer": "linden", "aesculus": "linden",
    "ulmus": "linden", "castanea": "linden", "liriodendron": "linden", "platanus": "plane", "quercus": "plane",
    "fagus": "plane", "juglans": "plane", "ficus": "plane", "celtis": "plane", "sophora": "plane", "salix": "willow",
    "alnus": "birch", "gleditsia": "birch", "robinia": "birch", "fraxinus": "broadleaf", "ailanthus": "plane",
    "prunus": "cherry", "malus": "cherry", "pyrus": "cherry", "sorbus": "cherry", "crataegus": "cherry",
    "magnolia": "cherry", "citrus": "cherry", "olea": "cherry", "morus": "cherry", "phoenix": "palm",
    "washingtonia": "palm", "chamaerops": "palm", "trachycarpus": "palm", "arecaceae": "palm", "cocos": "palm",
}  # fmt: skip
_UNKNOWN = ("broadleaf", "broadleaf", "linden", "linden", "plane")
ALIKE_M = 256.0
"""Trees of unknown kind look alike in squares of this side, as in an avenue: a leaf holds one model of them."""
_THINGS = {
    "street_lamp": "lamp", "bench": "bench", "lounger": "bench", "bollard": "bollard", "block": "block",
    "traffic_signals": "signal", "waste_basket": "waste_basket", "recycling": "cabinet", "waste_disposal": "cabinet",
    "bicycle_parking": "bicycle_stand", "bicycle_rental": "bicycle_stand", "fountain": "fountain",
    "drinking_water": "bollard", "water_point": "bollard", "fire_hydrant": "bollard", "memorial": "monument",
    "monument": "monument", "artwork": "monument", "obelisk": "monument", "flagpole": "flagpole",
    "column": "advertising_column", "billboard": "post", "board": "post", "poster_box": "post", "screen": "post",
    "information": "post", "picnic_table": "table", "street_cabinet": "cabinet", "vending_machine": "cabinet",
    "post_box": "cabinet", "telephone": "cabinet", "parcel_locker": "cabinet", "charging_station": "cabinet",
    "parking_meter": "bollard", "ticket_validator": "bollard", "shelter": "shelter", "planter": "block",
    "mast": "flagpole", "utility_pole": "flagpole", "pole": "flagpole", "clock": "post", "milestone": "bollard",
    "boundary_stone": "bollard", "speed_camera": "post", "maxspeed": "post", "city_limit": "post",
    "wayside_cross": "post", "wayside_shrine": "post", "bbq": "block", "swing": "post", "slide": "post",
}  # fmt: skip
_MOVED = frozenset({"traffic_signals"})

# Breadth in metres, colour and surface of what runs along a line.
_BARRIERS = {
    "hedge": (0.8, "#55803f", Surface.FOLIAGE), "fence": (0.06, "#9b9d98", Surface.OBJECT),
    "wire_fence": (0.04, "#84888a", Surface.OBJECT), "railing": (0.05, "#85898a", Surface.OBJECT),
    "handrail": (0.05, "#85898a", Surface.OBJECT), "guard_rail": (0.1, "#989c9e", Surface.OBJECT),
    "hoarding": (0.08, "#a8a294", Surface.OBJECT), "cable_barrier": (0.04, "#84888a", Surface.OBJECT),
    "city_wall": (1.6, "#9b9182", Surface.MASONRY), "noise_barrier": (0.25, "#8c988a", Surface.MASONRY),
}  # fmt: skip
_WALL = (0.35, "#a09a8e", Surface.MASONRY)


@dataclass(frozen=True, slots=True)
class Standing:
    """One model at one place: `slot` of its feature, `turn_deg` clockwise from north, `scale` across and up."""

    model: str
    slot: int
    at: tuple[float, float]
    turn_deg: float
    scale: tuple[float, float]


KINDS = frozenset({"tree", "furniture", "stop", "barrier", "road", "rail", "green"})


def draw(cell: Cell) -> Drawing:
    """Everything that stands in the cell and belongs to it."""
    slot = {feature.id: i for i, feature in enumerate(cell.features)}
    standing = [*_trees(cell, slot), *_woods(cell, slot), *_things(cell, slot)]
    models = sorted({each.model for each in standing})
    groves = [_grove(name, [each for each in standing if each.model == name], cell) for name in models]
    many = [grove for grove in groves if len(grove.slot) >= FEWEST_INSTANCES]
    few = [mesh for grove in groves if len(grove.slot) < FEWEST_INSTANCES for mesh in baked(grove)]
    barriers = [_barrier(barrier, slot[barrier.id], cell) for barrier in owned(cell, Barrier)]
    return Drawing(cell.features, joined([*few, *(mesh for mesh in barriers if mesh is not None)]), many)


def sees(feature: Feature, z: int) -> Sight:
    """Things stand in the cell of their representative point; a street or track turns those along it."""
    match feature:
        case Tree() | Furniture() | Stop() | Barrier():
            return "owned"
        case Road() | Rail():
            return "near"
        case GreenArea() if is_grown(feature):
            return "near"
        case _:
            return None


def tree_model(tree: Tree) -> str:
    """The model that looks most like the tree."""
    known = _BY_GENUS.get(tree.genus.lower())
    if known is not None:
        return known
    if tree.leaf == "needleleaved":
        return "conifer"
    if tree.height_m < 2.5:
        return "bush"
    among, *_ = _chances(f"{tree.geometry.x // ALIKE_M:.0f} {tree.geometry.y // ALIKE_M:.0f}")
    return _UNKNOWN[min(int(among * len(_UNKNOWN)), len(_UNKNOWN) - 1)]


def _trees(cell: Cell, slot: dict[str, int]) -> Iterable[Standing]:
    for tree in owned(cell, Tree):
        name = tree_model(tree)
        shape = model(name)
        turn, grown, spread = _chances(tree.id)
        # What is only estimated differs from tree to tree, as trees do.
        up = 0.8 + 0.4 * grown if "height_m" in tree.estimated else 0.94 + 0.12 * grown
        across = 0.8 + 0.2 * (grown + spread) if "crown_m" in tree.estimated else 1.0
        scale = (across * tree.crown_m / shape.breadth_m, up * tree.height_m / shape.height_m)
        yield Standing(name, slot[tree.id], (tree.geometry.x, tree.geometry.y), 360.0 * turn, scale)


def _woods(cell: Cell, slot: dict[str, int]) -> Iterable[Standing]:
    """What grows in the part of woods and thickets that lies in the cell."""
    areas = [area for area in of_kind(cell, GreenArea) if is_grown(area)]
    if not areas:
        return
    stems = np.array([(tree.geometry.x, tree.geometry.y) for tree in owned(cell, Tree)]).reshape(-1, 2)
    ways = [way for way in cell.features if isinstance(way, Road | Rail) and not way.tunnel]
    for area in areas:
        grown = clear_of(within(growth(area), cell.cut), ways, stems)
        shape = model("bush" if grown.bushes else "thicket")
        for (x, y), height_m, crown_m in zip(
            grown.at.tolist(), grown.height_m.tolist(), grown.crown_m.tolist(), strict=True
        ):
            scale = (crown_m / shape.breadth_m, height_m / shape.height_m)
            yield Standing(shape.name, slot[area.id], (x, y), 360.0 * (x % 1.0), scale)


def _things(cell: Cell, slot: dict[str, int]) -> Iterable[Standing]:
    ways = [way for way in cell.features if isinstance(way, Road | Rail) and not way.tunnel]
    tree = shapely.STRtree([way.geometry for way in ways])
    things: list[tuple[Furniture | Stop, str]] = [
        (thing, _THINGS[thing.category]) for thing in owned(cell, Furniture) if thing.category in _THINGS
    ]
    things += [(halt, "stop") for halt in owned(cell, Stop) if halt.category in ("bus", "tram")]
    for thing, name in things:
        at, along = _beside(thing, ways, tree)
        turn = along if not isinstance(thing, Furniture) or thing.heading_deg is None else thing.heading_deg
        yield Standing(name, slot[thing.id], at, turn, (1.0, 1.0))


def _beside(
    thing: Furniture | Stop, ways: Sequence[Road | Rail], tree: shapely.STRtree
) -> tuple[tuple[float, float], float]:
    """Where the thing stands and the heading of the street there: stops and signals move to the right-hand edge."""
    point = thing.geometry
    near = int(tree.nearest(point)) if ways else -1
    if near < 0 or not shapely.dwithin(ways[near].geometry, point, 40.0):
        return (point.x, point.y), 360.0 * _chances(thing.id)[0]
    way = ways[near]
    run = shapely.line_locate_point(way.geometry, point)
    ends = shapely.line_interpolate_point(way.geometry, [max(run - 1.0, 0.0), min(run + 1.0, way.geometry.length)])
    (x0, y0), (x1, y1) = shapely.get_coordinates(ends).tolist()
    heading = float(np.degrees(np.arctan2(x1 - x0, y1 - y0)) % 360.0)
    moves = isinstance(thing, Stop) or thing.category in _MOVED
    if not moves or not shapely.dwithin(way.geometry, point, ON_THE_WAY_M):
        return (point.x, point.y), heading
    out = section(way).carriageway_m / 2 + 0.5 if isinstance(way, Road) else 2.0
    right = np.radians(heading + 90.0)
    return (float(point.x + out * np.sin(right)), float(point.y + out * np.cos(right))), heading


@lru_cache(maxsize=50_000)
def _chances(name: str) -> tuple[float, float, float]:
    """Three numbers from 0 to 1 that a name always has."""
    first, second, third = hashlib.blake2b(name.encode(), digest_size=3).digest()
    return first / 255.0, second / 255.0, third / 255.0


def _grove(name: str, standing: Sequence[Standing], cell: Cell) -> Grove:
    flat = np.array([each.at for each in standing]).reshape(-1, 2)
    return Grove(
        model=model(name),
        places=np.column_stack([np.round(flat, 3), cell.terrain.heights(flat) - SUNK_M]),
        heading_deg=np.array([each.turn_deg for each in standing]),
        scale=np.array([each.scale for each in standing]).reshape(-1, 2),
        slot=np.array([each.slot for each in standing], dtype=np.int64),
    )


def baked(grove: Grove) -> list[Mesh]:
    """The models of a grove as plain triangles."""
    found = []
    for place, heading, (across, up), slot in zip(
        grove.places, np.radians(grove.heading_deg), grove.scale, grove.slot, strict=True
    ):
        points = _z_up(grove.model) * np.array([across, across, up])
        x = points[:, 0] * np.cos(heading) + points[:, 1] * np.sin(heading)
        y = points[:, 1] * np.cos(heading) - points[:, 0] * np.sin(heading)
        n = len(points)
        found.append(
            Mesh(
                np.column_stack([x, y, points[:, 2]]) + place,
                grove.model.triangles,
                np.full(n, slot, dtype=np.int64),
                grove.model.colour,
                grove.model.surface,
            )
        )
    return found


def _z_up(shape: Model) -> FloatArray:
    return np.column_stack([shape.points[:, 0], -shape.points[:, 2], shape.points[:, 1]])


def _barrier(barrier: Barrier, slot: int, cell: Cell) -> Mesh | None:
    """A body along the line, with a top."""
    breadth, colour, surface = _BARRIERS.get(barrier.category, _WALL)
    if barrier.geometry.length < 0.01 or barrier.height_m < 0.1:
        return None
    line = barrier.geometry if cell.terrain.flat else shapely.segmentize(barrier.geometry, 8.0)
    points = without_repeats(shapely.get_coordinates(line))
    if len(points) < 2:
        return None
    flat, top = strip(points, breadth / 2, -breadth / 2)
    n = len(points)
    ground = np.tile(cell.terrain.heights(points), 2)
    body = np.concatenate([
        np.column_stack([flat, ground + barrier.height_m]), np.column_stack([flat, ground - SUNK_M])
    ])  # fmt: skip
    i = np.arange(n - 1)
    j = i + n
    sides = np.concatenate([
        np.column_stack([i + 2 * n, i, i + 1]), np.column_stack([i + 2 * n, i + 1, i + 1 + 2 * n]),
        np.column_stack([j + 2 * n, j + 1, j]), np.column_stack([j + 2 * n, j + 1 + 2 * n, j + 1]),
    ])  # fmt: skip
    ends = np.array([[0, 2 * n, 3 * n], [0, 3 * n, n], [n - 1, 2 * n - 1, 4 * n - 1], [n - 1, 4 * n - 1, 3 * n - 1]])
    return flat_mesh(body, np.concatenate([top, sides, ends]), slot, linear(colour), surface)
