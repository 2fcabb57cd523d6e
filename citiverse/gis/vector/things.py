"""From the rows of a layer to the features of a city, by way of the tags that would say the same."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from citiverse.city.feature import Barrier, Feature, Furniture, GreenArea, Paving, Place, Rail, Stop, Water
from citiverse.gis.osm.buildings import Draft, Surroundings, built
from citiverse.gis.osm.lines import BARRIER_M, MAX_BARRIER_M
from citiverse.gis.osm.points import tree_of
from citiverse.gis.osm.rings import valid
from citiverse.gis.osm.roads import Attributes, attributes_of, clipped, road_along, section_of
from citiverse.gis.osm.tags import Tags
from citiverse.gis.shapes import Area, within
from citiverse.gis.site import Site
from citiverse.gis.vector import words
from citiverse.gis.vector.names import SERIAL, plain
from citiverse.gis.vector.roles import Role
from citiverse.gis.vector.table import FOOT_M, Table, number_of, text_of

_BAD = re.compile(r"[^\w.:-]+")
_FEET = re.compile(r"(^|_)(ft|feet|foot)$")
LONGEST_ID = 80


@dataclass(frozen=True, slots=True)
class Rows:
    """A layer whose shapes are in the scene's metres, what it holds, and which column says what."""

    table: Table
    role: Role
    columns: Mapping[str, str]

    def text(self, field: str, row: int) -> str:
        """What a row says of a field, or ""."""
        column = self.columns.get(field)
        return text_of(self.table.columns[column][row]) if column is not None else ""

    def number(self, field: str, row: int) -> float | None:
        """The number a row says of a field, or None; what a column calls feet comes in metres."""
        column = self.columns.get(field)
        if column is None:
            return None
        found = number_of(self.table.columns[column][row])
        return found * FOOT_M if found is not None and _FEET.search(plain(column)) else found

    def ids(self) -> list[str]:
        """A stable id of each row: the owner's where a column holds one for every row, else file and row."""
        column = self.columns.get("id")
        said = [text_of(each) for each in self.table.columns[column]] if column is not None else []
        serial = column is None or plain(column) in SERIAL.split()
        if serial or len(set(said)) < len(said) or not all(said):
            stem = self.table.file.split(".", 1)[0]
            layer = self.table.layer if self.table.layer != stem else ""
            said = [f"{stem}.{layer}.{row}" if layer else f"{stem}.{row}" for row in self.table.rows]
            return [f"gis:{_clean(each)}" for each in said]
        return [f"gis:{_clean(each)}" for each in said]


def _clean(text: str) -> str:
    return _BAD.sub("_", text)[:LONGEST_ID]


def features_of(rows: Rows, site: Site) -> list[Feature]:
    """The features of a layer; every row is counted."""
    if rows.role == "building":
        return list(_buildings(rows, site))
    make = _MAKERS[rows.role]
    found: list[Feature] = []
    for row, id in enumerate(rows.ids()):
        shape = rows.table.shapes[row]
        if shape is None or shape.is_empty:
            site.tally.skipped(rows.role, id, "it has no shape that can be read")
            continue
        found += make(rows, row, id, shape, site)
    return found


def _buildings(rows: Rows, site: Site) -> Iterator[Feature]:
    drafts: list[Draft] = []
    jobs: dict[str, float] = {}
    for row, id in enumerate(rows.ids()):
        area = _area(rows, row, id, site)
        if area is None:
            continue
        if words.yes(rows.text("underground", row)):
            site.tally.skipped("building", id, "it lies underground")
            continue
        shape, repair = area
        tags, fault = _building_tags(rows, row)
        repair = repair or fault
        if repair:
            site.tally.repaired("building", id, repair)
        else:
            site.tally.built("building")
        drafts.append(Draft(id, tags, shape, repair if repair != fault else ""))
        employed = rows.number("jobs", row)
        if employed is not None and employed >= 0.0:
            jobs[id] = employed
    if drafts:
        around = Surroundings({}, [""] * len(drafts), addresses_told=False)
        for building in built(drafts, around, site):
            yield replace(building, jobs=jobs[building.id]) if building.id in jobs else building


def _building_tags(rows: Rows, row: int) -> tuple[Tags, str]:
    """What the columns say of a building, and what of it can't be."""
    coded = plain(rows.columns.get("use", "")).startswith(("gfk", "gebaeudef"))
    said = {
        "building": words.building_value(rows.text("use", row), coded=coded),
        "name": rows.text("name", row),
        "roof:shape": words.roof_shape(rows.text("roof_shape", row)),
        "roof:direction": rows.text("roof_direction", row),
        "roof:colour": rows.text("roof_colour", row),
        "building:colour": rows.text("colour", row),
        "building:material": rows.text("material", row),
        "addr:street": rows.text("street", row),
        "addr:housenumber": rows.text("housenumber", row),
    }
    year = re.search(r"\b(1\d{3}|20\d{2})\b", rows.text("year", row))
    said["start_date"] = year[1] if year else ""
    height_m, top_m, ground_m = (rows.number(field, row) for field in ("height", "top", "ground"))
    if height_m is None and top_m is not None and ground_m is not None:
        height_m = top_m - ground_m
    numbers = {
        "height": height_m,
        "min_height": rows.number("min_height", row),
        "building:levels": rows.number("levels", row),
        "building:flats": rows.number("homes", row),
        "roof:height": rows.number("roof_height", row),
    }
    said |= {key: f"{value:.6g}" for key, value in numbers.items() if value is not None and value >= 0.0}
    fault = ""
    if height_m is not None and not 0.0 <= height_m <= 830.0:
        fault = "its height can't be one in metres and is estimated"
    if height_m == 0.0:
        said.pop("height")
    return {key: value for key, value in said.items() if value}, fault


def _area(rows: Rows, row: int, id: str, site: Site) -> tuple[Area, str] | None:
    """The area of a row and what was done to it; None where it has none, with the count of why."""
    shape = rows.table.shapes[row]
    if shape is None or shape.is_empty:
        site.tally.skipped(rows.role, id, "it has no shape that can be read")
        return None
    found = valid(shape)
    if shapely.get_dimensions(shape) != 2 or found.area is None:
        what = {0: "a point", 1: "a line"}.get(int(shapely.get_dimensions(shape)), "")
        site.tally.skipped(rows.role, id, f"it is {what}, not an area" if what else found.reason or "it has no area")
        return None
    if not shapely.intersects(site.box, found.area):
        return None
    return found.area, found.repair


def _ground(rows: Rows, row: int, id: str, shape: BaseGeometry, site: Site) -> Iterator[Feature]:
    said = " ".join(filter(None, (rows.text("category", row), rows.text("surface", row))))
    kind = words.land(rows.text("category", row)) or words.land(said)
    if rows.role == "land" and kind is None:
        site.tally.skipped("land", id, f"land use without a look of its own: {said[:40] or 'nothing said'}")
        return
    area = _area(rows, row, id, site)
    if area is None:
        return
    role = str(rows.role) if rows.role != "land" or kind is None else kind[0]
    what = kind[1] if kind is not None and kind[0] == role else _USUAL[role]
    whole, repair = area
    inside = within(whole, site.box)
    if inside is None:
        return
    if repair:
        site.tally.repaired(role, id, repair)
    else:
        site.tally.built(role)
    name, estimated = rows.text("name", row), frozenset({"geometry"} if repair else ())
    match role:
        case "water":
            yield Water(id=id, source=site.source, name=name, geometry=inside, category=what, estimated=estimated)
        case "green":
            yield GreenArea(id=id, source=site.source, name=name, geometry=inside, category=what, estimated=estimated)
        case _:
            surface = rows.text("surface", row)
            yield Paving(
                id=id, source=site.source, name=name, geometry=inside, category=what, surface=surface,
                estimated=estimated,
            )  # fmt: skip


_USUAL = {"green": "grass", "water": "lake", "paving": "roadway"}


def _road(rows: Rows, row: int, id: str, shape: BaseGeometry, site: Site) -> Iterator[Feature]:
    lines = _lines(rows, id, shape, site)
    if lines is None:
        return
    said = rows.text("category", row)
    category = words.highway(said, rows.text("importance", row))
    if category is None:
        site.tally.skipped("road", id, f"it is no road: {said[:40]}")
        return
    tags = {
        "highway": category or "unclassified",
        "name": rows.text("name", row),
        "lanes": _whole(rows.number("lanes", row)),
        "width": _whole(rows.number("width", row)),
        "maxspeed": rows.text("maxspeed", row).lower(),
        "oneway": words.oneway(rows.text("oneway", row)),
        "surface": rows.text("surface", row).lower(),
        **words.layer_of(rows.text("level", row)),
    }
    tags |= {key: "yes" for key in ("bridge", "tunnel") if words.yes(rows.text(key, row))}
    tags = {key: value for key, value in tags.items() if value}
    all_of = _attributes(tags, site)
    if not category:
        all_of = replace(all_of, estimated=all_of.estimated | {"category"})
    site.tally.built("road")
    yield from road_along(id, tags, lines, all_of, site, cut_short=False)


def _attributes(tags: Tags, site: Site) -> Attributes:
    return attributes_of(tags, site.defaults, section_of(tags, site.defaults, sidewalks_apart=False))


def _whole(value: float | None) -> str:
    return f"{value:g}" if value is not None and value > 0.0 else ""


def _lines(rows: Rows, id: str, shape: BaseGeometry, site: Site) -> list[LineString] | None:
    """The lines of a row inside the scene; None where there are none, with the count of why."""
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, LineString)]
    if not parts:
        what = "an area" if shapely.get_dimensions(shape) == 2 else "a point"
        site.tally.skipped(rows.role, id, f"it is {what}, not a line")
        return None
    if not shapely.intersects(site.box, shape):
        return None
    found = [line for part in parts for line in clipped(part, site)]
    if not found:
        site.tally.skipped(rows.role, id, "it has no length")
        return None
    return found


def _tree(rows: Rows, row: int, id: str, shape: BaseGeometry, site: Site) -> Iterator[Feature]:
    points = [part for part in shapely.get_parts(shape) if isinstance(part, Point)]
    if not points:
        site.tally.skipped("tree", id, "it is no point")
        return
    tags = {
        "height": _whole(rows.number("height", row)),
        "diameter_crown": _whole(rows.number("crown", row)),
        "species": rows.text("genus", row).strip(),
        "leaf_type": rows.text("leaf", row),
    }
    inside = [point for point in points if site.box.intersects(point)]
    if inside:
        site.tally.built("tree")
    for count, point in enumerate(inside, 1):
        key = id if count == 1 else f"{id}.{count}"
        yield tree_of(key, {name: value for name, value in tags.items() if value}, point, site)


def _rail(rows: Rows, row: int, id: str, shape: BaseGeometry, site: Site) -> Iterator[Feature]:
    level = words.layer_of(rows.text("level", row))
    lines = _lines(rows, id, shape, site)
    if lines is None:
        return
    site.tally.built("rail")
    for count, line in enumerate(lines, 1):
        yield Rail(
            id=id if count == 1 else f"{id}.{count}",
            source=site.source,
            name=rows.text("name", row),
            geometry=line,
            category=words.rail(rows.text("category", row)),
            layer=int(level.get("layer", "0")),
            bridge="bridge" in level,
            tunnel="tunnel" in level,
            estimated=frozenset({"gauge_m"}),
        )


def _barrier(rows: Rows, row: int, id: str, shape: BaseGeometry, site: Site) -> Iterator[Feature]:
    lines = _lines(rows, id, shape, site)
    if lines is None:
        return
    category = words.barrier(f"{rows.text('category', row)} {rows.table.layer}") or "wall"
    height_m = rows.number("height", row)
    known = height_m is not None and 0.0 < height_m <= MAX_BARRIER_M
    site.tally.built("barrier")
    for count, line in enumerate(lines, 1):
        yield Barrier(
            id=id if count == 1 else f"{id}.{count}",
            source=site.source,
            name=rows.text("name", row),
            geometry=line,
            category=category,
            height_m=height_m if known and height_m is not None else BARRIER_M[category],
            estimated=frozenset() if known else frozenset({"height_m"}),
        )


def _point(rows: Rows, row: int, id: str, shape: BaseGeometry, site: Site) -> Iterator[Feature]:
    """A stop, a place or a thing in the street."""
    role, said = rows.role, rows.text("category", row).lower()
    if not isinstance(shape, Point):
        site.tally.skipped(role, id, "it is no point")
        return
    if not site.box.intersects(shape):
        return
    if role == "place" and not _KEY_VALUE.fullmatch(said):
        site.tally.skipped("place", id, "its category is not written as amenity=school, shop=bakery ...")
        return
    site.tally.built(role)
    name = rows.text("name", row)
    match role:
        case "stop":
            mode = said if said in _STOPS else "bus"
            lines = tuple(filter(None, (line.strip() for line in rows.text("lines", row).split(","))))
            guessed = frozenset() if said in _STOPS else frozenset({"category"})
            yield Stop(
                id=id, source=site.source, name=name, geometry=shape, category=mode, lines=lines, estimated=guessed
            )
        case "place":
            yield Place(id=id, source=site.source, name=name, geometry=shape, category=said)
        case _:
            category = said.replace(" ", "_") or "furniture"
            yield Furniture(id=id, source=site.source, name=name, geometry=shape, category=category)


_KEY_VALUE = re.compile(r"[a-z_:]+=[a-z0-9_;:-]+")
_STOPS = frozenset({"bus", "tram", "rail", "subway", "ferry"})

_MAKERS: Mapping[Role, Callable[[Rows, int, str, BaseGeometry, Site], Iterator[Feature]]] = {
    "road": _road, "paving": _ground, "green": _ground, "water": _ground, "land": _ground, "tree": _tree,
    "rail": _rail, "barrier": _barrier, "stop": _point, "place": _point, "furniture": _point,
}  # fmt: skip
