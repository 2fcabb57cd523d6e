"""A city as one binary glTF for other programs: no extension, one mesh for each layer, colours at the vertices."""

import struct

import numpy as np
import orjson
from numpy.typing import NDArray

from citiverse.city.city import City
from citiverse.scene.build import build
from citiverse.scene.reading import painted

_FLOAT, _BYTE, _WHOLE = 5126, 5121, 5125  # component types of glTF 2.0, 3.6.2.2
_VERTICES, _INDICES = 34962, 34963  # targets of buffer views
_JSON, _BIN = 0x4E4F534A, 0x004E4942


def city_glb(city: City) -> bytes:
    """All that is seen of a city from near, metres, y up, from the frame's origin; credits in `asset.copyright`.

    `extras` of the scene say the coordinate system and its numbers at the origin: x grows to the east, z to the south.
    """
    tiles = build(city)
    layers: dict[str, list[bytes]] = {}
    for key, tile in sorted(tiles.by_key.items()):
        layer = key.partition("/")[0]
        if layer != "far":
            layers.setdefault(layer, []).append(tile.content)
    file = _File()
    for layer, contents in layers.items():
        found = painted(contents)
        if len(found.indices):
            file.mesh(layer, found.positions, found.colours, found.indices)
    credit = "; ".join(
        f"{each.credit or each.title} ({each.licence})" if each.licence else each.credit or each.title
        for each in city.sources
    )
    return file.content(
        {"version": "2.0", "generator": "CitiVERSE", "copyright": credit or city.title},
        {
            "title": city.title,
            "epsg": city.frame.epsg,
            "origin": list(city.frame.origin),
            "vertical": city.frame.vertical,
        },
    )


class _File:
    """A glTF document that grows by meshes, and its buffer."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.length = 0
        self.views: list[dict[str, object]] = []
        self.accessors: list[dict[str, object]] = []
        self.meshes: list[dict[str, object]] = []

    def mesh(
        self,
        name: str,
        positions: NDArray[np.float32],
        colours: NDArray[np.uint8],
        indices: NDArray[np.int64],
    ) -> None:
        """Add triangles: positions with z up, colours linear RGB."""
        turned = np.column_stack([positions[:, 0], positions[:, 2], -positions[:, 1]]).astype("<f4")
        opaque = np.column_stack([colours, np.full(len(colours), 255, dtype=np.uint8)]).astype("u1")
        low, high = turned.min(axis=0).tolist(), turned.max(axis=0).tolist()
        attributes = {
            "POSITION": self._accessor(turned, _FLOAT, "VEC3", len(turned), _VERTICES, min=low, max=high),
            "COLOR_0": self._accessor(opaque, _BYTE, "VEC4", len(opaque), _VERTICES, normalized=True),
        }
        corners = self._accessor(indices.astype("<u4"), _WHOLE, "SCALAR", indices.size, _INDICES)
        self.meshes.append(
            {"name": name, "primitives": [{"attributes": attributes, "indices": corners, "material": 0}]}
        )

    def _accessor(
        self, values: NDArray[np.generic], component: int, shape: str, count: int, target: int, **more: object
    ) -> int:
        data = values.tobytes()
        self.views.append({"buffer": 0, "byteOffset": self.length, "byteLength": len(data), "target": target})
        data += b"\0" * (-len(data) % 4)
        self.chunks.append(data)
        self.length += len(data)
        self.accessors.append(
            {"bufferView": len(self.views) - 1, "componentType": component, "count": count, "type": shape, **more}
        )
        return len(self.accessors) - 1

    def content(self, asset: dict[str, object], extras: dict[str, object]) -> bytes:
        """The document as a binary glTF."""
        nodes = [{"name": mesh["name"], "mesh": at} for at, mesh in enumerate(self.meshes)]
        root: dict[str, object] = {
            "asset": asset,
            "scene": 0,
            "scenes": [{"name": str(extras["title"]), "extras": extras, "nodes": list(range(len(nodes)))}],
        }
        if self.meshes:
            rough = {"baseColorFactor": [1.0, 1.0, 1.0, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.9}
            root |= {
                "nodes": nodes,
                "meshes": self.meshes,
                "materials": [{"name": "painted", "pbrMetallicRoughness": rough, "doubleSided": True}],
                "accessors": self.accessors,
                "bufferViews": self.views,
                "buffers": [{"byteLength": self.length}],
            }
        else:
            del root["scenes"][0]["nodes"]  # type: ignore[index]
        head = orjson.dumps(root)
        head += b" " * (-len(head) % 4)
        body = b"".join(self.chunks)
        parts = [struct.pack("<II", len(head), _JSON), head]
        parts += [struct.pack("<II", len(body), _BIN), body] if body else []
        total = 12 + sum(map(len, parts))
        return struct.pack("<4sII", b"glTF", 2, total) + b"".join(parts)
