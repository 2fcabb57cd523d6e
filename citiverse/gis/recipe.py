"""A city as a recipe: sources, frame, defaults and start view, in scenes/NAME.toml."""

import math
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

from citiverse import resources
from citiverse.city.defaults import Defaults
from citiverse.gis.osm.country import LEFT
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SCENE_KEYS = ("title", "epsg", "vertical", "bbox", "start")
_SOURCE_KEYS = ("path", "format", "as", "layer", "columns", "lod", "crs", "crs_if_silent", "licence", "credit")
_TOP_KEYS = ("scene", "source", "prefer", "defaults")

Eye = tuple[float, float, float, float, float]  # longitude, latitude, heading, height in metres, pitch


class SceneUnknown(LookupError):
    """There is no scene of this name; the sentence names those that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of a scene; `crs`, `format` and `role` may be empty where the file itself tells.

    `role` ("as" in the recipe) is what the file holds, such as buildings or population, `layer` the one layer to take
    of several, `columns` which of its columns says what, `lod` the highest level of detail to take. `crs` goes before
    what the file says of its coordinates, `crs_if_silent` counts where it says nothing.
    """

    path: str
    format: str = ""
    role: str = ""
    layer: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    lod: float | None = None
    crs: str = ""
    crs_if_silent: str = ""
    licence: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a city is made; `folder` is where the recipe lies, and where its sources are looked for first.

    `bbox` is west, south, east, north in degrees (west > east over the antimeridian), None for all that the sources
    cover. `prefer` says of an attribute ("building.height") which source wins.
    """

    name: str
    title: str
    sources: tuple[SourceFile, ...]
    folder: Path
    epsg: int | None = None
    vertical: str = "local"
    bbox: LonLatBox | None = None
    start: Eye | None = None
    prefer: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Defaults = Defaults()

    def file(self, source: SourceFile) -> Path:
        """Where a source lies: beside the recipe, else among the assets that ship with CitiVERSE."""
        beside = self.folder / source.path
        return beside if beside.exists() else resources.assets() / source.path


def list_scenes(data_dir: Path | None = None) -> list[Recipe]:
    """All scenes by name: those people have imported, and those that ship where no such name was imported.

    A recipe with a fault is left out; `find_scene` says what is wrong with it.
    """
    found = {path.stem: path for folder in _folders(data_dir) for path in sorted(folder.glob("*.toml"))}
    recipes = []
    for name in sorted(found):
        with suppress(ImportRefused):
            recipes.append(read_recipe(found[name]))
    return recipes


def find_scene(name: str, data_dir: Path | None = None) -> Recipe:
    """The scene of this name. Raises SceneUnknown, or ImportRefused when its recipe has a fault."""
    for folder in reversed(_folders(data_dir)):
        path = folder / f"{name}.toml"
        if NAME.fullmatch(name) and path.is_file():
            return read_recipe(path)
    known = sorted({path.stem for folder in _folders(data_dir) for path in folder.glob("*.toml")})
    raise SceneUnknown(f"There is no scene called {name!r}; there are: {', '.join(known) or 'none yet'}.")


def _folders(data_dir: Path | None) -> tuple[Path, ...]:
    """Folders with recipes, the stronger last."""
    return (resources.scenes(),) if data_dir is None else (resources.scenes(), data_dir / "scenes")


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file. Raises ImportRefused with the file and key that is at fault."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{path.name} is not valid TOML: {error}.") from error
    except OSError as error:
        raise ImportRefused(f"{path} can't be read: {error.strerror}.") from error
    return recipe_of(table, name=path.stem, folder=path.parent)


def recipe_of(table: Mapping[str, object], *, name: str, folder: Path) -> Recipe:
    """The recipe that a parsed TOML table holds. Raises ImportRefused."""
    said = _Said(f"scenes/{name}.toml")
    said.known(table, _TOP_KEYS, "")
    scene = said.table(table, "scene")
    said.known(scene, _SCENE_KEYS, "[scene] ")
    epsg = scene.get("epsg")
    if epsg is not None and (not isinstance(epsg, int) or isinstance(epsg, bool)):
        raise said.wrong("[scene] epsg", "a whole number such as 3879")
    return Recipe(
        name=name,
        title=said.text(scene, "title", "[scene] ") or name,
        sources=said.sources(table.get("source")),
        folder=folder,
        epsg=epsg,
        vertical=said.text(scene, "vertical", "[scene] ") or "local",
        bbox=said.box(scene),
        start=said.eye(scene),
        prefer=said.prefer(table),
        defaults=said.defaults(table),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """Takes apart what a recipe says, and says where it is wrong."""

    file: str

    def wrong(self, key: str, wanted: str) -> ImportRefused:
        return ImportRefused(f"{self.file}: {key} should be {wanted}.")

    def known(self, table: Mapping[str, object], keys: tuple[str, ...], where: str) -> None:
        for key in table:
            if key not in keys:
                raise ImportRefused(f"{self.file}: {where}{key!r} is not known here; known are {', '.join(keys)}.")

    def table(self, table: Mapping[str, object], key: str) -> Mapping[str, object]:
        value = table.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, f"a table, [{key}]")
        return value

    def text(self, table: Mapping[str, object], key: str, where: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(f"{where}{key}", "text in quotes")
        return value

    def sources(self, value: object) -> tuple[SourceFile, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
            raise self.wrong("[[source]]", "there at least once, with the path of a file")
        for each in value:
            self.known(each, _SOURCE_KEYS, "[[source]] ")
        if not all(self.text(each, "path", "[[source]] ") for each in value):
            raise self.wrong("[[source]] path", "the path of a file")
        files = tuple(self.source(each) for each in value)
        for file in files:
            if Path(file.path).is_absolute() or ".." in Path(file.path).parts:
                raise self.wrong("[[source]] path", "relative, and inside the folder of the recipe or the assets")
        return files

    def source(self, table: Mapping[str, object]) -> SourceFile:
        columns = self.table(table, "columns")
        if not all(isinstance(each, str) and each for each in columns.values()):
            raise self.wrong("[source.columns]", 'what a column says and its name, such as height = "HAUTEUR"')
        lod = table.get("lod")
        if lod is not None and not (_is_number(lod) and isinstance(lod, int | float) and 0 <= lod < 4):
            raise self.wrong("[[source]] lod", "a level of detail such as 2.2")
        path, form, role, layer, crs, if_silent, licence, credit = (
            self.text(table, key, "[[source]] ")
            for key in ("path", "format", "as", "layer", "crs", "crs_if_silent", "licence", "credit")
        )
        return SourceFile(
            path=path, format=form, role=role, layer=layer, crs=crs, crs_if_silent=if_silent, licence=licence,
            credit=credit,
            columns={field: str(column) for field, column in columns.items()},
            lod=float(lod) if isinstance(lod, int | float) else None,
        )  # fmt: skip

    def numbers(self, value: object, count: int, key: str, wanted: str) -> list[float]:
        good = isinstance(value, list) and len(value) == count
        numbers = [float(each) for each in value if _is_number(each)] if isinstance(value, list) else []
        if not good or len(numbers) != count:
            raise self.wrong(key, wanted)
        return numbers

    def box(self, scene: Mapping[str, object]) -> LonLatBox | None:
        if "bbox" not in scene:
            return None
        wanted = "[west, south, east, north] in degrees"
        west, south, east, north = self.numbers(scene["bbox"], 4, "[scene] bbox", wanted)
        box = (west, south, east, north)
        fault = box_fault(box)
        if fault:
            raise ImportRefused(f"{self.file}: [scene] bbox {fault}.")
        return box

    def eye(self, scene: Mapping[str, object]) -> Eye | None:
        if "start" not in scene:
            return None
        wanted = "[longitude, latitude, heading, height, pitch]"
        lon, lat, heading, height, pitch = self.numbers(scene["start"], 5, "[scene] start", wanted)
        return lon, lat, heading, height, pitch

    def prefer(self, table: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
        preferred: dict[str, tuple[str, ...]] = {}
        for attribute, value in self.table(table, "prefer").items():
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise self.wrong(f"[prefer] {attribute}", 'a list of sources such as ["lidar", "osm"]')
            preferred[attribute] = tuple(value)
        return preferred

    def defaults(self, table: Mapping[str, object]) -> Defaults:
        values = self.table(table, "defaults")
        self.known(values, tuple(each.name for each in fields(Defaults)), "[defaults] ")
        usual = Defaults()
        checked: dict[str, str | int | float] = {}
        for each in fields(Defaults):
            if each.name not in values:
                continue
            checked[each.name] = self.like(each.name, values[each.name], getattr(usual, each.name))
        if checked.get("drives_on", "right") not in {"left", "right"}:
            raise self.wrong("[defaults] drives_on", '"left" or "right"')
        country = checked.get("country", "")
        if country and not re.fullmatch(r"[A-Z]{2}", str(country)):
            raise self.wrong("[defaults] country", 'two capital letters such as "FI"')
        if country in LEFT and "drives_on" not in checked:
            checked["drives_on"] = "left"
        return Defaults(**checked)  # type: ignore[arg-type]

    def like(self, key: str, value: object, usual: object) -> str | int | float:
        """A value of the type of the usual one."""
        if isinstance(usual, str):
            if isinstance(value, str):
                return value
            raise self.wrong(f"[defaults] {key}", "text in quotes")
        if isinstance(usual, int):
            if isinstance(value, int) and not isinstance(value, bool):
                return value
            raise self.wrong(f"[defaults] {key}", "a whole number")
        if _is_number(value) and isinstance(value, int | float):
            return float(value)
        raise self.wrong(f"[defaults] {key}", "a number")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def box_fault(box: LonLatBox) -> str:
    """What is wrong with west, south, east, north in degrees, or ""."""
    west, south, east, north = box
    if not all(math.isfinite(each) for each in box):
        return "must be finite numbers"
    if abs(south) > 90.0 or abs(north) > 90.0:
        swapped = abs(west) <= 90.0 and abs(east) <= 90.0
        hint = "; are longitude and latitude swapped?" if swapped else ""
        return f"has a latitude beyond 90 degrees: it is west, south, east, north{hint}"
    if max(abs(west), abs(east)) > 180.0:
        return "has a longitude beyond 180 degrees: it is west, south, east, north in degrees"
    if south >= north:
        return "has its south at or above its north: it is west, south, east, north"
    return "has no width" if west == east else ""
