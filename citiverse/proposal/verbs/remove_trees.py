"""Fell trees."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import shapely

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature, Tree
from citiverse.proposal.alter import find
from citiverse.proposal.fields import MOST_TREES, Area, TreeIds
from citiverse.proposal.polygon import polygon_of, scene_area_m2
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import count


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveTrees(Verb):
    """Fell single trees, or all in an area."""

    group: ClassVar[Group] = "green"
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("trees",), ("area",))

    verb: Literal["remove_trees"] = "remove_trees"
    trees: TreeIds | None = None
    area: Area | None = None

    def apply(self, city: City) -> Change:
        """The city without the trees. Raises EditRefused when there are none, or too many."""
        gone: dict[str, Feature | None] = {}
        if self.trees is not None:
            gone |= {id: find(city, id, Tree, "trees") for id in self.trees}
        else:
            gone |= {tree.id: tree for tree in self._within(city)}
        return change_between(gone, {})

    def describe(self, city: City) -> str:
        """Such as "Fell 3 trees"."""
        return f"Fell {count(len(set(self.trees)), 'tree')}" if self.trees is not None else "Fell the trees in an area"

    def _within(self, city: City) -> list[Tree]:
        most_m2 = scene_area_m2(city)
        area = polygon_of(city, self.area or (), what="the area", field="area", least_m2=0.5, most_m2=most_m2)
        found = [f for f in city.near(area) if isinstance(f, Tree) and shapely.covers(area, f.geometry)]
        if not found:
            raise EditRefused("No tree stands in this area.", field="area")
        if len(found) > MOST_TREES:
            raise EditRefused(f"{len(found):,} trees stand there; fell at most {MOST_TREES:,} at a time.", field="area")
        return found
