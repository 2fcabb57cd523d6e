"""The models that people have brought, each once, and the process that reads them.

A file is read in a process of its own, which may take so much memory and time and no more: whatever it does, the server
goes on.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from citiverse.city.model import PREFIX, Model, ModelBroken, model_of
from citiverse.session.messages import Json

MOST_BYTES = 32 << 20
MOST_SECONDS, MOST_MEMORY_BYTES = 40, 3 << 30
MOST_MODELS = 5_000
MOST_KEPT = 64  # models in memory
_ID = re.compile(rf"{PREFIX}([0-9a-f]{{24}})")
_UNREADABLE = "This file cannot be read as a model; is it damaged?"


class NoModel(ValueError):
    """A file that is no model we take; the sentence says why."""


class Library(Mapping[str, Model]):
    """Models by id, one file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = lru_cache(maxsize=MOST_KEPT)(self._read_from_disk)

    def __getitem__(self, id: str) -> Model:
        """The model of this id. Raises KeyError."""
        path = self._path(id)
        if path is None:
            raise KeyError(id)
        return self._read(path, id)

    def __iter__(self) -> Iterator[str]:
        """Ids of all models."""
        for path in sorted(self._folder.glob("*.model")) if self._folder.is_dir() else ():
            yield PREFIX + path.stem

    def __len__(self) -> int:
        """How many there are."""
        return sum(1 for _ in self)

    def bring(self, content: bytes, title: str, up: str) -> Json:
        """Read a file, keep the model and say what became of it. Raises NoModel."""
        if len(self) >= MOST_MODELS:
            raise NoModel(f"There are {MOST_MODELS:,} models here; no more are taken.")
        made, told = _in_another_process(content, title, up)
        model = model_of(made)
        path = self._folder / f"{model.id.removeprefix(PREFIX)}.model"
        if not path.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f"{path.name}.{os.getpid()}")
            beside.write_bytes(made)
            beside.replace(path)
        return {**model_json(model), **told}

    def _path(self, id: str) -> Path | None:
        match = _ID.fullmatch(id) if isinstance(id, str) else None
        return self._folder / f"{match[1]}.model" if match else None

    def _read_from_disk(self, path: Path, id: str) -> Model:
        try:
            model = model_of(path.read_bytes())
        except (OSError, ModelBroken):
            raise KeyError(id) from None
        if model.id != id:
            raise KeyError(id)
        return model


def model_json(model: Model) -> Json:
    """A model in short."""
    west, south, east, north = model.footprint.bounds
    return {
        "id": model.id, "title": model.title, "triangles": len(model.triangles),
        "height_m": round(model.height_m, 3), "width_m": round(east - west, 3), "depth_m": round(north - south, 3),
        "footprint_m2": round(model.footprint.area, 3),
    }  # fmt: skip


def _in_another_process(content: bytes, title: str, up: str) -> tuple[bytes, Json]:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "citiverse.session.reading", title, up],
            input=content, capture_output=True, timeout=MOST_SECONDS, env=environment, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoModel(f"This file took more than {MOST_SECONDS} seconds to read.") from None
    head, _, body = done.stdout.partition(b"\n")
    try:
        told: Json = json.loads(head)
    except json.JSONDecodeError:
        raise NoModel(_UNREADABLE) from None
    if done.returncode != 0 or not body:
        raise NoModel(str(told.get("refused", _UNREADABLE)))
    return body, told
