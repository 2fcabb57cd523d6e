"""What a client must know of a scene before it fetches anything else."""

from dataclasses import asdict
from functools import lru_cache

import numpy as np
import orjson

from citiverse.proposal.forms import forms
from citiverse.server.frame import frame_json, lonlat_bounds
from citiverse.session.findings import Finding
from citiverse.session.messages import Json
from citiverse.session.scene import OpenScene

_UNITS = {"length": "m", "speed": "km/h", "angle": "°", "position": "degrees (WGS 84: longitude, latitude)"}


def manifest(scene: OpenScene) -> bytes:
    """The manifest of an open scene as JSON; legends and units of impact layers stand in it once they are known."""
    return _manifest(scene, scene.findings.known_baseline)


@lru_cache(maxsize=8)
def _manifest(scene: OpenScene, baseline: Finding | None) -> bytes:
    city = scene.city
    layers = baseline.told["layers"] if baseline else []
    counts: dict[str, int] = {}
    for feature in city.features():
        counts[feature.kind] = counts.get(feature.kind, 0) + 1
    told: Json = {
        "id": scene.name,
        "title": scene.title,
        "frame": frame_json(city.frame, city.bounds),
        "bounds": list(lonlat_bounds(city.frame, city.bounds)),
        "local_bounds": list(city.bounds),
        "ground_m": _ground_m(scene),
        "start": scene.start,
        "layers": list(scene.layers),
        "units": {**_UNITS, **{layer["id"]: layer["unit"] for layer in layers}},
        "legends": {layer["id"]: layer["legend"] for layer in layers},
        "revision": scene.revision,
        "credits": [
            {
                "text": source.credit,
                "title": source.title,
                "licence": source.licence,
                "url": source.url,
                "key": source.key,
            }
            for source in city.sources
        ],
        "counts": counts,
        "verbs": [asdict(form) for form in forms()],
        "models": [
            {
                "name": model.name,
                "title": model.title,
                "version": model.version,
                "needs": list(model.needs),
                "sources": list(model.sources),
                "limits": list(model.limits),
                "missing": list(model.missing(city)),
            }
            for model in scene.findings.models
        ],
    }
    return orjson.dumps(told)


def _ground_m(scene: OpenScene) -> float:
    """Height of the ground in the middle of the scene, where a camera without a tile may start."""
    west, south, east, north = scene.city.bounds
    return float(scene.city.terrain.heights(np.array([[(west + east) / 2, (south + north) / 2]]))[0])
