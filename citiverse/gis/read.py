"""From a recipe and its files to a city."""

import gc
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import numpy as np

from citiverse.city.change import Bounds
from citiverse.city.city import City, city_of
from citiverse.city.defaults import Defaults
from citiverse.city.facts import Facts
from citiverse.city.feature import Building
from citiverse.city.frame import Frame, FrameError, frame_for
from citiverse.city.source import Source
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.beside import joined
from citiverse.gis.cells import RASTER_ROLES, facts_of_raster, raster_role
from citiverse.gis.crs import Wanted, box_around_boxes, horizontal
from citiverse.gis.formats import Format, format_of
from citiverse.gis.ground.asc import crs_beside
from citiverse.gis.ground.merge import relief
from citiverse.gis.ground.raster import Raster
from citiverse.gis.ground.surface import Ground
from citiverse.gis.lidar.applied import Rivals, surveyed
from citiverse.gis.lidar.cloud import Cloud
from citiverse.gis.recipe import NAME, Recipe, SourceFile, box_fault
from citiverse.gis.refused import ImportRefused
from citiverse.gis.report import Report, SourceLine, Tally, attribute_counts
from citiverse.gis.site import LonLatBox, Progress, Reading, Site, quiet
from citiverse.gis.unite import Part, united
from citiverse.gis.vector.files import SHAPEFILE_PARTS
from citiverse.gis.vector.read import WORDS as ROLE_WORDS
from citiverse.gis.vector.roles import BESIDE, GROUND

SLACK_M = 256.0  # room south and west of the scene for buildings that stand across its edge
MAX_SIDE_KM = 60.0  # a larger scene is not a city
TABLES = frozenset({"geojson", "vector", "csv"})
RASTERS = frozenset({"geotiff", "asc"})
SOLIDS = frozenset({"cityjson", "citygml"})


@dataclass(frozen=True, slots=True, eq=False)
class Import:
    """A city and what became of its data; `box` is what it covers: west, south, east, north in degrees."""

    city: City
    report: Report
    box: LonLatBox


def read_scene(recipe: Recipe, progress: Progress = quiet) -> Import:
    """The city of a recipe. Raises ImportRefused when a file or the place is at fault."""
    with _collecting_later():
        return _read_scene(recipe, progress)


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Looking for garbage among hundreds of thousands of new objects, none of it garbage, takes a third of the time.

    At the end they count as old, which is looked through seldom, rather than as young, which is so at once.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        if collecting:
            gc.enable()


def _read_scene(recipe: Recipe, progress: Progress) -> Import:
    files = [(source, recipe.file(source)) for source in recipe.sources]
    formats = [format_of(path, source.format) for source, path in files]
    box = recipe.bbox or _around(formats, files)
    frame, bounds = _place(recipe, box)
    tally = Tally()
    read = _Read()
    defaults = recipe.defaults
    for form, (source, path) in zip(formats, files, strict=True):
        site = Site(
            frame=frame,
            bounds=bounds,
            source=_key(form, read.sources),
            defaults=defaults,
            tally=tally,
            progress=progress,
            wanted=_wanted(source, form),
            lod=source.lod,
            role=source.role,
            layer=source.layer,
            columns=source.columns,
        )
        reading = form.read(path, site)
        made = _source(site.source, form, replace(source, crs=reading.crs))
        read.sources.append(made)
        layers = reading.layers if isinstance(reading, Reading) else ()
        read.lines.append(SourceLine(path.name, form.name, made.crs, made.licence, layers, tuple(site.remarks)))
        if isinstance(reading, Cloud):
            read.clouds.append(reading)
            continue
        if isinstance(reading, Raster):
            if site.role in RASTER_ROLES:
                read.facts.append(facts_of_raster(reading, site))
            else:
                read.rasters.append(reading)
            continue
        defaults = reading.defaults
        read.facts.append(reading.facts)
        read.ground += reading.ground
        read.parts.append(Part((site.source, form.name, path.name), reading.features))
    _all_columns_found(recipe.sources, read.lines)
    told: dict[tuple[str, str], str] = {}
    features = united(read.parts, recipe.prefer, tally, told)
    if not any(isinstance(feature, Building) for feature in features.values()):
        names = ", ".join(path.name for _, path in files)
        raise ImportRefused(_nothing_there(names, recipe.bbox, found=len(features)))
    if read.clouds:
        progress("Measuring buildings among points", 0.7)
        rivals = Rivals({part.names[0]: part for part in read.parts}, told, recipe.prefer)
        read.ground += surveyed(read.clouds, features, rivals, frame, bounds, tally)
    ground = relief(read.rasters, frame, bounds, tally, read.ground)
    if ground is not None and frame.vertical == "local" and ground.vertical:
        frame = replace(frame, vertical=ground.vertical)
    city = city_of(
        features.values(),
        name=recipe.name,
        title=recipe.title,
        frame=frame,
        bounds=bounds,
        terrain=ground.terrain if ground is not None else None,
        sources=tuple(read.sources),
        defaults=defaults,
        facts=joined(read.facts, tally),
    )
    progress("Read", 1.0)
    attributes = attribute_counts(features.values())
    if ground is not None:
        attributes["ground.height"] = {"measured": ground.measured, "tagged": 0, "estimated": ground.filled}
    return Import(city, Report(recipe.name, tuple(read.lines), tally, attributes), box)


@dataclass
class _Read:
    """What the files of a scene gave so far."""

    parts: list[Part] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    lines: list[SourceLine] = field(default_factory=list)
    rasters: list[Raster] = field(default_factory=list)
    clouds: list[Cloud] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    ground: list[Ground] = field(default_factory=list)


def _nothing_there(names: str, bbox: LonLatBox | None, *, found: int) -> str:
    if bbox is None:
        return f"{names} holds no buildings, so there is no city to make of it."
    box = ", ".join(f"{each:g}" for each in bbox)
    what = "no buildings" if found else "nothing at all"
    return f"{names} holds {what} inside the box {box} (west, south, east, north). Is it in the right place?"


def _place(recipe: Recipe, box: LonLatBox) -> tuple[Frame, Bounds]:
    """The frame of a scene and its rectangle, the one that holds the box in degrees."""
    fault = box_fault(box)
    if fault:
        raise ImportRefused(f"The box of {recipe.name} {fault}.")
    files = ", ".join(Path(source.path).name for source in recipe.sources)
    try:
        about = frame_for(box, recipe.epsg, recipe.vertical)
        edge = about.to_local(_outline(box))
    except FrameError as error:
        raise ImportRefused(f"{files}: {error}") from error
    low, high = edge.min(axis=0), edge.max(axis=0)
    if (high - low).max() > MAX_SIDE_KM * 1000.0:
        west, south, east, north = box
        raise ImportRefused(
            f"{files}: {recipe.name} would be {(high - low).max() / 1000.0:.0f} km wide, from {west:.4f}, {south:.4f} "
            f"to {east:.4f}, {north:.4f} degrees; please put right what lies far off, or cut it with --bbox to at most "
            f"{MAX_SIDE_KM:.0f} km."
        )
    origin = np.floor((low + np.array(about.origin) - SLACK_M) / 256.0) * 256.0
    shift = np.array(about.origin) - origin
    frame = replace(about, origin=(float(origin[0]), float(origin[1])))
    w, s, e, n = np.round([*(low + shift), *(high + shift)], 3)
    return frame, (float(w), float(s), float(e), float(n))


def _outline(box: LonLatBox) -> FloatArray:
    west, south, east, north = box
    span = (east - west) % 360.0 if east < west else east - west
    share = np.linspace(0.0, 1.0, 17)
    lon, lat = west + share * span, south + share * (north - south)
    corners = ((west, lat), (west + span, lat), (lon, south), (lon, north))
    points = np.concatenate([np.column_stack(np.broadcast_arrays(x, y)) for x, y in corners])
    points[:, 0] = (points[:, 0] + 180.0) % 360.0 - 180.0
    return points


def _around(formats: Sequence[Format], files: Sequence[tuple[SourceFile, Path]]) -> LonLatBox:
    """West, south, east, north in degrees of all files that have a say in how far the scene goes."""
    boxes = {
        path.name: box
        for form, (source, path) in zip(formats, files, strict=True)
        if form.extent is not None
        and source.role not in {*BESIDE, GROUND, *RASTER_ROLES}
        and (box := form.extent(path, _wanted(source, form))) is not None
    }
    if not boxes:
        names = ", ".join(path.name for _, path in files)
        raise ImportRefused(
            f"Nothing in {names} says where the city lies; please name a file with buildings too, or say what a layer "
            f"holds (buildings=FILE) and where (--bbox)."
        )
    _none_swapped(boxes)
    return box_around_boxes(boxes.values())


def _none_swapped(boxes: dict[str, LonLatBox]) -> None:
    """Check that no file lies with the others only after its axes are swapped."""
    for name, (west, south, east, north) in reversed(boxes.items()):
        others = [box for other, box in boxes.items() if other != name]
        if others and not _meets((west, south, east, north), others) and _meets((south, west, north, east), others):
            raise ImportRefused(
                f"{name} lies with the other files only with longitude and latitude swapped; please write longitude "
                f"(x) before latitude (y)."
            )


def _meets(box: LonLatBox, others: Iterable[LonLatBox]) -> bool:
    """Whether a box comes within about 20 km of others."""
    west, south, east, north = box[0] - 0.2, box[1] - 0.2, box[2] + 0.2, box[3] + 0.2
    return any(west <= other[2] and east >= other[0] and south <= other[3] and north >= other[1] for other in others)


def _all_columns_found(sources: Iterable[SourceFile], lines: Iterable[SourceLine]) -> None:
    """Check that every column that the recipe names is in some layer."""
    used = {pair for line in lines for layer in line.layers for pair in layer.columns.items()}
    for source in sources:
        lost = next((pair for pair in source.columns.items() if pair not in used), None)
        if lost is not None:
            raise ImportRefused(f"{Path(source.path).name}: there is no column {lost[1]!r} that could say {lost[0]}.")


def _wanted(source: SourceFile, form: Format) -> Wanted:
    return Wanted(form.crs or source.crs, source.crs_if_silent)


def _key(form: Format, before: Sequence[Source]) -> str:
    same = sum(each.format == form.name for each in before)
    return form.name if not same else f"{form.name}.{same + 1}"


def _source(key: str, form: Format, source: SourceFile) -> Source:
    credit = source.credit or ("© OpenStreetMap contributors" if form.name == "osm" else "")
    licence = source.licence or ("ODbL 1.0" if form.name == "osm" else "")
    url = "https://www.openstreetmap.org/copyright" if form.name == "osm" else ""
    title = "OpenStreetMap" if form.name == "osm" else Path(source.path).name
    return Source(key, title, licence, credit, url, form.name, source.crs or form.crs)


@dataclass(frozen=True, slots=True)
class Given:
    """A file to import, and what the person says it holds, "" where the file itself tells."""

    path: Path
    role: str = ""


def given(text: str) -> Given:
    """FILE, or ROLE=FILE such as population=grid.csv."""
    role, equals, path = text.partition("=")
    if equals and role in ROLE_WORDS:
        return Given(Path(path), role)
    return Given(Path(text))


def import_city(
    name: str,
    sources: Sequence[Path | Given],
    *,
    data_dir: Path,
    crs: str | Sequence[str] = "",
    vertical: str = "local",
    bbox: LonLatBox | None = None,
    columns: Mapping[str, str] = MappingProxyType({}),
    lod: float | None = None,
    progress: Progress = quiet,
) -> Import:
    """Read a city from files and keep it as the scene `name`; importing again replaces it.

    `crs` names the system of files that do not say; where one file alone has a say in it, or as "FILE=EPSG:25832", it
    goes before what the file says. `columns` says which column of tables says what. Nothing is kept unless the city
    can be read. Raises ImportRefused.
    """
    if not NAME.fullmatch(name):
        raise ImportRefused(
            f"{name!r} can't name a scene: use small letters, digits, - and _, with a letter or digit in front."
        )
    if not sources:
        raise ImportRefused("Please name at least one file to import.")
    if bbox is not None and (fault := box_fault(bbox)):
        raise ImportRefused(f"The box {fault}.")
    files = [each if isinstance(each, Given) else Given(each) for each in sources]
    formats = [format_of(each.path) for each in files]
    systems = _systems([crs] if isinstance(crs, str) else crs, files, formats)
    entries = tuple(
        SourceFile(
            path=f"{name}/{_safe(each.path.name)}",
            format=form.name,
            role=each.role or (raster_role(each.path.name) if form.name in RASTERS else ""),
            columns=dict(columns) if form.name in TABLES else {},
            lod=lod if form.name in SOLIDS else None,
            crs=form.crs or wanted.told,
            crs_if_silent=wanted.assumed,
        )
        for form, each, wanted in zip(formats, files, systems, strict=True)
    )
    if len({entry.path for entry in entries}) < len(entries):
        raise ImportRefused("Two of the files have the same name; please rename one.")
    folder = data_dir / "scenes"
    recipe = Recipe(name=name, title=_title(name), sources=entries, folder=folder, vertical=vertical, bbox=bbox)
    with TemporaryDirectory(prefix=".import-", dir=_made(folder)) as draft:
        trial = replace(recipe, folder=Path(draft))
        _made(Path(draft) / name)
        for entry, each in zip(entries, files, strict=True):
            _copied(each.path, Path(draft) / entry.path)
        found = read_scene(trial, progress)
        _made(folder / name)
        for copied in sorted((Path(draft) / name).iterdir()):
            _moved(copied, folder / name / copied.name)
        written = Path(draft) / f"{name}.toml"
        written.write_text(recipe_text(_as_found(recipe, found)), encoding="utf-8")
        written.replace(folder / f"{name}.toml")
    return found


def _systems(said: Sequence[str], files: Sequence[Given], formats: Sequence[Format]) -> list[Wanted]:
    """What is said of each file's coordinates, by all of EPSG:25832 and FILE=EPSG:25832. Raises ImportRefused."""
    names = {each.path.name for each in files}
    plain, of_file = "", dict[str, str]()
    for text in filter(None, said):
        file, equals, system = text.partition("=")
        lone = not (equals and Path(file).name in names)
        if lone and equals and "." in file and not file.startswith("+"):
            raise ImportRefused(f"--crs names {file}, which is none of the files: {', '.join(sorted(names))}.")
        if lone and plain:
            raise ImportRefused(f"--crs is {plain} and {text} at once; --crs FILE={text} says it of one file.")
        code = text if lone else system
        code = f"EPSG:{code}" if code.isdecimal() else code
        horizontal(code, "--crs")
        if lone:
            plain = code
        else:
            of_file[Path(file).name] = code
    free = [not form.crs for form in formats]
    for form, each in zip(formats, files, strict=True):
        system = of_file.get(each.path.name, plain if not any(free) else "")
        if system and form.crs not in {"", system}:
            raise ImportRefused(
                f"{each.path.name} is {form.title}, whose coordinates are always {form.crs}, not {system}; please "
                f"leave out --crs."
            )
    found = []
    for form, each, mine in zip(formats, files, free, strict=True):
        told = of_file.get(each.path.name, plain if mine and sum(free) == 1 else "")
        beside = "" if form.name in TABLES or not mine else crs_beside(each.path)
        found.append(Wanted(told, beside or (plain if mine and not told else "")))
    return found


def _copied(path: Path, to: Path) -> None:
    """Copy a file, a folder, or a Shapefile with the files beside it that belong to it."""
    if path.is_dir():
        shutil.copytree(path, to)
        return
    shutil.copyfile(path, to)
    if path.suffix.lower() == ".shp":
        for beside in path.parent.glob("*"):
            if beside.stem == path.stem and beside.suffix.lower() in SHAPEFILE_PARTS and beside != path:
                shutil.copyfile(beside, to.with_suffix(beside.suffix.lower()))


def _moved(path: Path, to: Path) -> None:
    if to.is_dir():
        shutil.rmtree(to)
    path.replace(to)


def _safe(name: str) -> str:
    """A file name without anything that a shell, TOML or another system might stumble over."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip(".") or "data"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _as_found(recipe: Recipe, found: Import) -> Recipe:
    """The recipe with the frame, box, start and country of what was found, so that the scene stays as it is."""
    west, south, east, north = found.box
    span = (east - west) % 360.0
    height_m = min(max(0.25 * (found.city.bounds[3] - found.city.bounds[1]), 150.0), 1500.0)
    lon = (west + span / 2 + 180.0) % 360.0 - 180.0
    return replace(
        recipe,
        epsg=found.city.frame.epsg,
        vertical=found.city.frame.vertical,
        bbox=found.box,
        start=(round(lon, 6), round(south + 0.2 * (north - south), 6), 0.0, round(height_m), -30.0),
        defaults=found.city.defaults,
    )


def _title(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()


def recipe_text(recipe: Recipe) -> str:
    """A recipe as the text of its file."""
    lines = ["[scene]", f"title = {_quoted(recipe.title)}"]
    lines += [f"epsg = {recipe.epsg}"] if recipe.epsg else []
    lines += [f"vertical = {_quoted(recipe.vertical)}"]
    lines += [f"bbox = {list(recipe.bbox)}"] if recipe.bbox else []
    lines += [f"start = {list(recipe.start)}"] if recipe.start else []
    for source in recipe.sources:
        lines += ["", "[[source]]", f"path = {_quoted(source.path)}"]
        pairs = {"format": source.format, "as": source.role, "layer": source.layer, "crs": source.crs}
        pairs |= {"crs_if_silent": source.crs_if_silent}
        pairs |= {"licence": source.licence, "credit": source.credit}
        lines += [f"{key} = {_quoted(value)}" for key, value in pairs.items() if value]
        lines += [f"lod = {source.lod:g}"] if source.lod is not None else []
        if source.columns:
            lines += ["[source.columns]"]
            lines += [f"{_quoted(key)} = {_quoted(value)}" for key, value in source.columns.items()]
    usual = Defaults()
    changed = {
        each.name: value
        for each in fields(Defaults)
        if (value := getattr(recipe.defaults, each.name)) != getattr(usual, each.name)
    }
    if recipe.prefer:
        lines += ["", "[prefer]"]
        lines += [f"{_quoted(key)} = [{', '.join(map(_quoted, value))}]" for key, value in recipe.prefer.items()]
    if changed:
        lines += ["", "[defaults]"]
        lines += [f"{key} = {_quoted(v) if isinstance(v, str) else v}" for key, v in changed.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)
