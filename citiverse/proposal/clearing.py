"""Ground made free for something new: roads cut at its edge, houses taken down, other surfaces cut out."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import dist

import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.city.feature import Barrier, Building, Feature, Furniture, GreenArea, Paving, Road, Water
from citiverse.proposal.between import Node, in_pieces, node
from citiverse.proposal.buildings import whole_of
from citiverse.proposal.ground import around, on_the_ground, shops_in, whole_width
from citiverse.proposal.polygon import without

Outcome = dict[str, Feature | None]

SHORTEST_REST_M = 1.0  # a piece of road left over at the edge of an area
STANDS_IN_SHARE = 0.5  # of a footprint: what stands mostly outside an area is not in it


def roads_out_of(city: City, area: Polygon, ids: Iterator[str]) -> Outcome:
    """Roads for vehicles cut at the edge of `area`; those wholly inside go. Bridges, tunnels and paths stay."""
    outcome: Outcome = {}
    for road in city.near(area):
        if isinstance(road, Road) and is_street(road) and shapely.intersects(road.geometry, area):
            pieces = [each for each in outside(road.geometry, area) if each.length >= SHORTEST_REST_M]
            if len(pieces) == 1 and pieces[0].equals_exact(road.geometry, 0.0):
                continue
            outcome[road.id] = None
            outcome |= {piece.id: piece for piece in in_pieces(road, pieces, ids)}
    return outcome


def is_street(road: Road) -> bool:
    """Whether it is a road for vehicles at ground level: what gives way when an area is cleared of roads."""
    return on_the_ground(road) and not road.bridge and bool(road.modes & {"car", "truck", "bus"})


def buildings_out_of(city: City, area: Polygon) -> Outcome:
    """Buildings that stand mostly in `area` taken down, with the shops in them."""
    outcome: Outcome = {}
    for building in buildings_in(city, area):
        for part in whole_of(city, building):
            outcome[part.id] = None
            outcome |= dict.fromkeys([shop.id for shop in shops_in(city, part)])
    return outcome


def buildings_in(city: City, area: Polygon) -> list[Building]:
    """Buildings with at least half of their footprint in `area`."""
    return [
        building
        for building in city.near(area)
        if isinstance(building, Building)
        and shapely.intersection(valid(building.geometry), area).area >= STANDS_IN_SHARE * building.geometry.area
    ]


def things_out_of(city: City, area: Polygon) -> Outcome:
    """Barriers and street furniture within `area` taken away; trees stay."""
    return {
        thing.id: None
        for thing in city.near(area)
        if isinstance(thing, Barrier | Furniture) and shapely.covers(area, thing.geometry)
    }


def surfaces_out_of(city: City, area: BaseGeometry, *, water: bool = False) -> Outcome:
    """Green and paved ground, and `water` where wanted, cut out of `area`; what is left too small goes."""
    kinds = GreenArea | Paving | Water if water else GreenArea | Paving
    outcome: Outcome = {}
    for surface in city.near(area):
        if isinstance(surface, kinds) and shapely.intersection(valid(surface.geometry), area).area > 0.05:
            left = without(surface.geometry, area)
            outcome[surface.id] = None if left is None else replace(surface, geometry=left)
    return outcome


def taken_by_buildings(city: City, area: Polygon, gone: Outcome) -> BaseGeometry:
    """The ground that buildings at street level take in `area`, without those that are `gone`."""
    shapes = [
        valid(building.geometry)
        for building in city.near(area)
        if isinstance(building, Building) and building.id not in gone and building.min_height_m < 2.0
    ]
    return shapely.union_all(shapes)


def taken_by_water(city: City, area: Polygon) -> BaseGeometry:
    """The water in `area`."""
    return shapely.union_all([valid(water.geometry) for water in city.near(area) if isinstance(water, Water)])


def taken_by_streets(city: City, area: Polygon, gone: Outcome) -> BaseGeometry:
    """The ground that streets take in `area`, without those that are `gone` and with what is left of cut ones."""
    near = {road.id: road for road in around(city, area) if isinstance(road, Road)}
    left = {**near, **{id: road for id, road in gone.items() if road is None or isinstance(road, Road)}}
    return shapely.union_all([whole_width(road) for road in left.values() if road is not None and is_street(road)])


def outside(line: LineString, area: Polygon) -> list[LineString]:
    """The pieces of a line outside an area, in its order and direction, new ends to the millimetre."""
    corners: list[Node] = [(x, y) for x, y in shapely.get_coordinates(line).tolist()]
    pieces: list[list[Node]] = []
    for start, end in pairwise(corners):
        for first, last in _left_of(start, end, area):
            if pieces and node(*pieces[-1][-1]) == node(*first):
                pieces[-1].append(last)
            else:
                pieces.append([first, last])
    kept = set(corners)
    return [LineString([each if each in kept else node(*each) for each in piece]) for piece in pieces]


def _left_of(start: Node, end: Node, area: Polygon) -> list[tuple[Node, Node]]:
    """What is left of a segment outside `area`, in its order and direction."""
    rest = shapely.get_parts(LineString([start, end]).difference(area))
    parts = [shapely.get_coordinates(part).tolist() for part in rest if part.length > 0.0]
    spans = [sorted(((x, y) for x, y in part), key=lambda each: dist(start, each)) for part in parts]
    return sorted(((span[0], span[-1]) for span in spans), key=lambda span: dist(start, span[0]))


def valid(shape: BaseGeometry) -> BaseGeometry:
    """The same shape, mended where its outline crosses itself."""
    return shape if shape.is_valid else shapely.make_valid(shape)
