"""What edits have made of a road along its course, however they have cut it into pieces."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from citiverse.city.city import City
from citiverse.city.feature import Feature, Road, field_names

SAME_M = 0.5  # what is shorter than this along a road comes from rounding
UNSPOKEN = frozenset({"id", "source", "geometry", "part_of", "estimated", "measured"})  # follow from other fields


@dataclass(frozen=True, slots=True)
class Deed:
    """What a side did from `start_m` to `end_m` along a road: gave `field` a value, or took the road away ("")."""

    start_m: float
    end_m: float
    field: str = ""
    value: object = None

    def meets(self, other: "Deed") -> bool:
        """Whether both speak of the same stretch."""
        return min(self.end_m, other.end_m) - max(self.start_m, other.start_m) > SAME_M


def root_of(base: City, feature: Feature, found: Mapping[str, Feature | None]) -> str:
    """Id of the feature of `base` of which this one is a piece; its own where it is none, or is new."""
    here: Feature | None = feature
    id = feature.id
    while isinstance(here, Road) and here.part_of and base.get(id) is None:
        id = here.part_of
        here = found.get(id) or base.get(id)
    return id


def deeds(road: Road, pieces: Iterable[Road]) -> list[Deed] | None:
    """What happened to `road` where these pieces are left of it; None where they don't lie along its line."""
    spans = sorted((span for piece in pieces if (span := _span(road.geometry, piece)) is not None), key=_start)
    found: list[Deed] = []
    reached_m = 0.0
    for start_m, end_m, piece in spans:
        if start_m < reached_m - SAME_M or abs(end_m - start_m - piece.geometry.length) > SAME_M:
            return None
        if start_m - reached_m > SAME_M:
            found.append(Deed(reached_m, start_m))
        found += [Deed(start_m, end_m, name, getattr(piece, name)) for name in changed_fields(road, piece)]
        reached_m = end_m
    if road.geometry.length - reached_m > SAME_M:
        found.append(Deed(reached_m, road.geometry.length))
    return found


def changed_fields(old: Feature, new: Feature) -> list[str]:
    """Names of fields in which two features of one kind differ, without those that only follow from others."""
    return [name for name in field_names(new) if name not in UNSPOKEN and getattr(old, name) != getattr(new, name)]


def stretch_shape(road: Road, deed: Deed) -> BaseGeometry:
    """The line of a road along which something was done."""
    return substring(road.geometry, deed.start_m, deed.end_m)


def _start(span: tuple[float, float, Road]) -> float:
    return span[0]


def _span(line: LineString, piece: Road) -> tuple[float, float, Road] | None:
    """Where along `line` a piece begins and ends; a ring's end is not its start."""
    corners = shapely.get_coordinates(piece.geometry)
    start_m, end_m = (float(line.project(Point(corners[n]))) for n in (0, -1))
    if end_m <= start_m:
        end_m = line.length if end_m < SAME_M else end_m
    return None if end_m <= start_m else (start_m, end_m, piece)
