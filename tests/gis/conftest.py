"""Small towns drawn in metres and written as OpenStreetMap files."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from citiverse.gis.read import Import, read_scene
from citiverse.gis.recipe import Recipe, SourceFile

LON, LAT = 11.5, 48.1
METRES_PER_DEGREE = 111_200.0
XY = tuple[float, float]


@dataclass
class Drawing:
    """Nodes, ways and relations in metres from a corner of Munich; equal points are one node."""

    size_m: float = 400.0
    lon: float = LON
    lat: float = LAT
    nodes: dict[XY, int] = field(default_factory=dict)
    tags: dict[int, dict[str, str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)

    def at(self, xy: XY) -> int:
        """The node at a place."""
        return self.nodes.setdefault(xy, len(self.nodes) + 1)

    def node(self, xy: XY, **tags: str) -> str:
        """A tagged node; the answer is the id of its feature."""
        self.tags.setdefault(self.at(xy), {}).update(_keys(tags))
        return f"osm:n{self.at(xy)}"

    def way(self, points: Sequence[XY], **tags: str) -> int:
        """A line through points."""
        id = 1000 + len(self.lines)
        refs = "".join(f'<nd ref="{self.at(xy)}"/>' for xy in points)
        self.lines.append(f'<way id="{id}" version="1">{refs}{_tags(tags)}</way>')
        return id

    def ring(self, points: Sequence[XY], **tags: str) -> int:
        """A closed line through points."""
        return self.way([*points, points[0]], **tags)

    def box(self, west: float, south: float, east: float, north: float, **tags: str) -> int:
        """A rectangle."""
        return self.ring([(west, south), (east, south), (east, north), (west, north)], **tags)

    def relation(self, members: Sequence[tuple[int, str]], **tags: str) -> int:
        """Ways with roles."""
        id = 5000 + len(self.lines)
        refs = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
        self.lines.append(f'<relation id="{id}" version="1">{refs}{_tags(tags)}</relation>')
        return id

    def lose(self, xy: XY) -> None:
        """Leave a node out of the file, as extracts do at their edge."""
        self.lost.add(self.at(xy))

    def east(self, x: float) -> float:
        """Degrees of metres to the east."""
        lon = self.lon + x / METRES_PER_DEGREE / math.cos(math.radians(self.lat))
        return (lon + 180.0) % 360.0 - 180.0

    def north(self, y: float) -> float:
        """Degrees of metres to the north."""
        return self.lat + y / METRES_PER_DEGREE

    def text(self) -> str:
        """The file."""
        nodes = [
            f'<node id="{id}" version="1" lat="{self.north(y):.9f}" lon="{self.east(x):.9f}">'
            f"{_tags(self.tags.get(id, {}))}</node>"
            for (x, y), id in self.nodes.items()
            if id not in self.lost
        ]
        west, south, east, north = self.box_of_all
        box = f'minlat="{south:.9f}" minlon="{west:.9f}" maxlat="{north:.9f}" maxlon="{east:.9f}"'
        ways = sorted(self.lines, key=lambda line: line.startswith("<relation"))
        return "\n".join(['<osm version="0.6">', f"<bounds {box}/>", *nodes, *ways, "</osm>"])

    @property
    def box_of_all(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return self.lon, self.lat, self.east(self.size_m), self.north(self.size_m)


def _keys(tags: dict[str, str]) -> dict[str, str]:
    return {key.replace("__", ":"): value for key, value in tags.items()}


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in _keys(tags).items())


@pytest.fixture
def draw() -> Drawing:
    """An empty sheet."""
    return Drawing()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Import]:
    """Reads a drawing or a file as a scene."""

    def read_it(what: Drawing | Path, **recipe: object) -> Import:
        path = what if isinstance(what, Path) else tmp_path / "town.osm"
        if isinstance(what, Drawing):
            path.write_text(what.text())
        source = SourceFile(path=path.name)
        return read_scene(Recipe(name="town", title="Town", sources=(source,), folder=path.parent, **recipe))  # type: ignore[arg-type]

    return read_it
