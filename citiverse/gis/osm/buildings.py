"""Buildings and their parts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from citiverse.city.feature import Building, BuildingUse, Roof, RoofShape
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.osm.areas import Found, found_areas
from citiverse.gis.osm.elements import Elements, Tags
from citiverse.gis.osm.heights import Known, likely_levels, own_height_m, storey_m
from citiverse.gis.osm.likely_roofs import with_likely_roofs
from citiverse.gis.osm.roofs import FLAT, roof_of, speaks_of_roof, told_shape
from citiverse.gis.osm.tags import NO, colour, first, metres, number
from citiverse.gis.osm.use import guessed_use, tagged_use
from citiverse.gis.shapes import MIN_AREA_M2, Area, polygonal
from citiverse.gis.site import Site

UNCOVERED_SHARE = 0.10  # of an outline that its parts leave open: then the rest of it is kept
SLIVER_M = 0.25  # a rest thinner than twice this is where two drawings of a wall differ
MAX_HEIGHT_M = 830.0  # Burj Khalifa, the highest building there is
LARGE_M2 = 100.0  # of a building that is no shed
_ON_POSTS = frozenset({"roof", "carport", "canopy"})
CANOPY_M = 0.4  # thickness of a roof on posts
_UNLIKE_OTHERS = frozenset({"garage", "religious", "other", "transport", "parking"})
_AS_TOLD: frozenset[str] = frozenset()
_LIKELY_LEVELS, _LIKELY_HEIGHT = frozenset({"levels"}), frozenset({"height_m"})
_LIKELY_BOTH = _LIKELY_LEVELS | _LIKELY_HEIGHT
_LAND = ("residential", "commercial", "retail", "industrial", "education", "religious", "railway", "garages",
         "farmyard", "military", "port", "depot")  # fmt: skip
_PLACE_KEYS = frozenset({"amenity", "shop", "office", "tourism", "healthcare", "leisure", "addr:housenumber"})
_INHERITED = ("name", "start_date", "addr:street", "addr:housenumber", "building:colour", "building:material",
              "roof:colour", "roof:material", "building:use", "amenity", "shop", "office", "tourism")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """A piece of a building: its own tags, those of its outline where it is a part, and the share of homes in it."""

    key: str
    tags: Tags
    area: Area
    repair: str
    outline: Tags | None = None
    part_of: str = ""
    share: float = 1.0


class _Words(NamedTuple):
    """What tags say of a building whatever its shape, None where they are silent; shared by those of the same tags.

    `tags` are its own and what it has from its outline. `levels` are as tagged or from the height, and `levels_told`
    which of these. `bottom_level` is its lowest storey where no height of its lower edge is told. `is_guide` tells
    whether its storeys say something of its neighbours': not those of sheds, towers and churches.
    """

    tags: Tags
    value: str
    use: BuildingUse | None
    height_m: float | None
    levels: float | None
    levels_told: bool
    bottom_m: float | None
    bottom_level: float
    roof_shape: RoofShape | None
    has_roof: bool
    is_guide: bool
    name: str
    homes: float | None
    colour: str
    material: str
    year: int | None
    address: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What tells the use of buildings: tags of the places in each, the land use around it, and whether most larger
    buildings here have an address.
    """

    inside: Mapping[int, list[Tags]]
    land: Sequence[str]
    addresses_told: bool


def buildings(elements: Elements, site: Site) -> list[Building]:
    """All buildings that reach into the scene, in parts where parts are mapped."""
    outlines = _in_the_scene(found_areas(elements, ("building",), _outline, open_too=True), "building", site)
    parts = _in_the_scene(found_areas(elements, ("building:part",), _part, open_too=True), "building_part", site)
    drafts = _drafts(outlines, parts, _parts_by_relation(elements), site)
    return built(drafts, _surroundings(drafts, elements), site) if drafts else []


def built(drafts: list[Draft], around: Surroundings, site: Site) -> list[Building]:
    """The buildings of drafts, with what their tags do not say estimated from what is around."""
    shared: dict[tuple[int, int], _Words] = {}  # by the tags themselves, which buildings share
    words = []
    for draft in drafts:
        key = id(draft.tags), id(draft.outline)
        if key not in shared:
            shared[key] = _words(draft.tags, draft.outline or {})
        words.append(shared[key])
    areas = np.array([draft.area for draft in drafts], dtype=object)
    sizes = np.asarray(shapely.area(areas))
    levels = _levels(drafts, words, shapely.get_coordinates(shapely.centroid(areas)), sizes)
    found = [
        _building(draft, said, storeys, area_m2, around, i, site)
        for i, (draft, said, storeys, area_m2) in enumerate(zip(drafts, words, levels, sizes.tolist(), strict=True))
    ]
    return with_likely_roofs(found, [said.roof_shape for said in words])


def _outline(tags: Tags) -> str:
    return "" if tags.get("building", "no") in NO or tags.get("type") == "building" else "outline"


def _part(tags: Tags) -> str:
    return "" if tags.get("building:part", "no") in NO or _outline(tags) else "part"


def _in_the_scene(found: list[Found], kind: str, site: Site) -> list[Found]:
    """Buildings over ground with a shape that reach into the scene; the others are counted as skipped."""
    kept = []
    shapely.prepare(site.box)
    inside = shapely.intersects(site.box, np.array([each.shape.area for each in found], dtype=object))
    for each, reaches in zip(found, inside.tolist(), strict=True):
        if each.shape.area is None:
            site.tally.skipped(kind, each.key, each.shape.reason)
        elif not reaches:
            continue  # not of this scene
        elif _underground(each.tags):
            site.tally.skipped(kind, each.key, "it lies underground")
        else:
            kept.append(each)
    return kept


def _underground(tags: Tags) -> bool:
    if tags.get("location") == "underground" or tags.get("tunnel") in {"yes", "building"}:
        return True
    layer = number(tags.get("layer"))
    if layer is None or layer >= 0 or "height" in tags:
        return False
    levels = number(tags.get("building:levels"))
    return levels is None or levels <= 0


def _parts_by_relation(elements: Elements) -> dict[str, str]:
    """Part -> outline as relations of type building say."""
    belongs: dict[str, str] = {}
    for relation in elements.relations:
        if relation.tags.get("type") != "building":
            continue
        outline = [f"osm:{each.type}{each.id}" for each in relation.members if each.role == "outline"]
        for member in relation.members if outline else ():
            if member.role == "part":
                belongs[f"osm:{member.type}{member.id}"] = outline[0]
    return belongs


def _drafts(outlines: list[Found], parts: list[Found], belongs: Mapping[str, str], site: Site) -> list[Draft]:
    """Outlines without parts, parts with the tags of their outline, and what parts leave of an outline."""
    by_key = {each.key: each for each in outlines}
    of = _outlines_of(parts, outlines, belongs)
    pieces: dict[str, list[Found]] = {}
    for part in parts:
        if part.key in of:
            pieces.setdefault(of[part.key], []).append(part)
    drafts: list[Draft] = []
    for outline in outlines:
        drafts += _of_one_building(outline, pieces.get(outline.key, []), site)
    for part in parts:
        _count("building_part", part, site)
        if of.get(part.key, "") not in by_key:
            drafts.append(Draft(part.key, part.tags, _area(part), part.shape.repair))
    return drafts


def _outlines_of(parts: list[Found], outlines: list[Found], belongs: Mapping[str, str]) -> dict[str, str]:
    """Key of a part -> key of its outline: as its relation says, else the smallest outline around its middle."""
    if not parts or not outlines:
        return {}
    known = {each.key for each in outlines}
    of = {part.key: belongs[part.key] for part in parts if belongs.get(part.key) in known}
    areas = np.array([_area(each) for each in outlines], dtype=object)
    sizes = shapely.area(areas)
    middles = shapely.point_on_surface(np.array([_area(part) for part in parts], dtype=object))
    for j, i in sorted(_inside(areas, middles), key=lambda pair: -sizes[pair[0]]):
        if parts[i].key not in belongs or belongs[parts[i].key] not in known:
            of[parts[i].key] = outlines[j].key
    return of


def _of_one_building(outline: Found, parts: list[Found], site: Site) -> Iterator[Draft]:
    area = _area(outline)
    _count("building", outline, site)
    if not parts:
        yield Draft(outline.key, outline.tags, area, outline.shape.repair)
        return
    rest: Area | None = area
    if outline.tags.get("building:part", "no") in NO:
        rest = _rest(area, [_area(part) for part in parts])
    reason = "shown by its parts" if rest is None else "shown by its parts and what they leave of its outline"
    site.tally.note("building", "built", outline.key, reason)
    total = sum(_area(part).area for part in parts) + (rest.area if rest is not None else 0.0)
    for part in parts:
        share = _area(part).area / total
        share = 1.0 if "building:flats" in part.tags else share
        yield Draft(part.key, part.tags, _area(part), part.shape.repair, outline.tags, outline.key, share)
    if rest is not None:
        yield Draft(outline.key, outline.tags, rest, outline.shape.repair, share=rest.area / total)


def _rest(area: Area, parts: list[Area]) -> Area | None:
    """What parts leave of an outline, None where that is next to nothing."""
    left = polygonal(shapely.difference(area, shapely.unary_union(parts)))
    if left is None or left.area < max(UNCOVERED_SHARE * area.area, MIN_AREA_M2):
        return None
    return None if left.buffer(-SLIVER_M).is_empty else left


def _count(kind: str, found: Found, site: Site) -> None:
    if found.shape.repair:
        site.tally.repaired(kind, found.key, found.shape.repair)
    else:
        site.tally.built(kind)


def _area(found: Found) -> Area:
    if found.shape.area is None:
        raise ValueError(f"{found.key} has no area.")
    return found.shape.area


def _height_tag(tags: Tags) -> float | None:
    for key in ("height", "building:height", "est_height"):
        if key in tags:
            height_m = metres(tags[key])
            if height_m is not None and 0.0 < height_m <= MAX_HEIGHT_M:
                return height_m
    return None


def _levels_tag(tags: Tags) -> float | None:
    levels = number(tags.get("building:levels", tags.get("levels", tags.get("building:levels:aboveground"))))
    return levels if levels is not None and 0.0 < levels <= 200.0 else None


def _levels(drafts: list[Draft], words: list[_Words], places: FloatArray, sizes: FloatArray) -> list[float]:
    """Storeys of each draft: as tagged, from its height, or like its neighbours."""
    counted = [said.levels for said in words]
    uses: list[BuildingUse] = [said.use or "residential" for said in words]
    guides = [i for i, said in enumerate(words) if said.is_guide and not drafts[i].part_of]
    known = Known(places[guides], sizes[guides], np.array([counted[i] for i in guides], dtype=float))
    silent = [i for i, levels in enumerate(counted) if levels is None]
    likely = likely_levels(places[silent], sizes[silent], [uses[i] for i in silent], known)
    found = dict(zip(silent, likely.tolist(), strict=True))
    return [found[i] if levels is None else levels for i, levels in enumerate(counted)]


def _surroundings(drafts: list[Draft], elements: Elements) -> Surroundings:
    areas = np.array([draft.area for draft in drafts], dtype=object)
    places = elements.nodes_with(_PLACE_KEYS)
    inside: dict[int, list[Tags]] = {}
    if places:
        points = shapely.points([node.xy for node in places])
        for building, at in _inside(areas, np.asarray(points)):
            inside.setdefault(building, []).append(places[at].tags)
    found = [each for each in found_areas(elements, ("landuse",), _landuse) if each.shape.area is not None]
    found.sort(key=lambda each: -_area(each).area)
    land = [""] * len(drafts)
    if found:
        grounds = np.array([_area(each) for each in found], dtype=object)
        for at, building in _inside(grounds, shapely.point_on_surface(areas)):  # smaller land comes later and wins
            land[building] = found[at].what
    large = np.flatnonzero(shapely.area(areas) >= LARGE_M2).tolist()
    addressed = sum(_has_address(drafts[i].tags) or any(map(_has_address, inside.get(i, ()))) for i in large)
    return Surroundings(inside, land, addresses_told=addressed * 2 > len(large))


def _inside(areas: NDArray[np.object_], points: NDArray[np.object_]) -> list[tuple[int, int]]:
    """Pairs of an area and a point in it, in order of the areas; the areas are what gets prepared."""
    area, point = STRtree(points).query(areas, predicate="contains")
    return [(int(i), int(j)) for i, j in zip(area, point, strict=True)]


def _has_address(tags: Tags) -> bool:
    return "addr:housenumber" in tags


def _landuse(tags: Tags) -> str:
    value = tags.get("landuse", "")
    return value if value in _LAND else ""


def _words(own: Tags, outline: Tags) -> _Words:
    """What tags tell of a building; a part that is silent on its height is as high as its outline."""
    tags = {**{key: outline[key] for key in _INHERITED if key in outline}, **own} if outline else own
    height_m, levels = _height_tag(own), _levels_tag(own)
    if height_m is None and levels is None and outline:
        height_m, levels = _height_tag(outline), _levels_tag(outline)
    use = tagged_use(own) or (tagged_use({**outline, **own}) if outline else None)
    levels_told = levels is not None
    if levels is None and height_m is not None:
        under_roof_m = height_m - (metres(own.get("roof:height")) or 0.0)
        levels = max(1.0, float(round(under_roof_m / storey_m(use or "residential"))))
    value = first(own.get("building", own.get("building:part", "")))
    homes = number(own.get("building:flats", outline.get("building:flats")))
    return _Words(
        tags=tags,
        value=value,
        use=use,
        height_m=height_m,
        levels=levels,
        levels_told=levels_told,
        bottom_m=_bottom_tag(own),
        bottom_level=_bottom_level(own),
        roof_shape=told_shape(own),
        has_roof=speaks_of_roof(tags),
        is_guide=levels is not None and use not in _UNLIKE_OTHERS and own_height_m(value) is None,
        name=tags.get("name", ""),
        homes=None if homes is None or homes < 0 else homes,
        colour=colour(tags.get("building:colour", tags.get("building:color", tags.get("building:facade:colour")))),
        material=first(tags.get("building:material", tags.get("building:facade:material", ""))),
        year=_year(tags.get("start_date", tags.get("building:year", ""))),
        address=" ".join(tags[key] for key in ("addr:street", "addr:housenumber") if key in tags),
    )


def _building(
    draft: Draft, said: _Words, levels: float, area_m2: float, around: Surroundings, at: int, site: Site
) -> Building:
    use = said.use
    estimated = {"geometry"} if draft.repair else set()
    if use is None:
        use = guessed_use(
            said.tags,
            around.inside.get(at, ()),
            around.land[at],
            levels=levels,
            area_m2=area_m2,
            addresses_told=around.addresses_told,
        )
        estimated.add("use")
    # Where nothing is said, dwellings for one or two families are given a gabled roof and all others a flat one.
    roof, guessed = roof_of(said.tags, draft.area, use) if said.has_roof or use == "house" else (FLAT, True)
    if guessed:
        estimated.add("roof")
    heights = _heights(said, levels, use, roof.height_m)
    return Building(
        id=draft.key,
        source=site.source,
        name=said.name,
        geometry=draft.area,
        height_m=round(heights.top_m, 2),
        min_height_m=round(heights.bottom_m, 2),
        levels=levels,
        use=use,
        roof=roof if roof.height_m == 0.0 else replace(roof, height_m=_roof_within(roof, heights)),
        homes=None if said.homes is None else said.homes * draft.share,
        colour=said.colour,
        material=said.material,
        year=said.year,
        address=said.address,
        part_of=draft.part_of,
        estimated=heights.estimated.union(estimated),
    )


class _Heights(NamedTuple):
    """Where a building starts and ends, and which of that was estimated."""

    bottom_m: float
    top_m: float
    estimated: frozenset[str]


def _roof_within(roof: Roof, heights: _Heights) -> float:
    return round(min(roof.height_m, heights.top_m - heights.bottom_m), 2)


def _heights(said: _Words, levels: float, use: BuildingUse, roof_m: float) -> _Heights:
    bottom_m = said.bottom_m if said.bottom_m is not None else said.bottom_level * storey_m(use)
    top_m, estimated = said.height_m, _AS_TOLD if said.levels_told else _LIKELY_LEVELS
    if top_m is None:
        usual_m = None if said.levels_told else own_height_m(said.value)
        top_m = usual_m or levels * storey_m(use) + roof_m
        top_m = top_m if top_m > bottom_m else bottom_m + storey_m(use)
        estimated = _LIKELY_HEIGHT if said.levels_told else _LIKELY_BOTH
    if said.value in _ON_POSTS and bottom_m == 0.0:
        bottom_m = max(0.0, top_m - roof_m - CANOPY_M)
        estimated |= {"min_height_m"}
    return _Heights(bottom_m if bottom_m < top_m else 0.0, top_m, estimated)


def _bottom_tag(tags: Tags) -> float | None:
    """How high the lowest floor is, None where no tag says."""
    for key in ("min_height", "building:min_height"):
        if key in tags:
            height_m = metres(tags[key])
            if height_m is not None and 0.0 <= height_m <= MAX_HEIGHT_M:
                return height_m
    return None


def _bottom_level(tags: Tags) -> float:
    """The lowest storey, 0 on the ground."""
    level = number(tags.get("building:min_level", tags.get("min_level")))
    return level if level is not None and 0.0 < level <= 200.0 else 0.0


def _year(text: str) -> int | None:
    return int(text[:4]) if text[:4].isdecimal() and 1000 <= int(text[:4]) <= 2100 else None
