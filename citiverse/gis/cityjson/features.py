"""From city objects with their surfaces to the features of a scene."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from shapely import Point

from citiverse.city.feature import Building, Feature, Furniture, GreenArea, Paving, Roof, Tree, Water
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.axes import Placement
from citiverse.gis.cityjson.attributes import number, text, use_of, year
from citiverse.gis.cityjson.model import Face, Faulty, Model, Object, best_geometry, faces, level_of_detail
from citiverse.gis.cityjson.own import is_own, lies_in, own_kind, restored
from citiverse.gis.cityjson.solids import Solid, area, solid, triangles
from citiverse.gis.crs import local_metres
from citiverse.gis.ground.surface import Ground, Spots, Tin
from citiverse.gis.osm.heights import storey_m
from citiverse.gis.osm.use import guessed_use
from citiverse.gis.shapes import Area, within
from citiverse.gis.site import Site

HIGHEST_LOD = 3.9
STOREY_M = 3.1  # CTBUH, residential floor to floor
TREE_HEIGHT_M, CROWN_SHARE = 8.0, 0.6
PAST_M = 1000.0  # nothing in a city is this high: the unit or the axis is wrong
LEAST_M = 0.5  # a body that is lower is an outline
USUAL_STOREYS = 2.0

_AREAS: Mapping[str, str] = {
    "Road": "paving", "TransportSquare": "paving", "Square": "paving", "Railway": "paving", "Bridge": "paving",
    "BridgePart": "paving", "TransportationComplex": "paving", "Track": "paving", "Waterway": "water",
    "WaterBody": "water", "PlantCover": "green", "LandUse": "green",
}  # fmt: skip
_PARTS = ("BuildingPart", "BridgePart")
_CROSSING = "its outline crossed itself"
_NOT_OURS = "CitiVERSE has no use for this type yet"
_HARD_LAND = re.compile(r"paved|verhard|asphalt|concrete|parking|erf|plaza|square|traffic|transport", re.IGNORECASE)
_CODE = re.compile(r"[\d_.]+")  # of a list that is elsewhere


@dataclass(frozen=True, slots=True)
class _Shape:
    """The surfaces of an object and its vertices in the scene's metres and height."""

    faces: list[Face]
    points: FloatArray
    lod: float

    def used(self) -> FloatArray:
        """The vertices that surfaces have; at least one."""
        return self.points[sorted({number for face in self.faces for ring in face.rings for number in ring})]


@dataclass(frozen=True, slots=True)
class _Height:
    """How high a building is from its ground up, and how that is known."""

    top_m: float
    bottom_m: float
    measured: bool
    estimated: bool


class FeatureReader:
    """Makes features of the objects of one model; their ids begin with `prefix`."""

    def __init__(self, model: Model, site: Site, place: Placement, file: str, prefix: str) -> None:
        self.model, self.site, self.place, self.file, self.prefix = model, site, place, file, prefix
        self.highest = HIGHEST_LOD if site.lod is None else site.lod
        self._mended = False
        self._left_out: set[str] = set()
        self._local: dict[int, FloatArray] = {}
        self._lows: dict[str, float | None] = {}
        self._triangles: list[FloatArray] = []
        self._surveyed: list[FloatArray] = []
        self._feet: list[FloatArray] = []

    def leave_out(self, ids: Iterable[str], reason: str) -> None:
        """Make nothing of the objects of these ids."""
        for id in sorted(ids):
            self.site.tally.skipped(self._kind(self.model.objects[id]), self._id(id), reason)
            self._left_out.add(id)

    def features(self) -> Iterator[Feature]:
        """A feature of each object that the scene has a use for; each is counted."""
        tally = self.site.tally
        for id in self.model.repeated:
            tally.skipped(self._kind(self.model.objects[id]), self._id(id), "another object has the same id")
        for what, count in self.model.ignored.items():
            tally.note("other", "skipped", self.file, f"{count:,} {what}: these are not used")
        for name in self.model.extensions:
            tally.note("other", "skipped", self.file, f"the extension {name}: what it adds is not used")
        if self.place.corrected:
            tally.note(
                "other", "repaired", self.file, f"x and y stand the other way round than {self.place.crs} has it"
            )
        for each in self.model.objects.values():
            if each.id in self._left_out:
                continue
            kind = self._kind(each)
            self._mended = False
            try:
                made = self._made(each, kind)
            except Faulty as fault:
                tally.skipped(kind, self._id(each.id), str(fault))
                continue
            if made is not None:
                self._count(each, kind)
                yield made

    def ground(self) -> tuple[Ground, ...]:
        """Heights of the ground that came along, once all features have been read."""
        found: list[Ground] = []
        if self._triangles:
            found.append(Tin(self.file, np.concatenate(self._triangles), self.place.vertical))
        if self._surveyed:
            found.append(Spots(self.file, np.concatenate(self._surveyed), self.place.vertical, measured=True))
        if self._feet:
            found.append(Spots(self.file, np.concatenate(self._feet), self.place.vertical))
        return tuple(found)

    def _count(self, each: Object, kind: str) -> None:
        repair = each.repair or (_CROSSING if self._mended else "")
        if repair:
            self.site.tally.repaired(kind, self._id(each.id), repair)
        else:
            self.site.tally.built(kind)

    def _id(self, id: str) -> str:
        return f"{self.prefix}:{id}"

    def _kind(self, each: Object) -> str:
        own = own_kind(each)
        if own:
            return own
        match each.type:
            case "Building":
                return "building"
            case "BuildingPart" | "BuildingInstallation" | "BuildingUnit" | "BuildingStorey" | "BuildingRoom" | "Room":
                return "building_part"
            case "SolitaryVegetationObject":
                return "tree"
            case "CityFurniture":
                return "furniture"
            case "TINRelief" | "MassPointRelief":
                return "terrain"
        return _AREAS.get(each.type, "other")

    def _made(self, each: Object, kind: str) -> Feature | None:
        if each.type.startswith("+"):
            raise Faulty(f"{each.type} belongs to an extension")
        if each.fault:
            raise Faulty(each.fault)
        if is_own(each):
            return self._own(each)
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
            case "terrain":
                self._relief(each)
                return None
        raise Faulty(f"{each.type or 'it has no type'}: {_NOT_OURS}")

    def _own(self, each: Object) -> Feature | None:
        feature = restored(each, self._points(each), self.site.source)
        if not lies_in(feature, self.site.box):
            return None
        if feature.kind in {"building", "road", "green", "water", "paving", "tree"}:
            flat = next(geometry for geometry in each.geometries if level_of_detail(geometry) < 1.0)
            self._feet.append(self._points(each)[_numbers(flat.get("boundaries"))])
        return feature

    def _relief(self, each: Object) -> None:
        geometry = best_geometry(each, highest=self.highest)
        if geometry is not None and geometry.get("type") == "MultiPoint":
            self._surveyed.append(self._points(each)[_numbers(geometry.get("boundaries"))])
            self._count(each, "terrain")
            return
        shape = self._shape(each)
        if not shape.faces:
            raise Faulty("it has no triangles")
        self._triangles.append(triangles(shape.faces, shape.points))
        self._count(each, "terrain")

    def _parts(self, each: Object) -> list[Object]:
        parts = [self.model.objects[id] for id in each.children if id in self.model.objects]
        return [part for part in parts if part.type in _PARTS and self._solid_geometry(part) is not None]

    def _building(self, each: Object) -> Building | None:
        own = self._solid_geometry(each)
        if (own is None or level_of_detail(own) < 1.0) and self._parts(each):
            self.site.tally.note("building", "built", self._id(each.id), "shown by its parts")
            self._count(each, "building")
            return None
        if own is None:
            raise Faulty("it has no surfaces from which a body could be made")
        return self._body(each, each.attributes, ground_m=None, part_of="")

    def _part(self, each: Object) -> Building | None:
        parents = [self.model.objects[id] for id in each.parents if id in self.model.objects]
        if not parents:
            return self._body(each, each.attributes, ground_m=None, part_of="")
        whole = parents[0]
        attributes = {**whole.attributes, **each.attributes}
        return self._body(each, attributes, ground_m=self._ground_of(whole), part_of=self._id(whole.id))

    def _ground_of(self, whole: Object) -> float | None:
        """The lowest point of a building and all its parts."""
        if whole.id not in self._lows:
            parts = [self.model.objects[id] for id in whole.children if id in self.model.objects]
            siblings = [whole, *(part for part in parts if part.type in _PARTS)]
            lows = [low for other in siblings if (low := self._lowest(other)) is not None]
            self._lows[whole.id] = min(lows) if lows else None
        return self._lows[whole.id]

    def _solid_geometry(self, each: Object) -> Mapping[str, object] | None:
        geometry = best_geometry(each, highest=self.highest)
        return geometry if geometry is not None and geometry.get("type") != "MultiPoint" else None

    def _lowest(self, each: Object) -> float | None:
        try:
            shape = self._shape(each)
        except Faulty:
            return None
        return float(shape.used()[:, 2].min()) if shape.faces else None

    def _body(
        self, each: Object, attributes: Mapping[str, object], *, ground_m: float | None, part_of: str
    ) -> Building | None:
        shape = self._shape(each)
        if not shape.faces:
            raise Faulty("it has no surfaces")
        body = solid(shape.faces, shape.points)
        self._mended = body.mended
        if body.footprint is None:
            raise Faulty("it covers no ground")
        if not self.site.box.intersects(body.footprint):
            return None
        levels = number(attributes, "storeysAboveGround", "storeys_above_ground", "bouwlagen", "levels")
        levels = levels if levels and 0 < levels < 300 else None
        use = use_of(attributes)
        likely = use or guessed_use(
            {}, [], "", levels=levels or 1.0, area_m2=body.footprint.area, addresses_told=False
        )  # fmt: skip
        height = _height(body, ground_m, number(attributes, "measuredHeight", "height"), levels, storey_m(likely))
        storeys = levels or max(1.0, float(round((height.top_m - height.bottom_m) / STOREY_M)))
        if not use:
            likely = guessed_use({}, [], "", levels=storeys, area_m2=body.footprint.area, addresses_told=False)
        self._stands(body, ground_m)
        seen = height.measured and shape.lod >= 2.0
        known = {"levels": levels, "use": use, "height_m": not height.estimated, "roof": seen}
        return Building(
            id=self._id(each.id),
            source=self.site.source,
            name=text(attributes, "name", "naam"),
            geometry=body.footprint,
            height_m=round(height.top_m, 2),
            min_height_m=round(height.bottom_m, 2) if height.bottom_m > 1.0 else 0.0,
            levels=storeys,
            use=likely,
            roof=_roof(body, height),
            year=year(attributes),
            address=text(attributes, "address"),
            part_of=part_of,
            measured=frozenset(
                name for name, value in (("height_m", height.measured), ("geometry", True), ("roof", seen)) if value
            ),
            estimated=frozenset(name for name, value in known.items() if not value),
        )

    def _stands(self, body: Solid, ground_m: float | None) -> None:
        """Remember where a building meets the ground."""
        if body.footprint is not None and (ground_m is None or body.low_m < ground_m + LEAST_M):
            parts = body.footprint.geoms if body.footprint.geom_type == "MultiPolygon" else (body.footprint,)
            rings = np.concatenate([np.asarray(part.exterior.coords)[:-1, :2] for part in parts])
            self._feet.append(np.column_stack([rings, np.full(len(rings), body.low_m)]))

    def _area(self, each: Object, kind: str) -> Feature | None:
        if self._is_shown_by_parts(each):
            self._count(each, kind)
            return None
        shape = self._shape(each)
        covered, self._mended = area(shape.faces, shape.points)
        if covered is None:
            raise Faulty("it covers no ground")
        inside = within(covered, self.site.box)
        if inside is None:
            return None
        if shape.lod >= 1.0 and not each.type.startswith("Bridge"):
            self._feet.append(shape.used())
        said = text(each.attributes, "class", "function", "usage", "bgt_fysiekvoorkomen", "plus_fysiekvoorkomen")
        what = "" if _CODE.fullmatch(said) else said
        return _AREA_FEATURES[kind](self._id(each.id), self.site.source, inside, each.type, what)

    def _is_shown_by_parts(self, each: Object) -> bool:
        return not each.geometries and bool(self._parts(each))

    def _tree(self, each: Object) -> Tree | None:
        place, height_m = self._stand(each)
        told_m = number(each.attributes, "height", "treeHeight")
        top_m = told_m or height_m
        crown_m = number(each.attributes, "crownDiameter", "crown_diameter")
        species = text(each.attributes, "species", "genus")
        estimated = {name for name, known in (("height_m", top_m), ("crown_m", crown_m)) if not known}
        if not self.site.box.intersects(place):
            return None
        tall_m = top_m if top_m and 0.3 < top_m < 116.0 else TREE_HEIGHT_M
        return Tree(
            id=self._id(each.id),
            source=self.site.source,
            geometry=place,
            height_m=round(tall_m, 2),
            crown_m=crown_m if crown_m and 0.1 < crown_m < 60.0 else round(tall_m * CROWN_SHARE, 2),
            genus="" if _CODE.fullmatch(species) else species.split(" ")[0],
            estimated=frozenset(estimated),
        )

    def _furniture(self, each: Object) -> Furniture | None:
        place, _ = self._stand(each)
        said = text(each.attributes, "class", "function")
        what = "furniture" if not said or _CODE.fullmatch(said) else said
        if not self.site.box.intersects(place):
            return None
        return Furniture(id=self._id(each.id), source=self.site.source, geometry=place, category=what)

    def _stand(self, each: Object) -> tuple[Point, float]:
        """Where a thing stands and how high it is: from its own surfaces, or from a template put in its place."""
        geometry = best_geometry(each, highest=self.highest)
        if geometry is None:
            raise Faulty("it has no geometry")
        if geometry.get("type") in {"MultiPoint", "GeometryInstance"}:
            return Point(self._anchor(each, geometry)[:2]), self._template_height(geometry)
        shape = self._shape(each)
        if not shape.faces:
            raise Faulty("it has no surfaces")
        used = shape.used()
        middle = np.round((used[:, :2].min(axis=0) + used[:, :2].max(axis=0)) / 2, 3)
        return Point(middle), float(used[:, 2].max() - used[:, 2].min())

    def _anchor(self, each: Object, geometry: Mapping[str, object]) -> FloatArray:
        """Where a point, or the reference point of a template, stands: x, y, z in the scene's metres."""
        points, numbers = self._points(each), geometry.get("boundaries")
        at = numbers[0] if isinstance(numbers, list) and numbers else None
        if type(at) is not int or not 0 <= at < len(points):
            raise Faulty("it counts on vertices that the file does not have")
        anchor: FloatArray = points[at]
        if not np.isfinite(anchor).all():
            raise Faulty("some of its coordinates are not finite numbers")
        return anchor

    def _template_height(self, geometry: Mapping[str, object]) -> float:
        if geometry.get("type") != "GeometryInstance":
            return 0.0
        shape = self._template(geometry)
        z = shape.used()[:, 2] if shape.faces else np.zeros(1)
        return float(z.max() - z.min())

    def _template(self, geometry: Mapping[str, object]) -> _Shape:
        """The surfaces of a template, turned and stretched as its use says, about its reference point."""
        at = geometry.get("template")
        if type(at) is not int or not 0 <= at < len(self.model.templates):
            raise Faulty("it counts on a template that the file does not have")
        template = self.model.templates[at]
        found = faces(template, self.model.template_points)
        try:
            matrix = np.array(geometry.get("transformationMatrix", np.eye(4)), dtype=np.float64).reshape(4, 4)
        except (TypeError, ValueError) as error:
            raise Faulty("the matrix of its template is not one of 16 numbers") from error
        if not np.isfinite(matrix).all():
            raise Faulty("the matrix of its template is not one of 16 numbers")
        points = self.model.template_points @ matrix[:3, :3].T + matrix[:3, 3]
        return _Shape(found, points, level_of_detail(template))

    def _shape(self, each: Object) -> _Shape:
        geometry = best_geometry(each, highest=self.highest)
        if geometry is None:
            raise Faulty("it has no geometry")
        if geometry.get("type") == "GeometryInstance":
            shape = self._template(geometry)
            return _Shape(shape.faces, np.round(shape.points + self._anchor(each, geometry), 3), shape.lod)
        return _Shape(faces(geometry, each.points), self._points(each), level_of_detail(geometry))

    def _points(self, each: Object) -> FloatArray:
        """All vertices of the document that an object is from, in the scene's metres; transformed once."""
        key = id(each.points)
        if key not in self._local:
            local = np.full(each.points.shape, np.nan)
            good = np.isfinite(each.points).all(axis=1)
            if good.any():
                xy = self.place.xy(each.points[good])
                local[good, :2] = local_metres(xy, self.place.crs, self.site.frame, self.file)
                local[good, 2] = each.points[good, 2] * self.place.metres
            self._local[key] = local
        return self._local[key]


def _height(body: Solid, ground_m: float | None, told_m: float | None, levels: float | None, storey: float) -> _Height:
    """From the body where it has a height, else as its attributes tell, else from its storeys."""
    floor_m = body.low_m if ground_m is None else ground_m
    top_m, bottom_m = body.high_m - floor_m, max(0.0, body.low_m - floor_m)
    if body.high_m - body.low_m > LEAST_M:
        if top_m >= PAST_M:
            raise Faulty(f"its height would be {top_m:g} m; are these metres?")
        return _Height(top_m, bottom_m, measured=True, estimated=False)
    if told_m is not None and 0.0 < told_m < PAST_M:
        return _Height(told_m, 0.0, measured=False, estimated=False)
    return _Height((levels or USUAL_STOREYS) * storey, 0.0, measured=False, estimated=True)


def _roof(body: Solid, height: _Height) -> Roof:
    if not height.measured:
        return Roof()
    return replace(body.roof, height_m=min(body.roof.height_m, round(height.top_m - height.bottom_m, 2)))


def _numbers(nested: object) -> list[int]:
    """All numbers of vertices in boundaries, however deep."""
    if isinstance(nested, list):
        return [number for each in nested for number in _numbers(each)]
    return [nested] if isinstance(nested, int) else []


def _green_or_paved(id: str, source: str, shape: Area, kind: str, what: str) -> Feature:
    if _HARD_LAND.search(what):
        return Paving(id=id, source=source, geometry=shape, category=what)
    return GreenArea(id=id, source=source, geometry=shape, category=what or "grass")


def _paved(id: str, source: str, shape: Area, kind: str, what: str) -> Feature:
    named = {"Railway": "railway", "Bridge": "bridge", "BridgePart": "bridge", "TransportSquare": "square"}
    category = {**named, "Square": "square"}.get(kind, "roadway")
    return Paving(id=id, source=source, geometry=shape, category=category, surface=what)


def _water(id: str, source: str, shape: Area, kind: str, what: str) -> Feature:
    return Water(id=id, source=source, geometry=shape, category=what or "lake")


_AREA_FEATURES: Mapping[str, Callable[[str, str, Area, str, str], Feature]] = {
    "green": _green_or_paved, "paving": _paved, "water": _water,
}  # fmt: skip
