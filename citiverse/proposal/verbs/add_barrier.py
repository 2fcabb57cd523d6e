"""Put up a wall, hedge or noise barrier."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import shapely
from annotated_types import Ge, Le
from shapely import LineString

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Barrier, Building, Rail, Road, Water
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import Line, Unit
from citiverse.proposal.ground import around, is_motor_road, is_track, on_the_ground
from citiverse.proposal.place import line_of, lonlat
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import metres, other_name_of

BarrierKind = Literal["wall", "hedge", "noise"]
_CATEGORIES: dict[BarrierKind, str] = {"wall": "wall", "hedge": "hedge", "noise": "noise_barrier"}
_WORDS: dict[BarrierKind, str] = {"wall": "wall", "hedge": "hedge", "noise": "noise barrier"}
TOUCHING_M = 0.2  # of a line along a facade or a kerb


@dataclass(frozen=True, slots=True, kw_only=True)
class AddBarrier(Verb):
    """Put up a wall, a hedge or a noise barrier along a line that crosses no street, track, water or building."""

    group: ClassVar[Group] = "things"

    verb: Literal["add_barrier"] = "add_barrier"
    line: Line
    kind: BarrierKind = "wall"
    height_m: Annotated[float, Ge(0.3), Le(12), Unit("m")] = 2.0

    def apply(self, city: City) -> Change:
        """The barrier. Raises EditRefused where something is in its way."""
        drawn = line_of(city, self.line, what=f"the {_WORDS[self.kind]}")
        if not drawn.is_simple:
            raise EditRefused(f"The {_WORDS[self.kind]} crosses itself.", field="line")
        for feature in around(city, drawn):
            match feature:
                case Building() | Water():
                    in_way = shapely.intersection(feature.geometry.buffer(-TOUCHING_M), drawn).length > 0.0
                case Road():
                    in_way = on_the_ground(feature) and is_motor_road(feature) and drawn.crosses(feature.geometry)
                case Rail():
                    in_way = is_track(feature) and drawn.crosses(feature.geometry)
                case Barrier():
                    in_way = _same_line(drawn, feature)
                case _:
                    in_way = False
            if in_way:
                where = lonlat(city, shapely.intersection(feature.geometry.buffer(TOUCHING_M), drawn))
                what = f"The {_WORDS[self.kind]} would run into {other_name_of(feature)}."
                raise EditRefused(what, at=where, field="line")
        id = next(fresh_ids(self, city))
        category = _CATEGORIES[self.kind]
        made = Barrier(id=id, source=SOURCE, geometry=drawn, category=category, height_m=self.height_m)
        return change_between({}, {id: made})

    def describe(self, city: City) -> str:
        """Such as "Put up a hedge 1.2 m high"."""
        return f"Put up a {_WORDS[self.kind]} {metres(self.height_m)} high"


def _same_line(drawn: LineString, barrier: Barrier) -> bool:
    along = shapely.intersection(barrier.geometry.buffer(TOUCHING_M), drawn).length
    return bool(along > 0.9 * drawn.length)
