"""Houses: walls with what a facade needs to know, and roofs."""

import hashlib
from collections.abc import Sequence

import numpy as np

from citiverse.city.feature import Building, BuildingUse, Feature
from citiverse.scene.cell import Cell, owned
from citiverse.scene.mesh import Mesh
from citiverse.scene.paint import Surface, hexadecimal, linear, shaded
from citiverse.scene.tile import Drawing, Sight
from citiverse.shape.buildings import shells

# Plausible walls by use where no tag says more: plaster and stone of northern and central European streets.
_PLASTER = (
    "#d9c9a8",
    "#cdb38b",
    "#d8bfa0",
    "#c9a58a",
    "#e0d6c2",
    "#b9b2a3",
    "#d3b59b",
    "#c7c3b4",
    "#dccfae",
    "#bfa58c",
)
_WALLS: dict[BuildingUse, tuple[str, ...]] = {
    "office": ("#b7bcc0", "#a9aeb0", "#c4bfb4", "#9fa8ad", "#cfc8ba"),
    "commercial": ("#c2b8a6", "#b5b3ae", "#cdbfa5", "#a8a29a"),
    "retail": ("#c9bfae", "#bdb4a6", "#d0c5b0"),
    "industrial": ("#a7a49c", "#b08d78", "#9a9c9b", "#b5ada0"),
    "school": ("#c98f6b", "#d7c39c", "#c7a27c"),
    "hospital": ("#e3ded2", "#d6d3c8"),
    "public": ("#e2d8bb", "#d9cba6", "#e6dfcd"),
    "religious": ("#e8e3d6", "#b5694b", "#d9d2bf"),
    "transport": ("#b4b1a8", "#c2b7a1"),
    "garage": ("#aaa69c", "#b3aa9a"),
    "parking": ("#aeaca6",),
}
_ROOFS = ("#5d6063", "#6b5a52", "#4f5457", "#74706a", "#7d5b4b", "#646b6a")
_FLAT_ROOFS = ("#8b8984", "#7c7b78", "#96928a", "#6f7172", "#84817a")

# Usual looks of materials as tags name them (OpenStreetMap wiki, Key:building:material and Key:roof:material).
_MATERIALS = {
    "brick": "#a2553c", "bricks": "#a2553c", "stone": "#b7ab97", "granite": "#9c918b", "limestone": "#d6cbb2",
    "sandstone": "#cfb58c", "concrete": "#b3b1ab", "plaster": "#dccfae", "glass": "#8fa6b2", "metal": "#9aa0a3",
    "steel": "#9aa0a3", "wood": "#a67c52", "timber_framing": "#d9cbb0", "marble": "#e6e2da", "roof_tiles": "#a9583f",
    "tile": "#a9583f", "tiles": "#a9583f", "slate": "#565c62", "copper": "#7fb39b", "tar_paper": "#5b5b5b",
    "eternit": "#8d9090", "grass": "#6d9150", "gravel": "#9b968c", "zinc": "#a3a9ad", "tin": "#9aa0a3",
}  # fmt: skip


def draw(cell: Cell) -> Drawing:
    """The buildings that the cell owns."""
    buildings = owned(cell, Building)
    return Drawing(buildings, mesh_of(cell, buildings) if buildings else None)


def sees(feature: Feature) -> Sight:
    """Buildings stand in the cell of their representative point."""
    return "owned" if isinstance(feature, Building) else None


def mesh_of(cell: Cell, buildings: Sequence[Building]) -> Mesh | None:
    """Walls and roofs of `buildings`, painted."""
    shell = shells(buildings, cell.terrain)
    if not len(shell.triangles):
        return None
    walls = np.array([linear(wall_colour(building)) for building in buildings], dtype=np.uint8)
    roofs = np.array([linear(roof_colour(building)) for building in buildings], dtype=np.uint8)
    surface = np.full(len(shell.points), int(Surface.ROOF), dtype=np.uint8)
    surface[: shell.roofs_from] = int(Surface.WALL)
    colour = roofs[shell.owner]
    colour[: shell.roofs_from] = walls[shell.owner[: shell.roofs_from]]
    return Mesh(shell.points, shell.triangles, shell.owner, colour, surface, shell.facade)


def wall_colour(building: Building) -> str:
    """#rrggbb of its walls: as tagged, by material, or a plausible one for its use, the same for all its parts."""
    plausible = _one_of(_WALLS.get(building.use, _PLASTER), building)
    return hexadecimal(building.colour, _MATERIALS.get(building.material, plausible))


def roof_colour(building: Building) -> str:
    """#rrggbb of its roof: as tagged, by material, or a plausible one for its shape."""
    plausible = _one_of(_FLAT_ROOFS if building.roof.shape == "flat" else _ROOFS, building)
    return hexadecimal(building.roof.colour, _MATERIALS.get(building.roof.material, plausible))


def _one_of(colours: Sequence[str], building: Building) -> str:
    digest = hashlib.blake2b((building.part_of or building.id).encode(), digest_size=2).digest()
    return shaded(colours[digest[0] % len(colours)], 0.94 + digest[1] / 255 * 0.12)
