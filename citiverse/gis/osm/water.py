"""Open water: lakes, rivers, canals, basins, pools and the sea."""

from collections.abc import Iterator

import shapely
from shapely import LineString, STRtree

from citiverse.city.feature import Water
from citiverse.gis.osm.areas import Found, found_areas, on_the_ground
from citiverse.gis.osm.coast import sea
from citiverse.gis.osm.elements import Elements, Tags
from citiverse.gis.osm.tags import metres
from citiverse.gis.shapes import MIN_AREA_M2, Area, within
from citiverse.gis.site import Site

SEA_ID = "osm:sea"

# Widths of waterways that are mapped as a line and say none: OpenStreetMap calls a stream what an active person
# can jump over, a ditch and a drain are man-made and narrower than a canal (wiki, Key:waterway).
LINE_WIDTH_M = {"river": 12.0, "canal": 10.0, "stream": 1.5, "ditch": 1.0, "drain": 1.5, "tidal_channel": 5.0}
COVERED_SHARE = 0.5  # a line that runs in mapped water for more than this is that water's axis

_NATURAL = {
    "": "lake", "lake": "lake", "pond": "pond", "river": "river", "stream": "river", "canal": "canal", "basin": "basin",
    "reservoir": "lake", "lagoon": "lake", "oxbow": "lake", "harbour": "sea", "moat": "canal", "ditch": "canal",
    "fountain": "fountain", "wastewater": "basin", "reflecting_pool": "pond", "fishpond": "pond", "lock": "canal",
    "rapids": "river", "stream_pool": "pond", "cove": "sea", "bay": "sea",
}  # fmt: skip


def water(elements: Elements, site: Site) -> list[Water]:
    """All open water in the scene; the sea comes first."""

    def make(found: Found, area: Area) -> Water:
        return Water(
            id=found.key,
            source=site.source,
            name=found.tags.get("name", ""),
            geometry=area,
            category=found.what,
            depth_m=metres(found.tags.get("depth")),
        )

    areas = list(on_the_ground("water", found_areas(elements, _KEYS, _open_water), site, make))
    areas = list(_the_sea(elements, site)) + areas
    return areas + list(_waterways(elements, site, areas))


_KEYS = ("natural", "waterway", "landuse", "leisure", "amenity")


def _open_water(tags: Tags) -> str:
    if tags.get("tunnel", "no") != "no" or tags.get("indoor", "no") != "no" or tags.get("location") == "underground":
        return ""
    if tags.get("natural") == "water":
        return _NATURAL.get(tags.get("water", ""), "lake")
    if tags.get("waterway") in {"riverbank", "dock"}:
        return "river" if tags["waterway"] == "riverbank" else "basin"
    if tags.get("landuse") in {"basin", "reservoir"}:
        return "basin"
    if tags.get("leisure") == "swimming_pool":
        return "pool"
    return "fountain" if tags.get("amenity") == "fountain" else ""


def _the_sea(elements: Elements, site: Site) -> Iterator[Water]:
    ways = [way for way in elements.ways_with(("natural",)) if way.tags["natural"] == "coastline"]
    area = sea([run for way in ways for run in way.runs], site.box)
    for way in ways:
        if way.missing:
            site.tally.repaired("coastline", way.key, "nodes are missing in the file; led on to the edge of the scene")
        else:
            site.tally.built("coastline")
    if area is not None:
        yield Water(id=SEA_ID, source=site.source, geometry=area, category="sea")


def _waterways(elements: Elements, site: Site, areas: list[Water]) -> Iterator[Water]:
    """Rivers and streams that are mapped as lines only, as strips of their width."""
    mapped = [each.geometry for each in areas]
    index = STRtree(mapped)
    for way in elements.ways_with(("waterway",)):
        what = way.tags["waterway"]
        if what not in LINE_WIDTH_M or way.tags.get("tunnel", "no") != "no" or len(way.points) < 2:
            continue
        line = LineString(way.points)
        near = [mapped[i] for i in index.query(line, predicate="intersects")]
        if near and line.intersection(shapely.unary_union(near)).length > COVERED_SHARE * line.length:
            continue
        width_m = metres(way.tags.get("width")) or LINE_WIDTH_M[what]
        area = within(line.buffer(width_m / 2, cap_style="flat", join_style="mitre"), site.box)
        if area is None or area.area < MIN_AREA_M2:
            continue
        site.tally.built("water")
        yield Water(
            id=way.key,
            source=site.source,
            name=way.tags.get("name", ""),
            geometry=area,
            category="river" if what in {"river", "tidal_channel"} else "canal" if what == "canal" else "stream",
            estimated=frozenset({"geometry"}),
        )
