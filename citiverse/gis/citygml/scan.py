"""A CityGML file gone through element by element: what stands in it, before anything is made of it.

OGC 08-007r1 (CityGML 1.0) and 12-019 (2.0), on GML 3.1.1. A document type, entities and other files are refused or
left alone, so that nothing outside the file is ever opened.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from citiverse.gis.citygml.surfaces import Group, Patch, Surface
from citiverse.gis.refused import ImportRefused

VERSIONS = ("1.0", "2.0")
DEEPEST = 200  # elements within elements
LONGEST_TEXT = 64_000_000
LONGEST_VALUE = 400  # characters of an attribute that are kept

_CITYGML = re.compile(r"http://www\.opengis\.net/citygml/(?:[a-z]+/)*(\d\.\d)$")
_GML = ("http://www.opengis.net/gml", "http://www.opengis.net/gml/3.2")
_XLINK = "http://www.w3.org/1999/xlink href"
_IDS = tuple(f"{space} id" for space in _GML)

_OBJECTS = frozenset({
    "Building", "BuildingPart", "BuildingInstallation", "IntBuildingInstallation", "Room", "BuildingFurniture",
    "Bridge", "BridgePart", "BridgeInstallation", "BridgeConstructionElement", "Tunnel", "TunnelPart",
    "Road", "Railway", "Square", "Track", "TransportationComplex", "SolitaryVegetationObject", "PlantCover",
    "WaterBody", "LandUse", "CityFurniture", "GenericCityObject", "ReliefFeature", "TINRelief", "MassPointRelief",
    "BreaklineRelief", "RasterRelief", "CityObjectGroup",
})  # fmt: skip
_MEANINGS = frozenset({
    "RoofSurface", "WallSurface", "GroundSurface", "ClosureSurface", "OuterCeilingSurface", "OuterFloorSurface",
    "InteriorWallSurface", "CeilingSurface", "FloorSurface", "Door", "Window", "WaterSurface", "WaterGroundSurface",
    "WaterClosureSurface", "TrafficArea", "AuxiliaryTrafficArea",
})  # fmt: skip
_GROUPS = frozenset({
    "MultiSurface", "CompositeSurface", "Solid", "CompositeSolid", "MultiSolid", "Surface", "PolyhedralSurface",
    "TriangulatedSurface", "Tin", "OrientableSurface", "MultiGeometry", "GeometricComplex", "MultiPoint", "Point",
})  # fmt: skip
_PATCHES = frozenset({"Polygon", "PolygonPatch", "Triangle", "Rectangle"})
_CURVES = frozenset({"MultiCurve", "CompositeCurve", "LineString", "Curve", "OrientableCurve"})
_COORDINATES = frozenset({"pos", "posList", "coordinates"})
_RELIEF = frozenset({"tin", "reliefPoints"})
_LOD = re.compile(r"lod(\d)(\w+)")
_UNUSED = frozenset({"TerrainIntersection", "TerrainIntersectionCurve", "MultiCurve", "Network"})
_LINES = ("Network", "MultiCurve")
_ADDRESS = ("ThoroughfareName", "ThoroughfareNumber")
_FEET = re.compile(r"f(ee|oo)?t", re.IGNORECASE)
FOOT_M = 0.3048


@dataclass(slots=True)
class Found:
    """An object of a city as it stands in the file; `surfaces` by level and by the name of the property.

    `lines` is the property that holds it as lines, which are not read: a network of streets, say.
    """

    id: str
    type: str
    parent: "Found | None"
    attributes: dict[str, object] = field(default_factory=dict)
    surfaces: list[tuple[float, str, Group]] = field(default_factory=list)
    instances: list[tuple[float, str | Group, list[float], int | None]] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    lines: str = ""
    fault: str = ""


@dataclass(slots=True)
class Scan:
    """All of a file: objects in their order, surfaces by id, vertices one after another, and those of templates."""

    found: list[Found] = field(default_factory=list)
    by_id: dict[str, Surface] = field(default_factory=dict)
    places: "array[float]" = field(default_factory=lambda: array("d"))
    template_places: "array[float]" = field(default_factory=lambda: array("d"))
    systems: dict[str, None] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    version: str = ""


def scanned(chunks: Iterable[bytes], file: str) -> Scan:
    """What stands in a file. Raises ImportRefused when it is broken, of another version, or names other files."""
    scanner = _Scanner(file)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.buffer_size = 1 << 18
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = scanner.doctype
    parser.StartElementHandler = scanner.start
    parser.EndElementHandler = scanner.end
    scanner.listen = lambda on: setattr(parser, "CharacterDataHandler", scanner.characters if on else None)
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ImportRefused(
            f"{file} is damaged or incomplete: it is not valid XML (line {error.lineno}: "
            f"{expat.errors.messages.get(error.code, 'broken')}). Please download it again."
        ) from error
    except (LookupError, UnicodeError) as error:
        raise ImportRefused(f"{file} is written in an encoding that is not known here; UTF-8 is.") from error
    if not scanner.scan.version:
        raise ImportRefused(f"{file} is no CityGML: it has no CityModel of version {' or '.join(VERSIONS)}.")
    return scanner.scan


class _Scanner:
    """Keeps track of where in the file it is, and fills a Scan."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.scan = Scan()
        self.listen: Callable[[bool], None] = _nothing
        self._ends: list[Callable[[], object] | None] = []
        self._names: dict[str, tuple[_Start, str]] = {}
        self._text: list[str] = []
        self._length = 0
        self._skipping = 0
        self._objects: list[Found] = []
        self._meanings: list[str] = []
        self._groups: list[Group] = []
        self._patch: Patch | None = None
        self._hole = False
        self._shell = 0
        self._ring: list[float] | None = None
        self._dimensions: list[int] = [3]
        self._attribute = ""
        self._places = self.scan.places
        self._instance: tuple[str | Group, list[float], int | None] | None = None
        self._heard_at = 0

    def doctype(self, *_declared: object) -> None:
        """Refuse it: it may name entities, and those other files."""
        raise ImportRefused(
            f"{self.file} declares a document type (DOCTYPE), which can blow a file up or reach for other ones; it is "
            f"not read. Please remove that declaration."
        )

    def characters(self, text: str) -> None:
        """Part of the text of the element that is listened to."""
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise ImportRefused(f"{self.file} holds a single text of more than {LONGEST_TEXT / 1e6:.0f} MB.")
        self._text.append(text)

    def end(self, _name: str) -> None:
        """An element is over."""
        if self._skipping:
            self._skipping -= 1
            if self._skipping:
                return
        at_end = self._ends.pop()
        if at_end is not None:
            at_end()

    def start(self, name: str, given: Mapping[str, str]) -> None:
        """An element begins."""
        if self._skipping:
            self._skipping += 1
            return
        known = self._names.get(name)
        if known is None:
            kind, local = self._told(name)
            known = self._names[name] = (_STARTS[kind], local)
        if len(self._ends) > DEEPEST:
            raise ImportRefused(f"{self.file} nests its elements more than {DEEPEST} deep; no CityGML does.")
        self._ends.append(None)
        known[0](self, known[1], given)

    def _versioned(self, version: str) -> None:
        """Refuse versions that are not read; `version` is that of the first of its namespaces."""
        if version not in VERSIONS:
            raise ImportRefused(
                f"{self.file} is CityGML {version}; {' and '.join(VERSIONS)} can be read. `citygml-tools to-cityjson` "
                f"makes CityJSON of it, which can be read too."
            )
        self.scan.version = self.scan.version or version

    def _told(self, name: str) -> tuple[str, str]:
        """What to do with elements of this name."""
        space, _, local = name.rpartition(" ")
        if not self._ends and local not in {"CityModel", "FeatureCollection"}:
            raise ImportRefused(f"{self.file} is no CityGML: it begins with {local} rather than CityModel.")
        if space in _GML:
            return _gml_kind(local), local
        match = _CITYGML.match(space)
        if match is None:
            if local in _ADDRESS:
                return "address", local
            return ("plain" if not space or "xAL" in space or "/wfs" in space else "foreign"), local
        self._versioned(match[1])
        if local in _OBJECTS:
            return "object", local
        if local in _MEANINGS:
            return "meaning", local
        if local in {"appearance", "appearanceMember", "Appearance"}:
            return "unused", "appearances"
        if _LOD.fullmatch(local) or local in _RELIEF:
            return ("unused" if any(word in local for word in _UNUSED) else "property"), local
        return _OWN_KINDS.get(local, "leaf" if local.islower() or local[:1].islower() else "plain"), local

    # What begins, by kind ------------------------------------------------------------------------------------------

    def begin_plain(self, _local: str, given: Mapping[str, str]) -> None:
        """An element that only holds others."""
        self._srs(given)

    def begin_foreign(self, local: str, given: Mapping[str, str]) -> None:
        """An element of an extension: an object of its own where objects stand, else something that is not used."""
        if self._objects or len(self._ends) != 3:
            self._count("elements of extensions")
            self._skip()
            return
        self._open(Found(self._id(given, local), f"+{local}", None))

    def begin_unused(self, local: str, _given: Mapping[str, str]) -> None:
        """Something that the scene has no use for, whatever it holds."""
        if local == "appearances":
            self._count("appearances (materials and textures)")
        elif self._objects and local.endswith(_LINES):
            self._objects[-1].lines = local
        self._skip()

    def begin_object(self, local: str, given: Mapping[str, str]) -> None:
        """A building, a road, a tree ..."""
        self._open(Found(self._id(given, local), local, self._objects[-1] if self._objects else None))

    def _open(self, found: Found) -> None:
        if found.parent is not None:
            found.parent.children.append(found.id)
        self.scan.found.append(found)
        self._objects.append(found)
        self._ends[-1] = self._objects.pop

    def begin_meaning(self, local: str, _given: Mapping[str, str]) -> None:
        """A surface that means something: a roof, a wall, a lane."""
        self._meanings.append(local)
        self._ends[-1] = self._meanings.pop

    def begin_property(self, local: str, given: Mapping[str, str]) -> None:
        """What gives an object surfaces of one level of detail."""
        if not self._objects or self._groups:
            return
        match = _LOD.fullmatch(local)
        lod = float(match[1]) if match else 1.0
        group, owner = Group(), self._objects[-1]
        name = local if not self._meanings else "boundedBy"
        href = given.get(_XLINK)
        if href:
            group.members.append(href.removeprefix("#"))
        self._groups.append(group)

        def close() -> None:
            self._groups.pop()
            if self._instance is not None:
                template, matrix, at = self._instance
                owner.instances.append((lod, template, matrix, at))
                self._instance = None
            else:
                owner.surfaces.append((lod, name, group))

        self._ends[-1] = close

    def begin_group(self, local: str, given: Mapping[str, str]) -> None:
        """Several surfaces together."""
        if not self._groups:
            return
        self._srs(given)
        group = Group()
        self._groups[-1].members.append(group)
        self._register(given, group)
        self._groups.append(group)
        self._dimensions.append(self._dimension(given))
        shell, self._shell = self._shell, (1 if local == "Solid" else 0)

        def close() -> None:
            self._groups.pop()
            self._dimensions.pop()
            self._shell = shell

        self._ends[-1] = close

    def begin_patch(self, _local: str, given: Mapping[str, str]) -> None:
        """A polygon."""
        if not self._groups:
            return
        self._srs(given)
        patch = Patch(self._meanings[-1] if self._meanings else "")
        self._groups[-1].members.append(patch)
        self._register(given, patch)
        self._patch = patch
        self._dimensions.append(self._dimension(given))

        def close() -> None:
            self._patch = None
            self._dimensions.pop()

        self._ends[-1] = close

    def begin_interior(self, _local: str, _given: Mapping[str, str]) -> None:
        """A hole in a polygon, or a hollow in a solid, which nobody sees."""
        if self._patch is None and self._shell:
            self._skip()

    def begin_ring(self, _local: str, given: Mapping[str, str]) -> None:
        """The line around a polygon or one of its holes."""
        if self._patch is None:
            return
        self._ring = []
        self._dimensions.append(self._dimension(given))
        self._ends[-1] = self._close_ring

    def _close_ring(self) -> None:
        ring, self._ring = self._ring or [], None
        self._dimensions.pop()
        if ring[:3] == ring[-3:] and len(ring) > 3:
            del ring[-3:]
        first = len(self._places) // 3
        self._places.extend(ring)
        if self._patch is not None:
            self._patch.rings.append(range(first, first + len(ring) // 3))

    def begin_member(self, _local: str, given: Mapping[str, str]) -> None:
        """A place for a surface, which may be one that stands elsewhere."""
        href = given.get(_XLINK)
        if href and self._groups and self._patch is None:
            self._groups[-1].members.append(href.removeprefix("#"))

    def begin_curve(self, _local: str, _given: Mapping[str, str]) -> None:
        """Lines are not used, but for those that rings are made of."""
        if self._ring is None and self._groups:
            self._skip()

    def begin_coordinates(self, local: str, given: Mapping[str, str]) -> None:
        """Numbers of vertices."""
        if not self._groups:
            return
        self._hear()
        marks = (given.get("decimal", "."), given.get("cs", ","), given.get("ts", " "))
        dimension = self._dimension(given)

        def close() -> None:
            text = self._heard()
            if local == "coordinates":
                dimension_here, text = _plain_numbers(text, *marks)
                self._take(text, dimension_here or dimension)
            else:
                self._take(text, dimension)

        self._ends[-1] = close

    def _take(self, text: str, dimension: int) -> None:
        try:
            numbers = list(map(float, text.split()))
        except ValueError:
            return self._fault("some of its coordinates are no numbers")
        if len(numbers) % dimension or dimension not in (2, 3):
            return self._fault("a list of its coordinates breaks off in the middle of a vertex")
        if dimension == 2:
            numbers = [value for at in range(0, len(numbers), 2) for value in (numbers[at], numbers[at + 1], 0.0)]
        if self._ring is not None:
            self._ring += numbers
        elif self._patch is None:
            first = len(self._places) // 3
            self._places.extend(numbers)
            self._groups[-1].points += range(first, first + len(numbers) // 3)
        return None

    def begin_leaf(self, local: str, given: Mapping[str, str]) -> None:
        """A value that an object has."""
        if not self._objects or self._groups or self._meanings:
            return
        self._hear()
        name, depth = self._attribute if local == "value" else local, len(self._ends)
        feet = bool(_FEET.search(given.get("uom", "")))

        def close() -> None:
            if self._heard_at == depth:  # else it held other elements
                self._say(name, self._heard(), feet=feet)

        self._ends[-1] = close

    def begin_generic(self, _local: str, given: Mapping[str, str]) -> None:
        """A value under a name of its own."""
        self._attribute = given.get("name", "")

    def begin_address(self, local: str, _given: Mapping[str, str]) -> None:
        """Street and number."""
        if self._objects:
            self._hear()
            self._ends[-1] = lambda: self._say(local, self._heard(), feet=False)

    def begin_instance(self, _local: str, _given: Mapping[str, str]) -> None:
        """A template that is put somewhere."""
        if self._groups:
            self._instance = ("", [], None)

    def begin_matrix(self, _local: str, _given: Mapping[str, str]) -> None:
        """How a template is turned and stretched."""
        if self._instance is None:
            return
        self._hear()

        def close() -> None:
            try:
                numbers = list(map(float, self._heard().split()))
            except ValueError:
                return self._fault("the matrix of its template is not one of 16 numbers")
            if self._instance is not None:
                self._instance = (self._instance[0], numbers, self._instance[2])
            return None

        self._ends[-1] = close

    def begin_template(self, _local: str, given: Mapping[str, str]) -> None:
        """The surfaces of a template, or the id of those that stand elsewhere."""
        if self._instance is None:
            return
        href, group = given.get(_XLINK), Group()
        self._groups.append(group)
        self._places = self.scan.template_places
        systems = dict(self.scan.systems)

        def close() -> None:
            self._groups.pop()
            self._places = self.scan.places
            self.scan.systems = systems
            if self._instance is not None:
                self._instance = (href.removeprefix("#") if href else group, *self._instance[1:])

        self._ends[-1] = close

    def begin_anchor(self, _local: str, _given: Mapping[str, str]) -> None:
        """Where a template is put."""
        if self._instance is None:
            return
        group = Group()
        self._groups.append(group)

        def close() -> None:
            self._groups.pop()
            if self._instance is not None and group.members:
                at = next((each.points[0] for each in group.members if isinstance(each, Group) and each.points), None)
                self._instance = (*self._instance[:2], at)

        self._ends[-1] = close

    def begin_envelope(self, _local: str, given: Mapping[str, str]) -> None:
        """How far something goes: the coordinate system is worth knowing."""
        self._srs(given)
        if given.get("srsDimension", "").isdecimal() and len(self._ends) <= 3:
            self._dimensions[0] = int(given["srsDimension"])

    # -----------------------------------------------------------------------------------------------------------------

    def _skip(self) -> None:
        self._skipping = 1

    def _hear(self) -> None:
        self._text.clear()
        self._length, self._heard_at = 0, len(self._ends)
        self.listen(True)

    def _heard(self) -> str:
        self.listen(False)
        return "".join(self._text).strip()

    def _say(self, name: str, text: str, *, feet: bool) -> None:
        if not self._objects or not name or not text or name in self._objects[-1].attributes:
            return
        value: object = text[:LONGEST_VALUE]
        if feet and re.fullmatch(r"[-+]?\d{1,12}(\.\d+)?", text):
            value = round(float(text) * FOOT_M, 3)
        self._objects[-1].attributes[name] = value

    def _count(self, what: str) -> None:
        self.scan.ignored[what] = self.scan.ignored.get(what, 0) + 1

    def _fault(self, reason: str) -> None:
        if self._objects:
            self._objects[-1].fault = reason

    def _id(self, given: Mapping[str, str], local: str) -> str:
        said = next((given[key] for key in _IDS if given.get(key)), "")
        return said or f"{local}.{len(self.scan.found) + 1}"

    def _register(self, given: Mapping[str, str], surface: Surface) -> None:
        for key in _IDS:
            if key in given:
                self.scan.by_id.setdefault(given[key], surface)

    def _srs(self, given: Mapping[str, str]) -> None:
        said = given.get("srsName")
        if said:
            self.scan.systems[said] = None

    def _dimension(self, given: Mapping[str, str]) -> int:
        said = given.get("srsDimension", given.get("dimension", ""))
        return int(said) if said in {"2", "3"} else self._dimensions[-1]


def _nothing(on: bool) -> None:
    """Before there is a parser, nothing is heard."""


def _gml_kind(local: str) -> str:
    if local in _GROUPS:
        return "group"
    if local in _PATCHES:
        return "patch"
    if local in _CURVES:
        return "curve"
    if local in _COORDINATES:
        return "coordinates"
    return _GML_KINDS.get(local, "plain")


_GML_KINDS: Mapping[str, str] = {
    "LinearRing": "ring", "Ring": "ring", "interior": "interior", "Envelope": "envelope", "name": "leaf",
    "surfaceMember": "member", "solidMember": "member", "geometryMember": "member", "baseSurface": "member",
    "exterior": "member", "surfaceMembers": "member", "element": "member", "pointMember": "member",
}  # fmt: skip
_OWN_KINDS: Mapping[str, str] = {
    "stringAttribute": "generic", "intAttribute": "generic", "doubleAttribute": "generic", "dateAttribute": "generic",
    "uriAttribute": "generic", "measureAttribute": "generic", "ImplicitGeometry": "instance",
    "transformationMatrix": "matrix", "relativeGMLGeometry": "template", "referencePoint": "anchor",
    "cityObjectMember": "plain", "boundedBy": "plain", "consistsOfBuildingPart": "plain", "address": "plain",
    "opening": "plain", "externalReference": "unused", "outerBuildingInstallation": "plain",
    "interiorBuildingInstallation": "plain", "interiorRoom": "plain", "reliefComponent": "plain",
    "trafficArea": "plain", "auxiliaryTrafficArea": "plain", "xalAddress": "plain", "genericAttributeSet": "plain",
    "consistsOfBridgePart": "plain", "consistsOfTunnelPart": "plain", "groupMember": "unused", "parent": "unused",
    "generalizesTo": "unused", "outerBridgeConstruction": "plain", "outerBridgeInstallation": "plain",
    "roomInstallation": "plain", "multiPoint": "plain", "extent": "unused", "gridCoverage": "unused",
}  # fmt: skip
_Start = Callable[[_Scanner, str, Mapping[str, str]], None]
_STARTS: Mapping[str, _Start] = {
    "plain": _Scanner.begin_plain, "foreign": _Scanner.begin_foreign, "unused": _Scanner.begin_unused,
    "object": _Scanner.begin_object, "meaning": _Scanner.begin_meaning, "property": _Scanner.begin_property,
    "group": _Scanner.begin_group, "patch": _Scanner.begin_patch, "interior": _Scanner.begin_interior,
    "ring": _Scanner.begin_ring, "member": _Scanner.begin_member, "curve": _Scanner.begin_curve,
    "coordinates": _Scanner.begin_coordinates, "leaf": _Scanner.begin_leaf, "generic": _Scanner.begin_generic,
    "address": _Scanner.begin_address, "instance": _Scanner.begin_instance, "matrix": _Scanner.begin_matrix,
    "template": _Scanner.begin_template, "anchor": _Scanner.begin_anchor, "envelope": _Scanner.begin_envelope,
}  # fmt: skip


def _plain_numbers(text: str, decimal: str, between: str, after: str) -> tuple[int, str]:
    """The dimension and text of gml:coordinates with its own marks, as blank-separated numbers."""
    tuples = text.split(after) if after.strip() else text.split()
    vertices = [[each.strip().replace(decimal, ".") for each in one.split(between)] for one in tuples if one.strip()]
    sizes = {len(each) for each in vertices}
    return (sizes.pop() if len(sizes) == 1 else 0), " ".join(value for each in vertices for value in each)
