"""Bridges: decks that carry a street over something."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from citiverse.city.feature import Feature, Rail, Road
from citiverse.city.terrain import Terrain
from citiverse.geometry.arrays import FloatArray
from citiverse.geometry.ribbon import lengths, without_repeats

CLEARANCE_M = 5.0  # headroom over a road, as main roads in Europe keep it, with the deck's own thickness
STEEPEST = 0.12
DECK_M = 0.8
STEP_M = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Deck:
    """A bridge's line with the height of its surface: `line` (n, 2) without repeats, `height` (n,) metres."""

    line: FloatArray
    height: FloatArray


def deck(way: Road | Rail, near: Sequence[Feature], terrain: Terrain) -> Deck | None:
    """The deck of a bridge: from the ground at one end to the ground at the other, in a bow over ways below it.

    None where its line has no length. The bow gives CLEARANCE_M where the bridge is long enough for STEEPEST.
    """
    if way.geometry.length < 0.01:
        return None
    line = without_repeats(shapely.get_coordinates(shapely.segmentize(way.geometry, STEP_M)))
    along = lengths(line)
    share = along / along[-1]
    first, last = terrain.heights(line[[0, -1]])
    level = first + (last - first) * share
    bow = 0.0
    if any(_passes_under(other, way) for other in near):
        bow = min(CLEARANCE_M, STEEPEST * float(along[-1]) / np.pi)
    return Deck(line, level + bow * np.sin(np.pi * share))


def _passes_under(other: Feature, way: Road | Rail) -> bool:
    return (
        isinstance(other, Road | Rail)
        and not other.tunnel
        and other.layer < max(way.layer, 1)
        and other.id != way.id
        and bool(shapely.crosses(other.geometry, way.geometry))
    )
