"""Where a reader puts what it finds: the frame, the rectangle, the assumptions and the tally."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely
from shapely import Polygon

from citiverse.city.change import Bounds
from citiverse.city.defaults import Defaults
from citiverse.city.facts import NO_FACTS, Facts
from citiverse.city.feature import Feature
from citiverse.city.frame import Frame
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.crs import Wanted
from citiverse.gis.ground.surface import Ground
from citiverse.gis.report import LayerLine, Tally

Progress = Callable[[str, float], None]
LonLatBox = tuple[float, float, float, float]  # west, south, east, north in degrees; west > east over the antimeridian


@dataclass(frozen=True, kw_only=True)
class Site:
    """The scene that a file is read into; `bounds` are west, south, east, north in the frame's metres.

    `source` is the key that features name, `progress` is told what is going on and the share done, 0 to 1, and
    `wanted` is what the recipe says of the file's coordinates; `remarks` is what the report will say of them.
    `lod` is the highest level of detail to take, None for the best.
    `role` is what the recipe says that the file holds, `layer` the one layer to take, and `columns` which column says
    what; all are empty where the file itself tells.
    """

    frame: Frame
    bounds: Bounds
    source: str
    defaults: Defaults
    tally: Tally
    progress: Progress
    wanted: Wanted = field(default_factory=Wanted)
    remarks: list[str] = field(default_factory=list)
    lod: float | None = None
    role: str = ""
    layer: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    def system(self, own: str) -> str:
        """The coordinate system that counts for a file, or a layer of it, that says `own` of itself."""
        remark = self.wanted.remark(own)
        if remark and remark not in self.remarks:
            self.remarks.append(remark)
        return self.wanted.over(own)

    @cached_property
    def box(self) -> Polygon:
        """The scene's rectangle."""
        box: Polygon = shapely.box(*self.bounds)
        return box

    @cached_property
    def cut(self) -> LonLatBox:
        """A box in degrees that holds the whole rectangle."""
        outline = shapely.get_coordinates(shapely.segmentize(self.box, max(self.box.length / 64, 1.0)))
        lon, lat = self.frame.to_lonlat(outline).T
        if lon.max() - lon.min() > 180.0:
            lon = lon % 360.0
            return float(lon.min()), float(lat.min()), float(lon.max() - 360.0), float(lat.max())
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    def to_local(self, lonlat: FloatArray) -> FloatArray:
        """Local metres of positions, both of shape (n, 2), on whole millimetres so that shared vertices stay shared."""
        return np.round(self.frame.to_local(lonlat), 3) if len(lonlat) else np.zeros((0, 2))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file gave: features in the scene's metres, the defaults with what it told of them, its coordinates.

    `ground` are heights of the ground that came along, `facts` what models feed on beside features, and `layers` what
    each layer of the file was taken for.
    """

    features: list[Feature]
    defaults: Defaults
    crs: str
    ground: tuple[Ground, ...] = ()
    facts: Facts = NO_FACTS
    layers: tuple[LayerLine, ...] = ()


def quiet(words: str, share: float) -> None:
    """Progress that tells nobody."""
