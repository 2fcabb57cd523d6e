"""Reads back what `glb` writes, compressed or not."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import meshopt
import numpy as np
import orjson
from numpy.typing import NDArray

from citiverse.scene.glb import FEATURES, INSTANCE_FEATURES, INSTANCES, MESHOPT, METADATA
from citiverse.scene.paint import FACADE_STEPS

Json = dict[str, Any]
Array = NDArray[Any]

_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_LARGEST = {"<i1": 127.0, "<u1": 255.0, "<i2": 32767.0, "<u2": 65535.0}


class NotGlb(ValueError):
    """The bytes are not a binary glTF that can be read; the sentence says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """Triangles as they are to be drawn.

    `positions` (n, 3) metres in the scene, z up; `colours` (n, 3) linear RGB; `indices` (m, 3); `walls` (n, 4) window
    bays, storeys, a number from 0 to 1 that is the feature's own, and the code of `citiverse.scene.paint.SURFACES`.
    """

    positions: NDArray[np.float32]
    colours: NDArray[np.uint8]
    indices: NDArray[np.int64]
    walls: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Glb:
    """A binary glTF: its JSON and the bytes of its chunk."""

    root: Json
    chunk: bytes

    def view(self, number: int) -> bytes:
        """The bytes of a buffer view, decompressed."""
        view = self.root["bufferViews"][number]
        packed = view.get("extensions", {}).get(MESHOPT)
        where = packed or view
        start = where.get("byteOffset", 0)
        data = self.chunk[start : start + where["byteLength"]]
        if len(data) != where["byteLength"]:
            raise NotGlb(f"Buffer view {number} ends outside the buffer.")
        if packed is None:
            return data
        return bytes(meshopt.decode_gltf_buffer(data, packed["count"], packed["byteStride"], packed["mode"]).tobytes())

    def accessor(self, number: int) -> Array:
        """The values of an accessor as they are stored, shape (count, components)."""
        accessor = self.root["accessors"][number]
        view = self.root["bufferViews"][accessor["bufferView"]]
        dtype = np.dtype(_DTYPES[accessor["componentType"]])
        size = dtype.itemsize * _WIDTHS[accessor["type"]]
        stride = view.get("byteStride", size)
        data = self.view(accessor["bufferView"])[accessor.get("byteOffset", 0) :]
        if len(data) < stride * (accessor["count"] - 1) + size:
            raise NotGlb(f"Accessor {number} is longer than its buffer view.")
        padded = np.zeros(stride * accessor["count"], dtype=np.uint8)
        padded[: min(len(data), len(padded))] = np.frombuffer(data, dtype=np.uint8)[: len(padded)]
        rows = padded.reshape(accessor["count"], stride)[:, :size]
        values: Array = np.ascontiguousarray(rows).view(dtype)
        return values

    def values(self, number: int) -> Array:
        """The values of an accessor as floats, normalised ones between -1 and 1."""
        accessor = self.root["accessors"][number]
        values = self.accessor(number).astype(np.float64)
        if accessor.get("normalized"):
            values = np.maximum(values / _LARGEST[_DTYPES[accessor["componentType"]]], -1.0)
        return values

    def primitives(self) -> Iterator[tuple[Json, Json]]:
        """Each node that has a mesh, with each primitive of that mesh."""
        for node in self.root["nodes"]:
            if "mesh" in node:
                for primitive in self.root["meshes"][node["mesh"]]["primitives"]:
                    yield node, primitive

    def feature_ids(self) -> Iterator[tuple[Json, Array, int]]:
        """Each set of feature ids with its values (n,) and the number of vertices or instances it must speak for."""
        for node, primitive in self.primitives():
            counted = self.root["accessors"][primitive["attributes"]["POSITION"]]["count"]
            for ids in primitive.get("extensions", {}).get(FEATURES, {}).get("featureIds", []):
                number = primitive["attributes"][f"_FEATURE_ID_{ids['attribute']}"]
                yield ids, self.accessor(number)[:, 0], counted
            shown = node.get("extensions", {}).get(INSTANCES, {}).get("attributes", {})
            for ids in node.get("extensions", {}).get(INSTANCE_FEATURES, {}).get("featureIds", []):
                instances = self.root["accessors"][shown["TRANSLATION"]]["count"]
                yield ids, self.accessor(shown[f"_FEATURE_ID_{ids['attribute']}"])[:, 0], instances

    def positions(self) -> NDArray[np.float64]:
        """All points of the scene in its metres, y up; of instances the points of every one. Shape (n, 3)."""
        found = [self._placed(node, primitive) for node, primitive in self.primitives()]
        return np.concatenate(found) if found else np.zeros((0, 3))

    def painted(self) -> Iterator[Painted]:
        """The triangles of each primitive, of instances those of every one."""
        for node, primitive in self.primitives():
            attributes = primitive["attributes"]
            points = self._placed(node, primitive)
            colours = self.accessor(attributes["COLOR_0"])[:, :3]
            count = len(colours)
            walls = np.zeros((count, 4), np.float32)
            if "TEXCOORD_0" in attributes:
                walls[:, :2] = self.accessor(attributes["TEXCOORD_0"]) / FACADE_STEPS
            if "_FEATURE_ID_0" in attributes:
                walls[:, 2] = _own_number(self.accessor(attributes["_FEATURE_ID_0"])[:, 0])
            if "_SURFACE" in attributes:
                walls[:, 3] = self.accessor(attributes["_SURFACE"])[:, 0]
            copies = np.arange(len(points) // count)[:, None, None] * count
            corners = self.accessor(primitive["indices"])[:, 0].astype(np.int64).reshape(1, -1, 3)
            repeated = (len(copies), 1)
            yield Painted(
                np.column_stack([points[:, 0], -points[:, 2], points[:, 1]]).astype(np.float32),
                np.tile(colours, repeated), (corners + copies).reshape(-1, 3), np.tile(walls, repeated),
            )  # fmt: skip

    def _placed(self, node: Json, primitive: Json) -> NDArray[np.float64]:
        points = self.values(primitive["attributes"]["POSITION"])
        shown = node.get("extensions", {}).get(INSTANCES, {}).get("attributes")
        if shown is not None:
            moves, turns, scales = (self.values(shown[name]) for name in ("TRANSLATION", "ROTATION", "SCALE"))
            scaled = points[None] * scales[:, None]
            points = (_turned(scaled, turns) + moves[:, None]).reshape(-1, 3)
        placed: NDArray[np.float64] = points * np.array(node.get("scale", [1.0] * 3)) + np.array(
            node.get("translation", [0.0] * 3)
        )
        return placed

    def table(self) -> dict[str, list[Any]]:
        """The first property table, column by column; empty without one."""
        metadata = self.root.get("extensions", {}).get(METADATA)
        if metadata is None:
            return {}
        table = metadata["propertyTables"][0]
        schema = metadata["schema"]["classes"][table["class"]]["properties"]
        return {name: self._column(schema[name], each, table["count"]) for name, each in table["properties"].items()}

    def _column(self, kind: Json, where: Json, count: int) -> list[Any]:
        data = self.view(where["values"])
        if kind["type"] == "ENUM":
            words = self.enumeration(kind["enumType"])
            return [words[value] for value in data[:count]]
        if kind["type"] != "STRING":
            return list(np.frombuffer(data, dtype="<f4", count=count).tolist())
        return [data[a:b].decode() for a, b in pairwise(self.offsets(where)[: count + 1].tolist())]

    def enumeration(self, name: str) -> dict[int, str]:
        """The words of an enumeration of the property table by their numbers."""
        enums = self.root["extensions"][METADATA]["schema"].get("enums", {})
        return {each["value"]: each["name"] for each in enums[name]["values"]}

    def offsets(self, where: Json) -> NDArray[np.int64]:
        """Where each word of a column begins, and where the last one ends."""
        width = {"UINT8": "<u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8"}[
            where.get("stringOffsetType", "UINT32")
        ]
        found: NDArray[np.int64] = np.frombuffer(self.view(where["stringOffsets"]), dtype=width).astype(np.int64)
        return found


def _turned(points: NDArray[np.float64], turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (k, n, 3) turned by unit quaternions (k, 4), x y z w."""
    axis, w = turns[:, None, :3], turns[:, None, 3:]
    cross = np.cross(np.broadcast_to(axis, points.shape), points)
    result: NDArray[np.float64] = points + 2.0 * (w * cross + np.cross(np.broadcast_to(axis, points.shape), cross))
    return result


def read_glb(content: bytes) -> Glb:
    """Take a binary glTF apart. Raises NotGlb."""
    if len(content) < 20:
        raise NotGlb("The file is too short.")
    magic, version, length = struct.unpack_from("<4sII", content)
    if magic != b"glTF" or version != 2:
        raise NotGlb("The file does not begin as glTF 2.0 does.")
    if length != len(content):
        raise NotGlb(f"The file has {len(content)} bytes but says {length}.")
    size, kind = struct.unpack_from("<I4s", content, 12)
    if kind != b"JSON" or size % 4 or 20 + size > length:
        raise NotGlb("The first chunk is not JSON.")
    try:
        root: Json = orjson.loads(content[20 : 20 + size])
    except orjson.JSONDecodeError as error:
        raise NotGlb("The first chunk is not JSON.") from error
    start = 20 + size
    if start == length:
        return Glb(root, b"")
    chunk_size, kind = struct.unpack_from("<I4s", content, start)
    if kind != b"BIN\0" or chunk_size % 4 or start + 8 + chunk_size != length:
        raise NotGlb("The second chunk is not a buffer that fills the rest of the file.")
    return Glb(root, content[start + 8 :])


def painted(contents: Iterable[bytes]) -> Painted:
    """The triangles of several tiles together. Raises NotGlb."""
    parts = [part for content in contents for part in read_glb(content).painted()]
    if not parts:
        return Painted(
            np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8), np.zeros((0, 3), np.int64),
            np.zeros((0, 4), np.float32),
        )  # fmt: skip
    starts = np.cumsum([0, *(len(part.positions) for part in parts[:-1])])
    return Painted(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.colours for part in parts]),
        np.concatenate([part.indices + start for part, start in zip(parts, starts, strict=True)]),
        np.concatenate([part.walls for part in parts]),
    )


def _own_number(ids: Array) -> Array:
    """A number from 0 to 1 for each feature of a tile, unlike its neighbours' (Weyl's sequence of the golden ratio)."""
    return (ids * 0.6180339887) % 1.0
