"""The beds of tracks."""

import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import Rail
from citiverse.geometry.memory import remembered

TRACK_BED_M, BED_M, PAVED_M = 3.2, 4.2, 4.5
"""Breadth of a paved bed and of one of stones; how far from a tram's track the ground is paved."""
_ON_BALLAST = frozenset({"rail", "narrow_gauge", "preserved"})


def lies_open(rail: Rail) -> bool:
    """Whether a track lies on the ground in sight, and has a length at all."""
    hidden = rail.tunnel or rail.bridge or rail.layer < 0 or rail.category == "subway"
    return not hidden and rail.geometry.length > 0.01


@remembered(50_000)
def track_bed(rail: Rail) -> BaseGeometry:
    """The ground that a track takes."""
    wide = BED_M if on_ballast(rail) else TRACK_BED_M
    return shapely.buffer(rail.geometry, wide / 2, quad_segs=2, cap_style="flat")


@remembered(20_000)
def beside_tram(rail: Rail) -> BaseGeometry:
    """Ground along a tram's track, paved where nothing else is known of it."""
    return shapely.buffer(rail.geometry, PAVED_M, quad_segs=2, cap_style="flat")


def on_ballast(rail: Rail) -> bool:
    """Whether a track lies on a bed of stones; others, above all those of trams, are paved."""
    return rail.category in _ON_BALLAST
