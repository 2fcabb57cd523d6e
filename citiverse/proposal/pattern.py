"""Patterns: one choice along a street or over a block that makes several ordinary edits.

The doors: `list_patterns(*folders)` gives those that ship and those in a city's own folders, by name; `find_pattern`
one of them. `chosen_of(document)` reads {"road", "between"?} or {"area"}; `expand(pattern, chosen, city)` gives an
`Expansion`: the edits, the same every time, and sentences on what was left out. A client shows `title` and `words` and
asks for the gesture that `along` names: a street, a block, or either.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import count as numbered
from math import floor
from pathlib import Path
from typing import Any, ClassVar, Literal

import shapely
from shapely import LineString, Point, Polygon

from citiverse import resources
from citiverse.city.city import City
from citiverse.city.feature import Road
from citiverse.proposal.between import stretch_of
from citiverse.proposal.clearing import is_street
from citiverse.proposal.edit import VERBS, Edit, parse_edit
from citiverse.proposal.fields import Area, Between, RoadId
from citiverse.proposal.laying import MOST_M2
from citiverse.proposal.place import lonlat
from citiverse.proposal.polygon import polygon_of
from citiverse.proposal.reading import read
from citiverse.proposal.refusal import EditInvalid, EditRefused, Lonlat
from citiverse.proposal.words import count, figure

Along = Literal["street", "block", "either"]
On = Literal["street", "streets", "middle", "every", "block", "centre"]
_PLACED = frozenset({"road", "between", "at", "area"})  # fields that the place fills
_STEP_KEYS = ("on", "verb", "required", "every_m", "beside_m", "inset_m", "shortest_m", "only", "faster_than_kmh")
MOST_EDITS = 500  # of one expansion
LEAST_BLOCK_M2 = 20.0
SHORTEST_STRETCH_M = 15.0  # of a street within a block
INSIDE_SHARE = 0.5
WHOLE_SHARE = 0.95  # of a street within a block: the rest is its last metres to the junction


class PatternInvalid(ValueError):
    """A pattern with a fault; the sentence names the file and the step."""


class PatternUnknown(LookupError):
    """There is no pattern of this name; the sentence names those that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One edit of a pattern, at each place that `on` means; `values` are its fields but the place."""

    on: On
    verb: str
    values: Mapping[str, Any]
    required: bool = False
    every_m: float = 50.0
    beside_m: float | None = None
    inset_m: float = 0.0
    shortest_m: float = 0.0
    only: tuple[str, ...] = ()
    faster_than_kmh: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Edits that belong together, and what a person chooses for them."""

    name: str
    title: str
    words: str
    along: Along
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Where a pattern is wanted: a road, maybe between two junctions, or an area."""

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "allow_inf_nan": False}

    road: RoadId | None = None
    between: Between | None = None
    area: Area | None = None

    def __post_init__(self) -> None:
        """Check the fields against each other. Raises EditInvalid."""
        if (self.road is None) == (self.area is None):
            raise EditInvalid("Give either a road or an area.", "road")
        if self.between is not None and self.road is None:
            raise EditInvalid("“between” goes with a road.", "between")


@dataclass(frozen=True, slots=True)
class Expansion:
    """The edits of a pattern at a place, in their order, and why others were left out."""

    pattern: str
    edits: tuple[Edit, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Street:
    """A stretch of a road that a step is about."""

    road: str
    between: tuple[Lonlat, Lonlat] | None
    line: LineString
    width_m: float


def list_patterns(*folders: Path) -> dict[str, Pattern]:
    """All patterns by name; one in a later folder replaces one of the same name. Raises PatternInvalid."""
    paths = [path for folder in (resources.assets() / "patterns", *folders) for path in sorted(folder.glob("*.toml"))]
    return {path.stem: read_pattern(path) for path in paths}


def find_pattern(name: str, *folders: Path) -> Pattern:
    """The pattern of this name. Raises PatternUnknown."""
    found = list_patterns(*folders)
    if name not in found:
        raise PatternUnknown(f"There is no pattern called {name[:80]!r}; there are: {', '.join(found)}.")
    return found[name]


def read_pattern(path: Path) -> Pattern:
    """The pattern in a file. Raises PatternInvalid."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PatternInvalid(f"{path.name} can't be read: {error}.") from None
    return pattern_of(table, name=path.stem)


def pattern_of(table: Mapping[str, object], *, name: str) -> Pattern:
    """The pattern in a parsed TOML table. Raises PatternInvalid."""
    title, words, along, steps = (table.get(key) for key in ("title", "words", "along", "step"))
    if not isinstance(title, str) or not isinstance(words, str) or not title:
        raise PatternInvalid(f"{name}: title and words should be text in quotes.")
    if along not in ("street", "block", "either"):
        raise PatternInvalid(f"{name}: along should be street, block or either.")
    if not isinstance(steps, list) or not steps:
        raise PatternInvalid(f"{name}: it needs at least one [[step]].")
    made = tuple(_step(f"{name}, step {number}", said, along) for number, said in enumerate(steps, start=1))
    return Pattern(name=name, title=title, words=words, along=along, steps=made)


def chosen_of(document: object) -> Chosen:
    """The place in a JSON object. Raises EditInvalid."""
    if not isinstance(document, Mapping):
        raise EditInvalid("A place for a pattern is a JSON object with a road or an area.")
    return read(Chosen, document)


def expand(pattern: Pattern, chosen: Chosen, city: City) -> Expansion:
    """The edits of a pattern at a place. Raises EditRefused where it does not go there, or nothing is left of it."""
    _refuse_misplaced(pattern, chosen)
    now = city
    edits: list[Edit] = []
    left_out: list[str] = []
    for step in pattern.steps:
        places = list(_places(step, chosen, city))
        done = 0
        for place in places:
            edit = _edit(step, place)
            try:
                now = now.with_change(edit.apply(now))
            except EditRefused as refused:
                left_out.append(f"{edit.describe(now)}: {refused}")
                continue
            edits.append(edit)
            done += 1
        if len(edits) > MOST_EDITS:
            raise EditRefused(f"{pattern.title} would be over {MOST_EDITS} edits here; choose less.")
        if step.required and not done:
            reason = left_out[-1] if places else f"there is no street{_meant(step)}."
            raise EditRefused(f"{pattern.title} does not go here: {reason}")
    if not edits:
        raise EditRefused(f"{pattern.title} does not go here: {(left_out or ['nothing is to be done.'])[0]}")
    return Expansion(pattern.name, tuple(edits), tuple(left_out))


def summary(title: str, sentences: Sequence[str]) -> str:
    """A pattern in one sentence, from those of its edits."""
    more = f" and {count(len(sentences) - 1, 'more edit')}" if len(sentences) > 1 else ""
    return f"{title}: {sentences[0]}{more}"


def _meant(step: Step) -> str:
    if step.faster_than_kmh:
        return f" with a limit above {figure(step.faster_than_kmh)} km/h"
    return " for motor traffic"


def _refuse_misplaced(pattern: Pattern, chosen: Chosen) -> None:
    if pattern.along == "street" and chosen.road is None:
        raise EditRefused(f"{pattern.title} runs along a street; choose one.", field="road")
    if pattern.along == "block" and chosen.area is None:
        raise EditRefused(f"{pattern.title} takes a whole block; draw its outline.", field="area")


def _step(where: str, said: object, along: str) -> Step:
    if not isinstance(said, dict):
        raise PatternInvalid(f"{where} should be a table.")
    verb, on = said.get("verb"), said.get("on")
    if not isinstance(verb, str) or verb not in VERBS:
        raise PatternInvalid(f"{where}: {verb!r} is no verb.")
    allowed = {"street": ("street", "streets", "middle", "every"), "block": ("streets", "middle", "block", "centre")}
    known = allowed.get(along, ("streets", "middle"))
    if on not in known:
        raise PatternInvalid(f"{where}: on should be one of {', '.join(known)}.")
    lengths = {
        key: _number(where, key, said[key]) for key in _STEP_KEYS if key.endswith(("_m", "_kmh")) and key in said
    }
    if lengths.get("every_m", 1.0) < 1.0:
        raise PatternInvalid(f"{where}: every_m should be at least 1.")
    only, required = said.get("only", []), said.get("required", False)
    if not isinstance(only, list) or not all(isinstance(each, str) for each in only) or not isinstance(required, bool):
        raise PatternInvalid(f"{where}: only should be a list of kinds of street, required true or false.")
    values = {key: value for key, value in said.items() if key not in _STEP_KEYS}
    step = Step(on=on, verb=verb, values=values, required=required, only=tuple(only), **lengths)  # type: ignore[arg-type]
    try:
        _edit(step, _SOMEWHERE)
    except EditInvalid as invalid:
        raise PatternInvalid(f"{where}: {invalid}") from None
    return step


def _number(where: str, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -100.0 <= value <= 10_000.0:
        raise PatternInvalid(f"{where}: {key} should be a number.")
    return float(value)


_RING = ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0))
_SOMEWHERE: Mapping[str, object] = {"road": "x", "at": (0.0, 0.0), "area": (_RING,)}


def _edit(step: Step, place: Mapping[str, object]) -> Edit:
    """The edit of a step at a place: as much of the place as the verb asks for."""
    asked = {each.name for each in fields(VERBS[step.verb])} & _PLACED
    filled = {key: value for key, value in place.items() if key in asked and value is not None}
    return parse_edit({"verb": step.verb, **step.values, **filled})


def _places(step: Step, chosen: Chosen, city: City) -> Iterator[Mapping[str, object]]:
    if step.on in ("block", "centre"):
        block = _block(city, chosen)
        yield {"area": chosen.area, "at": lonlat(city, block)}
        return
    for street in _streets(step, chosen, city):
        match step.on:
            case "middle":
                yield {"road": street.road, "at": lonlat(city, street.line.interpolate(0.5, normalized=True))}
            case "every":
                for spot in _spots(step, street):
                    yield {"road": street.road, "at": lonlat(city, spot)}
            case _:
                yield {"road": street.road, "between": street.between}


def _streets(step: Step, chosen: Chosen, city: City) -> Iterator[_Street]:
    found = _chosen_street(chosen, city) if chosen.road is not None else _inside(step, chosen, city)
    for street, pieces in found:
        if any(piece.speed_kmh > step.faster_than_kmh for piece in pieces):
            yield street


def _chosen_street(chosen: Chosen, city: City) -> Iterator[tuple[_Street, tuple[Road, ...]]]:
    road = chosen.road or ""
    pieces = _pieces(city, road, chosen.between)
    line = _longest([piece.geometry for piece in pieces])
    yield _Street(road, chosen.between, line, max(piece.width_m for piece in pieces)), pieces


def _inside(step: Step, chosen: Chosen, city: City) -> Iterator[tuple[_Street, tuple[Road, ...]]]:
    """Streets for motor traffic in a block, or their stretches between junctions that lie mostly in it."""
    block = _block(city, chosen).buffer(-step.inset_m)
    for road in city.near(block):
        if not isinstance(road, Road) or not is_street(road) or (step.only and road.category not in step.only):
            continue
        line = _longest(_lines(road.geometry.intersection(block)))
        if line.length < max(min(SHORTEST_STRETCH_M, 0.5 * road.geometry.length), step.shortest_m, 0.1):
            continue
        ends = lonlat(city, Point(line.coords[0])), lonlat(city, Point(line.coords[-1]))
        between = None if line.length >= WHOLE_SHARE * road.geometry.length else ends
        pieces = _pieces(city, road.id, between)
        within_m = sum(piece.geometry.intersection(block).length for piece in pieces)
        if within_m >= INSIDE_SHARE * sum(piece.geometry.length for piece in pieces):
            yield _Street(road.id, between, line, road.width_m), pieces


def _pieces(city: City, road: str, between: tuple[Lonlat, Lonlat] | None) -> tuple[Road, ...]:
    return stretch_of(city, road, between, (f"pattern.{n}" for n in numbered())).pieces


def _block(city: City, chosen: Chosen) -> Polygon:
    return polygon_of(city, chosen.area or (), what="the block", field="area", least_m2=LEAST_BLOCK_M2, most_m2=MOST_M2)


def _longest(lines: Sequence[LineString]) -> LineString:
    merged = shapely.line_merge(shapely.union_all(lines)) if lines else LineString()
    return max(_lines(merged), key=lambda line: line.length, default=LineString())


def _lines(shape: shapely.Geometry) -> list[LineString]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, LineString)]


def _spots(step: Step, street: _Street) -> Iterator[Point]:
    """Places along a street, evenly from its middle; right of it where they are to be beside."""
    number = max(floor(street.line.length / step.every_m), 1)
    start_m = (street.line.length - (number - 1) * step.every_m) / 2.0
    for n in range(number):
        along_m = start_m + n * step.every_m
        spot = street.line.interpolate(along_m)
        yield spot if step.beside_m is None else _beside(street, along_m, street.width_m / 2.0 + step.beside_m)


def _beside(street: _Street, along_m: float, off_m: float) -> Point:
    before, after = (street.line.interpolate(max(along_m + step, 0.0)) for step in (-0.5, 0.5))
    gap = before.distance(after) or 1.0
    x, y = (after.x - before.x) / gap, (after.y - before.y) / gap
    here = street.line.interpolate(along_m)
    return Point(here.x + y * off_m, here.y - x * off_m)
