"""Painted triangles that know whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.lattice import FINEST_M, extent, lattice_for
from citiverse.scene.glb import Attribute, Part, Primitive
from citiverse.scene.paint import FACADE_STEPS, Colours

NOBODY = -1
"""The slot of ground that is no feature."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Vertices and triangles in the scene's metres, z up.

    `points` (n, 3); `triangles` (m, 3) counter-clockwise seen from outside; `slot` (n,) whose it is, or NOBODY;
    `colour` (n, 4); `surface` (n,); `facade` (n, 2) in bays and storeys and `normal` (n, 3) where there are any.
    """

    points: FloatArray
    triangles: IntArray
    slot: IntArray
    colour: Colours
    surface: NDArray[np.uint8]
    facade: FloatArray | None = None
    normal: FloatArray | None = None


def flat_mesh(
    points: FloatArray, triangles: IntArray, slot: int, colour: tuple[int, int, int, int], surface: int
) -> Mesh:
    """A mesh of one feature, one colour and one surface."""
    n = len(points)
    return Mesh(
        points,
        triangles,
        np.full(n, slot, dtype=np.int64),
        np.tile(np.array(colour, dtype=np.uint8), (n, 1)),
        np.full(n, surface, dtype=np.uint8),
    )


def joined(meshes: Sequence[Mesh], *, facades: bool = False) -> Mesh | None:
    """One mesh of all that have triangles, in their order; None when there is nothing.

    With `facades` those are kept, and zero where a mesh has none.
    """
    meshes = [mesh for mesh in meshes if len(mesh.triangles)]
    if not meshes:
        return None
    start = np.cumsum([0, *(len(mesh.points) for mesh in meshes[:-1])])
    normals = [mesh.normal for mesh in meshes if mesh.normal is not None]
    return Mesh(
        points=np.concatenate([mesh.points for mesh in meshes]),
        triangles=np.concatenate([mesh.triangles + at for mesh, at in zip(meshes, start, strict=True)]),
        slot=np.concatenate([mesh.slot for mesh in meshes]),
        colour=np.concatenate([mesh.colour for mesh in meshes]),
        surface=np.concatenate([mesh.surface for mesh in meshes]),
        normal=np.concatenate(normals) if len(normals) == len(meshes) else None,
        facade=np.concatenate([_facade_of(mesh) for mesh in meshes]) if facades else None,
    )


def _facade_of(mesh: Mesh) -> FloatArray:
    return mesh.facade if mesh.facade is not None else np.zeros((len(mesh.points), 2))


def with_slots(mesh: Mesh, slot: IntArray) -> Mesh:
    """The same mesh under other slots."""
    return replace(mesh, slot=slot)


def used_slots(slot: IntArray) -> IntArray:
    """The slots that occur, in order, without NOBODY."""
    return np.flatnonzero(np.bincount(slot + 1)[1:])


def y_up(points: FloatArray) -> FloatArray:
    """Points or directions of the scene, z up, as glTF has them, y up; shape (n, 3)."""
    return np.column_stack([points[:, 0], points[:, 2], -points[:, 1]])


def as_part(name: str, mesh: Mesh, *, null_slot: int, finest_m: float = FINEST_M) -> Part:
    """The mesh on its lattice, ready to write; `null_slot` stands for NOBODY."""
    points = y_up(mesh.points)
    lattice = lattice_for(*extent(points), finest_m=finest_m)
    slot = np.where(mesh.slot == NOBODY, null_slot, mesh.slot).astype(np.uint16)
    attributes = [
        Attribute("POSITION", lattice.steps(points)),
        Attribute("_FEATURE_ID_0", slot),
        Attribute("COLOR_0", mesh.colour, normalised=True),
        Attribute("_SURFACE", mesh.surface),
    ]
    if mesh.facade is not None:
        steps = np.clip(np.rint(mesh.facade * FACADE_STEPS), 0, 65535).astype(np.uint16)
        attributes.append(Attribute("TEXCOORD_0", steps))
    if mesh.normal is not None:
        normal = np.rint(y_up(mesh.normal) * 127.0).astype(np.int8)
        attributes.append(Attribute("NORMAL", normal, normalised=True))
    has_nobody = bool((mesh.slot == NOBODY).any())
    # Where nothing has a name there is no property table to name either.
    named = len(used_slots(mesh.slot)) or None
    primitive = Primitive(attributes, mesh.triangles, named, null_slot if has_nobody else None)
    return Part(name, primitive, lattice.corner, lattice.step_m)
