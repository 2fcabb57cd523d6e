"""Plant trees: at points, along a line, or over an area."""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import shapely
from annotated_types import Ge, Le, Len
from numpy.typing import NDArray

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature, Road, Tree
from citiverse.geometry.arrays import FloatArray
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import MOST_TREES, Area, Line, Points, Unit
from citiverse.proposal.ground import PATHS, around, dots_at, in_the_way, lanes_under
from citiverse.proposal.place import line_of, local
from citiverse.proposal.polygon import polygon_of
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import count, figure, metres, standing_on

USUAL_HEIGHT_M = 6.0  # a nursery tree of 20 cm girth on the day it is planted: assumed
CROWN_SHARE = 0.6  # crown width over height: assumed, between a column and an oak
CLOSEST_M = 1.0  # two trunks
NEEDLELEAVED = frozenset({
    "abies", "cedrus", "chamaecyparis", "cupressus", "juniperus", "larix", "metasequoia", "picea", "pinus",
    "pseudotsuga", "sequoia", "sequoiadendron", "taxodium", "taxus", "thuja", "tsuga",
})  # fmt: skip


BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantTrees(Verb):
    """Plant trees at points, every so many metres along a line, or so many to the hectare over an area.

    Along a line and over an area the trees keep off carriageways, buildings, water and other trees, over an area also
    off paths.
    """

    group: ClassVar[Group] = "green"
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("points",), ("line", "spacing_m"), ("area", "per_ha"))

    verb: Literal["plant_trees"] = "plant_trees"
    points: Points | None = None
    line: Line | None = None
    spacing_m: Annotated[float, Ge(2), Le(100), Unit("m")] | None = None
    area: Area | None = None
    per_ha: Annotated[float, Ge(1), Le(1200), Unit("1/ha")] | None = None
    genus: Annotated[str, Len(1, 60)] | None = None
    height_m: Annotated[float, Ge(0.5), Le(45), Unit("m")] | None = None

    def apply(self, city: City) -> Change:
        """The new trees. Raises EditRefused where a point is no place for a tree, or no place at all is left."""
        where = self._pointed(city) if self.points is not None else self._spread(city)
        ids = fresh_ids(self, city)
        trees: dict[str, Feature | None] = {}
        for x, y in where.tolist():
            tree = self._tree(next(ids), x, y)
            trees[tree.id] = tree
        return change_between({}, trees)

    def describe(self, city: City) -> str:
        """Such as "Plant a row of lime trees, one every 8 m, along 120 m"."""
        kind = f"{self.genus} trees" if self.genus else "trees"
        if self.points is not None:
            one = f"{self.genus} tree" if self.genus else "tree"
            return f"Plant {count(len(self.points), one)}"
        if self.line is not None and self.spacing_m is not None:
            return f"Plant a row of {kind}, one every {metres(self.spacing_m)}"
        return f"Plant {kind} over an area, {figure(self.per_ha or 0.0)} to the hectare"

    def _tree(self, id: str, x: float, y: float) -> Tree:
        height_m = USUAL_HEIGHT_M if self.height_m is None else self.height_m
        genus = (self.genus or "").strip()
        first = genus.partition(" ")[0].lower()
        return Tree(
            id=id,
            source=SOURCE,
            geometry=shapely.Point(x, y),
            height_m=height_m,
            crown_m=round(CROWN_SHARE * height_m, 2),
            genus=genus,
            leaf=("needleleaved" if first in NEEDLELEAVED else "broadleaved") if genus else "",
            estimated=frozenset({"crown_m"} if self.height_m is not None else {"crown_m", "height_m"}),
        )

    def _pointed(self, city: City) -> FloatArray:
        points = self.points or ()
        where = local(city, points, what="a tree", field="points")
        for position, obstacle in zip(points, in_the_way(city, where), strict=True):
            if obstacle is not None:
                raise EditRefused(f"A tree can't stand {standing_on(obstacle)}.", at=position, field="points")
        alone = _apart(city, where)
        if not alone.all():
            raise EditRefused("A tree already stands there.", at=points[int(np.argmin(alone))], field="points")
        return where

    def _spread(self, city: City) -> FloatArray:
        wanted = self._along(city) if self.line is not None else self._over(city)
        if len(wanted) > MOST_TREES:
            raise EditRefused(f"That would be {len(wanted):,} trees; plant at most {MOST_TREES:,} at a time.")
        free = np.array([obstacle is None for obstacle in in_the_way(city, wanted)], dtype=bool)
        if self.area is not None:
            free &= _off_paths(city, wanted)
        kept: FloatArray = wanted[free]
        kept = kept[_apart(city, kept)] if len(kept) else kept
        if not len(kept):
            field = "line" if self.line is not None else "area"
            raise EditRefused(
                "There is no room for a tree: roads, buildings, water or trees are everywhere.", field=field
            )
        return kept

    def _along(self, city: City) -> FloatArray:
        drawn = line_of(city, self.line or (), what="the row of trees")
        spacing_m = self.spacing_m or 1.0
        number = math.floor(drawn.length / spacing_m + 1e-6) + 1
        start = (drawn.length - (number - 1) * spacing_m) / 2.0
        along = shapely.line_interpolate_point(drawn, start + spacing_m * np.arange(number))
        return np.round(shapely.get_coordinates(along), 3)

    def _over(self, city: City) -> FloatArray:
        """Positions on a triangular lattice, the densest even spread: one tree to 10,000 / per_ha square metres."""
        most_m2 = MOST_TREES * 10_000.0 / (self.per_ha or 1.0)
        ground = polygon_of(
            city, self.area or (), what="the area for trees", field="area", least_m2=1.0, most_m2=max(most_m2, 1.0)
        )
        step_m = math.sqrt(2.0 / math.sqrt(3.0) * 10_000.0 / (self.per_ha or 1.0))
        row_m = step_m * math.sqrt(3.0) / 2.0
        west, south, east, north = ground.bounds
        if (east - west) * (north - south) > 25.0 * most_m2:
            raise EditRefused("The area for trees is too long and thin; plant a row along a line.", field="area")
        rows = np.arange(math.floor(south / row_m), math.ceil(north / row_m) + 1)
        columns = np.arange(math.floor(west / step_m) - 1, math.ceil(east / step_m) + 1)
        x = (columns[None, :] + 0.5 * (rows[:, None] % 2)) * step_m
        lattice = np.column_stack([x.ravel(), np.repeat(rows * row_m, len(columns))])
        inside = shapely.contains_xy(ground, lattice[:, 0], lattice[:, 1])
        found: FloatArray = lattice[inside] if inside.any() else shapely.get_coordinates(ground.representative_point())
        return np.round(found, 3)


def _apart(city: City, where: FloatArray) -> BoolArray:
    """Which of `where` keep their distance to standing trees and to those before them."""
    near = city.near(shapely.MultiPoint(where).buffer(CLOSEST_M))
    standing = [tree.geometry for tree in near if isinstance(tree, Tree)]
    dots = dots_at(where)
    alone = np.ones(len(where), dtype=np.bool_)
    if standing:
        alone[shapely.STRtree(standing).query(dots, "dwithin", CLOSEST_M - 1e-3)[0]] = False
    first, second = shapely.STRtree(dots).query(dots, "dwithin", CLOSEST_M - 1e-3)
    for later in second[first < second]:
        alone[later] = False
    return alone


def _off_paths(city: City, where: FloatArray) -> BoolArray:
    """Which of `where` are not in the middle of a path."""
    free = np.ones(len(where), dtype=np.bool_)
    for road in around(city, shapely.MultiPoint(where)):
        if isinstance(road, Road) and road.category in PATHS:
            free &= np.array([lane is None for lane in lanes_under(road, where)], dtype=np.bool_)
    return free
