"""From the objects of a CityJSON file to the features of a scene."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from shapely import Point

from citiverse.city.feature import Building, BuildingUse, Feature, Furniture, GreenArea, Paving, Tree, Water
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.cityjson.model import Face, Faulty, Model, Object, best_geometry, faces, level_of_detail, read_model
from citiverse.gis.cityjson.own import is_own, lies_in, own_kind, restored
from citiverse.gis.cityjson.solids import area, solid
from citiverse.gis.crs import horizontal, local_metres, lonlat_box
from citiverse.gis.osm.use import guessed_use
from citiverse.gis.refused import ImportRefused
from citiverse.gis.shapes import Area, within
from citiverse.gis.site import LonLatBox, Reading, Site

HIGHEST_LOD = 3.9
STOREY_M = 3.1  # CTBUH, residential floor to floor
TREE_HEIGHT_M, CROWN_SHARE = 8.0, 0.6
PAST_M = 1000.0  # nothing in a city is this high: the unit or the axis is wrong

_AREAS: Mapping[str, str] = {
    "Road": "paving", "TransportSquare": "paving", "Railway": "paving", "Bridge": "paving", "TransportationComplex":
    "paving", "Track": "paving", "Waterway": "water", "WaterBody": "water", "PlantCover": "green", "LandUse": "green",
}  # fmt: skip
_NOT_OURS = "CitiVERSE has no use for this type yet"
_USE_BY_CODE: Mapping[int, BuildingUse] = {
    1000: "residential", 1010: "apartments", 1030: "apartments", 1040: "hotel", 1120: "office", 1150: "retail",
    1170: "hospital", 1180: "school", 1190: "school", 1100: "industrial", 1080: "religious", 1610: "garage",
}  # fmt: skip
_USE_WORDS: tuple[tuple[str, BuildingUse], ...] = (
    ("apartment", "apartments"), ("residen", "residential"), ("dwelling", "residential"), ("woon", "residential"),
    ("wohn", "residential"), ("habitation", "residential"), ("office", "office"), ("kantoor", "office"),
    ("buro", "office"), ("bureau", "office"), ("retail", "retail"), ("shop", "retail"), ("winkel", "retail"),
    ("commerc", "commercial"), ("industr", "industrial"), ("warehouse", "industrial"), ("school", "school"),
    ("education", "school"), ("hospital", "hospital"), ("hotel", "hotel"), ("church", "religious"),
    ("religi", "religious"), ("garage", "garage"), ("parking", "parking"), ("public", "public"),
)  # fmt: skip
_HARD_LAND = re.compile(r"paved|verhard|asphalt|concrete|parking|erf|plaza|square|traffic|transport", re.IGNORECASE)


def extent_of_cityjson(path: Path, crs: str) -> LonLatBox:
    """West, south, east, north in degrees of all vertices that buildings use, or else of all there are."""
    model = _model(path)
    system = horizontal(crs or model.crs, path.name)
    used = [each.points for each in model.objects.values() if len(each.points)]
    if not used:
        raise ImportRefused(f"{path.name} holds no vertices, so there is no city to make of it.")
    points = np.concatenate(list({id(each): each for each in used}.values()))[:, :2]
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise ImportRefused(f"{path.name} holds no vertex with finite numbers.")
    return lonlat_box(points, system, path.name)


@lru_cache(maxsize=1)
def _cached(path: Path, _size: int, _changed_ns: int) -> Model:
    return read_model(path)


def _model(path: Path) -> Model:
    """The model of a file; the last one is kept, as its extent is asked for before its features."""
    said = path.stat()
    return _cached(path, said.st_size, said.st_mtime_ns)


def read_cityjson(path: Path, site: Site) -> Reading:
    """Features of a file in the scene's metres. Raises ImportRefused when it is broken."""
    model = _model(path)
    _cached.cache_clear()
    reader = _Reader(model, site, horizontal(site.crs or model.crs, path.name), path.name)
    site.progress("Reading objects", 0.3)
    return Reading(list(reader.features()), site.defaults, site.crs or model.crs)


@dataclass(frozen=True, slots=True)
class _Shape:
    """The surfaces of an object and its vertices in the scene's metres and height."""

    faces: list[Face]
    points: FloatArray


class _Reader:
    """Makes features of the objects of one model."""

    def __init__(self, model: Model, site: Site, crs: str, file: str) -> None:
        self.model, self.site, self.crs, self.file = model, site, crs, file
        self._local: dict[int, FloatArray] = {}

    def features(self) -> Iterator[Feature]:
        """A feature of each object that the scene has a use for; each is counted."""
        for each in self.model.objects.values():
            kind = self._kind(each)
            try:
                made = self._made(each, kind)
            except Faulty as fault:
                self.site.tally.skipped(kind, f"cj:{each.id}", str(fault))
                continue
            if made is not None:
                self.site.tally.built(kind)
                yield made

    def _kind(self, each: Object) -> str:
        own = own_kind(each)
        if own:
            return own
        match each.type:
            case "Building":
                return "building"
            case "BuildingPart" | "BuildingInstallation" | "BuildingUnit" | "BuildingStorey" | "BuildingRoom":
                return "building_part"
            case "SolitaryVegetationObject":
                return "tree"
            case "CityFurniture":
                return "furniture"
        return _AREAS.get(each.type, "other")

    def _made(self, each: Object, kind: str) -> Feature | None:
        if each.type.startswith("+"):
            raise Faulty(f"{each.type} belongs to an extension")
        if is_own(each):
            feature = restored(each, self._points(each), self.site.source)
            return feature if lies_in(feature, self.site.box) else None
        match kind:
            case "building":
                return self._building(each)
            case "building_part" if each.type == "BuildingPart":
                return self._part(each)
            case "tree":
                return self._tree(each)
            case "furniture":
                return self._furniture(each)
            case "paving" | "green" | "water":
                return self._area(each, kind)
        raise Faulty(f"{each.type or 'it has no type'}: {_NOT_OURS}")

    def _building(self, each: Object) -> Building | None:
        parts = [self.model.objects[id] for id in each.children if id in self.model.objects]
        parts = [part for part in parts if part.type == "BuildingPart" and self._solid_geometry(part) is not None]
        own = self._solid_geometry(each)
        if parts and (own is None or level_of_detail(own) < 1.0):
            self.site.tally.note("building", "built", f"cj:{each.id}", "shown by its parts")
            self.site.tally.built("building")
            return None
        if own is None:
            raise Faulty("it has no surfaces from which a body could be made")
        return self._body(each, each.attributes, ground_m=None, part_of="")

    def _part(self, each: Object) -> Building | None:
        parents = [self.model.objects[id] for id in each.parents if id in self.model.objects]
        whole = parents[0] if parents else None
        ground_m = None
        if whole is not None:
            siblings = [self.model.objects[id] for id in (whole.id, *whole.children) if id in self.model.objects]
            lows = [low for other in siblings if (low := self._lowest(other)) is not None]
            ground_m = min(lows) if lows else None
        attributes = {**(whole.attributes if whole is not None else {}), **each.attributes}
        return self._body(each, attributes, ground_m=ground_m, part_of=f"cj:{whole.id}" if whole is not None else "")

    def _solid_geometry(self, each: Object) -> Mapping[str, object] | None:
        geometry = best_geometry(each, highest=HIGHEST_LOD)
        return geometry if geometry is not None and geometry.get("type") != "MultiPoint" else None

    def _lowest(self, each: Object) -> float | None:
        try:
            shape = self._shape(each)
        except Faulty:
            return None
        used = [list(ring) for face in shape.faces for ring in face.rings]
        return float(shape.points[np.concatenate(used), 2].min()) if used else None

    def _body(
        self, each: Object, attributes: Mapping[str, object], *, ground_m: float | None, part_of: str
    ) -> Building | None:
        shape = self._shape(each)
        if not shape.faces:
            raise Faulty("it has no surfaces")
        body = solid(shape.faces, shape.points)
        if body.footprint is None:
            raise Faulty("it covers no ground")
        if not self.site.box.intersects(body.footprint):
            return None
        floor_m = body.low_m if ground_m is None else ground_m
        told_m = _number(attributes, "measuredHeight", "height")
        top_m = body.high_m - floor_m if body.high_m - floor_m > 0.5 else told_m
        if top_m is None or not 0.0 < top_m < PAST_M:
            raise Faulty(f"its height would be {top_m or 0.0:g} m; are these metres?")
        levels = _number(attributes, "storeysAboveGround", "storeys_above_ground", "bouwlagen", "levels")
        bottom_m = max(0.0, body.low_m - floor_m)
        storeys = levels if levels and levels > 0 else max(1.0, float(round((top_m - bottom_m) / STOREY_M)))
        use = _use(attributes)
        likely = guessed_use({}, [], "", levels=storeys, area_m2=body.footprint.area, addresses_told=False)
        return Building(
            id=f"cj:{each.id}",
            source=self.site.source,
            name=_text(attributes, "name", "naam"),
            geometry=body.footprint,
            height_m=round(top_m, 2),
            min_height_m=round(bottom_m, 2) if bottom_m > 1.0 else 0.0,
            levels=storeys,
            use=use or likely,
            roof=replace(body.roof, height_m=min(body.roof.height_m, round(top_m, 2))),
            year=_year(attributes),
            part_of=part_of,
            measured=frozenset({"height_m", "geometry", "roof"}),
            estimated=frozenset({name for name, known in (("levels", levels), ("use", use)) if not known}),
        )

    def _area(self, each: Object, kind: str) -> Feature | None:
        shape = self._shape(each)
        covered = area(shape.faces, shape.points)
        if covered is None:
            raise Faulty("it covers no ground")
        inside = within(covered, self.site.box)
        if inside is None:
            return None
        what = _text(each.attributes, "class", "function", "usage", "bgt_fysiekvoorkomen", "plus_fysiekvoorkomen")
        return _AREA_FEATURES[kind](f"cj:{each.id}", self.site.source, inside, each.type, what)

    def _tree(self, each: Object) -> Tree | None:
        place, height_m = self._stand(each)
        told_m = _number(each.attributes, "height", "treeHeight")
        top_m = told_m or height_m
        crown_m = _number(each.attributes, "crownDiameter", "crown_diameter")
        estimated = {name for name, known in (("height_m", top_m), ("crown_m", crown_m)) if not known}
        if not self.site.box.intersects(place):
            return None
        tall_m = top_m if top_m and 0.3 < top_m < 116.0 else TREE_HEIGHT_M
        return Tree(
            id=f"cj:{each.id}",
            source=self.site.source,
            geometry=place,
            height_m=round(tall_m, 2),
            crown_m=crown_m if crown_m and 0.1 < crown_m < 60.0 else round(tall_m * CROWN_SHARE, 2),
            genus=_text(each.attributes, "species", "genus").split(" ")[0],
            estimated=frozenset(estimated),
        )

    def _furniture(self, each: Object) -> Furniture | None:
        place, _ = self._stand(each)
        what = _text(each.attributes, "class", "function") or "furniture"
        if not self.site.box.intersects(place):
            return None
        return Furniture(id=f"cj:{each.id}", source=self.site.source, geometry=place, category=what)

    def _stand(self, each: Object) -> tuple[Point, float]:
        """Where a thing stands and how high it is: from its own surfaces, or from a template put in its place."""
        geometry = best_geometry(each, highest=HIGHEST_LOD)
        if geometry is None:
            raise Faulty("it has no geometry")
        points = self._points(each)
        if geometry.get("type") in {"MultiPoint", "GeometryInstance"}:
            numbers = geometry.get("boundaries")
            at = numbers[0] if isinstance(numbers, list) and numbers else None
            if not isinstance(at, int) or not 0 <= at < len(points) or not np.isfinite(points[at]).all():
                raise Faulty("it counts on vertices that the file does not have")
            return Point(points[at, :2]), self._template_height(geometry)
        shape = self._shape(each)
        used = shape.points[np.unique(np.concatenate([list(ring) for face in shape.faces for ring in face.rings]))]
        middle = np.round((used[:, :2].min(axis=0) + used[:, :2].max(axis=0)) / 2, 3)
        return Point(middle), float(used[:, 2].max() - used[:, 2].min())

    def _template_height(self, geometry: Mapping[str, object]) -> float:
        at = geometry.get("template")
        if not isinstance(at, int) or not 0 <= at < len(self.model.templates):
            return 0.0
        found = faces(self.model.templates[at], self.model.template_points)
        numbers = np.concatenate([list(ring) for face in found for ring in face.rings]) if found else np.zeros(0, int)
        if not len(numbers):
            return 0.0
        try:
            matrix = np.array(geometry.get("transformationMatrix"), dtype=np.float64).reshape(4, 4)
        except (TypeError, ValueError):
            matrix = np.eye(4)
        z = self.model.template_points[numbers] @ matrix[2, :3] + matrix[2, 3]
        return float(z.max() - z.min()) if np.isfinite(z).all() else 0.0

    def _shape(self, each: Object) -> _Shape:
        geometry = best_geometry(each, highest=HIGHEST_LOD)
        if geometry is None:
            raise Faulty("it has no geometry")
        return _Shape(faces(geometry, each.points), self._points(each))

    def _points(self, each: Object) -> FloatArray:
        """All vertices of the document that an object is from, in the scene's metres; transformed once."""
        key = id(each.points)
        if key not in self._local:
            local = np.full(each.points.shape, np.nan)
            good = np.isfinite(each.points).all(axis=1)
            if good.any():
                local[good, :2] = local_metres(each.points[good, :2], self.crs, self.site.frame, self.file)
                local[good, 2] = each.points[good, 2]
            self._local[key] = local
        return self._local[key]


def _green_or_paved(id: str, source: str, shape: Area, kind: str, what: str) -> Feature:
    if _HARD_LAND.search(what):
        return Paving(id=id, source=source, geometry=shape, category=what)
    return GreenArea(id=id, source=source, geometry=shape, category=what or "grass")


def _paved(id: str, source: str, shape: Area, kind: str, what: str) -> Feature:
    category = {"Railway": "railway", "Bridge": "bridge", "TransportSquare": "square"}.get(kind, "roadway")
    return Paving(id=id, source=source, geometry=shape, category=category, surface=what)


def _water(id: str, source: str, shape: Area, kind: str, what: str) -> Feature:
    return Water(id=id, source=source, geometry=shape, category=what or "lake")


_AREA_FEATURES: Mapping[str, Callable[[str, str, Area, str, str], Feature]] = {
    "green": _green_or_paved, "paving": _paved, "water": _water,
}  # fmt: skip


def _number(attributes: Mapping[str, object], *names: str) -> float | None:
    for name in names:
        value = attributes.get(name)
        if isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d{1,12}(\.\d+)?\s*", value):
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(float(value)):
            return float(value)
    return None


def _text(attributes: Mapping[str, object], *names: str) -> str:
    return next((value for name in names if isinstance(value := attributes.get(name), str) and value), "")


def _year(attributes: Mapping[str, object]) -> int | None:
    for name in ("yearOfConstruction", "oorspronkelijkbouwjaar", "originalConstructionYear", "dateOfConstruction"):
        match = re.match(r"\d{4}", str(attributes.get(name, "")))
        if match and 1000 <= int(match.group()) <= 2100:
            return int(match.group())
    return None


def _use(attributes: Mapping[str, object]) -> BuildingUse | None:
    """The use that function, usage or class say in words or as a code of the SIG3D list."""
    said = attributes.get("function", attributes.get("usage", attributes.get("class", "")))
    word = str(said[0] if isinstance(said, list) and said else said).lower()
    digits = re.search(r"(\d{4})$", word)
    if digits and int(digits.group(1)) in _USE_BY_CODE:
        return _USE_BY_CODE[int(digits.group(1))]
    return next((use for part, use in _USE_WORDS if part in word), None)
