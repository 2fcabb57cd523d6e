"""Binary glTF, written small and the same on every machine.

Specifications: Khronos glTF 2.0, KHR_mesh_quantization, EXT_meshopt_compression, EXT_mesh_gpu_instancing; Cesium's
EXT_mesh_features, EXT_instance_features and EXT_structural_metadata.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import meshopt
import numpy as np
import orjson
from numpy.typing import NDArray

from citiverse.geometry.arrays import IntArray
from citiverse.geometry.lattice import extent

Encoding = Literal["meshopt", "plain"]
Array = NDArray[Any]
Json = dict[str, Any]

_COMPONENTS = {"|i1": 5120, "|u1": 5121, "<i2": 5122, "<u2": 5123, "<u4": 5125, "<f4": 5126}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
_VERTICES, _INDICES = 34962, 34963
MESHOPT = "EXT_meshopt_compression"
FEATURES = "EXT_mesh_features"
INSTANCES = "EXT_mesh_gpu_instancing"
INSTANCE_FEATURES = "EXT_instance_features"
METADATA = "EXT_structural_metadata"
QUANTIZATION = "KHR_mesh_quantization"


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """Values for each vertex or instance, shape (n, components), of a component type that glTF knows."""

    name: str
    values: Array
    normalised: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Primitive:
    """Triangles over vertices; `slots` is how many rows of the property table they name, None without any."""

    attributes: Sequence[Attribute]
    triangles: IntArray
    slots: int | None = None
    null_slot: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A node: a primitive at a place, or a model shown once for each of its `instances`."""

    name: str
    primitive: Primitive
    translation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0
    instances: Sequence[Attribute] = ()
    instance_slots: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A property of the property table: strings, or 32-bit floats; `few` if the strings are words that come again."""

    name: str
    values: Sequence[str] | NDArray[np.float32]
    semantic: str = ""
    few: bool = False


@dataclass(slots=True)
class _Document:
    encoding: Encoding
    chunk: bytearray = field(default_factory=bytearray)
    plain_bytes: int = 0
    views: list[Json] = field(default_factory=list)
    accessors: list[Json] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def align(self, multiple: int) -> int:
        self.chunk.extend(b"\0" * (-len(self.chunk) % multiple))
        return len(self.chunk)

    def bytes_view(self, data: bytes) -> int:
        """A view of bytes as they are, on a multiple of 8 as EXT_structural_metadata asks."""
        self.views.append({"buffer": 0, "byteOffset": self.align(8), "byteLength": len(data)})
        self.chunk.extend(data)
        return len(self.views) - 1

    def array_view(self, rows: Array, count: int, mode: str, target: int | None) -> int:
        """A view of `count` rows of bytes, shape (count, stride)."""
        stride, length = rows.shape[1] * rows.itemsize, rows.nbytes
        view: Json = {"buffer": 0, "byteOffset": 0, "byteLength": length}
        if mode == "ATTRIBUTES":
            view["byteStride"] = stride
        if target is not None:
            view["target"] = target
        if self.encoding == "meshopt":
            packed = meshopt.encode_gltf_buffer(rows, mode)
            start = self.align(4)
            self.chunk.extend(packed)
            view |= {"buffer": 1, "byteOffset": self.plain_bytes}
            self.plain_bytes += length + (-length % 8)
            view["extensions"] = {
                MESHOPT: {
                    "buffer": 0,
                    "byteOffset": start,
                    "byteLength": len(packed),
                    "byteStride": stride,
                    "count": count,
                    "mode": mode,
                }
            }
            self.used.add(MESHOPT)
        else:
            view["byteOffset"] = self.align(8)
            self.chunk.extend(rows.tobytes())
        self.views.append(view)
        return len(self.views) - 1

    def attribute(self, attribute: Attribute, target: int | None) -> int:
        values = attribute.values if attribute.values.ndim == 2 else attribute.values[:, None]
        count, components = values.shape
        size = components * values.itemsize
        padded = np.ascontiguousarray(values).view(np.uint8).reshape(count, size)
        if size % 4:
            padded = np.zeros((count, size + 4 - size % 4), dtype=np.uint8)
            padded[:, :size] = np.ascontiguousarray(values).view(np.uint8).reshape(count, size)
        accessor: Json = {
            "bufferView": self.array_view(padded, count, "ATTRIBUTES", target),
            "componentType": _COMPONENTS[values.dtype.str],
            "count": count,
            "type": _TYPES[components],
        }
        if attribute.normalised:
            accessor["normalized"] = True
        if attribute.name == "POSITION":
            low, high = extent(values)
            accessor |= {"min": low.tolist(), "max": high.tolist()}
        if attribute.name in ("POSITION", "NORMAL", "TEXCOORD_0") and values.dtype != np.float32:
            self.used.add(QUANTIZATION)
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def indices(self, triangles: IntArray, vertices: int) -> int:
        dtype = np.uint16 if vertices < 65535 else np.uint32
        flat = triangles.reshape(-1).astype(dtype)
        view = self.array_view(flat[:, None], len(flat), "TRIANGLES", _INDICES)
        self.accessors.append(
            {"bufferView": view, "componentType": _COMPONENTS[flat.dtype.str], "count": len(flat), "type": "SCALAR"}
        )
        return len(self.accessors) - 1


def write_glb(parts: Sequence[Part], columns: Sequence[Column] = (), *, encoding: Encoding = "meshopt") -> bytes:
    """One scene of `parts` under one property table `feature` of `columns`.

    The same values give the same bytes. `plain` is the twin without EXT_meshopt_compression, for checks and tools.
    """
    document = _Document(encoding)
    meshes = [_mesh(document, part) for part in parts]
    nodes = [_node(document, part, index) for index, part in enumerate(parts)]
    root: Json = {
        "asset": {"version": "2.0", "generator": "CitiVERSE"},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": [_MATERIAL],
    }
    if columns:
        root["extensions"] = {METADATA: _metadata(document, columns)}
    root["accessors"], root["bufferViews"] = document.accessors, document.views
    document.align(4)
    root["buffers"] = [{"byteLength": len(document.chunk)}]
    if MESHOPT in document.used:
        root["buffers"].append({"byteLength": document.plain_bytes, "extensions": {MESHOPT: {"fallback": True}}})
    if document.used:
        root["extensionsUsed"] = sorted(document.used)
    required = sorted(document.used & {MESHOPT, QUANTIZATION, INSTANCES})
    if required:
        root["extensionsRequired"] = required
    return _container(root, bytes(document.chunk))


_MATERIAL: Json = {"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.9}}


def _mesh(document: _Document, part: Part) -> Json:
    primitive = part.primitive
    vertices = len(primitive.attributes[0].values)
    value: Json = {
        "attributes": {each.name: document.attribute(each, _VERTICES) for each in primitive.attributes},
        "indices": document.indices(primitive.triangles, vertices),
        "material": 0,
    }
    if primitive.slots is not None:
        document.used.add(FEATURES)
        ids: Json = {"featureCount": primitive.slots, "attribute": 0, "propertyTable": 0}
        if primitive.null_slot is not None:
            ids["nullFeatureId"] = primitive.null_slot
        value["extensions"] = {FEATURES: {"featureIds": [ids]}}
    return {"name": part.name, "primitives": [value]}


def _node(document: _Document, part: Part, mesh: int) -> Json:
    node: Json = {"name": part.name, "mesh": mesh}
    if any(part.translation):
        node["translation"] = list(part.translation)
    if part.scale != 1.0:
        node["scale"] = [part.scale] * 3
    if part.instances:
        document.used |= {INSTANCES, INSTANCE_FEATURES}
        ids = {"featureCount": part.instance_slots, "attribute": 0, "propertyTable": 0}
        attributes = {each.name: document.attribute(each, None) for each in part.instances}
        node["extensions"] = {INSTANCES: {"attributes": attributes}, INSTANCE_FEATURES: {"featureIds": [ids]}}
    return node


def _metadata(document: _Document, columns: Sequence[Column]) -> Json:
    document.used.add(METADATA)
    schema: Json = {}
    values: Json = {}
    enums: Json = {}
    for column in columns:
        words = sorted(set(column.values)) if column.few else []
        if isinstance(column.values, np.ndarray):
            schema[column.name] = {"type": "SCALAR", "componentType": "FLOAT32", "required": True}
            values[column.name] = {"values": document.bytes_view(column.values.astype("<f4").tobytes())}
        elif 0 < len(words) < 256 and words[0] != "":  # an enumeration has no empty names
            number = {word: i for i, word in enumerate(words)}
            enums[column.name] = {
                "valueType": "UINT8",
                "values": [{"name": word, "value": i} for i, word in enumerate(words)],
            }
            schema[column.name] = {"type": "ENUM", "enumType": column.name, "required": True}
            values[column.name] = {"values": document.bytes_view(bytes(number[value] for value in column.values))}
        else:
            schema[column.name] = {"type": "STRING", "required": True}
            values[column.name] = _words(document, column.values)
        if column.semantic:
            schema[column.name]["semantic"] = column.semantic
    table = {"name": "feature", "class": "feature", "count": len(columns[0].values), "properties": values}
    classes = {"feature": {"name": "feature", "properties": schema}}
    whole: Json = {"id": "citiverse", "classes": classes}
    return {"schema": whole | ({"enums": enums} if enums else {}), "propertyTables": [table]}


def _words(document: _Document, words: Sequence[str]) -> Json:
    encoded = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, encoded)])
    short = ends[-1] < 65536
    return {
        # A view may not be empty: a column of empty words keeps one unused byte.
        "values": document.bytes_view(b"".join(encoded) or b"\0"),
        "stringOffsets": document.bytes_view(ends.astype("<u2" if short else "<u4").tobytes()),
        "stringOffsetType": "UINT16" if short else "UINT32",
    }


def _container(root: Json, chunk: bytes) -> bytes:
    text = orjson.dumps(root)
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(chunk))
    return b"".join(
        [head, struct.pack("<I4s", len(text), b"JSON"), text, struct.pack("<I4s", len(chunk), b"BIN\0"), chunk]
    )
