"""Trees, things in the street, places people go to, and stops."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import shapely
from shapely import LineString, Point

from citiverse.city.feature import Furniture, Place, Stop, Tree
from citiverse.gis.osm.areas import found_areas
from citiverse.gis.osm.elements import Elements, Node, Tags
from citiverse.gis.osm.routes import lines_of
from citiverse.gis.osm.tags import bearing, first, metres
from citiverse.gis.site import Site

# A street tree of middle age where nothing is tagged; our own reading of usual sizes.
TREE_HEIGHT_M, TREE_CROWN_M = 8.0, 5.0
CROWN_SHARE = 0.6  # of the height, where only that is tagged
ROW_STEP_M = 8.0  # distance of trees in a row that is mapped as a line: FLL, recommendations for planting street trees
MAX_TREE_M, MAX_CROWN_M = 116.0, 60.0  # the tallest living tree

_FURNITURE = {
    "amenity": "bench waste_basket recycling bicycle_parking drinking_water fountain post_box telephone clock "
    "vending_machine bicycle_rental parking_meter waste_disposal charging_station hunting_stand bbq lounger "
    "water_point shelter ticket_validator parcel_locker",
    "highway": "street_lamp traffic_signals crossing milestone speed_camera",
    "man_made": "flagpole street_cabinet mast surveillance planter manhole obelisk utility_pole",
    "advertising": "column billboard board poster_box screen",
    "historic": "memorial monument wayside_cross boundary_stone wayside_shrine",
    "tourism": "artwork information viewpoint",
    "emergency": "fire_hydrant phone defibrillator",
    "leisure": "picnic_table fitness_station slipway",
    "barrier": "bollard block lift_gate gate cycle_barrier planter turnstile swing_gate",
    "power": "pole tower street_cabinet",
    "traffic_sign": "maxspeed city_limit",
    "playground": "swing slide climbingframe seesaw sandpit springy structure",
}
_FURNITURE_OF = {(key, value): value for key, values in _FURNITURE.items() for value in values.split()}
_ON_THE_GROUND = frozenset({"parking", "parking_space", "parking_entrance", "grave_yard", "fountain"})
_PLACE_KEYS = ("amenity", "shop", "office", "healthcare", "tourism", "craft", "leisure")
_NO_PLACE = frozenset({"no", "vacant", "yes;no"})
_PLACE_LEISURE = frozenset({
    "sports_centre", "stadium", "fitness_centre", "swimming_area", "ice_rink", "marina", "sauna", "dance",
    "bowling_alley", "adult_gaming_centre", "amusement_arcade", "water_park", "sports_hall", "hackerspace",
    "escape_game", "playground", "bandstand", "beach_resort",
})  # fmt: skip
_ROUTES = {"bus": "bus", "trolleybus": "bus", "tram": "tram", "light_rail": "tram", "train": "rail", "subway": "subway",
           "monorail": "rail", "ferry": "ferry"}  # fmt: skip


def trees(elements: Elements, site: Site) -> list[Tree]:
    """Single trees, and the trees of rows."""
    single = [
        tree_of(f"osm:n{node.id}", node.tags, place, site)
        for node, place in _nodes(elements, site, ("natural",), _is_tree)
    ]
    site.tally.built("tree", len(single))
    return [*single, *_rows(elements, site)]


def _is_tree(tags: Tags) -> bool:
    return tags.get("natural") == "tree"


def tree_of(id: str, tags: Tags, place: Point, site: Site, *, in_row: bool = False) -> Tree:
    """A tree of what tags say; `in_row` where its place is only known as one of a row."""
    height_m, crown_m = metres(tags.get("height")), metres(tags.get("diameter_crown"))
    tall = height_m is not None and 0.0 < height_m <= MAX_TREE_M
    wide = crown_m is not None and 0.0 < crown_m <= MAX_CROWN_M
    estimated = {"height_m"} if not tall else set()
    estimated |= {"crown_m"} if not wide else set()
    estimated |= {"geometry"} if in_row else set()
    usual_m = min(height_m * CROWN_SHARE, 2 * TREE_CROWN_M) if tall and height_m else TREE_CROWN_M
    leaf = tags.get("leaf_type", "")
    return Tree(
        id=id,
        source=site.source,
        name=tags.get("name", ""),
        geometry=place,
        height_m=height_m if tall and height_m else TREE_HEIGHT_M,
        crown_m=crown_m if wide and crown_m else usual_m,
        genus=first(tags.get("genus", tags.get("species", tags.get("taxon", "")).split(" ")[0])),
        leaf="broadleaved" if leaf == "broadleaved" else "needleleaved" if leaf == "needleleaved" else "",
        estimated=frozenset(estimated),
    )


def _rows(elements: Elements, site: Site) -> Iterator[Tree]:
    """Trees every 8 m along lines of trees."""
    for way in elements.ways_with(("natural",)):
        if way.tags.get("natural") != "tree_row" or len(way.points) < 2:
            continue
        line = LineString(way.points)
        spaces = max(1, round(line.length / ROW_STEP_M))
        places = shapely.line_interpolate_point(line, np.linspace(0.0, line.length, spaces + 1))
        inside = [place for place in np.atleast_1d(places) if site.box.intersects(place)]
        if not inside:
            continue
        site.tally.built("tree_row")
        for count, place in enumerate(inside, 1):
            at = Point(np.round(shapely.get_coordinates(place)[0], 3))
            yield tree_of(f"{way.key}.{count}", way.tags, at, site, in_row=True)


def furniture(elements: Elements, site: Site) -> list[Furniture]:
    """Benches, lamps, signals and other things in the street."""
    found = [
        Furniture(
            id=f"osm:n{node.id}",
            source=site.source,
            name=node.tags.get("name", ""),
            geometry=place,
            category=_thing(node.tags),
            heading_deg=bearing(node.tags.get("direction")),
        )
        for node, place in _nodes(elements, site, _FURNITURE, _thing)
    ]
    site.tally.built("furniture", len(found))
    return found


def _thing(tags: Tags) -> str:
    for key in _FURNITURE:
        value = tags.get(key)
        if value is not None and (key, value) in _FURNITURE_OF:
            return value
    return ""


def places(elements: Elements, site: Site) -> list[Place]:
    """Shops, schools, clinics and other places people go to; of areas the middle."""
    found = [
        Place(
            id=f"osm:n{node.id}",
            source=site.source,
            name=node.tags.get("name", ""),
            geometry=place,
            category=_place(node.tags),
        )
        for node, place in _nodes(elements, site, _PLACE_KEYS, _place)
    ]
    for area in found_areas(elements, _PLACE_KEYS, _place):
        if area.shape.area is None:
            site.tally.skipped("place", area.key, area.shape.reason)
            continue
        middle = Point(np.round(area.shape.area.representative_point().coords[0], 3))
        if site.box.intersects(middle):
            name = area.tags.get("name", "")
            found.append(Place(id=area.key, source=site.source, name=name, geometry=middle, category=area.what))
    site.tally.built("place", len(found))
    return found


def _place(tags: Tags) -> str:
    for key in _PLACE_KEYS:
        value = tags.get(key, "no")
        if value in _NO_PLACE or (key, value) in _FURNITURE_OF or value in _ON_THE_GROUND:
            continue
        if key == "leisure" and value not in _PLACE_LEISURE:
            continue
        return f"{key}={first(value)}"
    return ""


def stops(elements: Elements, site: Site) -> list[Stop]:
    """Stops of public transport with the lines that call there."""
    lines = _lines(elements)
    found = [
        Stop(
            id=f"osm:n{node.id}",
            source=site.source,
            name=node.tags.get("name", ""),
            geometry=place,
            category=_stop(node.tags),
            lines=tuple(sorted(lines.get(node.id, ()))),
        )
        for node, place in _nodes(elements, site, _STOP_KEYS, _stop)
    ]
    site.tally.built("stop", len(found))
    return found


_STOP_KEYS = ("highway", "railway", "amenity", "public_transport")


def _stop(tags: Tags) -> str:
    if tags.get("highway") == "bus_stop":
        return "bus"
    railway = tags.get("railway")
    if railway == "tram_stop":
        return "tram"
    if railway in {"station", "halt"}:
        subway = tags.get("station") == "subway" or tags.get("subway") == "yes"
        return "subway" if subway else "tram" if tags.get("station") == "light_rail" else "rail"
    if tags.get("amenity") == "ferry_terminal":
        return "ferry"
    if tags.get("public_transport") == "platform":
        return next((kind for kind in ("bus", "tram", "subway", "ferry") if tags.get(kind) == "yes"), "")
    return ""


def _lines(elements: Elements) -> dict[int, set[str]]:
    """Node -> lines of public transport that stop there."""
    found: dict[int, set[str]] = {}
    for line, relation in lines_of(elements, _ROUTES):
        for member in relation.members:
            if member.type == "n":
                found.setdefault(member.id, set()).add(line)
    return found


def _nodes(
    elements: Elements, site: Site, keys: Iterable[str], wanted: Callable[[Tags], object]
) -> Iterator[tuple[Node, Point]]:
    """Nodes in the scene that are `wanted` by their tags, which have one of some keys, and their points."""
    west, south, east, north = site.bounds
    found = [
        node
        for node in elements.nodes_with(keys)
        if wanted(node.tags) and west <= node.xy[0] <= east and south <= node.xy[1] <= north
    ]
    places = np.array(shapely.points([node.xy for node in found] or np.zeros((0, 2))), dtype=object)
    return zip(found, places.tolist(), strict=True)
