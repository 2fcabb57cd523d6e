"""Heights of the ground that come with a city: triangles of a relief, or the feet of its buildings."""

from dataclasses import dataclass

from citiverse.geometry.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Tin:
    """Triangles of the ground, shape (n, 3, 3): corners with x, y, z in the scene's metres.

    `vertical` names the datum of z, "" where the file does not.
    """

    file: str
    triangles: FloatArray
    vertical: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Places whose height is known, shape (n, 3): x, y, z in the scene's metres.

    `measured` tells places that someone has surveyed from such as buildings are seen to stand on.
    """

    file: str
    points: FloatArray
    vertical: str = ""
    measured: bool = False


Ground = Tin | Spots
