"""Where what two sides did to one city meets: the same property, ground on ground, change against removal."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.city.feature import Barrier, Building, Feature, Furniture, GreenArea, Paving, Road, Stop, Tree, Water
from citiverse.proposal.between import nodes
from citiverse.proposal.clearing import is_street, valid
from citiverse.proposal.course import Deed, changed_fields, deeds, root_of, stretch_shape
from citiverse.proposal.ground import OVERLAP_M2, carriageway, whole_width
from citiverse.proposal.replay import Replay

ConflictKind = Literal["same property", "geometry", "deleted node", "delete against change", "broken rule"]
REGION_M2 = 0.05  # two changes of an outline that share less ground don't meet
TREES_M, THINGS_M, CROSSINGS_M = 1.0, 0.4, 8.0  # as close as two of them may stand
ON_ROAD_M, AT_STOP_M = 0.5, 20.0  # crossings and bollards stand on a road, stops beside one
_FIXED_TO_ROADS = frozenset({"crossing", "traffic_signals", "bollard"})


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two sides at odds: ids of what the first and the second touched, and the field where it is about one."""

    kind: ConflictKind
    first: frozenset[str]
    second: frozenset[str]
    field: str = ""
    where: BaseGeometry | None = None


class Side:
    """What one side did to the base, by feature and along roads."""

    def __init__(self, told: Replay) -> None:
        self.base, self.city, self.replay = told.base, told.city, told
        self.net = told.net

    @cached_property
    def roads(self) -> dict[str, list[Road]]:
        """Pieces that are left of each road of the base that was touched."""
        pieces: dict[str, list[Road]] = {id: [] for id in self.net.ids if isinstance(self.net.before[id], Road)}
        for feature in self.net.after.values():
            if isinstance(feature, Road) and (root := self.root(feature)) in pieces:
                pieces[root].append(feature)
        return pieces

    @cached_property
    def made(self) -> list[Feature]:
        """Features that are new, without pieces of roads of the base."""
        found = [self.net.after[id] for id in self.net.created]
        return [each for each in found if each is not None and self.root(each) == each.id]

    def root(self, feature: Feature) -> str:
        """Id of the base's feature of which this is a piece, or its own."""
        return root_of(self.base, feature, self.net.after)

    def ids_of(self, root: str) -> frozenset[str]:
        """Ids of all pieces of a road of the base, with its own."""
        return frozenset({root, *(piece.id for piece in self.roads.get(root, []))})

    def deeds(self, root: str) -> list[Deed] | None:
        """What was done along a road of the base; None where its line was bent."""
        road = self.base.road(root)
        return deeds(road, self.roads[root])

    @cached_property
    def removed_stretches(self) -> list[tuple[str, BaseGeometry]]:
        """Roads of the base, or stretches of them, that are gone."""
        found: list[tuple[str, BaseGeometry]] = []
        for root in self.roads:
            gone = [deed for deed in self.deeds(root) or [] if not deed.field]
            found += [(root, stretch_shape(self.base.road(root), deed)) for deed in gone]
        return found

    @cached_property
    def grounds(self) -> list[tuple[Feature, BaseGeometry]]:
        """New and moved features with the ground that they newly take."""
        found = [(feature, _ground(feature)) for feature in self.made]
        for id in self.net.ids:
            old, new = self.net.before[id], self.net.after[id]
            if old is not None and new is not None and not isinstance(new, Road) and old.geometry != new.geometry:
                found.append((new, valid(new.geometry).difference(valid(old.geometry))))
        return [(feature, shape) for feature, shape in found if not shape.is_empty]


def meetings(ours: Side, theirs: Side) -> list[Meeting]:
    """All places where two sides are at odds; none where they did the same."""
    found = [*_properties(ours, theirs), *_along_roads(ours, theirs), *_grounds(ours, theirs)]
    found += _cut_off(ours, theirs)
    found += [Meeting(each.kind, each.second, each.first, each.field, each.where) for each in _cut_off(theirs, ours)]
    return found


def _properties(ours: Side, theirs: Side) -> Iterator[Meeting]:
    for id in sorted(ours.net.before.keys() & theirs.net.before.keys()):
        old, a, b = ours.net.before[id], ours.net.after[id], theirs.net.after[id]
        if a == b or isinstance(old, Road) or (isinstance(a, Road) and ours.root(a) != id):
            continue
        ids = frozenset({id})
        where = next(each.geometry for each in (old, a, b) if each is not None)
        if a is None or b is None:
            yield Meeting("delete against change", ids, ids, where=where)
        elif old is None or type(a) is not type(b):
            yield Meeting("same property", ids, ids, where=where)
        else:
            for name in set(changed_fields(old, a)) & set(changed_fields(old, b)):
                if getattr(a, name) != getattr(b, name):
                    yield Meeting("same property", ids, ids, name, where)
            if not _apart(old, a, b):
                yield Meeting("geometry", ids, ids, "geometry", where)


def _apart(old: Feature, a: Feature, b: Feature) -> bool:
    """Whether two changes of one outline leave each other alone."""
    if old.geometry == a.geometry or old.geometry == b.geometry or a.geometry == b.geometry:
        return True
    if shapely.get_dimensions(old.geometry) < 2:
        return False
    moved = [valid(old.geometry).symmetric_difference(valid(each.geometry)) for each in (a, b)]
    return bool(moved[0].intersection(moved[1]).area <= REGION_M2)


def _along_roads(ours: Side, theirs: Side) -> Iterator[Meeting]:
    for root in sorted(ours.roads.keys() & theirs.roads.keys()):
        road = ours.base.road(root)
        ids = ours.ids_of(root), theirs.ids_of(root)
        a_deeds, b_deeds = ours.deeds(root), theirs.deeds(root)
        if a_deeds is None or b_deeds is None:
            if ours.roads[root] != theirs.roads[root]:
                yield Meeting("geometry", *ids, "geometry", road.geometry)
            continue
        for a in a_deeds:
            for b in b_deeds:
                if not a.meets(b) or (not a.field and not b.field):
                    continue
                shared = Deed(max(a.start_m, b.start_m), min(a.end_m, b.end_m))
                if not a.field or not b.field:
                    yield Meeting("delete against change", *ids, a.field or b.field, stretch_shape(road, shared))
                elif a.field == b.field and a.value != b.value and not isinstance(a.value, frozenset):
                    yield Meeting("same property", *ids, a.field, stretch_shape(road, shared))


def _grounds(ours: Side, theirs: Side) -> Iterator[Meeting]:
    if not ours.grounds or not theirs.grounds:
        return
    tree = STRtree([shape for _, shape in theirs.grounds])
    for a, a_shape in ours.grounds:
        reach = CROSSINGS_M if isinstance(a, Furniture) else TREES_M
        for n in sorted(tree.query(shapely.envelope(a_shape).buffer(reach)).tolist()):
            b, b_shape = theirs.grounds[n]
            if a == b or (a.id == b.id and ours.base.get(a.id) is not None):
                continue
            if _clash(a, a_shape, b, b_shape) or _clash(b, b_shape, a, a_shape):
                where = a_shape.intersection(b_shape)
                yield Meeting(
                    "geometry", frozenset({a.id}), frozenset({b.id}), "geometry", a_shape if where.is_empty else where
                )


def _clash(a: Feature, a_shape: BaseGeometry, b: Feature, b_shape: BaseGeometry) -> bool:
    """Whether b can't be where a is."""
    match a, b:
        case Road(), Road():
            return False
        case (
            (Building() | Water() | Road() | GreenArea() | Paving()),
            (Building() | Water() | GreenArea() | Paving()),
        ):
            return bool(a_shape.intersection(b_shape).area > OVERLAP_M2)
        case ((Building() | Water()), _):
            return bool(a_shape.intersects(b_shape))
        case Road(), (Tree() | Furniture() | Barrier() | Stop()):
            on_road = isinstance(b, Furniture) and b.category in _FIXED_TO_ROADS
            return not on_road and bool(a_shape.intersects(b_shape))
        case Tree(), Tree():
            return bool(a_shape.distance(b_shape) < TREES_M - 1e-3)
        case Furniture(), Furniture():
            apart_m = CROSSINGS_M if a.category == "crossing" else THINGS_M
            return a.category == b.category and bool(a_shape.distance(b_shape) < apart_m - 1e-3)
        case Stop(), Stop():
            return a.category == b.category and bool(a_shape.distance(b_shape) < THINGS_M)
        case _:
            return False


def _ground(feature: Feature) -> BaseGeometry:
    if not isinstance(feature, Road):
        return valid(feature.geometry)
    if feature.bridge or not is_street(feature):
        return shapely.Polygon()
    return carriageway(feature) or whole_width(feature)


def _cut_off(ours: Side, theirs: Side) -> Iterator[Meeting]:
    """What we have made on, at or joined to roads that they take away."""
    for root, gone in theirs.removed_stretches:
        ids = theirs.ids_of(root)
        for feature in ours.made:
            match feature:
                case Road():
                    joined = [shapely.Point(xy) for xy in nodes(feature.geometry)]
                    on = [point for point in joined if point.distance(gone) < 0.01]
                    if any(not _still_joined(theirs.city, point) for point in on):
                        yield Meeting("deleted node", frozenset({feature.id}), ids, "geometry", on[0])
                case Furniture() if feature.category in _FIXED_TO_ROADS:
                    if feature.geometry.distance(gone) < ON_ROAD_M and not _still_joined(theirs.city, feature.geometry):
                        yield Meeting("delete against change", frozenset({feature.id}), ids, where=feature.geometry)
                case Stop():
                    if feature.geometry.distance(gone) < AT_STOP_M and not _road_near(theirs.city, feature):
                        yield Meeting("delete against change", frozenset({feature.id}), ids, where=feature.geometry)
                case _:
                    pass


def _still_joined(city: City, point: BaseGeometry) -> bool:
    near = city.near(point.buffer(0.1))
    return any(isinstance(each, Road) and each.geometry.distance(point) < 0.01 for each in near)


def _road_near(city: City, stop: Stop) -> bool:
    near = city.near(stop.geometry.buffer(AT_STOP_M))
    return any(
        isinstance(each, Road) and is_street(each) and each.geometry.distance(stop.geometry) < AT_STOP_M
        for each in near
    )
