"""Models that people have brought, where they stand."""

from collections.abc import Sequence

import numpy as np

from citiverse.city.feature import Building
from citiverse.city.model import Body
from citiverse.city.terrain import Terrain
from citiverse.scene.mesh import Mesh, joined
from citiverse.scene.paint import Surface


def standing_on(terrain: Terrain, body: Body) -> float:
    """Height of the ground below a body: the lowest under its footprint, so that nothing hangs in the air."""
    corners = np.array(body.model.footprint.exterior.coords) * body.scale
    turn = np.radians(body.heading_deg)
    x, y = corners.T
    east = x * np.cos(turn) + y * np.sin(turn) + body.at[0]
    north = y * np.cos(turn) - x * np.sin(turn) + body.at[1]
    return float(terrain.heights(np.column_stack([east, north])).min())


def with_bodies(mesh: Mesh | None, buildings: Sequence[Building], first_slot: int, terrain: Terrain) -> Mesh | None:
    """The mesh of other buildings together with those that are models; their slots begin at `first_slot`."""
    meshes = [] if mesh is None else [mesh]
    for slot, building in enumerate(buildings, start=first_slot):
        if building.body is None:
            continue
        model, points = building.body.model, building.body.points
        n = len(points)
        points[:, 2] += standing_on(terrain, building.body)
        colour = np.column_stack([model.colours, np.full(n, 255, dtype=np.uint8)])
        surface = np.full(n, int(Surface.OBJECT), dtype=np.uint8)
        facade = np.zeros((n, 2))
        slots = np.full(n, slot, dtype=np.int64)
        meshes.append(Mesh(points, model.triangles.astype(np.int64), slots, colour, surface, facade))
    return joined(meshes, facades=True) if len(meshes) > 1 else meshes[0] if meshes else None
