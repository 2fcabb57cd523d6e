"""Our own small models of trees and things in the street."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pygltflib
from numpy.typing import NDArray

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.resources import assets
from citiverse.scene.glb import Attribute, Primitive

_DTYPES = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model in its own metres, y up, standing on y = 0.

    `points` and `normals` (n, 3), `colour` (n, 4) linear RGBA, `surface` (n,), `triangles` (m, 3).
    """

    name: str
    points: FloatArray
    normals: FloatArray
    colour: NDArray[np.uint8]
    surface: NDArray[np.uint8]
    triangles: IntArray

    @property
    def height_m(self) -> float:
        """From the ground to its top."""
        return float(self.points[:, 1].max())

    @property
    def breadth_m(self) -> float:
        """Largest extent across."""
        return float(2 * np.abs(self.points[:, [0, 2]]).max())

    @property
    def unit_m(self) -> float:
        """Metres that 1 stands for in its quantised positions."""
        return float(np.abs(self.points).max())

    def primitive(self) -> Primitive:
        """Quantised to 16-bit shares of `unit_m`, which the scale of each instance brings back."""
        return Primitive(
            [
                Attribute("POSITION", np.rint(self.points / self.unit_m * 32767).astype(np.int16), normalised=True),
                Attribute("NORMAL", np.rint(self.normals * 127).astype(np.int8), normalised=True),
                Attribute("COLOR_0", self.colour, normalised=True),
                Attribute("_SURFACE", self.surface),
            ],
            self.triangles,
        )


@lru_cache(maxsize=64)
def model(name: str) -> Model:
    """The model `name` of assets/models. Raises FileNotFoundError."""
    file = pygltflib.GLTF2().load(str(assets() / "models" / f"{name}.glb"))
    if file is None:
        raise FileNotFoundError(f"There is no model {name}.")
    primitive = file.meshes[0].primitives[0]
    blob = file.binary_blob()
    extra = primitive.attributes.__dict__
    return Model(
        name=name,
        points=_values(file, blob, primitive.attributes.POSITION).astype(np.float64),
        normals=_values(file, blob, primitive.attributes.NORMAL).astype(np.float64) / 127.0,
        colour=_values(file, blob, primitive.attributes.COLOR_0).astype(np.uint8),
        surface=_values(file, blob, extra["_SURFACE"]).astype(np.uint8)[:, 0],
        triangles=_values(file, blob, primitive.indices).astype(np.int64).reshape(-1, 3),
    )


def _values(file: pygltflib.GLTF2, blob: bytes, number: int) -> NDArray[np.generic]:
    accessor = file.accessors[number]
    view = file.bufferViews[accessor.bufferView]
    dtype = np.dtype(_DTYPES[accessor.componentType])
    width = _WIDTHS[accessor.type]
    stride = view.byteStride or dtype.itemsize * width
    start = (view.byteOffset or 0) + (accessor.byteOffset or 0)
    rows = np.frombuffer(blob, dtype=np.uint8, count=accessor.count * stride, offset=start)
    return rows.reshape(accessor.count, stride)[:, : dtype.itemsize * width].copy().view(dtype)
