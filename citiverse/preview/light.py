"""Daylight on flat faces, worked out before drawing so that every display shows the same."""

import numpy as np
from numpy.typing import NDArray

from citiverse.geometry.arrays import FloatArray, IntArray

SUN = np.array([-0.45, -0.55, 0.70])  # towards an early-afternoon sun of the north's summer: south-west and high
SUN_LIGHT = np.array([1.00, 0.94, 0.82]) * 0.72
SKY_LIGHT = np.array([0.62, 0.74, 0.92]) * 0.55
GROUND_LIGHT = np.array([0.50, 0.47, 0.42]) * 0.30


def faces(positions: FloatArray, indices: IntArray) -> FloatArray:
    """Unit normals of triangles, shape (m, 3), of `positions` (n, 3) and `indices` (m, 3); zero for slivers."""
    a, b, c = (positions[indices[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    unit: FloatArray = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    return unit


def linear(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """An sRGB colour, 0 to 1, as light (IEC 61966-2-1)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return red, green, blue


def lit(colours: NDArray[np.uint8], normals: FloatArray) -> NDArray[np.uint8]:
    """Colours of faces under sun, sky and ground, all of shape (m, 3); linear RGB in, sRGB out."""
    towards = SUN / np.linalg.norm(SUN)
    sun = np.clip(normals @ towards, 0.0, 1.0)[:, None] * SUN_LIGHT
    up = (normals[:, 2:3] + 1.0) / 2.0
    light = sun + up * SKY_LIGHT + (1.0 - up) * GROUND_LIGHT
    linear = np.clip(colours / 255.0 * light, 0.0, 1.0)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)  # IEC 61966-2-1
    return np.asarray(np.rint(srgb * 255.0), dtype=np.uint8)
