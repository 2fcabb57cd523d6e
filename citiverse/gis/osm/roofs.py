"""Roofs from tags."""

import math
from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from citiverse.city.feature import BuildingUse, Roof, RoofShape
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.osm.elements import Tags
from citiverse.gis.osm.tags import bearing, colour, first, metres, number
from citiverse.gis.shapes import Area

# Values of roof:shape (wiki, Key:roof:shape) by the nearest shape that is drawn.
ROOF_SHAPES: Mapping[str, RoofShape] = {
    "flat": "flat", "terrace": "flat",
    "gabled": "gabled", "pitched": "gabled", "saltbox": "gabled", "double_saltbox": "gabled", "gabled_row": "gabled",
    "crosspitched": "gabled", "cross_gabled": "gabled", "gabled_height_moved": "gabled", "gable": "gabled",
    "bellcast_gable": "gabled", "dutch_gabled": "gabled", "sawtooth": "gabled", "butterfly": "gabled",
    "hipped": "hipped", "hip": "hipped", "quadruple_saltbox": "hipped", "side_hipped": "hipped",
    "triple_hipped": "hipped", "hip-and-gable": "half-hipped",
    "half-hipped": "half-hipped", "half_hipped": "half-hipped", "hipped-and-gabled": "half-hipped",
    "side_half-hipped": "half-hipped", "jerkinhead": "half-hipped", "dutch_hipped": "half-hipped",
    "pyramidal": "pyramidal", "pyramid": "pyramidal", "tented": "pyramidal", "helm": "pyramidal",
    "skillion": "skillion", "lean_to": "skillion", "lean-to": "skillion", "pent": "skillion", "shed": "skillion",
    "mono_pitched": "skillion", "monopitch": "skillion",
    "gambrel": "gambrel", "mansard": "mansard", "mansard_hipped": "mansard",
    "round": "round", "round_gabled": "round", "barrel": "round", "arched": "round", "half_round": "round",
    "zakomar": "round",
    "dome": "dome", "onion": "dome", "half-dome": "dome", "half_dome": "dome",
    "cone": "cone", "conical": "cone", "spire": "cone",
}  # fmt: skip

FLAT = Roof()
PITCH_DEG = 35.0  # usual pitch of a tiled roof
STEEP: frozenset[RoofShape] = frozenset({"dome", "round"})  # as high as half their width
ROOF_STOREY_M = 2.7
MAX_GUESS_M = 7.0  # nobody guesses a steeple


def roof_of(tags: Tags, area: Area, use: BuildingUse) -> tuple[Roof, bool]:
    """The roof that tags tell of, and whether any of it was guessed.

    Where nothing is said, dwellings for one or two families are given a gabled roof and all others a flat one.
    """
    shape = told_shape(tags)
    guessed = shape is None
    if shape is None:
        shape = "gabled" if use == "house" or _pitched_by_tags(tags) else "flat"
    height_m = _height_m(tags)
    if height_m is None:
        height_m = 0.0 if shape == "flat" else usual_height_m(tags, ridge_span_m(area), shape)
        guessed = guessed or shape != "flat"
    return (
        Roof(
            shape=shape,
            height_m=height_m,
            direction_deg=bearing(tags.get("roof:direction", tags.get("roof:slope:direction"))),
            orientation="across" if tags.get("roof:orientation") == "across" else "along",
            colour=colour(tags.get("roof:colour", tags.get("roof:color", tags.get("building:roof:colour")))),
            material=first(tags.get("roof:material", "")),
        ),
        guessed,
    )


def speaks_of_roof(tags: Tags) -> bool:
    """Whether any tag is about the roof."""
    return any(key[:4] == "roof" or key[:13] == "building:roof" for key in tags)


def told_shape(tags: Tags) -> RoofShape | None:
    """The shape that tags name, None where they name none that is known."""
    return ROOF_SHAPES.get(first(tags.get("roof:shape", tags.get("building:roof:shape", ""))).lower())


def _pitched_by_tags(tags: Tags) -> bool:
    """Whether a roof without a shape is said to rise all the same."""
    height_m = metres(tags.get("roof:height"))
    levels = number(tags.get("roof:levels"))
    return (height_m is not None and height_m > 1.0) or (levels is not None and levels >= 1.0)


def _height_m(tags: Tags) -> float | None:
    height_m = metres(tags.get("roof:height"))
    if height_m is not None and 0.0 <= height_m < 200.0:
        return height_m
    levels = number(tags.get("roof:levels"))
    return None if levels is None or not 0.0 < levels < 20.0 else levels * ROOF_STOREY_M


def usual_height_m(tags: Tags, span_m: float, shape: RoofShape) -> float:
    """Rise of a roof of this shape that spans `span_m`: as steep as tags say, else as is usual."""
    half_m = span_m / 2
    angle = number(tags.get("roof:angle"))
    if angle is not None and 0.0 < angle < 85.0:
        return math.tan(math.radians(angle)) * half_m * (2.0 if shape == "skillion" else 1.0)
    if shape in STEEP:
        return min(half_m, 4 * MAX_GUESS_M)
    pitch = math.radians(PITCH_DEG / 3 if shape == "skillion" else PITCH_DEG)
    return min(math.tan(pitch) * half_m * (2.0 if shape == "skillion" else 1.0), MAX_GUESS_M)


def ridge_span_m(area: Area) -> float:
    """The shorter side of the rectangle with the area and perimeter of a footprint: what its roof has to span."""
    half = area.length / 2
    return float(half - math.sqrt(max(half * half - 4 * area.area, 0.0))) / 2


def ridge_spans_m(areas: NDArray[np.object_]) -> FloatArray:
    """`ridge_span_m` of many, shape (n,)."""
    half = np.asarray(shapely.length(areas)) / 2
    spans: FloatArray = (half - np.sqrt(np.maximum(half * half - 4 * np.asarray(shapely.area(areas)), 0.0))) / 2
    return spans
