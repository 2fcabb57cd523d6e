"""Houses: walls with what a facade needs to know, and roofs."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from citiverse.city.feature import Building, BuildingUse, Feature
from citiverse.city.terrain import Terrain
from citiverse.scene.cell import Cell, owned
from citiverse.scene.layers.bodies import with_bodies
from citiverse.scene.mesh import Mesh
from citiverse.scene.paint import Surface, linear, shaded, srgb, weathered
from citiverse.scene.tile import Drawing, Sight
from citiverse.shape.buildings import Shells, blocks, seen_shells

# Plausible walls by use where no tag says more: plaster, brick and stone of European streets; ours.
_PLASTER = (
    "#e0cda2", "#d9b98a", "#e3d3b6", "#cf9f7a", "#ead9b8", "#c9b79c", "#dcae8c", "#d8cfb9", "#e6c98f", "#c98f6f",
    "#cfc3a8", "#dfc0a4", "#b9c0b0", "#d4b7a0",
)  # fmt: skip
_STONE = ("#d8ccb4", "#c9bba0", "#dcc9a6", "#bfb4a4", "#d2b695", "#c4a98d", "#b8bcbc", "#cbb9a4", "#e0d2b4", "#a9b0b3")
_WALLS: dict[BuildingUse, tuple[str, ...]] = {
    "office": _STONE,
    "commercial": _STONE,
    "retail": _STONE,
    "mixed": _PLASTER,
    "industrial": ("#b4ada0", "#b8846a", "#a8a49c", "#c2b49c"),
    "school": ("#d39b73", "#e2cc9f", "#cf9f74"),
    "hospital": ("#ebe4d4", "#dfd8c6"),
    "public": ("#ecdcae", "#e3cd9d", "#ede3c8", "#dfc7a0"),
    "religious": ("#f1ece0", "#b86a4a", "#e4dac3"),
    "transport": ("#c4bba8", "#d0bf9f"),
    "garage": ("#b5ae9f", "#bfb29b"),
    "parking": ("#b8b5aa",),
}
_ROOFS = ("#6f5248", "#5c6166", "#7a4f40", "#566058", "#6a6e72", "#8a5a45", "#5a4f4c", "#66776c")
_FLAT_ROOFS = ("#8f8c86", "#7f7f7d", "#9b958a", "#747879", "#8a857c", "#857a70", "#6f7472")

# Usual looks of materials as tags name them (OpenStreetMap wiki, Key:building:material and Key:roof:material).
_MATERIALS = {
    "brick": "#a2553c", "bricks": "#a2553c", "stone": "#b7ab97", "granite": "#9c918b", "limestone": "#d6cbb2",
    "sandstone": "#cfb58c", "concrete": "#b3b1ab", "plaster": "#dccfae", "glass": "#8fa6b2", "metal": "#9aa0a3",
    "steel": "#9aa0a3", "wood": "#a67c52", "timber_framing": "#d9cbb0", "marble": "#e6e2da", "roof_tiles": "#a9583f",
    "tile": "#a9583f", "tiles": "#a9583f", "slate": "#565c62", "copper": "#7fb39b", "tar_paper": "#5b5b5b",
    "eternit": "#8d9090", "grass": "#6d9150", "gravel": "#9b968c", "zinc": "#a3a9ad", "tin": "#9aa0a3",
}  # fmt: skip

KINDS = frozenset({"building"})


def draw(cell: Cell) -> Drawing:
    """The buildings that the cell owns."""
    buildings = owned(cell, Building)
    if not buildings:
        return Drawing([], None)
    plain = [building for building in buildings if building.body is None]
    brought = [building for building in buildings if building.body is not None]
    shell = seen_shells(plain, cell.terrain)
    mesh = with_bodies(mesh_of(shell, plain), brought, len(plain), cell.terrain)
    return Drawing([*plain, *brought], mesh, flattened=tuple(plain[at].id for at in shell.flattened))


def sees(feature: Feature, z: int) -> Sight:
    """Buildings stand in the cell of their representative point."""
    return "owned" if isinstance(feature, Building) else None


def mesh_of(shell: Shells, buildings: Sequence[Building]) -> Mesh | None:
    """The shells of `buildings` as their walls and roofs look."""
    mesh = _painted(shell, buildings)
    if mesh is None:
        return None
    walls = np.array([int(wall_surface(building)) for building in buildings], dtype=np.uint8)
    roofs = np.array([int(roof_surface(building)) for building in buildings], dtype=np.uint8)
    return replace(mesh, surface=np.where(mesh.surface == int(Surface.WALL), walls[mesh.slot], roofs[mesh.slot]))


def blocks_of(shapes: Sequence[Building], looks: Sequence[Building], terrain: Terrain) -> Mesh | None:
    """Plain blocks of the buildings `shapes` in the colours of `looks`, the same buildings in more detail."""
    return _painted(blocks(shapes, terrain), looks)


def _painted(shell: Shells, looks: Sequence[Building]) -> Mesh | None:
    if not len(shell.triangles):
        return None
    paints = np.frombuffer(b"".join([paint_of(building) for building in looks]), dtype=np.uint8).reshape(-1, 8)
    walls, roofs = paints[:, :4], paints[:, 4:]
    surface = np.full(len(shell.points), int(Surface.ROOF), dtype=np.uint8)
    surface[: shell.roofs_from] = int(Surface.WALL)
    colour = roofs[shell.owner]
    colour[: shell.roofs_from] = walls[shell.owner[: shell.roofs_from]]
    return Mesh(shell.points, shell.triangles, shell.owner, colour, surface, shell.facade)


_WALL_OF_MATERIAL = {
    "brick": Surface.WALL_BRICK, "bricks": Surface.WALL_BRICK, "glass": Surface.WALL_GLASS, "wood": Surface.WALL_WOOD,
    "mirror": Surface.WALL_GLASS, "timber_framing": Surface.WALL_WOOD, "metal": Surface.WALL_HALL,
    "steel": Surface.WALL_HALL, "metal_plates": Surface.WALL_HALL,
}  # fmt: skip
_WALL_OF_USE: dict[BuildingUse, Surface] = {
    "retail": Surface.WALL_SHOP, "commercial": Surface.WALL_SHOP, "mixed": Surface.WALL_SHOP,
    "hotel": Surface.WALL_SHOP, "office": Surface.WALL_OFFICE, "industrial": Surface.WALL_HALL,
    "garage": Surface.WALL_HALL, "parking": Surface.WALL_HALL, "religious": Surface.WALL_CHURCH,
}  # fmt: skip
_METAL = frozenset({"metal", "copper", "zinc", "tin", "steel", "metal_sheet", "eternit", "asbestos"})
OFFICES_OF_STONE = 0.55
"""Share of offices with single windows over shops, as centres have them; the rest have bands of glass."""


def wall_surface(building: Building) -> Surface:
    """What its walls are like: by their material, else by what the house is used for."""
    material = _WALL_OF_MATERIAL.get(building.material)
    if material is not None:
        return material
    found = _WALL_OF_USE.get(building.use, Surface.WALL)
    if found == Surface.WALL_OFFICE and _chance(building)[0] < 256 * OFFICES_OF_STONE:
        return Surface.WALL_SHOP
    return found


def roof_surface(building: Building) -> Surface:
    """What lies on its roof: plants and panels where there are any, else metal or tiles on a slope, or felt."""
    roof = building.roof
    if building.green_roof or roof.material == "grass":
        return Surface.ROOF_GREEN_SOLAR if building.solar else Surface.ROOF_GREEN
    if building.solar:
        return Surface.ROOF_SOLAR
    if roof.material in _METAL or roof.shape in ("dome", "round"):
        return Surface.ROOF_METAL
    return Surface.ROOF if roof.shape == "flat" else Surface.ROOF_TILES


def wall_colour(building: Building) -> str:
    """#rrggbb of its walls: as tagged, by material, or a plausible one for its use, the same for all its parts."""
    chance = _chance(building)
    plain = _shade(_WALLS.get(building.use, _PLASTER), *chance)
    return _tagged(building.colour, building.material) or plain


# What a green roof and one of solar panels look like from far, by whether it has either.
_ON_ROOF = {(True, False): "#5f7d45", (False, True): "#3f4a5e", (True, True): "#4f6552"}


def paint_of(building: Building) -> bytes:
    """Walls and roof as COLOR_0 holds them, eight numbers."""
    roof = building.roof
    choice, step = _chance(building)
    on_roof = _ON_ROOF.get((building.green_roof is True, building.solar is True), roof.colour)
    look = (building.colour, building.material, building.use, on_roof, roof.material, roof.shape == "flat")
    return _paint(look, choice, step)


@lru_cache(maxsize=65536)
def _paint(look: tuple[str, str, BuildingUse, str, str, bool], choice: int, step: int) -> bytes:
    colour, material, use, roof_colour, roof_material, flat = look
    wall = _tagged(colour, material) or _shade(_WALLS.get(use, _PLASTER), choice, step)
    roof = _tagged(roof_colour, roof_material) or _shade(_FLAT_ROOFS if flat else _ROOFS, choice, step)
    return bytes(linear(wall) + linear(roof))


def _tagged(colour: str, material: str) -> str:
    """#rrggbb of what tags say, empty where they say nothing that has a colour."""
    if colour and srgb(colour):
        return weathered(colour)
    return _MATERIALS.get(material, "")


def _chance(building: Building) -> tuple[int, int]:
    """Numbers from 0 to 255 and from 0 to 7 that a building, with all its parts, always has."""
    both = zlib.crc32((building.part_of or building.id).encode()) * 0x9E3779B1  # spread as Knuth's golden ratio does
    return both >> 24 & 255, both >> 16 & 7


@lru_cache(maxsize=65536)
def _shade(colours: tuple[str, ...], choice: int, step: int) -> str:
    return shaded(colours[choice % len(colours)], 0.94 + step / 7 * 0.12)
