"""Green, water and paved ground, and what all areas have in common."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from shapely import LineString

from citiverse.city.feature import GreenArea, Paving
from citiverse.gis.osm.elements import Elements, Relation, Tags, Way
from citiverse.gis.osm.rings import Shape, area_of_relation, areas_of_ways
from citiverse.gis.shapes import MIN_AREA_M2, Area, within
from citiverse.gis.site import Site

SomeArea = TypeVar("SomeArea")

_GREEN = {
    "leisure": {
        "park": "park", "garden": "garden", "playground": "playground", "pitch": "pitch", "dog_park": "park",
        "common": "park", "golf_course": "grass", "miniature_golf": "pitch", "bird_hide": "", "fitness_station": "",
    },
    "landuse": {
        "grass": "grass", "forest": "forest", "meadow": "meadow", "village_green": "park", "orchard": "orchard",
        "recreation_ground": "park", "cemetery": "cemetery", "allotments": "allotments", "vineyard": "vineyard",
        "flowerbed": "flowerbed", "plant_nursery": "allotments", "farmland": "meadow", "greenfield": "meadow",
        "greenery": "grass",
    },
    "natural": {
        "wood": "forest", "scrub": "scrub", "grassland": "meadow", "heath": "heath", "wetland": "wetland",
        "shrubbery": "scrub", "fell": "heath", "tundra": "heath", "moor": "heath",
    },
    "amenity": {"grave_yard": "cemetery"},
}  # fmt: skip
_HARD_PITCHES = frozenset({"asphalt", "concrete", "paving_stones", "tartan", "plastic", "rubber", "acrylic"})
_PAVING = {
    "place": {"square": "square"},
    "amenity": {"parking": "parking", "marketplace": "square", "bicycle_parking": "parking", "fuel": "forecourt"},
    "railway": {"platform": "platform"},
    "public_transport": {"platform": "platform"},
    "man_made": {"pier": "pier", "breakwater": "pier", "quay": "pier", "courtyard": "square"},
    "leisure": {"track": "track"},
    "natural": {"beach": "beach", "sand": "sand", "bare_rock": "rock", "shingle": "beach", "scree": "rock"},
    "aeroway": {"apron": "apron", "runway": "runway", "taxiway": "runway", "helipad": "apron"},
}  # fmt: skip
_PAVED_HIGHWAYS = frozenset(
    {"pedestrian", "footway", "service", "path", "cycleway", "living_street", "residential", "unclassified", "track"}
)
_UNDERGROUND_PARKING = frozenset({"underground", "multi-storey", "rooftop", "street_side", "lane", "sheds", "carports"})
TWICE = "mapped twice: a relation around it is the same thing"
PIER_WIDTH_M = 3.0  # of a pier that is mapped as a line: a boardwalk for two


@dataclass(frozen=True, slots=True)
class Found:
    """A closed way or multipolygon of interest, in the scene's metres."""

    of: Way | Relation
    what: str
    shape: Shape

    @property
    def key(self) -> str:
        """Stable id of the feature."""
        return self.of.key

    @property
    def tags(self) -> Tags:
        """Tags of the way or relation."""
        return self.of.tags


def found_areas(
    elements: Elements, keys: Iterable[str], wanted: Callable[[Tags], str], *, open_too: bool = False
) -> list[Found]:
    """Closed ways and multipolygons of which `wanted` says what they are; it answers "" to all without such keys.

    A way that is also an outer member of a wanted relation is the same thing mapped twice: its shape is None.
    With `open_too`, ways that are cut open count as well, as what has such tags can't be a line.
    """
    relations = [(each, what) for each in elements.relations if is_area(each) and (what := wanted(each.tags))]
    twice = {
        member.id
        for each, _ in relations
        for member in each.members
        if member.type == "w" and member.role in {"outer", ""}
    }
    ways = [(way, what) for way in elements.ways_with(keys) if (way.closed or open_too) and (what := wanted(way.tags))]
    shapes = areas_of_ways([way for way, _ in ways])
    found = [
        Found(way, what, shape if way.id not in twice else Shape(None, reason=TWICE))
        for (way, what), shape in zip(ways, shapes, strict=True)
    ]
    return found + [Found(each, what, area_of_relation(each, elements)) for each, what in relations]


def is_area(relation: Relation) -> bool:
    """Whether a relation is an area by its type."""
    return relation.tags.get("type") == "multipolygon"


def on_the_ground(
    kind: str, found: Iterable[Found], site: Site, make: Callable[[Found, Area], SomeArea]
) -> Iterator[SomeArea]:
    """Features of all areas that lie in the scene, cut at its edge; each is counted."""
    for each in found:
        if each.shape.area is None:
            site.tally.skipped(kind, each.key, each.shape.reason)
            continue
        area = within(each.shape.area, site.box)
        if area is None:
            continue  # not of this scene
        if each.shape.repair:
            site.tally.repaired(kind, each.key, each.shape.repair)
        else:
            site.tally.built(kind)
        yield make(each, area)


def green_areas(elements: Elements, site: Site) -> list[GreenArea]:
    """Parks and other ground with plants."""

    def make(found: Found, area: Area) -> GreenArea:
        return GreenArea(
            id=found.key, source=site.source, name=found.tags.get("name", ""), geometry=area, category=found.what
        )

    return list(on_the_ground("green", found_areas(elements, _GREEN, _green, open_too=True), site, make))


def _green(tags: Tags) -> str:
    for key, values in _GREEN.items():
        value = tags.get(key)
        if value is not None and (what := values.get(value)):
            hard = what in {"pitch", "playground"} and tags.get("surface") in _HARD_PITCHES
            return "" if hard or _indoors(tags) else what
    return ""


def paving(elements: Elements, site: Site) -> list[Paving]:
    """Squares, car parks, platforms, piers and other hard ground."""

    def make(found: Found, area: Area) -> Paving:
        return Paving(
            id=found.key,
            source=site.source,
            name=found.tags.get("name", ""),
            geometry=area,
            category=found.what,
            surface=found.tags.get("surface", ""),
        )

    found = found_areas(elements, (*_PAVING, "area:highway", "highway"), _paving)
    areas = list(on_the_ground("paving", found, site, make))
    return areas + list(_piers(elements, site))


def _paving(tags: Tags) -> str:
    if _indoors(tags) or "building" in tags or "building:part" in tags:
        return ""
    if tags.get("area:highway") or (tags.get("highway") in _PAVED_HIGHWAYS and _flat(tags)):
        walk = tags.get("highway", tags.get("area:highway")) in {"pedestrian", "footway", "path", "steps"}
        return "square" if walk else "roadway"
    if tags.get("leisure") == "pitch" and tags.get("surface") in _HARD_PITCHES:
        return "pitch"
    for key, values in _PAVING.items():
        what = values.get(tags.get(key, ""), "")
        if what == "parking" and tags.get("parking") in _UNDERGROUND_PARKING:
            return ""
        if what:
            return "" if what == "track" and tags.get("area") == "no" else what
    return ""


def _flat(tags: Tags) -> bool:
    """Whether a closed highway is an area: only where it says so, or as a multipolygon."""
    return tags.get("area") == "yes" or tags.get("type") == "multipolygon"


def _indoors(tags: Tags) -> bool:
    return (
        tags.get("indoor", "no") not in {"no", "outdoor"}
        or tags.get("location") in {"underground", "indoor"}
        or tags.get("tunnel", "no") not in {"no", "culvert"}
    )


def _piers(elements: Elements, site: Site) -> Iterator[Paving]:
    for way in elements.ways_with(("man_made",)):
        if way.closed or way.tags.get("man_made") not in {"pier", "breakwater"} or len(way.points) < 2:
            continue
        area = within(LineString(way.points).buffer(PIER_WIDTH_M / 2, cap_style="flat"), site.box)
        if area is None or area.area < MIN_AREA_M2:
            continue
        site.tally.built("paving")
        yield Paving(
            id=way.key,
            source=site.source,
            name=way.tags.get("name", ""),
            geometry=area,
            category="pier",
            surface=way.tags.get("surface", ""),
            estimated=frozenset({"geometry"}),
        )
