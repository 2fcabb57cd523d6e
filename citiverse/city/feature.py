"""The things a city is made of.

Geometry is in the scene's metres (see Frame); lengths are metres, angles degrees clockwise from north. Every
feature keeps a stable `id` from its source ("osm:w42"), the key of that source, and says of which of its attributes
the value was measured or estimated; all others stand in the source as tags.
"""

from dataclasses import dataclass, fields
from typing import ClassVar, Literal

from shapely import LineString, MultiPolygon, Point, Polygon

from citiverse.city.model import Body

Basis = Literal["measured", "tagged", "estimated"]
Mode = Literal["car", "truck", "bus", "bicycle", "foot"]
Direction = Literal["forward", "backward", "both"]
LaneKind = Literal["footway", "verge", "parking", "cycle", "bus", "tram", "car", "planting"]
BuildingUse = Literal[
    "residential", "apartments", "house", "office", "retail", "commercial", "industrial", "school", "hospital",
    "public", "hotel", "religious", "transport", "parking", "garage", "mixed", "other",
]  # fmt: skip
RoofShape = Literal[
    "flat", "gabled", "hipped", "half-hipped", "pyramidal", "skillion", "gambrel", "mansard", "round", "dome", "cone",
]  # fmt: skip

Renovation = Literal["light", "medium", "deep"]

MODES: tuple[Mode, ...] = ("car", "truck", "bus", "bicycle", "foot")
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lane:
    """One strip of a street's cross-section; `direction` is seen along the road's line."""

    kind: LaneKind
    width_m: float
    direction: Direction = "both"


@dataclass(frozen=True, slots=True)
class Roof:
    """The shape over the eaves. `height_m` is from eaves to top; `direction_deg` is where the slope faces or None."""

    shape: RoofShape = "flat"
    height_m: float = 0.0
    direction_deg: float | None = None
    orientation: Literal["along", "across"] = "along"
    colour: str = ""
    material: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feature:
    id: str
    source: str = ""
    name: str = ""
    estimated: frozenset[str] = NOTHING
    measured: frozenset[str] = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Road(_Feature):
    """A street, path or way: a centre line with lanes from left to right.

    Two roads meet where their lines share a vertex. `category` is OpenStreetMap's highway value ("residential",
    "footway", "steps", ...). `modes` may use it, motor traffic in `direction`. `part_of` names the road from which
    an edit has split this piece off.
    """

    kind: ClassVar[str] = "road"
    geometry: LineString
    category: str
    lanes: tuple[Lane, ...]
    modes: frozenset[Mode]
    direction: Direction = "both"
    bicycle_direction: Direction = "both"
    speed_kmh: float = 30.0
    surface: str = "asphalt"
    layer: int = 0
    bridge: bool = False
    tunnel: bool = False
    roundabout: bool = False
    lit: bool = False
    incline_percent: float | None = None
    part_of: str = ""

    @property
    def width_m(self) -> float:
        """Sum of the widths of all lanes."""
        return sum(lane.width_m for lane in self.lanes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Building(_Feature):
    """A building, or a part of one (`part_of` then names the outline, which is not kept beside its parts).

    `height_m` is ground to top with the roof, `min_height_m` where the lowest floor starts (parts in the air).
    `standard` is how deep it has been renovated, by the primary energy saved: light 3-30 %, medium 30-60 %, deep more
    (Commission Recommendation (EU) 2019/786, Annex, 2.3.1.3). None where nobody has said. `body` is the model
    that someone has placed, where it is one: what it looks like.
    """

    kind: ClassVar[str] = "building"
    geometry: Polygon | MultiPolygon
    height_m: float
    min_height_m: float = 0.0
    levels: float = 1.0
    use: BuildingUse = "other"
    roof: Roof = Roof()
    homes: float | None = None
    jobs: float | None = None
    colour: str = ""
    material: str = ""
    year: int | None = None
    address: str = ""
    part_of: str = ""
    standard: Renovation | None = None
    green_roof: bool | None = None
    solar: bool | None = None
    body: Body | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GreenArea(_Feature):
    """Ground with plants; `category` is park, garden, grass, forest, playground, pitch, scrub, cemetery, ... ."""

    kind: ClassVar[str] = "green"
    geometry: Polygon | MultiPolygon
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Water(_Feature):
    """Open water; `category` is sea, river, canal, lake, pond, basin, fountain, ... ."""

    kind: ClassVar[str] = "water"
    geometry: Polygon | MultiPolygon
    category: str
    depth_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree(_Feature):
    """A single tree."""

    kind: ClassVar[str] = "tree"
    geometry: Point
    height_m: float = 8.0
    crown_m: float = 5.0
    genus: str = ""
    leaf: Literal["broadleaved", "needleleaved", ""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rail(_Feature):
    """A track; `category` is tram, rail, subway, light_rail, ... ."""

    kind: ClassVar[str] = "rail"
    geometry: LineString
    category: str
    gauge_m: float = 1.435
    layer: int = 0
    bridge: bool = False
    tunnel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier(_Feature):
    """A wall, hedge, fence or noise barrier."""

    kind: ClassVar[str] = "barrier"
    geometry: LineString
    category: str
    height_m: float = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture(_Feature):
    """A thing in the street: bench, lamp, bollard, fountain, bicycle stand, ... ."""

    kind: ClassVar[str] = "furniture"
    geometry: Point
    category: str
    heading_deg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(_Feature):
    """Somewhere people go: a shop, school, clinic, cafe; `category` is "key=value" of the source."""

    kind: ClassVar[str] = "place"
    geometry: Point
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(_Feature):
    """A stop of public transport; `category` is bus, tram, rail, subway or ferry."""

    kind: ClassVar[str] = "stop"
    geometry: Point
    category: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paving(_Feature):
    """Hard ground that is not a road: a square, a platform, a car park, a pier."""

    kind: ClassVar[str] = "paving"
    geometry: Polygon | MultiPolygon
    category: str
    surface: str = ""


Feature = Road | Building | GreenArea | Water | Tree | Rail | Barrier | Furniture | Place | Stop | Paving
FEATURE_TYPES: tuple[type[Feature], ...] = (
    Road, Building, GreenArea, Water, Tree, Rail, Barrier, Furniture, Place, Stop, Paving,
)  # fmt: skip
KINDS: tuple[str, ...] = tuple(each.kind for each in FEATURE_TYPES)

# Left out of fingerprints where unsaid, so that fingerprints from before them still hold.
UNPRINTED_IF_UNSAID = frozenset({"standard", "green_roof", "solar", "body"})

PropertyGroup = Literal["geometry", "attributes", "network"]
_NETWORK = frozenset({"lanes", "modes", "direction", "bicycle_direction", "layer", "bridge", "tunnel", "part_of"})


def property_group(field: str) -> PropertyGroup:
    """The group in which people's changes to a feature's `field` meet."""
    if field == "geometry":
        return "geometry"
    return "network" if field in _NETWORK else "attributes"


def basis_of(feature: Feature, attribute: str) -> Basis:
    """How the value of an attribute is known."""
    if attribute in feature.measured:
        return "measured"
    return "estimated" if attribute in feature.estimated else "tagged"


def field_names(feature: Feature) -> tuple[str, ...]:
    """Names of the feature's fields in their order of declaration."""
    return tuple(each.name for each in fields(feature))
