"""A piece of the scene as bytes that clients fetch."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from citiverse.city.feature import Barrier, Building, Feature, Tree, basis_of
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.lattice import FINEST_M, extent
from citiverse.scene.cell import Cell, Square
from citiverse.scene.glb import Attribute, Column, Encoding, Part, write_glb
from citiverse.scene.mesh import NOBODY, Mesh, as_part, used_slots, with_slots, y_up
from citiverse.scene.models import Model

Box = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Grove:
    """Many of one model: `places` (n, 3) metres z up, `heading_deg` (n,), `scale` (n, 2) across and up, `slot` (n,)."""

    model: Model
    places: FloatArray
    heading_deg: FloatArray
    scale: FloatArray
    slot: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """What a layer shows in a cell; slots count through `features`, which may hold more than are seen.

    `finest_m` is the step of the lattice on which the mesh's points lie, where it is not too large for that;
    `flattened` are the ids of what has a flat roof because the one it should have fits nowhere on it.
    """

    features: Sequence[Feature]
    mesh: Mesh | None
    groves: Sequence[Grove] = ()
    finest_m: float = FINEST_M
    flattened: tuple[str, ...] = ()


Sight = Literal["owned", "near"] | None
"""How a layer sees a feature: in the cell of its representative point, in every cell it comes near, or not."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the scene: what it draws of a cell, and how it sees features at a level (so edits redraw enough).

    `kinds` are those of all features that it may see.
    """

    name: str
    draw: Callable[[Cell], Drawing]
    sees: Callable[[Feature, int], Sight]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tile:
    """One GLB: `key` is "layer/z/x/y", `hash` that of its bytes, `box` west, south, low, east, north, high in metres.

    `features` are the ids in the order of their slots, `error_m` the size of the detail that the tile leaves out,
    `flattened` the ids of buildings drawn with a flat roof because no other fits.
    """

    key: str
    hash: str
    content: bytes
    box: Box
    features: tuple[str, ...]
    error_m: float
    triangles: int
    draws: int
    flattened: tuple[str, ...] = ()


def tile_key(layer: str, square: Square) -> str:
    """The key under which clients know a tile."""
    return f"{layer}/{square.z}/{square.x}/{square.y}"


def square_of_key(key: str) -> tuple[str, Square]:
    """Layer and square of a tile's key."""
    layer, z, x, y = key.split("/")
    return layer, Square(int(z), int(x), int(y))


def error_of(z: int) -> float:
    """Metres of detail that a tile of level z leaves out: none in leaves, then doubling from level to level."""
    return 0.0 if z == 0 else 4.0 * 2.0**z


def tile_of(layer: Layer, cell: Cell) -> Tile | None:
    """The tile of a layer in a cell, or None where it shows nothing."""
    drawing = layer.draw(cell)
    if drawing.mesh is None and not drawing.groves:
        return None
    content, features, box = encode(layer, drawing)
    seen = [drawing.mesh] if drawing.mesh is not None else []
    return Tile(
        key=tile_key(layer.name, cell.square),
        hash=hashlib.blake2b(content, digest_size=16).hexdigest(),
        content=content,
        box=box,
        features=tuple(feature.id for feature in features),
        error_m=error_of(cell.square.z),
        triangles=sum(len(mesh.triangles) for mesh in seen)
        + sum(len(grove.model.triangles) * len(grove.slot) for grove in drawing.groves),
        draws=len(seen) + len(drawing.groves),
        flattened=drawing.flattened,
    )


def encode(layer: Layer, drawing: Drawing, encoding: Encoding = "meshopt") -> tuple[bytes, list[Feature], Box]:
    """Bytes of a drawing, the features that are really seen in it in the order of their slots, and its box."""
    slots = [grove.slot for grove in drawing.groves] + ([] if drawing.mesh is None else [drawing.mesh.slot])
    seen = used_slots(np.concatenate(slots))
    place = np.full(len(drawing.features) + 1, NOBODY, dtype=np.int64)
    place[seen] = np.arange(len(seen))  # the last one, number -1, stays NOBODY
    features = [drawing.features[slot] for slot in seen]
    parts: list[Part] = []
    corners: list[FloatArray] = []
    if drawing.mesh is not None:
        mesh = with_slots(drawing.mesh, place[drawing.mesh.slot])
        parts.append(as_part(layer.name, mesh, null_slot=len(features), finest_m=drawing.finest_m))
        corners += extent(mesh.points)
    for grove in drawing.groves:
        parts.append(_grove_part(grove, place[grove.slot]))
        corners += _reach(grove)
    # Quantised points lie up to half a step beside the true ones.
    slack = 0.01 + max((part.scale for part in parts if not part.instances), default=0.0) / 2
    low, high = np.min(corners, axis=0) - slack, np.max(corners, axis=0) + slack
    box = tuple(float(value) for value in np.round(np.concatenate([low, high]), 2))
    return write_glb(parts, columns_of(features), encoding=encoding), features, box  # type: ignore[return-value]


def columns_of(features: Sequence[Feature]) -> list[Column]:
    """The property table of these features."""
    if not features:
        return []
    return [
        Column("id", [feature.id for feature in features], semantic="ID"),
        Column("kind", [feature.kind for feature in features], few=True),
        Column("height", np.array([height_of(feature) for feature in features], dtype=np.float32)),
        Column("basis", [basis_of(feature, "height_m") for feature in features], few=True),
        Column("source", [feature.source for feature in features], few=True),
    ]


def height_of(feature: Feature) -> float:
    """Metres from the ground to the top; 0 for what lies flat."""
    match feature:
        case Building() | Tree() | Barrier():
            return feature.height_m
        case _:
            return 0.0


def _grove_part(grove: Grove, slot: IntArray) -> Part:
    centre = np.rint(grove.places.mean(axis=0))
    half = np.radians(-grove.heading_deg) / 2  # clockwise from north is a negative turn about y up
    turn = np.zeros((len(half), 4))
    turn[:, 1], turn[:, 3] = np.sin(half), np.cos(half)
    scale = grove.scale[:, [0, 1, 0]] * grove.model.unit_m
    translation = tuple(float(value) for value in y_up(centre[None])[0])
    return Part(
        name=grove.model.name,
        primitive=grove.model.primitive(),
        translation=translation,  # type: ignore[arg-type]
        instances=[
            Attribute("TRANSLATION", np.round(y_up(grove.places - centre), 3).astype(np.float32)),
            Attribute("ROTATION", np.rint(turn * 32767).astype(np.int16), normalised=True),
            Attribute("SCALE", np.round(scale, 3).astype(np.float32)),
            Attribute("_FEATURE_ID_0", slot.astype(np.uint16)),
        ],
        instance_slots=len(used_slots(slot)),
    )


def _reach(grove: Grove) -> list[FloatArray]:
    across = (grove.model.breadth_m * grove.scale[:, 0])[:, None] * 0.75  # turned models reach into the corners
    up = grove.model.height_m * grove.scale[:, 1]
    low = grove.places - np.column_stack([across, across, np.zeros(len(up))])
    high = grove.places + np.column_stack([across, across, up])
    return [low.min(axis=0), high.max(axis=0)]
