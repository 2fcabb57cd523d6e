"""Opening a scene: from its recipe, or from what was kept of it, to something people can plan on."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from citiverse.city.city import City
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import Recipe, SceneUnknown, find_scene
from citiverse.gis.refused import ImportRefused
from citiverse.impact.models import MODELS
from citiverse.proposal.cost import PricesInvalid, prices_for
from citiverse.proposal.pattern import PatternInvalid, list_patterns
from citiverse.scene.build import build, tiles_of
from citiverse.session.findings import Findings
from citiverse.session.kept import Kept, kept_of, load, made_from, save
from citiverse.session.library import Library
from citiverse.session.messages import Json
from citiverse.session.scene import OpenScene
from citiverse.session.shelf import Shelf

Progress = Callable[[str, float], None]

_TILE_MEMORY_BYTES = 192 << 20
_READ, _BUILT = 0.4, 0.95  # shares of the whole at which reading and building end


class CannotOpen(RuntimeError):
    """A scene that cannot be served; the sentence says why."""


def open_scene(name: str, data: Path, progress: Progress) -> OpenScene:
    """The scene of this name, built or as it was kept. Raises CannotOpen."""
    try:
        recipe = find_scene(name, data)
        prices, patterns = prices_for(recipe.name, recipe.folder), list_patterns(recipe.folder / "patterns")
        kept = _kept(recipe, data, progress)
    except (SceneUnknown, ImportRefused, PricesInvalid, PatternInvalid) as reason:
        raise CannotOpen(str(reason)) from reason
    except OSError as error:
        raise CannotOpen(f"{error.filename or data}: {error.strerror or error}.") from error
    city = replace(kept.city, models=Library(data / "models"))
    shelf = Shelf(data / "tiles", memory_bytes=_TILE_MEMORY_BYTES)
    for tile in kept.tiles:
        shelf.put(tile.hash, tile.content)
    return OpenScene(
        name=recipe.name,
        title=city.title,
        city=city,
        revision=kept.revision,
        start=start_view(recipe, city),
        report=kept.report,
        tiles=tiles_of(kept.tiles),
        shelf=shelf,
        findings=Findings(recipe.name, city, MODELS),
        prices=prices,
        patterns=patterns,
    )


def start_view(recipe: Recipe, city: City) -> Json:
    """Where the scene is first seen from: the point looked at, the eye's heading, downward pitch and distance."""
    west, south, east, north = city.bounds
    if recipe.start is None:
        at = city.frame.to_lonlat(np.array([[(west + east) / 2, (south + north) / 2]]))[0]
        return {"at": at.tolist(), "heading_deg": 0.0, "pitch_deg": 35.0, "distance_m": 600.0}
    lon, lat, heading, height_m, pitch = recipe.start
    eye = city.frame.to_local(np.array([[lon, lat]]))[0]
    down = max(-pitch, 5.0)
    ahead_m = height_m / math.tan(math.radians(down))
    turned = math.radians(heading)
    target = eye + ahead_m * np.array([math.sin(turned), math.cos(turned)])
    return {
        "at": city.frame.to_lonlat(target[None])[0].tolist(),
        "heading_deg": heading,
        "pitch_deg": down,
        "distance_m": round(height_m / math.sin(math.radians(down)), 1),
        "eye": {"at": [lon, lat], "height_m": height_m, "heading_deg": heading, "pitch_deg": pitch},
    }


def _kept(recipe: Recipe, data: Path, progress: Progress) -> Kept:
    files = [recipe.file(source) for source in recipe.sources]
    path = data / "built" / f"{recipe.name}.built"
    progress("Looking at the sources", 0.0)
    try:
        key = made_from(files, [repr(recipe)])
    except FileNotFoundError as error:
        raise CannotOpen(f"{recipe.title} needs {error.filename}, which is not there.") from error
    kept = load(path, key)
    if kept is not None:
        progress("Loaded", _BUILT)
        return kept
    found = read_scene(recipe, lambda words, share: progress(words, share * _READ))
    tiles = build(
        found.city,
        progress=lambda done, total: progress("Building tiles", _READ + done / total * (_BUILT - _READ)),
    )
    lacking = {model.name: tuple(model.missing(found.city)) for model in MODELS}
    kept = kept_of(found.city, tiles, found.report.to_json(lacking))
    save(kept, path, key)
    return kept
