"""Streets, paths and ways."""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from shapely import LineString, STRtree

from citiverse.city.feature import Road
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.osm.access import bicycle_direction, direction, modes
from citiverse.gis.osm.elements import Elements, Tags, Way
from citiverse.gis.osm.lanes import cross_section
from citiverse.gis.osm.speeds import speed_kmh
from citiverse.gis.osm.tags import NO, percent, whole
from citiverse.gis.site import Site

CATEGORIES = frozenset({
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
    "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service", "road", "pedestrian",
    "track", "busway", "bus_guideway", "footway", "cycleway", "path", "steps", "bridleway",
})  # fmt: skip
NOT_BUILT = frozenset({"construction", "proposed", "planned"})
_STREETS = frozenset({"primary", "secondary", "tertiary", "unclassified", "residential"})
SIDEWALK_AWAY_M = 14.0  # from a street's centre line to a path that is its own sidewalk
SHORTEST_M = 0.01

# Surfaces where none is tagged (wiki, Key:surface): streets are paved; paths off the streets are not.
_SURFACE = {"path": "ground", "track": "gravel", "bridleway": "ground", "footway": "paving_stones", "steps": "stone",
            "pedestrian": "paving_stones"}  # fmt: skip


def roads(elements: Elements, site: Site) -> list[Road]:
    """All roads in the scene, cut at its edge. Two of them meet where their lines share a vertex."""
    ways = [way for way in elements.ways.values() if _is_road(way, site)]
    beside = _beside_footways(ways)
    return [road for way, apart in zip(ways, beside, strict=True) for road in _road(way, apart, site)]


def _is_road(way: Way, site: Site) -> bool:
    category = way.tags.get("highway")
    if category is None:
        return False
    if category in NOT_BUILT:
        site.tally.skipped("road", way.key, "it is not built yet")
        return False
    if category not in CATEGORIES or (way.closed and way.tags.get("area") == "yes"):
        return False
    if way.tags.get("indoor", "no") == "yes":
        site.tally.skipped("road", way.key, "it runs inside a building")
        return False
    return True


def _beside_footways(ways: Sequence[Way]) -> list[bool]:
    """Of each way, whether it is a street of which the map shows the sidewalks as ways of their own."""
    paths = [LineString(run) for way in ways if _is_sidewalk(way.tags) for run in way.runs if len(run) > 1]
    streets = [i for i, way in enumerate(ways) if way.tags["highway"] in _STREETS and len(way.points) > 1]
    beside = [False] * len(ways)
    if not paths or not streets:
        return beside
    lines = np.array([LineString(ways[i].points) for i in streets], dtype=object)
    shares = (0.25, 0.5, 0.75)
    probes = np.concatenate([shapely.line_interpolate_point(lines, share, normalized=True) for share in shares])
    near = STRtree(paths).query(probes, predicate="dwithin", distance=SIDEWALK_AWAY_M)[0]
    hit = np.isin(np.arange(len(probes)), near).reshape(3, -1).sum(axis=0) >= 2
    for i, found in zip(streets, hit, strict=True):
        beside[i] = bool(found)
    return beside


def _is_sidewalk(tags: Tags) -> bool:
    return tags.get("footway") == "sidewalk" or tags.get("path") == "sidewalk" or tags.get("cycleway") == "sidepath"


def _road(way: Way, sidewalks_apart: bool, site: Site) -> Iterator[Road]:
    lines = pieces(way.runs, site)
    if not lines:
        if sum(len(run) for run in way.runs) < 2 or max(len(run) for run in way.runs) < 2:
            reason = "too few of its nodes are in the file" if way.missing else "it has no length"
            site.tally.skipped("road", way.key, reason)
        return
    if way.missing:
        site.tally.repaired("road", way.key, "nodes are missing in the file; what remains is kept")
    else:
        site.tally.built("road")
    tags, country = way.tags, site.defaults.country
    section = cross_section(
        tags, country=country, drives_on=site.defaults.drives_on, sidewalks_apart=sidewalks_apart
    )
    limit_kmh, guessed = speed_kmh(tags, country)
    bridge, tunnel = tags.get("bridge", "no") not in NO, tags.get("tunnel", "no") in {"yes", "avalanche_protector"}
    estimated = set(section.estimated)
    estimated |= {"speed_kmh"} if guessed else set()
    estimated |= set() if "surface" in tags else {"surface"}
    estimated |= {"geometry"} if way.missing else set()
    for count, line in enumerate(lines, 1):
        yield Road(
            id=way.key if count == 1 else f"{way.key}.{count}",
            source=site.source,
            name=tags.get("name", ""),
            geometry=line,
            category=tags["highway"],
            lanes=section.lanes,
            modes=modes(tags, country),
            direction=direction(tags),
            bicycle_direction=bicycle_direction(tags),
            speed_kmh=round(limit_kmh, 2),
            surface=tags.get("surface", _SURFACE.get(tags["highway"], "asphalt")),
            layer=layer(tags, bridge=bridge, tunnel=tunnel),
            bridge=bridge,
            tunnel=tunnel,
            roundabout=tags.get("junction") in {"roundabout", "circular"},
            lit=tags.get("lit", "no") not in {*NO, "disused"},
            incline_percent=percent(tags.get("incline")),
            estimated=frozenset(estimated),
        )


def pieces(runs: Sequence[FloatArray], site: Site) -> list[LineString]:
    """The stretches of a line inside the scene's rectangle, the longest first; their vertices stay as they are."""
    found: list[LineString] = []
    west, south, east, north = site.bounds
    for run in runs:
        if len(run) < 2:
            continue
        line = LineString(run)
        (w, s), (e, n) = run.min(axis=0), run.max(axis=0)
        if w < west or s < south or e > east or n > north:
            cut = shapely.clip_by_rect(line, west, south, east, north)
            parts = [part for part in shapely.get_parts(cut) if isinstance(part, LineString)]
            found += [LineString(np.round(shapely.get_coordinates(part), 3)) for part in parts]
        else:
            found.append(line)
    return sorted((line for line in found if line.length >= SHORTEST_M), key=lambda line: -line.length)


def layer(tags: Tags, *, bridge: bool, tunnel: bool) -> int:
    """The level of a way over or under others."""
    text = tags.get("layer", "")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    level = whole(digits)
    return sign * min(level, 10) if level is not None else int(bridge) - int(tunnel)
