"""A small map of where a proposal changes the city, as SVG that needs no script."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import shapely
from shapely.geometry.base import BaseGeometry

from citiverse.city.change import Bounds, Change
from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, GreenArea, Paving, Rail, Road, Tree, Water

WIDTH_PX = 720
ASPECT = 0.625
MARGIN_SHARE, LEAST_WIDTH_M = 0.35, 320.0
MOST_FEATURES = 4000
MOST_NAMES, LEAST_NAMED_M = 14, 60.0
_STYLE = {
    "water": "fill:#a9cfe3", "green": "fill:#cfe3bd", "paving": "fill:#e6e2da", "building": "fill:#c9c3bb",
    "road": "fill:none;stroke:#fff;stroke-linecap:round;stroke-linejoin:round", "rail": "fill:none;stroke:#8a8a8a",
    "new": "fill:#e8832a;stroke:#9a4a00", "line": "fill:none;stroke:#d9661a;stroke-linecap:round",
    "gone": "fill:#c7232333;stroke:#b01818;stroke-dasharray:5 4",
}  # fmt: skip
_ORDER = (Water, GreenArea, Paving, Road, Rail, Building)


@dataclass(frozen=True, slots=True)
class Frame:
    """Metres of the scene on a sheet with y down."""

    bounds: Bounds

    @property
    def width_m(self) -> float:
        """From the left to the right edge."""
        return self.bounds[2] - self.bounds[0]

    @property
    def scale(self) -> float:
        """Pixels a metre."""
        return WIDTH_PX / self.width_m

    def path(self, shape: BaseGeometry) -> str:
        """The shape as path data."""
        west, _, _, north = self.bounds
        words: list[str] = []
        for line in _lines(shape):
            points = shapely.get_coordinates(line)
            closed = bool(line.is_closed)
            corners = [f"{(x - west) * self.scale:.1f} {(north - y) * self.scale:.1f}" for x, y in points.tolist()]
            words.append("M" + "L".join(corners[:-1] if closed else corners) + ("Z" if closed else ""))
        return "".join(words)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A place on the sheet."""
        return (x - self.bounds[0]) * self.scale, (self.bounds[3] - y) * self.scale


def site_map(base: City, change: Change, *, title: str, description: str) -> str:
    """An SVG element of the surroundings of a change; `description` may say {width}."""
    frame = Frame(_surroundings(base, change))
    height_px = WIDTH_PX * ASPECT
    box = shapely.box(*frame.bounds)
    parts = [*_ground(base, frame, box), *_changes(change, frame), *_names(base, frame, box), *_scale_bar(frame)]
    style = "".join(f".m-{name}{{{text}}}" for name, text in _STYLE.items())
    return (
        f'<svg class="map" viewBox="0 0 {WIDTH_PX} {height_px:.0f}" role="img" aria-labelledby="map-t map-d" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="map-t">{escape(title)}</title>'
        f'<desc id="map-d">{escape(description.format(width=round(frame.width_m)))}</desc>'
        f"<style>{style}.m-name{{font:11px system-ui,sans-serif;fill:#333;paint-order:stroke;stroke:#fff;"
        f'stroke-width:3px}}</style><rect width="{WIDTH_PX}" height="{height_px:.0f}" fill="#f1eee8"/>'
        f"{''.join(parts)}</svg>"
    )


def _surroundings(base: City, change: Change) -> Bounds:
    west, south, east, north = change.bounds or base.bounds
    width_m = max((east - west) * (1 + MARGIN_SHARE), (north - south) * (1 + MARGIN_SHARE) / ASPECT, LEAST_WIDTH_M)
    x, y = (west + east) / 2, (south + north) / 2
    return x - width_m / 2, y - width_m * ASPECT / 2, x + width_m / 2, y + width_m * ASPECT / 2


def _ground(city: City, frame: Frame, box: BaseGeometry) -> Iterator[str]:
    found = [f for f in city.near(box) if isinstance(f, _ORDER) and not (isinstance(f, Road | Rail) and f.tunnel)]
    found.sort(key=lambda feature: feature.geometry.area + feature.geometry.length, reverse=True)
    kept = sorted(found[:MOST_FEATURES], key=lambda feature: _ORDER.index(type(feature)))
    detail_m = 0.4 / frame.scale
    for feature in kept:
        shape = _clipped(feature.geometry, box, detail_m)
        if shape.is_empty:
            continue
        width = ""
        if isinstance(feature, Road):
            width = f' stroke-width="{max(feature.width_m * frame.scale, 0.8):.1f}"'
        yield f'<path class="m-{feature.kind}"{width} d="{frame.path(shape)}"/>'


def _changes(change: Change, frame: Frame) -> Iterator[str]:
    box = shapely.box(*frame.bounds)
    for id, new in change.after.items():
        feature, kind = (new, "new") if new is not None else (change.before[id], "gone")
        if feature is None:
            continue
        shape = _clipped(feature.geometry, box, 0.2 / frame.scale)
        if shape.is_empty:
            continue
        if shapely.get_dimensions(shape) == 0:
            x, y = frame.at(*shapely.get_coordinates(shape)[0].tolist())
            radius_px = max(frame.scale * (feature.crown_m / 2 if isinstance(feature, Tree) else 1.0), 3.0)
            yield f'<circle class="m-{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius_px:.1f}"/>'
        elif shapely.get_dimensions(shape) == 1:
            width_px = max(_width_m(feature) * frame.scale, 2.5)
            name = "line" if kind == "new" else "gone"
            yield f'<path class="m-{name}" stroke-width="{min(width_px, 14.0):.1f}" d="{frame.path(shape)}"/>'
        else:
            yield f'<path class="m-{kind}" d="{frame.path(shape)}"/>'


def _names(city: City, frame: Frame, box: BaseGeometry) -> Iterator[str]:
    longest: dict[str, BaseGeometry] = {}
    for feature in city.near(box):
        if isinstance(feature, Road) and feature.name and not feature.tunnel:
            lines = list(_lines(feature.geometry.intersection(box)))
            line = max(lines, key=lambda each: each.length) if lines else shapely.LineString()
            if line.length > longest.get(feature.name, shapely.LineString()).length:
                longest[feature.name] = line
    ranked = sorted(longest.items(), key=lambda each: -each[1].length)[:MOST_NAMES]
    for name, shape in ranked:
        if shape.length >= LEAST_NAMED_M:
            middle = shape.interpolate(0.5, normalized=True)
            x, y = frame.at(middle.x, middle.y)
            yield f'<text class="m-name" x="{x:.0f}" y="{y:.0f}" text-anchor="middle">{escape(name)}</text>'


def _scale_bar(frame: Frame) -> Iterator[str]:
    length_m = next(each for each in (5000, 2000, 1000, 500, 200, 100, 50) if each <= frame.width_m / 4 or each == 50)
    y = WIDTH_PX * ASPECT - 12
    yield f'<path d="M12 {y:.0f}h{length_m * frame.scale:.1f}" stroke="#333" stroke-width="2"/>'
    yield f'<text class="m-name" x="12" y="{y - 5:.0f}">{length_m} m</text>'


def _clipped(shape: BaseGeometry, box: BaseGeometry, detail_m: float) -> BaseGeometry:
    simple = shapely.simplify(shapely.make_valid(shape), detail_m)
    clipped: BaseGeometry = shapely.intersection(shapely.make_valid(simple), box.buffer(5.0))
    return clipped


def _lines(shape: BaseGeometry) -> Iterator[shapely.LineString | shapely.LinearRing]:
    for part in shapely.get_parts(shape, return_index=False).tolist() if not shape.is_empty else ():
        match part:
            case shapely.Polygon():
                yield part.exterior
                yield from part.interiors
            case shapely.LineString():
                yield part
            case shapely.MultiPolygon() | shapely.MultiLineString() | shapely.GeometryCollection():
                yield from _lines(part)
            case _:
                pass


def _width_m(feature: Feature) -> float:
    return feature.width_m if isinstance(feature, Road) else 1.0
