"""Streets, paths and ways."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, STRtree

from citiverse.city.defaults import Defaults
from citiverse.city.feature import Direction, Mode, Road
from citiverse.gis.osm.access import bicycle_direction, direction, modes
from citiverse.gis.osm.elements import Elements, Tags, Way
from citiverse.gis.osm.lanes import CrossSection, cross_section
from citiverse.gis.osm.speeds import speed_kmh
from citiverse.gis.osm.tags import NO, first, percent, whole
from citiverse.gis.site import Site

CATEGORIES = frozenset({
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
    "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service", "road", "pedestrian",
    "track", "busway", "bus_guideway", "footway", "cycleway", "path", "steps", "bridleway",
})  # fmt: skip
NOT_BUILT = frozenset({"construction", "proposed", "planned"})
_STREETS = frozenset({"primary", "secondary", "tertiary", "unclassified", "residential"})
# Tags that say more of a road than its name, by what stands before the first colon.
_TELLING = frozenset({
    "access", "bicycle", "bridge", "bus", "busway", "cycleway", "foot", "goods", "hgv", "highway", "incline",
    "junction", "lanes", "layer", "lit", "maxspeed", "motor_vehicle", "motorcar", "motorroad", "oneway",
    "parking", "psv", "segregated", "sidewalk", "source", "surface", "tunnel", "vehicle", "verge", "width",
    "zone",
})  # fmt: skip


# Of these the ones that say nothing of its lanes.
_BESIDE_LANES = frozenset({
    "access", "bridge", "foot", "goods", "hgv", "incline", "layer", "lit", "maxspeed", "motor_vehicle", "motorcar",
    "source", "surface", "tunnel", "vehicle", "zone",
})  # fmt: skip


class _Telling(dict[str, bool]):
    """Whether a key says something, by what stands before its first colon."""

    def __init__(self, telling: frozenset[str]) -> None:
        super().__init__()
        self._telling = telling

    def __missing__(self, key: str) -> bool:
        found = self[key] = key.partition(":")[0] in self._telling
        return found


SIDEWALK_AWAY_M = 14.0  # from a street's centre line to a path that is its own sidewalk
SHORTEST_M = 0.01

# Surfaces where none is tagged (wiki, Key:surface): streets are paved; paths off the streets are not.
_SURFACE = {"path": "ground", "track": "gravel", "bridleway": "ground", "footway": "paving_stones", "steps": "stone",
            "pedestrian": "paving_stones"}  # fmt: skip


def roads(elements: Elements, site: Site) -> list[Road]:
    """All roads in the scene, cut at its edge. Two of them meet where their lines share a vertex."""
    ways = [way for way in elements.ways_with(("highway",)) if _is_road(way, site)]
    known: dict[tuple[frozenset[tuple[str, str]], bool], Attributes] = {}
    sections: dict[tuple[frozenset[tuple[str, str]], bool], CrossSection] = {}
    telling, of_lanes = _Telling(_TELLING), _Telling(_TELLING - _BESIDE_LANES)
    found: list[Road] = []
    for way, lines, apart in zip(ways, pieces(ways, site), _beside_footways(ways), strict=True):
        if not _built(way, lines, site):
            continue
        key = frozenset([pair for pair in way.tags.items() if telling[pair[0]]]), apart
        if key not in known:
            lanes = frozenset([pair for pair in key[0] if of_lanes[pair[0]]]), apart
            if lanes not in sections:
                sections[lanes] = section_of(way.tags, site.defaults, sidewalks_apart=apart)
            known[key] = attributes_of(way.tags, site.defaults, sections[lanes])
        found += road_along(way.key, way.tags, lines, known[key], site, cut_short=way.missing > 0)
    return found


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


@dataclass(frozen=True, slots=True)
class Attributes:
    """All that tags say of a road but its name; the same for all roads with the same tags."""

    section: CrossSection
    modes: frozenset[Mode]
    direction: Direction
    bicycle_direction: Direction
    speed_kmh: float
    surface: str
    layer: int
    bridge: bool
    tunnel: bool
    roundabout: bool
    lit: bool
    incline_percent: float | None
    estimated: frozenset[str]


def section_of(tags: Tags, defaults: Defaults, *, sidewalks_apart: bool) -> CrossSection:
    return cross_section(tags, country=defaults.country, drives_on=defaults.drives_on, sidewalks_apart=sidewalks_apart)


def attributes_of(tags: Tags, defaults: Defaults, section: CrossSection) -> Attributes:
    country, category = defaults.country, tags["highway"]
    limit_kmh, guessed = speed_kmh(tags, country)
    bridge, tunnel = tags.get("bridge", "no") not in NO, tags.get("tunnel", "no") in {"yes", "avalanche_protector"}
    estimated = section.estimated | ({"speed_kmh"} if guessed else set())
    return Attributes(
        section=section,
        modes=modes(tags, country),
        direction=direction(tags),
        bicycle_direction=bicycle_direction(tags),
        speed_kmh=round(limit_kmh, 2),
        surface=first(tags.get("surface", _SURFACE.get(category, "asphalt"))),
        layer=layer(tags, bridge=bridge, tunnel=tunnel),
        bridge=bridge,
        tunnel=tunnel,
        roundabout=tags.get("junction") in {"roundabout", "circular"},
        lit=tags.get("lit", "no") not in {*NO, "disused"},
        incline_percent=percent(tags.get("incline")),
        estimated=estimated if "surface" in tags else estimated | {"surface"},
    )


def _built(way: Way, lines: list[LineString], site: Site) -> bool:
    """Whether anything remains of a road in the scene, with the count of it."""
    if not lines:
        if max(len(run) for run in way.runs) < 2:
            reason = "too few of its nodes are in the file" if way.missing else "it has no length"
            site.tally.skipped("road", way.key, reason)
        return False
    if way.missing:
        site.tally.repaired("road", way.key, "nodes are missing in the file; what remains is kept")
    else:
        site.tally.built("road")
    return True


def road_along(
    key: str, tags: Tags, lines: Sequence[LineString], all_of: Attributes, site: Site, *, cut_short: bool
) -> Iterator[Road]:
    """The road of each line of a way; `cut_short` where part of it is missing in the file."""
    for count, line in enumerate(lines, 1):
        yield Road(
            id=key if count == 1 else f"{key}.{count}",
            source=site.source,
            name=tags.get("name", ""),
            geometry=line,
            category=tags["highway"],
            lanes=all_of.section.lanes,
            modes=all_of.modes,
            direction=all_of.direction,
            bicycle_direction=all_of.bicycle_direction,
            speed_kmh=all_of.speed_kmh,
            surface=all_of.surface,
            layer=all_of.layer,
            bridge=all_of.bridge,
            tunnel=all_of.tunnel,
            roundabout=all_of.roundabout,
            lit=all_of.lit,
            incline_percent=all_of.incline_percent,
            estimated=all_of.estimated | {"geometry"} if cut_short else all_of.estimated,
        )


def pieces(ways: Sequence[Way], site: Site) -> list[list[LineString]]:
    """Of each way the stretches inside the scene's rectangle, the longest first; vertices stay as they are."""
    runs = [(i, run) for i, way in enumerate(ways) for run in way.runs if len(run) > 1]
    found: list[list[LineString]] = [[] for _ in ways]
    if not runs:
        return found
    owner = np.repeat(np.arange(len(runs)), [len(run) for _, run in runs])
    lines = np.array(shapely.linestrings(np.concatenate([run for _, run in runs]), indices=owner), dtype=object)
    west, south, east, north = site.bounds
    w, s, e, n = shapely.bounds(lines).T
    crossing = (w < west) | (s < south) | (e > east) | (n > north)
    short = shapely.length(lines) < SHORTEST_M
    for (i, _), line, crosses, nothing in zip(runs, lines, crossing.tolist(), short.tolist(), strict=True):
        if not nothing:
            found[i] += clipped(line, site) if crosses else [line]
    return [sorted(each, key=_shortness) if len(each) > 1 else each for each in found]


def clipped(line: LineString, site: Site) -> list[LineString]:
    """The stretches of a line inside the scene's rectangle."""
    cut = shapely.clip_by_rect(line, *site.bounds)
    parts = [part for part in shapely.get_parts(cut) if isinstance(part, LineString)]
    rounded = [LineString(np.round(shapely.get_coordinates(part), 3)) for part in parts]
    return [line for line in rounded if line.length >= SHORTEST_M]


def _shortness(line: LineString) -> float:
    return -float(line.length)


def layer(tags: Tags, *, bridge: bool, tunnel: bool) -> int:
    """The level of a way over or under others."""
    text = tags.get("layer", "")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    level = whole(digits)
    return sign * min(level, 10) if level is not None else int(bridge) - int(tunnel)
