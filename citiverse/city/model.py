"""A thing that someone has brought as a 3D file: what it looks like, how much ground it takes, how high it is."""

import hashlib
import json
import struct
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

PREFIX = "model:"
_MAGIC = b"CVM1"


class ModelBroken(ValueError):
    """Bytes that are no model."""


class Model:
    """Triangles in metres, z up, counted from the middle of its footprint on the ground.

    `points` (n, 3) float32, `triangles` (m, 3) int32 counter-clockwise seen from outside, `colours` (n, 3) uint8 linear
    RGB, `footprint` what it covers seen from above. Two models of one id are the same.
    """

    def __init__(
        self,
        title: str,
        points: NDArray[np.float32],
        triangles: NDArray[np.int32],
        colours: NDArray[np.uint8],
        footprint: Polygon,
    ) -> None:
        self.title = title
        self.points = points
        self.triangles = triangles
        self.colours = colours
        self.footprint = footprint

    @cached_property
    def content(self) -> bytes:
        """The model as bytes, the same for the same model."""
        head = {
            "title": self.title,
            "points": len(self.points),
            "triangles": len(self.triangles),
            "footprint": shapely.get_coordinates(self.footprint.exterior).tolist(),
        }
        text = json.dumps(head, sort_keys=True).encode()
        arrays = (self.points.astype("<f4"), self.triangles.astype("<i4"), self.colours.astype("u1"))
        return b"".join([_MAGIC, struct.pack("<I", len(text)), text, *(each.tobytes() for each in arrays)])

    @cached_property
    def id(self) -> str:
        """Under which it is known: the hash of all it is."""
        return PREFIX + hashlib.blake2b(self.content, digest_size=12).hexdigest()

    @property
    def height_m(self) -> float:
        """From the ground to the top."""
        return float(self.points[:, 2].max())

    def __eq__(self, other: object) -> bool:
        """Whether the other is the same model."""
        return isinstance(other, Model) and other.id == self.id

    def __hash__(self) -> int:
        """By id."""
        return hash(self.id)

    def __repr__(self) -> str:
        """The id."""
        return self.id


def model_of(content: bytes) -> Model:
    """The model in `Model.content`. Raises ModelBroken."""
    try:
        if content[:4] != _MAGIC:
            raise ModelBroken("This is no model.")
        (size,) = struct.unpack_from("<I", content, 4)
        head = json.loads(content[8 : 8 + size])
        n, m, start = int(head["points"]), int(head["triangles"]), 8 + size
        points = np.frombuffer(content, "<f4", 3 * n, start).reshape(n, 3)
        triangles = np.frombuffer(content, "<i4", 3 * m, start + 12 * n).reshape(m, 3)
        colours = np.frombuffer(content, "u1", 3 * n, start + 12 * n + 12 * m).reshape(n, 3)
        return Model(str(head["title"]), points, triangles, colours, Polygon(head["footprint"]))
    except (KeyError, TypeError, struct.error, json.JSONDecodeError, ValueError) as error:
        raise ModelBroken(f"This is no model: {error}.") from error


class Body:
    """A model as it stands somewhere: turned clockwise from north and scaled, with its middle `at` the scene's x, y."""

    __slots__ = ("at", "heading_deg", "model", "scale")

    def __init__(self, model: Model, at: tuple[float, float], heading_deg: float, scale: float) -> None:
        self.model = model
        self.at = at
        self.heading_deg = heading_deg
        self.scale = scale

    @property
    def points(self) -> NDArray[np.float64]:
        """Its points in the scene's metres, z from the ground it stands on; shape (n, 3)."""
        turn = np.radians(self.heading_deg)
        x, y, z = (self.model.points.astype(np.float64) * self.scale).T
        east = x * np.cos(turn) + y * np.sin(turn) + self.at[0]
        north = y * np.cos(turn) - x * np.sin(turn) + self.at[1]
        return np.column_stack([east, north, z])

    def __eq__(self, other: object) -> bool:
        """Whether the same stands in the same place."""
        return isinstance(other, Body) and repr(other) == repr(self)

    def __hash__(self) -> int:
        """By what it says."""
        return hash(repr(self))

    def __repr__(self) -> str:
        """All that tells it from others."""
        return f"Body({self.model.id}, {self.at}, {self.heading_deg}, {self.scale})"
