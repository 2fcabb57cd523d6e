"""One sound path given as a vertical cut profile, and the levels it brings to the receiver."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.noise.propagation import (
    BANDS,
    DIFFRACTION_TERM,
    ENTER,
    EXIT,
    FAVOURABLE,
    GROUND,
    GROUND_TERM,
    HOMOGENEOUS,
    RECEIVER,
    REFLECTION,
    SOURCE,
    THIN,
    TOPOGRAPHY,
    VERTICAL_EDGE,
    KindArray,
    air_absorption,
    attenuate,
    divergence,
    edge_loss,
)

Side = Literal["DIRECT", "LEFT", "RIGHT", "REFLECTION"]

SOURCE_POWER_DB = 93.0  # per octave band, of the reference cases in ISO/TR 17534-4
NO_SOUND_DB = -200.0  # level of a path that does not exist in one kind of weather
SHORTEST_M = 0.1
LONGEST_M = 20_000.0  # far beyond the 800 m that the method was made for
MOST_POINTS = 20_000

_KINDS = {
    "Source": SOURCE,
    "Receiver": RECEIVER,
    "GroundEffect": GROUND,
    "Topography": TOPOGRAPHY,
    "VEdgeDiffraction": VERTICAL_EDGE,
    "Reflection": REFLECTION,
}
_WALLS = {"BUILDING_ENTER": ENTER, "BUILDING_EXIT": EXIT, "THIN_WALL_ENTER_EXIT": THIN}
_SIDES: tuple[Side, ...] = ("DIRECT", "LEFT", "RIGHT", "REFLECTION")


class BadProfile(ValueError):
    """A profile that cannot be read; the sentence names the file and what is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Reflector:
    """A wall that turns the path at one of its points; `absorption` has a share per octave band."""

    point: int
    top_m: float
    absorption: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Points along one path, unfolded where it bends in plan; the arrays have shape (points,).

    `x`: metres along the path, `top`: height of the point itself, `base`: height of the ground, `ground`: ground factor
    from there to the next point, `kind`: one of the kinds in `propagation`. `direct_m` is the straight distance.
    """

    side: Side
    curved: bool
    x: FloatArray
    top: FloatArray
    base: FloatArray
    ground: FloatArray
    kind: KindArray
    direct_m: float
    reflectors: tuple[Reflector, ...] = ()

    @property
    def lateral(self) -> bool:
        """Whether the path goes around an obstacle and not over it."""
        return bool((self.kind == VERTICAL_EDGE).any())

    @property
    def length_m(self) -> float:
        """Length of the unfolded line from source to receiver."""
        return math.hypot(float(self.x[-1]), float(self.top[-1] - self.top[0]))


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Attenuations and level in dB per octave band of a path in one kind of weather; arrays of shape (8,).

    level = source power - divergence - atmosphere - ground - diffraction - reflection. Where diffraction takes the
    ground on both sides into account, the ground term is 0.
    """

    ground: FloatArray
    diffraction: FloatArray
    atmosphere: FloatArray
    divergence: FloatArray
    reflection: FloatArray
    level: FloatArray


def path_levels(profile: Profile, source_db: float = SOURCE_POWER_DB) -> tuple[Levels, Levels]:
    """Levels in homogeneous and in favourable weather at 10 C and 70 %; `source_db` is the power in each band."""
    n = len(profile.x)
    out = np.zeros((2, 2, BANDS))
    index = np.zeros((4, n), dtype=np.int64)
    attenuate(
        profile.x, profile.top, profile.base, profile.ground, profile.kind, n,
        profile.direct_m, float(profile.ground[0]), np.zeros((3, 3 * n + 24)), index, out,
    )  # fmt: skip
    spread = np.full(BANDS, divergence(profile.direct_m if profile.lateral else profile.length_m))
    air = air_absorption() * profile.length_m

    def weather(which: int) -> Levels:
        hull = index[2 + which]
        hull = hull[: int(np.argmax(hull == n - 1)) + 1]
        ground, diffraction = out[which, GROUND_TERM], out[which, DIFFRACTION_TERM]
        reflected = _reflection_loss(profile, hull, favourable=which == FAVOURABLE)
        if reflected is None:
            return Levels(ground, diffraction, air, spread, np.zeros(BANDS), np.full(BANDS, NO_SOUND_DB))
        level = source_db - spread - air - ground - diffraction - reflected
        return Levels(ground, diffraction, air, spread, reflected, level)

    return weather(HOMOGENEOUS), weather(FAVOURABLE)


def long_term(homogeneous: FloatArray, favourable: FloatArray, probability: float = 0.5) -> FloatArray:
    """Mean level over weather that is favourable with `probability`, eq. 2.5.9."""
    energy = probability * 10.0 ** (favourable / 10.0) + (1.0 - probability) * 10.0 ** (homogeneous / 10.0)
    level: FloatArray = 10.0 * np.log10(energy)
    return level


def _reflection_loss(profile: Profile, hull: IntArray, *, favourable: bool) -> FloatArray | None:
    """Loss in dB per band at all walls: by absorption, eq. 2.5.34, and near upper edges. None without such a path."""
    loss = np.zeros(BANDS)
    near_edge = np.zeros(BANDS)
    for wall in profile.reflectors:
        if not edge_loss(profile.x, profile.top, hull, favourable, wall.point, wall.top_m, near_edge):
            return None
        loss += near_edge - 10.0 * np.log10(np.maximum(1.0 - wall.absorption, 1e-20))
    return loss


def read_profile(path: Path) -> Profile:
    """The profile in a JSON file of cut points (coordinates in metres). Raises BadProfile or OSError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadProfile(f"{path.name} is not a text file.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadProfile(f"{path.name} is not valid JSON: {error}.") from error
    try:
        return parse_profile(document)
    except BadProfile as error:
        raise BadProfile(f"{path.name}: {error}") from error


def parse_profile(document: object) -> Profile:
    """The profile in a parsed JSON document. Raises BadProfile."""
    if not isinstance(document, dict) or not isinstance(document.get("cutPoints"), list):
        raise BadProfile("a profile is an object with a list of cutPoints.")
    cuts: list[object] = document["cutPoints"]
    if not 2 <= len(cuts) <= MOST_POINTS:
        raise BadProfile(f"a profile has 2 to {MOST_POINTS} cutPoints, this one has {len(cuts)}.")
    side = document.get("profileType", "DIRECT")
    if side not in _SIDES:
        raise BadProfile(f"profileType is one of {', '.join(_SIDES)}, not {side!r}.")
    curved = document.get("curvedPath", False)
    if not isinstance(curved, bool):
        raise BadProfile("curvedPath is true or false.")

    points = [_Cut(i, cut) for i, cut in enumerate(cuts)]
    kind = np.array([point.kind() for point in points], dtype=np.int8)
    if kind[0] != SOURCE or kind[-1] != RECEIVER or (kind[1:-1] == SOURCE).any() or (kind[1:-1] == RECEIVER).any():
        raise BadProfile("the first cut point is the one Source and the last the one Receiver.")
    xyz = np.array([point.position() for point in points])
    steps = np.hypot(*np.diff(xyz[:, :2], axis=0).T)
    x = np.concatenate([[0.0], np.cumsum(steps)])
    if x[-1] < SHORTEST_M:
        raise BadProfile("source and receiver are at the same place.")
    if math.hypot(x[-1], xyz[-1, 2] - xyz[0, 2]) > LONGEST_M:
        raise BadProfile(f"the path is longer than {LONGEST_M / 1000.0:.0f} km, which no sound travels.")
    base = np.array([point.number("zGround", default=float(z)) for point, z in zip(points, xyz[:, 2], strict=True)])
    ground = np.array([point.number("groundCoefficient", low=0.0, high=1.0) for point in points])
    reflectors = tuple(point.reflector() for point in points if point.reflects())
    return Profile(
        side=side,
        curved=curved,
        x=x,
        top=np.where(np.isin(kind, (GROUND, TOPOGRAPHY)), base, xyz[:, 2]),
        base=base,
        ground=ground,
        kind=kind,
        direct_m=float(np.linalg.norm(xyz[-1] - xyz[0])),
        reflectors=reflectors,
    )


class _Cut:
    """A cut point of a JSON profile, read with care."""

    def __init__(self, index: int, entry: object) -> None:
        if not isinstance(entry, dict):
            raise BadProfile(f"cut point {index + 1} is not an object.")
        self.index = index
        self.entry: Mapping[str, object] = entry

    def bad(self, what: str) -> BadProfile:
        return BadProfile(f"cut point {self.index + 1} {what}.")

    def kind(self) -> int:
        name = self.entry.get("type")
        if name == "Wall":
            where = self.entry.get("intersectionType")
            if not isinstance(where, str) or where not in _WALLS:
                raise self.bad(f"is a Wall whose intersectionType is not one of {', '.join(_WALLS)}")
            return _WALLS[where]
        if not isinstance(name, str) or name not in _KINDS:
            raise self.bad(f"has the type {name!r}, which is not one of Wall, {', '.join(_KINDS)}")
        return _KINDS[name]

    def number(self, key: str, *, default: float | None = None, low: float = -1e7, high: float = 1e7) -> float:
        return self._checked(self.entry.get(key), key, default, low, high)

    def _checked(self, value: object, key: str, default: float | None, low: float, high: float) -> float:
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.bad(f"needs a number as {key}")
        if not low <= value <= high:
            raise self.bad(f"has {key} {value:g}, which is not between {low:g} and {high:g}")
        return float(value)

    def position(self) -> tuple[float, float, float]:
        return self._coordinate(self.entry.get("coordinate"), "coordinate")

    def _coordinate(self, place: object, name: str) -> tuple[float, float, float]:
        if not isinstance(place, dict):
            raise self.bad(f"lacks its {name}")
        x, y, z = (self._checked(place.get(axis), f"{name}.{axis}", None, -1e8, 1e8) for axis in "xyz")
        return x, y, z

    def reflects(self) -> bool:
        """Whether the path is turned here; on the ground, a point of the wall only marks its foot."""
        height = self.position()[2]
        return self.kind() == REFLECTION and height != self.number("zGround", default=height - 1.0)

    def reflector(self) -> Reflector:
        wall = self.entry.get("wall")
        if not isinstance(wall, dict):
            raise self.bad("is a Reflection without its wall")
        p0, p1 = (np.array(self._coordinate(wall.get(end), f"wall.{end}")) for end in ("p0", "p1"))
        along = p1[:2] - p0[:2]
        squared = float(along @ along)
        here = np.array(self.position())
        share = float((here[:2] - p0[:2]) @ along) / squared if squared > 0.0 else 0.0
        alpha = self.entry.get("wallAlpha", [])
        if not isinstance(alpha, list) or len(alpha) not in (0, BANDS):
            raise self.bad(f"needs {BANDS} values as wallAlpha")
        absorption = np.array([self._checked(each, "wallAlpha", None, 0.0, 1.0) for each in alpha] or [0.0] * BANDS)
        return Reflector(self.index, float(p0[2] + share * (p1[2] - p0[2])), absorption)
