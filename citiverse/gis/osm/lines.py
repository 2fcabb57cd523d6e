"""Tracks of rail and tram, and walls, fences and hedges."""

from collections.abc import Iterator

from shapely import LineString

from citiverse.city.feature import Barrier, Rail
from citiverse.gis.osm.elements import Elements, Tags, Way
from citiverse.gis.osm.roads import layer, pieces
from citiverse.gis.osm.tags import NO, metres, number
from citiverse.gis.site import Site

TRACKS = frozenset({"rail", "tram", "light_rail", "subway", "narrow_gauge", "monorail", "funicular", "preserved"})
MAX_BARRIER_M = 60.0

# Usual heights where none is tagged: our own reading of what stands in European streets.
BARRIER_M = {
    "fence": 1.5, "wall": 1.8, "hedge": 1.5, "retaining_wall": 1.5, "city_wall": 8.0, "guard_rail": 0.8,
    "handrail": 1.0, "noise_barrier": 3.0, "jersey_barrier": 0.9, "kerb": 0.0, "wire_fence": 1.5, "railing": 1.1,
    "dry_stone_wall": 1.2, "block": 0.8, "cable_barrier": 0.8, "hoarding": 2.0,
}  # fmt: skip


def rails(elements: Elements, site: Site) -> list[Rail]:
    """All tracks in use."""
    tracks = elements.ways_with(("railway",))
    ways = [way for way in tracks if way.tags["railway"] in TRACKS and "building" not in way.tags]
    each = zip(ways, pieces(ways, site), strict=True)
    return [rail for way, lines in each for rail in _rail(way, lines, site)]


def _rail(way: Way, lines: list[LineString], site: Site) -> Iterator[Rail]:
    tags = way.tags
    bridge, tunnel = tags.get("bridge", "no") not in NO, tags.get("tunnel", "no") not in NO
    gauge_mm = number(tags.get("gauge"))
    known = gauge_mm is not None and 300.0 <= gauge_mm <= 3000.0
    for count, line in enumerate(_counted("rail", way, lines, site), 1):
        yield Rail(
            id=way.key if count == 1 else f"{way.key}.{count}",
            source=site.source,
            name=tags.get("name", ""),
            geometry=line,
            category=tags["railway"],
            gauge_m=gauge_mm / 1000.0 if gauge_mm is not None and known else 1.435,
            layer=layer(tags, bridge=bridge, tunnel=tunnel),
            bridge=bridge,
            tunnel=tunnel,
            estimated=frozenset() if known else frozenset({"gauge_m"}),
        )


def barriers(elements: Elements, site: Site) -> list[Barrier]:
    """Walls, fences, hedges and the like; kerbs belong to the street."""
    ways = [way for way in elements.ways_with(("barrier", "historic")) if _what(way.tags)]
    each = zip(ways, pieces(ways, site), strict=True)
    return [barrier for way, lines in each for barrier in _barrier(way, lines, site)]


def _barrier(way: Way, lines: list[LineString], site: Site) -> Iterator[Barrier]:
    what = _what(way.tags)
    height_m = metres(way.tags.get("height"))
    known = height_m is not None and 0.0 < height_m <= MAX_BARRIER_M
    for count, line in enumerate(_counted("barrier", way, lines, site), 1):
        yield Barrier(
            id=way.key if count == 1 else f"{way.key}.{count}",
            source=site.source,
            name=way.tags.get("name", ""),
            geometry=line,
            category=what,
            height_m=height_m if height_m is not None and known else BARRIER_M[what],
            estimated=frozenset() if known else frozenset({"height_m"}),
        )


def _what(tags: Tags) -> str:
    what = tags.get("barrier", "city_wall" if tags.get("historic") == "citywalls" else "")
    if what == "wall" and tags.get("wall") == "noise_barrier":
        return "noise_barrier"
    if "building" in tags or what == "kerb":
        return ""
    return what if what in BARRIER_M else ""


def _counted(kind: str, way: Way, lines: list[LineString], site: Site) -> list[LineString]:
    if not lines:
        if max(len(run) for run in way.runs) < 2:
            reason = "too few of its nodes are in the file" if way.missing else "it has no length"
            site.tally.skipped(kind, way.key, reason)
    elif way.missing:
        site.tally.repaired(kind, way.key, "nodes are missing in the file; what remains is kept")
    else:
        site.tally.built(kind)
    return lines
