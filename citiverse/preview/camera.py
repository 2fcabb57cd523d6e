"""Where a picture is taken from."""

import math
from dataclasses import dataclass

import numpy as np

from citiverse.city.change import Bounds
from citiverse.geometry.arrays import FloatArray

EYE_M = 1.6  # eye height of a standing adult
BIRD_WIDTH_DEG = 60.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A view of the scene: `eye` in the scene's metres, z up.

    `heading_deg` is clockwise from north, `pitch_deg` upwards from the horizon, `width_deg` the horizontal field of
    view; `ground_m` is how high the ground lies there.
    """

    eye: tuple[float, float, float]
    heading_deg: float
    pitch_deg: float = 0.0
    width_deg: float = 70.0
    ground_m: float = 0.0

    def __post_init__(self) -> None:
        """Refuse views that no lens has."""
        if not all(map(math.isfinite, (*self.eye, self.heading_deg, self.pitch_deg, self.width_deg, self.ground_m))):
            raise ValueError("A view needs finite numbers.")
        if not -90.0 <= self.pitch_deg <= 90.0:
            raise ValueError(f"A view's pitch lies between -90 and 90 degrees, not {self.pitch_deg:g}.")
        if not 10.0 <= self.width_deg <= 140.0:
            raise ValueError(f"A view is 10 to 140 degrees wide, not {self.width_deg:g}.")

    @property
    def axes(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Unit vectors ahead, to the right and up as the view has them, x east, y north, z up."""
        heading, pitch = np.radians([self.heading_deg, self.pitch_deg])
        ahead = np.array([np.sin(heading) * np.cos(pitch), np.cos(heading) * np.cos(pitch), np.sin(pitch)])
        right = np.array([np.cos(heading), -np.sin(heading), 0.0])
        return ahead, right, np.cross(right, ahead)

    def looks_at(self, reach_m: tuple[float, float]) -> tuple[FloatArray, float]:
        """The middle of what matters in the view, and how far it reaches around it, within the given bounds."""
        ahead, _, _ = self.axes
        least, most = reach_m
        away = min(max(self.to_ground_m, 0.8 * least), 1.2 * most)
        return np.array(self.eye) + ahead * away, min(max(1.1 * away, least), most)

    @property
    def to_ground_m(self) -> float:
        """How far the ground is that the eye looks at, were it flat; twenty times the eye's height for level views."""
        ahead, _, _ = self.axes
        return float(max(self.eye[2] - self.ground_m, 0.0) / max(-ahead[2], 0.05))


def bird(bounds: Bounds, ground_m: float = 0.0, *, heading_deg: float = 20.0, pitch_deg: float = -35.0) -> Camera:
    """A view down on `bounds` (metres) from as near as a picture 16 wide and 9 high holds all of them."""
    west, south, east, north = bounds
    middle = np.array([(west + east) / 2, (south + north) / 2, ground_m])
    half = np.maximum(np.array([east - west, north - south]) / 2, 40.0)
    corners = np.array([[x * half[0], y * half[1], 0.0] for x in (-1, 1) for y in (-1, 1)])
    ahead, right, up = Camera((0.0, 0.0, 0.0), heading_deg, pitch_deg).axes
    wide = math.tan(math.radians(BIRD_WIDTH_DEG) / 2)
    needed = np.maximum(np.abs(corners @ right) / wide, np.abs(corners @ up) / (wide * 9 / 16)) - corners @ ahead
    x, y, z = middle - ahead * needed.max()
    return Camera((float(x), float(y), float(z)), heading_deg, pitch_deg, BIRD_WIDTH_DEG, ground_m)
